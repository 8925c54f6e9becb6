// ISUPPORT: the tokens of 005, by which a server tells what it does.
//
// Rules:
// 1. An empty value is the same as none.
// 2. "-TOKEN" takes a token back.
//
// Specification: Modern IRC "RPL_ISUPPORT Parameters".

import { partition } from "./message.js";

/** @param {string} token @returns {[string, string | null]} its name and value; null when it is taken back */
export function parseToken(token) {
  if (token[0] === "-") {
    return [token.slice(1), null];
  }
  const [name, , value] = partition(token, "=");
  return [name, value.replace(/\\x(20|3D|5C)/gi, (_, code) => String.fromCharCode(parseInt(code, 16)))];
}

/**
 * Bring `known` up to date with the tokens of one 005 line (its parameters without the first and the last).
 * @param {Map<string, string>} known @param {Iterable<string>} tokens
 */
export function mergeIsupport(known, tokens) {
  for (const token of tokens) {
    const [name, value] = parseToken(token);
    if (value === null) {
      known.delete(name);
    } else if (name) {
      known.set(name, value);
    }
  }
}
