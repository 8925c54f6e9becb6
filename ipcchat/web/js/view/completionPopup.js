// The choices above the field in which one types.
//
// Rule: the focus stays in the field; which choice is lit is told by aria-activedescendant.

import { element } from "./element.js";

/** @typedef {import("./host.js").Candidate} Candidate */

const SHOWN_MAX = 8;

export class CompletionPopup {
  /**
   * @param {HTMLTextAreaElement} field
   * @param {(candidate: Candidate) => void} chosen
   */
  constructor(field, chosen) {
    this.field = field;
    this.chosen = chosen;
    /** @type {readonly Candidate[]} */
    this.candidates = [];
    this.lit = 0;
    this.root = element("ul", {
      id: "choices",
      class: "choices",
      role: "listbox",
      "aria-label": "Choices",
      hidden: true,
    });
  }

  get isOpen() {
    return this.candidates.length > 0;
  }

  /** @param {readonly Candidate[]} candidates */
  show(candidates) {
    this.candidates = candidates.slice(0, SHOWN_MAX);
    this.lit = 0;
    this.draw();
  }

  close() {
    if (this.isOpen) this.show([]);
  }

  /** @param {number} step */
  move(step) {
    this.lit = (this.lit + step + this.candidates.length) % this.candidates.length;
    this.draw();
  }

  /** Take the one that is lit. */
  choose() {
    const candidate = this.candidates[this.lit];
    if (candidate !== undefined) this.chosen(candidate);
  }

  draw() {
    this.root.hidden = !this.isOpen;
    this.root.replaceChildren(...this.candidates.map((candidate, place) => this.optionOf(candidate, place)));
    if (this.isOpen) this.field.setAttribute("aria-activedescendant", `choice-${this.lit}`);
    else this.field.removeAttribute("aria-activedescendant");
  }

  /**
   * @param {Candidate} candidate
   * @param {number} place
   */
  optionOf(candidate, place) {
    const settings = {
      id: `choice-${place}`,
      role: "option",
      "aria-selected": String(place === this.lit),
      onmousedown: (/** @type {MouseEvent} */ event) => event.preventDefault(),
      onclick: () => this.chosen(candidate),
    };
    const detail = candidate.detail ? element("span", { class: "detail" }, candidate.detail) : null;
    return element("li", settings, element("bdi", {}, candidate.shown), detail);
  }
}
