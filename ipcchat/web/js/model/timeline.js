// What was said in one place, as far as it is loaded: a window of the history that the server has.
//
// Rules:
// 1. Entries stand in the order that everybody sees. Their numbers are contiguous: `entries[n].number == first + n`;
//    older ones get smaller numbers, so that who holds an entry can find it again whatever comes before it.
// 2. A msgid is one message, wherever it came from: live, from history, or as the echo of what we sent.
// 3. What we sent and nobody has confirmed stands behind everything else (`pending`). Its echo is the message: by that
//    it moves to its place, in the order that everybody sees.
// 4. The window is either `live` (its end is the present, and what happens is added) or not (somebody looks at an older
//    part). Then what happens is counted, and held until the window reaches it (`beyond`).
// 5. At most ENTRIES_MAX are loaded while somebody reads along: older ones are let go (`trimAbove`), and can be asked
//    for again. While he looks at older ones nothing is taken from him; at twice that number the window is live no
//    longer.
// 6. A change of a message that is not loaded waits for it (`changes`).

import { fold } from "../wire/casemap.js";
import { Beyond } from "./beyond.js";
import { Unplaced, apply, changedId } from "./changes.js";
import { Comings, Delivery, Hole, Said } from "./entries.js";
import { Loaded, weightOf } from "./loaded.js";
import { Sent } from "./sent.js";

/** @typedef {import("./entries.js").AnyEntry} AnyEntry */
/** @typedef {import("./entries.js").Coming} Coming */
/** @typedef {import("./entries.js").Message} Message */
/** @typedef {import("./changes.js").Change} Change */

// Some 20 MB, which a telephone's browser bears.
export const ENTRIES_MAX = 20_000;

/** What is known beyond an end of the window: nothing was asked yet, there is more, it is on its way, it is the end. */
export const Edge = Object.freeze({ UNKNOWN: "unknown", MORE: "more", ASKED: "asked", END: "end" });
/** @typedef {typeof Edge[keyof typeof Edge]} EdgeName */

/**
 * The entries of one place. `version` grows with every change; `above` is what is known beyond the first entry and
 * `below` beyond the last: END while the window is live. `arrived` is how many messages others said while it was not.
 * `weight` is how much is loaded, in entries of ordinary length.
 */
export class Timeline {
  /** @type {AnyEntry[]} */
  entries = [];
  /** @type {EdgeName} */
  above = Edge.UNKNOWN;
  /** @type {EdgeName} */
  below = Edge.END;
  version = 0;
  arrived = 0;
  #loaded = new Loaded();
  #unplaced = new Unplaced();
  #beyond = new Beyond();
  #sent = new Sent();
  #entriesMax;

  constructor(entriesMax = ENTRIES_MAX) {
    this.#entriesMax = entriesMax;
  }

  /** What we sent and nobody has confirmed. */
  get pending() {
    return this.#sent.pending;
  }

  get weight() {
    return this.#loaded.weight;
  }

  /** How many entries there are, the pending ones too. */
  get length() {
    return this.entries.length + this.pending.length;
  }

  *[Symbol.iterator]() {
    yield* this.entries;
    yield* this.pending;
  }

  /** Whether the end of the window is the present. */
  get live() {
    return this.below === Edge.END;
  }

  /** The number of the first entry; 0 when there is none. */
  get first() {
    return this.entries[0]?.number ?? 0;
  }

  /** The number behind the last confirmed entry. */
  get end() {
    return this.first + this.entries.length;
  }

  /** An entry by its place, the pending ones last; null when there is none. @param {number} index */
  at(index) {
    return this.entries[index] ?? this.pending[index - this.entries.length] ?? null;
  }

  /** The place of an entry; null when it is not loaded any more. @param {AnyEntry} entry */
  index(entry) {
    const place = entry.number - this.first;
    if (this.entries[place] === entry) {
      return place;
    }
    const waiting = entry instanceof Said ? this.pending.indexOf(entry) : -1;
    return waiting < 0 ? null : this.entries.length + waiting;
  }

  /** A message by its msgid, or by that of one of its edits; null when it is not known here. @param {string} msgid */
  find(msgid) {
    return msgid ? this.#loaded.find(msgid) ?? this.#beyond.find(msgid) : null;
  }

  /** The last message of somebody, in the server's casemapping; null when there is none. @param {string} wanted */
  lastBy(wanted, mapping = "ascii") {
    const folded = fold(wanted, mapping);
    for (const said of this.saidBackwards()) {
      if (fold(said.message.nick, mapping) === folded) {
        return said;
      }
    }
    return null;
  }

  /** The messages that stand, the latest first; the pending ones not. */
  *saidBackwards() {
    for (let place = this.entries.length - 1; place >= 0; place--) {
      const entry = this.entries[place];
      if (entry instanceof Said && !entry.removedBy) {
        yield entry;
      }
    }
  }

  /** The place of the first message of somebody else behind a time, null for none. @param {number | null} time */
  firstAfter(time) {
    let found = null;
    for (let place = time === null ? -1 : this.entries.length - 1; place >= 0; place--) {
      const entry = this.entries[place];
      if (!(entry instanceof Said)) {
        continue;
      }
      if (time !== null && entry.time <= time) {
        break;
      }
      found = entry.message.mine ? found : place;
    }
    return found;
  }

  // What happens.

  /** Something happened just now. False when it is known already, or only counted. @param {AnyEntry} entry */
  add(entry) {
    if (entry instanceof Said && this.find(entry.message.msgid) !== null) {
      return false;
    }
    this.version += 1;
    if (this.weight >= 2 * this.#entriesMax && this.live) {
      this.below = Edge.MORE;
    }
    if (!this.live) {
      this.arrived += entry instanceof Said && !entry.message.mine ? 1 : 0;
      this.#beyond.hold(entry);
      return false;
    }
    this.#append(entry);
    return true;
  }

  /** Somebody came or went; where that stands, null when the window is not live. @param {Coming} coming */
  came(coming) {
    const last = this.entries.at(-1);
    if (this.live && last instanceof Comings && last.mayTake(coming)) {
      last.people.push(coming);
      last.changed();
      this.version += 1;
      return last;
    }
    const entry = new Comings(coming);
    return this.add(entry) ? entry : null;
  }

  /** Something may be missing here; said once for one reason. @param {number} time @param {string} reason */
  miss(time, reason) {
    const last = this.entries.at(-1);
    if (!(last instanceof Hole && last.reason === reason)) {
      this.add(new Hole(time, reason));
    }
  }

  // What is done to messages.

  /** A message has another text, a reaction, or is deleted. @param {Change} change @returns {Said | null} it */
  change(change) {
    const said = this.find(changedId(change));
    if (said === null) {
      this.#unplaced.keep(change);
      return null;
    }
    if (!this.#loaded.changing(said, () => apply(said, change))) {
      return null;
    }
    said.changed();
    this.version += 1;
    if (change.type === "Edited") {
      this.#catchUp(change.msgid);
    }
    return said;
  }

  /** The changes of messages that are not loaded here; they are not kept here any longer. */
  changesOfOthers() {
    return this.#unplaced.takeAll();
  }

  // What we send.

  /** A message of ours is on its way. @param {Message} message */
  send(message) {
    this.version += 1;
    return this.#sent.add(message, this.end + this.pending.length, this.find(message.replyTo));
  }

  /**
   * The server has it, as this message (null: nobody knows which). Its echo is what stands in the timeline: when it was
   * not heard yet, it will be in a moment.
   * @param {Said} said @param {Message | null} message
   */
  confirm(said, message) {
    this.drop(said);
    if (message !== null && this.find(message.msgid) === null && said.delivery === Delivery.PENDING) {
      this.#sent.expect(message);
    }
  }

  /** What we sent comes back, in its place. False when nothing pending is meant by it. @param {Message} message */
  echo(message) {
    const said = this.#sent.take(message);
    if (said !== null) {
      this.add(said);
    }
    return said !== null;
  }

  /** The server will not have it. It stays, to be sent again or not. @param {Said} said @param {string} reason */
  refuse(said, reason) {
    said.delivery = Delivery.FAILED;
    said.refusal = reason;
    said.changed();
    this.version += 1;
  }

  /** Take a pending message away. @param {Said} said */
  drop(said) {
    this.version += this.#sent.drop(said) ? 1 : 0;
  }

  // What was loaded.

  /**
   * Older entries, oldest first, before the first one; how many of them were new.
   * @param {readonly AnyEntry[]} entries @param {boolean} more
   */
  loadAbove(entries, more) {
    const fresh = this.#newOf(entries);
    const first = this.first - fresh.length;
    fresh.forEach((entry, place) => {
      entry.number = first + place;
    });
    this.entries = [...fresh, ...this.entries];
    fresh.forEach((entry) => this.#note(entry));
    this.above = more ? Edge.MORE : Edge.END;
    this.version += 1;
    return fresh.length;
  }

  /**
   * Newer entries behind the last one of a window that is not live; how many of them were new. Without `more` it is
   * live again, with what happened meanwhile.
   * @param {readonly AnyEntry[]} entries @param {boolean} more
   */
  loadBelow(entries, more) {
    const fresh = this.#newOf(entries);
    fresh.forEach((entry) => this.#append(entry));
    this.below = more ? Edge.MORE : Edge.END;
    if (this.live) {
      this.#joinPresent();
    }
    this.version += 1;
    return fresh.length;
  }

  /**
   * Another window: these entries and nothing else but what is pending.
   * @param {readonly AnyEntry[]} entries @param {{above: EdgeName, below: EdgeName}} edges
   */
  show(entries, { above, below }) {
    this.entries = [];
    this.#loaded = new Loaded();
    this.loadBelow(entries, below !== Edge.END);
    this.above = above;
    if (!this.live && below !== Edge.END) {
      this.below = below;
    }
  }

  /** Let go of the oldest entries but so many. @param {number} keep */
  trimAbove(keep) {
    if (this.entries.length <= keep) {
      return;
    }
    this.entries.splice(0, this.entries.length - keep).forEach((entry) => this.#loaded.forget(entry));
    this.above = Edge.MORE;
    this.version += 1;
  }

  /** Let go of the oldest entries until what is loaded weighs no more than that. @param {number} most */
  trimToWeight(most) {
    let kept = 0;
    for (let weight = 0; kept < this.entries.length; kept++) {
      const entry = this.entries[this.entries.length - 1 - kept];
      weight += entry === undefined ? 0 : weightOf(entry);
      if (weight > most) {
        break;
      }
    }
    this.trimAbove(kept);
  }

  /** Another place turns out to be this one: its entries stand among ours, by their time. @param {Timeline} other */
  absorb(other) {
    const first = this.first;
    const theirs = this.#newOf(other.entries);
    this.entries = [...this.entries, ...theirs].sort((one, another) => one.time - another.time);
    this.entries.forEach((entry, place) => {
      entry.number = first + place;
    });
    theirs.forEach((entry) => this.#note(entry));
    this.pending.push(...other.pending);
    this.above = this.above === other.above ? this.above : Edge.MORE;
    this.below = other.live ? this.below : Edge.MORE;
    this.version += 1;
  }

  /** @param {AnyEntry} entry */
  #append(entry) {
    entry.number = this.end;
    this.entries.push(entry);
    this.#note(entry);
  }

  /**
   * The entries that are not loaded yet, each msgid once. What was heard since is the same entry: it may wait to be
   * read.
   * @param {readonly AnyEntry[]} entries
   */
  #newOf(entries) {
    const seen = new Set();
    /** @type {AnyEntry[]} */
    const fresh = [];
    for (const entry of entries) {
      const msgid = entry instanceof Said ? entry.message.msgid : "";
      if (msgid && (seen.has(msgid) || this.#loaded.find(msgid) !== null)) {
        continue;
      }
      seen.add(msgid);
      fresh.push(this.#beyond.find(msgid) ?? entry);
    }
    return fresh;
  }

  /** An entry is loaded: it quotes what it answers, and what waited for it is done. @param {AnyEntry} entry */
  #note(entry) {
    this.#loaded.note(entry);
    if (entry instanceof Said) {
      this.#catchUp(entry.message.msgid);
      this.#loaded.quote(entry, this.find(entry.message.replyTo));
    }
  }

  /** Apply the changes that waited for this msgid. @param {string} msgid */
  #catchUp(msgid) {
    this.#unplaced.take(msgid).forEach((change) => this.change(change));
  }

  /** The window reaches the present: what happened beyond its end follows, unless too much did. */
  #joinPresent() {
    const behind = this.#beyond.takeBehind(this.entries.at(-1)?.time ?? null, this.#loaded);
    if (behind === null) {
      this.below = Edge.MORE;
      return;
    }
    this.arrived = 0;
    behind.forEach((entry) => this.#append(entry));
  }
}
