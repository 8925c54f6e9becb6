// The list of channels and people: where we are, what waits to be read, who is there.
//
// Rules:
// 1. It shows the desk's order, so that Alt+1 to Alt+9 go where it says.
// 2. What waits to be read is bold, with its count; where we are mentioned "@2" stands. What is muted stays quiet.
// 3. A row stays the same element for as long as its buffer is there, so that the focus stays where it is.

import { Kind } from "../model/buffer.js";
import { calls } from "../model/desk.js";
import { State } from "../chat/state.js";
import { printable } from "../text/printable.js";
import { element, icon, isolated } from "./element.js";

/** @typedef {import("../model/buffer.js").Buffer} Buffer */
/** @typedef {import("../model/desk.js").Desk} Desk */
/** @typedef {import("../model/network.js").Network} Network */

const COUNT_MAX = 999;
/** @type {Map<string, string>} */
const HEADINGS = new Map([
  [Kind.CHANNEL, "Channels"],
  [Kind.PERSON, "People"],
]);

/**
 * How somebody is: "here", "away", or "gone" while nobody knows.
 * @param {Buffer} buffer
 * @param {Network | null} network
 */
export function presenceOf(buffer, network) {
  const isOnline = network?.state === State.CONNECTED || network?.state === State.CATCHING_UP;
  const person = isOnline ? network?.chat?.people.get(buffer.name) : undefined;
  if (person === undefined) return "gone";
  return person.away ? "away" : "here";
}

export class ChannelList {
  /**
   * @param {HTMLElement} root
   * @param {(buffer: Buffer) => void} chosen
   */
  constructor(root, chosen) {
    this.root = root;
    this.chosen = chosen;
    /** @type {Map<Buffer, {row: HTMLButtonElement, looks: string}>} */
    this.rows = new Map();
    this.order = "";
  }

  /** @param {Desk} desk */
  show(desk) {
    const buffers = desk.buffers();
    for (const buffer of this.rows.keys()) if (!buffers.includes(buffer)) this.rows.delete(buffer);
    for (const buffer of buffers) this.drawRow(buffer, desk.networkOf(buffer), buffer === desk.current);
    const order = buffers.map((buffer) => buffer.name).join("\n");
    if (order !== this.order) {
      this.order = order;
      this.arrange(buffers);
    }
  }

  /**
   * Put the rows under their headings.
   * @param {readonly Buffer[]} buffers
   */
  arrange(buffers) {
    const focused = document.activeElement;
    const lists = [...new Set(buffers.map((buffer) => buffer.kind))].map((kind) => this.listOf(kind, buffers));
    this.root.replaceChildren(...lists.flat());
    if (focused instanceof HTMLElement && this.root.contains(focused)) focused.focus();
  }

  /**
   * @param {Buffer["kind"]} kind
   * @param {readonly Buffer[]} buffers
   */
  listOf(kind, buffers) {
    const heading = HEADINGS.get(kind);
    const label = heading ?? "Server";
    const items = buffers.filter((buffer) => buffer.kind === kind).map((buffer) => this.rows.get(buffer)?.row ?? null);
    const list = element("ul", { "aria-label": label }, ...items.map((row) => element("li", {}, row)));
    return heading === undefined ? [list] : [element("h2", {}, heading), list];
  }

  /**
   * @param {Buffer} buffer
   * @param {Network | null} network
   * @param {boolean} isCurrent
   */
  drawRow(buffer, network, isCurrent) {
    const presence = buffer.kind === Kind.PERSON ? presenceOf(buffer, network) : "";
    const typing = buffer.activeTyping(Date.now()).length > 0;
    const state = buffer.kind === Kind.SERVER ? network?.state : "";
    const { name, joined, muted, mentions, unreadText } = buffer;
    const looks = JSON.stringify([name, isCurrent, presence, typing, state, joined, muted, mentions, unreadText]);
    let known = this.rows.get(buffer);
    if (known?.looks === looks) return;
    if (known === undefined) {
      const row = element("button", { type: "button", class: "place", onclick: () => this.chosen(buffer) });
      known = { row, looks };
      this.rows.set(buffer, known);
    }
    known.looks = looks;
    const { row } = known;
    row.dataset["kind"] = buffer.kind;
    row.classList.toggle("calls", calls(buffer));
    row.classList.toggle("quiet", muted || !joined);
    if (isCurrent) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
    const sign =
      buffer.kind === Kind.PERSON ? element("span", { class: `presence ${presence}` }, unseen(presence)) : null;
    const title = isolated(buffer.kind === Kind.SERVER ? "Server" : printable(name), "place-name");
    const types = typing ? element("span", { class: "types" }, "…") : null;
    row.replaceChildren(...[sign, title, types, badgeOf(buffer)].filter((part) => part !== null));
    if (isCurrent) row.scrollIntoView({ block: "nearest" });
  }
}

/** @param {string} text */
function unseen(text) {
  return element("span", { class: "unseen" }, text);
}

/**
 * What stands at the right of a row.
 * @param {Buffer} buffer
 */
function badgeOf(buffer) {
  const count = buffer.unread > COUNT_MAX ? `${COUNT_MAX}+` : buffer.unreadText;
  if (buffer.mentions > 0) {
    const text = buffer.mentions > COUNT_MAX ? `${COUNT_MAX}+` : String(buffer.mentions);
    return element("span", { class: "badge mentioned" }, `@${text}`, unseen(" mentions of you"));
  }
  if (buffer.muted) return element("span", { class: "badge muted" }, icon("mute"), unseen("muted"));
  return buffer.unread > 0 ? element("span", { class: "badge" }, count, unseen(" unread")) : null;
}
