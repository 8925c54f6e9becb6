// The timeline: a window of at most ROWS_MAX rows of what is loaded of one buffer, that can be paged in both ways.
//
// Rules:
// 1. What our user reads never moves: while he is not at the end, the first row he sees stays where it is on the
//    screen, whatever is put above or below it. The anchor is kept by hand, for browsers differ in theirs.
// 2. At the end (`isAtEnd`) the window follows what is said. Only there, and only while he looks, all is read.
// 3. A row is one list item for one entry, and is drawn anew only when it looks different.
// 4. Where our user was in a buffer is remembered until he comes back.

import { Said } from "../model/entries.js";
import { Edge } from "../model/timeline.js";
import { PIXEL_SEEN, beginning, countNew, firstSeen, firstUnread, offsetOf } from "./anchor.js";
import { element, icon } from "./element.js";
import { draw, looksSame } from "./entryView.js";

/** @typedef {import("../model/buffer.js").Buffer} Buffer */
/** @typedef {import("../model/entries.js").AnyEntry} Entry */
/** @typedef {import("./host.js").Host} Host */

export const ROWS_MAX = 500;
const PAGE_ROWS = 100;
// How near to an end of the rows more are put there, in heights of the view.
const NEAR = 1.5;
const END_PIXELS = 3;
const FLASH_MS = 1_600;

/**
 * @typedef {object} Row
 * @property {Entry} entry
 * @property {HTMLLIElement} item
 * @property {import("./entryView.js").Drawn | null} drawn
 */

/** @typedef {import("./anchor.js").Anchor} Anchor */

/**
 * What the timeline asks of the rest of the view.
 * @typedef {object} Surroundings
 * @property {() => void} moved our user scrolled
 * @property {(said: Said) => void} heard a message of somebody else came while the window follows
 * @property {(nick: string) => boolean} knows
 * @property {(text: string) => Node[]} filesOf
 * @property {() => import("../text/comings.js").Joins} joins
 */

export class Timeline {
  /**
   * @param {{scroller: HTMLElement, list: HTMLElement, above: HTMLElement, newer: HTMLElement}} parts
   * @param {Host} host
   * @param {Surroundings} surroundings
   */
  constructor(parts, host, surroundings) {
    this.parts = parts;
    this.host = host;
    this.surroundings = surroundings;
    /** @type {Buffer | null} */
    this.buffer = null;
    /** @type {Map<Entry, Row>} */
    this.rows = new Map();
    /** @type {WeakMap<Element, Entry>} */
    this.entries = new WeakMap();
    // The numbers of the first entry of the window and of the one behind its last.
    this.from = 0;
    this.to = 0;
    this.isAtEnd = true;
    // Whether the rows reached the end when they were drawn: more may have been said since, before this is scrolled.
    this.reachesEnd = true;
    this.seenTo = 0;
    /** @type {Anchor | null} */
    this.anchor = null;
    /** @type {WeakMap<Buffer, Anchor>} */
    this.places = new WeakMap();
    /** @type {WeakSet<Buffer>} */
    this.asked = new WeakSet();
    this.drawnVersion = "";
    parts.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    parts.newer.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.restore()).observe(parts.scroller);
  }

  /** Show what is true now. @param {Buffer} buffer */
  show(buffer) {
    const isOther = buffer !== this.buffer;
    if (isOther) this.enter(buffer);
    const { timeline } = buffer;
    const { version: changes, above, below } = timeline;
    const version = `${changes} ${buffer.line} ${above} ${below} ${this.surroundings.joins()}`;
    if (isOther || version !== this.drawnVersion) {
      this.drawnVersion = version;
      this.follow(buffer);
      this.render(buffer);
      this.restore();
    }
    if (isOther && this.anchor === null) this.toUnread(buffer);
    this.page(buffer);
    // Who stands at the bottom of what was loaded is at the end once nothing more is found below.
    if (!this.isAtEnd && this.standsAtEnd(buffer)) this.settle(buffer);
    this.drawEdges(buffer);
  }

  /** Draw every row anew: names or settings are others. */
  redraw() {
    for (const row of this.rows.values()) row.drawn = null;
    this.drawnVersion = "";
    if (this.buffer !== null) this.show(this.buffer);
  }

  // Moving.

  /** The latest message; a window that is not live is given up for the one that is. */
  toEnd() {
    const { buffer } = this;
    if (buffer === null) return;
    if (!buffer.timeline.live) return void this.toPresent(buffer);
    this.isAtEnd = true;
    this.anchor = null;
    this.setWindow(buffer, buffer.timeline.end - ROWS_MAX);
    this.restore();
    this.surroundings.moved();
  }

  /** @param {Buffer} buffer */
  async toPresent(buffer) {
    await this.host.loadLatest(buffer);
    if (buffer === this.buffer && buffer.timeline.live) this.toEnd();
  }

  /** The oldest message that is loaded. */
  toStart() {
    if (this.buffer === null) return;
    this.isAtEnd = false;
    this.setWindow(this.buffer, this.buffer.timeline.first);
    this.parts.scroller.scrollTop = 0;
    this.scrolled();
  }

  /** @param {number} pages */
  scrollPages(pages) {
    this.parts.scroller.scrollTop += pages * this.parts.scroller.clientHeight * 0.9;
  }

  /** Show an entry in the middle of the view. False when it is not loaded. @param {Entry} entry */
  reveal(entry) {
    const { buffer } = this;
    const index = buffer === null ? null : buffer.timeline.index(entry);
    if (buffer === null || index === null) return false;
    if (!this.rows.has(entry)) this.setWindow(buffer, entry.number - Math.floor(ROWS_MAX / 2));
    const item = this.rows.get(entry)?.item;
    if (item === undefined) return false;
    this.parts.scroller.scrollTop = item.offsetTop - (this.parts.scroller.clientHeight - item.offsetHeight) / 2;
    this.scrolled();
    item.classList.add("flash");
    setTimeout(() => item.classList.remove("flash"), FLASH_MS);
    return true;
  }

  /** The unread line, near the top of the view. False when there is none. */
  toUnreadLine() {
    const entry = this.buffer === null ? null : firstUnread(this.buffer);
    return entry !== null && this.reveal(entry);
  }

  /**
   * The entry of a row, or of something in it.
   * @param {EventTarget | null} target
   */
  entryOf(target) {
    const item = target instanceof Element ? target.closest("li.row") : null;
    return item === null ? null : (this.entries.get(item) ?? null);
  }

  /** @param {Entry} entry */
  itemOf(entry) {
    return this.rows.get(entry)?.item ?? null;
  }

  /** How many messages of others came below what our user sees. */
  get newBelow() {
    const timeline = this.buffer?.timeline;
    if (timeline === undefined || this.isAtEnd) return 0;
    if (!timeline.live) return timeline.arrived;
    return countNew(timeline, this.seenTo);
  }

  // The window.

  get isNearTop() {
    const { scrollTop, clientHeight } = this.parts.scroller;
    return scrollTop < NEAR * clientHeight;
  }

  /** @param {Buffer} buffer */
  enter(buffer) {
    if (this.buffer !== null && this.anchor !== null && !this.isAtEnd) this.places.set(this.buffer, this.anchor);
    else if (this.buffer !== null) this.places.delete(this.buffer);
    this.buffer = buffer;
    this.rows.clear();
    this.parts.list.replaceChildren();
    const anchor = this.places.get(buffer) ?? null;
    const isThere = anchor !== null && buffer.timeline.index(anchor.entry) !== null;
    this.anchor = isThere ? anchor : null;
    this.isAtEnd = !isThere;
    this.from = isThere ? anchor.entry.number - Math.floor(ROWS_MAX / 2) : buffer.timeline.end - ROWS_MAX;
    this.to = this.from + ROWS_MAX;
    this.seenTo = buffer.timeline.end;
  }

  /**
   * Where somebody begins to read who was not here: at the unread line, when what is behind it does not fit.
   * @param {Buffer} buffer
   */
  toUnread(buffer) {
    const entry = firstUnread(buffer);
    const item = entry === null || buffer.waiting.length === 0 ? undefined : this.rows.get(entry)?.item;
    const { scroller } = this.parts;
    if (item === undefined || scroller.scrollHeight - item.offsetTop <= scroller.clientHeight) return;
    scroller.scrollTop = item.offsetTop - END_PIXELS;
    this.scrolled();
  }

  /**
   * The window goes on with what came, as far as it has room; at the end it lets go of what is above.
   * @param {Buffer} buffer
   */
  follow(buffer) {
    const { first, end } = buffer.timeline;
    const before = this.to;
    if (this.isAtEnd) {
      this.to = end;
      if (this.to - this.from > ROWS_MAX) this.from = this.to - ROWS_MAX;
      if (buffer.timeline.live) this.announce(buffer, before);
      this.seenTo = end;
    } else if (this.isNearTop && this.from > first) {
      // In the same step in which the first row stops being the first, or there would be no room to keep it in place.
      this.setBounds(buffer, this.from - PAGE_ROWS);
    } else {
      this.to = Math.min(end, Math.max(this.to, this.from + ROWS_MAX));
    }
    this.from = Math.max(this.from, first);
    if (this.to <= this.from && end > first) this.setBounds(buffer, this.from);
  }

  /**
   * @param {Buffer} buffer
   * @param {number} from the number that the window begins with, as far as there is something
   */
  setBounds(buffer, from) {
    const { first, end } = buffer.timeline;
    this.from = Math.max(first, Math.min(from, end - ROWS_MAX));
    this.to = Math.min(end, this.from + ROWS_MAX);
  }

  /**
   * @param {Buffer} buffer
   * @param {number} from
   */
  setWindow(buffer, from) {
    this.setBounds(buffer, from);
    this.render(buffer);
  }

  /**
   * @param {Buffer} buffer
   * @param {number} before the number behind what was drawn
   */
  announce(buffer, before) {
    if (this.rows.size === 0) return;
    const { timeline } = buffer;
    for (let number = Math.max(before, timeline.first); number < timeline.end; number += 1) {
      const entry = timeline.entries[number - timeline.first];
      if (entry instanceof Said && !entry.message.mine) this.surroundings.heard(entry);
    }
  }

  /**
   * Bring the rows to what they should be: one walk over the window, in which rows that are right stay untouched.
   * @param {Buffer} buffer
   */
  render(buffer) {
    const { timeline } = buffer;
    const { list } = this.parts;
    const start = this.from - timeline.first;
    const wanted = timeline.entries.slice(start, this.to - timeline.first);
    this.reachesEnd = this.to === timeline.end;
    if (this.reachesEnd) wanted.push(...timeline.pending);
    const kept = new Set(wanted);
    for (const [entry, row] of this.rows) {
      if (!kept.has(entry)) {
        row.item.remove();
        this.rows.delete(entry);
      }
    }
    const unread = firstUnread(buffer);
    let above = timeline.entries[start - 1] ?? null;
    let next = list.firstElementChild;
    for (const entry of wanted) {
      const row = this.rowOf(entry, above, entry === unread);
      if (row.item === next) next = next.nextElementSibling;
      else list.insertBefore(row.item, next);
      above = entry;
    }
  }

  /**
   * @param {Entry} entry
   * @param {Entry | null} above
   * @param {boolean} isFirstUnread
   */
  rowOf(entry, above, isFirstUnread) {
    const { knows, filesOf } = this.surroundings;
    const setting = { above, isFirstUnread, joins: this.surroundings.joins(), knows, filesOf };
    const known = this.rows.get(entry);
    const row = known ?? { entry, item: element("li", {}), drawn: null };
    if (row.drawn === null || !looksSame(entry, row.drawn, setting)) {
      draw(row.item, entry, setting);
      row.drawn = { ...setting, version: entry.version };
    }
    if (known === undefined) {
      this.rows.set(entry, row);
      this.entries.set(row.item, entry);
    }
    return row;
  }

  // The place on the screen.

  /** Our user scrolled, or something moved the view for him. */
  scrolled() {
    const { buffer } = this;
    if (buffer === null) return;
    this.page(buffer);
    this.settle(buffer);
    this.drawEdges(buffer);
    this.surroundings.moved();
  }

  /** @param {Buffer} buffer */
  standsAtEnd(buffer) {
    const { scrollHeight, scrollTop, clientHeight } = this.parts.scroller;
    return scrollHeight - scrollTop - clientHeight <= END_PIXELS && this.reachesEnd && buffer.timeline.live;
  }

  /**
   * Where our user is: at the end, or at the first row that he sees.
   * @param {Buffer} buffer
   */
  settle(buffer) {
    this.isAtEnd = this.standsAtEnd(buffer);
    if (this.isAtEnd) this.seenTo = this.to;
    this.anchor = this.isAtEnd ? null : firstSeen(this.parts, this.entries);
  }

  /**
   * Near an end of the rows, put more there; where nothing more is loaded, ask for it.
   * @param {Buffer} buffer
   */
  page(buffer) {
    const { scroller } = this.parts;
    const { timeline } = buffer;
    const near = NEAR * scroller.clientHeight;
    const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    if (this.isNearTop && this.from > timeline.first) this.shift(buffer, -PAGE_ROWS);
    else if (this.isNearTop) this.askOlder(buffer);
    else if (below < near && !this.isAtEnd && this.to < timeline.end) this.shift(buffer, PAGE_ROWS);
    else if (below < near && timeline.below === Edge.MORE) void this.host.loadNewer(buffer);
  }

  /**
   * @param {Buffer} buffer
   * @param {number} rows
   */
  shift(buffer, rows) {
    const anchor = firstSeen(this.parts, this.entries);
    this.setWindow(buffer, this.from + rows);
    this.isAtEnd &&= this.to === buffer.timeline.end; // What is above a short conversation takes nobody from its end.
    this.anchor = this.isAtEnd ? null : anchor;
    this.restore();
  }

  /** @param {Buffer} buffer */
  askOlder(buffer) {
    const { above } = buffer.timeline;
    if (above === Edge.END || above === Edge.ASKED || this.asked.has(buffer)) return;
    this.asked.add(buffer);
    void this.host.loadOlder(buffer).finally(() => this.asked.delete(buffer));
  }

  /** Put the view where it was. */
  restore() {
    const { scroller } = this.parts;
    const item = this.anchor === null ? undefined : this.rows.get(this.anchor.entry)?.item;
    if (this.isAtEnd) scroller.scrollTop = scroller.scrollHeight;
    else if (item !== undefined && this.anchor !== null) {
      const delta = offsetOf(item, scroller) - this.anchor.offset;
      if (Math.abs(delta) >= PIXEL_SEEN) scroller.scrollTop += delta;
    }
  }

  /** @param {Buffer} buffer */
  drawEdges(buffer) {
    const { timeline } = buffer;
    const isStart = this.from <= timeline.first;
    this.parts.above.textContent = isStart ? beginning(buffer) : "";
    const count = this.newBelow;
    const { scroller, newer } = this.parts;
    const far = scroller.scrollHeight - scroller.scrollTop > 2 * scroller.clientHeight || !timeline.live;
    newer.hidden = this.isAtEnd || (count === 0 && !far);
    const label = count === 0 ? "Latest" : `${count} new message${count === 1 ? "" : "s"}`;
    if (newer.dataset["label"] !== label) {
      newer.dataset["label"] = label;
      newer.replaceChildren(icon("down"), label);
    }
  }
}
