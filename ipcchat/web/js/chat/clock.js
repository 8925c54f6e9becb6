// The time: of day for people, and of a clock that only goes forward for deadlines.

/** @typedef {import("./liveness.js").Moment} Moment */
/**
 * `later` calls something once in so many milliseconds, and returns what takes that back.
 * @typedef {{now: () => Moment, later: (milliseconds: number, call: () => void) => () => void}} Clock
 */

/** @type {Clock} */
export const CLOCK = {
  now: () => ({ wall: Date.now(), ticks: performance.now() }),
  later: (milliseconds, call) => {
    const timer = setTimeout(call, milliseconds);
    return () => clearTimeout(timer);
  },
};
