// What may stand where somebody types (UX, web client, row 7).

import assert from "node:assert/strict";
import { it } from "node:test";

import { COMMANDS } from "../../../ipcchat/web/js/dialogue/commands.js";
import { CANDIDATES_MAX, candidates } from "../../../ipcchat/web/js/model/completion.js";
import { named } from "../../../ipcchat/web/js/text/emoji.js";
import { moment, networkOf } from "./made.mjs";

/** #tea, where ann (we), bob, Bert, carl and zoe are. */
function place() {
  const { network, server } = networkOf("#tea", "#team");
  server.enter("#tea", "@bob", "Bert", "carl", "zoe");
  const here = { network, server, buffer: network.buffer("#tea"), spoke, found, texts };
  /** They spoke, in this order. @param {string[]} nicks */
  function spoke(...nicks) {
    nicks.forEach((nick, order) => here.buffer.speakers.set(nick, moment(order)));
  }
  /** How it goes on. @param {string} before */
  function found(before, asked = true) {
    return candidates(before, network, here.buffer, { asked });
  }
  /** What would be put in. @param {string} before */
  function texts(before, asked = true) {
    return found(before, asked).map((candidate) => candidate.text);
  }
  return here;
}

it("has who spoke last first, then the others by name, and never ourselves", () => {
  const { spoke, texts } = place();
  spoke("zoe", "bob");
  assert.deepEqual(texts(""), ["bob: ", "zoe: ", "Bert: ", "carl: "]);
  assert.deepEqual([texts("BE"), texts("an")], [["Bert: "], []]);
});

it("puts a colon behind a nick only at the start of a line", () => {
  const { texts, found } = place();
  assert.deepEqual(["bo", "hello bo", "hello\nbo"].map((text) => texts(text)[0]), ["bob: ", "bob ", "bob: "]);
  assert.deepEqual(found("hello bo").map((candidate) => candidate.start), [6]);
});

it("takes @ for nicks without being asked, and not as part of them", () => {
  const { texts } = place();
  assert.deepEqual(texts("@c", false), ["carl: "]);
  assert.deepEqual(texts("hi @c", false), ["carl "]);
  assert.equal(texts("@", false).length, 4);
  assert.deepEqual(texts("c", false), []);
});

it("offers who left only while the members are not known", () => {
  const here = place();
  here.spoke("gone", "bob");
  assert.ok(!here.texts("").includes("gone: "));
  here.network.chat = null;
  assert.deepEqual(here.texts("g"), ["gone: "]);
});

it("offers the other one of a conversation, and everybody in the server's buffer", () => {
  const here = place();
  here.buffer = here.network.buffer("dora");
  assert.deepEqual(here.texts("d"), ["dora: "]);
  here.buffer = here.network.server;
  assert.deepEqual([here.texts("/msg ca"), here.texts("hi ca")], [["carl "], ["carl "]]);
});

it("says who is away, harmlessly", () => {
  const { server, found } = place();
  server.meet("carl", "lunch\x1b[31m");
  server.meet("zoe", "*");
  assert.deepEqual(["ca", "zo"].map((text) => found(text)[0]?.detail), ["away: lunch\u241b[31m", "away"]);
  server.enter("#tea", "d\x1b[2J");
  assert.deepEqual(found("d").map(({ text, shown }) => [text, shown]), [["d\x1b[2J: ", "d\u241b[2J"]]);
});

it("has channels by their sign, those we are in first, with their topics", () => {
  const { network, server, texts, found } = place();
  network.buffer("#tables").joined = false;
  server.enter("#tea").topic = "leaves\x07";
  assert.deepEqual(texts("see #t", false), ["#tea ", "#team ", "#tables "]);
  assert.deepEqual([texts("see #", false).length, texts("see #").length], [0, 3]);
  const shown = found("#tea").map(({ detail, complete }) => [detail, complete]);
  assert.deepEqual(shown, [["leaves\u2407", true], ["", false]]);
});

it("has commands at the start of the text, the one that is meant first", () => {
  const { texts, found } = place();
  assert.equal(texts("/", false).length, COMMANDS.size);
  const summary = COMMANDS.get("join")?.summary;
  assert.deepEqual(found("/jo", false).map(({ text, shown, detail }) => [text, shown, detail]),
    [["/join ", "/join #CHANNEL [KEY]", summary]]);
  assert.deepEqual([texts("/bac"), texts("a /jo"), texts("\n/jo")], [["/back"], [], []]);
  assert.deepEqual(found("/q", false).map(({ text, complete }) => [text, complete])[0], ["/query ", true]);
});

it("has for an argument what the usage of the command names", () => {
  const { texts } = place();
  const befores = ["/join te", "/join #te", "/whois ca", "/invite carl te", "/help joi", "/react bob tad",
    "/topic hello ca", "//join te", "/nothing ca"];
  const found = befores.map((before) => texts(before));
  assert.deepEqual(found, [["#tea ", "#team "], ["#tea ", "#team "], ["carl "], ["#tea ", "#team "], ["join "],
    ["\u{1f389} "], ["carl "], [], ["carl "]]);
});

it("has emoji by two letters, or when somebody asks", () => {
  const { texts, found } = place();
  assert.deepEqual([texts(":s", false), texts("a:smi", false), texts(":-)", false)], [[], [], []]);
  assert.equal(found(":smi", false)[0]?.shown, "\u{1f604} :smile:");
  assert.equal(found(":smile")[0]?.complete, false);
  assert.ok(texts(":s").length > 5);
  assert.deepEqual(named("thumbs").map(({ name }) => name), ["thumbsup", "thumbsdown"]);
  assert.deepEqual([named("tada")[0]?.sign, named("__proto__").length], ["\u{1f389}", 0]);
});

it("has some candidates of ten thousand members, soon", () => {
  const { server, spoke, texts } = place();
  server.enter("#tea", ...Array.from({ length: 10_000 }, (_, number) => `user${number}`));
  spoke("user777");
  const began = performance.now();
  const found = texts("@u", false);
  assert.ok(performance.now() - began < 200);
  assert.equal(found.length, CANDIDATES_MAX);
  assert.deepEqual(found.slice(0, 2), ["user777: ", "user0: "]);
});

it("takes no long text without spaces for a word", () => {
  const { found } = place();
  const began = performance.now();
  assert.deepEqual(found(`@${"b".repeat(1_000_000)}`), []);
  assert.ok(performance.now() - began < 100);
});
