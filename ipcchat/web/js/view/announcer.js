// What is read aloud to who cannot see the timeline: author and text of each new message, and nothing else.
//
// Rule: it is a region of its own, for the timeline's rows come and go as it is paged; at most KEPT_MAX stay in it.

import { printable } from "../text/printable.js";
import { element } from "./element.js";

/** @typedef {import("../model/entries.js").Said} Said */

const KEPT_MAX = 10;
const TEXT_MAX = 500;

export class Announcer {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
  }

  /** @param {Said} said */
  say(said) {
    const { nick, text } = said.message;
    this.root.append(element("p", {}, `${printable(nick)}: ${printable(text.slice(0, TEXT_MAX))}`));
    while (this.root.childElementCount > KEPT_MAX) this.root.firstElementChild?.remove();
  }
}
