// What a network makes of what the library hears.
//
// Specifications: IRCv3 draft/message-edit, draft/message-redaction, draft/react, draft/read-marker,
// draft/channel-rename, +channel-context, +typing, netsplit batches; Modern IRC CASEMAPPING.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Kind } from "../../../ipcchat/web/js/model/buffer.js";
import { Said, Told, Tone } from "../../../ipcchat/web/js/model/entries.js";
import { BUFFERS_MAX, ENTRIES_TOGETHER_MAX, Network } from "../../../ipcchat/web/js/model/network.js";
import { State } from "../../../ipcchat/web/js/chat/state.js";
import { act, addressed } from "../../../ipcchat/web/js/chat/events.js";
import { edited, event, message, moment, networkOf, reaction, redacted, said, texts } from "./made.mjs";

/** The texts of a place. @param {Network} network @param {string} name */
function told(network, name) {
  return texts(network.buffer(name).timeline);
}

/** @param {string} text @param {import("./made.mjs").How} how */
function toAnn(text, how = {}) {
  return message(text, { target: "ann", ...how });
}

describe("what is said", () => {
  it("stands in its channel and waits to be read, unless it is seen at once", () => {
    const { network, looking, hear } = networkOf("#tea");
    const tea = network.buffer("#tea");
    assert.deepEqual(hear(message("hello", { msgid: "m1" })), []);
    assert.deepEqual(told(network, "#tea"), ["<bob> hello"]);
    assert.deepEqual([tea.unread, tea.mentions, tea.unreadText], [1, 0, "1"]);
    looking.add(tea);
    hear(message("more", { msgid: "m2" }));
    assert.equal(tea.unread, 1);
  });

  it("calls for our user where it names her, or is for her alone", () => {
    const { network, hear } = networkOf("#tea");
    assert.equal(hear(message("Ann: tea?")).length, 1);
    const [alert] = hear(toAnn("psst"));
    assert.equal(alert?.buffer, network.buffer("bob"));
    assert.equal(alert?.buffer.kind, Kind.PERSON);
    assert.deepEqual([network.buffer("#tea").mentions, network.buffer("bob").mentions], [1, 1]);
    assert.equal(hear(message("put the Kettle on")).length, 1);
    assert.deepEqual(hear(message("kettles, annabel")), []);
    assert.deepEqual(hear(message("ann: look", { kind: "notice" })), []);
  });

  it("has no empty word that calls for anybody", () => {
    const network = new Network("test", { words: ["", "tea"] });
    assert.deepEqual(["tea", "no", ""].map((text) => network.isMention(message(text))), [true, false, false]);
    assert.equal(new Network("test").isMention(message("no")), false);
  });

  it("calls by another nick when we have one, whatever characters it has", () => {
    const { server, hear } = networkOf("#tea");
    hear(message("ann"));
    server.nick = "a|b[.";
    assert.equal(hear(message("hi A|B[.!")).length, 1);
    assert.deepEqual(["ab", "a|b[.x", "the-a|b["].flatMap((text) => hear(message(text))), []);
  });

  it("stands in the server's own buffer when it is a stranger's notice", () => {
    const { network, hear } = networkOf();
    hear(toAnn("registered", { nick: "NickServ", kind: "notice" }));
    assert.deepEqual(texts(network.server.timeline), ["<NickServ> registered"]);
    network.buffer("NickServ");
    hear(toAnn("logged in", { nick: "NickServ", kind: "notice" }));
    assert.deepEqual(told(network, "NickServ"), ["<NickServ> logged in"]);
    hear(message("psst", { nick: "ann", target: "bob", kind: "notice", mine: true }));
    assert.deepEqual(told(network, "bob"), ["<ann> psst"]);
  });

  it("stands in the channel that is its context", () => {
    const { network, hear } = networkOf("#tea");
    hear(toAnn("just for you", { tags: { "+channel-context": "#tea" } }));
    assert.deepEqual(told(network, "#tea"), ["<bob> just for you"]);
    assert.equal(network.buffers.has("bob"), false);
  });

  it("is not shown when programs ask each other", () => {
    const { network, hear } = networkOf();
    hear(toAnn("VERSION", { kind: "ctcp" }), toAnn("VERSION x", { kind: "ctcp-reply" }));
    assert.equal(network.buffers.size, 0);
  });

  it("is one message for one msgid, even with another text", () => {
    const { network, hear } = networkOf("#tea");
    hear(message("one", { msgid: "m1" }), message("two", { msgid: "m1" }));
    assert.deepEqual(told(network, "#tea"), ["<bob> one"]);
    assert.equal(network.buffer("#tea").unread, 1);
  });

  it("has places with strange names like all others", () => {
    const { network, hear } = networkOf();
    for (const nick of ["__proto__", "constructor", "\x02b\x03", "..", "<b>", "\u202e"]) {
      hear(toAnn("hi", { nick }));
      assert.deepEqual(told(network, nick), [`<${nick}> hi`]);
    }
    hear(toAnn("nobody", { nick: "" }));
    assert.deepEqual(texts(network.server.timeline), ["<> nobody"]);
  });

  it("is told with what is pinned", () => {
    const { network, hear } = networkOf("#tea");
    const notice = { tags: { "ipc-chat/pin": "m1" }, kind: "notice" };
    hear(message("the plan", { msgid: "m1" }), message("ann pinned a message; PINS shows all", notice));
    assert.equal(told(network, "#tea")[1], "-- ann pinned a message: <bob> the plan");
  });
});

describe("what we send", () => {
  /** @param {string} text @param {string} msgid @param {import("./made.mjs").How} how */
  const echo = (text, msgid, how = {}) => message(text, { nick: "ann", mine: true, msgid, ...how });

  it("stands there at once, and its echo is the message", () => {
    const { network, hear } = networkOf("#tea");
    const { timeline } = network.buffer("#tea");
    const [one, two] = [timeline.send(echo("ok", "")), timeline.send(echo("ok", ""))];
    hear(echo("ok", "m1"));
    assert.deepEqual([one.delivery, one.message.msgid, two.delivery], ["confirmed", "m1", "pending"]);
    timeline.confirm(one, echo("ok", "m1"));
    assert.deepEqual([...timeline], [one, two]);
    assert.equal(network.buffer("#tea").unread, 0);
  });

  it("is there once when its receipt comes before its echo, in the order of the server", () => {
    const { network, hear } = networkOf("#tea");
    const { timeline } = network.buffer("#tea");
    timeline.confirm(timeline.send(echo("hi", "")), echo("hi", "m2"));
    hear(message("first", { msgid: "m1" }), echo("hi", "m2"), echo("hi", "m2"));
    assert.deepEqual(texts(timeline), ["<bob> first", "<ann> hi"]);
  });

  it("is not confirmed by what she says elsewhere, or said before", () => {
    const { network, hear } = networkOf("#tea");
    const { timeline } = network.buffer("#tea");
    const pending = timeline.send(echo("hi", ""));
    hear(echo("hi", "m1", { elsewhere: true }), echo("hi", "m2", { missed: true }));
    assert.deepEqual(timeline.pending, [pending]);
    assert.equal(timeline.length, 3);
  });

  it("quotes what it answers", () => {
    const { network, hear } = networkOf("#tea");
    hear(message("tea?", { msgid: "m1" }));
    const sent = network.buffer("#tea").timeline.send(echo("yes", "", { tags: { "+reply": "m1" } }));
    assert.deepEqual(sent.quoted, { nick: "bob", text: "tea?" });
    hear(edited("coffee?", "m1", "e1"), echo("yes", "m2", { tags: { "+reply": "m1" } }));
    assert.deepEqual(sent.quoted, { nick: "bob", text: "coffee?" });
    hear(redacted("m1"));
    assert.deepEqual(sent.quoted, { nick: "bob", text: "a deleted message" });
  });
});

describe("what is done to messages", () => {
  it("gives them another text, which can mention us, and alarms nobody", () => {
    const { network, hear } = networkOf("#tea");
    hear(message("tee", { msgid: "m1" }));
    assert.deepEqual(hear(edited("tea, ann", "m1", "e1"), edited("tea, ann!", "e1", "e2", 5)), []);
    assert.deepEqual(told(network, "#tea"), ["<bob> tea, ann!"]);
    assert.equal(network.buffer("#tea").mentions, 1);
    hear(edited("tea", "m1", "e3", 6));
    assert.equal(network.buffer("#tea").mentions, 0);
  });

  it("leaves the event that was heard as it was", () => {
    const { hear } = networkOf("#tea");
    const heard = message("tee", { msgid: "m1" });
    hear(heard, edited("tea", "m1", "e1"));
    assert.deepEqual([heard.text, heard.edited], ["tee", false]);
  });

  it("adds reactions and takes them back", () => {
    const { network, hear } = networkOf("#tea");
    hear(message("tea", { msgid: "m1" }), reaction("m1", "__proto__"), reaction("m1", "yes", "ann", { mine: true }));
    const entry = network.buffer("#tea").timeline.find("m1");
    assert.deepEqual([...entry?.reactions ?? []], [["__proto__", ["eve"]], ["yes", ["ann"]]]);
    assert.deepEqual([...entry?.ours ?? []], ["yes"]);
    hear(reaction("m1", "yes", "ann", { mine: true, removed: true }));
    assert.deepEqual([...entry?.reactions.keys() ?? []], ["__proto__"]);
    assert.equal(entry?.ours.size, 0);
  });

  it("deletes them, and then they wait no longer", () => {
    const { network, hear } = networkOf("#tea");
    hear(message("secret", { msgid: "m1" }), redacted("m1", "eve"));
    const entry = network.buffer("#tea").timeline.find("m1");
    assert.deepEqual([entry?.message.text, entry?.removedBy, network.buffer("#tea").unread], ["", "eve", 0]);
  });

  it("finds a private message where it stands, and makes no buffer", () => {
    const { network, hear } = networkOf("#tea");
    hear(toAnn("just for you", { msgid: "m1", tags: { "+channel-context": "#tea" } }));
    hear(edited("for you", "m1", "e1", 4, "ann"), edited("x", "m9", "e9", 4, "#nowhere"));
    assert.deepEqual(told(network, "#tea"), ["<bob> for you"]);
    assert.equal(network.buffers.size, 1);
  });
});

describe("who comes and goes", () => {
  /** @param {string} nick @param {object} more */
  const joins = (nick, more = {}, seconds = 0) =>
    event("Joined", { channel: "#tea", nick, netjoin: false, ...more }, seconds);
  /** @param {string} nick */
  const parts = (nick, seconds = 0) => event("Parted", { channel: "#tea", nick }, seconds);

  it("is told together between two messages", () => {
    const { network, hear } = networkOf("#tea");
    hear(joins("dan"), joins("eve"), parts("dan"), message("hi"), joins("kim"));
    const comings = ["\u2192 eve joined \u00b7 \u2194 dan came and went", "\u2192 kim joined"];
    assert.deepEqual(told(network, "#tea"), [comings[0], "<bob> hi", comings[1]]);
    assert.equal(network.buffer("#tea").unread, 1);
  });

  it("is known when he has spoken lately, or speaks soon", () => {
    const { network, hear } = networkOf("#tea");
    hear(message("hi"), parts("bob", 60), joins("dan", {}, 70), joins("eve", {}, 70));
    hear(message("hello", { nick: "dan", seconds: 80 }), message("late", { nick: "eve", seconds: 2000 }));
    const known = network.buffer("#tea").timeline.entries.flatMap((entry) =>
      "people" in entry ? entry.people.map((one) => [one.nick, one.known]) : []);
    assert.deepEqual(known, [["bob", true], ["dan", true], ["eve", false]]);
  });

  it("leaves all channels that he shared with us, and his conversation", () => {
    const { network, hear } = networkOf("#tea", "#milk");
    hear(toAnn("hi"), event("Quit", { nick: "bob", channels: ["#tea"], netsplit: false, reason: "bye" }));
    assert.deepEqual(told(network, "#tea"), ["\u2190 bob left (bye)"]);
    assert.deepEqual(told(network, "#milk"), []);
    assert.equal(told(network, "bob").length, 2);
  });

  it("is one sentence in each channel that a netsplit tore", () => {
    const { network, hear } = networkOf("#tea", "#milk");
    const quit = (/** @type {string} */ nick) => event("Quit", { nick, channels: ["#tea"], netsplit: true });
    hear(quit("bob"), quit("eve"), event("Netsplit", { servers: ["a", "b"], nicks: ["bob", "eve"] }));
    assert.deepEqual(told(network, "#tea"), ["-- servers lost each other; gone for now: bob and eve"]);
    assert.deepEqual(told(network, "#milk"), []);
  });

  it("says where we were not, when we come again", () => {
    const { network, hear } = networkOf("#tea");
    hear(message("hi"), event("Parted", { channel: "#tea", nick: "ann", mine: true }));
    assert.equal(network.buffer("#tea").joined, false);
    hear(joins("ann", { mine: true }));
    assert.deepEqual(told(network, "#tea"), ["<bob> hi", "-- you left #tea", "hole: you were not in the channel"]);
    hear(event("Kicked", { channel: "#tea", nick: "ann", by: "eve", mine: true, reason: "out" }));
    assert.equal(network.buffer("#tea").joined, false);
    const last = network.buffer("#tea").timeline.entries.at(-1);
    assert.ok(last instanceof Told && last.tone === Tone.NOTICE);
  });
});

describe("names", () => {
  /** @param {string} old @param {string} nick */
  const renames = (old, nick, mine = false) => event("NickChanged", { old, new: nick, mine });

  it("move conversations, and nothing in them is lost", () => {
    const { network, hear } = networkOf();
    hear(toAnn("one", { msgid: "m1" }), toAnn("two", { msgid: "m2", nick: "robert", seconds: 1 }));
    const version = network.placesVersion;
    hear(renames("bob", "robert"));
    assert.equal(network.buffers.size, 1);
    assert.deepEqual(told(network, "robert").slice(0, 2), ["<bob> one", "<robert> two"]);
    assert.equal(network.buffer("robert").unread, 2);
    assert.ok(network.placesVersion > version);
  });

  it("that only change their case are the same place", () => {
    const { network, hear } = networkOf();
    hear(toAnn("one"));
    const buffer = network.buffer("bob");
    hear(renames("bob", "BOB"));
    assert.deepEqual([network.buffer("bob") === buffer, buffer.name], [true, "BOB"]);
  });

  it("are the same as the server says", () => {
    const { network, server, hear } = networkOf();
    hear(toAnn("one", { nick: "a[" }), toAnn("two", { nick: "a{" }));
    server.support.set("CASEMAPPING", "rfc1459");
    hear(event("SupportChanged", { tokens: new Map(), removed: [] }));
    assert.equal(network.buffers.size, 1);
    assert.deepEqual(told(network, "A["), ["<a[> one", "<a{> two"]);
  });

  it("of channels move their buffers", () => {
    const { network, hear } = networkOf("#tea");
    const tea = network.buffer("#tea");
    hear(event("ChannelRenamed", { old: "#tea", new: "#chai", by: "eve" }));
    assert.deepEqual([tea.name, network.buffers.has("#tea")], ["#chai", false]);
    assert.deepEqual(told(network, "#chai"), ["-- #tea is called #chai now (by eve)"]);
  });
});

describe("reading", () => {
  it("in another client counts here", () => {
    const { network, hear } = networkOf("#tea");
    hear(...[1, 2, 3].map((number) => said(number).message));
    hear(event("ReadMarked", { target: "#TEA", until: moment(2) }, 3));
    assert.equal(network.buffer("#tea").unread, 1);
  });

  it("is never hidden by a marker of the far future, nor by times of no calendar", () => {
    const { network, hear } = networkOf("#tea");
    const tea = network.buffer("#tea");
    hear(event("ReadMarked", { target: "#tea", until: Number.MAX_VALUE }));
    assert.equal(tea.marker, moment(86_400));
    hear({ ...message("a"), time: Number.NaN }, { ...message("b"), time: -1 });
    assert.deepEqual(tea.timeline.entries.map((entry) => entry.time), [86_400_000, 86_400_000]);
  });
});

describe("the connection", () => {
  it("has a state that is known and told", () => {
    const { network, hear } = networkOf("#tea");
    const states = [
      event("Connected", { nick: "ann", again: false }),
      event("Disconnected", { reason: "Ping timeout", retrySeconds: 4, deliberate: false }),
      event("Connected", { nick: "ann", again: true }),
      event("CaughtUp", { missed: 3 }),
      event("Disconnected", { reason: "banned", retrySeconds: null, deliberate: false }),
    ].map((one) => {
      hear(one);
      return [network.state, network.reason, network.retryAt];
    });
    assert.deepEqual(states, [
      [State.CONNECTED, "", null],
      [State.WAITING, "Ping timeout", moment(4)],
      [State.CATCHING_UP, "", null],
      [State.CONNECTED, "", null],
      [State.CLOSED, "banned", null],
    ]);
    assert.deepEqual(texts(network.server.timeline), ["-- connected as ann", "-- connection lost, trying again",
      "-- back, caught up (3 missed)", "-- connection lost (banned)"]);
  });

  it("leaves a gap where something is missing, once for one reason", () => {
    const { network, hear } = networkOf("#tea", "#milk");
    network.buffer("#milk").joined = false;
    const gaps = ["*", "#tea", "#nowhere"].map((channel) => event("Gap", { channel, reason: "too long" }));
    hear(...gaps);
    assert.deepEqual(told(network, "#tea"), ["hole: too long"]);
    assert.deepEqual(told(network, "#milk"), []);
    assert.deepEqual(texts(network.server.timeline), ["hole: too long"]);
  });

  it("forgets who types", () => {
    const { network, hear } = networkOf("#tea");
    const tea = network.buffer("#tea");
    const types = event("Typing", { ...addressed(act(moment()), "#tea", "bob", false), state: "active" });
    hear(types);
    assert.deepEqual(tea.activeTyping(moment(5)), ["bob"]);
    assert.deepEqual(tea.activeTyping(moment(7)), []);
    hear(message("hi"));
    assert.deepEqual(tea.activeTyping(moment(1)), []);
    hear(types, event("Disconnected", { reason: "", retrySeconds: 1, deliberate: false }));
    assert.deepEqual(tea.activeTyping(moment(1)), []);
  });
});

describe("the past", () => {
  it("is entries with what was done to them since", () => {
    const { network, server } = networkOf("#tea");
    server.nick = "ann";
    const joins = event("Joined", { channel: "#tea", nick: "dan", netjoin: false });
    const page = [message("tee", { msgid: "m1" }), edited("tea, ann", "m1", "e1"), joins, reaction("m1", "yes")];
    const entries = network.past([...page, message("x", { kind: "ctcp" })]);
    assert.deepEqual(texts(entries), ["<bob> tea, ann", "\u2192 dan joined"]);
    assert.ok(entries[0] instanceof Said && entries[0].mentions && entries[0].reactions.has("yes"));
    assert.equal(network.buffer("#tea").unread, 0);
  });

  it("changes messages of older pages when those are loaded, and those that are loaded at once", () => {
    const { network, hear } = networkOf("#tea");
    const tea = network.buffer("#tea");
    hear(message("b", { msgid: "m2", seconds: 2 }));
    const later = network.past([edited("A", "m1", "e1"), edited("B", "m2", "e2")], tea);
    assert.deepEqual([later.length, told(network, "#tea")], [0, ["<bob> B"]]);
    tea.timeline.loadAbove(network.past([message("a", { msgid: "m1" })], tea), false);
    assert.deepEqual(told(network, "#tea"), ["<bob> A", "<bob> B"]);
  });

  it("follows who took another nick", () => {
    const { network } = networkOf();
    const renamed = event("NickChanged", { old: "bob", new: "rob" }, 1);
    const entries = network.past([message("hi"), renamed, event("Parted", { channel: "#tea", nick: "rob" }, 2)]);
    const people = entries.flatMap((entry) => ("people" in entry ? entry.people : []));
    assert.deepEqual(people.map((one) => [one.verb, one.known]), [["is rob now", true], ["left", true]]);
  });
});

describe("limits", () => {
  it("put everything new into the server's buffer when too many places are open, and say that once", () => {
    const { network, hear } = networkOf();
    for (let number = 0; number < BUFFERS_MAX + 5; number++) {
      hear(toAnn("hi", { nick: `n${number}` }));
    }
    assert.equal(network.buffers.size, BUFFERS_MAX);
    const said = texts(network.server.timeline).filter((text) => text.startsWith("-- "));
    assert.equal(said.length, 1);
    assert.match(said[0] ?? "", /1000 places are open/);
  });

  it("let buffers that nobody looks at share the room", () => {
    const { network } = networkOf("#a", "#b", "#c", "#d");
    for (const buffer of network.buffers.values()) {
      buffer.timeline.loadAbove(Array.from({ length: 18_000 }, (_, number) => said(number)), false);
    }
    network.buffer("#a").shown = true;
    network.spare();
    const weights = network.buffers.values().map((buffer) => buffer.timeline.weight);
    assert.equal(weights[0], 18_000);
    assert.ok(weights.slice(1).reduce((sum, weight) => sum + weight, 0) <= ENTRIES_TOGETHER_MAX);
  });

  it("hear ten thousand messages in less than 100 ms", () => {
    const heard = Array.from({ length: 10_000 }, (_, number) => message(`text ${number} for nobody`, {
      msgid: `m${number}`,
      nick: `nick${number % 200}`,
      target: number % 2 ? "#tea" : "#milk",
      seconds: number,
      tags: number % 3 ? {} : { "+reply": `m${number - 3}` },
    }));
    let best = Infinity;
    for (let turn = 0; turn < 5; turn++) {
      const { hear } = networkOf("#tea", "#milk");
      const began = performance.now();
      hear(...heard);
      best = Math.min(best, performance.now() - began);
    }
    console.log(`hearing 10,000 messages: ${best.toFixed(1)} ms`);
    assert.ok(best < 100, `${best} ms`);
  });
});

it("knows what the server cannot do", () => {
  const { network, server } = networkOf();
  assert.equal(network.offers("draft/message-edit"), false);
  server.capabilities.set("draft/message-edit", "");
  assert.equal(network.offers("draft/message-edit"), true);
  network.chat = null;
  assert.deepEqual([network.offers("x"), network.nick, network.isChannel("#x")], [false, "", true]);
});
