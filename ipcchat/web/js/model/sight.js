// What the sentences about what happens (text/happenings.js) depend on, as one buffer has it.
//
// Rule: that somebody is away is told once for each reason, of at most AWAY_TOLD_MAX people.

import { startOf } from "../text/phrases.js";
import { printable } from "../text/printable.js";
import { fold } from "../wire/casemap.js";

/** @typedef {import("./buffer.js").Buffer} Buffer */

const AWAY_TOLD_MAX = 1000;

/**
 * A buffer, for sentences that stand in it. `awayTold` is for whom it was told why he is away, in the server's
 * casemapping.
 */
export class Sight {
  #buffer;
  #awayTold;

  /** @param {Buffer} buffer @param {import("../wire/casemap.js").FoldedMap<string>} awayTold */
  constructor(buffer, awayTold) {
    this.#buffer = buffer;
    this.#awayTold = awayTold;
  }

  /** The channel's name, unless the sentence stands in it. @param {string | null} channel */
  where(channel) {
    return channel === null || this.isNear(channel) ? "" : ` ${printable(channel)}`;
  }

  /** Nothing: each row of a buffer has its time. */
  when() {
    return "";
  }

  /** The beginning of a message that is loaded, with its author; "" when it is not. @param {string} msgid */
  quotation(msgid) {
    const said = this.#buffer.timeline.find(msgid);
    return said === null ? "" : `<${startOf(said.message.nick)}> ${startOf(said.message.text)}`;
  }

  /** Whether it was not told yet that somebody is away for this reason. @param {string} nick @param {string} away */
  isNews(nick, away) {
    const isNews = this.#awayTold.get(nick) !== away;
    this.#awayTold.set(nick, away);
    if (this.#awayTold.size > AWAY_TOLD_MAX) {
      this.#awayTold.delete(this.#awayTold.keys()[0] ?? "");
    }
    return isNews;
  }

  /** Whether this is who or what the buffer is about. @param {string} name */
  isNear(name) {
    const mapping = this.#awayTold.mapping;
    return fold(name, mapping) === fold(this.#buffer.name, mapping);
  }
}
