// Whether the server on the other side of a connection is still there: when to ask, and when to give up.
//
// Rules:
// 1. A server that is silent for SILENT_MS is asked (PING); PONG_MS after the question the connection is given up. The
//    time counts from the question, because a page in the background looks at the clock once a minute only.
// 2. So is one that has answered nothing of what was asked for ANSWER_MS, whatever else it says.
// 3. The connections of a machine that slept are mostly dead: then, and when somebody wants to know, the server is
//    asked at once and given up WAKE_MS later.
//
// Pure: the time comes from outside. Specification: RFC 2812 3.7.2.

const SILENT_MS = 60_000;
const PONG_MS = 30_000;
const ANSWER_MS = 60_000;
const WAKE_MS = 10_000;
// The clock on the wall runs on while a machine sleeps, a monotonic one may not. Less than this is a busy machine, or a
// clock that was set.
const SLEPT_MS = 15_000;

/** @typedef {{wall: number, ticks: number}} Moment `wall` for people, `ticks` of a monotonic clock for deadlines; ms */

/** @param {Moment} before @param {Moment} now @returns {boolean} whether the machine slept between two moments */
export function hasSlept(before, now) {
  return now.wall - before.wall - (now.ticks - before.ticks) > SLEPT_MS;
}

/** What is known of the present connection's life. */
export class Liveness {
  /** @param {Moment} moment the connection was opened */
  constructor(moment) {
    this._last = moment;
    this._heardAt = moment.ticks;
    this._answeredAt = moment.ticks;
    /** @type {number | null} */
    this._deadline = null;
  }

  /** A line came. @param {Moment} moment */
  heard(moment) {
    this._heardAt = moment.ticks;
    this._deadline = null;
  }

  /** Something that was asked was answered, or something is asked while nothing waits. @param {Moment} moment */
  answered(moment) {
    this._answeredAt = moment.ticks;
  }

  /** There is a reason to think that the server is gone, see rule 3. @param {Moment} moment
   * @returns {boolean} whether it is to be asked now */
  doubted(moment) {
    const isNew = this._deadline === null;
    this._deadline = Math.min(this._deadline ?? Infinity, moment.ticks + WAKE_MS);
    return isNew;
  }

  /** Time passed. @param {Moment} moment @returns {boolean} whether the server is to be asked now */
  asks(moment) {
    const before = this._last;
    this._last = moment;
    if (hasSlept(before, moment)) {
      return this.doubted(moment);
    }
    if (this._deadline !== null || moment.ticks - this._heardAt <= SILENT_MS) {
      return false;
    }
    this._deadline = moment.ticks + PONG_MS;
    return true;
  }

  /** @param {Moment} moment @param {number} unanswered how many asks wait @returns {string} why to give up, or "" */
  verdict(moment, unanswered) {
    if (this._deadline !== null && moment.ticks >= this._deadline) {
      return "the server does not answer any more";
    }
    const isOwed = unanswered > 0 && moment.ticks - this._answeredAt > ANSWER_MS;
    return isOwed ? `the server has answered nothing for ${ANSWER_MS / 1_000} seconds` : "";
  }
}
