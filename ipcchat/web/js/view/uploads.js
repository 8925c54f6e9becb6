// The files that go with the message one types: a chip for each, above the field, with how far it is.
//
// Rules:
// 1. Files are uploaded one after the other, in the order in which they were chosen; that is the order of their URLs.
// 2. A chip stays until its message is sent or our user takes it away, in the place where he chose it. A mistake stands
//    on it, with a way to try again. Nothing is sent while one of them is not there.
// 3. Who leaves the page while there are chips is asked, by the browser.

import { sizeOf } from "../files.js";
import { printable } from "../text/printable.js";
import { element, iconButton, isolated } from "./element.js";

/** @typedef {import("../files.js").Files} Files */
/** @typedef {import("../model/buffer.js").Buffer} Buffer */

/** A message carries so many files (the server's own limit). */
export const FILES_MAX = 20;

/** One file on its way. */
class Chip {
  /** @param {File} file @param {{retry: (chip: Chip) => void, remove: (chip: Chip) => void}} around */
  constructor(file, around) {
    this.file = file;
    this.url = "";
    /** @type {"waiting" | "sending" | "done" | "failed"} */
    this.state = "waiting";
    this.stop = new AbortController();
    const name = printable(file.name) || "file";
    this.bar = element("progress", { max: 1, value: 0, "aria-label": `${name} being sent` });
    this.note = element("span", { class: "upload-note" }, "waiting");
    this.again = iconButton("again", `Try ${name} again`, () => around.retry(this), { hidden: true });
    this.away = iconButton("close", `Cancel ${name}`, () => around.remove(this));
    const title = isolated(name, "upload-name");
    const size = element("span", { class: "detail" }, sizeOf(file.size));
    this.root = element("li", { class: "upload" }, title, size, this.bar, this.note, this.again, this.away);
    this.name = name;
  }

  /** @param {"waiting" | "sending" | "done" | "failed"} state @param {string} note */
  turn(state, note) {
    this.state = state;
    this.note.textContent = note;
    this.root.className = `upload ${state}`;
    this.bar.hidden = state === "done" || state === "failed";
    this.again.hidden = state !== "failed";
    const label = state === "done" || state === "failed" ? `Remove ${this.name}` : `Cancel ${this.name}`;
    this.away.title = label;
    this.away.setAttribute("aria-label", label);
  }
}

export class Uploads {
  /**
   * @param {HTMLElement} list
   * @param {Files} files
   * @param {{flash: (text: string) => void, emptied: () => void}} around `emptied`: the chip that had the focus is gone
   */
  constructor(list, files, around) {
    this.list = list;
    this.files = files;
    this.around = around;
    /** @type {Map<Buffer, Chip[]>} */
    this.chips = new Map();
    /** @type {Buffer | null} */
    this.buffer = null;
    this.isBusy = false;
    this.leaving = (/** @type {Event} */ event) => event.preventDefault();
  }

  /** Show those of a buffer. @param {Buffer} buffer */
  show(buffer) {
    if (buffer === this.buffer) return;
    this.buffer = buffer;
    this.draw();
  }

  draw() {
    const chips = this.of(this.buffer);
    this.list.hidden = chips.length === 0;
    this.list.replaceChildren(...chips.map(({ root }) => root));
  }

  /** @param {Buffer | null} buffer @returns {readonly Chip[]} */
  of(buffer) {
    return buffer === null ? [] : (this.chips.get(buffer) ?? []);
  }

  /** @param {Buffer} buffer @param {readonly File[]} files */
  add(buffer, files) {
    const chips = [...this.of(buffer)];
    const room = FILES_MAX - chips.length;
    if (files.length > room) this.around.flash(`A message has at most ${FILES_MAX} files; the others were left out`);
    const around = {
      retry: (/** @type {Chip} */ chip) => this.retry(chip),
      remove: (/** @type {Chip} */ chip) => this.remove(buffer, chip),
    };
    chips.push(...files.slice(0, room).map((file) => new Chip(file, around)));
    this.keep(buffer, chips);
    void this.run();
  }

  /** @param {Buffer} buffer @param {Chip[]} chips */
  keep(buffer, chips) {
    if (chips.length > 0) this.chips.set(buffer, chips);
    else this.chips.delete(buffer);
    if (this.chips.size > 0) addEventListener("beforeunload", this.leaving);
    else removeEventListener("beforeunload", this.leaving);
    if (buffer === this.buffer) this.draw();
  }

  /** Why a message cannot be sent with its files yet; "" when it can. @param {Buffer} buffer */
  obstacle(buffer) {
    const states = this.of(buffer).map(({ state }) => state);
    if (states.includes("failed")) return "A file could not be sent: try it again, or remove it";
    return states.every((state) => state === "done") ? "" : "A file is still on its way; the message waits for you here";
  }

  /** The URLs of a buffer's files, in their order. @param {Buffer} buffer */
  urls(buffer) {
    return this.of(buffer).map(({ url }) => url);
  }

  /** They were said. @param {Buffer} buffer */
  clear(buffer) {
    this.keep(buffer, []);
  }

  /** @param {Buffer} buffer @param {Chip} chip */
  remove(buffer, chip) {
    const hadFocus = chip.root.contains(document.activeElement);
    chip.stop.abort();
    this.keep(buffer, this.of(buffer).filter((other) => other !== chip));
    if (hadFocus) this.around.emptied();
  }

  /** @param {Chip} chip */
  retry(chip) {
    chip.stop = new AbortController();
    chip.turn("waiting", "waiting");
    chip.away.focus();
    void this.run();
  }

  /** Upload what waits, one after the other. */
  async run() {
    if (this.isBusy) return;
    this.isBusy = true;
    for (let chip = this.next(); chip !== undefined; chip = this.next()) await this.upload(chip);
    this.isBusy = false;
  }

  next() {
    return [...this.chips.values()].flat().find(({ state }) => state === "waiting");
  }

  /** @param {Chip} chip */
  async upload(chip) {
    const { signal } = chip.stop;
    chip.turn("sending", "0 %");
    const progress = (/** @type {number} */ part) => {
      chip.bar.value = part;
      chip.note.textContent = `${Math.floor(part * 100)} %`;
    };
    const { url, mistake } = await this.files.upload(chip.file, progress, signal);
    if (signal.aborted) return;
    chip.url = url;
    chip.turn(mistake ? "failed" : "done", mistake || "ready");
    this.around.flash(mistake ? `${chip.name}: ${mistake}` : `${chip.name} is ready to be sent`);
  }
}
