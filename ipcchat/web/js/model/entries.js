// What stands in a timeline: messages, sentences about what happened, and who came and went.
//
// Rules:
// 1. An entry is one object for as long as it is loaded: what changes about it (an edit, a reaction, a confirmation) is
//    changed in place, and `version` grows, so that what was drawn of it is drawn anew.
// 2. Texts are as they were sent; who draws them makes them harmless.

import { dayOf } from "../text/when.js";

/** @typedef {import("../chat/events.js").Message} Message */
/** @typedef {Said | Told | Comings | Hole} AnyEntry */

export const COMINGS_TOGETHER_MAX = 200;

/** What became of a message of ours: the server has it, it is on its way, the server refused it. */
export const Delivery = Object.freeze({ CONFIRMED: "confirmed", PENDING: "pending", FAILED: "failed" });
/** @typedef {typeof Delivery[keyof typeof Delivery]} DeliveryName */

/** How a sentence is meant: it may be overlooked, it answers what was typed, something is wrong. */
export const Tone = Object.freeze({ QUIET: "quiet", NOTICE: "notice", WARNING: "warning" });
/** @typedef {typeof Tone[keyof typeof Tone]} ToneName */

// Most messages have none, so these are shared: whoever adds to one that is empty makes a new one.
/** @type {Map<string, string[]>} */
const NO_REACTIONS = new Map();
/** @type {Set<string>} */
const NONE_OF_OURS = new Set();

/** Base of all entries. `number` is its place among those that are loaded, contiguous; see Timeline. */
export class Entry {
  number = 0;
  version = 0;

  /** @param {number} time */
  constructor(time) {
    this.time = time;
  }

  /** It looks different now. */
  changed() {
    this.version += 1;
  }
}

/**
 * A message. `message` has the text that it has now; a deleted one has none.
 *
 * `mentions`: it names us, or is for us alone. `reactions`: who reacted with what, in the order in which each sign came
 * first; `ours` among them are by our user. `removedBy` is who deleted it, "" while it stands. `refusal` is the
 * server's reason when it failed. `edits` are the msgids of the latest texts that it was given, `editedAt` is when the
 * present one was. `quoted` is the author and the text of the message that this one answers, where it is known.
 */
export class Said extends Entry {
  /** @type {Map<string, string[]>} */
  reactions = NO_REACTIONS;
  /** @type {Set<string>} */
  ours = NONE_OF_OURS;
  removedBy = "";
  removalReason = "";
  refusal = "";
  /** @type {string[]} */
  edits = [];
  /** @type {number | null} */
  editedAt = null;
  /** @type {{nick: string, text: string} | null} */
  quoted = null;

  /** @param {Message} message @param {{mentions?: boolean, delivery?: DeliveryName}} how */
  constructor(message, { mentions = false, delivery = Delivery.CONFIRMED } = {}) {
    super(message.time);
    this.message = message;
    this.mentions = mentions;
    this.delivery = delivery;
  }
}

/** A sentence about something that happened (harmless already), or an answer to what was typed. */
export class Told extends Entry {
  /** @param {number} time @param {string} text @param {ToneName} tone */
  constructor(time, text, tone = Tone.QUIET) {
    super(time);
    this.text = text;
    this.tone = tone;
  }
}

/**
 * Somebody joined, left or changed the nick: `verb` is "joined", "left" or "is <nick> now". `known`: he speaks here,
 * shortly before or after, so that people want to know.
 * @typedef {{time: number, nick: string, verb: string, reason: string, known: boolean}} Coming
 */

/** Who came and went between two other entries; drawn as one line, or one for each when it is `unfolded`. */
export class Comings extends Entry {
  unfolded = false;

  /** @param {Coming} first */
  constructor(first) {
    super(first.time);
    this.people = [first];
  }

  /**
   * Whether somebody may be told together with these: on the same day, in a line of bounded length.
   * @param {Coming} coming
   */
  mayTake(coming) {
    return dayOf(this.time) === dayOf(coming.time) && this.people.length < COMINGS_TOGETHER_MAX;
  }
}

/** Here something may be missing, and why. */
export class Hole extends Entry {
  /** @param {number} time @param {string} reason */
  constructor(time, reason) {
    super(time);
    this.reason = reason;
  }
}
