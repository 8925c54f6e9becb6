// A desk to draw from, made of the real model, and a host that keeps its promises without a server.
//
// Rule: what the fake host does to the desk is what the real one does: by the model's own methods, later than asked.

import { Channel, Member, Person } from "../../ipcchat/web/js/chat/people.js";
import { Files } from "../../ipcchat/web/js/files.js";
import { Kept } from "../../ipcchat/web/js/kept.js";
import { candidates } from "../../ipcchat/web/js/model/completion.js";
import { Desk } from "../../ipcchat/web/js/model/desk.js";
import { Said, Told } from "../../ipcchat/web/js/model/entries.js";
import { Network } from "../../ipcchat/web/js/model/network.js";
import { State } from "../../ipcchat/web/js/chat/state.js";
import { Edge } from "../../ipcchat/web/js/model/timeline.js";
import { Push } from "../../ipcchat/web/js/push.js";
import { FoldedMap } from "../../ipcchat/web/js/wire/casemap.js";

/** @typedef {import("../../ipcchat/web/js/chat/events.js").Message} Message */
/** @typedef {import("../../ipcchat/web/js/model/buffer.js").Buffer} Buffer */
/** @typedef {import("../../ipcchat/web/js/view/app.js").App} App */
/** @typedef {import("../../ipcchat/web/js/view/host.js").Host} Host */

const MINUTE = 60_000;
const PAGE = 100;
const OWN = "ann";
const NICKS = ["bob", "mia", "Zoë", "constructor", "a_rather_long_nickname_indeed_1"];
let count = 0;

/**
 * @param {string} target
 * @param {string} nick
 * @param {string} text
 * @param {Partial<Message>} [others]
 * @returns {Message}
 */
export function message(target, nick, text, others = {}) {
  count += 1;
  const mine = nick === OWN;
  const channel = target.startsWith("#") ? target : null;
  /** @type {Message} */
  const made = {
    type: "Message",
    time: Date.now(),
    source: `${nick}!u@host`,
    msgid: `m${count}`,
    account: "",
    bot: false,
    oper: null,
    missed: false,
    tags: new Map(),
    target,
    nick,
    status: "",
    mine,
    prefixes: "#",
    channel,
    place: channel ?? (mine ? target : nick),
    replyTo: "",
    text,
    kind: "message",
    elsewhere: false,
    edited: false,
    context: "",
    reaction: "",
  };
  return { ...made, ...others };
}

/** @param {number} many how many messages #many has on the "server" */
export function deskOf(many) {
  const desk = new Desk();
  const network = new Network("local");
  /** @type {FoldedMap<Channel>} */
  const channels = new FoldedMap();
  /** @type {FoldedMap<Person>} */
  const people = new FoldedMap();
  for (const nick of [OWN, ...NICKS, "buildbot"]) people.set(nick, new Person(nick));
  Object.assign(people.get("mia") ?? {}, { away: "lunch", realname: "Mia Weber" });
  Object.assign(people.get("buildbot") ?? {}, { bot: true });
  network.chat = { nick: OWN, channels, people, support: new Map([["CHANTYPES", "#"]]), capabilities: new Set() };
  network.state = State.CONNECTED;
  desk.add(network);
  for (const name of ["#lobby", "#ops", "#random", "#many"]) {
    const channel = new Channel(name);
    for (const person of people.values())
      channel.members.set(person.nick, new Member(person, person.nick === OWN ? "@" : ""));
    channels.set(name, channel);
    network.buffer(name).joined = true;
  }
  const lobby = channels.get("#lobby");
  if (lobby !== undefined) lobby.topic = "Release on Friday, plan: https://example.org/plan";
  fillLobby(network);
  fillOthers(network);
  const past = pastOf(network, many);
  const room = network.buffer("#many");
  room.timeline.show(past.slice(-PAGE), { above: many > PAGE ? Edge.MORE : Edge.END, below: Edge.END });
  desk.go(network.buffer(many > 0 ? "#many" : "#lobby"));
  network.peopleVersion += 1;
  return { desk, network, past };
}

/** @param {Network} network */
function fillLobby(network) {
  const buffer = network.buffer("#lobby");
  const now = Date.now();
  let time = now - 26 * 60 * MINUTE;
  /** @type {(nick: string, text: string, others?: Partial<Message>) => Said} */
  const say = (nick, text, others = {}) => {
    time += MINUTE;
    const said = network.said(message("#lobby", nick, text, { time, ...others }));
    buffer.timeline.add(said);
    buffer.spoke(said);
    return said;
  };
  buffer.timeline.above = Edge.END;
  say("bob", "see you all tomorrow");
  time = now - 50 * MINUTE;
  buffer.timeline.add(new Told(time, "ann set the topic: Release on Friday, plan: https://example.org/plan"));
  for (const nick of ["bob", "mia"]) buffer.came({ time, nick, verb: "joined", reason: "", known: true });
  const asked = say(OWN, "morning! is the build done?");
  say("mia", "two minutes");
  say("mia", "the tests are through, \x02only\x02 the docs are left");
  const tea = say("bob", "who wants tea?", { edited: true });
  for (const [nick, sign] of [
    ["ann", "🍵"],
    ["mia", "🍵"],
    ["mia", "👍"],
  ])
    reacts(buffer, tea, `${nick}`, `${sign}`);
  buffer.line = time;
  buffer.marker = time;
  say("bob", "this is all it took:\n```\ndef brew(leaves, minutes=3):\n    return leaves.steep(minutes)\n```");
  const answer = say("bob", "it is: `42` is green, see #ops and https://example.org/builds/42", {
    replyTo: asked.message.msgid,
  });
  for (const nick of ["ann", "mia", "Zoë"]) reacts(buffer, answer, nick, "🎉");
  say("Zoë", "waves at everybody", { kind: "action" });
  say("mia", "ann: bring cups, we celebrate");
  const gone = say("a_rather_long_nickname_indeed_1", "this was not meant for here");
  gone.removedBy = "ann";
  say(
    "Zoë",
    "\u202Eevil <img src=x onerror=alert(1)> \x0304,01colours\x0f and a long line that goes on and on so that " +
      "one sees how text is wrapped under itself and not under the nick, whatever the width of the window may be",
  );
  const sent = buffer.timeline.send(message("#lobby", OWN, "coming down in a minute", { time: now, msgid: "" }));
  const failed = buffer.timeline.send(message("#lobby", OWN, "with cake", { time: now, msgid: "" }));
  buffer.timeline.refuse(failed, "you are sending too fast");
  sent.changed();
  buffer.types("mia", now + 1_000 * MINUTE, now);
}

/**
 * Somebody reacts, or takes it back.
 * @param {Buffer} buffer
 * @param {Said} said
 * @param {string} nick
 * @param {string} reaction
 */
function reacts(buffer, said, nick, reaction, removed = false) {
  const { text, kind, elsewhere, edited, context, ...others } = message(buffer.name, nick, "");
  buffer.timeline.change({ ...others, type: "Reaction", replyTo: said.message.msgid, reaction, removed });
}

/** @param {Network} network */
function fillOthers(network) {
  const now = Date.now();
  for (const [target, nick, text] of [
    ["#ops", "buildbot", "build 42 is green"],
    ["#ops", "buildbot", "42 is on staging"],
    [OWN, "mia", "do you have a minute?"],
  ]) {
    const said = network.said(message(`${target}`, `${nick}`, `${text}`, { time: now - 5 * MINUTE }));
    const buffer = network.placeOf(said.message);
    buffer.timeline.add(said);
    buffer.timeline.above = Edge.END;
    buffer.heard(said, now, { read: false });
  }
  network.buffer("#random").muted = true;
  network.buffer("bob");
}

/**
 * @param {Network} network
 * @param {number} many
 */
function pastOf(network, many) {
  const start = Date.now() - many * MINUTE;
  return Array.from({ length: many }, (_, number) => {
    const nick = NICKS[(number >> 1) % NICKS.length] ?? "bob";
    const text = `message ${number} ${"and some more words ".repeat(number % 13)}`;
    return network.said(message("#many", nick, text, { time: start + number * MINUTE, msgid: `past${number}` }));
  });
}

/** The files of a server that is not there: what is sent stands at /files/, what is small enough is taken. */
class FakeFiles extends Files {
  takes = false;

  /** @override */
  get mayUpload() {
    return this.takes;
  }

  /** @override @type {Files["upload"]} */
  async upload(file, progress) {
    progress(0.5);
    await later();
    const url = `${location.origin}/files/${"x".repeat(22)}/${encodeURIComponent(file.name)}`;
    return file.size > 1_000
      ? { url: "", mistake: "That file is too large", status: 413 }
      : { url, mistake: "", status: 201 };
  }
}

/** @implements {Host} */
export class FakeHost {
  files = new FakeFiles(() => null, location.href);
  suggestedNick = "";
  maySignUp = true;
  /** @type {App | null} */
  app = null;
  /** @type {string[]} what the view asked for */
  calls = [];

  /**
   * @param {Desk} desk
   * @param {Network} network
   * @param {Said[]} past
   */
  constructor(desk, network, past) {
    this.desk = desk;
    this.network = network;
    this.past = past;
  }

  /** @param {string} call */
  note(call) {
    this.calls.push(call);
    this.app?.changed();
  }

  /** What somebody says now. @param {string} target @param {string} nick @param {string} text */
  hear(target, nick, text) {
    const said = this.network.said(message(target, nick, text));
    const buffer = this.network.placeOf(said.message);
    buffer.timeline.add(said);
    if (buffer.heard(said, Date.now(), { read: this.network.reads(buffer) }) && said.mentions)
      this.app?.alert({ buffer, said });
    this.app?.changed();
    return said;
  }

  /** @type {Host["send"]} */
  send(buffer, text, { replyTo, editing }) {
    if (text.startsWith("/refuse")) return "The server does not want this";
    if (editing) {
      editing.message = { ...editing.message, text, edited: true };
      editing.changed();
      buffer.timeline.version += 1;
    } else {
      const made = message(buffer.name, OWN, text, { replyTo: replyTo?.message.msgid ?? "" });
      buffer.timeline.send({ ...made, msgid: "" });
      setTimeout(() => {
        buffer.timeline.echo(made);
        this.app?.changed();
      }, 50);
    }
    this.note(`send ${text}`);
    return "";
  }

  /** @type {Host["push"]} */
  async push() {
    return new Push(() => null, new Kept());
  }

  /** @type {Host["isOperator"]} */
  async isOperator() {
    return false;
  }

  /** @type {Host["actions"]} */
  actions(_, said) {
    const mine = said.message.mine && said.message.msgid !== "";
    /** @type {import("../../ipcchat/web/js/view/host.js").MessageAction[]} */
    const own = mine ? ["edit", "delete"] : [];
    return new Set(said.message.msgid ? ["reply", "react", "pin", "link", ...own] : ["resend", "discard"]);
  }

  /** @type {Host["react"]} */
  react(buffer, said, sign) {
    reacts(buffer, said, OWN, sign, said.ours.has(sign));
    this.note(`react ${sign}`);
  }

  /** @type {Host["delete"]} */
  delete(buffer, said) {
    said.removedBy = OWN;
    said.changed();
    buffer.timeline.version += 1;
    this.note("delete");
  }

  /** @type {Host["pin"]} */
  pin() {
    this.note("pin");
  }

  /** @type {Host["resend"]} */
  resend(buffer, said) {
    buffer.timeline.drop(said);
    this.send(buffer, said.message.text, { replyTo: null, editing: null });
  }

  /** @type {Host["discard"]} */
  discard(buffer, said) {
    buffer.timeline.drop(said);
    this.note("discard");
  }

  /** @type {Host["loadOlder"]} */
  async loadOlder({ timeline }) {
    timeline.above = Edge.ASKED;
    await later();
    const first = timeline.entries[0];
    const place = first instanceof Said ? this.past.findIndex((said) => said.message.msgid === first.message.msgid) : 0;
    timeline.loadAbove(this.past.slice(Math.max(0, place - PAGE), Math.max(0, place)), place > PAGE);
    this.note("loadOlder");
  }

  /** @type {Host["loadNewer"]} */
  async loadNewer({ timeline }) {
    timeline.below = Edge.ASKED;
    await later();
    const last = timeline.entries.at(-1);
    const place =
      last instanceof Said ? this.past.findIndex((said) => said.message.msgid === last.message.msgid) + 1 : 0;
    timeline.loadBelow(this.past.slice(place, place + PAGE), place + PAGE < this.past.length);
    this.note("loadNewer");
  }

  /** @type {Host["loadLatest"]} */
  async loadLatest({ timeline }) {
    await later();
    timeline.show(this.past.slice(-PAGE), { above: Edge.MORE, below: Edge.END });
    this.note("loadLatest");
  }

  /** @type {Host["jumpTo"]} */
  async jumpTo({ timeline }, msgid) {
    await later();
    const place = this.past.findIndex((said) => said.message.msgid === msgid);
    if (place < 0) return "That message is not there any more";
    const from = Math.max(0, place - PAGE / 2);
    timeline.show(this.past.slice(from, from + PAGE), { above: from > 0 ? Edge.MORE : Edge.END, below: Edge.MORE });
    this.note(`jumpTo ${msgid}`);
    return "";
  }

  /** @type {Host["markRead"]} */
  markRead(buffer) {
    buffer.read();
    this.note(`markRead ${buffer.name}`);
  }

  /** @type {Host["search"]} */
  async search(words) {
    await later();
    const found = this.network.allBuffers.flatMap((buffer) =>
      [...buffer.timeline.saidBackwards()]
        .filter((said) => said.message.text.includes(words))
        .map((said) => ({ buffer, said })),
    );
    return { found: found.slice(0, 20), more: found.length > 20, mistake: "" };
  }

  /** @type {Host["typing"]} */
  typing(_, state) {
    this.note(`typing ${state}`);
  }

  /** @type {Host["go"]} */
  go(buffer) {
    this.desk.go(buffer);
    this.note(`go ${buffer.name}`);
  }

  /** @type {Host["join"]} */
  async join(channel) {
    await later();
    if (channel === "#forbidden") return "You are not invited to #forbidden; ask somebody in it";
    this.network.buffer(channel).joined = true;
    this.go(this.network.buffer(channel));
    return "";
  }

  /** @type {Host["part"]} */
  part(buffer) {
    this.desk.close(buffer);
    this.note("part");
  }

  /** @type {Host["openPerson"]} */
  openPerson(nick) {
    this.go(this.network.buffer(nick));
  }

  /** @type {Host["mute"]} */
  mute(buffer, muted) {
    buffer.muted = muted;
    this.note(`mute ${muted}`);
  }

  /** @type {Host["complete"]} */
  complete(before, asked) {
    const { current } = this.desk;
    return current === null ? [] : candidates(before, this.network, current, { asked });
  }

  /** @type {Host["joinAsGuest"]} */
  async joinAsGuest(nick) {
    await later();
    this.note(`joinAsGuest ${nick}`);
    return nick === "bob" ? "bob is taken; choose another name" : "";
  }

  /** @type {Host["logIn"]} */
  async logIn(account, password) {
    await later();
    this.note(`logIn ${account}`);
    return password === "wrong" ? "That is not the password" : "";
  }

  /** @type {Host["signUp"]} */
  async signUp(account) {
    await later();
    this.note(`signUp ${account}`);
    return "";
  }

  logOut() {
    this.note("logOut");
  }

  awake() {
    this.note("awake");
  }

  reconnect() {
    this.note("reconnect");
  }

  /** @type {Host["commands"]} */
  commands() {
    return [
      { usage: "/join #CHANNEL", summary: "Go into a channel" },
      { usage: "/me TEXT", summary: "Say what you do" },
    ];
  }
}

/** An answer of a server takes a moment. */
function later() {
  return new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
}
