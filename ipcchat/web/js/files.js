// The files of our own server: which links lead to them, how one comes there, and how one is read.
//
// Rules:
// 1. Nothing is ever asked of another host: a link of our server's, by whichever of its names, is read at the origin of
//    this page. What kind of file it is, is said by its name and the server, never by what is in it.
// 2. Who we are is shown by a token that the server gives to our connection (IRCv3 draft/authtoken), where nobody can
//    read along. It is asked for when it is needed, and once more when it does not count any more.
// 3. A file may take as long as something of it moves; what stands still for STALLED_MS is given up.
//
// Specifications: soju.im/FILEHOST, IRCv3 draft/FILEHOST and draft/authtoken, RFC 6266 and RFC 8187 (names of files),
// draft-ietf-httpbis-resumable-upload (Upload-Limit: how large a file may be).

import { isConfidential } from "./chat/socket.js";
import { printable } from "./text/printable.js";
import { reasonOf } from "./link.js";

/** @typedef {import("./chat/chat.js").Chat} Chat */
/**
 * A file that a link leads to. `path` is where this page finds it, `name` how people call it.
 * @typedef {{url: string, path: string, name: string, isPicture: boolean}} OwnFile
 */
/** @typedef {{url: string, mistake: string, status: number}} Uploaded with a mistake there is no URL */

const TOKENS = ["soju.im/FILEHOST", "draft/FILEHOST"];
const SERVICE = "FILEHOST";
const STALLED_MS = 60_000;
// What is smaller is sent without asking how large a file may be: the answer would take as long.
const SMALL_BYTES = 1_000_000;
const ANY_TYPE = "application/octet-stream";
const TYPE = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/i;
const PLACE = /^([A-Za-z0-9_-]{22})\/([^/]+)$/;
const PICTURE = /\.(?:avif|gif|jpe?g|png|webp)$/i;
const NAME_MAX = 255;
const REASON_MAX = 300;
const LIMIT = /(?:^|[,\s])max-size=(\d{1,15})(?=[,;\s]|$)/;
const UNITS = ["bytes", "kB", "MB", "GB"];
const BROKEN_OFF = "The connection broke off; try again";
/** @type {ReadonlyMap<number, string>} what to say where the server says nothing */
const REASONS = new Map([
  [401, "The server does not know who you are; log in"],
  [403, "You may not send files here"],
  [413, "This file is larger than the server takes"],
  [429, "Too many files in a short time; try again in a minute"],
  [503, "The server takes no files just now; try again later"],
  [507, "There is no room for this file; delete older ones"],
]);

export class Files {
  /** @param {() => Chat | null} chat the one there is now @param {string} page the URL of this page */
  constructor(chat, page) {
    this.chat = chat;
    this.base = new URL("files", page);
    this.base.hash = this.base.search = "";
    /** @type {Promise<string> | null} */
    this.token = null;
  }

  /** Whether the server takes files, and we can show who we are. */
  get mayUpload() {
    return this.place !== "" && this.isConfidential;
  }

  /** Where the server says that files go; "" when it says nothing. */
  get place() {
    const support = this.chat()?.support;
    return TOKENS.map((name) => support?.get(name)).find(Boolean) ?? "";
  }

  get isConfidential() {
    const url = this.chat()?.url;
    return url !== undefined && isConfidential(url);
  }

  /**
   * The file of our server that a link leads to; null for every other link.
   * @param {string} url @returns {OwnFile | null}
   */
  find(url) {
    if (!url.includes("/files/") || !URL.canParse(url)) return null;
    const { origin, pathname, search, hash } = new URL(url);
    for (const base of [this.base.href, this.place]) {
      const known = URL.canParse(base) ? new URL(base) : null;
      if (known === null || known.origin !== origin || !pathname.startsWith(`${known.pathname}/`)) continue;
      const match = PLACE.exec(pathname.slice(known.pathname.length + 1));
      if (match === null || search || hash) continue;
      const [, id = "", written = ""] = match;
      const name = printable(decoded(written)).slice(0, NAME_MAX);
      return { url, path: `${this.base.pathname}/${id}/${written}`, name, isPicture: PICTURE.test(name) };
    }
    return null;
  }

  /**
   * What the server says of a file: its content, or by HEAD only how large it is. Null when it cannot be asked now.
   * @param {OwnFile} file @param {{method?: "GET" | "HEAD", signal?: AbortSignal}} [how]
   * @returns {Promise<Response | null>}
   */
  async read({ path }, { method = "GET", signal } = {}) {
    try {
      return await this.withToken(async (token) => {
        const headers = token ? { authorization: `Bearer ${token}` } : undefined;
        return fetch(path, { method, headers, signal, credentials: "omit", redirect: "error" });
      });
    } catch {
      return null;
    }
  }

  /**
   * Put a file there.
   * @param {File} file @param {(part: number) => void} progress hears 0 to 1
   * @param {AbortSignal} signal @returns {Promise<Uploaded>}
   */
  async upload(file, progress, signal) {
    const largest = file.size > SMALL_BYTES ? await this.largest(signal) : Infinity;
    if (file.size > largest) return failed(`This file is larger than the server takes, which is ${sizeOf(largest)}`, 413);
    try {
      const request = await this.withToken((token) => this.post(file, token, progress, signal));
      if (request.status !== 201) return refused(request);
      const url = new URL(request.getResponseHeader("location") ?? "", this.base).href;
      const isKnown = this.find(url) !== null;
      return isKnown ? { url, mistake: "", status: 201 } : failed("The server does not say where it put the file");
    } catch (error) {
      return failed(printable(reasonOf(error)));
    }
  }

  /**
   * How many bytes a file may have; what cannot be found out now is said by the server itself.
   * @param {AbortSignal} signal
   */
  async largest(signal) {
    try {
      const { headers } = await fetch(this.base, { method: "OPTIONS", signal, credentials: "omit", redirect: "error" });
      const found = LIMIT.exec(headers.get("upload-limit") ?? "");
      return found === null ? Infinity : Number(found[1]);
    } catch {
      return Infinity;
    }
  }

  /**
   * Send a file by a request that tells how far it is; it has the status 0 when it broke off.
   * @param {File} file @param {string} token @param {(part: number) => void} progress @param {AbortSignal} signal
   * @returns {Promise<XMLHttpRequest>}
   */
  post(file, token, progress, signal) {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let stalled = setTimeout(stop, STALLED_MS);
    return new Promise((resolve) => {
      request.upload.onprogress = ({ loaded, total }) => {
        clearTimeout(stalled);
        stalled = setTimeout(stop, STALLED_MS);
        if (total > 0) progress(loaded / total);
      };
      request.onloadend = () => {
        clearTimeout(stalled);
        signal.removeEventListener("abort", stop);
        resolve(request);
      };
      request.open("POST", this.base);
      if (token) request.setRequestHeader("authorization", `Bearer ${token}`);
      request.setRequestHeader("content-type", TYPE.test(file.type) ? file.type : ANY_TYPE);
      request.setRequestHeader("content-disposition", disposition(file.name));
      request.send(file);
      signal.addEventListener("abort", stop);
      if (signal.aborted) stop();
    });
  }

  /**
   * Ask with a token, and once more with another one where the first does not count.
   * @template {{status: number}} T @param {(token: string) => Promise<T>} ask @returns {Promise<T>}
   */
  async withToken(ask) {
    const wasKnown = this.token !== null;
    const answer = await ask(await this.freshToken());
    if (answer.status !== 401) return answer;
    this.token = null;
    return wasKnown ? ask(await this.freshToken()) : answer;
  }

  /** A token; "" where the server gives none. */
  async freshToken() {
    if (!this.mayUpload) return "";
    this.token ??= this.askToken();
    try {
      return await this.token;
    } catch (error) {
      this.token = null;
      throw error;
    }
  }

  /** @returns {Promise<string>} */
  async askToken() {
    const lines = (await this.chat()?.command("TOKEN", ["GENERATE", SERVICE])) ?? [];
    const given = lines.find(({ command, params }) => command.toUpperCase() === "TOKEN" && params.length > 3);
    return given?.params.at(-1) ?? "";
  }
}

/** What to say of an upload that the server did not take. @param {XMLHttpRequest} request @returns {Uploaded} */
function refused({ status, responseText }) {
  if (status === 0) return failed(BROKEN_OFF);
  const said = printable(responseText.trim().replace(/\s+/g, " ")).slice(0, REASON_MAX);
  return failed(said || (REASONS.get(status) ?? `The server did not take it (HTTP ${status})`), status);
}

/** @param {string} mistake @param {number} [status] @returns {Uploaded} */
function failed(mistake, status = 0) {
  return { url: "", mistake, status };
}

/** A part of a URL as people read it. @param {string} written */
function decoded(written) {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}

/** A file's name as a field of HTTP says it (RFC 6266, RFC 8187). @param {string} name */
export function disposition(name) {
  const shown = name.replace(/\p{Cs}/gu, "_");
  const exact = encodeURIComponent(shown).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${shown.replace(/[^\x20-\x7e]|["\\%]/g, "_")}"; filename*=UTF-8''${exact}`;
}

/** How large a file is, for people. @param {number} bytes */
export function sizeOf(bytes) {
  let [amount, place] = [bytes, 0];
  for (; amount >= 999.5 && place < UNITS.length - 1; place += 1) amount /= 1_000;
  return `${place > 0 && amount < 9.95 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[place]}`;
}
