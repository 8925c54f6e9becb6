// Small pieces of sentences: lists of names, durations, reasons, quotations.
//
// Rule: what came from others goes through `printable` here, so that what is returned is harmless.

import { printable } from "./printable.js";

export const NAMES_SHOWN = 5;
const QUOTE_CHARACTERS = 60;
// What is longer is not looked at for the beginning of a quotation.
const QUOTED_CHARACTERS_MAX = 1000;

/**
 * A reason in brackets, if there is one. Servers write "Quit: " before what somebody said when he left, also when that
 * was nothing.
 * @param {string} reason
 */
export function because(reason) {
  return ["", "Quit:"].includes(reason.trim()) ? "" : ` (${printable(reason)})`;
}

/** Names as people list them: "ann", "ann and bob", "ann, bob, eve and 12 more". @param {readonly string[]} names */
export function several(names, shown = NAMES_SHOWN) {
  const rest = names.length - shown;
  if (rest > 1) {
    return `${names.slice(0, shown).map(printable).join(", ")} and ${rest} more`;
  }
  return together(names.map(printable));
}

/** All of these words as one phrase: "ann, bob and eve". @param {readonly string[]} words */
export function together(words) {
  const last = words.at(-1) ?? "";
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${last}` : last;
}

/** A length of time in its two largest units: "12 s", "3 min", "2 h 5 min", "4 d 1 h". @param {number} seconds */
export function duration(seconds) {
  if (seconds >= 86_400) {
    return twoUnits(seconds, 86_400, "d", 3_600, "h");
  }
  if (seconds >= 3_600) {
    return twoUnits(seconds, 3_600, "h", 60, "min");
  }
  return seconds >= 60 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds)} s`;
}

/** The beginning of what somebody said, in one short line. @param {string} text */
export function startOf(text) {
  const line = printable(text.slice(0, QUOTED_CHARACTERS_MAX).replaceAll("\n", " ")).split(/\s+/).join(" ").trim();
  const characters = [...line];
  return characters.length <= QUOTE_CHARACTERS ? line : `${characters.slice(0, QUOTE_CHARACTERS - 1).join("")}\u2026`;
}

/** @param {number} seconds @param {number} size @param {string} unit @param {number} part @param {string} smaller */
function twoUnits(seconds, size, unit, part, smaller) {
  const rest = Math.floor((seconds % size) / part);
  return `${Math.floor(seconds / size)} ${unit}${rest ? ` ${rest} ${smaller}` : ""}`;
}
