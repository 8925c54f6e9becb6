// The field in which one types, with the choices above it and what it answers or changes.
//
// Rules:
// 1. What was typed is never lost: it is the draft of its buffer after every key, and stays when it could not be sent.
// 2. Tab completes where there is something to complete, and else moves the focus as everywhere.
// 3. Others hear that our user types at most every TYPING_MS, and never while he types a command.
// 4. Files stand above the field as chips (uploads.js, loaded with the first of them); their URLs are said behind the
//    text, in the same message, once all of them are there.

import { Kind } from "../model/buffer.js";
import { Recall } from "../model/recall.js";
import { startOf } from "../text/phrases.js";
import { printable } from "../text/printable.js";
import { CompletionPopup } from "./completionPopup.js";
import { listenForFiles } from "./dropping.js";
import { byId, element, iconButton } from "./element.js";
import { meaningOf } from "./keymap.js";
import { isModalOpen } from "./modal.js";

/** @typedef {import("../model/buffer.js").Buffer} Buffer */
/** @typedef {import("../model/entries.js").Said} Said */
/** @typedef {import("./host.js").Host} Host */
/** @typedef {import("./host.js").Candidate} Candidate */

export const TEXT_MAX = 20_000;
const TYPING_MS = 3_000;
const PAUSED_MS = 6_000;

/**
 * What the composer asks of the rest of the view.
 * @typedef {object} Surroundings
 * @property {() => void} editLast
 * @property {() => void} focusMessage
 * @property {() => void} bottom
 * @property {(text: string) => void} flash
 * @property {() => boolean} tellsTyping
 */

export class Composer {
  /**
   * @param {HTMLElement} root
   * @param {Host} host
   * @param {Surroundings} surroundings
   */
  constructor(root, host, surroundings) {
    this.host = host;
    this.surroundings = surroundings;
    /** @type {Buffer | null} */
    this.buffer = null;
    /** @type {Recall | null} */
    this.recall = null;
    this.typingSent = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.pause = undefined;
    this.field = element("textarea", {
      id: "composer-text",
      rows: 1,
      maxlength: TEXT_MAX,
      autocomplete: "off",
      enterkeyhint: "send",
      "aria-label": "Message",
      "aria-autocomplete": "list",
      "aria-haspopup": "listbox",
      "aria-controls": "choices",
      oninput: () => this.typed(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.pressed(event),
      onblur: () => this.popup.close(),
      onpaste: (/** @type {ClipboardEvent} */ event) => this.pasted(event),
    });
    this.popup = new CompletionPopup(this.field, (candidate) => this.insert(candidate));
    this.picker = element("input", { type: "file", multiple: true, hidden: true, onchange: () => this.picked() });
    this.attach = iconButton("attach", "Send files", () => this.picker.click());
    this.banner = element("div", { class: "draft-banner", hidden: true });
    this.chips = element("ul", { class: "uploads", hidden: true, "aria-label": "Files to send" });
    /** @type {import("./uploads.js").Uploads | null} */
    this.uploads = null;
    const send = iconButton("send", "Send", () => this.send(), { id: "send" });
    const row = element("div", { class: "composer-row" }, this.attach, this.picker, this.field, send);
    root.append(this.popup.root, this.banner, this.chips, row);
    root.addEventListener("submit", (event) => event.preventDefault());
    listenForFiles(byId("place"), {
      target: () => (this.takesFiles ? `Drop files to send them to ${printable(this.buffer?.name ?? "")}` : ""),
      drop: (files) => void this.addFiles(files),
      refuse: (text) => surroundings.flash(text),
    });
  }

  /** @param {Buffer} buffer */
  show(buffer) {
    this.attach.hidden = !this.host.files.mayUpload;
    this.uploads?.show(buffer);
    const isOther = buffer !== this.buffer;
    if (isOther) {
      this.leave();
      this.buffer = buffer;
      this.recall = null;
      this.popup.close();
      this.field.placeholder = `Message ${printable(buffer.name)}`;
      this.setText(buffer.draft.text, buffer.draft.cursor);
    } else if (this.field.value !== buffer.draft.text) {
      this.setText(buffer.draft.text, buffer.draft.cursor);
    }
    this.drawBanner();
  }

  /** Type here. */
  focus() {
    this.field.focus({ preventScroll: true });
  }

  /** @param {Said} said */
  reply(said) {
    if (this.buffer === null) return;
    this.buffer.draft.answers = said;
    this.buffer.draft.changes = null;
    this.drawBanner();
    this.focus();
  }

  /** @param {Said} said */
  edit(said) {
    if (this.buffer === null) return;
    if (this.field.value.trim()) this.buffer.typed(this.field.value);
    this.buffer.draft.changes = said;
    this.buffer.draft.answers = null;
    this.setText(said.message.text, said.message.text.length);
    this.drawBanner();
    this.focus();
  }

  /** Put a text where the cursor is. @param {string} text */
  put(text) {
    this.focus();
    this.field.setRangeText(text, this.field.selectionStart, this.field.selectionEnd, "end");
    this.typed();
  }

  // Files.

  /** Whether files can be sent to where our user is. */
  get takesFiles() {
    return this.host.files.mayUpload && this.buffer !== null && this.buffer.kind !== Kind.SERVER && !isModalOpen();
  }

  /** Files that are pasted are sent; a text that has a picture of itself beside it is a text. @param {ClipboardEvent} event */
  pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0 || event.clipboardData?.types.includes("text/plain") || !this.takesFiles) return;
    event.preventDefault();
    void this.addFiles(files);
  }

  picked() {
    const files = [...(this.picker.files ?? [])];
    this.picker.value = "";
    if (files.length > 0) void this.addFiles(files);
    this.focus();
  }

  /** @param {File[]} files */
  async addFiles(files) {
    const { buffer } = this;
    if (buffer === null || !this.takesFiles) return this.surroundings.flash("Files cannot be sent here");
    const { Uploads } = await import("./uploads.js");
    this.uploads ??= new Uploads(this.chips, this.host.files, { ...this.surroundings, emptied: () => this.focus() });
    if (this.buffer !== null) this.uploads.show(this.buffer);
    this.uploads.add(buffer, files);
  }

  // What is typed.

  typed() {
    this.remember();
    this.fit();
    this.complete(false);
    this.tellTyping();
  }

  /** The draft is what stands in the field. */
  remember() {
    if (this.buffer === null) return;
    this.buffer.draft.text = this.field.value;
    this.buffer.draft.cursor = this.field.selectionStart;
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const name = meaningOf(event, "composer")?.action.name;
    if (this.popup.isOpen && this.inPopup(event)) return;
    if (name !== undefined && this.act(name)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** @param {KeyboardEvent} event */
  inPopup(event) {
    const moves = {
      ArrowUp: () => this.popup.move(-1),
      ArrowDown: () => this.popup.move(1),
      Escape: () => this.popup.close(),
    };
    const takes = { Enter: () => this.popup.choose(), Tab: () => this.popup.choose() };
    const known = new Map(
      Object.entries({ ...moves, ...(event.shiftKey ? { Tab: () => this.popup.move(-1) } : takes) }),
    );
    const step = event.isComposing || event.altKey || event.ctrlKey || event.metaKey ? undefined : known.get(event.key);
    if (step === undefined) return false;
    step();
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /**
   * Do what a key means here. Whether it meant something.
   * @param {string} name
   */
  act(name) {
    const isEmpty = this.field.value === "";
    switch (name) {
      case "send":
        return this.send();
      case "newline":
        return this.newline();
      case "complete":
        return this.complete(true);
      case "edit_last":
        return isEmpty && this.quietly(this.surroundings.editLast);
      case "focus_from_empty":
        return isEmpty && this.quietly(this.surroundings.focusMessage);
      case "history_previous":
        return this.walk(-1);
      case "history_next":
        return this.walk(1);
      case "cancel":
        return this.cancel();
      default:
        return false;
    }
  }

  /** @param {() => void} deed */
  quietly(deed) {
    deed();
    return true;
  }

  newline() {
    this.put("\n");
    return true;
  }

  send() {
    const { buffer } = this;
    if (buffer === null) return true;
    const typed = this.field.value;
    const isCommand = typed.startsWith("/") && !typed.startsWith("//");
    const urls = isCommand ? [] : (this.uploads?.urls(buffer) ?? []);
    const obstacle = urls.length > 0 ? this.uploads?.obstacle(buffer) : "";
    if (obstacle) {
      this.surroundings.flash(obstacle);
      return true;
    }
    const text = [...(typed.trim() ? [typed] : []), ...urls].join(" ");
    if (!text) return true;
    const { answers, changes } = buffer.draft;
    const mistake = this.host.send(buffer, text, { replyTo: answers, editing: changes });
    if (mistake) {
      this.surroundings.flash(mistake);
      return true;
    }
    buffer.typed(text);
    if (urls.length > 0) this.uploads?.clear(buffer);
    buffer.draft.answers = null;
    buffer.draft.changes = null;
    this.recall = null;
    this.typingSent = 0;
    clearTimeout(this.pause);
    this.popup.close();
    this.setText("", 0);
    this.drawBanner();
    this.surroundings.bottom();
    return true;
  }

  /** Give up an answer or a change; what was typed stays, and a text that was to be changed can be brought back. */
  cancel() {
    const draft = this.buffer?.draft;
    if (draft === undefined || (draft.answers === null && draft.changes === null)) return false;
    if (draft.changes !== null) {
      if (this.field.value !== draft.changes.message.text) this.buffer?.typed(this.field.value);
      this.setText("", 0);
    }
    draft.answers = null;
    draft.changes = null;
    this.drawBanner();
    return true;
  }

  /** @param {number} steps */
  walk(steps) {
    if (this.buffer === null) return true;
    this.recall ??= new Recall(this.buffer.inputs, this.field.value);
    const text = this.recall.step(this.field.value, steps);
    if (text !== null) this.setText(text, text.length);
    return true;
  }

  // Completion.

  /** @param {boolean} asked */
  complete(asked) {
    const place = this.field.selectionStart;
    if (place !== this.field.selectionEnd) return false;
    const before = this.field.value.slice(0, place);
    if (asked && !/\S$/.test(before)) return false;
    const candidates = this.host.complete(before, asked);
    const [only] = candidates;
    if (asked && candidates.length === 1 && only !== undefined) this.insert(only);
    else this.popup.show(candidates);
    return candidates.length > 0;
  }

  /** @param {Candidate} candidate */
  insert(candidate) {
    const cursor = this.field.selectionStart;
    this.field.setRangeText(candidate.text, candidate.start, cursor, "end");
    this.popup.close();
    this.remember();
    this.fit();
    this.focus();
  }

  // What is shown.

  /**
   * @param {string} text
   * @param {number} cursor
   */
  setText(text, cursor) {
    this.field.value = text;
    this.field.setSelectionRange(cursor, cursor);
    this.remember();
    this.fit();
  }

  /** As high as the text needs; style.css has the limit. */
  fit() {
    this.field.style.setProperty("height", "auto");
    this.field.style.setProperty("height", `${this.field.scrollHeight}px`);
  }

  drawBanner() {
    const draft = this.buffer?.draft;
    const said = draft?.changes ?? draft?.answers ?? null;
    this.banner.hidden = said === null;
    if (said === null) return;
    const what = draft?.changes ? "Changing your message" : `Answering ${printable(said.message.nick)}`;
    const give = iconButton("close", "Give it up", () => {
      this.cancel();
      this.focus();
    });
    const words = element("span", {}, element("strong", {}, what), " ", element("bdi", {}, startOf(said.message.text)));
    this.banner.replaceChildren(words, give);
  }

  // What others hear.

  tellTyping() {
    const { buffer } = this;
    if (buffer === null || !this.surroundings.tellsTyping()) return;
    clearTimeout(this.pause);
    const text = this.field.value;
    if (text === "" || (text.startsWith("/") && !text.startsWith("//"))) return this.leave();
    if (Date.now() - this.typingSent >= TYPING_MS) {
      this.typingSent = Date.now();
      this.host.typing(buffer, "active");
    }
    this.pause = setTimeout(() => {
      this.typingSent = 0;
      this.host.typing(buffer, "paused");
    }, PAUSED_MS);
  }

  /** Our user types here no longer. */
  leave() {
    clearTimeout(this.pause);
    if (this.typingSent > 0 && this.buffer !== null) this.host.typing(this.buffer, "done");
    this.typingSent = 0;
  }
}
