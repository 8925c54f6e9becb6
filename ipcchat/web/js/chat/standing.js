// What we told the server and want to be so on the next connection too: away, and whom we monitor.
//
// Rules:
// 1. It is told again after a reconnect, as far as the new connection's server knows these things. Who was resumed is
//    away still; the rest belonged to the connection.
// 2. Long lists go in lines that fit.
//
// Specifications: RFC 2812 4.1 (AWAY), IRCv3 monitor.

import { FoldedMap } from "../wire/casemap.js";
import { Message, bytesOf } from "../wire/message.js";

// RFC 2812 2.3: 512 bytes, with room for the command.
const LIST_BYTES_MAX = 400;

/** What is to hold on every connection of one Chat. */
export class Standing {
  constructor() {
    this.away = "";
    /** @type {FoldedMap<true>} */
    this.monitored = new FoldedMap();
  }

  /** @param {import("./view.js").View} view @param {boolean} resumed
   * @returns {Message[]} the commands that tell it to a new connection */
  restore(view, resumed) {
    const messages = this.away && !resumed ? [new Message("AWAY", [this.away])] : [];
    this.monitored.refold(view.support.mapping);
    if (view.support.tokens.has("MONITOR")) {
      const nicks = this.monitored.keys();
      nicks.forEach((nick) => {
        view.meet(nick).monitored = true;
      });
      messages.push(...inLines(nicks).map((some) => new Message("MONITOR", ["+", some.join(",")])));
    }
    return messages;
  }
}

/** @param {readonly string[]} words @returns {string[][]} in groups that fit into a line each */
export function inLines(words) {
  /** @type {string[][]} */
  const found = [];
  let room = 0;
  for (const word of words) {
    const size = bytesOf(word) + 1;
    if (!found.length || size > room) {
      found.push([]);
      room = LIST_BYTES_MAX;
    }
    found.at(-1)?.push(word);
    room -= size;
  }
  return found;
}
