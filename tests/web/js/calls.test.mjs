// What a Chat does and asks: reactions, edits, typing, the past, search, channels. Each by its specification.

import assert from "node:assert/strict";
import test from "node:test";

import { CommandRefused, NotDelivered } from "../../../ipcchat/web/js/chat/index.js";
import { formatTags, parse } from "../../../ipcchat/web/js/wire/message.js";
import { Play, failure, labelOf, settled } from "./play.mjs";

/** A message of bob's, m1, and who heard it. */
async function heard() {
  const play = await new Play().live();
  play.server("@msgid=m2;time=2026-11-23T12:00:01.000Z :bob!b@b PRIVMSG #tea :hello");
  const [said] = play.heard.splice(0);
  if (said?.type !== "Message") {
    throw new Error("a message was expected");
  }
  return { play, said };
}

test("reactions are done once, over a cut too", async () => { // +draft/react
  const { play, said } = await heard();
  const done = play.chat.react(said, "\u{1f44d}");
  const first = parse(play.line());
  const ask = await play.comeBack();
  play.page(ask);
  const again = play.line();
  assert.deepEqual([...parse(again).tags].slice(0, 3), [...first.tags].slice(0, 3));
  assert.equal(parse(again).tags.get("+reply"), "m2");
  assert.equal(parse(again).tags.get("+draft/react"), "\u{1f44d}");
  play.types();
  play.answer(again, "@+reply=m2;+draft/react=\u{1f44d};msgid=m3 :ann!a@h TAGMSG #tea");
  await done;
  const [reaction] = play.heard;
  assert.ok(reaction?.type === "Reaction" && reaction.mine && reaction.replyTo === "m2" && !reaction.removed);
  assert.ok(await failure(play.chat.react({ ...said, msgid: "" }, "x")) instanceof CommandRefused);
});

test("an edit is a message that names the one it changes", async () => { // draft/message-edit
  const { play, said } = await heard();
  const done = play.chat.edit(said, "hello all");
  const line = play.line();
  assert.equal(parse(line).tags.get("+draft/edit"), "m2");
  play.answer(line, "@msgid=m3;+draft/edit=m2 :ann!a@h PRIVMSG #tea :hello all");
  assert.equal((await done).text, "hello all");
  const [edited] = play.heard;
  assert.ok(edited?.type === "Edited" && edited.original === "m2" && edited.text === "hello all");
  assert.ok(await failure(play.chat.edit(said, "x".repeat(9_000))) instanceof NotDelivered);
});

test("a deletion is refused in the server's words", async () => { // draft/message-redaction
  const { play, said } = await heard();
  const done = failure(play.chat.redact(said, "typo"));
  const line = play.line();
  assert.deepEqual(parse(line).params, ["#tea", "m2", "typo"]);
  play.answer(line, ":irc.test FAIL REDACT REDACT_FORBIDDEN #tea m2 :It is not yours");
  const error = await done;
  assert.deepEqual([error.message, error.code], ["It is not yours", "REDACT_FORBIDDEN"]);
});

test("typing is told every three seconds at most", async () => { // +typing
  const { play } = await heard();
  play.chat.typing("#tea");
  play.chat.typing("#tea");
  assert.deepEqual(play.sent(), ["@+typing=active TAGMSG #tea"]);
  play.clock.pass(3_000);
  play.chat.typing("#tea", "done");
  assert.deepEqual(play.sent(), ["@+typing=done TAGMSG #tea"]);
  assert.throws(() => play.chat.typing("#tea", "sleeping"), RangeError);
  play.server("@+typing=active :bob!b@b TAGMSG #tea");
  assert.ok(play.heard[0]?.type === "Typing" && play.heard[0].state === "active");
});

test("a page of the past says where it begins and whether there is more", async () => { // draft/chathistory
  const { play } = await heard();
  const asked = play.chat.past("#tea", 100, { before: "m9" });
  const line = play.line();
  assert.match(line, /CHATHISTORY BEFORE #tea msgid=m9 2$/);
  play.page(line, 7, 8);
  const page = await asked;
  assert.deepEqual([page.begins, page.ends, page.moreBefore, page.moreAfter], ["msgid=m7", "msgid=m8", true, true]);
  assert.deepEqual(page.acts.map((act) => act.missed), [true, true]);
  const last = play.chat.past("#tea", 2, { before: page.begins });
  play.page(play.line(), 6);
  assert.equal((await last).moreBefore, false);
  const newest = play.chat.past("#tea");
  play.page(play.line());
  assert.deepEqual(await newest, { acts: [], begins: "", ends: "", moreBefore: false, moreAfter: false });
  assert.deepEqual(play.types(), []);
});

test("history is messages with the text that they have now", async () => {
  const { play } = await heard();
  const asked = play.chat.history("#tea", 2);
  const line = play.line();
  const label = labelOf(line);
  play.server(`@label=${label} :irc.test BATCH +h chathistory #tea`,
    "@batch=h;msgid=m1 :bob!b@b PRIVMSG #tea :helo", "@batch=h;msgid=m2 :bob!b@b JOIN #tea",
    "@batch=h;msgid=m3;+draft/edit=m1;draft/chathistory-context :bob!b@b PRIVMSG #tea :hello", ":irc.test BATCH -h");
  await settled();
  const next = play.line();
  assert.match(next, /BEFORE #tea msgid=m1 1$/);
  play.page(next);
  assert.deepEqual((await asked).map(({ text, edited }) => [text, edited]), [["hello", true]]);
});

test("what happened in the past says nothing about who is here now", async () => {
  const { play } = await heard();
  const asked = play.chat.past("#tea");
  const label = labelOf(play.line());
  play.server(`@label=${label} :irc.test BATCH +h chathistory #tea`, "@batch=h;msgid=m0 :bob!b@b PART #tea",
    "@batch=h;msgid=m00 :ann!a@h QUIT :bye", ":irc.test BATCH -h");
  assert.deepEqual((await asked).acts.map(({ type }) => type), ["Parted", "Quit"]);
  assert.deepEqual(play.chat.channels.get("#tea")?.members.keys(), ["ann", "bob"]);
});

test("names of the past are the same as names of today", async () => { // CASEMAPPING=rfc1459
  const play = new Play({ channels: ["#tea[1]"] });
  play.tokens = play.tokens.replace("ascii", "rfc1459");
  await play.connect();
  play.letIn(play.line());
  const asked = play.chat.past("#tea[1]");
  const label = labelOf(play.line());
  play.server(`@label=${label} :irc.test BATCH +h chathistory #tea[1]`, "@batch=h;msgid=m0 :bob!b@b PART #TEA{1}",
    ":irc.test BATCH -h");
  assert.deepEqual((await asked).acts.map((act) => act.type === "Parted" && act.channel), ["#tea[1]"]);
});

test("a search asks by attributes, escaped", async () => { // soju.im/search
  const { play } = await heard();
  const asked = play.chat.search("tea; now", { target: "#tea", before: Date.UTC(2026, 0, 1), limit: 5 });
  const line = play.line();
  assert.equal(parse(line).params[0], formatTags(new Map([
    ["text", "tea; now"], ["in", "#tea"], ["limit", "5"], ["before", "2026-01-01T00:00:00.000Z"],
  ])));
  play.server(`@label=${labelOf(line)} :irc.test BATCH +s soju.im/search`,
    "@batch=s;msgid=m1 :bob!b@b PRIVMSG #tea :tea; now", ":irc.test BATCH -s");
  assert.deepEqual((await asked).map(({ text }) => text), ["tea; now"]);
  assert.deepEqual(play.types(), []);
});

test("how far our user has read", async () => { // draft/read-marker
  const { play } = await heard();
  const time = Date.UTC(2026, 10, 23, 12, 0, 1);
  const marked = play.chat.markRead("#tea", time);
  const line = play.line();
  assert.match(line, /MARKREAD #tea timestamp=2026-11-23T12:00:01.000Z$/);
  play.answer(line, ":irc.test MARKREAD #tea timestamp=2026-11-23T12:00:02.000Z");
  assert.equal(await marked, time + 1_000);
  const unknown = play.chat.readMarker("bob");
  play.answer(play.line(), ":irc.test MARKREAD bob *");
  assert.equal(await unknown, null);
  play.types();
  play.server(":irc.test MARKREAD #tea timestamp=2026-11-23T12:00:03.000Z");
  assert.deepEqual(play.heard, [{ type: "ReadMarked", time: play.clock.wall, target: "#tea", until: time + 2_000 }]);
});

test("what a server lacks is refused by name, at once", async () => {
  const play = new Play();
  play.capabilities = "message-tags batch server-time echo-message labeled-response";
  await play.connect();
  play.letIn(play.line());
  const { chat } = play;
  const asked = [chat.past("#tea"), chat.search("x"), chat.readMarker("#tea"), chat.register("secret")];
  const errors = await Promise.all(asked.map(failure));
  assert.ok(errors.every((error) => error instanceof CommandRefused));
  assert.deepEqual(play.sent(), []);
});

test("a channel that was renamed is followed", async () => { // draft/channel-rename: CHANNEL_RENAMED
  const { play } = await heard();
  const asked = play.chat.join("#old");
  play.answer(play.line(), ":irc.test FAIL JOIN CHANNEL_RENAMED #old #new :It has another name");
  await settled();
  play.letIn(play.line());
  assert.equal((await asked).name, "#new");
  assert.deepEqual(play.chat.askedChannels.keys(), ["#tea", "#new"]);
  play.server(":bob!b@b RENAME #new #newer :why not");
  assert.equal(play.chat.channels.get("#newer")?.members.size, 2);
  assert.deepEqual(play.chat.askedChannels.keys(), ["#tea", "#newer"]);
});

test("who is in a channel, and what becomes of it", async () => {
  const { play } = await heard();
  play.server(":irc.test MODE #tea +vk-o bob key ann", ":bob!b@b NICK rob", ":eve!e@e JOIN #tea evil :Eve",
    ":rob!b@b TOPIC #tea :green", ":eve!e@e AWAY :lunch");
  const room = play.chat.channels.get("#tea");
  assert.deepEqual(room?.members.values().map(({ prefixes, nick }) => prefixes + nick), ["ann", "+rob", "eve"]);
  assert.deepEqual([room?.topic, room?.topicBy, [...room?.modes ?? []]], ["green", "rob", [["k", "key"]]]);
  assert.deepEqual([play.chat.people.get("eve")?.account, play.chat.people.get("eve")?.away], ["evil", "lunch"]);
  play.server(":rob!b@b KICK #tea eve :out", ":rob!b@b QUIT :bye");
  assert.deepEqual(room?.members.keys(), ["ann"]);
  assert.equal(play.chat.people.get("eve"), undefined);
  assert.deepEqual(play.types(), [
    "ModeChanged", "NickChanged", "Joined", "TopicChanged", "AwayChanged", "Kicked", "Quit",
  ]);
});

test("a netsplit is one piece of news, and each who is gone is marked", async () => { // netsplit
  const { play } = await heard();
  play.server(":irc.test BATCH +n netsplit a.test b.test", "@batch=n :bob!b@b QUIT :a.test b.test",
    ":irc.test BATCH -n");
  const [quit, split] = play.heard;
  assert.ok(quit?.type === "Quit" && quit.netsplit);
  assert.ok(split?.type === "Netsplit" && split.nicks.join() === "bob" && split.servers.join() === "a.test,b.test");
});

test("bans: by host where it is known, and away again by whom they keep out", async () => {
  const { play } = await heard();
  play.server(":bob!b@b JOIN #tea * :Bob");
  const banned = play.chat.ban("#tea", "bob");
  const line = play.line();
  assert.deepEqual(parse(line).params, ["#tea", "+b", "*!*@b"]);
  play.answer(line, ":ann!a@h MODE #tea +b *!*@b");
  assert.equal(await banned, "*!*@b");
  const freed = play.chat.unban("#tea", "bob");
  play.answer(play.line(), ":irc.test 367 ann #tea *!*@b ann 1795000000",
    ":irc.test 367 ann #tea *!*@else ann 1795000000", ":irc.test 368 ann #tea :End");
  await settled();
  const second = play.line();
  assert.deepEqual(parse(second).params, ["#tea", "-b", "*!*@b"]);
  play.answer(second, ":ann!a@h MODE #tea -b *!*@b");
  assert.deepEqual(await freed, ["*!*@b"]);
});

test("any command, with its tags, and its answer", async () => {
  const { play } = await heard();
  const asked = play.chat.command("VERSION", ["irc.test"], { tags: new Map([["+x", "y"]]) });
  const line = play.line();
  assert.equal(parse(line).tags.get("+x"), "y");
  play.answer(line, ":irc.test 351 ann ipc-chat irc.test :comments");
  assert.deepEqual((await asked).map(({ command }) => command), ["351"]);
  assert.ok(await failure(play.chat.command("TOPIC", ["#tea", "x".repeat(600)])) instanceof CommandRefused);
  assert.ok(await failure(play.chat.command("TOPIC", ["#tea", "a\nb"])) instanceof CommandRefused);
});
