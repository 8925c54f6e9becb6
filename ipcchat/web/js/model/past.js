// History as entries: what the acts of a page are in a timeline.
//
// Rules:
// 1. A message stands with what was done to it since, wherever in the page that stands, or in an earlier one.
// 2. The past alerts nobody, and says nothing about who is here now.

import { Buffer, Kind } from "./buffer.js";
import { Said } from "./entries.js";
import { UNSHOWN_KINDS, comingOf, pinOf, tellPin } from "./hearing.js";

/** @typedef {import("../chat/events.js").Event} Event */
/** @typedef {import("./network.js").Network} Network */

/**
 * The entries of a page, oldest first; changes of messages of other pages go to the `buffer`.
 * @param {Network} network @param {Iterable<Event>} acts @param {Buffer | null} buffer
 */
export function entriesOf(network, acts, buffer) {
  const page = new Buffer(network.name, buffer?.name ?? "", Kind.CHANNEL);
  for (const act of acts) {
    take(network, page, act);
  }
  for (const entry of page.timeline.entries) {
    if (entry instanceof Said) {
      network.judge(entry);
    }
  }
  if (buffer !== null) {
    page.timeline.changesOfOthers().forEach((change) => buffer.timeline.change(change));
  }
  return page.timeline.entries;
}

/** One act of the past. @param {Network} network @param {Buffer} page @param {Event} act */
function take(network, page, act) {
  switch (act.type) {
    case "Message":
      takeMessage(network, page, act);
      break;
    case "Edited":
    case "Reaction":
    case "Redacted":
      page.timeline.change(act);
      break;
    case "Joined":
    case "Parted":
    case "Quit":
      come(page, act, act.nick);
      break;
    case "NickChanged":
      come(page, act, act.old);
      page.renamed(act.old, act.new);
      break;
    default:
      network.tellIn(page, act);
  }
}

/** @param {Network} network @param {Buffer} page @param {import("../chat/events.js").Message} message */
function takeMessage(network, page, message) {
  if (UNSHOWN_KINDS.has(message.kind)) {
    return;
  }
  if (pinOf(message)) {
    tellPin(page, message);
    return;
  }
  const said = network.said(message);
  if (page.timeline.add(said)) {
    page.spoke(said);
  }
}

/**
 * Somebody came, went, or had another nick from then on.
 * @param {Buffer} page @param {Event} act @param {string} nick
 */
function come(page, act, nick) {
  const coming = comingOf(act, page.knows(nick, act.time));
  if (coming !== null) {
    page.came(coming);
  }
}
