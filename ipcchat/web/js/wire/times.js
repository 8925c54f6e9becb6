// Timestamps of server-time: UTC, milliseconds, ISO 8601.
//
// Rule: a time is a number of milliseconds since the epoch; years 1970 to 9999.
//
// Specification: IRCv3 server-time.

export const TIME_MAX = 253_402_300_799_999;
const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/;

/** @param {number} time @returns {string} "2026-01-02T03:04:05.678Z"; what is out of range becomes its end */
export function formatTime(time) {
  return new Date(Math.min(Math.max(Math.round(time), 0), TIME_MAX)).toISOString();
}

/**
 * The milliseconds of a timestamp; null for what is none. A fraction may have up to 9 digits, of which three count, and
 * a leap second (:60) is the last millisecond of its minute.
 * @param {string} text @returns {number | null}
 */
export function parseTime(text) {
  const [, date = "", minute = "", second = "", fraction = ""] = TIME.exec(text) ?? [];
  const ending = second === "60" ? "59.999" : `${second}.${`${fraction}000`.slice(0, 3)}`;
  const time = Date.parse(`${date}T${minute}:${ending}Z`);
  const exists = time >= 0 && time <= TIME_MAX && new Date(time).toISOString() === `${date}T${minute}:${ending}Z`;
  return exists ? time : null;
}
