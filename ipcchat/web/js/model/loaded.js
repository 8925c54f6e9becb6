// The messages of a window by their msgids: found by them, quoted by their answers, and how much they weigh.
//
// Rules:
// 1. A message is found by the msgids of its latest edits, too.
// 2. A longer text, and many reactions, count as several entries.

import { Said } from "./entries.js";
import { Quotes } from "./quotes.js";

/** @typedef {import("./entries.js").AnyEntry} AnyEntry */

const ENTRY_CHARACTERS = 500;
const ENTRY_REACTORS = 10;

/** What is loaded. `weight` is how much that is, in entries of ordinary length. */
export class Loaded {
  weight = 0;
  /** @type {Map<string, Said>} */
  #said = new Map();
  /** @type {Map<string, string>} */
  #edits = new Map();
  #quotes = new Quotes();

  /** A message by its msgid, or by that of one of its edits. @param {string} msgid @returns {Said | null} */
  find(msgid) {
    return this.#said.get(this.#edits.get(msgid) ?? msgid) ?? null;
  }

  /** Whether a message is loaded under its own msgid. @param {string} msgid */
  has(msgid) {
    return this.#said.has(msgid);
  }

  /** How many edits messages are found by. */
  get edits() {
    return this.#edits.size;
  }

  /** An entry is loaded. @param {AnyEntry} entry */
  note(entry) {
    this.weight += weightOf(entry);
    if (entry instanceof Said && entry.message.msgid) {
      this.#said.set(entry.message.msgid, entry);
      this.#knowEdits(entry);
      this.#quotes.renew(entry);
    }
  }

  /** A message quotes what it answers, where that is known. @param {Said} answer @param {Said | null} answered */
  quote(answer, answered) {
    this.#quotes.quote(answer, answered);
  }

  /**
   * Change a message that is loaded.
   * @template T @param {Said} said @param {() => T} change @returns {T} what that gives
   */
  changing(said, change) {
    const weight = weightOf(said);
    const edits = said.edits;
    const changed = change();
    if (this.#said.has(said.message.msgid)) {
      this.weight += weightOf(said) - weight;
      edits.filter((edit) => !said.edits.includes(edit)).forEach((edit) => this.#edits.delete(edit));
      this.#knowEdits(said);
      this.#quotes.renew(said);
    }
    return changed;
  }

  /** An entry is loaded no longer. @param {AnyEntry} entry */
  forget(entry) {
    this.weight -= weightOf(entry);
    if (entry instanceof Said) {
      this.#quotes.forget(entry);
      this.#said.delete(entry.message.msgid);
      entry.edits.forEach((edit) => this.#edits.delete(edit));
    }
  }

  /** @param {Said} said */
  #knowEdits(said) {
    said.edits.forEach((edit) => this.#edits.set(edit, said.message.msgid));
  }
}

/** How much an entry takes, in entries of ordinary length. @param {AnyEntry} entry */
export function weightOf(entry) {
  if (!(entry instanceof Said)) {
    return 1;
  }
  let reactors = 0;
  for (const nicks of entry.reactions.values()) {
    reactors += nicks.length;
  }
  return 1 + Math.floor(entry.message.text.length / ENTRY_CHARACTERS) + Math.floor(reactors / ENTRY_REACTORS);
}
