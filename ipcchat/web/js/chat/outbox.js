// What was given to us to send and is not confirmed yet.
//
// Rules:
// 1. Order is kept: first given, first sent; after a lost connection what was not confirmed goes first again, in the
//    old order, with the old key.
// 2. A window bounds what is on its way, so that a server with a small receive queue does not close the connection.
// 3. Nothing is dropped: a full outbox refuses.
//
// The key is the client tag `+ipc-chat/key`: the server makes the same key, target and text one message for ever.

import { Message, WireError, bytesOf, formatMessage } from "../wire/message.js";
import { splitText } from "../wire/splitting.js";
import { NotDelivered } from "./errors.js";
import { KEY_TAG } from "./hearing/basis.js";
import { batch, groups, splitLines, textOf } from "./multiline.js";

export const KINDS = ["message", "notice", "action"];
// RFC 2812 2.3: 512 bytes with CR LF.
const LINE_BYTES_MAX = 510;
// IRCv3 message-tags: what a client may send.
const TAGS_BYTES_MAX = 4_094;
export const POSTS_MAX = 10_000;
const ROOM_BYTES_MIN = 8;
const WINDOW_POSTS = 16;
const WINDOW_BYTES = 6_144;
const KEY_BYTES = 16;

/** @typedef {import("./multiline.js").Part} Part */
/** @typedef {ReadonlyMap<string, string>} Tags */

/** @returns {string} a key that was never used before; unlike `randomUUID` it is to be had on a page without https */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES)), (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** One message to be delivered, of one or several lines. `tags` are client-only tags beside the key. */
export class Post {
  /**
   * @param {number} ticket @param {string} kind @param {string} target @param {readonly Part[]} lines
   * @param {string} key @param {Tags} tags
   */
  constructor(ticket, kind, target, lines, key, tags) {
    this.ticket = ticket;
    this.kind = kind;
    this.target = target;
    this.lines = lines;
    this.tags = tags;
    this._key = key;
  }

  /** @returns {Message[]} the lines to send: one, or a batch */
  messages() {
    const tags = new Map([[KEY_TAG, this._key], ...this.tags]);
    const command = this.kind === "notice" ? "NOTICE" : "PRIVMSG";
    if (this.lines.length > 1) {
      return batch(`m${this.ticket}`, command, this.target, this.lines, tags);
    }
    const text = textOf(this.lines);
    const framed = this.kind === "action" ? `\x01ACTION ${text}\x01` : text;
    return [new Message(command, [this.target, framed], null, tags)];
  }
}

/** One command about a message, to be done once: a reaction, a redaction. */
export class Deed {
  /** @param {number} ticket @param {string} command @param {string[]} params @param {string} key @param {Tags} tags */
  constructor(ticket, command, params, key, tags) {
    this.ticket = ticket;
    this._command = command;
    this._params = params;
    this._tags = new Map([[KEY_TAG, key], ...tags]);
  }

  /** @returns {Message[]} */
  messages() {
    return [new Message(this._command, this._params, null, this._tags)];
  }
}

/** @param {Post | Deed} post @returns {number} how much of the server's receive queue it takes */
function costBytes(post) {
  return post.messages().reduce((sum, message) => sum + bytesOf(formatMessage(message)) + 2, 0);
}

/** The posts and deeds of one Chat, waiting and on their way. */
export class Outbox {
  constructor() {
    /** @type {(Post | Deed)[]} */
    this._waiting = [];
    /** @type {Map<number, {post: Post | Deed, bytes: number}>} */
    this._sent = new Map();
    this._sentBytes = 0;
  }

  get size() {
    return this._waiting.length + this._sent.size;
  }

  /** Take one; the caller has looked whether there is room for POSTS_MAX. @param {Post | Deed} post */
  add(post) {
    this._waiting.push(post);
  }

  /** @returns {Post | Deed | undefined} the next one that may go now; it counts as on its way */
  nextToSend() {
    const [post] = this._waiting;
    if (post === undefined || this._sent.size >= WINDOW_POSTS) {
      return undefined;
    }
    const bytes = costBytes(post);
    if (this._sent.size && this._sentBytes + bytes > WINDOW_BYTES) {
      return undefined;
    }
    this._waiting.shift();
    this._sent.set(post.ticket, { post, bytes });
    this._sentBytes += bytes;
    return post;
  }

  /** One was delivered or refused. @param {number} ticket */
  settle(ticket) {
    this._sentBytes -= this._sent.get(ticket)?.bytes ?? 0;
    this._sent.delete(ticket);
  }

  /** The connection is lost: what was on its way goes first again. */
  rewind() {
    this._waiting.unshift(...[...this._sent.values()].map(({ post }) => post));
    this._sent.clear();
    this._sentBytes = 0;
  }

  /** Give everything up. @returns {(Post | Deed)[]} what was not confirmed */
  abandon() {
    this.rewind();
    return this._waiting.splice(0);
  }
}

/**
 * A text as messages: with `multiline` as few as its limits allow, else one for every line that is not blank and
 * several for a line that does not fit. `sourceBytes` is the length of the prefix others will see. Throws NotDelivered
 * when it cannot be a message at all.
 * @param {string} target @param {string} text @param {string} kind @param {number} sourceBytes
 * @param {import("./multiline.js").MultilineLimits | null} multiline @returns {Part[][]}
 */
export function pieces(target, text, kind, sourceBytes, multiline) {
  if (!KINDS.includes(kind)) {
    throw new NotDelivered(`${kind} is not a kind of message; these are ${KINDS.join(", ")}`);
  }
  const room = LINE_BYTES_MAX - sourceBytes - bytesOf(`PRIVMSG ${target} :\x01ACTION \x01`);
  if (room < ROOM_BYTES_MIN) {
    throw new NotDelivered(`${target.slice(0, 64)} is too long for a target`);
  }
  const lines = text.replace(/\r\n?/g, "\n");
  const found = refusing(() => {
    if (multiline && kind !== "action" && multiline.bytesMax >= ROOM_BYTES_MIN) {
      return groups(splitLines(lines, Math.min(room, multiline.bytesMax)), multiline);
    }
    const rows = lines.split("\n").filter((row) => row.trim());
    return rows.flatMap((row) => splitText(row, room)).map((piece) => [{ text: piece, concat: false }]);
  });
  if (!found.length) {
    throw new NotDelivered("a message needs a text");
  }
  return found;
}

/** What `make` returns; a WireError is thrown as NotDelivered. @template T @param {() => T} make @returns {T} */
export function refusing(make) {
  try {
    return make();
  } catch (error) {
    throw error instanceof WireError ? new NotDelivered(error.message, error.code) : error;
  }
}

/** Throw WireError for a command that does not fit into a line; a server would cut it or close the connection.
 * @param {Message} message */
export function refuseTooLong(message) {
  const body = bytesOf(formatMessage(new Message(message.command, message.params)));
  if (body > LINE_BYTES_MAX) {
    throw new WireError("LINE_TOO_LONG", `${message.command} would take ${body} bytes; a line has ${LINE_BYTES_MAX}`);
  }
  const tags = bytesOf(formatMessage(message)) - body;
  if (tags > TAGS_BYTES_MAX) {
    throw new WireError("TAGS_TOO_LONG", `the tags would take ${tags} bytes; a message has ${TAGS_BYTES_MAX} for them`);
  }
}
