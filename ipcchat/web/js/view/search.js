// Search of all that was said: the server looks for it, the latest first; choosing one goes there.
//
// Rule: an answer that comes after our user has typed on is not shown.

import { startOf } from "../text/phrases.js";
import { printable } from "../text/printable.js";
import { moment } from "../text/when.js";
import { element, isolated } from "./element.js";
import { ListField } from "./listModal.js";
import { closeModal, openModal } from "./modal.js";
import { nickClass } from "./textView.js";

/** @typedef {import("./host.js").Host} Host */
/** @typedef {import("./host.js").Found} Found */

const DELAY_MS = 250;
const LETTERS_MIN = 2;

/**
 * @param {Host} host
 * @param {(found: Found) => void} jump
 * @param {string} [words] to look for at once
 */
export function openSearch(host, jump, words = "") {
  new Search(host, jump).open(words);
}

class Search {
  /**
   * @param {Host} host
   * @param {(found: Found) => void} jump
   */
  constructor(host, jump) {
    this.host = host;
    /** @type {Found[]} */
    this.found = [];
    this.asked = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.delay = undefined;
    const chosen = (/** @type {Found} */ found) => {
      closeModal();
      jump(found);
    };
    this.list = new ListField("Words to look for", drawFound, chosen, (text) => this.typed(text));
    this.more = element("button", { type: "button", hidden: true, onclick: () => this.ask(true) }, "Show older ones");
  }

  /** @param {string} words */
  open(words) {
    openModal("Search", [this.list.field, this.list.list, this.list.status, this.more], { className: "tall" });
    this.list.field.focus();
    this.list.field.value = words;
    if (words) this.typed(words);
  }

  /** @param {string} text */
  typed(text) {
    clearTimeout(this.delay);
    this.asked += 1;
    this.found = [];
    this.more.hidden = true;
    const isEnough = text.trim().length >= LETTERS_MIN;
    this.list.show([], isEnough ? "Searching…" : "");
    if (isEnough) this.delay = setTimeout(() => this.ask(false), DELAY_MS);
  }

  /** @param {boolean} isMore */
  async ask(isMore) {
    this.asked += 1;
    const { asked } = this;
    const before = isMore ? (this.found.at(-1)?.said ?? null) : null;
    const results = await this.host.search(this.list.field.value.trim(), before);
    if (asked !== this.asked) return;
    this.found = [...this.found, ...results.found];
    this.more.hidden = !results.more;
    const count = `${this.found.length}${results.more ? "+" : ""} found`;
    this.list.show(this.found, results.mistake || (this.found.length === 0 ? "Nothing was found" : count), isMore);
  }
}

/** @param {Found} found */
export function drawFound({ buffer, said }) {
  const nick = isolated(printable(said.message.nick), `strong ${nickClass(said.message.nick)}`);
  const where = element("span", { class: "detail" }, isolated(printable(buffer.name)), ` · ${moment(said.time)}`);
  return [
    element("span", { class: "found-head" }, nick, where),
    element("bdi", { class: "found-text" }, startOf(said.message.text)),
  ];
}
