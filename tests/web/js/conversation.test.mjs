// A Chat over several connections: rejoin, catch up, resend, ghosts, dead connections. No network, no clock.

import assert from "node:assert/strict";
import test from "node:test";

import { ChatClosed, ChatError, CommandRefused, ConnectFailed, NotDelivered, TimedOut } from
  "../../../ipcchat/web/js/chat/index.js";
import { parse } from "../../../ipcchat/web/js/wire/message.js";
import { Play, failure, labelOf, settled } from "./play.mjs";

const KEY = "+ipc-chat/key";

/** A server's answer to a message. @param {Play} play @param {string} ask @param {string} msgid */
function echo(play, ask, msgid) {
  const { command, params } = parse(ask);
  play.answer(ask, `@msgid=${msgid} :ann!a@h ${command} ${params[0]} :${params[1]}`);
}

test("the first connection joins, and is ready then", async () => {
  const play = new Play();
  assert.equal(play.chat.state, "connecting");
  await play.connect();
  assert.equal(play.chat.state, "catching up");
  const join = play.line();
  assert.match(join, / JOIN #tea$/);
  play.letIn(join);
  await play.chat.ready;
  assert.equal(play.chat.state, "connected");
  assert.deepEqual(play.types(), ["Connected", "Joined"]);
  assert.deepEqual(play.chat.channels.get("#TEA")?.members.keys(), ["ann", "bob"]);
  assert.equal(play.chat.channels.get("#tea")?.members.get("Ann")?.prefixes, "@");
});

test("a channel that cannot be joined does not hold up the others", async () => { // RFC 2812 3.2.1: 474
  const play = new Play({ channels: ["#tea", "#ops"] });
  await play.connect();
  const join = play.line();
  play.answer(join, ":ann!a@h JOIN #tea * :Ann", ":irc.test 366 ann #tea :End",
    ":irc.test 474 ann #ops :Cannot join channel (+b)");
  await play.chat.ready;
  assert.equal(play.chat.refusedChannels.get("#ops")?.message, "#ops: Cannot join channel (+b)");
  assert.deepEqual(play.chat.askedChannels.keys(), ["#tea"]);
});

test("what was missed is heard in order, once, then what came meanwhile", async () => { // draft/chathistory
  const play = await new Play().live();
  const first = await play.comeBack();
  assert.match(first, /CHATHISTORY AFTER #tea msgid=m1 2$/);
  assert.deepEqual(play.types(), ["Disconnected", "Connected"]);
  play.server("@msgid=m4 :bob!b@b PRIVMSG #tea :text 4", "@msgid=m5 :bob!b@b PRIVMSG #tea :text 5");
  assert.deepEqual(play.texts(), []);
  play.page(first, 2, 3);
  assert.deepEqual(play.texts(), ["text 2", "text 3"]);
  const second = play.line();
  assert.match(second, /AFTER #tea msgid=m3 2$/);
  play.page(second, 4);
  play.page(play.line());
  assert.deepEqual(play.heard.map((event) => (event.type === "Message" ? event.text : event.type)),
    ["text 4", "text 5", "CaughtUp"]);
  assert.equal(play.chat.state, "connected");
});

test("a message that comes twice is heard once", async () => {
  const play = await new Play().live();
  play.server("@msgid=m1 :bob!b@b PRIVMSG #tea :text 1", "@msgid=m2 :bob!b@b PRIVMSG #tea :text 2",
    "@msgid=m2 :bob!b@b PRIVMSG #tea :text 2");
  assert.deepEqual(play.texts(), ["text 2"]);
});

test("a gap is never silent", async () => { // draft/chathistory: the msgid is not known any more
  const play = await new Play().live();
  const ask = await play.comeBack();
  play.answer(ask, ":irc.test FAIL CHATHISTORY INVALID_MSGREFTYPE msgid=m1 :No such message");
  const [gap] = play.heard.filter(({ type }) => type === "Gap");
  assert.deepEqual(gap, { type: "Gap", time: play.clock.wall, channel: "#tea", reason: "No such message" });
  assert.match(play.line(), /CHATHISTORY LATEST #tea \* 2$/);
});

test("everything that was missed is asked for at once where the server can tell it", async () => { // docs/catch-up.md
  const play = new Play();
  play.capabilities += " ipc-chat/catch-up=messages=500";
  await play.connect();
  play.server(":irc.test CATCHUP NOW c1");
  play.letIn(play.line());
  play.server("@msgid=c2 :bob!b@b PRIVMSG ann :psst");
  const ask = await play.comeBack();
  assert.match(ask, / CATCHUP c2 500$/);
  play.server("@msgid=c5 :bob!b@b PRIVMSG #tea :live");
  play.types();
  const label = labelOf(ask);
  play.server(
    `@label=${label} :irc.test BATCH +x ipc-chat/catch-up c2`,
    "@batch=x;msgid=c3;ipc-chat/history=bob :bob!b@b PRIVMSG ann :are you there?",
    "@batch=x;msgid=c4;ipc-chat/history=#tea :bob!b@b PRIVMSG #tea :tea",
    "@batch=x :irc.test CATCHUP END c4",
    ":irc.test BATCH -x",
  );
  assert.deepEqual(play.heard.map((event) => (event.type === "Message" ? [event.text, event.missed] : event.type)),
    [["are you there?", true], ["tea", true], ["live", false], "CaughtUp"]);
});

test("half an answer is no answer", async () => { // docs/catch-up.md: without END or MORE it was cut
  const play = new Play();
  play.capabilities += " ipc-chat/catch-up=messages=500";
  await play.connect();
  play.server(":irc.test CATCHUP NOW c1");
  play.letIn(play.line());
  const ask = await play.comeBack();
  play.server(`@label=${labelOf(ask)} :irc.test BATCH +x ipc-chat/catch-up c1`,
    "@batch=x;msgid=c3;ipc-chat/history=#tea :bob!b@b PRIVMSG #tea :half");
  const again = await play.comeBack();
  assert.match(again, / CATCHUP c1 500$/);
  assert.deepEqual(play.texts(), []);
});

test("an answer without its end is said to be broken off, and each channel catches up by itself", async () => {
  const play = new Play();
  play.capabilities += " ipc-chat/catch-up=messages=500";
  await play.connect();
  play.server(":irc.test CATCHUP NOW c1");
  play.letIn(play.line());
  play.server("@msgid=m1 :bob!b@b PRIVMSG #tea :text 1");
  const ask = await play.comeBack();
  play.types();
  play.server(`@label=${labelOf(ask)} :irc.test BATCH +x ipc-chat/catch-up m1`,
    "@batch=x;msgid=m2;ipc-chat/history=#tea :bob!b@b PRIVMSG #tea :text 2", "@batch=x :irc.test CATCHUP HM m2",
    ":irc.test BATCH -x");
  assert.deepEqual(play.types(), ["Gap"]);
  const page = play.line();
  assert.match(page, /CHATHISTORY AFTER #tea msgid=m1 2$/);
  play.page(page, 2);
  play.page(play.line());
  assert.deepEqual(play.texts(), ["text 2"]);
});

test("what was not confirmed goes again, first, with its old key", async () => { // rule 1 of outbox
  const play = await new Play().live();
  const [one, two] = [play.chat.post("#tea", "one"), play.chat.post("#tea", "two")];
  const before = play.sent();
  const key = parse(String(before[0])).tags.get(KEY);
  assert.match(String(key), /^[0-9a-f]{32}$/);
  echo(play, String(before[0]), "m2");
  const ask = await play.comeBack();
  const three = play.chat.post("#tea", "three");
  assert.deepEqual(play.sent(), []);
  play.page(ask);
  const again = play.sent();
  assert.deepEqual(again.map((line) => parse(line).params[1]), ["two", "three"]);
  assert.equal(parse(String(again[0])).tags.get(KEY), parse(String(before[1])).tags.get(KEY));
  again.forEach((line, number) => echo(play, line, `m${number + 3}`));
  assert.deepEqual((await Promise.all([one, two, three])).map(({ msgid }) => msgid), ["m2", "m3", "m4"]);
  assert.deepEqual(play.texts(), ["one", "two", "three"]);
});

test("an echo that history told already is not heard twice, and confirms all the same", async () => {
  const play = await new Play().live();
  const receipt = play.chat.post("#tea", "text 2");
  play.sent();
  const ask = await play.comeBack();
  play.page(ask, 2);
  play.page(play.line());
  play.answer(play.line(), "@msgid=m2 :ann!a@h PRIVMSG #tea :text 2");
  assert.equal((await receipt).msgid, "m2");
  assert.deepEqual(play.texts(), ["text 2"]);
});

test("no more than a window is on its way", async () => { // rule 2 of outbox
  const play = await new Play().live();
  const receipts = Array.from({ length: 40 }, (_, number) => play.chat.post("#tea", `text ${number}`));
  const sent = play.sent();
  assert.equal(sent.length, 16);
  for (let line = sent.shift(); line !== undefined; line = sent.shift()) {
    echo(play, line, `e${line}`);
    sent.push(...play.sent());
  }
  assert.equal(new Set((await Promise.all(receipts)).map(({ text }) => text)).size, 40);
});

test("a full outbox refuses, and forgets nothing", async () => {
  const play = await new Play().live();
  const text = Array.from({ length: 10_000 }, () => "x");
  play.socket.deaf = true;
  const receipts = text.map((each) => play.chat.post("#tea", each));
  assert.throws(() => play.chat.post("#tea", "one too many"), ChatError);
  const all = Promise.allSettled(receipts);
  const closing = play.chat.close();
  for (let passed = 0; passed < 6; passed += 0.05) {
    play.clock.pass(50);
    await Promise.resolve();
  }
  await closing;
  assert.ok((await all).every(({ status }) => status === "rejected"));
  assert.ok(await failure(receipts[0] ?? Promise.resolve()) instanceof ChatClosed);
});

test("a message of several lines is one message", async () => { // draft/multiline
  const play = await new Play().live();
  const receipt = play.chat.post("#tea", "one\n\ntwo", { replyTo: "m1" });
  const [begin = "", ...rest] = play.sent();
  const end = parse(begin).params[0]?.replace("+", "-");
  assert.deepEqual(rest.map((line) => parse(line).params.at(-1)), ["one", "", "two", end]);
  assert.equal(parse(begin).tags.get("+reply"), "m1");
  play.server(`@label=${labelOf(begin)};msgid=m2;+reply=m1 :ann!a@h BATCH +q draft/multiline #tea`,
    "@batch=q :ann!a@h PRIVMSG #tea :one", "@batch=q :ann!a@h PRIVMSG #tea :", "@batch=q :ann!a@h PRIVMSG #tea :two",
    ":irc.test BATCH -q");
  const said = await receipt;
  assert.deepEqual([said.text, said.msgid, said.replyTo], ["one\n\ntwo", "m2", "m1"]);
  assert.deepEqual(play.texts(), ["one\n\ntwo"]);
});

test("a long line is cut where it fits, and put together again", async () => {
  const play = await new Play().live();
  play.chat.post("#tea", "word ".repeat(200).trim());
  const inside = play.sent().map(parse).filter(({ command }) => command === "PRIVMSG");
  assert.ok(inside.length > 1);
  assert.equal(inside.map(({ params }) => params[1]).join(""), "word ".repeat(200).trim());
  assert.ok(inside.slice(1).every(({ tags }) => tags.has("draft/multiline-concat")));
});

test("what the server refuses is told to who sent it", async () => {
  const play = await new Play().live();
  const receipt = failure(play.chat.post("#ops", "hello"));
  play.answer(play.line(), ":irc.test 404 ann #ops :Cannot send to channel");
  const error = await receipt;
  assert.ok(error instanceof NotDelivered);
  assert.deepEqual([error.code, error.message, error.context], ["404", "#ops: Cannot send to channel", ["#ops"]]);
  assert.deepEqual(play.types(), []);
  assert.throws(() => play.chat.post("#tea", " \n "), NotDelivered);
  assert.throws(() => play.chat.post("#tea", "half \ud83d"), NotDelivered);
  assert.throws(() => play.chat.post("#tea\nQUIT", "x"), NotDelivered);
});

test("what another session of ours says is told apart", async () => {
  const play = await new Play().live();
  play.server("@msgid=m2 :ann!a@phone PRIVMSG #tea :from my telephone");
  const [said] = play.heard;
  assert.ok(said?.type === "Message" && said.mine && said.elsewhere);
});

test("a command has its answer; what it tells of others is no event", async () => {
  const play = await new Play().live();
  const asked = play.chat.whois("bob");
  play.answer(play.line(), ":irc.test 311 ann bob b b.example * :Bob", ":irc.test 319 ann bob :@#tea #ops",
    ":irc.test 301 ann bob :lunch", ":irc.test 317 ann bob 12 1795000000 :idle", ":irc.test 330 ann bob bobby :is",
    ":irc.test 318 ann bob :End");
  const who = await asked;
  assert.deepEqual([who.user, who.account, who.away, who.idleSeconds, who.channels],
    ["b", "bobby", "lunch", 12, [["@", "#tea"], ["", "#ops"]]]);
  assert.deepEqual(play.types(), []);
  assert.equal(play.chat.people.get("bob")?.account, "bobby");
  const refused = failure(play.chat.whois("eve"));
  play.answer(play.line(), ":irc.test 401 ann eve :No such nick");
  assert.ok(await refused instanceof CommandRefused);
});

test("a command waits for a connection, and not for ever", async () => {
  const play = await new Play().live();
  const lost = failure(play.chat.topic("#tea"));
  play.sent();
  play.socket.onclose?.({ reason: "" });
  assert.match((await lost).message, /the connection was lost before the answer/);
  const later = failure(play.chat.topic("#tea"));
  play.clock.pass(60_000);
  assert.ok(await later instanceof TimedOut);
  await play.connect();
  assert.deepEqual(play.sent().map((line) => parse(line).command), ["JOIN"]);
});

test("a silent server is asked, then given up", async () => {
  const play = await new Play().live();
  play.clock.pass(61_000);
  assert.deepEqual(play.sent(), ["PING alive"]);
  play.server(":irc.test PONG irc.test alive");
  play.clock.pass(59_000);
  assert.deepEqual(play.sent(), []);
  play.clock.pass(3_000);
  assert.deepEqual(play.sent(), ["PING alive"]);
  play.clock.pass(31_000);
  assert.equal(play.sockets.length, 2);
  assert.equal(play.chat.reason, "the server does not answer any more");
});

test("a page in the background, which looks at the clock once a minute, gives up nobody who answers", async () => {
  const play = await new Play().live();
  for (let minute = 0; minute < 5; minute += 1) {
    play.clock.ticks += 61_000;
    play.clock.wall += 61_000;
    play.clock.pass(0);
    assert.deepEqual(play.sent(), ["PING alive"]);
    play.server(":irc.test PONG irc.test alive");
  }
  const receipt = play.chat.post("#tea", "back");
  play.clock.pass(2_000);
  assert.equal(play.chat.state, "connected");
  echo(play, play.line(), "m2");
  assert.equal((await receipt).msgid, "m2");
});

test("a server that talks and answers nothing is given up", async () => {
  const play = await new Play().live();
  const receipt = play.chat.post("#tea", "hello");
  for (let second = 0; second < 70; second += 1) {
    play.server(":bob!b@b PRIVMSG #tea :chatter");
    play.clock.pass(1_000);
  }
  assert.match(play.chat.reason, /answered nothing for 60 seconds/);
  assert.equal(play.sockets.length, 2);
  receipt.catch(() => {});
});

test("who wakes up asks at once, and comes again when nobody answers", async () => {
  const play = await new Play().live();
  play.socket.deaf = true;
  play.clock.wall += 3_600_000;
  play.clock.pass(1_000);
  play.clock.pass(11_000);
  assert.equal(play.chat.state, "connecting");
  assert.equal(play.sockets.length, 2);
});

test("a doubt is answered by the server, or it is given up in 10 seconds", async () => { // retryNow
  const play = await new Play().live();
  play.chat.retryNow();
  play.chat.retryNow();
  assert.deepEqual(play.sent(), ["PING alive"]);
  play.server(":irc.test PONG irc.test alive");
  play.clock.pass(20_000);
  assert.equal(play.chat.state, "connected");
  play.chat.retryNow();
  play.clock.pass(10_500);
  assert.notEqual(play.chat.state, "connected");
});

test("the pauses grow, a person ends them, and the wait is told", async () => {
  const play = new Play();
  await settled();
  const pauses = [];
  for (let times = 0; times < 9; times += 1) {
    play.socket.onclose?.({ reason: "" });
    assert.equal(play.chat.state, "offline, trying again");
    pauses.push(Number(play.chat.retryAt) - play.clock.wall);
    play.clock.pass(Number(pauses.at(-1)));
  }
  assert.deepEqual(pauses, [125, 250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  assert.equal(play.chat.reason, "nothing answers at irc.test");
  play.socket.onclose?.({ reason: "" });
  const { length } = play.sockets;
  play.chat.retryNow();
  assert.equal(play.sockets.length, length + 1);
  assert.deepEqual(play.types(), []);
});

test("a server that lets nobody in ends it; so does close", async () => {
  const play = new Play();
  await settled();
  play.socket.readyState = 1;
  play.socket.onopen?.({});
  const receipt = failure(play.chat.post("#tea", "hello"));
  play.server(":irc.test 465 ann :You are banned");
  const error = await failure(play.chat.ready);
  assert.ok(error instanceof ConnectFailed);
  assert.equal(error.message, "You are banned");
  assert.ok(await receipt instanceof ChatClosed);
  assert.equal(play.chat.state, "not connected");
  play.clock.pass(100_000);
  assert.equal(play.sockets.length, 1);
  assert.ok(await failure(play.chat.topic("#tea")) instanceof ChatClosed);
});

test("a server without labels is left by name", async () => {
  const play = new Play();
  play.capabilities = "message-tags batch server-time echo-message";
  await play.connect();
  assert.match((await failure(play.chat.ready)).message, /lacks what this page needs: labeled-response/);
});

test("a nick that is taken gives way, and our own is taken back from our ghost", async () => {
  const play = await new Play().live();
  play.socket.onclose?.({ reason: "" });
  play.clock.pass(1_000);
  await settled();
  play.socket.readyState = 1;
  play.socket.onopen?.({});
  const agreed = play.capabilities.replace(/=\S+/g, "");
  play.server(`:irc.test CAP * LS :${play.capabilities}`, `:irc.test CAP * ACK :${agreed}`);
  play.sent();
  play.server(":irc.test 433 * ann :Nickname is already in use");
  assert.equal(play.line(), "NICK ann_");
  play.welcome("ann_");
  play.letIn(play.line(), "ann_");
  assert.equal(play.chat.nick, "ann_");
  assert.equal(play.chat.wantedNick, "ann");
  assert.equal(play.chat.nickRefusal, "Nickname is already in use");
  play.page(play.line());
  play.server(":ann!a@h QUIT :Ping timeout");
  play.clock.pass(1_000);
  const nick = play.line();
  assert.match(nick, / NICK ann$/);
  play.answer(nick, ":ann_!a@h NICK ann");
  assert.equal(play.chat.nick, "ann");
});

test("what we said of ourselves is said again", async () => {
  const play = await new Play().live();
  const away = play.chat.away("lunch");
  play.answer(play.line(), ":irc.test 306 ann :You are away");
  await away;
  const monitor = play.chat.monitor("eve");
  play.answer(play.line(), ":irc.test 731 ann :eve");
  assert.deepEqual([...await monitor], [["eve", false]]);
  play.socket.onclose?.({ reason: "" });
  play.clock.pass(1_000);
  await play.connect();
  assert.deepEqual(play.sent().map((line) => line.replace(/^\S+ /, "")), ["AWAY lunch", "MONITOR + eve", "JOIN #tea"]);
});

test("a listener that fails does not keep the others from hearing", async () => {
  /** @type {unknown[]} */
  const thrown = [];
  const play = await new Play().live();
  const original = globalThis.queueMicrotask;
  globalThis.queueMicrotask = (call) => {
    try {
      call();
    } catch (error) {
      thrown.push(error);
    }
  };
  try {
    play.chat.listen(() => {
      throw new Error("mine");
    });
    /** @type {string[]} */
    const others = [];
    play.chat.listen((event) => others.push(event.type));
    play.server("@msgid=m2 :bob!b@b PRIVMSG #tea :text 2");
    assert.deepEqual(others, ["Message"]);
    assert.equal(String(thrown[0]), "Error: mine");
  } finally {
    globalThis.queueMicrotask = original;
  }
});

test("a hostile server is survived", async () => {
  const play = await new Play().live();
  play.server("", "@", ":", "\0", "x".repeat(20_000), "@batch=none :a PRIVMSG #tea :x", "BATCH", "BATCH -none",
    "BATCH +a", "BATCH +a chathistory", ":__proto__!a@b JOIN #tea", ":irc.test 353 ann = #tea", ":irc.test 005",
    ":irc.test MODE #tea", ":irc.test 352 ann", ":irc.test FAIL", "KICK", "PRIVMSG #tea", ":x NICK", "CAP * LS",
    ...Array.from({ length: 100 }, (_, number) => `BATCH +b${number} netsplit a b`));
  assert.equal(play.chat.state, "connected");
  assert.ok(play.chat.channels.get("#tea")?.members.has("__proto__"));
  play.server("@msgid=m9 :bob!b@b PRIVMSG #tea :still here");
  assert.ok(play.texts().includes("still here"));
});
