// A long text to texts that fit a line.
//
// Rules:
// 1. A cut is made at a space where there is one; that one space is all that is lost.
// 2. Otherwise between what a reader sees as characters: not before a combining mark, nor inside a joined emoji, a flag
//    or a Hangul syllable.
// 3. Otherwise between code points; a UTF-8 character is never cut. So there is always progress.
//
// Specification: Unicode UAX 29 "Extended Grapheme Clusters", the parts named in rule 2.

import { WireError } from "./message.js";

const ZERO_WIDTH_JOINER = "\u200d";
const EXTENDS = /^[\p{M}\u200c\u200d\u{1f3fb}-\u{1f3ff}\u{e0020}-\u{e007f}]$/u;
const REGIONAL = /^[\u{1f1e6}-\u{1f1ff}]$/u;

/**
 * The text in pieces of at most `bytesMax` UTF-8 bytes, none of them empty; an empty text has none. Throws RangeError
 * when `bytesMax` is under 4 (one character may need that), WireError (INVALID_UTF8) for a lone surrogate.
 * @param {string} text @param {number} bytesMax @returns {string[]}
 */
export function splitText(text, bytesMax) {
  if (bytesMax < 4) {
    throw new RangeError(`bytesMax must be at least 4, not ${bytesMax}`);
  }
  if (/\p{Surrogate}/u.test(text)) {
    throw new WireError("INVALID_UTF8", "The text has half of a character; take it out");
  }
  const characters = [...text];
  const pieces = [];
  let start = 0;
  while (start < characters.length) {
    const end = fitting(characters, start, bytesMax);
    const [stop, resume] = end === characters.length ? [end, end] : cut(characters, start, end);
    pieces.push(characters.slice(start, stop).join(""));
    start = resume;
  }
  return pieces;
}

/** @param {string[]} characters @param {number} start @param {number} bytesMax @returns {number} the latest end */
function fitting(characters, start, bytesMax) {
  let end = start;
  let used = 0;
  while (end < characters.length) {
    const code = characters[end]?.codePointAt(0) ?? 0;
    used += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (used > bytesMax) {
      break;
    }
    end += 1;
  }
  return end;
}

/**
 * Where the piece ends and the next begins; `end` is where it must end at the latest.
 * @param {string[]} characters @param {number} start @param {number} end @returns {[number, number]}
 */
function cut(characters, start, end) {
  const first = characters.findIndex((character, at) => at >= start && character !== " ");
  for (let space = end; first >= 0 && space > Math.max(start, first); space -= 1) {
    if (characters[space] === " " && !isJoined(characters, start, space + 1)) {
      return [space, space + 1];
    }
  }
  for (let at = end; at > start; at -= 1) {
    if (!isJoined(characters, start, at)) {
      return [at, at];
    }
  }
  return [end, end];
}

/**
 * Whether the characters before and at `index` are seen as one. `start` is where the piece begins.
 * @param {string[]} characters @param {number} start @param {number} index @returns {boolean}
 */
function isJoined(characters, start, index) {
  const before = characters[index - 1] ?? "";
  const after = characters[index] ?? "";
  if (after < "\x80") {
    return false;
  }
  if (before === ZERO_WIDTH_JOINER || EXTENDS.test(after)) {
    return true;
  }
  if (REGIONAL.test(after)) {
    let begin = index;
    while (begin > start && REGIONAL.test(characters[begin - 1] ?? "")) {
      begin -= 1;
    }
    return (index - begin) % 2 === 1;
  }
  return isHangulJoin(before, after);
}

/** @param {string} before @param {string} after @returns {boolean} whether they are of one Hangul syllable */
function isHangulJoin(before, after) {
  if (/^[\u1160-\u11ff]$/.test(after)) {
    return /^[\u1100-\u11ff\uac00-\ud7a3]$/.test(before);
  }
  return /^[\u1100-\u115f]$/.test(before) && /^[\u1100-\u115f\uac00-\ud7a3]$/.test(after);
}
