// The commands that can be typed: what they ask of the library, what they say, and that a refusal is one quiet line.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { ChatError, CommandRefused } from "../../../ipcchat/web/js/chat/errors.js";
import { suggestion } from "../../../ipcchat/web/js/dialogue/commandTable.js";
import { COMMANDS, COMMANDS_IN_ORDER, obey } from "../../../ipcchat/web/js/dialogue/commands.js";
import { FakeServer, message } from "./made.mjs";

/** @typedef {import("../../../ipcchat/web/js/chat/events.js").Message} Message */

/**
 * Ann in #tea. `answers` are what calls of the library give, by their names; an Error is what they reject with. A call
 * for which there is no answer gives nothing.
 * @param {Record<string, unknown>} answers
 */
function seat(answers = {}, current = "#tea") {
  const server = new FakeServer();
  server.enter("#tea", "ann", "@bob", "zoe");
  /** @type {string[]} */
  const told = [];
  /** @type {unknown[][]} */
  const done = [];
  /** @type {string[]} */
  const secrets = [];
  /** @type {Message[]} */
  const said = [message("hello", { msgid: "m1" }), message("hi", { nick: "ann", mine: true, msgid: "m2" })];
  const calls = (/** @type {string} */ name) => async (/** @type {unknown[]} */ ...words) => {
    done.push([name, ...words]);
    if (answers[name] instanceof Error) {
      throw answers[name];
    }
    return answers[name];
  };
  const chat = new Proxy({ ...server, wantedNick: "ann", connected: answers["connected"] ?? true }, {
    get: (known, name) => Reflect.get(known, name) ?? calls(String(name)),
  });
  const noted = (/** @type {string} */ name) => (/** @type {unknown[]} */ ...words) => {
    done.push([name, ...words]);
  };
  const room = /** @type {import("../../../ipcchat/web/js/dialogue/commandTable.js").Room} */ (/** @type {unknown} */ ({
    chat,
    current,
    tell: (/** @type {string} */ text) => told.push(text),
    say: noted("say"),
    enter: calls("enter"),
    lookAt: noted("lookAt"),
    lastOf: (/** @type {string} */ nick) => said.find((one) => one.nick === nick) ?? null,
    showPast: (/** @type {string} */ title, /** @type {Message[]} */ found) => noted("showPast")(title, found.length),
    tellUnread: calls("tellUnread"),
    askSecret: async () => secrets.shift() ?? "",
    leave: noted("leave"),
    loggedIn: calls("loggedIn"),
    loggingOut: calls("loggingOut"),
    showHelp: noted("showHelp"),
    showSearch: noted("showSearch"),
    mute: noted("mute"),
    close: calls("close"),
  }));
  return { told, done, secrets, type: (/** @type {string} */ line) => obey(room, line) };
}

/** What a line asks of the library and of the page. @param {string} line @param {Record<string, unknown>} answers */
async function asked(line, answers = {}, current = "#tea") {
  const { done, type } = seat(answers, current);
  await type(line);
  return done;
}

/** What a line makes the page say. @param {string} line @param {Record<string, unknown>} answers */
async function told(line, answers = {}, current = "#tea") {
  const place = seat(answers, current);
  await place.type(line);
  return place.told;
}

describe("the table", () => {
  it("has each command once, with a help that fits a line", () => {
    assert.equal(COMMANDS.size, COMMANDS_IN_ORDER.length);
    for (const { name, usage, summary } of COMMANDS_IN_ORDER) {
      assert.match(usage, new RegExp(`^/${name}(?: \\S+)*$`));
      assert.ok(summary.length > 0 && summary.length < 60 && !summary.endsWith("."), usage);
    }
  });

  it("says what is near to what is not there", async () => {
    assert.deepEqual(await told("/jion #x"), ["there is no /jion; did you mean /join?"]);
    assert.deepEqual(await told("/xyzzy"), ["there is no /xyzzy; /help lists the commands"]);
    assert.equal(suggestion("__proto__\x1b", COMMANDS), "there is no /__proto__\u241b; /help lists the commands");
  });

  it("shows the usage to who types too little, and does nothing", async () => {
    const { told, done, type } = seat();
    await type("/msg bob");
    assert.deepEqual([told, done], [["/msg NAME TEXT: Say something to one person"], []]);
  });

  it("knows the names of other clients, in any case", async () => {
    assert.deepEqual(await asked("/J tea key"), [["enter", "#tea", "key"]]);
    assert.deepEqual(await asked("/wi bob", { whois: new ChatError("no") }), [["whois", "bob"]]);
  });

  it("says a refusal in one harmless line, and throws our own mistakes", async () => {
    const refused = new CommandRefused("no such nick\x07", "401");
    assert.deepEqual(await told("/kick bob", { kick: refused }), ["/kick: no such nick\u2407"]);
    await assert.rejects(told("/kick bob", { kick: new TypeError("ours") }), TypeError);
  });

  it("does at once without a connection only what needs none", async () => {
    const refusal = "not connected, try /kick again when we are back";
    assert.deepEqual(await told("/kick bob", { connected: false }), [refusal]);
    assert.deepEqual(await asked("/me waves", { connected: false }), [["say", "#tea", "waves", { kind: "action" }]]);
  });
});

describe("commands", () => {
  /** @type {[string, unknown[][]][]} */
  const rows = [
    ["/msg bob  good  day", [["say", "bob", "good  day", { kind: "message" }]]],
    ["/notice bob x", [["say", "bob", "x", { kind: "notice" }]]],
    ["/query bob hi there", [["lookAt", "bob"], ["say", "bob", "hi there"]]],
    ["/query", [["lookAt", "#tea"]]],
    ["/reply bob yes", [["say", "#tea", "yes", { replyTo: "m1" }]]],
    ["/part", [["part", "#tea", ""]]],
    ["/part #x so long", [["part", "#x", "so long"]]],
    ["/topic a new one", [["topic", "#tea", "a new one"]]],
    ["/topic -", [["topic", "#tea", ""]]],
    ["/invite bob", [["invite", "bob", "#tea"]]],
    ["/kick bob be nice", [["kick", "#tea", "bob", "be nice"]]],
    ["/ban bob now", [["ban", "#tea", "bob"]]],
    ["/unban bob", [["unban", "#tea", "bob"]]],
    ["/mode +o bob", [["mode", "#tea", "+o", "bob"]]],
    ["/mode ann +i", [["mode", "ann", "+i"]]],
    ["/op bob zoe", [["op", "#tea", "bob", "zoe"]]],
    ["/devoice bob", [["devoice", "#tea", "bob"]]],
    ["/knock tea2 please", [["knock", "#tea2", "please"]]],
    ["/rename chai", [["rename", "#tea", "#chai", ""]]],
    ["/rename #old #new why", [["rename", "#old", "#new", "why"]]],
    ["/nick anna", [["changeNick", "anna"]]],
    ["/back", [["back"]]],
    ["/away for lunch", [["away", "for lunch"]]],
    ["/search tea time", [["showSearch", "tea time"]]],
    ["/mute", [["mute"]]],
    ["/close", [["close"]]],
    ["/quit", [["leave"]]],
    ["/help", [["showHelp"]]],
  ];
  for (const [line, expected] of rows) {
    it(line, async () => assert.deepEqual(await asked(line), expected));
  }

  it("act on the last message of somebody, where there is one", async () => {
    for (const [line, call, msgid] of [["/react bob yes", "react", "m1"], ["/edit x", "edit", "m2"],
      ["/delete", "redact", "m2"], ["/delete bob spam", "redact", "m1"], ["/pin bob", "pin", "m1"]]) {
      const [done] = await asked(`${line}`);
      assert.deepEqual([done?.[0], /** @type {Message} */ (done?.[1]).msgid], [call, msgid]);
      assert.match((await told(`${line}`.replace("bob", "eve")))[0] ?? "eve", /eve|^$/);
    }
    assert.deepEqual(await told("/reply eve x"), ["eve has said nothing here that you could answer"]);
  });

  it("need a channel where they are about one", async () => {
    const refusal = "/kick: you are talking to bob, not in a channel; /join one";
    assert.deepEqual(await told("/kick bob", {}, "bob"), [refusal]);
    assert.deepEqual(await told("/topic", {}, ""), ["/topic: you are in no channel; /join one"]);
    assert.deepEqual(await asked("/part", {}, "bob"), [["lookAt", "#tea"]]);
  });

  it("show who is here, and topics", async () => {
    assert.deepEqual(await told("/names"), ["3 here: ann, @bob, zoe"]);
    assert.deepEqual(await told("/topic", { topic: "leaves\x07" }), ["topic of #tea: leaves\u2407"]);
    assert.deepEqual(await told("/mode", { mode: "+nt" }), ["modes of #tea: +nt"]);
    const masks = [{ mask: "*!*@x", by: "bob", time: null }];
    assert.deepEqual(await told("/ban", { masks }), ["*!*@x is banned by bob"]);
  });

  it("list channels, up to a limit", async () => {
    const rooms = Array.from({ length: 60 }, (_, number) => {
      return { name: `#r${number}`, members: 2, topic: number ? "" : "Tea" };
    });
    const all = await told("/list", { listChannels: rooms });
    assert.deepEqual([all.length, all[0], all.at(-1)], [51, "#r0 (2): Tea", "and 10 more"]);
    assert.deepEqual(await told("/list TEA", { listChannels: rooms }), ["#r0 (2): Tea"]);
    assert.deepEqual(await told("/list zz", { listChannels: rooms }), ["no channel has zz in it"]);
  });

  it("tell who somebody is", async () => {
    const nobody = { account: "", away: "", server: "", serverText: "", operator: "", actual: "", modes: "", more: [],
      certificate: "", registered: false, secure: true, bot: false, idleSeconds: 65, signedOn: null };
    const whois = { ...nobody, nick: "bob", user: "b", host: "h", realname: "Bob\x07", channels: [["@", "#tea"]] };
    assert.deepEqual(await told("/whois bob", { whois }), ["bob is b@h (Bob\u2407)", "bob is in @#tea",
      "bob uses a secure connection", "bob has been silent for 1 min"]);
    const flags = { away: true, bot: false, operator: false };
    const who = [{ nick: "bob", user: "b", host: "h", realname: "B", prefixes: "@+", account: "bob", ...flags }];
    assert.deepEqual(await told("/who", { who }), ["@bob is b@h (B), logged in as bob, away"]);
  });

  it("show the past", async () => {
    const found = [message("a"), message("b", { seconds: 5 }), message("c", { seconds: 6, mine: true })];
    assert.deepEqual(await asked("/history bob 9999", { history: found }),
      [["history", "bob", 500], ["showPast", "History of bob", 3]]);
    const unread = seat({ history: found, readMarker: found[0]?.time });
    await unread.type("/unread");
    assert.deepEqual(unread.told, ["1 unread"]);
    assert.deepEqual(unread.done.at(-1), ["markRead", "#tea", found[2]?.time]);
    assert.deepEqual(await told("/recent", { targets: [{ name: "#a" }, { name: "bob" }] }),
      ["lately, the latest first: bob and #a"]);
    assert.deepEqual(await told("/unpin eve", { pins: found }), ["nothing of eve is pinned here"]);
  });

  it("watch over people", async () => {
    const place = seat();
    await place.type("/monitor bob -eve");
    assert.deepEqual(place.done, [["monitor", "bob"], ["unmonitor", "eve"]]);
    assert.deepEqual(place.told, ["you are not told about eve any more"]);
    assert.deepEqual(await told("/monitor", { monitored: new Map() }),
      ["you are told about nobody; /monitor NAME changes that"]);
  });

  it("ask for passwords, which stand in no line", async () => {
    const place = seat({ register: { account: "ann", pending: false, text: "" } });
    place.secrets.push("one", "two", "three", "three");
    await place.type("/register ann@example.org");
    assert.deepEqual(place.done, [["register", "three", { email: "ann@example.org" }], ["loggedIn"]]);
    assert.deepEqual(place.told, ["these were two different passwords", "ann is yours; log in as ann next time"]);
    assert.deepEqual(await told("/register secret"),
      ["only an e-mail address stands behind /register; the password is asked for"]);
    assert.deepEqual(await told("/register"), ["/register: nothing was registered"]);
    place.secrets.push("pass");
    await place.type("/login");
    assert.deepEqual(place.done.slice(-3), [["login", "ann", "pass"], ["loggedIn"], ["tellUnread"]]);
    await place.type("/logout");
    assert.deepEqual(place.done.slice(-2), [["loggingOut"], ["logout"]]);
    assert.deepEqual(await told("/login"), ["not logged in"]);
  });

  it("send a line as it is, and show what is answered", async () => {
    const answer = [{ command: "212", params: ["ann", "PING", "3"] }, { command: "NOTICE", params: ["x", "y"] }];
    const place = seat({ command: answer });
    await place.type("/raw STATS m :a b");
    assert.deepEqual(place.done, [["command", "STATS", ["m", "a b"], { tags: new Map() }]]);
    assert.deepEqual(place.told, ["PING 3"]);
    assert.match((await told("/raw @"))[0] ?? "", /^\/raw: /);
  });

  it("help with one command", async () => {
    assert.deepEqual(await told("/help /topic"), ["/topic [TEXT]: Show the topic of this channel, or set it",
      "A single \"-\" removes it."]);
    assert.deepEqual(await told("/help notise"), ["there is no /notise; did you mean /notice?"]);
  });
});
