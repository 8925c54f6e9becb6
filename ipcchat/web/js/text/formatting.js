// What a text means: its lines, and in each of them what is bold, code, a link, a name.
//
// Rules:
// 1. mIRC formatting is interpreted, and with each line begins anew; a colour is what it is in the table of Modern IRC.
// 2. `code` in backticks keeps them. Lines between two lines of ``` are a block, which has no other meaning in it; the
//    two lines are not shown. A block that is not closed is none.
// 3. Links, channels and the nicks of people who are there are marked, so that one can go there.
// 4. Every line is harmless (printable.js): no control, no bidi control.
// 5. At most CHARACTERS_MAX characters and LINES_MAX lines of a text are looked at.
//
// Specification: Modern IRC "Formatting" (https://modern.ircdocs.horse/formatting).

import { LINK, saneEnd, target, withTrueHosts } from "./links.js";
import { harmless, isFormatted } from "./printable.js";

/**
 * How a piece of a text is meant; what is not set is not there. `front` and `back` are colours as "#rrggbb"; `url`,
 * `channel` and `nick` are where it leads.
 * @typedef {{bold?: boolean, italic?: boolean, underline?: boolean, strike?: boolean, reverse?: boolean,
 *   code?: boolean, front?: string, back?: string, url?: string, channel?: string, nick?: string}} Marks
 *
 * A piece of a line that is marked alike.
 * @typedef {{text: string, marks: Marks}} Span
 *
 * One line that can be drawn. `block`: it is a line of a block of code.
 * @typedef {{spans: Span[], block: boolean}} Line
 *
 * Tells the nicks that are marked.
 * @typedef {(nick: string) => boolean} Knows
 *
 * From where on which marks hold.
 * @typedef {{place: number, marks: Marks}} Turn
 *
 * What has a meaning of its own: from where to where, and which marks it adds.
 * @typedef {{start: number, end: number, marks: Marks}} Meaning
 */

export const CHARACTERS_MAX = 8000;
export const LINES_MAX = 200;
const TAB_COLUMNS = 4;
const FENCE = "```";
const CODE = new RegExp(
  "(\\x03)(?:([0-9]{1,2})(?:,([0-9]{1,2}))?)?" +
  "|(\\x04)(?:([0-9A-Fa-f]{6})(?:,([0-9A-Fa-f]{6}))?)?|[\\x02\\x0f\\x11\\x16\\x1d\\x1e\\x1f]", "g");
/** @type {Map<string, "bold" | "code" | "reverse" | "italic" | "strike" | "underline">} */
const TOGGLES = new Map([
  ["\x02", "bold"], ["\x11", "code"], ["\x16", "reverse"], ["\x1d", "italic"], ["\x1e", "strike"],
  ["\x1f", "underline"],
]);
const MEANING = new RegExp(
  `(?<code>\`\`\`.+?\`\`\`|\`[^\`]+\`)|(?<link>${LINK})` +
  "|(?<channel>(?<![\\p{L}\\p{N}_#&/=])#[\\p{L}\\p{N}_#][\\p{L}\\p{N}_#&+~|.-]*)", "giu");
const MAY_MEAN = /[`#:]/;
const WORD = /[\p{L}\p{N}_[\]\\^{|}-]+/gu;

// The colours 0 to 98 of the specification; 99 is the screen's own.
export const COLOURS = (
  "ffffff 000000 00007f 009300 ff0000 7f0000 9c009c fc7f00 ffff00 00fc00 009393 00ffff 0000fc ff00ff 7f7f7f d2d2d2 " +
  "470000 472100 474700 324700 004700 00472c 004747 002747 000047 2e0047 470047 47002a 740000 743a00 747400 517400 " +
  "007400 007449 007474 004074 000074 4b0074 740074 740045 b50000 b56300 b5b500 7db500 00b500 00b571 00b5b5 0063b5 " +
  "0000b5 7500b5 b500b5 b5006b ff0000 ff8c00 ffff00 b2ff00 00ff00 00ffa0 00ffff 008cff 0000ff a500ff ff00ff ff0098 " +
  "ff5959 ffb459 ffff71 cfff60 6fff6f 65ffc9 6dffff 59b4ff 5959ff c459ff ff66ff ff59bc ff9c9c ffd39c ffff9c e2ff9c " +
  "9cff9c 9cffdb 9cffff 9cd3ff 9c9cff dc9cff ff9cff ff94d3 000000 131313 282828 363636 4d4d4d 656565 818181 9f9f9f " +
  "bcbcbc e2e2e2 ffffff").split(" ").map((colour) => `#${colour}`);

/** @type {Marks} */
const PLAIN = Object.freeze({});

/** A text as it was sent, line by line. @param {string} text @param {Knows | null} knows @returns {Line[]} */
export function linesOf(text, knows = null) {
  const raw = text.slice(0, CHARACTERS_MAX).split("\n").slice(0, LINES_MAX);
  const lines = [];
  // Nothing behind this line opens a block that is closed: looked for once.
  let lastFence = raw.length - 1;
  while (lastFence >= 0 && !isClosing(raw[lastFence])) {
    lastFence -= 1;
  }
  for (let place = 0; place < raw.length; place++) {
    const line = raw[place] ?? "";
    if (place >= lastFence || !isOpening(line)) {
      lines.push({ spans: spansOf(line, knows), block: false });
      continue;
    }
    while (!isClosing(raw[++place])) {
      lines.push({ spans: [{ text: harmless(withoutTabs(raw[place] ?? "")), marks: { code: true } }], block: true });
    }
  }
  return lines;
}

/** Whether a text is longer than what is looked at. @param {string} text */
export function isCut(text) {
  return text.length > CHARACTERS_MAX || text.split("\n", LINES_MAX + 1).length > LINES_MAX;
}

/**
 * One line as it was sent, as pieces that are marked alike.
 * @param {string} raw @param {Knows | null} knows @returns {Span[]}
 */
export function spansOf(raw, knows = null) {
  const line = withoutTabs(raw);
  const { text, turns } = isFormatted(line)
    ? formatted(line)
    : { text: withTrueHosts(harmless(line)), turns: [{ place: 0, marks: PLAIN }] };
  const meanings = meaningsOf(text, knows);
  return cut(text, meanings.length > 0 ? merged(turns, meanings) : turns);
}

/** @param {string} line */
function isOpening(line) {
  return line.startsWith(FENCE) && !line.includes(FENCE, FENCE.length);
}

/** @param {string | undefined} line */
function isClosing(line) {
  return line?.trimEnd() === FENCE;
}

/** @param {string} raw */
function withoutTabs(raw) {
  if (!raw.includes("\t")) {
    return raw;
  }
  let text = "";
  let column = 0;
  for (const character of raw) {
    const columns = character === "\t" ? TAB_COLUMNS - (column % TAB_COLUMNS) : 1;
    text += character === "\t" ? " ".repeat(columns) : character;
    column += columns;
  }
  return text;
}

/** The text without codes, and what they mean. @param {string} raw */
function formatted(raw) {
  /** @type {Turn[]} */
  const turns = [{ place: 0, marks: PLAIN }];
  let text = "";
  let marks = PLAIN;
  let place = 0;
  for (const match of raw.matchAll(CODE)) {
    text += withTrueHosts(harmless(raw.slice(place, match.index)));
    marks = changed(marks, match);
    place = match.index + match[0].length;
    turns.push({ place: text.length, marks });
  }
  return { text: text + withTrueHosts(harmless(raw.slice(place))), turns };
}

/** What holds behind a code. @param {Marks} marks @param {RegExpMatchArray} code @returns {Marks} */
function changed(marks, code) {
  if (code[1]) {
    return coloured(marks, colour(code[2]), colour(code[3]));
  }
  if (code[4]) {
    return coloured(marks, code[5] && `#${code[5]}`, code[6] && `#${code[6]}`);
  }
  const toggled = TOGGLES.get(code[0]);
  if (toggled === undefined) {
    return PLAIN;
  }
  const { [toggled]: isSet, ...others } = marks;
  return isSet ? others : { ...others, [toggled]: true };
}

/**
 * Other colours; without any, neither; without one behind, the one that is there stays. "" is the screen's own.
 * @param {Marks} marks @param {string | undefined} front @param {string | undefined} back @returns {Marks}
 */
function coloured(marks, front, back) {
  const { front: _, back: had, ...others } = marks;
  const behind = front === undefined ? "" : back ?? had;
  return { ...others, ...(front ? { front } : {}), ...(behind ? { back: behind } : {}) };
}

/** @param {string | undefined} number */
function colour(number) {
  return number === undefined ? undefined : COLOURS[Number(number)] ?? "";
}

/** What has a meaning of its own, in order, none over another. @param {string} text @param {Knows | null} knows */
function meaningsOf(text, knows) {
  /** @type {Meaning[]} */
  const found = [];
  let place = 0;
  if (MAY_MEAN.test(text)) {
    for (const match of text.matchAll(MEANING)) {
      const meaning = meaningOf(match, match.index);
      if (meaning !== null) {
        nicksIn(text, place, meaning.start, knows, found);
        found.push(meaning);
        place = meaning.end;
      }
    }
  }
  nicksIn(text, place, text.length, knows, found);
  return found;
}

/** @param {RegExpMatchArray} match @param {number} start @returns {Meaning | null} */
function meaningOf(match, start) {
  if (match.groups?.["code"]) {
    return { start, end: start + match[0].length, marks: { code: true } };
  }
  if (match.groups?.["channel"]) {
    const channel = match[0].replace(/[.-]+$/, "");
    return /\p{L}/u.test(channel) ? { start, end: start + channel.length, marks: { channel } } : null;
  }
  const link = saneEnd(match[0]);
  const url = link && target(link);
  return url ? { start, end: start + link.length, marks: { url } } : null;
}

/**
 * @param {string} text @param {number} start @param {number} end @param {Knows | null} knows @param {Meaning[]} found
 */
function nicksIn(text, start, end, knows, found) {
  if (knows === null || start >= end) {
    return;
  }
  for (const match of text.slice(start, end).matchAll(WORD)) {
    if (knows(match[0])) {
      const from = start + match.index;
      found.push({ start: from, end: from + match[0].length, marks: { nick: match[0] } });
    }
  }
}

/** Formatting and meanings together. @param {Turn[]} turns @param {Meaning[]} meanings */
function merged(turns, meanings) {
  /** @type {Turn[]} */
  const found = [];
  let next = 0;
  let marks = PLAIN;
  for (const { start, end, marks: added } of meanings) {
    for (; (turns[next]?.place ?? Infinity) <= start; next++) {
      marks = turns[next]?.marks ?? PLAIN;
      found.push({ place: turns[next]?.place ?? 0, marks });
    }
    found.push({ place: start, marks: { ...marks, ...added } });
    for (; (turns[next]?.place ?? Infinity) < end; next++) {
      marks = turns[next]?.marks ?? PLAIN;
      found.push({ place: turns[next]?.place ?? 0, marks: { ...marks, ...added } });
    }
    found.push({ place: end, marks });
  }
  return [...found, ...turns.slice(next)];
}

/** The pieces between the turns. @param {string} text @param {Turn[]} turns @returns {Span[]} */
function cut(text, turns) {
  return turns
    .map(({ place, marks }, number) => ({ text: text.slice(place, turns[number + 1]?.place ?? text.length), marks }))
    .filter((span) => span.text !== "");
}
