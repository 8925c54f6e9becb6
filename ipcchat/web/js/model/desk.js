// The desk: all networks with their buffers, which one is looked at, and where to go next.
//
// Rules:
// 1. The order of buffers is that of the list on the screen: network by network as they were added; in each the
//    server's own buffer, then channels, then people, by name.
// 2. Going somewhere remembers where one came from, and where one was last on each network.
// 3. What is looked at exists: when its buffer is closed it is the one before, else the server's own.

import { Kind } from "./buffer.js";

/** @typedef {import("./buffer.js").Buffer} Buffer */
/** @typedef {import("./network.js").Network} Network */

/** @type {ReadonlyMap<string, number>} */
const KIND_ORDER = new Map([[Kind.SERVER, 0], [Kind.CHANNEL, 1], [Kind.PERSON, 2]]);

/** Everything that the screen shows. */
export class Desk {
  /** @type {Network[]} */
  networks = [];
  /** @type {Buffer | null} */
  #current = null;
  /** @type {Buffer | null} */
  #previous = null;
  /** @type {Map<string, Buffer>} */
  #last = new Map();
  /** @type {Map<string, {version: number, ordered: Buffer[]}>} */
  #ordered = new Map();

  /** One more network. Throws RangeError when there is one of this name. @param {Network} network */
  add(network) {
    if (this.networks.some((other) => other.name === network.name)) {
      throw new RangeError(`there is a network called ${network.name} already`);
    }
    this.networks.push(network);
  }

  /** A network is closed, with its buffers. @param {Network} network */
  remove(network) {
    this.networks = this.networks.filter((other) => other !== network);
    this.#last.delete(network.name);
    this.#ordered.delete(network.name);
  }

  /** The buffer that is looked at; null when there is no network. */
  get current() {
    if (this.#current === null || !this.has(this.#current)) {
      this.#current = this.#nextBest(this.#current);
      if (this.#current !== null) {
        this.#lookAt(this.#current);
      }
    }
    return this.#current;
  }

  /** Where our user was before; null when that is nowhere, or closed since. */
  get previous() {
    return this.#previous !== null && this.has(this.#previous) ? this.#previous : null;
  }

  /** The network of the buffer that is looked at. */
  get network() {
    return this.current === null ? null : this.networkOf(this.current);
  }

  /** The network of a buffer; null when it was removed. @param {Buffer} buffer */
  networkOf(buffer) {
    return this.networks.find((network) => network.name === buffer.network) ?? null;
  }

  /** Whether a buffer is there still. @param {Buffer} buffer */
  has(buffer) {
    return this.networkOf(buffer)?.has(buffer) ?? false;
  }

  /** All buffers, in the order of the list. @returns {Buffer[]} */
  buffers() {
    return this.networks.flatMap((network) => this.#inOrder(network));
  }

  /** Look at another buffer. @param {Buffer} buffer */
  go(buffer) {
    const current = this.current;
    if (buffer === current || !this.has(buffer)) {
      return;
    }
    if (current !== null) {
      current.left();
      this.#previous = current;
    }
    this.#current = buffer;
    this.#lookAt(buffer);
  }

  /** A buffer is shown no longer; who looked at it is where he was before. @param {Buffer} buffer */
  close(buffer) {
    this.networkOf(buffer)?.close(buffer);
  }

  /**
   * Where our user was last on a network; its server's own buffer when that is closed, or he never was there.
   * @param {Network} network
   */
  lastOf(network) {
    const last = this.#last.get(network.name);
    return last !== undefined && network.has(last) ? last : network.server;
  }

  /** The buffer so many places further down the list, around its end. @param {number} step */
  neighbour(step) {
    const found = this.buffers();
    const place = this.current === null ? -1 : found.indexOf(this.current);
    return found[place < 0 ? 0 : (((place + step) % found.length) + found.length) % found.length] ?? null;
  }

  /**
   * The buffer of a number from 1, as they are numbered in the list: server buffers have none.
   * @param {number} number
   */
  numbered(number) {
    return this.buffers().filter((buffer) => buffer.kind !== Kind.SERVER)[number - 1] ?? null;
  }

  /**
   * Where to read next: where we are mentioned before everything else, then people, then channels; the muted ones only
   * when they mention us.
   */
  nextUnread() {
    const waiting = this.#others().filter(calls);
    return waiting.sort((one, other) => urgency(one) - urgency(other))[0] ?? null;
  }

  /** How many buffers wait to be read. */
  get unread() {
    return this.buffers().filter(calls).length;
  }

  /** How often we are mentioned in what was not read. */
  get mentions() {
    return this.buffers().reduce((sum, buffer) => sum + (buffer.muted ? 0 : buffer.mentions), 0);
  }

  /** The other buffers, from the present one on down the list and around its end. */
  #others() {
    const found = this.buffers();
    const place = this.current === null ? -1 : found.indexOf(this.current);
    return [...found.slice(place + 1), ...found.slice(0, Math.max(place, 0))];
  }

  /** Where to look when a buffer is gone, or nowhere was looked yet. @param {Buffer | null} gone */
  #nextBest(gone) {
    if (this.previous !== null) {
      return this.previous;
    }
    const network = this.networks.find((other) => other.name === gone?.network) ?? this.networks[0];
    return network === undefined ? null : this.lastOf(network);
  }

  /** @param {Buffer} buffer */
  #lookAt(buffer) {
    buffer.shown = true;
    this.#previous = buffer === this.#previous ? null : this.#previous;
    this.#last.set(buffer.network, buffer);
  }

  /**
   * The buffers of a network as the list shows them; sorted anew only when there are others.
   * @param {Network} network
   */
  #inOrder(network) {
    const known = this.#ordered.get(network.name);
    if (known?.version === network.placesVersion) {
      return known.ordered;
    }
    const ordered = inOrder(network.buffers.values(), network.server);
    this.#ordered.set(network.name, { version: network.placesVersion, ordered });
    return ordered;
  }
}

/** Whether a buffer wants to be read. @param {Buffer} buffer */
export function calls(buffer) {
  return buffer.mentions > 0 || (buffer.unread > 0 && !buffer.muted);
}

/**
 * The buffers of a network as the list shows them, its own first.
 * @param {readonly Buffer[]} buffers @param {Buffer} server
 */
function inOrder(buffers, server) {
  const keyed = buffers.map((buffer) => ({ buffer, name: buffer.name.toLowerCase() }));
  keyed.sort((one, other) =>
    place(one.buffer) - place(other.buffer) || (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
  return [server, ...keyed.map(({ buffer }) => buffer)];
}

/** @param {Buffer} buffer */
function place(buffer) {
  return KIND_ORDER.get(buffer.kind) ?? 0;
}

/** How soon a buffer is to be read: the less the sooner. @param {Buffer} buffer */
function urgency(buffer) {
  return (buffer.mentions > 0 ? 0 : 2) + (buffer.kind === Kind.PERSON ? 0 : 1);
}
