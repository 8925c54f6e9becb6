// Commands that wait for their answer.
//
// Rules:
// 1. An ask carries a label and its answer is what comes back with that label; a server without labels is not served by
//    this client, see `registration`. Many asks may be on their way at the same time.
// 2. An ask is answered once or lost with its connection; nothing waits for ever (the conversation has the deadline).
//
// Specification: IRCv3 labeled-response.

/** @typedef {import("../wire/message.js").Message} Line */

const ANSWER_LINES_MAX = 20_000;
// A catch-up has thousands of messages, and each may have many lines.
const CATCH_UP_LINES_MAX = 200_000;

/** One command on its way, and what came back so far. `ticket` is the asker's number for it. */
export class Ask {
  /** @param {number} ticket @param {string} command */
  constructor(ticket, command) {
    this.ticket = ticket;
    this.command = command;
    /** @type {Line[]} */
    this.lines = [];
  }

  /** Add a line; those over the limit are dropped, for a server could send for ever. @param {Line} line */
  collect(line) {
    if (this.lines.length < (this.command === "CATCHUP" ? CATCH_UP_LINES_MAX : ANSWER_LINES_MAX)) {
      this.lines.push(line);
    }
  }
}

/** The asks of one connection in the order they were sent. */
export class Asks {
  constructor() {
    /** @type {Map<string, Ask>} */
    this._waiting = new Map();
  }

  get size() {
    return this._waiting.size;
  }

  /**
   * Give the label to a command: a message, or a batch that the first message opens.
   * @param {number} ticket @param {readonly Line[]} messages
   */
  start(ticket, messages) {
    const [first] = messages;
    if (first !== undefined) {
      this._waiting.set(String(ticket), new Ask(ticket, first.command.toUpperCase()));
      first.tags = new Map([...first.tags, ["label", String(ticket)]]);
    }
  }

  /** @param {string | undefined} label @returns {Ask | undefined} the ask with this label that still waits */
  labelledBy(label) {
    return label === undefined ? undefined : this._waiting.get(label);
  }

  /** The ask is answered. @param {Ask} ask @returns {boolean} whether it was not before */
  finish(ask) {
    return this._waiting.delete(String(ask.ticket));
  }
}
