// Messages of several lines: how a text becomes the lines of a draft/multiline batch.
//
// Rules:
// 1. What is put together again from the lines is the text, but for blank lines at its beginning and end.
// 2. No batch is over the server's limits; a text over them becomes several messages, cut between lines where possible.
// 3. A line that is too long is continued with draft/multiline-concat; the cut is behind a space, as the draft
//    recommends, and never inside a character.
//
// Specification: IRCv3 draft/multiline.

import { Message, bytesOf } from "../wire/message.js";
import { splitText } from "../wire/splitting.js";
import { MULTILINE_TYPE } from "./batches.js";
import { CONCAT_TAG } from "./hearing/basis.js";
import { number } from "./support.js";

const LINES_DEFAULT = 100;
const LINES_MAX = 1_000;
const BYTES_MAX = 1_000_000;

/** @typedef {{bytesMax: number, linesMax: number}} MultilineLimits what the server takes as one message */
/** @typedef {{text: string, concat: boolean}} Part one line; `concat`: it goes on where the one before it ended */

/** @param {string} value of the capability @returns {Map<string, number>} its numbers by name: "max-bytes=4096,..." */
export function numbersIn(value) {
  return new Map(value.split(",").map((word) => {
    const [name = "", digits = ""] = word.split("=");
    return [name, number(digits) ?? 0];
  }));
}

/** @param {string} value @returns {MultilineLimits | null} null when it is not usable, for max-bytes must be there */
export function multilineLimits(value) {
  const numbers = numbersIn(value);
  const bytesMax = Math.min(numbers.get("max-bytes") ?? 0, BYTES_MAX);
  return bytesMax ? { bytesMax, linesMax: Math.min(numbers.get("max-lines") || LINES_DEFAULT, LINES_MAX) } : null;
}

/** @param {Part} part @returns {number} what it counts towards max-bytes, with the line break before it */
export function costBytes({ text, concat }) {
  return bytesOf(text) + (concat ? 0 : 1);
}

/** @param {readonly Part[]} parts @returns {string} the text that they are, put together */
export function textOf(parts) {
  return parts.map(({ text, concat }, at) => (concat || at === 0 ? text : `\n${text}`)).join("");
}

/** @param {string} text @param {number} roomBytes @returns {Part[]} Throws WireError for a lone surrogate. */
export function splitLines(text, roomBytes) {
  return text.split("\n").flatMap((row) => {
    const pieces = splitRow(row, roomBytes);
    return (pieces.length ? pieces : [""]).map((piece, at) => ({ text: piece, concat: at > 0 }));
  });
}

/** @param {string} row @param {number} roomBytes @returns {string[]} in pieces; a space at a cut stays where it was */
function splitRow(row, roomBytes) {
  const pieces = [];
  let rest = row;
  for (let piece of splitText(row, roomBytes - 1)) {
    rest = rest.slice(piece.length);
    if (rest[0] === " ") {
      piece += " ";
      rest = rest.slice(1);
    }
    pieces.push(piece);
  }
  return pieces;
}

/**
 * The lines as messages within the limits; blank lines around each are left out, for a server may refuse them.
 * @param {readonly Part[]} lines @param {MultilineLimits} limits @returns {Part[][]}
 */
export function groups(lines, limits) {
  /** @type {Part[][]} */
  const found = [];
  let group = /** @type {Part[]} */ ([]);
  let used = 0;
  for (const line of lines) {
    if (!group.length || group.length >= limits.linesMax || used + costBytes(line) > limits.bytesMax) {
      group = [];
      found.push(group);
      used = 0;
    }
    group.push(group.length ? line : { ...line, concat: false });
    used += costBytes(line);
  }
  return found.map(stripBlank).filter((stripped) => stripped.length);
}

/** @param {readonly Part[]} group @returns {Part[]} without the blank lines at both ends */
function stripBlank(group) {
  const written = group.map(({ text }) => text.trim() !== "");
  const kept = written.includes(true) ? group.slice(written.indexOf(true), written.lastIndexOf(true) + 1) : [];
  return kept.map((part, at) => (at ? part : { ...part, concat: false }));
}

/**
 * The lines to send for one message; its tags stand on the batch.
 * @param {string} reference @param {string} command @param {string} target @param {readonly Part[]} parts
 * @param {ReadonlyMap<string, string>} tags @returns {Message[]}
 */
export function batch(reference, command, target, parts, tags) {
  const inside = parts.map(({ text, concat }) => {
    const marks = new Map([["batch", reference]]);
    return new Message(command, [target, text], null, concat ? marks.set(CONCAT_TAG, "") : marks);
  });
  return [
    new Message("BATCH", [`+${reference}`, MULTILINE_TYPE, target], null, new Map(tags)),
    ...inside,
    new Message("BATCH", [`-${reference}`]),
  ];
}
