// A network: one server with its buffers, and what is known of it.
//
// Rules:
// 1. `hear` is the only way in which what happens comes in; what each kind of event means stands in `hearing`. What
//    calls for our user comes out as `Alert`s; whether he is disturbed by it is decided by who knows where he looks.
// 2. Names are the same by the server's casemapping. Where two buffers turn out to be one, nothing in them is lost, and
//    the one that is looked at stays.
// 3. A notice of somebody we do not talk to stands in the server's own buffer, as in other clients.
// 4. Buffers that nobody looks at hold ENTRIES_TOGETHER_MAX in all; of more, each gets its share.
// 5. Times are those of a calendar that people use: see `plausible`.

import { HAPPENINGS } from "../text/happenings.js";
import { naming } from "../text/nicks.js";
import { FoldedMap, MAPPINGS } from "../wire/casemap.js";
import { Buffer, Kind } from "./buffer.js";
import { Said, Told, Tone } from "./entries.js";
import { MEANINGS, toneOf } from "./hearing.js";
import { entriesOf } from "./past.js";
import { Sight } from "./sight.js";
import { State } from "../chat/state.js";

/** @typedef {import("../chat/events.js").Event} Event */
/** @typedef {import("../chat/events.js").Message} Message */
/** @typedef {import("../chat/people.js").Channel} Channel */
/** @typedef {import("../chat/people.js").Person} Person */
/** @typedef {import("./entries.js").ToneName} ToneName */
/** @typedef {import("../chat/state.js").StateName} StateName */

/**
 * What a network asks of the library's Chat.
 * @typedef {object} Server
 * @property {string} nick
 * @property {FoldedMap<Channel>} channels
 * @property {FoldedMap<Person>} people
 * @property {ReadonlyMap<string, string>} support
 * @property {{has(capability: string): boolean}} capabilities
 */
/**
 * Something that calls for our user: a message that names him, or is for him alone.
 * @typedef {{buffer: Buffer, said: Said}} Alert
 */

export const BUFFERS_MAX = 1000;
export const ENTRIES_TOGETHER_MAX = 50_000;
const BUFFERS_FULL = `${BUFFERS_MAX} places are open here; what is said in others stands below until some are closed`;
const EVENTS_BETWEEN_SPARING = 1000;
// 2 January 1970 and 1 January 9000.
const EARLIEST = 86_400_000;
const LATEST = 221_845_392_000_000;
// Clocks are wrong by hours, zones by less than a day.
const AHEAD_MAX_MS = 86_400_000;

/**
 * One server. `chat` is the library's view of it, null before the first connection. `reads` says whether our user looks
 * at a buffer's end just now; `words` call for him beside his nick, in any case; `opened` is told of each new buffer.
 */
export class Network {
  /** @type {Server | null} */
  chat = null;
  /** @type {FoldedMap<Buffer>} */
  buffers = new FoldedMap();
  /** @type {StateName} */
  state = State.CONNECTING;
  reason = "";
  /** @type {number | null} */
  retryAt = null;
  // Grows whenever somebody came, went, or is called otherwise.
  peopleVersion = 0;
  // Grows whenever there is another buffer, or one less, or one has another name.
  placesVersion = 0;
  // The channels in which a netsplit that is not told yet was seen.
  /** @type {Set<Buffer>} */
  split = new Set();
  #opened;
  #words;
  /** @type {{nick: string | null, pattern: RegExp | null}} */
  #calling = { nick: null, pattern: null };
  /** @type {FoldedMap<string>} */
  #awayTold = new FoldedMap();
  /** @type {Alert[]} */
  #alerts = [];
  /** @type {number | null} */
  #now = null;
  #heard = 0;
  #isFull = false;

  /**
   * @param {string} name
   * @param {{reads?: (buffer: Buffer) => boolean, words?: readonly string[], opened?: (buffer: Buffer) => void}} how
   */
  constructor(name, { reads = () => false, words = [], opened = () => {} } = {}) {
    this.name = name;
    this.server = new Buffer(name, name, Kind.SERVER, true);
    this.reads = reads;
    this.#opened = opened;
    this.#words = words;
  }

  // What is there.

  /** Our nick; "" before we have one. */
  get nick() {
    return this.chat?.nick ?? "";
  }

  /** The server's own buffer and all others, in no order that means anything. */
  get allBuffers() {
    return [this.server, ...this.buffers.values()];
  }

  /** The buffers of channels, those we are not in too. */
  channelBuffers() {
    return this.buffers.values().filter((buffer) => buffer.kind === Kind.CHANNEL);
  }

  /**
   * Whether the server has a capability that we use; where it has not, the feature is hidden.
   * @param {string} capability
   */
  offers(capability) {
    return this.chat?.capabilities.has(capability) ?? false;
  }

  /** Whether this is a channel's name on this server. @param {string} name */
  isChannel(name) {
    return name !== "" && (this.chat?.support.get("CHANTYPES") ?? "#&").includes(name.charAt(0));
  }

  /** Whether a buffer is one of this network. @param {Buffer} buffer */
  has(buffer) {
    return buffer === this.server || this.buffers.get(buffer.name) === buffer;
  }

  /**
   * The buffer of a channel or person, made when there is none. Beyond BUFFERS_MAX everything new stands in the
   * server's own, and that is said.
   * @param {string} name
   */
  buffer(name) {
    const found = this.buffers.get(name);
    if (found !== undefined || !name) {
      return found ?? this.server;
    }
    if (this.buffers.size >= BUFFERS_MAX) {
      this.#sayFull();
      return this.server;
    }
    const kind = this.isChannel(name) ? Kind.CHANNEL : Kind.PERSON;
    const made = new Buffer(this.name, name, kind, kind === Kind.PERSON);
    this.buffers.set(name, made);
    this.placesVersion += 1;
    this.#opened(made);
    return made;
  }

  /** A buffer is shown no longer; the server's own always is. @param {Buffer} buffer */
  close(buffer) {
    if (this.buffers.get(buffer.name) === buffer) {
      this.buffers.delete(buffer.name);
      this.placesVersion += 1;
      this.#isFull = false;
    }
  }

  /** What the library knows of a buffer's channel, while we are in it. @param {Buffer} buffer */
  channel(buffer) {
    return (buffer.kind === Kind.CHANNEL && this.chat?.channels.get(buffer.name)) || null;
  }

  /**
   * Whether a message calls for us: it is for us alone, or has our nick or one of our words.
   * @param {Message} message
   */
  isMention(message) {
    if (message.mine || message.kind === "notice") {
      return false;
    }
    if (message.channel === null && !message.context) {
      return true;
    }
    if (this.#calling.nick !== this.nick) {
      const names = [this.nick, ...this.#words].filter(Boolean);
      this.#calling = { nick: this.nick, pattern: names.length > 0 ? naming(names) : null };
    }
    return this.#calling.pattern?.test(message.text) ?? false;
  }

  /** A message as an entry. @param {Message} message */
  said(message) {
    return new Said(message, { mentions: this.isMention(message) });
  }

  /** Whether a message mentions us by the text that it has now. @param {Said} said */
  judge(said) {
    if (said.editedAt !== null) {
      said.mentions = this.isMention(said.message);
    }
  }

  // What happens.

  /** Take in an event; what calls for our user. @param {Event} event @param {number} now */
  hear(event, now) {
    this.#alerts = [];
    this.#now = now;
    const meaning = MEANINGS.get(event.type);
    const timely = this.timely(event);
    if (meaning !== undefined) {
      meaning(this, timely, now);
    } else {
      this.tell(timely);
    }
    this.#heard += 1;
    if (this.#heard % EVENTS_BETWEEN_SPARING === 0) {
      this.spare();
    }
    return this.#alerts;
  }

  /** Say in a sentence what happened, where it belongs. @param {Event} event */
  tell(event) {
    this.tellIn(this.placeFor(event), event);
  }

  /** Say in a sentence what happened, in this buffer. @param {Buffer} buffer @param {Event} event */
  tellIn(buffer, event) {
    const text = HAPPENINGS.get(event.type)?.(new Sight(buffer, this.#awayTold), event);
    if (text) {
      buffer.timeline.add(new Told(event.time, text, toneOf(event)));
    }
  }

  /**
   * Words of our own, in a buffer.
   * @param {Buffer} buffer @param {string} text @param {number} time @param {ToneName} tone
   */
  note(buffer, text, time, tone = Tone.NOTICE) {
    buffer.timeline.add(new Told(time, text, tone));
  }

  /** This message calls for our user. @param {Buffer} buffer @param {Said} said */
  alert(buffer, said) {
    this.#alerts.push({ buffer, said });
  }

  /**
   * What history tells of one place, as entries: messages with what was done to them since, and what happened. What was
   * done to messages that are not among them is done to those of the `buffer`, now or when they are loaded.
   * @param {readonly Event[]} acts @param {Buffer | null} buffer
   */
  past(acts, buffer = null) {
    return entriesOf(this, acts.map((act) => this.timely(act)), buffer);
  }

  /** An event with a plausible time. @template {Event} T @param {T} event @returns {T} */
  timely(event) {
    const time = this.plausible(event.time);
    return event.time === time ? event : { ...event, time };
  }

  /**
   * A time that is not before computers, nor later than a day from now: whatever a server says, what is read there must
   * not hide what is said tomorrow.
   * @param {number} time
   */
  plausible(time) {
    const latest = this.#now === null ? LATEST : this.#now + AHEAD_MAX_MS;
    return time >= EARLIEST ? Math.min(time, latest) : EARLIEST;
  }

  // Where something belongs.

  /** The buffer in which a message stands. @param {Message} message */
  placeOf(message) {
    const name = message.channel || message.context;
    if (name) {
      return this.buffer(name);
    }
    if (message.kind === "notice" && !message.mine && !this.buffers.has(message.place)) {
      return this.server;
    }
    return this.buffer(message.place);
  }

  /**
   * Where a sentence about an event belongs: where it names a place that is open, else in the server's own.
   * @param {Event} event
   */
  placeFor(event) {
    const names = [
      "channel" in event ? event.channel : null,
      "new" in event ? event.new : null,
      "nick" in event ? event.nick : null,
      ...("context" in event && Array.isArray(event.context) ? event.context : []),
      "params" in event ? event.params[0] : null,
    ];
    const found = names.map((name) => (typeof name === "string" ? this.buffers.get(name) : undefined));
    return found.find((buffer) => buffer !== undefined) ?? this.server;
  }

  /** The buffers in which something may be missing. @param {import("../chat/events.js").Gap} gap @returns {Buffer[]} */
  placesOf(gap) {
    if (gap.channel === "*") {
      return this.channelBuffers().filter((buffer) => buffer.joined);
    }
    const named = this.buffers.get(gap.channel);
    return named === undefined ? [] : [named];
  }

  /**
   * The buffers in which it matters what somebody does: channels, named or by their members, and his own.
   * @param {string} nick @param {readonly string[] | null} channels
   */
  roomsOf(nick, channels = null) {
    const names = channels ?? [...this.chat?.channels ?? []]
      .filter(([, room]) => room.members.has(nick))
      .map(([name]) => name);
    return [...new Set([...names, nick].flatMap((name) => this.buffers.get(name) ?? []))];
  }

  /**
   * A channel or person has another name, and so has the buffer; null when there is none.
   * @param {string} old @param {string} name
   */
  rename(old, name) {
    const buffer = this.buffers.pop(old);
    return buffer === undefined ? null : this.#put(buffer, name);
  }

  /** Tell names apart as the server does from now on (005 CASEMAPPING). */
  refold() {
    const mapping = mappingOf(this.chat?.support ?? new Map());
    if (mapping === this.buffers.mapping) {
      return;
    }
    const buffers = this.buffers.values();
    this.buffers.clear();
    this.buffers.mapping = mapping;
    this.#awayTold.refold(mapping);
    buffers.forEach((buffer) => this.#put(buffer, buffer.name));
  }

  /** Let go of old entries where nobody looks, when all buffers together hold too much. */
  spare() {
    const idle = this.allBuffers.filter((buffer) => !buffer.shown);
    const weight = idle.reduce((sum, buffer) => sum + buffer.timeline.weight, 0);
    if (weight > ENTRIES_TOGETHER_MAX) {
      idle.forEach((buffer) => buffer.trim(Math.floor(ENTRIES_TOGETHER_MAX / idle.length)));
    }
  }

  /**
   * A buffer stands under this name from now on, together with the one that does already, see rule 2.
   * @param {Buffer} buffer @param {string} name
   */
  #put(buffer, name) {
    const there = this.buffers.get(name);
    const kept = there === undefined || buffer.shown ? buffer : there;
    if (there !== undefined) {
      kept.absorb(kept === buffer ? there : buffer);
    }
    kept.name = name;
    this.buffers.set(name, kept);
    this.placesVersion += 1;
    return kept;
  }

  /** Say once that there are too many buffers. */
  #sayFull() {
    if (!this.#isFull && this.#now !== null) {
      this.note(this.server, BUFFERS_FULL, this.#now, Tone.WARNING);
    }
    this.#isFull = true;
  }
}

/**
 * The casemapping of a server by what it said in 005, as the library has it.
 * @param {ReadonlyMap<string, string>} support
 */
function mappingOf(support) {
  const mapping = support.get("CASEMAPPING") ?? (support.size > 0 ? "rfc1459" : "ascii");
  return MAPPINGS.includes(mapping) ? mapping : "ascii";
}
