// What we sent and nobody has confirmed, and which echo means what.
//
// Rules:
// 1. An echo is known by its msgid where the server gives one, else by its text; of equal texts the first sent is the
//    first confirmed.
// 2. A receipt that comes before its echo stands for that one echo, which is a message like any other then.

import { Delivery, Said } from "./entries.js";
import { quotation } from "./quotes.js";

/** @typedef {import("./entries.js").Message} Message */

// Messages that the server has confirmed before their echo was heard.
const CONFIRMED_MAX = 100;

/** The messages that are on their way, or failed, in the order in which they were sent. */
export class Sent {
  /** @type {Said[]} */
  pending = [];
  /** @type {string[]} */
  #confirmed = [];

  /** A message is on its way. @param {Message} message @param {number} number @param {Said | null} answered */
  add(message, number, answered) {
    const said = new Said(message, { delivery: Delivery.PENDING });
    said.number = number;
    said.quoted = answered === null ? null : quotation(answered);
    this.pending.push(said);
    return said;
  }

  /** The server has this message; its echo will be heard in a moment. @param {Message} message */
  expect(message) {
    this.#confirmed.push(echoOf(message));
    this.#confirmed.splice(0, this.#confirmed.length - CONFIRMED_MAX);
  }

  /** The pending message that comes back as this one, pending no longer; null for none. @param {Message} message */
  take(message) {
    const confirmed = this.#confirmed.indexOf(echoOf(message));
    if (confirmed >= 0) {
      this.#confirmed.splice(confirmed, 1);
      return null;
    }
    const said = this.pending.find(({ delivery, message: sent }) =>
      delivery === Delivery.PENDING && sent.text === message.text && sent.kind === message.kind);
    if (said === undefined) {
      return null;
    }
    this.drop(said);
    said.message = message;
    said.delivery = Delivery.CONFIRMED;
    said.time = message.time;
    said.changed();
    return said;
  }

  /** Take a pending message away; whether it was there. @param {Said} said */
  drop(said) {
    const place = this.pending.indexOf(said);
    if (place >= 0) {
      this.pending.splice(place, 1);
    }
    return place >= 0;
  }
}

/** By what the echo of a message is known. @param {Message} message */
function echoOf(message) {
  return message.msgid ? `msgid ${message.msgid}` : `${message.kind}: ${message.text}`;
}
