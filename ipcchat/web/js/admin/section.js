// What the parts of the admin page have in common: a heading, what was refused, and loading when it is opened.
//
// Rule: a part that is not looked at asks the server nothing.

import { printable } from "../text/printable.js";
import { element, isolated } from "../view/element.js";
import { reasonOf } from "./asking.js";

/** @typedef {import("./server.js").Server} Server */
/**
 * What a part knows of the page around it.
 * @typedef {{server: Server, privileges: ReadonlySet<string>}} Around
 */

export class Section {
  /** @param {string} title @param {Around} around @param {...Node} content */
  constructor(title, around, ...content) {
    this.title = title;
    this.around = around;
    this.refusal = element("p", { class: "mistake", role: "alert" });
    this.actions = element("div", { class: "actions" });
    const head = element("header", { class: "section-head" }, element("h2", { tabindex: -1 }, title), this.actions);
    this.root = element("section", { class: "part" }, head, this.refusal, ...content);
  }

  get server() {
    return this.around.server;
  }

  /** Whether our user may do that. @param {string} privilege */
  may(privilege) {
    return this.around.privileges.has(privilege);
  }

  /** It is looked at from now on. */
  open() {
    void this.load();
  }

  /** It is looked at no longer. */
  close() {}

  /** Ask the server, and show what it answers, or why not. */
  async load() {
    this.root.setAttribute("aria-busy", "true");
    try {
      await this.fill();
      this.refusal.textContent = "";
    } catch (error) {
      this.refusal.textContent = reasonOf(error);
    }
    this.root.removeAttribute("aria-busy");
  }

  /** Ask and show. Rejects with ChatError. */
  async fill() {}
}

/** A name in a table that shows more of what has it. @param {string} name @param {() => Promise<void>} show */
export function opener(name, show) {
  return element("button", { type: "button", class: "link", onclick: () => void show() }, isolated(printable(name)));
}
