// What a JOIN of several channels asks for, and what its answer says about each.
//
// Specifications: RFC 2812 3.2.1, IRCv3 draft/channel-rename (CHANNEL_RENAMED); 470 as in Solanum.

import { inLines } from "./standing.js";

/** @typedef {import("../wire/message.js").Message} Line */
/** @typedef {import("./errors.js").CommandRefused} CommandRefused */
/** @typedef {import("./session.js").Session} Session */
/** @template V @typedef {import("../wire/casemap.js").FoldedMap<V>} FoldedMap */

/** Where the answer to a JOIN says that we belong instead; "" when it does not.
 * @param {readonly Line[]} lines @param {CommandRefused | null} refusal @returns {string} */
export function otherChannel(lines, refusal) {
  if (refusal?.code === "CHANNEL_RENAMED" && refusal.context[1]) {
    return refusal.context[1];
  }
  const forward = lines.find(({ command, params }) => command === "470" && params.length > 2);
  return forward?.params[2] ?? "";
}

/** Channels that one JOIN can name, at most so many, and their key: each with a key is alone.
 * @param {FoldedMap<string>} wanted @param {number} most @returns {[string[], string][]} */
export function together(wanted, most) {
  /** @type {[string[], string][]} */
  const found = [...wanted].filter(([, key]) => key).map(([channel, key]) => [[channel], key]);
  for (const fitting of inLines(wanted.keys().filter((channel) => !wanted.get(channel)))) {
    while (fitting.length) {
      found.push([fitting.splice(0, most), ""]);
    }
  }
  return found;
}

/** The lines of an answer that are about a channel, or about none of those that were asked for with it.
 * @param {string} channel @param {readonly string[]} others @param {Line[]} lines @param {Session} session */
export function linesAbout(channel, others, lines, session) {
  const { support } = session.view;
  const names = (/** @type {Line} */ line, /** @type {string} */ name) => {
    return line.params.some((word) => support.same(word, name));
  };
  return lines.filter((line) => names(line, channel) || !others.some((other) => names(line, other)));
}

/** What stands under one name stands under another from now on. @template V @param {FoldedMap<V>} names
 * @param {string} old @param {string} name */
export function move(names, old, name) {
  const value = names.pop(old);
  if (value !== undefined) {
    names.set(name, value);
  }
}
