// Who is there: people, the channels we share with them, and their rank in each.
//
// Rules:
// 1. A person is one object however many channels we share, so that an account or an away text is written once.
// 2. null means that the server has not told; "" that it told there is none.
// 3. A person is forgotten when no channel of ours has him and we do not monitor him.

import { FoldedMap } from "../wire/casemap.js";

/** What is known of somebody. `account`: "" is logged out. `away`: "" is here, "*" away without a text. */
export class Person {
  /** @param {string} nick */
  constructor(nick) {
    this.nick = nick;
    this.user = "";
    this.host = "";
    /** @type {string | null} */
    this.account = null;
    /** @type {string | null} */
    this.away = null;
    /** @type {string | null} */
    this.realname = null;
    /** @type {boolean | null} */
    this.bot = null;
    /** @type {boolean | null} */
    this.operator = null;
    this.monitored = false;
  }
}

/** A person in a channel. `prefixes` are the signs of his ranks, the highest first: "@+", or "" for none. */
export class Member {
  /** @param {Person} person @param {string} [prefixes] */
  constructor(person, prefixes = "") {
    this.person = person;
    this.prefixes = prefixes;
  }

  get nick() {
    return this.person.nick;
  }

  get user() {
    return this.person.user;
  }

  get host() {
    return this.person.host;
  }

  get account() {
    return this.person.account;
  }

  get away() {
    return this.person.away;
  }

  get realname() {
    return this.person.realname;
  }

  get bot() {
    return this.person.bot;
  }
}

/**
 * A channel we are in: its name as the server writes it, its topic (and by whom and when it was set, where known), its
 * modes by letter with their arguments, when it was made, and its members.
 */
export class Channel {
  /** @param {string} name @param {string} [mapping] */
  constructor(name, mapping = "ascii") {
    this.name = name;
    this.topic = "";
    this.topicBy = "";
    /** @type {number | null} */
    this.topicTime = null;
    /** @type {number | null} */
    this.created = null;
    /** @type {Map<string, string>} */
    this.modes = new Map();
    /** @type {FoldedMap<Member>} */
    this.members = new FoldedMap([], mapping);
    /** @type {string[]} the names of a list that is not complete yet */
    this.naming = [];
  }

  /** @param {string} topic @param {string} [by] @param {number | null} [time] */
  setTopic(topic, by = "", time = null) {
    this.topic = topic;
    this.topicBy = by;
    this.topicTime = time;
  }
}
