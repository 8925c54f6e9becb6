// What is done to messages, and its limits; what was sent before; quotations.
//
// Specifications: IRCv3 draft/message-edit, draft/react, draft/message-redaction.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import {
  EDITS_MAX, REACTIONS_MAX, REACTORS_MAX, SIGN_CHARACTERS_MAX, UNPLACED_MAX, Unplaced, apply,
} from "../../../ipcchat/web/js/model/changes.js";
import { ANSWERS_MAX, Quotes } from "../../../ipcchat/web/js/model/quotes.js";
import { Recall } from "../../../ipcchat/web/js/model/recall.js";
import { edited, reaction, redacted, said } from "./made.mjs";

/** @param {number} most */
function numbers(most) {
  return Array.from({ length: most }, (_, number) => number);
}

it("has the text of the latest edit in whichever order they come", () => {
  for (const order of [[0, 1, 2, 3], [3, 2, 1, 0], [2, 3, 0, 1]]) {
    const entry = said(1);
    order.forEach((number) => assert.ok(apply(entry, edited(`text ${number}`, "m1", `e${number}`, number))));
    assert.deepEqual([entry.message.text, entry.message.edited, entry.edits.length], ["text 3", true, 4]);
  }
});

it("is not changed by an edit that is known, and knows the latest of very many", () => {
  const entry = said(1);
  assert.ok(apply(entry, edited("one", "m1", "e1")));
  assert.ok(!apply(entry, edited("two", "m1", "e1")) && !apply(entry, edited("two", "m1", "m1")));
  assert.ok(apply(entry, edited("three", "m1")));
  assert.deepEqual([...entry.edits], ["e1"]);
  numbers(EDITS_MAX + 10).forEach((number) => apply(entry, edited("x", "m1", `f${number}`, 10)));
  assert.equal(entry.edits.length, EDITS_MAX);
});

it("has neither text nor reactions when it is deleted, and gets none any more", () => {
  const entry = said(1);
  apply(entry, reaction("m1", "yes", "ann", { mine: true }));
  assert.ok(apply(entry, redacted("m1", "")) && entry.removedBy === "somebody");
  assert.ok(!apply(entry, redacted("m1", "eve")) && !apply(entry, edited("back again", "m1", "e1")));
  assert.deepEqual([entry.message.text, entry.reactions.size, entry.ours.size], ["", 0, 0]);
});

it("lets nobody react twice with one sign nor take back what he did not say", () => {
  const entry = said(1);
  assert.ok(apply(entry, reaction("m1", "yes")) && !apply(entry, reaction("m1", "yes")));
  assert.ok(!apply(entry, reaction("m1", "yes", "bob", { removed: true })));
  assert.ok(!apply(entry, reaction("m1", "no", "eve", { removed: true })));
  assert.deepEqual([...entry.reactions], [["yes", ["eve"]]]);
});

it("shares no reaction with another message", () => {
  const [one, other] = [said(1), said(2)];
  apply(one, reaction("m1", "yes", "ann", { mine: true }));
  assert.deepEqual([other.reactions.size, other.ours.size, said(3).reactions.size, said(3).ours.size], [0, 0, 0, 0]);
});

it("limits signs, who reacted and the length of a sign", () => {
  const entry = said(1);
  numbers(REACTIONS_MAX + 10).forEach((number) => apply(entry, reaction("m1", `sign ${number}`)));
  numbers(REACTORS_MAX + 10).forEach((number) => apply(entry, reaction("m1", "sign 1", `n${number}`)));
  assert.deepEqual([entry.reactions.size, entry.reactions.get("sign 1")?.length], [REACTIONS_MAX, REACTORS_MAX]);
  const other = said(2);
  apply(other, reaction("m2", "\u{1f600}".repeat(100_000)));
  assert.deepEqual([...other.reactions.keys()], ["\u{1f600}".repeat(SIGN_CHARACTERS_MAX)]);
});

describe("what waits for its message", () => {
  it("is given once, the earliest first", () => {
    const unplaced = new Unplaced();
    const [late, early, other] = [edited("b", "m1", "e2", 9), edited("a", "m1", "e1", 3), reaction("m2", "yes")];
    [late, early, other].forEach((change) => unplaced.keep(change));
    assert.deepEqual(unplaced.take("m1"), [early, late]);
    assert.deepEqual([...unplaced.take("m1"), ...unplaced.take("m9")], []);
    assert.deepEqual(unplaced.takeAll(), [other]);
    assert.deepEqual(unplaced.take("m2"), []);
  });

  it("has a limit, in number and length", () => {
    const unplaced = new Unplaced();
    unplaced.keep(edited("x".repeat(1_000_000), "m1", "e1"));
    unplaced.keep(reaction("", "yes"));
    assert.deepEqual(unplaced.takeAll(), []);
    numbers(5000).forEach((number) => unplaced.keep(reaction(`m${number}`, "yes")));
    assert.deepEqual(unplaced.take("m0"), []);
    assert.equal(unplaced.takeAll().length, UNPLACED_MAX);
  });
});

describe("quotations", () => {
  it("are forgotten with their entries and have a limit", () => {
    const quotes = new Quotes();
    const answers = numbers(ANSWERS_MAX + 1).map((number) => said(number + 1, { replyTo: "m0" }));
    answers.forEach((answer) => quotes.quote(answer, null));
    quotes.renew(said(0));
    assert.equal(answers[0]?.quoted, null);
    assert.deepEqual(answers.at(-1)?.quoted, { nick: "bob", text: "text 0" });
    answers.forEach((answer) => quotes.forget(answer));
    quotes.forget(said(7));
    assert.equal(quotes.size, 0);
  });

  it("of an edit are quotations of its message, drawn anew once", () => {
    const [quotes, answered, answer] = [new Quotes(), said(0), said(1, { replyTo: "e1" })];
    quotes.quote(answer, null);
    apply(answered, edited("better", "m0", "e1"));
    quotes.renew(answered);
    quotes.renew(answered);
    assert.deepEqual([answer.quoted, answer.version], [{ nick: "bob", text: "better" }, 1]);
  });
});

describe("walking through what was sent", () => {
  it("ends at what was being typed", () => {
    const recall = new Recall(["one", "two"], "draft");
    assert.deepEqual([recall.step("draft", -1), recall.step("two", -1), recall.step("one", -1)], ["two", "one", null]);
    assert.deepEqual([recall.step("one", 1), recall.step("two", 1), recall.step("draft", 1)], ["two", "draft", null]);
    assert.deepEqual(recall.leftBehind(), []);
    assert.equal(new Recall([], "draft").step("draft", -1), null);
  });

  it("keeps a change and gives it back", () => {
    const recall = new Recall(["one", "two"], "draft");
    recall.step("draft", -1);
    recall.step("two, changed", -1);
    assert.equal(recall.step("one", 1), "two, changed");
    assert.deepEqual([recall.leftBehind(), recall.typed], [["draft"], "draft"]);
    recall.step("two, changed", 1);
    assert.deepEqual(recall.leftBehind(), ["two, changed"]);
  });
});
