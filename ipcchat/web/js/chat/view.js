// What one connection knows of the network: who we are, what the server can do, who is in our channels.
//
// Rules:
// 1. A name is looked up by the server's CASEMAPPING, in a FoldedMap.
// 2. It is filled only by what the server said; `hearing` translates that.
// 3. A server that tells of more people or channels than the limits below is not followed further.

import { FoldedMap } from "../wire/casemap.js";
import { bytesOf, parseSource } from "../wire/message.js";
import { ModeKind } from "./events.js";
import { Channel, Member, Person } from "./people.js";
import { Support } from "./support.js";

const CHANNELS_MAX = 10_000;
const MEMBERS_MAX = 100_000;
const HOST_BYTES_ASSUMED = 63;
const USER_BYTES_ASSUMED = 10;

/** The network as one connection sees it. */
export class View {
  /** @param {string} nick */
  constructor(nick) {
    this.nick = nick;
    this.user = "";
    this.host = "";
    this.server = "";
    this.account = "";
    this.isPast = false;
    this.support = new Support();
    /** @type {FoldedMap<Channel>} */
    this.channels = new FoldedMap();
    /** @type {FoldedMap<Person>} */
    this.people = new FoldedMap();
    this.formerNick = "";
    this.awayAsked = "";
    /** @type {ReadonlySet<string>} */
    this.enabled = new Set();
  }

  /** @param {readonly string[]} tokens of one 005 line; returns what is other now and what is gone */
  acceptTokens(tokens) {
    const changes = this.support.accept(tokens);
    const { mapping } = this.support;
    if (mapping !== this.channels.mapping) {
      for (const names of [this.channels, this.people, ...this.channels.values().map((room) => room.members)]) {
        names.refold(mapping);
      }
    }
    return changes;
  }

  /**
   * A view for lines of history about `target`: it knows the server and us, and what it learns is forgotten, for what
   * happened then says nothing about who is here now.
   * @param {string} target @returns {View}
   */
  past(target) {
    const past = new View(this.nick);
    const { user, host, server, support, formerNick, enabled } = this;
    Object.assign(past, { user, host, server, support, formerNick, enabled, isPast: true });
    past.channels.mapping = past.people.mapping = support.mapping;
    if (support.isChannel(target)) {
      past.enter(target);
    }
    return past;
  }

  /** How long the prefix others see before our messages is, ':' and space included; assumed where not known yet. */
  get sourceBytes() {
    const user = Math.max(bytesOf(this.user), USER_BYTES_ASSUMED);
    return bytesOf(`:${this.nick}!@ `) + user + Math.max(bytesOf(this.host), HOST_BYTES_ASSUMED);
  }

  /** @param {string} nick @returns {boolean} whether this is our own nick */
  isMe(nick) {
    return this.support.same(nick, this.nick);
  }

  /** @param {string} nick @returns {boolean} also of the nick before, which we could not get again yet */
  wasMe(nick) {
    return this.isMe(nick) || (this.formerNick !== "" && this.support.same(nick, this.formerNick));
  }

  /** We are registered. @param {string} nick @param {string} server */
  enterNetwork(nick, server) {
    this.nick = nick;
    this.server = server;
    this.meet(nick).account = this.account || null;
  }

  // People.

  /** @param {string} text a source or a nick @returns {Person} made when he was not known */
  meet(text) {
    const source = parseSource(text);
    let person = this.people.get(source.nick);
    if (person === undefined) {
      person = new Person(source.nick);
      this.people.set(source.nick, person);
    }
    this.noteHost(person, source.user, source.host);
    return person;
  }

  /** His user name and host, where they are told. @param {Person} person @param {string} user @param {string} host */
  noteHost(person, user, host) {
    person.user = user || person.user;
    person.host = host || person.host;
    if (this.isMe(person.nick)) {
      this.user = user || this.user;
      this.host = host || this.host;
    }
  }

  /** @param {string} nick @returns {Channel[]} those that we share with somebody */
  shared(nick) {
    return this.channels.values().filter((room) => room.members.has(nick));
  }

  /** Forget a person whom nothing connects with us any more. @param {string} nick */
  forgetStranger(nick) {
    const person = this.people.get(nick);
    if (person !== undefined && !person.monitored && !this.isMe(nick) && !this.shared(nick).length) {
      this.people.delete(nick);
    }
  }

  /** Somebody left the network. @param {string} nick @returns {string[]} the channels he shared with us */
  gone(nick) {
    const shared = this.shared(nick);
    for (const room of shared) {
      room.members.delete(nick);
    }
    this.forgetStranger(nick);
    return shared.map((room) => room.name);
  }

  /**
   * Somebody, perhaps we, has another nick. Who had it before, as far as we knew, is gone; nobody gets ours.
   * @param {string} old @param {string} nick
   */
  renamed(old, nick) {
    if (!this.support.same(old, nick)) {
      if (this.isMe(nick)) {
        return;
      }
      this.gone(nick);
      this.people.delete(nick);
    }
    if (this.isMe(old)) {
      this.nick = nick;
    }
    const person = this.people.pop(old);
    if (person !== undefined) {
      person.nick = nick;
      this.people.set(nick, person);
    }
    for (const room of this.channels.values()) {
      const member = room.members.pop(old);
      if (member !== undefined) {
        room.members.set(nick, member);
      }
    }
  }

  // Channels.

  /** We are in this channel now. @param {string} name */
  enter(name) {
    this.dropChannel(name);
    if (this.channels.size < CHANNELS_MAX) {
      this.channels.set(name, new Channel(name, this.support.mapping));
    }
  }

  /** We are in this channel no longer. @param {string} name */
  dropChannel(name) {
    this.channels.pop(name)?.members.keys().forEach((nick) => this.forgetStranger(nick));
  }

  /** Somebody is in a channel. @param {Channel} room @param {string} source @returns {Person} */
  addMember(room, source) {
    if (room.members.size >= MEMBERS_MAX) {
      return new Person(parseSource(source).nick);
    }
    const person = this.meet(source);
    room.members.set(person.nick, new Member(person));
    return person;
  }

  /** Somebody, perhaps we, is out of a channel. @param {Channel} room @param {string} nick */
  leave(room, nick) {
    if (this.isMe(nick)) {
      this.dropChannel(room.name);
    } else if (room.members.delete(nick)) {
      this.forgetStranger(nick);
    }
  }

  /** A channel has another name; everything else in it stays. @param {Channel} room @param {string} name */
  renameChannel(room, name) {
    if (!this.support.same(room.name, name)) {
      this.dropChannel(name);
    }
    this.channels.delete(room.name);
    room.name = name;
    this.channels.set(name, room);
  }

  /** Names of 353; the list counts when it is complete. @param {Channel} room @param {readonly string[]} words */
  nameMembers(room, words) {
    room.naming.push(...words.slice(0, Math.max(0, MEMBERS_MAX - room.naming.length)));
  }

  /**
   * The names that came are all that are there: with prefixes (several with multi-prefix), perhaps as sources.
   * @param {Channel} room
   */
  endNaming(room) {
    const words = room.naming;
    room.naming = [];
    if (!words.length) {
      return;
    }
    const before = room.members;
    room.members = new FoldedMap([], this.support.mapping);
    for (const word of words) {
      const [prefixes, name] = this.support.splitMember(word);
      if (name) {
        const person = this.meet(name);
        room.members.set(person.nick, new Member(person, prefixes));
      }
    }
    before.keys().filter((nick) => !room.members.has(nick)).forEach((nick) => this.forgetStranger(nick));
  }

  /**
   * Take over changes of a channel's modes; those of lists (bans and the like) are not kept.
   * @param {Channel} room @param {readonly import("./events.js").ModeChange[]} changes
   */
  changeModes(room, changes) {
    for (const change of changes) {
      const member = change.kind === ModeKind.MEMBER ? room.members.get(change.argument) : undefined;
      if (member !== undefined) {
        const others = member.prefixes.replace(change.symbol, "");
        member.prefixes = this.support.rank(change.added ? others + change.symbol : others);
      } else if (change.kind === ModeKind.SETTING && change.added) {
        room.modes.set(change.letter, change.argument);
      } else if (change.kind === ModeKind.SETTING) {
        room.modes.delete(change.letter);
      }
    }
  }
}
