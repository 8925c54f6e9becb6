// What a Chat reads of what was said before, and how far it has read.
//
// Rules:
// 1. Everything here is there when the server has the capability for it; else the call is refused by name, at once.
// 2. A message of the past comes with the text that it has now; only `past` gives it as it was, with its edits behind
//    it.
// 3. A point of history is named by a msgid, or by a time where the server's MSGREFTYPES has no msgid. By times, what
//    was said in the same millisecond as the end of a page is not on the next one.
//
// Specifications: IRCv3 draft/chathistory, draft/read-marker, soju.im/search, docs/messages.md (pins).

import { formatTags } from "../wire/message.js";
import { TIME_MAX, formatTime } from "../wire/times.js";
import { PLAYBACK } from "./capabilities.js";
import { CONTEXT_TAG } from "./catchup.js";
import { CommandRefused } from "./errors.js";
import { hearPast } from "./hearing.js";
import { readUntil } from "./hearing/messages.js";
import { param } from "./hearing/basis.js";
import { Saying } from "./saying.js";

export const SEARCH = "soju.im/search";
export const READ_MARKER = "draft/read-marker";
const TARGETS_MAX = 100;
const PAGE_ACTS = 100;

/** @typedef {import("./events.js").Act} Act */
/** @typedef {import("./events.js").Message} Said */
/** @typedef {import("../wire/message.js").Message} Line */
/** @typedef {{name: string, latest: number}} HistoryTarget where something was said, and when the latest was */
/**
 * A part of the history of one place: `acts`, oldest first. What the server adds to an act (an edit, a reaction, a
 * redaction of it) stands behind it and has happened later. `begins` and `ends` are the points of the first and the
 * last act, for the next `past`; "" when there is none. `moreBefore` and `moreAfter` say whether there is something
 * beyond them; null when only asking will tell.
 * @typedef {{acts: Act[], begins: string, ends: string, moreBefore: boolean | null, moreAfter: boolean | null}} Page
 */
/** @typedef {{before?: Act | string, after?: Act | string, around?: Act | string}} Where */

/** @returns {Page} what is known of a place without history */
export function emptyPage() {
  return { acts: [], begins: "", ends: "", moreBefore: false, moreAfter: false };
}

/** The methods about the past. Each rejects with CommandRefused with the server's reason (also when the server has no
 * such thing), TimedOut, ChatClosed. */
export class PastCalls extends Saying {
  /**
   * At most `limit` messages of a channel, or of what we and a person wrote to each other, oldest first: the newest
   * ones, or the last ones before the msgid `before`, or the first ones after the msgid `after`.
   * @param {string} target @param {number} [limit] @param {{before?: string, after?: string}} [where]
   * @returns {Promise<Said[]>}
   */
  async history(target, limit = 50, { before = "", after = "" } = {}) {
    /** @type {Act[]} */
    let found = [];
    let wanted = limit;
    let place = { before, after };
    while (wanted > 0) {
      const page = await this.past(target, wanted, place);
      found = after ? [...found, ...page.acts] : [...page.acts, ...found];
      wanted -= page.acts.filter(({ type }) => type === "Message").length;
      if (!page.begins) {
        break;
      }
      place = after ? { before: "", after: page.ends } : { before: page.begins, after: "" };
    }
    return messagesIn(found);
  }

  /**
   * Everything that happened in a channel, or between us and a person, in one request: at most `limit` acts, less where
   * the server gives less at once. The newest ones, or those before, after or around an act, a msgid, or a point that
   * an earlier page begins or ends with. There are joins, topics and the like among them, on servers that keep them.
   * @param {string} target @param {number} [limit] @param {Where} [where] @returns {Promise<Page>}
   */
  async past(target, limit = PAGE_ACTS, { before = "", after = "", around = "" } = {}) {
    if (this.connected && !this.keepsHistory) {
      throw new CommandRefused("the server keeps no history");
    }
    const count = Math.min(limit, this._view.support.historyLimit);
    const [verb, place] = before ? ["BEFORE", before] : after ? ["AFTER", after] : around ? ["AROUND", around]
      : ["LATEST", ""];
    const point = place ? this._point(place) : "*";
    const lines = await this._call("CHATHISTORY", String(verb), target, point, String(count));
    const acts = hearPast(this._view, target, lines, this._clock.now().wall);
    return this._page(String(verb), point, count, lines.filter((line) => !line.tags.has(CONTEXT_TAG)), acts);
  }

  /**
   * Where something was said: channels and people, at most `limit`, the earliest first; with `after` and `before` those
   * whose latest message was said between these times, and where `after` is the later one the last of them.
   * @param {number} [limit] @param {{after?: number, before?: number}} [between] @returns {Promise<HistoryTarget[]>}
   */
  async targets(limit = TARGETS_MAX, { after = 0, before = TIME_MAX } = {}) {
    if (this.connected && !this.keepsHistory) {
      throw new CommandRefused("the server keeps no history");
    }
    const lines = await this._call("CHATHISTORY", "TARGETS", timestamp(after), timestamp(before), String(limit));
    return lines.filter(({ command }) => command.toUpperCase() === "CHATHISTORY").flatMap((line) => {
      const latest = readUntil(param(line, 2));
      return latest === null ? [] : [{ name: param(line, 1), latest }];
    });
  }

  /**
   * At most `limit` messages that have all these words, oldest first, of all that we may read: or of one channel or
   * person (`target`), of one author (`nick`), of that time. "Phrases in quotes" and beginnings* are known.
   * @param {string} [text]
   * @param {{target?: string, nick?: string, after?: number, before?: number, limit?: number}} [where]
   * @returns {Promise<Said[]>}
   */
  async search(text = "", { target = "", nick = "", after, before, limit = 50 } = {}) {
    this._require(SEARCH, "the server has no search");
    const moments = [after, before].map((time) => (time === undefined ? "" : formatTime(time)));
    const [since = "", until = ""] = moments;
    /** @type {[string, string][]} */
    const attributes = [
      ["text", text], ["in", target], ["from", nick], ["limit", String(limit)], ["after", since], ["before", until],
    ];
    const words = formatTags(new Map(attributes.filter(([, value]) => value)));
    const lines = await this._call("SEARCH", words);
    return messagesIn(hearPast(this._view, target, lines, this._clock.now().wall));
  }

  /** The messages that are pinned in a channel. @param {string} channel @returns {Promise<Said[]>} */
  async pins(channel) {
    return messagesIn(hearPast(this._view, channel, await this._call("PINS", channel), this._clock.now().wall));
  }

  /**
   * Say up to when our user has read a channel or a person's messages: a message's `time`. Our other clients hear of it
   * (ReadMarked). Returns up to when he has by now, which never goes back.
   * @param {string} target @param {number} until @returns {Promise<number | null>}
   */
  async markRead(target, until) {
    return this._marked(target, timestamp(until));
  }

  /** Up to when our user has read a channel or a person's messages; null when nothing is known. @param {string} target
   * @returns {Promise<number | null>} */
  async readMarker(target) {
    return this._marked(target);
  }

  /** One MARKREAD. @param {string} target @param {...string} time */
  async _marked(target, ...time) {
    this._require(READ_MARKER, "the server keeps no read markers");
    const lines = await this._call("MARKREAD", target, ...time);
    const told = lines.filter(({ command }) => command.toUpperCase() === "MARKREAD").at(-1);
    return told === undefined ? null : readUntil(param(told, 1));
  }

  /** A place in the history as this server understands it. @param {Act | string} place @returns {string} */
  _point(place) {
    const byMsgid = (this.support.get("MSGREFTYPES") ?? "msgid").split(",").includes("msgid");
    if (typeof place !== "string") {
      return byMsgid && place.msgid ? `msgid=${place.msgid}` : timestamp(place.time);
    }
    const point = /^(msgid|timestamp)=/.test(place) ? place : `msgid=${place}`;
    if (this.connected && !byMsgid && point.startsWith("msgid=")) {
      throw new CommandRefused("this server finds what was said by its time only");
    }
    return point;
  }

  /**
   * A page of what the server gave: `rows` are the lines of it that are not there for the sake of others.
   * @param {string} verb @param {string} point @param {number} count @param {readonly Line[]} rows @param {Act[]} acts
   * @returns {Page}
   */
  _page(verb, point, count, rows, acts) {
    const own = acts.filter(({ tags }) => !tags.has(CONTEXT_TAG));
    const [first, last] = [own[0], own.at(-1)];
    const [begins, ends] = [first ? this._point(first) : "", last ? this._point(last) : ""];
    const [earlier, given] = countUntil(point, rows);
    if (!given) {
      return { acts, begins, ends, moreBefore: verb === "AFTER", moreAfter: verb === "BEFORE" };
    }
    if (verb === "AROUND") {
      const half = Math.floor((count - 1) / 2);
      const after = this._more(given - earlier - 1, half);
      return { acts, begins, ends, moreBefore: this._more(earlier, half), moreAfter: after };
    }
    const more = this._more(given, count);
    const moreAfter = verb === "BEFORE" || (verb === "AFTER" && more);
    return { acts, begins, ends, moreBefore: verb === "AFTER" || more, moreAfter };
  }

  /** Whether there is more where so many were given of so many that were asked for. A server may count what it does not
   * show to who has no playback. @param {number} given @param {number} count @returns {boolean | null} */
  _more(given, count) {
    return given >= count || (this.capabilities.has(PLAYBACK) ? false : null);
  }

  /** Refuse by name what would be an unknown command. @param {string} capability @param {string} refusal */
  _require(capability, refusal) {
    if (this.connected && !this.capabilities.has(capability)) {
      throw new CommandRefused(refusal);
    }
  }
}

/** The messages among acts of the past, with the text that each has by what follows it. @param {readonly Act[]} acts
 * @returns {Said[]} */
export function messagesIn(acts) {
  /** @type {Map<string | number, Said>} */
  const found = new Map();
  acts.forEach((act, number) => {
    const edited = act.type === "Edited" ? found.get(act.original) : undefined;
    if (act.type === "Message") {
      found.set(act.msgid || number, act);
    } else if (act.type === "Edited" && edited !== undefined) {
      found.set(act.original, { ...edited, text: act.text, edited: true });
    }
  });
  return [...found.values()];
}

/** How many of the things in a page of history are before a point, and how many there are. Lines of one msgid are one
 * thing. @param {string} point @param {readonly Line[]} rows @returns {[number, number]} */
function countUntil(point, rows) {
  const things = new Map(rows.map(({ tags }, at) => [tags.get("msgid") || String(at), tags.get("time") ?? ""]));
  const value = point.slice(point.indexOf("=") + 1);
  if (point.startsWith("msgid=") && things.has(value)) {
    return [[...things.keys()].indexOf(value), things.size];
  }
  return [[...things.values()].filter((time) => time < value).length, things.size];
}

/** @param {number} time @returns {string} a point of history */
function timestamp(time) {
  return `timestamp=${formatTime(time)}`;
}
