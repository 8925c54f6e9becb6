// Entries as rows of the timeline.
//
// Rules:
// 1. A row is drawn from its entry and from what stands above it: the same two give the same row.
// 2. The line of a new day and the unread line belong to the row below them, so that a row is one list item.
// 3. What can be pressed says so by data-... attributes; the timeline hears all of it in one place.

import { Comings, Delivery, Hole, Said, Told } from "../model/entries.js";
import { alone, sentence, shown } from "../text/comings.js";
import { spansOf } from "../text/formatting.js";
import { startOf } from "../text/phrases.js";
import { printable } from "../text/printable.js";
import { clock, dayName, dayOf, inFull } from "../text/when.js";
import { element, isolated } from "./element.js";
import { nickClass, spansIn, textOf } from "./textView.js";

/** @typedef {import("../model/entries.js").AnyEntry} Entry */
/** @typedef {import("../text/comings.js").Joins} Joins */
/** @typedef {import("../text/formatting.js").Knows} Knows */

/**
 * What a row depends on besides its entry.
 * @typedef {object} Setting
 * @property {Entry | null} above
 * @property {boolean} isFirstUnread
 * @property {Joins} joins
 * @property {Knows} knows
 * @property {(text: string) => Node[]} filesOf what is shown of the files that a text links to
 */

/** @typedef {Setting & {version: number}} Drawn how a row was drawn */

const TOGETHER_MS = 5 * 60_000;
const REACTIONS_SHOWN_MAX = 40;
const REACTORS_NAMED_MAX = 10;
const UNFOLDED_MAX = 200;

/**
 * Whether a message goes on with what its author said before, so that his nick need not be said again.
 * @param {Entry} entry
 * @param {Entry | null} above
 */
export function goesOn(entry, above) {
  if (!(entry instanceof Said) || !(above instanceof Said) || entry.message.replyTo) return false;
  const [message, before] = [entry.message, above.message];
  const isTalk = message.kind === "message" && before.kind === "message";
  const isSame = message.nick === before.nick && message.mine === before.mine;
  return isTalk && isSame && Math.abs(entry.time - above.time) <= TOGETHER_MS;
}

/**
 * Whether a row looks as it was drawn; cheap, for it is asked of every row whenever something happened.
 * @param {Entry} entry
 * @param {Drawn} drawn
 * @param {Setting} setting
 */
export function looksSame(entry, drawn, { above, isFirstUnread, joins }) {
  const isSame = drawn.version === entry.version && drawn.isFirstUnread === isFirstUnread && drawn.joins === joins;
  return isSame && drawn.above === above;
}

/**
 * Draw an entry into its row.
 * @param {HTMLElement} row
 * @param {Entry} entry
 * @param {Setting} setting
 */
export function draw(row, entry, setting) {
  const newDay = setting.above === null || dayOf(setting.above.time) !== dayOf(entry.time);
  const parts = [];
  if (newDay) parts.push(rule(dayName(entry.time), "day"));
  if (setting.isFirstUnread) parts.push(rule("New", "unread"));
  row.className = "row";
  row.hidden = false;
  if (entry instanceof Said) parts.push(saidOf(row, entry, setting, newDay || setting.isFirstUnread));
  else if (entry instanceof Comings) parts.push(comingsOf(row, entry, setting, parts.length > 0));
  else if (entry instanceof Hole) parts.push(rule(`something may be missing here: ${printable(entry.reason)}`, "hole"));
  else if (entry instanceof Told) parts.push(toldOf(row, entry, setting));
  row.replaceChildren(...parts);
}

/**
 * A line across the timeline that says something.
 * @param {string} text
 * @param {"day" | "unread" | "hole"} kind
 */
function rule(text, kind) {
  return element("p", { class: `rule ${kind}` }, element("span", {}, text));
}

/** @param {number} time */
function timeOf(time) {
  const isReal = !Number.isNaN(new Date(time).getTime());
  return element("time", { datetime: isReal ? new Date(time).toISOString() : null, title: inFull(time) }, clock(time));
}

/**
 * A message.
 * @param {HTMLElement} row
 * @param {Said} said
 * @param {Setting} setting
 * @param {boolean} isApart something stands between it and what is above
 */
function saidOf(row, said, setting, isApart) {
  const { message } = said;
  const continued = goesOn(said, setting.above) && !isApart;
  row.classList.add("said");
  row.classList.toggle("continued", continued);
  row.classList.toggle("mention", said.mentions);
  row.classList.toggle("pending", said.delivery === Delivery.PENDING);
  row.classList.toggle("failed", said.delivery === Delivery.FAILED);
  row.classList.toggle("action", message.kind === "action");
  row.classList.toggle("notice", message.kind === "notice");
  const nick = element(
    "button",
    {
      type: "button",
      class: `nick ${message.mine ? "own" : nickClass(message.nick)}`,
      "data-nick": message.nick,
      tabindex: -1,
    },
    isolated(printable(message.nick)),
  );
  const body = element("div", { class: "body" }, ...bodyOf(said, setting));
  return element("div", { class: "message" }, element("span", { class: "when" }, timeOf(said.time)), nick, body);
}

/**
 * What stands beside the nick of a message.
 * @param {Said} said
 * @param {Setting} setting
 */
function bodyOf(said, { knows, filesOf }) {
  const { message } = said;
  if (said.removedBy) {
    const reason = said.removalReason ? ` (${printable(said.removalReason)})` : "";
    return [element("p", { class: "aside removed" }, `message deleted by ${printable(said.removedBy)}${reason}`)];
  }
  /** @type {Node[]} */
  const parts = message.replyTo ? [quoteOf(said)] : [];
  const text = element("div", { class: "text", dir: "auto" }, textOf(message.text, knows));
  const note = noteOf(said);
  if (note) (text.lastElementChild ?? text).append(element("span", { class: "note" }, ` ${note}`));
  parts.push(text, ...filesOf(message.text));
  if (said.reactions.size > 0) parts.push(reactionsOf(said));
  if (said.delivery === Delivery.FAILED) parts.push(failureOf(said));
  return parts;
}

/** @param {Said} said */
function noteOf(said) {
  const notes = [];
  if (said.message.status) notes.push(`(only to ${printable(said.message.status)})`);
  if (said.message.edited) notes.push("(edited)");
  if (said.delivery === Delivery.PENDING) notes.push("sending…");
  return notes.join(" ");
}

/** @param {Said} said */
function quoteOf(said) {
  const settings = { type: "button", class: "quote", "data-msgid": said.message.replyTo, tabindex: -1 };
  if (said.quoted === null) return element("button", settings, "an earlier message");
  const { nick, text } = said.quoted;
  const name = isolated(printable(nick), nickClass(nick));
  return element("button", settings, name, " ", isolated(startOf(text)));
}

/** @param {Said} said */
function reactionsOf(said) {
  const list = element("div", { class: "reactions" });
  for (const [sign, nicks] of [...said.reactions].slice(0, REACTIONS_SHOWN_MAX)) {
    const isOurs = said.ours.has(sign);
    const named = nicks.slice(0, REACTORS_NAMED_MAX).map(printable).join(", ");
    const who = nicks.length > REACTORS_NAMED_MAX ? `${named} and ${nicks.length - REACTORS_NAMED_MAX} more` : named;
    const shownSign = printable(sign);
    const settings = {
      type: "button",
      class: "reaction",
      "data-sign": sign,
      title: who,
      "aria-pressed": String(isOurs),
      "aria-label": `${shownSign}, ${nicks.length}: ${who}`,
      tabindex: -1,
    };
    list.append(element("button", settings, isolated(shownSign, "sign"), ` ${nicks.length}`));
  }
  return list;
}

/** @param {Said} said */
function failureOf(said) {
  return element(
    "p",
    { class: "failure" },
    `Not sent${said.refusal ? `: ${printable(said.refusal)}` : ""}`,
    element("button", { type: "button", "data-action": "resend" }, "Try again"),
    element("button", { type: "button", "data-action": "discard" }, "Discard"),
  );
}

/**
 * Who came and went.
 * @param {HTMLElement} row
 * @param {Comings} entry
 * @param {Setting} setting
 * @param {boolean} isNeeded there is a line above that belongs to the row
 */
function comingsOf(row, entry, setting, isNeeded) {
  const people = entry.unfolded ? entry.people.slice(-UNFOLDED_MAX) : shown(entry.people, setting.joins);
  row.classList.add("told");
  if (people.length === 0) {
    row.hidden = !isNeeded;
    return element("span", {});
  }
  const lines = entry.unfolded ? people.map(alone) : [sentence(people)];
  const label = entry.unfolded ? "Fold who came and went" : "Show each of who came and went";
  const settings = {
    type: "button",
    class: "comings",
    "data-unfold": "",
    title: label,
    "aria-expanded": String(entry.unfolded),
    tabindex: -1,
  };
  const button = element("button", settings, ...lines.map((line) => element("span", {}, isolated(line))));
  return element("div", { class: "message" }, element("span", { class: "when" }, timeOf(entry.time)), button);
}

/**
 * A sentence about something that happened.
 * @param {HTMLElement} row
 * @param {Told} told
 * @param {Setting} setting
 */
function toldOf(row, told, setting) {
  row.classList.add("told", told.tone);
  const same = setting.above instanceof Told && clock(setting.above.time) === clock(told.time);
  const lines = told.text.split("\n").map((line) => element("p", {}, ...spansIn(spansOf(line, setting.knows))));
  const when = element("span", { class: "when" }, same ? "" : timeOf(told.time));
  return element("div", { class: "message" }, when, element("div", { class: "body", dir: "auto" }, ...lines));
}
