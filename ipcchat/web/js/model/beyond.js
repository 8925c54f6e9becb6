// What happens beyond the end of a window that is not live: the last of it is held until the window reaches it.
//
// Rule: nothing is lost between the page of history that reaches the present and what happened since it was asked for,
// and nothing of it stands there twice. Where too much happened for that, the window is not at the present yet.

import { Said } from "./entries.js";

/** @typedef {import("./entries.js").AnyEntry} AnyEntry */

export const HELD_MAX = 1000;

/** The last HELD_MAX entries that came while the window was elsewhere. */
export class Beyond {
  /** @type {Set<AnyEntry>} */
  #held = new Set();
  /** @type {Map<string, Said>} */
  #said = new Map();

  /** Something happened. @param {AnyEntry} entry */
  hold(entry) {
    if (entry instanceof Said && entry.message.msgid) {
      this.#said.set(entry.message.msgid, entry);
    }
    this.#held.add(entry);
    if (this.#held.size > HELD_MAX) {
      for (const oldest of this.#held) {
        this.#held.delete(oldest);
        if (oldest instanceof Said) {
          this.#said.delete(oldest.message.msgid);
        }
        break;
      }
    }
  }

  /** A message that is held; null when it is not. @param {string} msgid */
  find(msgid) {
    return this.#said.get(msgid) ?? null;
  }

  /**
   * What is behind the end of a window that ends at that time (null: it is empty) and has the `loaded` msgids; it is
   * held no longer. null when some of it is lost between: then everything is still held.
   * @param {number | null} last @param {{has(msgid: string): boolean}} loaded
   */
  takeBehind(last, loaded) {
    const held = [...this.#held];
    let known = held.length - 1;
    while (known >= 0 && !isLoaded(held[known], loaded)) {
      known -= 1;
    }
    const first = held[0];
    if (known < 0 && held.length === HELD_MAX && last !== null && first !== undefined && first.time > last) {
      return null;
    }
    this.#held.clear();
    this.#said.clear();
    return known < 0 ? held.filter((entry) => last === null || isBehind(entry, last)) : held.slice(known + 1);
  }
}

/** @param {AnyEntry | undefined} entry @param {{has(msgid: string): boolean}} loaded */
function isLoaded(entry, loaded) {
  return entry instanceof Said && loaded.has(entry.message.msgid);
}

/**
 * Whether an entry that is not loaded is behind the end of what is. Without a msgid, one of the same moment may be the
 * last one itself.
 * @param {AnyEntry} entry @param {number} last
 */
function isBehind(entry, last) {
  const isNamed = entry instanceof Said && entry.message.msgid !== "";
  return entry.time > last || (isNamed && entry.time === last);
}
