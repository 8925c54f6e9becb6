// From the last message seen in a channel to the present, without gap or double.
//
// Rules:
// 1. While a channel catches up, what happens in it live is held back; when history has nothing newer it follows, minus
//    what history had.
// 2. Pages are asked for after the newest msgid seen until a page has nothing new. Nothing is held twice: when too much
//    is held, the held messages are let go, because history will have them.
// 3. When the server does not know the msgid (it was removed, or the server's history is another) the newest page is
//    taken and a Gap says so. A gap is never silent.
// 4. What a server adds to a message it gives (draft/chathistory-context: a reaction, a redaction) is delivered with it
//    and is no place to go on from, for it happened later.
//
// Specification: IRCv3 draft/chathistory, subcommands AFTER and LATEST.

import { isAct, isAddressed } from "./events.js";

/** @typedef {import("./events.js").Event} Event */
/** @typedef {import("./events.js").Act} Act */
/** @typedef {import("./errors.js").CommandRefused} CommandRefused */

// A day of a busy channel; who missed more is told so and continues at the present.
const MISSED_MAX = 10_000;
export const HELD_MAX = 10_000;
const SEEN_MAX = 32_768;
export const RETRIES_MAX = 10;
export const RETRY_MS = 1_000;
export const CONTEXT_TAG = "draft/chathistory-context";

/** The msgids of the newest messages, so that none is delivered twice. */
export class Seen {
  constructor() {
    /** @type {Set<string>} */
    this._msgids = new Set();
  }

  /** @param {string} msgid @returns {boolean} whether it was not seen before; without a msgid everything is new */
  isNew(msgid) {
    if (!msgid) {
      return true;
    }
    if (this._msgids.has(msgid)) {
      return false;
    }
    this._msgids.add(msgid);
    if (this._msgids.size > SEEN_MAX) {
      for (const oldest of this._msgids) {
        this._msgids.delete(oldest);
        break;
      }
    }
    return true;
  }
}

/**
 * What makes an act the same one, live and in history; "" where the server does not say. Several acts may have one
 * msgid when one thing that happened took several lines.
 * @param {Act} act @returns {string}
 */
export function identity(act) {
  return isAddressed(act) || !act.msgid ? act.msgid : `${act.type} ${act.msgid}`;
}

/** One channel's catch-up. `anchor` is the point to go on from: "msgid=..." or "timestamp=...". */
export class CatchUp {
  /** @param {string} channel @param {string} anchor @param {number} pageSize @param {Seen} seen */
  constructor(channel, anchor, pageSize, seen) {
    this.channel = channel;
    this.anchor = anchor;
    this.missed = 0;
    this.done = false;
    /** @type {number | null} */
    this.retryAt = null;
    this._isLatest = false;
    this._gap = "";
    this._pageSize = pageSize;
    this._seen = seen;
    this._retries = 0;
    /** @type {Event[]} */
    this._held = [];
  }

  /** @returns {string[]} parameters of the next CHATHISTORY */
  query() {
    this.retryAt = null;
    const place = this._isLatest ? ["LATEST", this.channel, "*"] : ["AFTER", this.channel, this.anchor];
    return [...place, String(this._pageSize)];
  }

  /** Keep a live event for later. @param {Event} event @returns {Event[]} those that cannot be kept any longer */
  hold(event) {
    this._held.push(event);
    return this._held.length > HELD_MAX ? this._held.splice(0).filter(({ type }) => type !== "Message") : [];
  }

  /** A page of history came. @param {readonly Act[]} acts @returns {Act[]} what in it is new */
  page(acts) {
    const fresh = acts.filter((act) => this._seen.isNew(identity(act)));
    this.missed += fresh.filter(({ type }) => type === "Message").length;
    const last = acts.filter((act) => act.msgid && !act.tags.has(CONTEXT_TAG)).at(-1);
    const newest = last === undefined ? "" : `msgid=${last.msgid}`;
    if (this._isLatest || !newest || newest === this.anchor) {
      this.done = true;
    } else if (this.missed >= MISSED_MAX) {
      this._skip(`more than ${MISSED_MAX} messages were missed`);
    }
    this.anchor = newest || this.anchor;
    return fresh;
  }

  /** The server did not give a page. @param {CommandRefused} refusal @param {number} ticks */
  refused(refusal, ticks) {
    if (refusal.code === "TEMPORARILY_UNAVAILABLE" && this._retries < RETRIES_MAX) {
      this._retries += 1;
      this.retryAt = ticks + RETRY_MS;
    } else if (!this._isLatest && refusal.code !== "INVALID_TARGET") {
      this._skip(refusal.message);
    } else {
      this._gap = refusal.message;
      this.done = true;
    }
  }

  /** @returns {string} why something may be missing, once; "" when nothing is */
  takeGap() {
    const gap = this._gap;
    this._gap = "";
    return gap;
  }

  /** @returns {Event[]} what was held back, without what history had already */
  release() {
    return this._held.splice(0).filter((event) => !isAct(event) || this._seen.isNew(identity(event)));
  }

  /** Give up the way there and take the newest page. @param {string} reason */
  _skip(reason) {
    this._gap = reason;
    this._isLatest = true;
  }
}
