// One WebSocket, and the pause between two.
//
// Rules:
// 1. Opening has a limit; what is not taken by the other side has one too.
// 2. What was dropped is heard of no more: a browser may need minutes to notice that a network is gone.
// 3. The pause before the next try is random between 0 and a limit that doubles from a quarter of a second to 30 s
//    ("full jitter"), so that a thousand clients of a restarted server do not come back in the same instant.
//
// Specification: IRCv3 websocket (one line is one text message, without CR LF).

export const PROTOCOL = "text.ircv3.net";
const UNSENT_BYTES_MAX = 1_048_576;
const BACKOFF_FIRST_MS = 250;
const BACKOFF_LAST_MS = 30_000;
const DOUBLINGS_MAX = 16;

/** What is used of a browser's WebSocket. @typedef {{readyState: number, bufferedAmount: number,
 *   onopen: ((event: any) => void) | null, onmessage: ((event: any) => void) | null,
 *   onclose: ((event: any) => void) | null, onerror: ((event: any) => void) | null,
 *   send: (line: string) => void, close: () => void}} RawSocket
 * The events are `any` for the sake of fakes, which have only what is read of them: `data`, `reason`. */
/** @typedef {{opened: () => void, received: (line: string) => void, lost: (reason: string) => void}} Hearer */

/** How long to wait before the next try. */
export class Backoff {
  /** @param {() => number} [draw] a number from 0 to 1 */
  constructor(draw = Math.random) {
    this._draw = draw;
    this._tries = 0;
  }

  /** @returns {number} the next pause in milliseconds */
  next() {
    const limit = Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** this._tries);
    this._tries = Math.min(this._tries + 1, DOUBLINGS_MAX);
    return this._draw() * limit;
  }

  /** A connection held: begin with short pauses again. */
  reset() {
    this._tries = 0;
  }
}

/** One connection. */
export class Socket {
  /** @param {RawSocket} raw @param {string} place for people @param {Hearer} hearer */
  constructor(raw, place, hearer) {
    this._raw = raw;
    let isOpen = false;
    raw.onopen = () => {
      isOpen = true;
      hearer.opened();
    };
    raw.onmessage = ({ data }) => {
      if (typeof data === "string") {
        hearer.received(data);
      }
    };
    raw.onclose = ({ reason }) => {
      this._deafen();
      hearer.lost(reason || (isOpen ? "the server closed the connection" : `nothing answers at ${place}`));
    };
  }

  /** Whether the other side has not taken what was sent for so long that it never will. */
  get isChoked() {
    return this._raw.bufferedAmount > UNSENT_BYTES_MAX;
  }

  /** @param {string} line */
  send(line) {
    if (this._raw.readyState === 1) {
      this._raw.send(line);
    }
  }

  /** Close it and hear no more of it. */
  drop() {
    this._deafen();
    this._raw.close();
  }

  _deafen() {
    this._raw.onopen = this._raw.onmessage = this._raw.onclose = null;
  }
}

/** @param {string} url ws: or wss: @returns {boolean} whether nobody can read along */
export function isConfidential(url) {
  const { protocol, hostname } = new URL(url);
  return protocol === "wss:" || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
