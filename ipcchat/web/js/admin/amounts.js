// Amounts as people read them. Pure.

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];
const STEP = 1_024;
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** "1.5 MiB"; "?" for what is not known. @param {number | undefined} count */
export function bytes(count) {
  if (count === undefined || Number.isNaN(count)) return "?";
  let [amount, unit] = [count, 0];
  while (amount >= STEP && unit < UNITS.length - 1) {
    amount /= STEP;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[unit]}`;
}

/** "1,234", small ones with a digit behind the point; "?" for what is not known. @param {number | undefined} count */
export function amount(count) {
  if (count === undefined || Number.isNaN(count)) return "?";
  return count.toLocaleString(undefined, { maximumFractionDigits: Math.abs(count) < 10 ? 1 : 0 });
}

/** "3 d 4 h", "12 min", "5 s"; "?" for what is not known. @param {number | undefined | null} seconds */
export function duration(seconds) {
  if (seconds === undefined || seconds === null || Number.isNaN(seconds)) return "?";
  if (seconds < MINUTE) return `${Math.floor(seconds)} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ${Math.floor((seconds % HOUR) / MINUTE)} min`;
  return `${Math.floor(seconds / DAY)} d ${Math.floor((seconds % DAY) / HOUR)} h`;
}

/** Milliseconds, for what ought to be short. @param {number | undefined} seconds */
export function pause(seconds) {
  return seconds === undefined ? "?" : seconds < 1 ? `${Math.round(seconds * 1_000)} ms` : duration(seconds);
}
