// The files of our own server below the messages that link to them: pictures in boxes, others as cards.
//
// Rules:
// 1. A box has its size before anything is loaded, and keeps it whatever comes: what stands around it never moves.
// 2. A picture is loaded when it is nearly seen, and let go when it is far away or its row is gone: what is held is what
//    is looked at. Two boxes of one file hold it together.
// 3. A picture is what its name and the server both call one, of PICTURE_TYPES; everything else is a card with a way to
//    keep it. A file that may not be read leaves a quiet word in its box.

import { sizeOf } from "../files.js";
import { element, icon, isolated } from "./element.js";
import { openModal } from "./modal.js";
import { linksOf } from "./textView.js";

/** @typedef {import("../files.js").Files} Files */
/** @typedef {import("../files.js").OwnFile} OwnFile */
/** @typedef {{file: OwnFile, box: HTMLElement, stop: AbortController | null}} Place */
/** @typedef {{url: string, places: Set<Place>}} Held */

const FILES_SHOWN_MAX = 20;
const PICTURE_TYPES = ["image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"];
// What a box may hold without being asked.
const PICTURE_BYTES_MAX = 30_000_000;
// So far beyond the edges of what is seen pictures are loaded.
const NEAR = "600px 0px";
const GONE = "This file is not there any more, or not for you";
const NOT_NOW = "This file cannot be loaded now";

export class OwnFiles {
  /** @param {Files} files @param {HTMLElement} scroller @param {{flash: (text: string) => void}} around */
  constructor(files, scroller, around) {
    this.files = files;
    this.around = around;
    /** @type {WeakMap<Element, Place>} */
    this.places = new WeakMap();
    /** @type {Map<string, Held>} */
    this.held = new Map();
    this.observer = new IntersectionObserver((changes) => this.moved(changes), { root: scroller, rootMargin: NEAR });
    scroller.addEventListener("click", (event) => this.clicked(event));
  }

  /** The boxes of what a text links to, each file once. @param {string} text @returns {HTMLElement[]} */
  boxesOf(text) {
    if (!text.includes("/files/")) return [];
    const found = new Map(linksOf(text).map((url) => [url, this.files.find(url)]));
    const own = [...found.values()].filter((file) => file !== null);
    if (own.length === 0) return [];
    return [element("div", { class: "files" }, ...own.slice(0, FILES_SHOWN_MAX).map((file) => this.boxOf(file)))];
  }

  /** @param {OwnFile} file */
  boxOf(file) {
    const box = element("div", { class: file.isPicture ? "file picture" : "file card" });
    const place = { file, box, stop: null };
    this.places.set(box, place);
    const held = this.held.get(file.path);
    if (held === undefined) this.drawEmpty(place);
    else this.drawPicture(place, held);
    this.observer.observe(box);
    return box;
  }

  // What is near.

  /** @param {readonly IntersectionObserverEntry[]} changes */
  moved(changes) {
    for (const { target, isIntersecting } of changes) {
      const place = this.places.get(target);
      if (place === undefined) continue;
      if (isIntersecting && target.isConnected) void this.load(place);
      else this.leave(place);
      if (!target.isConnected) this.observer.unobserve(target);
    }
    for (const { places } of this.held.values()) for (const place of places) if (!place.box.isConnected) this.leave(place);
  }

  /** @param {Place} place */
  async load(place) {
    if (place.stop !== null || this.held.get(place.file.path)?.places.has(place)) return;
    const stop = (place.stop = new AbortController());
    const method = place.file.isPicture ? "GET" : "HEAD";
    const response = await this.files.read(place.file, { method, signal: stop.signal });
    const isFine = response?.ok ?? false;
    const picture = isFine && response !== null && isPicture(response) ? await contentOf(response) : null;
    if (place.stop !== stop || !place.box.isConnected) return void response?.body?.cancel().catch(() => {});
    place.stop = null;
    if (response === null || (response.status >= 429 && !isFine)) this.drawWord(place, NOT_NOW);
    else if (!isFine) this.drawWord(place, GONE);
    else if (picture !== null) this.drawPicture(place, this.hold(place.file.path, picture));
    else this.drawCard(place, Number(response.headers.get("content-length") ?? NaN), response);
  }

  /** @param {string} path @param {Blob} picture */
  hold(path, picture) {
    const held = this.held.get(path) ?? { url: URL.createObjectURL(picture), places: new Set() };
    this.held.set(path, held);
    return held;
  }

  /** @param {Place} place */
  leave(place) {
    const { path } = place.file;
    place.stop?.abort();
    place.stop = null;
    const held = this.held.get(path);
    if (!held?.places.delete(place)) return;
    this.drawEmpty(place);
    if (held.places.size > 0) return;
    URL.revokeObjectURL(held.url);
    this.held.delete(path);
  }

  // What is drawn.

  /** @param {Place} place */
  drawEmpty({ file, box }) {
    if (file.isPicture) box.replaceChildren(isolated(file.name, "detail"));
    else this.drawCard({ file, box, stop: null }, NaN, null);
  }

  /** @param {Place} place @param {string} word */
  drawWord({ file, box }, word) {
    box.replaceChildren(element("p", { class: "aside" }, isolated(file.name), ` – ${word}`));
  }

  /** @param {Place} place @param {Held} held */
  drawPicture(place, held) {
    const { file, box } = place;
    held.places.add(place);
    const shown = element("img", { src: held.url, alt: file.name, decoding: "async" });
    shown.addEventListener("error", () => held.places.has(place) && this.drawCard(place, NaN, null));
    const settings = { type: "button", class: "file-open", "data-file": "show", "aria-label": `Show ${file.name}` };
    box.replaceChildren(element("button", settings, shown));
  }

  /** @param {Place} place @param {number} bytes NaN where nobody said it @param {Response | null} response */
  drawCard({ file, box }, bytes, response) {
    void response?.body?.cancel().catch(() => {});
    const size = Number.isNaN(bytes) ? "" : sizeOf(bytes);
    const words = element("span", { class: "file-words" }, isolated(file.name, "file-name"));
    words.append(element("span", { class: "detail" }, size));
    const settings = { type: "button", class: "icon-button", "data-file": "keep", "aria-label": `Download ${file.name}` };
    box.replaceChildren(icon("file"), words, element("button", { ...settings, title: "Download" }, icon("download")));
  }

  // What is done.

  /** A link, a picture or a button of ours was pressed. @param {MouseEvent} event */
  clicked(event) {
    const target = event.target instanceof Element ? event.target : null;
    const place = this.places.get(target?.closest(".file") ?? document.body);
    const pressed = target?.closest("[data-file]");
    const link = target?.closest("a[href]");
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (place !== undefined && pressed instanceof HTMLElement) {
      void (pressed.dataset["file"] === "show" ? this.show(place.file) : this.keep(place.file));
    } else if (link instanceof HTMLAnchorElement && isPlain && this.open(link.href)) event.preventDefault();
  }

  /** Show a file of ours, or keep it. False when the link leads to none. @param {string} url */
  open(url) {
    const file = this.files.find(url);
    if (file === null) return false;
    void (file.isPicture ? this.show(file) : this.keep(file));
    return true;
  }

  /** @param {OwnFile} file */
  async show(file) {
    const response = await this.files.read(file);
    if (!response?.ok) return this.around.flash(response === null ? NOT_NOW : GONE);
    if (!isPicture(response)) return this.save(file, await contentOf(response));
    const picture = await contentOf(response);
    if (picture === null) return this.around.flash(NOT_NOW);
    openPicture(file.name, picture, () => this.save(file, picture));
  }

  /** @param {OwnFile} file */
  async keep(file) {
    const response = await this.files.read(file);
    if (!response?.ok) return this.around.flash(response === null ? NOT_NOW : GONE);
    this.save(file, await contentOf(response));
  }

  /** Let the browser keep a file, under its name. @param {OwnFile} file @param {Blob | null} content */
  save(file, content) {
    if (content === null) return this.around.flash(NOT_NOW);
    const url = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
    const link = element("a", { href: url, download: file.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}

/**
 * A picture, as large as the page lets it be, with a way to keep it.
 * @param {string} name @param {Blob} picture @param {() => void} save
 */
function openPicture(name, picture, save) {
  const url = URL.createObjectURL(picture);
  const shown = element("img", { class: "large-picture", src: url, alt: name });
  const button = element("button", { type: "button", class: "primary", onclick: save }, "Download");
  openModal(name, [shown, element("div", { class: "buttons" }, button)], { className: "wide" });
  shown.closest("dialog")?.addEventListener("close", () => URL.revokeObjectURL(url));
}

/** Whether the server calls it a picture, and one of a size for a box. @param {Response} response */
function isPicture({ headers }) {
  const type = (headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  return PICTURE_TYPES.includes(type) && Number(headers.get("content-length") ?? 0) <= PICTURE_BYTES_MAX;
}

/** What a file has in it; null when it did not come whole. @param {Response} response */
async function contentOf(response) {
  try {
    return await response.blob();
  } catch {
    return null;
  }
}
