// A buffer: one place where something is said, and how our user stands to it.
//
// Rules:
// 1. Unread is what others said and our user has not read (`waiting`): what came while he did not look, and what
//    history has behind the read marker. Who comes and goes never counts.
// 2. Before a marker is known, what was there when the first message came counts as read.
// 3. `line` is the time behind which the unread line stands: above the first message that waits to be read. When all is
//    read it stays where it was, and is set anew when our user leaves.
// 4. A draft belongs to its buffer, with what it answers or changes.

import { ENTRIES_MAX, Edge, Timeline } from "./timeline.js";

/** @typedef {import("./entries.js").Said} Said */
/** @typedef {import("./entries.js").Coming} Coming */
/** @typedef {import("./entries.js").Comings} Comings */

export const SPEAKERS_MAX = 500;
/** @type {ReadonlyMap<string, number>} */
export const TYPING_SECONDS = new Map([["active", 6], ["paused", 30]]);
export const TYPING_MAX = 20;
export const INPUTS_MAX = 500;
// More is shown as "1000+".
export const WAITING_MAX = 1000;
// How long somebody who spoke is missed when he goes, and how long after he came somebody who speaks was worth telling
// of: as WeeChat's smart filter has them.
const KNOWN_MS = 15 * 60_000;
const NEW_MS = 30 * 60_000;
// What a client or bouncer repeats of the past is older than this.
const LIVE_MS = 60_000;
export const TRIMMED_AT_ONCE = 1000;
// The smallest step between two times.
const INSTANT = 1;

/** What a buffer is about: what the server says, a channel, a conversation with one person. */
export const Kind = Object.freeze({ SERVER: "server", CHANNEL: "channel", PERSON: "person" });
/** @typedef {typeof Kind[keyof typeof Kind]} KindName */

/** What was typed and not sent: the text, where the cursor is, and the message that it answers or changes. */
export class Draft {
  cursor = 0;
  /** @type {Said | null} */
  answers = null;
  /** @type {Said | null} */
  changes = null;

  /** @param {string} text */
  constructor(text = "") {
    this.text = text;
  }
}

/**
 * One place of the network `network` (its name in the list). `name` is the channel or nick as the server writes it, the
 * network's name for the server's own buffer.
 *
 * `hasPast`: the server keeps what is said here, for all we know. `joined`: we are in the channel. `shown`: our user
 * looks at it, perhaps at an older part. `unread` and `mentions` count what waits to be read, `marker` is up to when
 * all was read. `speakers` is when each nick spoke last, in that order; `newcomers` is where it stands that somebody
 * came who has not spoken since; `typing` is until when each nick types.
 */
export class Buffer {
  timeline = new Timeline();
  hasPast = true;
  shown = false;
  muted = false;
  unread = 0;
  mentions = 0;
  /** @type {number | null} */
  marker = null;
  /** @type {number | null} */
  line = null;
  draft = new Draft();
  /** @type {string[]} */
  inputs = [];
  /** @type {Map<string, number>} */
  speakers = new Map();
  /** @type {Map<string, [Comings, Coming]>} */
  newcomers = new Map();
  /** @type {Map<string, number>} */
  typing = new Map();
  /** @type {Said[]} */
  waiting = [];

  /** @param {string} network @param {string} name @param {KindName} kind */
  constructor(network, name, kind, joined = false) {
    this.network = network;
    this.name = name;
    this.kind = kind;
    this.joined = joined;
  }

  /** How it is called in lists; as it was sent. */
  get title() {
    return this.name;
  }

  /** How much waits to be read: "3", "100+" when there is more than is loaded or counted, "" for nothing. */
  get unreadText() {
    const first = this.timeline.entries[0];
    const beginsUnread = this.marker !== null && first !== undefined && first.time > this.marker;
    const more = this.unread >= WAITING_MAX || (beginsUnread && this.timeline.above !== Edge.END);
    return this.unread ? `${this.unread}${more ? "+" : ""}` : "";
  }

  // What is said here.

  /**
   * Somebody said something here; `read`: our user looks at it just now. Whether it is news: not ours, and not read by
   * another client of ours.
   * @param {Said} said @param {number} now @param {{read: boolean}} how
   */
  heard(said, now, { read }) {
    this.spoke(said);
    this.typing.delete(said.message.nick);
    if (said.message.mine || said.removedBy || this.#wasRead(said, now)) {
      return false;
    }
    if (!read) {
      this.#waitFor(said);
    }
    return true;
  }

  /**
   * Somebody said something, now or in the past: he is known here, and that he came was worth telling.
   * @param {Said} said
   */
  spoke(said) {
    const nick = said.message.nick;
    this.speakers.delete(nick);
    this.speakers.set(nick, said.time);
    forgetOldest(this.speakers, SPEAKERS_MAX);
    if (this.newcomers.has(nick)) {
      this.#makeKnown(nick, said.time);
    }
  }

  /** Whether somebody has spoken here lately. @param {string} nick @param {number} now */
  knows(nick, now) {
    const spoke = this.speakers.get(nick);
    return spoke !== undefined && now - spoke <= KNOWN_MS;
  }

  /** Somebody came or went. @param {Coming} coming */
  came(coming) {
    this.typing.delete(coming.nick);
    const told = this.timeline.came(coming);
    if (coming.verb === "left") {
      this.newcomers.delete(coming.nick);
    } else if (coming.verb === "joined" && told !== null && !coming.known) {
      this.newcomers.set(coming.nick, [told, coming]);
      forgetOldest(this.newcomers, SPEAKERS_MAX);
    }
  }

  /** Somebody has another nick. @param {string} old @param {string} nick */
  renamed(old, nick) {
    move(this.speakers, old, nick);
    move(this.typing, old, nick);
    move(this.newcomers, old, nick);
  }

  /**
   * Somebody types here until then; null: no longer. Beyond TYPING_MAX nobody more is told of.
   * @param {string} nick @param {number | null} until @param {number} now
   */
  types(nick, until, now) {
    this.typing = new Map([...this.typing].filter(([name, end]) => end > now && name !== nick));
    if (until !== null && this.typing.size < TYPING_MAX) {
      this.typing.set(nick, until);
    }
  }

  /** Who types just now, who began first before the others. @param {number} now */
  activeTyping(now) {
    return [...this.typing].filter(([, until]) => until > now).map(([nick]) => nick);
  }

  // What was read.

  /** Everything here was read just now; up to when, if that is news for others, else null. */
  read() {
    const latest = this.#latest();
    this.#setWaiting([]);
    if (latest === null || (this.marker !== null && latest <= this.marker)) {
      return null;
    }
    this.marker = latest;
    return latest;
  }

  /** Up to there it was read, here or by another client; whether that is news. @param {number | null} until */
  readUntil(until) {
    if (until === null || (this.marker !== null && until <= this.marker)) {
      return false;
    }
    this.marker = until;
    this.count();
    return true;
  }

  /** Count anew what was not read; to be called when history was loaded or the marker has moved. */
  count() {
    const marker = this.marker;
    if (marker === null) {
      this.#setWaiting(this.waiting);
      return;
    }
    const loaded = this.#loadedBehind(marker);
    const others = this.waiting.filter((said) => said.time > marker && !this.#isLoaded(said));
    this.#setWaiting([...loaded, ...others]);
    const first = this.waiting[0];
    if (first !== undefined) {
      this.line = first.time - INSTANT;
    } else if (!this.shown) {
      this.line = marker;
    }
  }

  /** A message that may wait to be read was changed or deleted. @param {Said} said */
  recount(said) {
    if (this.waiting.includes(said)) {
      this.#setWaiting(this.waiting);
    }
  }

  /** Nobody looks at it any more: the unread line stands where he left, and old entries may go. */
  left() {
    this.shown = false;
    const first = this.waiting[0];
    this.line = first === undefined ? this.marker : first.time - INSTANT;
    this.trim();
  }

  // Keeping it small.

  /** Let go of the oldest entries when what is loaded weighs too much. */
  trim(most = ENTRIES_MAX) {
    if (this.timeline.weight > most + Math.min(TRIMMED_AT_ONCE, Math.floor(most / 10))) {
      this.timeline.trimToWeight(most);
    }
  }

  /** Something was sent from here: it can be brought back. @param {string} text */
  typed(text) {
    if (text && this.inputs.at(-1) !== text) {
      this.inputs.push(text);
      this.inputs.splice(0, this.inputs.length - INPUTS_MAX);
    }
  }

  /**
   * Another buffer turns out to be about the same: everything in it stands here from now on. Who still holds the other
   * one sees the same timeline.
   * @param {Buffer} other
   */
  absorb(other) {
    this.timeline.absorb(other.timeline);
    this.joined ||= other.joined;
    this.muted &&= other.muted;
    this.marker = Math.max(this.marker ?? 0, other.marker ?? 0) || null;
    this.draft = this.draft.text ? this.draft : other.draft;
    this.inputs = [...other.inputs, ...this.inputs].slice(-INPUTS_MAX);
    const spoke = [...other.speakers, ...this.speakers].sort(([, one], [, another]) => one - another);
    this.speakers = new Map(spoke.slice(-SPEAKERS_MAX));
    this.#setWaiting([...this.waiting, ...other.waiting]);
    other.timeline = this.timeline;
  }

  /**
   * Whether another client of ours has read it before it came here. What is said at this moment was read nowhere,
   * whatever the clocks say.
   * @param {Said} said @param {number} now
   */
  #wasRead(said, now) {
    const late = said.message.missed || now - said.time > LIVE_MS;
    return late && this.marker !== null && said.time <= this.marker;
  }

  /** A message waits to be read. @param {Said} said */
  #waitFor(said) {
    if (this.waiting.length === 0) {
      this.line = said.time - INSTANT;
    }
    this.waiting.push(said);
    this.unread += 1;
    this.mentions += said.mentions ? 1 : 0;
    if (this.waiting.length > WAITING_MAX) {
      const gone = this.waiting.shift();
      this.unread -= 1;
      this.mentions -= gone?.mentions ? 1 : 0;
    }
  }

  /** These wait to be read, without what was deleted; the latest WAITING_MAX. @param {readonly Said[]} waiting */
  #setWaiting(waiting) {
    const standing = waiting.filter((said) => !said.removedBy);
    this.waiting = standing.sort((one, other) => one.time - other.time).slice(-WAITING_MAX);
    this.unread = this.waiting.length;
    this.mentions = this.waiting.filter((said) => said.mentions).length;
  }

  /** When somebody else said something last, as far as known. */
  #latest() {
    if (this.waiting.length > 0) {
      return Math.max(...this.waiting.map((said) => said.time));
    }
    let looked = 0;
    for (const said of this.timeline.saidBackwards()) {
      if (!said.message.mine || ++looked > WAITING_MAX) {
        return said.message.mine ? null : said.time;
      }
    }
    return null;
  }

  /**
   * Whether a message is in the timeline, perhaps as another entry because it was let go meanwhile.
   * @param {Said} said
   */
  #isLoaded(said) {
    return this.timeline.index(this.timeline.find(said.message.msgid) ?? said) !== null;
  }

  /**
   * What others said behind a time, as far as it is loaded; the latest WAITING_MAX, oldest first.
   * @param {number} marker
   */
  #loadedBehind(marker) {
    /** @type {Said[]} */
    const found = [];
    for (const said of this.timeline.saidBackwards()) {
      if (said.time <= marker || found.length === WAITING_MAX) {
        break;
      }
      if (!said.message.mine) {
        found.push(said);
      }
    }
    return found.reverse();
  }

  /**
   * Somebody speaks soon after he came: he is shown among those who came.
   * @param {string} nick @param {number} spoke
   */
  #makeKnown(nick, spoke) {
    const [told, coming] = this.newcomers.get(nick) ?? [];
    this.newcomers.delete(nick);
    if (told === undefined || coming === undefined || spoke - coming.time > NEW_MS) {
      return;
    }
    told.people = told.people.map((other) => (other === coming ? { ...coming, known: true } : other));
    told.changed();
    this.timeline.version += 1;
  }
}

/** @param {Map<string, unknown>} kept @param {number} most */
function forgetOldest(kept, most) {
  if (kept.size > most) {
    for (const oldest of kept.keys()) {
      kept.delete(oldest);
      break;
    }
  }
}

/**
 * What is kept under one nick is kept under another.
 * @template T @param {Map<string, T>} kept @param {string} old @param {string} nick
 */
function move(kept, old, nick) {
  const value = kept.get(old);
  if (value !== undefined) {
    kept.delete(old);
    kept.set(nick, value);
  }
}
