// The switcher: go to a channel or person by a few letters of the name; who is not there yet is joined or written to.

import { calls } from "../model/desk.js";
import { comparable, ranked } from "../model/fuzzy.js";
import { printable } from "../text/printable.js";
import { element, isolated } from "./element.js";
import { ListField } from "./listModal.js";
import { closeModal, openModal } from "./modal.js";

/** @typedef {import("../model/desk.js").Desk} Desk */
/** @typedef {import("../model/buffer.js").Buffer} Buffer */

/**
 * Where to go: a buffer, or the name of a channel to join or of a person to write to, who has none yet.
 * @typedef {{name: string, buffer: Buffer | null, note: string}} Destination
 */

/**
 * @typedef {object} Ways
 * @property {(buffer: Buffer) => void} go
 * @property {(channel: string) => void} join
 * @property {(nick: string) => void} openPerson
 */

const SHOWN_MAX = 50;
const PEOPLE_MAX = 5_000;

/**
 * @param {Desk} desk
 * @param {Ways} ways
 */
export function openSwitcher(desk, ways) {
  const chosen = (/** @type {Destination} */ { name, buffer }) => {
    closeModal();
    if (buffer !== null) ways.go(buffer);
    else if (desk.network?.isChannel(name)) ways.join(name);
    else ways.openPerson(name);
  };
  const typed = (/** @type {string} */ text) => {
    const found = destinations(desk, text.trim());
    list.show(found, found.length === 0 ? "Nothing is called so. Type #name to join a channel." : "");
  };
  const list = new ListField("Channel or person", drawDestination, chosen, typed);
  openModal("Go to", [list.field, list.list, list.status], { className: "tall" });
  typed("");
  list.field.focus();
}

/** @param {Destination} destination */
function drawDestination({ name, note }) {
  return [isolated(printable(name)), element("span", { class: "detail" }, note)];
}

/**
 * What matches, the best first; with nothing typed what waits to be read, then everything.
 * @param {Desk} desk
 * @param {string} text
 * @returns {Destination[]}
 */
function destinations(desk, text) {
  const open = desk
    .buffers()
    .filter((buffer) => buffer !== desk.current)
    .map(opened);
  if (text === "") {
    const waits = (/** @type {Destination} */ { buffer }) => buffer !== null && calls(buffer);
    return [...open.filter(waits), ...open.filter((other) => !waits(other))].slice(0, SHOWN_MAX);
  }
  const names = new Set(desk.buffers().map((buffer) => comparable(buffer.name)));
  const people = [...(desk.network?.chat?.people.values() ?? [])].slice(0, PEOPLE_MAX);
  const others = people
    .filter((person) => !names.has(comparable(person.nick)) && person.nick !== desk.network?.nick)
    .map((person) => ({ name: person.nick, buffer: null, note: "write to" }));
  const candidates = [...open, ...others].map((target) => ({
    name: comparable(target.name),
    network: "",
    weight: target.buffer === null ? 1 : 0,
    target,
  }));
  const found = ranked(text, candidates, SHOWN_MAX);
  const isNew = desk.network?.isChannel(text) && !/\s/.test(text) && !names.has(comparable(text));
  return isNew ? [...found, { name: text, buffer: null, note: "join this channel" }] : found;
}

/**
 * @param {Buffer} buffer
 * @returns {Destination}
 */
function opened(buffer) {
  const waiting = buffer.mentions > 0 ? `@${buffer.mentions}` : `${buffer.unreadText} unread`;
  return { name: buffer.name, buffer, note: calls(buffer) ? waiting : "" };
}
