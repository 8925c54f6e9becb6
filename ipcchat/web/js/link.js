// A link: one Chat of the library, run for its network. The only place that awaits the library.
//
// Rules:
// 1. What is sent stands in its timeline at once, as pending, and is confirmed by its echo.
// 2. History is asked for page by page, one page of a buffer at a time. A page that could not be had is said, and can be
//    asked for again.
// 3. Where too much was missed to hear all of it, the latest page is loaded, and who scrolls back finds the rest.
// 4. Up to where our user has read is told to the server a moment later, once for all that he read meanwhile.

import { ChatError, READ_MARKER, emptyPage } from "./chat/index.js";
import { Kind } from "./model/buffer.js";
import { Delivery, Said, Tone } from "./model/entries.js";
import { Edge } from "./model/timeline.js";
import { printable } from "./text/printable.js";

/** @typedef {import("./chat/chat.js").Chat} Chat */
/** @typedef {import("./chat/events.js").Event} Event */
/** @typedef {import("./chat/events.js").Message} Message */
/** @typedef {import("./chat/pastCalls.js").Page} Page */
/** @typedef {import("./model/buffer.js").Buffer} Buffer */
/** @typedef {import("./model/network.js").Network} Network */
/** @typedef {import("./model/network.js").Alert} Alert */
/** @typedef {import("./model/timeline.js").EdgeName} EdgeName */

/**
 * What a link needs of the program around it.
 * @typedef {object} Around
 * @property {() => void} changed something is to be drawn
 * @property {(alerts: readonly Alert[]) => void} alerted something calls for our user
 */

const PAGE_MESSAGES = 100;
// Conversations that were not open here are opened when something in them waits to be read, at most so many.
const CONVERSATIONS_LOOKED_AT_MAX = 50;
const MARK_MS = 500;
const BEGINNING = 0;
const NEVER = Date.UTC(9999, 11, 31);

/** The Chat of a network. */
export class Link {
  /** @param {Network} network @param {Chat} chat @param {Around} around */
  constructor(network, chat, around) {
    this.network = network;
    this.chat = chat;
    this.around = around;
    /** @type {Map<Buffer, number>} */
    this.unmarked = new Map();
    /** @type {Map<Buffer, {first: number, point: string}>} */
    this.begins = new Map();
    /** @type {Map<Buffer, {end: number, point: string}>} */
    this.ends = new Map();
    /** @type {Set<Buffer>} */
    this.holed = new Set();
    /** @type {Map<Buffer, boolean>} whether the latest page is wanted once more when the one on its way is there */
    this.returning = new Map();
    network.chat = chat;
    this.stops = [chat.listen((event) => this.take(event)), chat.watch(() => this.showState())];
    chat.ready.then(
      () => void this.introduce(),
      () => this.showState(),
    );
    this.showState();
  }

  /** Hear no more. */
  stop() {
    this.stops.forEach((stop) => stop());
  }

  showState() {
    const { network, chat } = this;
    network.state = chat.state;
    network.reason = chat.reason;
    network.retryAt = chat.retryAt;
    this.around.changed();
  }

  // Hearing.

  /** @param {Event} event */
  take(event) {
    const alerts = this.network.hear(event, Date.now());
    if (alerts.length > 0) this.around.alerted(alerts);
    if (event.type === "Joined" && event.mine) this.joined(this.network.buffer(event.channel));
    else if (event.type === "Gap") this.network.placesOf(event).forEach((buffer) => this.holed.add(buffer));
    else if (event.type === "CaughtUp" && this.chat.keepsHistory) this.fillHoles();
    this.around.changed();
  }

  /** @param {Buffer} buffer */
  joined(buffer) {
    const cameAgain = buffer.timeline.above !== Edge.UNKNOWN && this.chat.keepsHistory;
    void (cameAgain ? this.returnToPresent(buffer) : this.load(buffer));
  }

  fillHoles() {
    const holed = [...this.holed];
    this.holed.clear();
    holed.forEach((buffer) => void this.returnToPresent(buffer));
  }

  /** Do something with the library; a refusal is said in the buffer. @param {Buffer} buffer @param {Promise<unknown>} what */
  async do(buffer, what) {
    try {
      await what;
    } catch (error) {
      this.network.note(buffer, printable(reasonOf(error)), Date.now(), Tone.WARNING);
    }
    this.around.changed();
  }

  // Saying.

  /**
   * Send a text; it stands there as pending at once.
   * @param {Buffer} buffer @param {string} text @param {{kind?: string, replyTo?: string}} [how]
   */
  say(buffer, text, { kind = "message", replyTo = "" } = {}) {
    const said = buffer.timeline.send(this.ownMessage(buffer, text, kind, replyTo));
    void this.post(buffer, said);
  }

  /** Send once more what was refused. @param {Buffer} buffer @param {Said} said */
  sayAgain(buffer, said) {
    buffer.timeline.drop(said);
    const { text, kind, replyTo } = said.message;
    this.say(buffer, text, { kind, replyTo });
  }

  /** @param {Buffer} buffer @param {Said} said */
  async post(buffer, said) {
    const { target, text, kind, replyTo } = said.message;
    this.around.changed();
    try {
      buffer.timeline.confirm(said, await this.chat.post(target, text, { kind, replyTo }));
    } catch (error) {
      if (said.delivery === Delivery.PENDING) buffer.timeline.refuse(said, printable(reasonOf(error)));
    }
    this.around.changed();
  }

  /**
   * @param {Buffer} buffer @param {string} text @param {string} kind @param {string} replyTo
   * @returns {Message}
   */
  ownMessage(buffer, text, kind, replyTo) {
    const isChannel = buffer.kind === Kind.CHANNEL;
    return {
      type: "Message",
      time: Date.now(),
      source: "",
      msgid: "",
      account: this.chat.account,
      bot: false,
      oper: null,
      missed: false,
      tags: new Map(),
      target: buffer.name,
      nick: this.chat.nick,
      status: "",
      mine: true,
      prefixes: this.chat.support.get("CHANTYPES") ?? "#&",
      channel: isChannel ? buffer.name : null,
      place: buffer.name,
      replyTo,
      text,
      kind,
      elsewhere: false,
      edited: false,
      context: "",
      reaction: "",
    };
  }

  // The past.

  /** The latest messages of a buffer, if nothing was asked yet. @param {Buffer} buffer */
  async load(buffer) {
    if (buffer.timeline.above === Edge.UNKNOWN && this.chat.connected) {
      buffer.timeline.above = Edge.ASKED;
      await this.loadAbove(buffer, "");
    }
  }

  /** The page before what is loaded. @param {Buffer} buffer */
  async loadOlder(buffer) {
    const { timeline } = buffer;
    const known = this.begins.get(buffer);
    timeline.above = Edge.ASKED;
    await this.loadAbove(buffer, known?.point && known.first === timeline.first ? known.point : firstMsgid(buffer));
  }

  /** The page behind what is loaded of a window that is not live. @param {Buffer} buffer */
  async loadNewer(buffer) {
    const { timeline } = buffer;
    const known = this.ends.get(buffer);
    timeline.below = Edge.ASKED;
    const after = known?.point && known.end === timeline.end ? known.point : lastMsgid(buffer);
    const page = await this.page(buffer, { after });
    if (page === null) {
      timeline.below = Edge.MORE;
    } else {
      timeline.loadBelow(this.network.past(page.acts, buffer), page.moreAfter !== false && page.acts.length > 0);
      this.ends.set(buffer, { end: timeline.end, point: page.ends });
      buffer.count();
    }
    this.around.changed();
  }

  /**
   * Load what stands around a message, unless it is loaded; null when it cannot be had.
   * @param {Buffer} buffer @param {string} msgid @returns {Promise<Said | null>}
   */
  async showAround(buffer, msgid) {
    const loaded = buffer.timeline.find(msgid);
    if (loaded !== null && buffer.timeline.index(loaded) !== null) return loaded;
    const page = await this.page(buffer, { around: msgid });
    if (page === null || !page.acts.some((act) => act.msgid === msgid)) return null;
    const edges = { above: edgeOf(page.moreBefore), below: edgeOf(page.moreAfter) };
    buffer.timeline.show(this.network.past(page.acts, buffer), edges);
    this.notePoints(buffer, page);
    this.around.changed();
    return buffer.timeline.find(msgid);
  }

  /**
   * Load the latest messages in the place of an older window. What happens until the page is there is held (`Timeline`,
   * rule 4): the page may have been read before it.
   * @param {Buffer} buffer
   */
  async returnToPresent(buffer) {
    if (this.returning.has(buffer)) {
      this.returning.set(buffer, true);
      return;
    }
    const page = await this.latestPage(buffer);
    if (page === null) {
      buffer.timeline.below = Edge.MORE;
    } else {
      const edges = { above: edgeOf(page.moreBefore), below: Edge.END };
      buffer.timeline.show(this.network.past(page.acts, buffer), edges);
      this.notePoints(buffer, page);
      buffer.count();
    }
    this.around.changed();
  }

  /** The latest page, read anew when it was wanted again meanwhile. @param {Buffer} buffer @returns {Promise<Page | null>} */
  async latestPage(buffer) {
    /** @type {Page | null} */
    let page = null;
    this.returning.set(buffer, true);
    try {
      while (this.returning.get(buffer)) {
        this.returning.set(buffer, false);
        buffer.timeline.below = Edge.ASKED;
        page = await this.page(buffer, {});
      }
    } finally {
      this.returning.delete(buffer);
    }
    return page;
  }

  /** A page before a point, or the latest one. @param {Buffer} buffer @param {string} before */
  async loadAbove(buffer, before) {
    const { timeline } = buffer;
    const page = await this.page(buffer, { before });
    if (page === null) {
      timeline.above = before ? Edge.MORE : Edge.UNKNOWN;
    } else {
      const entries = notThereYet(buffer, this.network.past(page.acts, buffer));
      timeline.loadAbove(entries, page.moreBefore !== false && page.acts.length > 0);
      this.begins.set(buffer, { first: timeline.first, point: page.begins });
      buffer.count();
    }
    this.around.changed();
  }

  /** Where a window begins and ends: its first and last act need not be messages. @param {Buffer} buffer @param {Page} page */
  notePoints(buffer, page) {
    this.begins.set(buffer, { first: buffer.timeline.first, point: page.begins });
    this.ends.set(buffer, { end: buffer.timeline.end, point: page.ends });
  }

  /**
   * A page of history; null when it could not be had, and then that is said.
   * @param {Buffer} buffer @param {{before?: string, after?: string, around?: string}} where
   * @returns {Promise<Page | null>}
   */
  async page(buffer, where) {
    buffer.hasPast = this.chat.keepsHistory;
    if (buffer.kind === Kind.SERVER || !buffer.hasPast) return emptyPage();
    try {
      return await this.chat.past(buffer.name, PAGE_MESSAGES, where);
    } catch (error) {
      this.network.note(buffer, printable(reasonOf(error)), Date.now(), Tone.WARNING);
      return null;
    }
  }

  // Coming.

  /** Load what our user sees first, then what waits to be read elsewhere. */
  async introduce() {
    const { chat, network } = this;
    for (const name of chat.channels.keys()) network.buffer(name).joined = true;
    for (const [name, refusal] of chat.refusedChannels) {
      network.note(network.server, `${printable(name)}: ${printable(reasonOf(refusal))}`, Date.now(), Tone.WARNING);
    }
    this.around.changed();
    await this.do(network.server, this.openUnread());
    for (const buffer of network.buffers.values()) await this.load(buffer);
  }

  /** Open the conversations with people in which something was said that was not read. */
  async openUnread() {
    const { chat, network } = this;
    if (!chat.keepsHistory || !chat.capabilities.has(READ_MARKER)) return;
    const targets = await chat.targets(CONVERSATIONS_LOOKED_AT_MAX, { after: NEVER, before: BEGINNING });
    for (const { name, latest } of targets) {
      if (network.isChannel(name) || network.buffers.has(name)) continue;
      const marker = await chat.readMarker(name);
      if (marker === null || marker < latest) network.buffer(name).readUntil(marker ?? BEGINNING);
    }
  }

  // Having read.

  /** Our user has read so far; see rule 4. @param {Buffer} buffer @param {number} until */
  markRead(buffer, until) {
    if (!this.chat.capabilities.has(READ_MARKER) || buffer.kind === Kind.SERVER) return;
    if (this.unmarked.size === 0) setTimeout(() => this.sendMarks(), MARK_MS);
    this.unmarked.set(buffer, until);
  }

  sendMarks() {
    const unmarked = [...this.unmarked];
    this.unmarked.clear();
    for (const [buffer, until] of this.chat.connected ? unmarked : []) {
      // One that could not be set is set with the next message that is read.
      this.chat.markRead(buffer.name, until).catch(() => {});
    }
  }
}

/** What to say about a refusal; what is no refusal is a mistake of ours, and is thrown. @param {unknown} error */
export function reasonOf(error) {
  if (error instanceof ChatError) return error.message;
  throw error;
}

/** The msgid of the first message that is loaded; "" when none has one. @param {Buffer} buffer */
function firstMsgid({ timeline }) {
  const first = timeline.entries.find((entry) => entry instanceof Said && entry.message.msgid !== "");
  return first instanceof Said ? first.message.msgid : "";
}

/** The msgid of the last message that is loaded; "" when none has one. @param {Buffer} buffer */
function lastMsgid({ timeline }) {
  for (const said of timeline.saidBackwards()) {
    if (said.message.msgid) return said.message.msgid;
  }
  return "";
}

/** What is known beyond an end of a page. @param {boolean | null} more @returns {EdgeName} */
function edgeOf(more) {
  return more === false ? Edge.END : Edge.MORE;
}

/**
 * Entries of the past without what is loaded already because it was heard live: sentences have no msgid, so they are
 * told apart by their time.
 * @template {import("./model/entries.js").AnyEntry} T @param {Buffer} buffer @param {T[]} entries
 */
function notThereYet({ timeline }, entries) {
  const first = timeline.entries[0];
  return first === undefined
    ? entries
    : entries.filter((entry) => entry instanceof Said || entry.time < first.time);
}
