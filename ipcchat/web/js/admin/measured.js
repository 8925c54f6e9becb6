// The figures of the last ten minutes, as they were heard. Pure.
//
// Rules:
// 1. At most SAMPLES_MAX are kept, none older than SPAN_MS.
// 2. A counter that fell began anew (the server was started again): there is no rate then.

export const SPAN_MS = 600_000;
// Curves begin with a minute, so that the first of them can be seen.
const SPAN_MS_MIN = 60_000;
const SAMPLES_MAX = 400;

/** @typedef {{at: number, figures: ReadonlyMap<string, number>}} Sample */
/** @typedef {{at: number, value: number}} Point */

export class Measured {
  constructor() {
    /** @type {Sample[]} */
    this.samples = [];
  }

  /** @param {ReadonlyMap<string, number>} figures @param {number} at */
  add(figures, at) {
    this.samples.push({ at, figures });
    this.samples = this.samples.filter((sample) => sample.at > at - SPAN_MS).slice(-SAMPLES_MAX);
  }

  /** The figures of now; none when there are no. @returns {ReadonlyMap<string, number>} */
  get latest() {
    return this.samples.at(-1)?.figures ?? new Map();
  }

  /** The milliseconds that curves show: since the first sample. */
  get span() {
    const [first, last] = [this.samples[0]?.at ?? 0, this.samples.at(-1)?.at ?? 0];
    return Math.min(SPAN_MS, Math.max(SPAN_MS_MIN, last - first));
  }

  /** How one was, or the sum of those with its labels. @param {string} name @returns {Point[]} */
  course(name) {
    return this.samples.flatMap(({ at, figures }) => {
      const value = totalOf(figures, name);
      return value === undefined ? [] : [{ at, value }];
    });
  }

  /** How fast one rose, for each second. @param {string} name @returns {Point[]} */
  rates(name) {
    const course = this.course(name);
    return course.slice(1).flatMap(({ at, value }, place) => {
      const before = course[place];
      if (before === undefined || value < before.value || at <= before.at) return [];
      return [{ at, value: ((value - before.value) * 1_000) / (at - before.at) }];
    });
  }
}

/** A figure, or the sum of all of that name whatever their labels; undefined when there is none.
 * @param {ReadonlyMap<string, number>} figures @param {string} name */
export function totalOf(figures, name) {
  const found = [...figures].filter(([key]) => key === name || key.startsWith(`${name}{`)).map(([, value]) => value);
  return found.length === 0 ? undefined : found.reduce((sum, value) => sum + value, 0);
}
