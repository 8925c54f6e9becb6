// Who quotes whom: an answer shows the beginning of what it answers, as that is now.
//
// Rules:
// 1. An answer may be loaded before what it answers; it quotes that as soon as both are there.
// 2. When what was said is changed or deleted, so is every quotation of it.
// 3. Of one message at most ANSWERS_MAX answers are kept up to date, the latest.

/** @typedef {import("./entries.js").Said} Said */

export const ANSWERS_MAX = 1000;
const DELETED = "a deleted message";

/** The answers that are loaded, by the msgid that they name. */
export class Quotes {
  /** @type {Map<string, Set<Said>>} */
  #answers = new Map();

  /** How many messages are answered. */
  get size() {
    return this.#answers.size;
  }

  /**
   * A message is loaded; `answered` is the one that it answers, where that is known.
   * @param {Said} answer @param {Said | null} answered
   */
  quote(answer, answered) {
    const msgid = answer.message.replyTo;
    if (!msgid) {
      return;
    }
    const answers = this.#answers.get(msgid) ?? new Set();
    this.#answers.set(msgid, answers);
    answers.add(answer);
    if (answers.size > ANSWERS_MAX) {
      for (const oldest of answers) {
        answers.delete(oldest);
        break;
      }
    }
    if (answered !== null) {
      answer.quoted = quotation(answered);
    }
  }

  /** A message is loaded, or is another than it was. @param {Said} answered */
  renew(answered) {
    if (this.#answers.size === 0) {
      return;
    }
    const words = quotation(answered);
    for (const msgid of [answered.message.msgid, ...answered.edits]) {
      for (const answer of this.#answers.get(msgid) ?? []) {
        if (answer.quoted?.nick !== words.nick || answer.quoted.text !== words.text) {
          answer.quoted = words;
          answer.changed();
        }
      }
    }
  }

  /** A message is loaded no longer. @param {Said} answer */
  forget(answer) {
    const answers = this.#answers.get(answer.message.replyTo);
    if (answers?.delete(answer) && answers.size === 0) {
      this.#answers.delete(answer.message.replyTo);
    }
  }
}

/** The author and the text, as they are quoted. @param {Said} said @returns {{nick: string, text: string}} */
export function quotation(said) {
  return { nick: said.message.nick, text: said.removedBy ? DELETED : said.message.text };
}
