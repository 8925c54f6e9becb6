// A table that can be sorted, searched and paged, whoever wrote what is in it.
//
// Rules:
// 1. It is a table for screen readers, too: a caption, a heading for each column, the first cell of a row names it.
// 2. At most PAGE_ROWS rows are in the page.
// 3. A search is asked of the server where there may be more than it has told (`ask`), else done here as one types.

import { element } from "../view/element.js";

const PAGE_ROWS = 50;

/**
 * A column: what it is sorted by and found by (nothing where it only has buttons), and what is shown.
 * @template T
 * @typedef {{title: string, by?: (row: T) => string | number, show: (row: T) => Node | string, wide?: boolean}} Column
 */

let number = 0;

/** @template T */
export class Table {
  /**
   * @param {{caption: string, columns: Column<T>[], find: string, ask?: (words: string) => void}} how `find`: the name
   *   of the search field
   */
  constructor({ caption, columns, find, ask }) {
    this.columns = columns;
    /** @type {readonly T[]} */
    this.rows = [];
    this.page = 0;
    this.sortedBy = 0;
    this.isFalling = false;
    number += 1;
    const id = `find-${number}`;
    this.field = element("input", { id, type: "search", autocomplete: "off", maxlength: 200, oninput: () => {
      if (!ask) this.turn(0);
    } });
    const label = element("label", { for: id }, find);
    const searched = (/** @type {Event} */ event) => {
      event.preventDefault();
      ask?.(this.field.value.trim());
    };
    const button = ask ? element("button", { class: "plain" }, "Search") : null;
    const named = { class: "search", role: "search", "aria-label": find };
    this.search = element("form", { ...named, onsubmit: searched }, label, this.field, button);
    this.isAsked = ask !== undefined;
    this.heads = columns.map(({ title, by }, place) => {
      const sort = by ? element("button", { type: "button", onclick: () => this.sort(place) }, title) : title;
      return element("th", { scope: "col" }, sort);
    });
    this.body = element("tbody");
    const table = element("table", {}, element("caption", { class: "unseen" }, caption));
    table.append(element("thead", {}, element("tr", {}, ...this.heads)), this.body);
    this.status = element("p", { class: "status", role: "status" });
    const turner = (/** @type {string} */ text, /** @type {number} */ step) => {
      return element("button", { type: "button", class: "plain", onclick: () => this.turn(this.page + step) }, text);
    };
    this.before = turner("Previous", -1);
    this.behind = turner("Next", 1);
    this.pager = element("div", { class: "pager" }, this.before, this.behind);
    const scroller = element("div", { class: "table", tabindex: 0, role: "region", "aria-label": caption }, table);
    this.root = element("div", { class: "listing" }, this.search, scroller, this.status, this.pager);
    this.more = "";
  }

  /** The words that are searched for. */
  get words() {
    return this.field.value.trim();
  }

  /** @param {readonly T[]} rows @param {string} [more] what the server left out */
  show(rows, more = "") {
    this.rows = rows;
    this.more = more;
    this.turn(this.page);
  }

  /** @param {number} place */
  sort(place) {
    this.isFalling = place === this.sortedBy && !this.isFalling;
    this.sortedBy = place;
    this.turn(0);
  }

  /** The rows that are looked for, in their order. */
  found() {
    const words = this.isAsked ? "" : this.words.toLowerCase();
    const by = this.columns[this.sortedBy]?.by ?? (() => "");
    const texts = (/** @type {T} */ row) => this.columns.map((column) => column.by?.(row) ?? "").join("\n").toLowerCase();
    const rows = this.rows.filter((row) => !words || texts(row).includes(words));
    rows.sort((one, other) => compared(by(one), by(other)));
    return this.isFalling ? rows.reverse() : rows;
  }

  /** @param {number} page */
  turn(page) {
    const rows = this.found();
    const last = Math.max(0, Math.ceil(rows.length / PAGE_ROWS) - 1);
    this.page = Math.min(Math.max(0, page), last);
    const start = this.page * PAGE_ROWS;
    const shown = rows.slice(start, start + PAGE_ROWS);
    this.body.replaceChildren(...shown.map((row) => this.drawn(row)));
    this.heads.forEach((head, place) => this.mark(head, place));
    this.pager.hidden = last === 0;
    this.before.disabled = this.page === 0;
    this.behind.disabled = this.page === last;
    const range = last === 0 ? "" : `${start + 1} to ${start + shown.length} of `;
    const count = rows.length === 0 ? "There is nothing here." : `${range}${counted(rows.length)}.`;
    this.status.textContent = `${count} ${this.more}`.trim();
  }

  /** @param {HTMLElement} head @param {number} place */
  mark(head, place) {
    if (place === this.sortedBy) head.setAttribute("aria-sort", this.isFalling ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }

  /** @param {T} row */
  drawn(row) {
    const cells = this.columns.map(({ show, wide }, place) => {
      const settings = { class: wide ? "wide" : null };
      return place === 0
        ? element("th", { ...settings, scope: "row" }, show(row))
        : element("td", settings, show(row));
    });
    return element("tr", {}, ...cells);
  }
}

/** @param {number} count */
function counted(count) {
  return `${count.toLocaleString()} ${count === 1 ? "row" : "rows"}`;
}

/** @param {string | number} one @param {string | number} other */
function compared(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), undefined, { numeric: true, sensitivity: "base" });
}
