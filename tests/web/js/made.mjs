// Events and entries that are made by hand, and a server that is a few objects in memory, for tests of the model.

import { act, addressed, message as asMessage } from "../../../ipcchat/web/js/chat/events.js";
import { Channel, Member, Person } from "../../../ipcchat/web/js/chat/people.js";
import { Comings, Hole, Said, Told } from "../../../ipcchat/web/js/model/entries.js";
import { Network } from "../../../ipcchat/web/js/model/network.js";
import { sentence } from "../../../ipcchat/web/js/text/comings.js";
import { FoldedMap } from "../../../ipcchat/web/js/wire/casemap.js";

/** @typedef {import("../../../ipcchat/web/js/chat/events.js").Event} Event */
/** @typedef {import("../../../ipcchat/web/js/model/entries.js").AnyEntry} AnyEntry */

export const START = Date.UTC(2026, 10, 23, 12);

/** A time after the beginning of all plays. */
export function moment(seconds = 0) {
  return START + seconds * 1000;
}

/**
 * @typedef {object} How
 * @property {string} [msgid] @property {string} [nick] @property {string} [target] @property {number} [seconds]
 * @property {string} [kind] @property {boolean} [mine] @property {boolean} [missed] @property {boolean} [elsewhere]
 * @property {Record<string, string>} [tags]
 */

/** Somebody says something. @param {string} text @param {How} how */
export function message(text, how = {}) {
  const { msgid = "", nick = "bob", target = "#tea", seconds = 0, mine = false, missed = false } = how;
  const tags = new Map(Object.entries(how.tags ?? {}));
  const fields = addressed({ ...act(moment(seconds)), msgid, missed, tags }, target, nick, mine);
  return { ...asMessage(fields, text, how.kind), elsewhere: how.elsewhere ?? false };
}

/**
 * The message number `number` of a channel, said at that second.
 * @param {number} number @param {{nick?: string, replyTo?: string, mentions?: boolean}} how
 */
export function said(number, { nick = "bob", replyTo = "", mentions = false } = {}) {
  /** @type {Record<string, string>} */
  const tags = replyTo ? { "+reply": replyTo } : {};
  const how = { msgid: `m${number}`, nick, seconds: number, mine: nick === "ann", tags };
  return new Said(message(`text ${number}`, how), { mentions });
}

/**
 * The author gives a message another text.
 * @param {string} text @param {string} original @returns {import("../../../ipcchat/web/js/chat/events.js").Edited}
 */
export function edited(text, original, msgid = "", seconds = 4, target = "#tea") {
  const fields = addressed({ ...act(moment(seconds)), msgid }, target, "bob", false);
  return { ...fields, type: "Edited", text, original, kind: "message" };
}

/**
 * Somebody reacts to a message.
 * @param {string} msgid @param {string} sign @param {string} nick @param {{removed?: boolean, mine?: boolean}} how
 * @returns {import("../../../ipcchat/web/js/chat/events.js").Reaction}
 */
export function reaction(msgid, sign, nick = "eve", { removed = false, mine = false } = {}) {
  const fields = { ...act(moment(5)), tags: new Map([["+reply", msgid]]) };
  return { ...addressed(fields, "#tea", nick, mine), type: "Reaction", reaction: sign, removed };
}

/** A message is deleted. @param {string} msgid @returns {import("../../../ipcchat/web/js/chat/events.js").Redacted} */
export function redacted(msgid, by = "bob") {
  return { ...act(moment(6)), type: "Redacted", target: "#tea", redacted: msgid, by, reason: "", channel: "#tea" };
}

/** @param {string} nick @param {string} verb @returns {import("../../../ipcchat/web/js/model/entries.js").Coming} */
export function coming(nick, verb = "joined", seconds = 0) {
  return { time: moment(seconds), nick, verb, reason: "", known: false };
}

/** An act of this type with these fields. @param {string} type @param {object} fields @returns {Event} */
export function event(type, fields, seconds = 0) {
  return /** @type {Event} */ ({ ...act(moment(seconds)), reason: "", mine: false, ...fields, type });
}

/** What stands in a place, one text for each entry. @param {Iterable<AnyEntry>} entries */
export function texts(entries) {
  return [...entries].map((entry) => {
    if (entry instanceof Said) {
      return `<${entry.message.nick}> ${entry.message.text}`;
    }
    if (entry instanceof Comings) {
      return sentence(entry.people);
    }
    return entry instanceof Told ? `-- ${entry.text}` : entry instanceof Hole ? `hole: ${entry.reason}` : "";
  });
}

/** What a network asks of the library. */
export class FakeServer {
  /** @type {FoldedMap<Channel>} */
  channels = new FoldedMap();
  /** @type {FoldedMap<Person>} */
  people = new FoldedMap();
  /** @type {Map<string, string>} */
  support = new Map([["PREFIX", "(ov)@+"]]);
  /** @type {Map<string, string>} */
  capabilities = new Map();
  connected = true;

  constructor(nick = "ann") {
    this.nick = nick;
  }

  /** Somebody is there. @param {string} nick */
  meet(nick, away = "") {
    const person = this.people.get(nick) ?? new Person(nick);
    person.away = away;
    this.people.set(nick, person);
    return person;
  }

  /** A channel with members ("@ann" has a rank). @param {string} channel @param {string[]} members */
  enter(channel, ...members) {
    const room = this.channels.get(channel) ?? new Channel(channel);
    this.channels.set(channel, room);
    for (const member of members) {
      const nick = member.replace(/^[@+]+/, "");
      room.members.set(nick, new Member(this.people.get(nick) ?? this.meet(nick), member.slice(0, -nick.length)));
    }
    return room;
  }
}

/**
 * A network that is connected and has these channels, in which we are ann.
 * @param {string[]} channels
 */
export function networkOf(...channels) {
  const server = new FakeServer();
  /** @type {Set<import("../../../ipcchat/web/js/model/buffer.js").Buffer>} */
  const looking = new Set();
  const network = new Network("test", { reads: (buffer) => looking.has(buffer), words: ["kettle"] });
  network.chat = server;
  for (const channel of channels) {
    server.enter(channel, "ann");
    network.buffer(channel).joined = true;
  }
  let now = moment();
  /** @param {Event[]} heard */
  const hear = (...heard) => heard.flatMap((one) => {
    now = Math.max(now, one.time);
    return network.hear(one, now);
  });
  return { network, server, looking, hear };
}
