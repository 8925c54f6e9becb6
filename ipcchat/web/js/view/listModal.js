// A list to choose from in a dialog, under a field that narrows it down.
//
// Rule: the focus stays in the field; the arrows move through the list, Enter takes the lit one.

import { element } from "./element.js";
import { meaningOf } from "./keymap.js";

const PAGE = 8;

/**
 * @template T
 */
export class ListField {
  /**
   * @param {string} label
   * @param {(item: T) => Node[]} draw
   * @param {(item: T) => void} chosen
   * @param {(text: string) => void} typed
   */
  constructor(label, draw, chosen, typed) {
    this.draw = draw;
    this.chosen = chosen;
    /** @type {readonly T[]} */
    this.items = [];
    this.lit = 0;
    this.field = element("input", {
      class: "list-field",
      type: "text",
      role: "combobox",
      autocomplete: "off",
      maxlength: 200,
      placeholder: label,
      "aria-label": label,
      "aria-expanded": "true",
      "aria-controls": "found",
      "aria-autocomplete": "list",
      oninput: () => typed(this.field.value),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.pressed(event),
    });
    this.list = element("ul", { id: "found", class: "found", role: "listbox", "aria-label": label, tabindex: -1 });
    this.status = element("p", { class: "aside", role: "status" });
  }

  /**
   * @param {readonly T[]} items
   * @param {string} status
   * @param {boolean} [keepsPlace]
   */
  show(items, status, keepsPlace = false) {
    this.items = items;
    this.lit = keepsPlace ? this.lit : 0;
    this.status.textContent = status;
    this.list.replaceChildren(...items.map((item, place) => this.optionOf(item, place)));
    this.light(this.lit);
  }

  /**
   * @param {T} item
   * @param {number} place
   */
  optionOf(item, place) {
    const settings = { id: `found-${place}`, role: "option", onclick: () => this.chosen(item) };
    return element("li", settings, ...this.draw(item));
  }

  /** @param {number} place */
  light(place) {
    this.lit = Math.max(0, Math.min(place, this.items.length - 1));
    for (const [number, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(number === this.lit));
      if (number === this.lit) option.scrollIntoView({ block: "nearest" });
    }
    if (this.items.length > 0) this.field.setAttribute("aria-activedescendant", `found-${this.lit}`);
    else this.field.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const steps = new Map([
      ["list_previous", -1],
      ["list_next", 1],
      ["list_page_up", -PAGE],
      ["list_page_down", PAGE],
    ]);
    const name = meaningOf(event, "list")?.action.name ?? "";
    const item = this.items[this.lit];
    const step = steps.get(name);
    if (step !== undefined) this.light(this.lit + step);
    else if (name === "list_choose" && item !== undefined) this.chosen(item);
    else if (name !== "list_choose") return;
    event.preventDefault();
  }
}
