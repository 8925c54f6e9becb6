// A timeline keeps its entries in order, each once, whatever comes from which side.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { HELD_MAX } from "../../../ipcchat/web/js/model/beyond.js";
import { COMINGS_TOGETHER_MAX, Comings, Hole, Said, Told } from "../../../ipcchat/web/js/model/entries.js";
import { weightOf } from "../../../ipcchat/web/js/model/loaded.js";
import { Edge, Timeline } from "../../../ipcchat/web/js/model/timeline.js";
import { coming, edited, message, moment, reaction, redacted, said, texts } from "./made.mjs";

/** A timeline with these messages. @param {number[]} numbers */
function timelineOf(...numbers) {
  const timeline = new Timeline();
  numbers.forEach((number) => timeline.add(said(number)));
  return timeline;
}

/** @param {Timeline} timeline */
function msgids(timeline) {
  return timeline.entries.flatMap((entry) => (entry instanceof Said ? entry.message.msgid : []));
}

/** @param {number} first @param {number} end */
function range(first, end) {
  return Array.from({ length: end - first }, (_, place) => first + place);
}

/** What is so at every moment. @param {Timeline} timeline */
function check(timeline) {
  assert.deepEqual(timeline.entries.map((entry) => entry.number), range(timeline.first, timeline.end));
  const known = msgids(timeline).filter(Boolean);
  assert.equal(new Set(known).size, known.length);
  assert.ok(known.every((msgid) => timeline.find(msgid) !== null));
  assert.deepEqual([...timeline].map((entry) => timeline.index(entry)), range(0, timeline.length));
  assert.equal(timeline.weight, timeline.entries.reduce((sum, entry) => sum + weightOf(entry), 0));
}

describe("order", () => {
  it("gives older ones smaller numbers and changes nobody else's", () => {
    const timeline = timelineOf(5, 6);
    const held = timeline.entries[0];
    assert.equal(timeline.loadAbove([said(3), said(4), said(5), said(4)], true), 2);
    assert.deepEqual(msgids(timeline), ["m3", "m4", "m5", "m6"]);
    assert.ok(held instanceof Said && held.number === 0 && timeline.index(held) === 2);
    assert.equal(timeline.above, Edge.MORE);
    assert.equal(timeline.loadAbove([], false), 0);
    assert.equal(timeline.above, Edge.END);
    check(timeline);
  });

  it("does not add again what is known", () => {
    const timeline = timelineOf(1);
    assert.equal(timeline.add(said(1)), false);
    assert.equal(timeline.length, 1);
    assert.ok(timeline.add(new Told(moment(), "x")) && timeline.add(new Told(moment(), "x")));
    timeline.change(edited("better", "m1", "m2"));
    assert.equal(timeline.loadBelow([said(2)], false), 0);
  });

  it("lets old ones go, which can be had again", () => {
    const timeline = timelineOf(...range(0, 10));
    timeline.change(edited("other", "m1", "e1"));
    const gone = timeline.at(1);
    timeline.trimAbove(4);
    timeline.trimAbove(4);
    assert.deepEqual(msgids(timeline), ["m6", "m7", "m8", "m9"]);
    assert.equal(timeline.above, Edge.MORE);
    assert.ok(gone !== null && timeline.index(gone) === null);
    assert.equal(timeline.find("m1") ?? timeline.find("e1"), null);
    timeline.loadAbove([said(4), said(5)], true);
    assert.deepEqual(msgids(timeline).slice(0, 3), ["m4", "m5", "m6"]);
    check(timeline);
    timeline.trimAbove(0);
    assert.deepEqual([timeline.length, timeline.first, timeline.end, timeline.weight], [0, 0, 0, 0]);
  });

  it("has what is pending behind everything", () => {
    const timeline = timelineOf(1);
    const one = timeline.send(message("one", { nick: "ann", mine: true }));
    const two = timeline.send(message("two", { nick: "ann", mine: true }));
    timeline.add(said(2));
    assert.deepEqual([...timeline].slice(2), [one, two]);
    assert.ok(timeline.at(3) === two && timeline.index(one) === 2 && timeline.at(4) === null);
    assert.equal(timeline.echo(message("three", { nick: "ann", mine: true })), false);
    assert.ok(timeline.echo(message("two", { nick: "ann", mine: true, msgid: "m9" })));
    assert.deepEqual(msgids(timeline), ["m1", "m2", "m9"]);
    assert.deepEqual(timeline.pending, [one]);
    timeline.confirm(one, null);
    timeline.drop(one);
    assert.equal(timeline.pending.length, 0);
    check(timeline);
  });

  it("takes a receipt for one echo only", () => {
    const timeline = new Timeline();
    const echo = message("ok", { nick: "ann", mine: true });
    const [one, two] = [timeline.send(echo), timeline.send(echo)];
    timeline.confirm(one, echo);
    assert.equal(timeline.echo(echo), false);
    assert.equal(timeline.echo(echo), true);
    assert.deepEqual([...timeline], [two]);
  });

  it("keeps what was refused until it is taken back", () => {
    const timeline = new Timeline();
    const sent = timeline.send(message("ok", { nick: "ann", mine: true }));
    timeline.refuse(sent, "you are banned");
    assert.equal(timeline.echo(message("ok", { nick: "ann", mine: true, msgid: "m1" })), false);
    assert.deepEqual([sent.delivery, sent.refusal, timeline.length], ["failed", "you are banned", 1]);
  });

  it("finds the last message of somebody as the server tells names apart", () => {
    const timeline = timelineOf(1);
    timeline.add(said(2, { nick: "A[" }));
    timeline.add(said(3, { nick: "eve" }));
    timeline.change(redacted("m3"));
    assert.equal(timeline.lastBy("a["), timeline.find("m2"));
    assert.equal(timeline.lastBy("eve"), null);
    assert.equal(timeline.lastBy("a{"), null);
    assert.equal(timeline.lastBy("a{", "rfc1459"), timeline.find("m2"));
  });

  it("finds the first message of somebody else behind a time", () => {
    const timeline = timelineOf(1, 2);
    timeline.add(said(3, { nick: "ann" }));
    timeline.add(said(4));
    timeline.add(said(5, { nick: "ann" }));
    timeline.add(new Told(moment(9), "x"));
    const found = [null, moment(0), moment(2), moment(4), moment(9)].map((time) => timeline.firstAfter(time));
    assert.deepEqual(found, [null, 0, 3, null, null]);
  });

  it("says a hole once for one reason", () => {
    const timeline = timelineOf(1);
    ["a", "a", "b", "a"].forEach((reason) => timeline.miss(moment(2), reason));
    const reasons = timeline.entries.flatMap((entry) => (entry instanceof Hole ? entry.reason : []));
    assert.deepEqual(reasons, ["a", "b", "a"]);
  });
});

describe("who comes and goes", () => {
  it("stands in lines of bounded length", () => {
    const timeline = new Timeline();
    range(0, COMINGS_TOGETHER_MAX + 1).forEach((number) => timeline.came(coming(`n${number}`)));
    const lengths = timeline.entries.map((entry) => (entry instanceof Comings ? entry.people.length : 0));
    assert.deepEqual(lengths, [COMINGS_TOGETHER_MAX, 1]);
  });

  it("is told anew on another day", () => {
    const timeline = new Timeline();
    [0, 60, 86_400].forEach((seconds) => timeline.came(coming("dan", "joined", seconds)));
    assert.equal(timeline.length, 2);
  });

  it("does not come into a window of the past", () => {
    const timeline = timelineOf(1);
    timeline.below = Edge.MORE;
    assert.equal(timeline.came(coming("dan")), null);
    assert.equal(timeline.length, 1);
  });
});

describe("windows", () => {
  it("count what others say and have it when they reach the present", () => {
    const timeline = timelineOf(8, 9);
    timeline.show([said(1), said(2)], { above: Edge.MORE, below: Edge.MORE });
    [said(10), said(11, { nick: "ann" }), said(12)].forEach((entry) => assert.equal(timeline.add(entry), false));
    timeline.add(new Told(moment(13), "the topic is tea"));
    assert.deepEqual([timeline.arrived, timeline.live], [2, false]);
    assert.notEqual(timeline.find("m10"), null);
    assert.equal(timeline.add(said(10)), false);
    assert.equal(timeline.arrived, 2);
    timeline.change(edited("late", "m12", "e1"));
    timeline.loadBelow(range(3, 8).map((number) => said(number)), true);
    timeline.loadBelow([said(8), said(9), said(10)], false);
    assert.ok(timeline.live && timeline.arrived === 0);
    assert.deepEqual(msgids(timeline), range(1, 13).map((number) => `m${number}`));
    assert.deepEqual(texts(timeline).slice(-2), ["<bob> late", "-- the topic is tea"]);
    assert.equal(timeline.find("e1"), timeline.find("m12"));
    check(timeline);
  });

  it("show the latest page and what came since when they return to the present", () => {
    const timeline = timelineOf(8, 9);
    timeline.show([said(1)], { above: Edge.END, below: Edge.MORE });
    [10, 11, 12].forEach((number) => timeline.add(said(number)));
    timeline.show([said(10), said(11)], { above: Edge.MORE, below: Edge.END });
    assert.ok(timeline.live);
    assert.deepEqual(msgids(timeline), ["m10", "m11", "m12"]);
    assert.equal(timeline.above, Edge.MORE);
    assert.ok(timeline.add(said(13)));
    check(timeline);
  });

  it("do not put behind their end what is older and not in the page", () => {
    const timeline = timelineOf(1);
    timeline.show([said(1)], { above: Edge.END, below: Edge.MORE });
    timeline.add(said(2));
    timeline.add(said(5));
    timeline.add(new Told(moment(4), "equal time, no msgid"));
    timeline.loadBelow([said(3), said(4)], false);
    assert.deepEqual(msgids(timeline), ["m1", "m3", "m4", "m5"]);
    assert.equal(timeline.length, 4);
  });

  it("are not at the present yet where too much happened", () => {
    const timeline = timelineOf(1);
    timeline.show([said(1)], { above: Edge.END, below: Edge.MORE });
    range(10, 12 + HELD_MAX).forEach((number) => timeline.add(said(number)));
    timeline.loadBelow([said(2)], false);
    assert.deepEqual([timeline.live, timeline.arrived], [false, HELD_MAX + 2]);
    timeline.loadBelow(range(3, 14).map((number) => said(number)), false);
    assert.deepEqual([timeline.live, timeline.length], [true, HELD_MAX + 2 + 9]);
    check(timeline);
  });

  it("become older ones while very much happens and somebody looks at the past", () => {
    const timeline = new Timeline(10);
    range(0, 30).forEach((number) => timeline.add(said(number)));
    assert.deepEqual([timeline.entries.length, timeline.live, timeline.arrived], [20, false, 10]);
  });

  it("all have the pending messages", () => {
    const timeline = timelineOf(1);
    const pending = timeline.send(message("x", { nick: "ann", mine: true }));
    timeline.show([said(0)], { above: Edge.END, below: Edge.MORE });
    assert.equal([...timeline].at(-1), pending);
    assert.ok(timeline.echo(message("x", { nick: "ann", mine: true, msgid: "m5", seconds: 5 })));
    assert.equal(timeline.length, 1);
    timeline.loadBelow([said(1)], false);
    assert.equal([...timeline].at(-1), pending);
    assert.equal(timeline.arrived, 0);
  });
});

describe("limits", () => {
  it("count long texts and many reactions for more", () => {
    const timeline = timelineOf(0, 1, 2, 3);
    timeline.change(edited("x".repeat(5000), "m1", "e1"));
    assert.equal(timeline.weight, 4 + 10);
    range(0, 100).forEach((number) => timeline.change(reaction("m2", "yes", `n${number}`)));
    assert.equal(timeline.weight, 4 + 10 + 10);
    timeline.trimToWeight(12);
    assert.deepEqual(msgids(timeline), ["m2", "m3"]);
    check(timeline);
  });

  it("find a message that is edited without end by its latest edits", () => {
    const timeline = timelineOf(1);
    range(0, 1000).forEach((number) => timeline.change(edited(`text ${number}`, "m1", `e${number}`, number)));
    assert.equal(timeline.find("e0"), null);
    assert.equal(timeline.find("e999"), timeline.find("m1"));
    assert.deepEqual(texts(timeline), ["<bob> text 999"]);
  });

  it("forget what is done to unknown messages without end", () => {
    const timeline = new Timeline();
    range(0, 10_000).forEach((number) => timeline.change(reaction(`m${number}`, "yes")));
    timeline.loadAbove([said(0), said(9999)], false);
    const reactions = timeline.entries.map((entry) => (entry instanceof Said ? [...entry.reactions] : null));
    assert.deepEqual(reactions, [[], [["yes", ["eve"]]]]);
  });
});

it("tells two places that are one by their times", () => {
  const [ours, theirs] = [timelineOf(1, 4, 6), timelineOf(2, 4, 9)];
  theirs.below = Edge.MORE;
  ours.absorb(theirs);
  assert.deepEqual(msgids(ours), ["m1", "m2", "m4", "m6", "m9"]);
  assert.equal(ours.live, false);
  check(ours);
});

it("has the entries of a plain list, whatever happens", () => {
  let seed = 7;
  const random = (/** @type {number} */ most) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % most;
  };
  for (let play = 0; play < 200; play++) {
    const timeline = new Timeline();
    /** @type {string[]} */
    let names = [];
    const fresh = (/** @type {string[]} */ found) => [...new Set(found)].filter((name) => !names.includes(name));
    for (let step = 0; step < 40; step++) {
      const numbers = range(0, random(7)).map(() => random(40));
      const page = () => numbers.map((number) => said(number));
      const ids = numbers.map((number) => `m${number}`);
      const keep = random(12);
      const steps = [
        () => { numbers.forEach((number) => timeline.add(said(number))); names = [...names, ...fresh(ids)]; },
        () => { timeline.loadAbove(page(), true); names = [...fresh(ids), ...names]; },
        () => { timeline.loadBelow(page(), false); names = [...names, ...fresh(ids)]; },
        () => { timeline.trimAbove(keep); names = keep ? names.slice(-keep) : []; },
        () => { timeline.show(page(), { above: Edge.MORE, below: Edge.END }); names = [...new Set(ids)]; },
        () => { timeline.change(redacted(`m${keep}`)); },
        () => { timeline.change(edited("x", `m${keep}`, `e${step}`)); },
      ];
      steps[random(steps.length)]?.();
      assert.deepEqual(msgids(timeline), names);
      check(timeline);
    }
  }
});
