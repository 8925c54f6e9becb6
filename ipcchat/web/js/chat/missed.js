// Everything that was missed between two connections, asked for at once, where the server has ipc-chat/catch-up.
//
// Rules:
// 1. One request brings what happened in all channels and conversations, in the order in which it happened. While it is
//    on its way, what happens live is held back; it follows when the server says END, minus what the answer had.
// 2. An answer counts as a whole: of one that was cut nothing is delivered, and it is asked for again.
// 3. A page that says MORE is followed by the next one. Who missed more than MISSED_MAX is told so and goes on at the
//    present.
// 4. A cursor that the server does not know any more is told by a Gap, and the channels catch up one by one
//    (`catchup`).
//
// Specification: docs/catch-up.md.

import { HELD_MAX, RETRIES_MAX, RETRY_MS, identity } from "./catchup.js";
import { isAct } from "./events.js";
import { hearPast } from "./hearing.js";
import { HISTORY_TAG, param } from "./hearing/basis.js";

/** @typedef {import("./events.js").Event} Event */
/** @typedef {import("./events.js").Act} Act */
/** @typedef {import("../wire/message.js").Message} Line */
/** @typedef {import("./view.js").View} View */

const PAGE_SIZE_MAX = 1_000;
const MISSED_MAX = 20_000;
const NOT_KEPT = "some of what was missed is not kept by the server any more";
// Refusals after which the same question may be answered a moment later.
const PASSING_REFUSALS = ["MESSAGE_ERROR", "TEMPORARILY_UNAVAILABLE", "263"];

/**
 * A piece of what happened: the `events` in their order, the `cursor` behind them, and whether there is `more`.
 * `forgotten`: something behind the cursor before it is not kept any more.
 * @typedef {{events: Act[], cursor: string, more: boolean, forgotten: boolean}} Missed
 */

/**
 * The answer to CATCHUP; null when it has no end, so that nobody can know what is missing in it.
 * @param {View} view @param {readonly Line[]} lines @param {number} received @returns {Missed | null}
 */
export function readMissed(view, lines, received) {
  const isEnding = (/** @type {Line} */ line) => line.command.toUpperCase() === "CATCHUP";
  const ending = lines.filter(isEnding).at(-1);
  const verb = ending ? param(ending, 0).toUpperCase() : "";
  if (ending === undefined || ending.params.length < 2 || !["END", "MORE"].includes(verb)) {
    return null;
  }
  const events = actsIn(view, lines.filter((line) => !isEnding(line)), received);
  const forgotten = ending.params.slice(2).some((mark) => mark.toUpperCase() === "FORGOTTEN");
  return { events, cursor: param(ending, 1), more: verb === "MORE", forgotten };
}

/** What people did in these lines, each of which says which history it belongs to. @param {View} view
 * @param {readonly Line[]} lines @param {number} received @returns {Act[]} */
function actsIn(view, lines, received) {
  const acts = [];
  let begin = 0;
  while (begin < lines.length) {
    const target = lines[begin]?.tags.get(HISTORY_TAG) ?? "";
    let end = begin;
    while (end < lines.length && (lines[end]?.tags.get(HISTORY_TAG) ?? "") === target) {
      end += 1;
    }
    acts.push(...hearPast(view, target, lines.slice(begin, end), received));
    begin = end;
  }
  return acts;
}

/** One return from an absence. `cursor` is the point to go on from. */
export class Sweep {
  /** @param {string} cursor @param {number} pageSize @param {import("./catchup.js").Seen} seen */
  constructor(cursor, pageSize, seen) {
    this.cursor = cursor;
    this.missed = 0;
    this.isAsked = false;
    this.isDone = false;
    this.isLost = false;
    /** @type {number | null} */
    this.retryAt = null;
    this._gap = "";
    this._pageSize = Math.min(pageSize, PAGE_SIZE_MAX);
    this._seen = seen;
    this._retries = 0;
    /** @type {Event[]} */
    this._held = [];
    this._hasLetGo = false;
  }

  /** @returns {string[]} parameters of the next CATCHUP */
  query() {
    this.isAsked = true;
    this.retryAt = null;
    return [this.cursor, String(this._pageSize)];
  }

  /**
   * Keep a live event for later. When there are too many, the messages are let go, and are asked for once more; the
   * other events are returned, to be delivered now.
   * @param {Event} event @returns {Event[]}
   */
  hold(event) {
    this._held.push(event);
    if (this._held.length <= HELD_MAX) {
      return [];
    }
    this._hasLetGo = true;
    return this._held.splice(0).filter((held) => !isAct(held) || !held.msgid);
  }

  /** A page came. @param {Missed} page @returns {Act[]} what in it is new */
  page(page) {
    const fresh = page.events.filter((act) => this._seen.isNew(identity(act)));
    this.missed += fresh.filter(({ type }) => type === "Message").length;
    this.cursor = page.cursor;
    if (page.forgotten) {
      this._gap = NOT_KEPT;
    }
    if (page.more && this.missed >= MISSED_MAX) {
      this._gap = `more than ${MISSED_MAX} messages were missed`;
      this.isDone = true;
    } else if (!page.more) {
      this.isDone = !this._hasLetGo;
      this._hasLetGo = false;
    }
    return fresh;
  }

  /** The server did not give a page, or not all of it. `isLost` says that asking again would not help.
   * @param {import("./errors.js").CommandRefused} refusal @param {number} ticks */
  refused(refusal, ticks) {
    if (PASSING_REFUSALS.includes(refusal.code) && this._retries < RETRIES_MAX) {
      this._retries += 1;
      this.retryAt = ticks + RETRY_MS;
    } else {
      this._gap = refusal.message;
      this.isLost = true;
    }
  }

  /** @returns {string} why something may be missing, once; "" when nothing is */
  takeGap() {
    const gap = this._gap;
    this._gap = "";
    return gap;
  }

  /** @returns {Event[]} what was held back, all of it: some of it may be in what history told */
  release() {
    return this._held.splice(0);
  }
}
