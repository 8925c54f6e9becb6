// How our user stands to a buffer: what waits to be read, where the line stands, who spoke, who types.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import {
  Buffer, Draft, INPUTS_MAX, Kind, SPEAKERS_MAX, TRIMMED_AT_ONCE, TYPING_MAX, WAITING_MAX,
} from "../../../ipcchat/web/js/model/buffer.js";
import { Said } from "../../../ipcchat/web/js/model/entries.js";
import { ENTRIES_MAX, Edge } from "../../../ipcchat/web/js/model/timeline.js";
import { coming, moment, redacted, said } from "./made.mjs";

/** A channel. */
function tea() {
  return new Buffer("test", "#tea", Kind.CHANNEL);
}

/** @param {number} first @param {number} end */
function range(first, end) {
  return Array.from({ length: end - first }, (_, place) => first + place);
}

/**
 * Messages come, each at its second.
 * @param {Buffer} buffer @param {number[]} numbers @param {{nick?: string, read?: boolean, mentions?: boolean}} how
 */
function hear(buffer, numbers, { nick = "bob", read = false, mentions = false } = {}) {
  for (const number of numbers) {
    const entry = said(number, { nick, mentions });
    buffer.timeline.add(entry);
    buffer.heard(entry, entry.time, { read });
  }
}

/** History is loaded. @param {Buffer} buffer @param {number[]} numbers */
function load(buffer, numbers, more = false) {
  buffer.timeline.loadAbove(numbers.map((number) => said(number)), more);
  buffer.count();
}

/** The text of the message above which the unread line stands; "" when there is none. @param {Buffer} buffer */
function behindLine(buffer) {
  const place = buffer.timeline.firstAfter(buffer.line);
  const entry = place === null ? null : buffer.timeline.at(place);
  return entry instanceof Said ? entry.message.text : "";
}

describe("what is unread", () => {
  it("is what others say until it is read", () => {
    const buffer = tea();
    hear(buffer, [1, 2]);
    hear(buffer, [3], { mentions: true });
    hear(buffer, [4], { nick: "ann" });
    hear(buffer, [5], { read: true });
    assert.deepEqual([buffer.unread, buffer.mentions, buffer.unreadText], [3, 1, "3"]);
    assert.equal(buffer.read(), moment(3));
    assert.deepEqual([buffer.unread, buffer.mentions, buffer.unreadText, buffer.read()], [0, 0, "", moment(5)]);
    assert.equal(buffer.read(), null);
  });

  it("is nothing where only we spoke", () => {
    const buffer = tea();
    assert.equal(buffer.read(), null);
    hear(buffer, [1], { nick: "ann" });
    assert.deepEqual([buffer.unread, buffer.read()], [0, null]);
  });

  it("is no history before a marker is known, and the marker only goes forward", () => {
    const buffer = tea();
    hear(buffer, [5, 6]);
    load(buffer, [1, 2, 3]);
    assert.equal(buffer.unread, 2);
    assert.ok(buffer.readUntil(moment(2)));
    assert.deepEqual([buffer.unread, behindLine(buffer)], [3, "text 3"]);
    assert.deepEqual([moment(1), moment(2), null].map((time) => buffer.readUntil(time)), [false, false, false]);
    assert.deepEqual([buffer.unread, buffer.marker], [3, moment(2)]);
  });

  it("is more than is counted where the marker lies before what is loaded", () => {
    const buffer = tea();
    buffer.readUntil(moment(5));
    load(buffer, range(10, 20), true);
    assert.equal(buffer.unreadText, "10+");
    load(buffer, range(3, 10), true);
    assert.equal(buffer.unreadText, "14");
    const whole = tea();
    whole.readUntil(moment(5));
    load(whole, range(10, 20));
    assert.equal(whole.unreadText, "10");
  });

  it("is counted up to a limit", () => {
    const buffer = tea();
    hear(buffer, range(1, WAITING_MAX + 6), { mentions: true });
    assert.deepEqual([buffer.unread, buffer.mentions], [WAITING_MAX, WAITING_MAX]);
    assert.equal(buffer.unreadText, `${WAITING_MAX}+`);
    buffer.readUntil(moment(0));
    assert.deepEqual([buffer.unread, buffer.waiting[0]?.time], [WAITING_MAX, moment(6)]);
  });

  it("waits beyond an older window all the same, and is counted once when it is loaded", () => {
    const buffer = tea();
    hear(buffer, [1, 2], { read: true });
    buffer.read();
    buffer.timeline.show([said(1)], { above: Edge.MORE, below: Edge.MORE });
    hear(buffer, [3, 4], { mentions: true });
    buffer.count();
    assert.deepEqual([buffer.unread, buffer.mentions], [2, 2]);
    buffer.timeline.show([said(3), said(4)], { above: Edge.MORE, below: Edge.END });
    buffer.count();
    assert.equal(buffer.unread, 2);
    const removed = buffer.timeline.change(redacted("m3"));
    if (removed !== null) {
      buffer.recount(removed);
    }
    assert.deepEqual([buffer.unread, buffer.read()], [1, moment(4)]);
  });

  it("is counted once when it was let go and is loaded again", () => {
    const buffer = tea();
    buffer.readUntil(moment(1));
    hear(buffer, [2, 3]);
    buffer.timeline.trimAbove(0);
    load(buffer, [2, 3], true);
    assert.equal(buffer.unread, 2);
  });

  it("is what is said now even where the marker is of tomorrow, and not what a bouncer repeats", () => {
    const buffer = tea();
    buffer.readUntil(moment(86_400));
    hear(buffer, [1]);
    assert.equal(buffer.unread, 1);
    assert.equal(buffer.heard(said(2), moment(3600), { read: false }), false);
  });
});

describe("the unread line", () => {
  it("stands above the first that was not read, and stays while it is read", () => {
    const buffer = tea();
    hear(buffer, [1, 2], { read: true });
    buffer.read();
    buffer.left();
    hear(buffer, [3, 4]);
    assert.equal(behindLine(buffer), "text 3");
    buffer.read();
    hear(buffer, [5], { read: true });
    assert.equal(behindLine(buffer), "text 3");
    buffer.read();
    hear(buffer, [6]);
    assert.equal(behindLine(buffer), "text 6");
    buffer.read();
    buffer.left();
    assert.equal(behindLine(buffer), "");
  });

  it("stands where it was for who leaves without having read", () => {
    const buffer = tea();
    hear(buffer, [1], { nick: "ann" });
    hear(buffer, [2, 3]);
    buffer.shown = true;
    buffer.left();
    assert.deepEqual([behindLine(buffer), buffer.shown], ["text 2", false]);
  });

  it("is moved by what another client read, unless somebody looks", () => {
    const buffer = tea();
    hear(buffer, [1, 2]);
    buffer.readUntil(moment(2));
    assert.deepEqual([behindLine(buffer), buffer.line], ["", moment(2)]);
    hear(buffer, [3]);
    buffer.shown = true;
    buffer.readUntil(moment(3));
    assert.equal(behindLine(buffer), "text 3");
  });
});

describe("people", () => {
  it("who spoke last are the last of the speakers, and have a limit", () => {
    const buffer = tea();
    range(0, SPEAKERS_MAX + 2).forEach((number) => hear(buffer, [number], { nick: `n${number}` }));
    hear(buffer, [9000], { nick: "n5" });
    assert.deepEqual([buffer.speakers.size, [...buffer.speakers.keys()].at(-1)], [SPEAKERS_MAX, "n5"]);
    assert.deepEqual([buffer.knows("n0", moment(9000)), buffer.knows("n5", moment(9001))], [false, true]);
  });

  it("who came and never spoke are forgotten in the end", () => {
    const buffer = tea();
    range(0, SPEAKERS_MAX + 2).forEach((number) => buffer.came(coming(`n${number}`)));
    buffer.came(coming("n9", "left"));
    assert.deepEqual([buffer.newcomers.size, buffer.newcomers.has("n9")], [SPEAKERS_MAX - 1, false]);
  });

  it("who have another nick are the same", () => {
    const buffer = tea();
    hear(buffer, [1]);
    buffer.types("bob", moment(9), moment(2));
    buffer.renamed("bob", "robert");
    assert.deepEqual([buffer.knows("robert", moment(3)), buffer.knows("bob", moment(3))], [true, false]);
    assert.deepEqual(buffer.activeTyping(moment(3)), ["robert"]);
  });

  it("who type are told of, a few, and nobody for ever", () => {
    const buffer = tea();
    range(0, TYPING_MAX + 5).forEach((number) => buffer.types(`n${number}`, moment(6), moment(0)));
    assert.equal(buffer.activeTyping(moment(1)).length, TYPING_MAX);
    buffer.types("bob", moment(20), moment(10));
    assert.deepEqual([...buffer.typing.keys()], ["bob"]);
    buffer.types("bob", null, moment(11));
    assert.equal(buffer.typing.size, 0);
  });
});

it("brings back what was sent, once each", () => {
  const buffer = tea();
  ["", "hi", "hi", "there"].forEach((text) => buffer.typed(text));
  assert.deepEqual(buffer.inputs, ["hi", "there"]);
  range(0, INPUTS_MAX + 5).forEach((number) => buffer.typed(`${number}`));
  assert.deepEqual([buffer.inputs.length, buffer.inputs.at(-1)], [INPUTS_MAX, `${INPUTS_MAX + 4}`]);
});

it("lets old entries go when nobody looks", () => {
  const buffer = tea();
  buffer.timeline.loadAbove(range(0, ENTRIES_MAX + TRIMMED_AT_ONCE).map((number) => said(number)), false);
  buffer.trim();
  assert.equal(buffer.timeline.length, ENTRIES_MAX + TRIMMED_AT_ONCE);
  buffer.timeline.add(said(ENTRIES_MAX + TRIMMED_AT_ONCE));
  buffer.left();
  assert.deepEqual([buffer.timeline.length, buffer.timeline.above], [ENTRIES_MAX, Edge.MORE]);
  buffer.trim(10);
  assert.equal(buffer.timeline.length, 10);
});

it("loses nothing when two buffers are one", () => {
  const [one, other] = [tea(), tea()];
  hear(one, [1, 4]);
  hear(other, [2], { nick: "eve" });
  one.typed("b");
  other.typed("a");
  other.draft = new Draft("half a sent");
  [one.marker, other.marker] = [moment(0), moment(0) + 1];
  one.muted = other.joined = true;
  one.absorb(other);
  const found = [...one.timeline].map((entry) => (entry instanceof Said ? entry.message.text : ""));
  assert.deepEqual(found, ["text 1", "text 2", "text 4"]);
  assert.deepEqual([one.unread, one.inputs, one.draft.text, one.marker], [3, ["a", "b"], "half a sent", moment(0) + 1]);
  assert.deepEqual([one.joined, one.muted, [...one.speakers.keys()]], [true, false, ["eve", "bob"]]);
  assert.equal(other.timeline, one.timeline);
});
