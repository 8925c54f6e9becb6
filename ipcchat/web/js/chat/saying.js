// What a Chat says: messages, replies, reactions; and what becomes of messages: other texts, deletions, pins.
//
// Specifications: RFC 2812 3.3, IRCv3 echo-message, draft/multiline, draft/message-redaction, draft/message-edit,
// client tags +reply, +typing, +channel-context, +draft/react, +draft/edit.

import { Message, WireError } from "../wire/message.js";
import { CommandRefused, NotDelivered } from "./errors.js";
import { EDITS, EDIT_TAG, TYPING_STATES } from "./hearing/messages.js";
import { KINDS, pieces, refusing } from "./outbox.js";
import { Running } from "./running.js";

// IRCv3 +typing: no second notification for a target within three seconds.
const TYPING_MS = 3_000;
const TYPING_TARGETS_MAX = 1_000;

/** @typedef {import("./events.js").Message} Said */
/** @typedef {import("./events.js").Addressed} Addressed */
/** @typedef {{kind?: string, replyTo?: string, context?: string}} How */

/** The methods that speak, and those about what was spoken. */
export class Saying extends Running {
  /**
   * Send a text; the receipt is fulfilled with the message as everybody sees it when the server has confirmed it,
   * through reconnects if need be: exactly one message. `kind` is "message", "notice" or "action" (/me); `replyTo` the
   * msgid of the message it answers, `context` the channel in which a message to a person belongs. A text over one
   * line is one message where the server takes such (draft/multiline), else several, and the last is the receipt's.
   *
   * Messages posted one after the other arrive in that order; at most 10,000 may wait. Throws NotDelivered when the
   * text cannot be sent at all, ChatError when too many wait, ChatClosed; the receipt rejects with NotDelivered,
   * ChatClosed.
   * @param {string} target @param {string} text @param {How} [how] @returns {Promise<Said>}
   */
  post(target, text, { kind = "message", replyTo = "", context = "" } = {}) {
    this._requireOpen();
    const tags = new Map(replyTo ? [["+reply", replyTo]] : []);
    if (context) {
      tags.set("+channel-context", context);
    }
    return this._post(target, this._pieces(target, text, kind), kind, tags);
  }

  /** `post`, as a promise in any case. @param {string} target @param {string} text @param {How} [how] */
  async send(target, text, how) {
    return this.post(target, text, how);
  }

  /** Answer a message in the place where it was said. @param {Said} to @param {string} text */
  async reply(to, text) {
    return this.post(to.place, text, { replyTo: to.msgid });
  }

  /** React to a message, through reconnects if need be. @param {Addressed} to @param {string} reaction
   * @returns {Promise<void>} Rejects with CommandRefused, ChatClosed. */
  async react(to, reaction) {
    await this._tagReaction(to, "draft/react", reaction);
  }

  /** Take a reaction back. @param {Addressed} to @param {string} reaction @returns {Promise<void>} */
  async unreact(to, reaction) {
    await this._tagReaction(to, "draft/unreact", reaction);
  }

  /**
   * Tell that our user types a message to `target` ("active", to be repeated while he does), has stopped ("paused") or
   * given it up ("done"). The same is not told again within 3 s, and nothing while there is no connection, or when the
   * server does not pass it on.
   * @param {string} target @param {string} [state]
   */
  typing(target, state = "active") {
    if (!TYPING_STATES.includes(state)) {
      throw new RangeError(`${state} is no state of typing; these are ${TYPING_STATES.join(", ")}`);
    }
    const { session } = this._conversation;
    const { ticks } = this._clock.now();
    const recent = [...this._typed].filter(([, then]) => ticks - then < TYPING_MS).slice(-TYPING_TARGETS_MAX);
    this._typed = new Map(recent);
    if (!session?.registered || session.view.support.deniesTag("typing") || this._typed.has(target)) {
      return;
    }
    try {
      session.tell(new Message("TAGMSG", [target], null, new Map([["+typing", state]])));
    } catch (error) {
      throw error instanceof WireError ? new RangeError(error.message) : error;
    }
    this._typed.set(target, ticks);
  }

  /**
   * Give a message of ours another text, through reconnects if need be.
   * @param {Said} message @param {string} text @returns {Promise<Said>} Rejects with NotDelivered, ChatClosed.
   */
  async edit(message, text) {
    if (this.connected && !this.capabilities.has(EDITS)) {
      throw new NotDelivered("on this server messages cannot be edited");
    }
    if (!message.msgid) {
      throw new NotDelivered("that message has no id, so it cannot be edited");
    }
    this._requireOpen();
    const kind = KINDS.includes(message.kind) ? message.kind : "message";
    const parts = this._pieces(message.place, text, kind);
    if (parts.length > 1) {
      throw new NotDelivered("that is too long for one message; an edited message stays one");
    }
    return this._post(message.place, parts, kind, new Map([[EDIT_TAG, message.msgid]]));
  }

  /** Keep a message of a channel at hand for everybody; see `pins`. @param {Addressed} message */
  async pin(message) {
    await this._call("PIN", message.place, message.msgid || "*");
  }

  /** Take a pin away. @param {Addressed} message */
  async unpin(message) {
    await this._call("UNPIN", message.place, message.msgid || "*");
  }

  /** Delete a message, through reconnects if need be. @param {Addressed} message @param {string} [reason]
   * @returns {Promise<void>} Rejects with CommandRefused, ChatClosed. */
  async redact(message, reason = "") {
    await this._do("REDACT", [message.place, message.msgid || "*", ...(reason ? [reason] : [])]);
  }

  /** A text as messages that this server takes. @param {string} target @param {string} text @param {string} kind */
  _pieces(target, text, kind) {
    return pieces(target, text, kind, this._view.sourceBytes, this._conversation.viewSession?.multiline ?? null);
  }

  /** @param {string} target @param {import("./outbox.js").Part[][]} parts @param {string} kind
   * @param {Map<string, string>} tags @returns {Promise<Said>} */
  _post(target, parts, kind, tags) {
    const sent = refusing(() => this._conversation.post(kind, target, parts, tags));
    return Promise.allSettled(sent).then(() => Promise.all(sent)).then((all) => /** @type {Said} */ (all.at(-1)));
  }

  /** TAGMSG with +reply and the reaction. @param {Addressed} to @param {string} tag @param {string} reaction */
  async _tagReaction(to, tag, reaction) {
    const { support } = this._view;
    if (!to.msgid) {
      throw new CommandRefused("that message has no id to react to");
    }
    if (support.deniesTag(tag) || support.deniesTag("reply")) {
      throw new CommandRefused("the server passes on no reactions");
    }
    await this._do("TAGMSG", [to.place], new Map([["+reply", to.msgid], [`+${tag}`, reaction]]));
  }

  /** Do something once, and wait until the server has confirmed it. @param {string} command @param {string[]} params
   * @param {Map<string, string>} [tags] */
  async _do(command, params, tags = new Map()) {
    this._requireOpen();
    try {
      await this._conversation.deed(command, params, tags);
    } catch (error) {
      throw error instanceof WireError ? new CommandRefused(error.message, error.code) : error;
    }
  }
}
