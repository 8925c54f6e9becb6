// Who is in the channel: by rank, then by name.
//
// Rule: at most ROWS_MAX people are listed; of more, their number is said.

import { printable } from "../text/printable.js";
import { element, isolated } from "./element.js";
import { nickClass } from "./textView.js";

/** @typedef {import("../model/buffer.js").Buffer} Buffer */
/** @typedef {import("../model/network.js").Network} Network */
/** @typedef {import("../chat/people.js").Member} Member */

const ROWS_MAX = 500;
const RANKS = "~&@%+";
const RANK_NAMES = new Map([
  ["~", "founder"],
  ["&", "protected"],
  ["@", "operator"],
  ["%", "half operator"],
  ["+", "voice"],
]);

export class MemberList {
  /**
   * @param {HTMLElement} root
   * @param {(nick: string) => void} chosen
   */
  constructor(root, chosen) {
    this.root = root;
    this.chosen = chosen;
    this.looks = "";
  }

  /**
   * Show who is there; nothing where that is no channel. Whether there is somebody.
   * @param {Network} network
   * @param {Buffer} buffer
   */
  show(network, buffer) {
    const channel = network.channel(buffer);
    const looks = `${buffer.name} ${network.peopleVersion} ${channel?.members.size ?? -1}`;
    if (looks !== this.looks) {
      this.looks = looks;
      if (channel === null) this.root.replaceChildren();
      else this.draw([...channel.members.values()], network.nick);
    }
    return channel !== null;
  }

  /**
   * @param {Member[]} members
   * @param {string} own
   */
  draw(members, own) {
    const ordered = members
      .map((member) => ({ member, rank: rankOf(member), name: member.nick.toLowerCase() }))
      .sort((one, other) => one.rank - other.rank || (one.name < other.name ? -1 : 1))
      .slice(0, ROWS_MAX);
    const rest = members.length - ordered.length;
    const rows = ordered.map(({ member }) => element("li", {}, this.rowOf(member, own)));
    this.root.replaceChildren(
      element("h2", {}, `${members.length.toLocaleString()} here`),
      element("ul", {}, ...rows),
      ...(rest > 0 ? [element("p", { class: "aside" }, `and ${rest.toLocaleString()} more`)] : []),
    );
  }

  /**
   * @param {Member} member
   * @param {string} own
   */
  rowOf(member, own) {
    const rank = member.prefixes[0] ?? "";
    const facts = [RANK_NAMES.get(rank), member.bot ? "bot" : "", awayOf(member)].filter(Boolean).join(", ");
    const isOwn = member.nick === own;
    return element(
      "button",
      {
        type: "button",
        class: `member${member.away ? " away" : ""}`,
        title: isOwn ? "You" : `Write to ${printable(member.nick)}${facts ? ` (${facts})` : ""}`,
        onclick: () => this.chosen(member.nick),
      },
      element("span", { class: "rank", "aria-hidden": "true" }, rank),
      isolated(printable(member.nick), isOwn ? "own" : nickClass(member.nick)),
      member.bot ? element("span", { class: "tag" }, "bot") : null,
      facts ? element("span", { class: "unseen" }, ` ${facts}`) : null,
    );
  }
}

/** @param {Member} member */
function rankOf(member) {
  const place = RANKS.indexOf(member.prefixes[0] ?? "");
  return place < 0 || member.prefixes === "" ? RANKS.length : place;
}

/** @param {Member} member */
function awayOf(member) {
  if (!member.away) return "";
  return member.away === "*" ? "away" : `away: ${printable(member.away)}`;
}
