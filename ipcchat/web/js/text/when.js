// Times as people read them where they are: in their zone, their language, with 24 hours or 12.
//
// Rule: a time that no calendar has is shown as "?", for it came from others.

const DAY_MS = 86_400_000;
/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** Hours and minutes: "17:03", or "5:03 PM" where people write it so. @param {number} time */
export function clock(time) {
  return shown(time, "clock", { timeStyle: "short" });
}

/** Everything that one may want to know: "Monday, 23 November 2026 at 17:03:12". @param {number} time */
export function inFull(time) {
  return shown(time, "full", { dateStyle: "full", timeStyle: "medium" });
}

/**
 * The name of a day: "Today", "Yesterday", "Monday, 23 November", with the year where it is another.
 * @param {number} time
 */
export function dayName(time, now = Date.now()) {
  const day = dayOf(time);
  if (day === dayOf(now)) {
    return "Today";
  }
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (day === dayOf(yesterday.getTime())) {
    return "Yesterday";
  }
  if (new Date(time).getFullYear() === new Date(now).getFullYear()) {
    return shown(time, "day", { weekday: "long", day: "numeric", month: "long" });
  }
  return shown(time, "day of year", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}

/** A moment in a sentence: "17:03" today, else "22 November 2026 at 17:03". @param {number} time */
export function moment(time, now = Date.now()) {
  if (dayOf(time) === dayOf(now)) {
    return clock(time);
  }
  return shown(time, "moment", { dateStyle: "long", timeStyle: "short" });
}

/** A number that is the same for all times of one day here, and of no other. @param {number} time */
export function dayOf(time) {
  const date = new Date(time);
  return Math.floor((time - date.getTimezoneOffset() * 60_000) / DAY_MS);
}

/**
 * A time in the format of this name; formats are slow to make, so they are kept.
 * @param {number} time @param {string} name @param {Intl.DateTimeFormatOptions} options
 */
function shown(time, name, options) {
  let format = formats.get(name);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(undefined, options);
    formats.set(name, format);
  }
  return Number.isNaN(new Date(time).getTime()) ? "?" : format.format(time);
}
