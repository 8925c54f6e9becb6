// IRCv3 batches: lines that belong together, and whether they are news or history.
//
// Rules:
// 1. Lines of any batch are heard as they come, those of unknown types too, except: lines of a batch of HISTORY_TYPES
//    are the past and are kept until it ends, for who asked where somebody did; lines of a `draft/multiline` batch
//    become one line with line breaks, which goes on in the place of the batch's end, with the tags of its beginning.
// 2. The lines of nested batches belong to the outermost one, which may answer an ask.
// 3. A server that opens more batches than BATCHES_MAX is not obeyed: further ones are ignored.
//
// Specifications: IRCv3 batch, chathistory, netsplit, netjoin, labeled-response, draft/multiline; soju.im/search,
// docs/catch-up.md, docs/messages.md.

import { Message } from "../wire/message.js";
import { CONCAT_TAG } from "./hearing/basis.js";

/** @typedef {import("./asks.js").Ask} Ask */

const BATCHES_MAX = 64;
const MULTILINE_LINES_MAX = 2_000;
const PAST_LINES_MAX = 20_000;
const HISTORY_TYPES = ["chathistory", "soju.im/search", "ipc-chat/catch-up", "ipc-chat/pins"];
// Commands whose answer is a history that only who asked wants to hear.
const HISTORY_COMMANDS = ["CHATHISTORY", "SEARCH", "CATCHUP", "PINS"];
export const MULTILINE_TYPE = "draft/multiline";
const SPLIT_TYPES = ["netsplit", "netjoin"];

/**
 * One open batch. `past` holds the lines of history that nobody asked for, `parts` those of a message of several lines,
 * `nicks` the people of a netsplit or netjoin.
 */
export class Batch {
  /** @param {Message} opening @param {Batch | undefined} parent @param {Ask | undefined} ask */
  constructor(opening, parent, ask) {
    this.kind = (opening.params[1] ?? "").toLowerCase();
    this.opening = opening;
    this.parent = parent;
    this.ask = ask;
    /** @type {Message[]} */
    this.past = [];
    /** @type {Message[]} */
    this.parts = [];
    /** @type {Set<string>} */
    this.nicks = new Set();
  }

  /** The parameters behind the type. */
  get parameters() {
    return this.opening.params.slice(2);
  }

  /** @returns {Batch} the outermost batch this one is in */
  get root() {
    return this.parent?.root ?? this;
  }

  /** @returns {Batch | undefined} the history batch this one is or is in; its lines are from the past */
  get history() {
    return HISTORY_TYPES.includes(this.kind) ? this : this.parent?.history;
  }

  get isSplit() {
    return SPLIT_TYPES.includes(this.kind);
  }
}

/** The open batches of one connection. */
export class Batches {
  constructor() {
    /** @type {Map<string, Batch>} */
    this._open = new Map();
  }

  /** BATCH +reference type ... @param {Message} opening @param {Ask | undefined} ask */
  begin(opening, ask) {
    const reference = (opening.params[0] ?? "").slice(1);
    const parent = this.holding(opening);
    if (this._open.size < BATCHES_MAX && !this._open.has(reference)) {
      this._open.set(reference, new Batch(opening, parent, parent ? undefined : ask));
    }
  }

  /** BATCH -reference. @param {string} reference @returns {Batch | undefined} the batch that ended */
  end(reference) {
    const batch = this._open.get(reference);
    this._open.delete(reference);
    return batch;
  }

  /** @param {Message} line @returns {Batch | undefined} the batch a line is in */
  holding(line) {
    const reference = line.tags.get("batch");
    return reference === undefined ? undefined : this._open.get(reference);
  }

  /** Keep a line with its batch. @param {Batch} batch @param {Message} line @returns {boolean} whether it is news */
  keep(batch, line) {
    if (batch.kind === MULTILINE_TYPE) {
      if (batch.parts.length < MULTILINE_LINES_MAX) {
        batch.parts.push(line);
      }
      return false;
    }
    const { history, root: { ask } } = batch;
    ask?.collect(line);
    const isAsked = ask !== undefined && HISTORY_COMMANDS.includes(ask.command);
    if (history && !isAsked && history.past.length < PAST_LINES_MAX) {
      history.past.push(line);
    }
    return !history;
  }
}

/** @param {Batch} batch a draft/multiline @returns {Message | null} the message it is, null when it has no text */
export function assembled(batch) {
  const [target] = batch.parameters;
  const [first, ...others] = batch.parts.filter((part) => part.params.length >= 2);
  if (first === undefined || target === undefined) {
    return null;
  }
  const pieces = others.map((part) => (part.tags.has(CONCAT_TAG) ? "" : "\n") + part.params[1]);
  const source = batch.opening.source?.includes("!") ? batch.opening.source : first.source;
  return new Message(first.command, [target, [first.params[1], ...pieces].join("")], source, batch.opening.tags);
}
