// The order of the buffers, where one is, and where to go next.

import assert from "node:assert/strict";
import { it } from "node:test";

import { Desk } from "../../../ipcchat/web/js/model/desk.js";
import { Network } from "../../../ipcchat/web/js/model/network.js";

/** A network called "one" with some places, and one called "two". */
function seat() {
  const desk = new Desk();
  const [one, two] = [new Network("one"), new Network("two")];
  desk.add(one);
  desk.add(two);
  for (const name of ["#b", "zoe", "#A", "bob"]) {
    one.buffer(name);
  }
  two.buffer("#c");
  const names = () => desk.buffers().map((buffer) => buffer.name);
  return { desk, one, two, names };
}

/** @param {import("../../../ipcchat/web/js/model/buffer.js").Buffer} buffer */
function wait(buffer, unread = 1, mentions = 0) {
  buffer.unread = unread;
  buffer.mentions = mentions;
  return buffer;
}

it("lists the server's buffer, channels and people of each network", () => {
  const { one, names } = seat();
  assert.deepEqual(names(), ["one", "#A", "#b", "bob", "zoe", "two", "#c"]);
  one.buffer("#aa");
  assert.deepEqual(names().slice(0, 4), ["one", "#A", "#aa", "#b"]);
});

it("looks at the first network at first, and without one at nothing", () => {
  const empty = new Desk();
  assert.deepEqual([empty.current, empty.network, empty.neighbour(1), empty.numbered(1)], [null, null, null, null]);
  const { desk, one } = seat();
  assert.equal(desk.current, one.server);
  assert.ok(one.server.shown && desk.network === one);
  assert.throws(() => desk.add(new Network("one")), RangeError);
});

it("remembers where one was, and returns there when a buffer is closed", () => {
  const { desk, one, two } = seat();
  desk.go(one.buffer("#b"));
  desk.go(two.buffer("#c"));
  assert.equal(desk.previous, one.buffer("#b"));
  assert.deepEqual([one.buffer("#b").shown, two.buffer("#c").shown], [false, true]);
  assert.equal(desk.lastOf(one), one.buffer("#b"));
  const closed = two.buffer("#c");
  desk.close(closed);
  assert.ok(!desk.has(closed) && desk.current === one.buffer("#b") && desk.previous === null);
  desk.go(closed);
  assert.equal(desk.current, one.buffer("#b"));
  desk.close(one.buffer("#b"));
  assert.equal(desk.current, one.server);
});

it("looks at another network when one is closed", () => {
  const { desk, one, two } = seat();
  desk.go(one.buffer("#b"));
  desk.remove(one);
  assert.equal(desk.current, two.server);
  desk.remove(two);
  assert.equal(desk.current, null);
});

it("goes around the end, and numbers leave out servers", () => {
  const { desk, one, two } = seat();
  assert.equal(desk.neighbour(1), one.buffer("#A"));
  assert.equal(desk.neighbour(-1), two.buffer("#c"));
  assert.equal(desk.neighbour(15), one.buffer("#A"));
  assert.deepEqual([1, 5, 6, 0].map((number) => desk.numbered(number)?.name ?? ""), ["#A", "#c", "", ""]);
});

it("reads next where one is called, then people, then channels", () => {
  const { desk, one, two } = seat();
  assert.equal(desk.nextUnread(), null);
  wait(one.buffer("#A"));
  const person = wait(one.buffer("zoe"), 1, 0);
  const called = wait(two.buffer("#c"), 1, 1);
  called.muted = true;
  assert.equal(desk.nextUnread(), called);
  assert.deepEqual([desk.unread, desk.mentions], [3, 0]);
  wait(called, 5, 0);
  assert.equal(desk.nextUnread(), person);
  wait(person, 0);
  assert.equal(desk.nextUnread(), one.buffer("#A"));
  assert.equal(desk.unread, 1);
});
