// Nicks as people see them: what may be one, whether a text mentions one, and which colour it has.
//
// Rule: a nick has the same colour in every client, on every machine and in every run: CRC-32 (ISO 3309) of the nick,
// folded as ASCII and written in UTF-8, modulo the number of colours.

import { fold } from "../wire/casemap.js";

export const COLOURS = 16;
export const NICK_MISTAKE = "A name is up to 32 letters, digits, - and _, and begins with a letter.";

const COLOURS_KEPT_MAX = 5000;
// RFC 2812 2.3.1, with the length that this project's server allows.
const NICK = /^[A-Za-z[\]\\`_^{|}][A-Za-z0-9[\]\\`_^{|}-]{0,31}$/;
const TABLE = crcTable();
const UTF8 = new TextEncoder();
/** @type {Map<string, number>} */
const known = new Map();

/** Whether this can be a nick; if not, NICK_MISTAKE says what one is like. @param {string} text */
export function isNick(text) {
  return NICK.test(text);
}

/** Which of so many colours a nick has, from 0. @param {string} nick */
export function colourNumber(nick, colours = COLOURS) {
  let sum = known.get(nick);
  if (sum === undefined) {
    sum = crc32(UTF8.encode(fold(nick)));
    if (known.size >= COLOURS_KEPT_MAX) {
      known.clear();
    }
    known.set(nick, sum);
  }
  return sum % colours;
}

/** Whether a text has a nick in it as a word of its own. @param {string} text @param {string} nick */
export function mentions(text, nick) {
  return naming([nick]).test(text);
}

/** What finds any of these nicks or words as a word of its own, in any case. @param {Iterable<string>} words */
export function naming(words) {
  return new RegExp(`(?<![\\p{L}\\p{N}_-])(?:${[...words].map(escaped).join("|")})(?![\\p{L}\\p{N}_-])`, "iu");
}

/** A text as a regular expression (with the flag "u") that matches it and nothing else. @param {string} text */
function escaped(text) {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function crcTable() {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) {
      sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    }
    table[byte] = sum;
  }
  return table;
}

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum = (sum >>> 8) ^ (TABLE[(sum ^ byte) & 0xff] ?? 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}
