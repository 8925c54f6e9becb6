// What others wrote, made harmless for a screen.
//
// Rules:
// 1. The result has no C0 or C1 control, no DEL, no bidi control, no line separator, no lone surrogate.
// 2. What is taken out stays visible: a C0 control as its Unicode picture (ESC is shown as U+241B), the rest as U+FFFD.
// 3. mIRC formatting codes are taken out without a trace: they are decoration, not content.
// 4. `harmless` also leaves out what is invisible, and of very many marks on one letter all but MARKS_MAX.
//
// Specification of the formatting codes: Modern IRC "Formatting" (https://modern.ircdocs.horse/formatting).

export const MARKS_MAX = 15;

// A colour takes the digits behind it along; the other codes are one character.
const CODES =
  /\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]/g;
const IS_FORMATTED = /[\x02-\x04\x0f\x11\x16\x1d-\x1f]/;
const IS_PLAIN = /^[\x20-\x7e]*$/;
const REPLACED =
  /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Cs}\u{e0000}-\u{e007f}]/gu;
const INVISIBLE = /[\u00ad\u180e\u200b\u2060-\u2064\u206a-\u206f\ufff9-\ufffb]/g;
const TOO_MANY_MARKS = new RegExp(`(\\p{M}{${MARKS_MAX}})\\p{M}+`, "gu");

/** Whether a text has formatting codes. @param {string} text */
export function isFormatted(text) {
  return IS_FORMATTED.test(text);
}

/** The text without formatting codes. @param {string} text */
function stripFormatting(text) {
  return isFormatted(text) ? text.replace(CODES, "") : text;
}

/** The text as one line that is safe to show. @param {string} text */
export function printable(text) {
  return IS_PLAIN.test(text) ? text : stripFormatting(text).replace(REPLACED, picture);
}

/** A text without formatting as one line that can be drawn, see rule 4. @param {string} text */
export function harmless(text) {
  if (IS_PLAIN.test(text)) {
    return text;
  }
  return printable(text).replace(INVISIBLE, "").replace(TOO_MANY_MARKS, "$1\ufffd");
}

/** @param {string} character */
function picture(character) {
  const code = character.charCodeAt(0);
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\ufffd";
}
