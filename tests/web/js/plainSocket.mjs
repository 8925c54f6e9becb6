// A WebSocket for Node.js, which has none of its own before version 22: what the library uses of a browser's, no more.
//
// Specification: RFC 6455, without extensions.

import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";

const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export class PlainSocket {
  /** @param {string} url @param {string[]} protocols */
  constructor(url, protocols) {
    const { hostname, port, pathname, host } = new URL(url);
    this.readyState = 0;
    /** @type {((event: any) => void) | null} */
    this.onopen = null;
    /** @type {((event: any) => void) | null} */
    this.onmessage = null;
    /** @type {((event: any) => void) | null} */
    this.onclose = null;
    /** @type {((event: any) => void) | null} */
    this.onerror = null;
    this._reason = "";
    this._key = randomBytes(16).toString("base64");
    this._came = new Uint8Array();
    /** @type {Uint8Array[]} */
    this._parts = [];
    this._tcp = connect(Number(port), hostname, () => {
      const rows = [
        `GET ${pathname} HTTP/1.1`, `Host: ${host}`, "Connection: Upgrade", "Upgrade: websocket",
        `Origin: http://${host}`, "Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${this._key}`,
        `Sec-WebSocket-Protocol: ${protocols.join(", ")}`, "", "",
      ];
      this._tcp.write(rows.join("\r\n"));
    });
    this._tcp.on("data", (/** @type {Uint8Array} */ bytes) => this._take(bytes));
    this._tcp.on("error", () => this.onerror?.({}));
    this._tcp.on("close", () => {
      this.readyState = 3;
      this.onclose?.({ reason: this._reason });
    });
  }

  get bufferedAmount() {
    return this._tcp.writableLength;
  }

  /** @param {string} text */
  send(text) {
    this._frame(TEXT, new TextEncoder().encode(text));
  }

  close() {
    if (this.readyState === 1) {
      this._frame(CLOSE, new Uint8Array());
    }
    this.readyState = 2;
    this._tcp.end();
  }

  /** The network breaks: nothing is said to the other side. */
  cut() {
    this._tcp.destroy();
  }

  /** @param {Uint8Array} bytes */
  _take(bytes) {
    const all = new Uint8Array(this._came.length + bytes.length);
    all.set(this._came);
    all.set(bytes, this._came.length);
    this._came = all;
    if (this.readyState === 0) {
      this._shakeHands();
    }
    while (this.readyState === 1 && this._takeFrame()) {
      // One frame after the other.
    }
  }

  /** The answer to the request, when it is there. */
  _shakeHands() {
    const text = new TextDecoder("latin1").decode(this._came);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return;
    }
    const accepted = createHash("sha1").update(this._key + MAGIC).digest("base64");
    if (!text.startsWith("HTTP/1.1 101 ") || !text.includes(accepted)) {
      this._reason = text.slice(0, text.indexOf("\r\n"));
      this._tcp.destroy();
      return;
    }
    this._came = this._came.slice(end + 4);
    this.readyState = 1;
    this.onopen?.({});
  }

  /** One frame of what came; whether there was a whole one. */
  _takeFrame() {
    const bytes = this._came;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const short = (bytes[1] ?? 0) & 127;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < head) {
      return false;
    }
    const size = short === 126 ? view.getUint16(2) : short === 127 ? Number(view.getBigUint64(2)) : short;
    if (bytes.length < head + size) {
      return false;
    }
    this._came = bytes.slice(head + size);
    this._hear(bytes[0] ?? 0, bytes.slice(head, head + size));
    return true;
  }

  /** @param {number} first byte of the frame @param {Uint8Array} load */
  _hear(first, load) {
    const code = first & 15;
    if (code === PING) {
      this._frame(PONG, load);
    } else if (code === CLOSE) {
      this._reason = new TextDecoder().decode(load.slice(2));
      this.close();
    } else if (code <= TEXT) {
      this._parts.push(load);
      if (first & 128) {
        const text = this._parts.map((part) => new TextDecoder().decode(part)).join("");
        this._parts = [];
        this.onmessage?.({ data: text });
      }
    }
  }

  /** @param {number} code @param {Uint8Array} load */
  _frame(code, load) {
    const mask = randomBytes(4);
    const size = load.length;
    const head = size < 126 ? [128 | code, 128 | size] : [128 | code, 254, size >> 8, size & 255];
    const masked = load.map((byte, at) => byte ^ mask[at % 4]);
    this._tcp.write(new Uint8Array([...head, ...mask, ...masked]));
  }
}
