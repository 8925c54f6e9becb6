// A link: what it loads, and what happens while that is on its way.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Link } from "../../../ipcchat/web/js/link.js";
import { Network } from "../../../ipcchat/web/js/model/network.js";
import { Edge } from "../../../ipcchat/web/js/model/timeline.js";
import { message, moment, texts } from "./made.mjs";

/** A Chat that is asked for pages, and gives them when a test says so. */
class SlowChat {
  constructor() {
    this.ready = new Promise(() => {});
    this.keepsHistory = true;
    this.connected = true;
    this.channels = new Map();
    this.capabilities = new Map();
    this.support = new Map();
    this.people = new Map();
    this.nick = "ann";
    this.account = "";
    this.state = "connected";
    this.reason = "";
    this.retryAt = null;
    /** @type {((page: unknown) => void)[]} */
    this.asked = [];
  }

  listen() {
    return () => {};
  }

  watch() {
    return () => {};
  }

  past() {
    return new Promise((resolve) => this.asked.push(resolve));
  }
}

/** @param {unknown[]} acts */
const page = (acts) => ({ acts, begins: "", ends: "", moreBefore: false, moreAfter: false });
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

test("what is said while the latest page is on its way is there", async () => {
  const chat = new SlowChat();
  const network = new Network("test");
  // @ts-expect-error A Chat of the library can do more.
  const link = new Link(network, chat, { changed: () => {}, alerted: () => {} });
  /** @param {number} number */
  const said = (number) => message(`number ${number}`, { msgid: `m${number}`, seconds: number });
  const buffer = network.buffer("#tea");
  network.hear(said(1), moment(1));
  buffer.timeline.above = Edge.END;

  const returns = [link.returnToPresent(buffer), link.returnToPresent(buffer)];
  network.hear(said(2), moment(2));
  chat.asked[0]?.(page([said(1)]));
  await settled();
  assert.equal(chat.asked.length, 2, "it was wanted twice, and the first page was asked for before the second wish");
  network.hear(said(3), moment(3));
  chat.asked[1]?.(page([said(1), said(2)]));
  await Promise.all(returns);
  network.hear(said(4), moment(4));
  assert.deepEqual(texts(buffer.timeline), ["<bob> number 1", "<bob> number 2", "<bob> number 3", "<bob> number 4"]);
  assert.ok(buffer.timeline.live);
  assert.equal(chat.asked.length, 2);
});

test("a page that cannot be had leaves what is there, and can be asked for again", async () => {
  const chat = new SlowChat();
  const network = new Network("test");
  // @ts-expect-error A Chat of the library can do more.
  const link = new Link(network, chat, { changed: () => {}, alerted: () => {} });
  const buffer = network.buffer("#tea");
  network.hear(message("before", { msgid: "m1", seconds: 1 }), moment(1));
  link.page = async () => null;
  await link.returnToPresent(buffer);
  assert.equal(buffer.timeline.below, Edge.MORE);
  network.hear(message("behind", { msgid: "m2", seconds: 2 }), moment(2));
  link.page = Link.prototype.page;
  const returned = link.returnToPresent(buffer);
  chat.asked[0]?.(page([message("before", { msgid: "m1", seconds: 1 })]));
  await returned;
  assert.deepEqual(texts(buffer.timeline), ["<bob> before", "<bob> behind"]);
});
