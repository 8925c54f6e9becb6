// Commands about what was said before.

import { several } from "../text/phrases.js";
import { printable } from "../text/printable.js";
import { fold } from "../wire/casemap.js";
import { command, splitChannel, thisChannel, thisPlace } from "./commandTable.js";

/** @typedef {import("./commandTable.js").Room} Room */

const LINES_DEFAULT = 20;
const LINES_MAX = 500;
const UNREAD_MAX = 200;
// From the end of time to its beginning: the targets where something was said last (draft/chathistory).
const NEVER = Date.UTC(9999, 11, 31);
const BEGINNING = 0;

/** @param {Room} room @param {string} rest */
async function history(room, rest) {
  const words = rest.split(/\s+/).filter(Boolean);
  const asksFor = /^\d{1,5}$/.test(words.at(-1) ?? "") ? Number(words.pop()) : LINES_DEFAULT;
  const target = words[0] ?? thisPlace(room);
  const found = await room.chat.history(target, Math.min(asksFor, LINES_MAX));
  room.showPast(`History of ${printable(target)}`, found);
  if (found.length === 0) {
    room.tell(`nothing is known of ${printable(target)}`);
  }
}

/** @param {Room} room */
async function unread(room) {
  const place = thisPlace(room);
  const marker = await room.chat.readMarker(place);
  const recent = await room.chat.history(place, UNREAD_MAX);
  const found = recent.filter((message) => !message.mine && (marker === null || message.time > marker));
  room.showPast(`Unread in ${printable(place)}`, found);
  room.tell(found.length > 0 ? `${found.length} unread` : "you have read everything here");
  const last = recent.at(-1);
  if (last !== undefined) {
    await room.chat.markRead(place, last.time);
  }
}

/** @param {Room} room @param {string} rest */
async function pins(room, rest) {
  const [channel] = splitChannel(room, rest);
  const found = await room.chat.pins(channel);
  room.showPast(`Pinned in ${printable(channel)}`, found);
  if (found.length === 0) {
    room.tell(`nothing is pinned in ${printable(channel)}`);
  }
}

/** @param {Room} room @param {string} name */
async function pin(room, name) {
  thisChannel(room);
  const message = room.lastOf(name);
  if (message === null) {
    room.tell(`${printable(name)} has said nothing here that you could pin`);
  } else {
    await room.chat.pin(message);
  }
}

/** @param {Room} room @param {string} name */
async function unpin(room, name) {
  const pinned = await room.chat.pins(thisChannel(room));
  const found = pinned.filter((message) => fold(message.nick) === fold(name));
  for (const message of found) {
    await room.chat.unpin(message);
  }
  if (found.length === 0) {
    room.tell(`nothing of ${printable(name)} is pinned here`);
  }
}

/** @param {Room} room */
async function recent(room) {
  const targets = await room.chat.targets(LINES_DEFAULT, { after: NEVER, before: BEGINNING });
  const names = targets.map((target) => target.name).reverse();
  const told = names.length > 0 ? `lately, the latest first: ${several(names, LINES_DEFAULT)}` : "";
  room.tell(told || "nothing was said that you may read");
}

export const PAST_COMMANDS = [
  command("/search [WORDS]", "Find messages that have all these words, and go to them",
    (room, rest) => room.showSearch(rest),
    { details: "In all channels that you are in, and in private if you have an account. Also \"words in quotes\", " +
      "beginnings*, in:#channel, from:name, before:2026-01-31, after:2026-01-01 and has:link." }),
  command("/history [NAME] [COUNT]", "Show the last messages of a channel or person", history,
    { details: `Without a name: of where you are. ${LINES_DEFAULT} of them, or as many as you say.` }),
  command("/unread", "Show what you have not read here yet", unread,
    { details: "It counts as read then, on all your devices." }),
  command("/pins [CHANNEL]", "Show the messages that are pinned in a channel", pins),
  command("/pin NAME", "Pin the last message of somebody here", pin),
  command("/unpin NAME", "Take away what is pinned here of somebody", unpin),
  command("/recent", "Show where something was said lately", recent),
];
