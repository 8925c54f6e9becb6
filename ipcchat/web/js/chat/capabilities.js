// Which capabilities we want of those that a server offers, and the talk about them.
//
// Rules:
// 1. Nothing is asked for that this library does not understand.
// 2. What is refused together is asked for one by one; what is offered later is asked for then, what is taken back is
//    not used any more.
// 3. One REQ stays so short that its answer fits into a line.
//
// Specification: IRCv3 capability negotiation, version 302.

import { partition } from "../wire/message.js";

const WANTED = [
  "message-tags", "server-time", "echo-message", "batch", "labeled-response", "multi-prefix", "standard-replies",
  "cap-notify", "account-notify", "account-tag", "away-notify", "chghost", "extended-join", "extended-monitor",
  "invite-notify", "setname", "userhost-in-names", "draft/chathistory", "draft/event-playback", "draft/multiline",
  "draft/channel-rename", "draft/message-redaction", "draft/message-edit", "draft/read-marker", "soju.im/search",
  "ipc-chat/catch-up", "ipc-chat/resume", "draft/oper-tag", "draft/extended-isupport", "draft/pre-away", "sasl",
  "draft/account-registration", "draft/webpush",
];
// Without these an answer cannot be told from news, nor our own messages be known to be delivered.
export const NEEDED = ["message-tags", "server-time", "echo-message", "batch", "labeled-response"];
// History then has more than messages: who came, topics, reactions.
export const PLAYBACK = "draft/event-playback";
const CAPABILITIES_MAX = 1_000;
const REQUEST_BYTES_MAX = 300;

/** The capabilities of one connection. What is to be sent is taken with `takeRequests`. */
export class Capabilities {
  constructor() {
    /** @type {Set<string>} */
    this.enabled = new Set();
    /** @type {Map<string, string>} */
    this.offered = new Map();
    /** @type {string[]} */
    this._requests = [];
    /** @type {Set<string>} */
    this._requested = new Set();
    this._isListed = false;
  }

  /** Whether everything that was offered at the beginning has been asked for and answered. */
  get settled() {
    return this._isListed && !this._requested.size;
  }

  /** @returns {string[]} what is to be asked for now, a line each */
  takeRequests() {
    return this._requests.splice(0);
  }

  /** A CAP line of the server; what is other now. @param {readonly string[]} params */
  negotiate(params) {
    const verb = (params[1] ?? "").toUpperCase();
    const words = params.length < 3 ? [] : (params.at(-1) ?? "").split(" ").filter(Boolean);
    const before = new Set(this.enabled);
    if (verb === "LS" || verb === "NEW") {
      this._offer(words);
      if (params[2] !== "*") {
        this._request();
      }
    } else if (verb === "ACK") {
      this._settle(words);
    } else if (verb === "NAK") {
      // A request for several is refused as a whole: ask for each alone.
      if (words.length > 1) {
        this._requests.push(...words.filter((word) => this._requested.has(word)));
      } else {
        words.forEach((word) => this._requested.delete(word));
      }
    } else if (verb === "DEL") {
      this._settle(words.map((word) => `-${word}`));
      words.forEach((word) => this.offered.delete(word));
    }
    const added = [...this.enabled].filter((name) => !before.has(name));
    return { added, removed: [...before].filter((name) => !this.enabled.has(name)) };
  }

  /** @param {readonly string[]} words names with values */
  _offer(words) {
    for (const word of words) {
      const [name, , value] = partition(word, "=");
      if (this.offered.has(name) || this.offered.size < CAPABILITIES_MAX) {
        this.offered.set(name, value);
      }
    }
  }

  /** Ask for what we want of what is offered. */
  _request() {
    this._isListed = true;
    let line = "";
    for (const name of WANTED) {
      if (!this.offered.has(name) || this.enabled.has(name) || this._requested.has(name)) {
        continue;
      }
      this._requested.add(name);
      if (line && line.length + name.length >= REQUEST_BYTES_MAX) {
        this._requests.push(line);
        line = "";
      }
      line = line ? `${line} ${name}` : name;
    }
    if (line) {
      this._requests.push(line);
    }
  }

  /** The server agreed to a request, or takes something back ("-name"). @param {readonly string[]} words */
  _settle(words) {
    for (const word of words) {
      const name = word.replace(/^-/, "");
      this._requested.delete(name);
      if (word === name) {
        this.enabled.add(name);
      } else {
        this.enabled.delete(name);
      }
    }
  }
}
