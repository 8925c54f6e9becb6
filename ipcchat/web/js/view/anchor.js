// Places in the timeline: what is seen first, where the unread line stands, what is said above the first entry.

import { Said } from "../model/entries.js";
import { Edge } from "../model/timeline.js";

/** @typedef {import("../model/buffer.js").Buffer} Buffer */
/** @typedef {import("../model/entries.js").AnyEntry} Entry */

/**
 * Where our user is: an entry, and how far below the top of the view its message begins.
 * @typedef {object} Anchor
 * @property {Entry} entry
 * @property {number} offset
 */

// Browsers place text by parts of a pixel, and scroll by whole ones.
export const PIXEL_SEEN = 0.5;

/**
 * How far below the top of the view a row's message begins. The line of a day above it comes and goes with what is
 * loaded, and does not count.
 * @param {Element} item
 * @param {Element} scroller
 */
export function offsetOf(item, scroller) {
  const message = item.querySelector(":scope > .message") ?? item;
  return message.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
}

/**
 * The first row that begins in the view; by halving, for rows stand in order. Never the first of all, where there is
 * another: it is drawn otherwise when something comes above it.
 * @param {{scroller: Element, list: Element}} parts
 * @param {WeakMap<Element, Entry>} entries
 * @returns {Anchor | null}
 */
export function firstSeen({ scroller, list }, entries) {
  const items = list.children;
  let [low, high] = [Math.min(1, items.length - 1), items.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item === undefined || offsetOf(item, scroller) >= 0) high = middle;
    else low = middle + 1;
  }
  const found = items[low];
  const entry = found === undefined ? undefined : entries.get(found);
  return found === undefined || entry === undefined ? null : { entry, offset: offsetOf(found, scroller) };
}

/**
 * The message above which the unread line stands.
 * @param {Buffer} buffer
 */
export function firstUnread(buffer) {
  const place = buffer.timeline.firstAfter(buffer.line);
  return place === null ? null : (buffer.timeline.entries[place] ?? null);
}

/**
 * What is said above the first entry.
 * @param {Buffer} buffer
 */
export function beginning(buffer) {
  switch (buffer.timeline.above) {
    case Edge.END:
      return `this is the beginning of ${buffer.name}`;
    case Edge.ASKED:
      return "older messages are being loaded…";
    default:
      return "";
  }
}

/**
 * How many messages of others there are from an entry's number on.
 * @param {import("../model/timeline.js").Timeline} timeline
 * @param {number} from
 */
export function countNew(timeline, from) {
  const behind = timeline.entries.slice(Math.max(0, from - timeline.first));
  return behind.filter((entry) => entry instanceof Said && !entry.message.mine).length;
}
