// The files of our own server: which links are theirs, what is asked of whom, and what is said of it.

import assert from "node:assert/strict";
import test from "node:test";

import { ChatError } from "../../../ipcchat/web/js/chat/index.js";
import { Files, disposition, sizeOf } from "../../../ipcchat/web/js/files.js";
import { Message } from "../../../ipcchat/web/js/wire/message.js";

const PAGE = "https://chat.example/page/index.html#/c/%23tea";
const ID = "abcdefghijklmnopqrst_-";

/**
 * A chat that gives the tokens t1, t2 and so on, and the names it was asked.
 * @param {{url?: string, place?: string, refuses?: boolean}} [how]
 */
function chatOf({ url = "wss://chat.example/page/ws", place = "https://chat.example/page/files", refuses = false } = {}) {
  /** @type {string[]} */
  const asked = [];
  const chat = {
    url,
    support: new Map(place ? [["soju.im/FILEHOST", place]] : []),
    /** @param {string} name @param {string[]} params */
    async command(name, params) {
      asked.push([name, ...params].join(" "));
      if (refuses) throw new ChatError("not for you");
      return [new Message("TOKEN", ["GENERATE", "FILEHOST", place, `t${asked.length}`])];
    },
  };
  const given = /** @type {import("../../../ipcchat/web/js/chat/index.js").Chat} */ (/** @type {unknown} */ (chat));
  return { files: new Files(() => given, PAGE), asked };
}

/**
 * Answers of the server in the place of the network, and what was asked for.
 * @param {any} context of a test @param {...(number | Error)} statuses
 */
function answering(context, ...statuses) {
  /** @type {{path: string, method: string, authorization: string | undefined}[]} */
  const asked = [];
  /** @param {any} path @param {any} how */
  const fetched = async (path, { method, headers, redirect, credentials }) => {
    assert.deepEqual([redirect, credentials], ["error", "omit"]);
    asked.push({ path, method, authorization: headers?.authorization });
    const status = statuses[Math.min(asked.length, statuses.length) - 1] ?? 200;
    if (status instanceof Error) throw status;
    return new Response(null, { status });
  };
  context.mock.method(globalThis, "fetch", fetched);
  return asked;
}

/** A file of the server. @param {Files} files */
function fileOf(files) {
  const file = files.find(`https://chat.example/page/files/${ID}/a.txt`);
  if (file === null) throw new Error("a file was expected");
  return file;
}

test("a link of our server is found by each of its names", () => {
  const { files } = chatOf({ place: "https://other.example/files" });
  const found = files.find(`https://other.example/files/${ID}/tea%20time.PNG`);
  assert.deepEqual(found && [found.path, found.name, found.isPicture], [`/page/files/${ID}/tea%20time.PNG`, "tea time.PNG", true]);
  assert.equal(files.find(`https://chat.example/page/files/${ID}/a.svg`)?.isPicture, false);
  assert.equal(files.find(`https://chat.example/page/files/${ID}/%E0%A4%A`)?.name, "%E0%A4%A");
  assert.equal(files.find(`https://chat.example/page/files/${ID}/${"a".repeat(999)}`)?.name.length, 255);
  assert.equal(files.find(`https://chat.example/page/files/${ID}/%E2%80%AEgnp.x%07`)?.name.includes("\u202e"), false);
});

test("every other link is none of ours", () => {
  const { files } = chatOf();
  const place = `chat.example/page/files/${ID}`;
  for (const url of [
    `https://evil.example/page/files/${ID}/a.png`,
    `http://${place}/a.png`,
    `https://chat.example:444/page/files/${ID}/a.png`,
    `https://user@evil.example/page/files/${ID}/a.png`,
    `https://chat.example/files/${ID}/a.png`,
    `https://${place}`,
    `https://${place}/`,
    `https://${place}x/a.png`,
    `https://${place}/a/b.png`,
    `https://${place}/a.png?x=1`,
    `https://${place}/a.png#x`,
    `https://chat.example/page/files/../files/x/a.png`,
    "javascript:/files/hit()",
    "not /files/ at all",
    "",
  ]) assert.equal(files.find(url), null, url);
});

test("files are offered where the server takes them and nobody reads along", () => {
  assert.equal(chatOf().files.mayUpload, true);
  assert.equal(chatOf({ place: "" }).files.mayUpload, false);
  assert.equal(chatOf({ url: "ws://chat.example/ws" }).files.mayUpload, false);
  assert.equal(chatOf({ url: "ws://127.0.0.1:8080/ws" }).files.mayUpload, true);
  assert.equal(new Files(() => null, PAGE).mayUpload, false);
});

test("a token is asked for once, and again when it does not count any more", async (/** @type {any} */ context) => { // draft/authtoken
  const { files, asked } = chatOf();
  const file = fileOf(files);
  const requests = answering(context, 200, 200, 401, 200, 401, 401);
  assert.equal((await files.read(file))?.status, 200);
  assert.equal((await files.read(file, { method: "HEAD" }))?.status, 200);
  assert.equal((await files.read(file))?.status, 200);
  assert.equal((await files.read(file))?.status, 401);
  assert.deepEqual(requests.map(({ authorization }) => authorization), [1, 1, 1, 2, 2, 3].map((number) => `Bearer t${number}`));
  assert.deepEqual(requests.map(({ path }) => path).slice(0, 2), [file.path, file.path]);
  assert.equal(requests[1]?.method, "HEAD");
  assert.deepEqual(asked, Array(3).fill("TOKEN GENERATE FILEHOST"));
});

test("without a token only what everybody may read is asked for", async (/** @type {any} */ context) => {
  const { files, asked } = chatOf({ place: "" });
  const file = fileOf(files);
  const requests = answering(context, 200);
  assert.ok((await files.read(file))?.ok);
  assert.deepEqual([requests[0]?.authorization, asked], [undefined, []]);
});

test("what cannot be asked now is said", async (/** @type {any} */ context) => {
  const { files } = chatOf({ refuses: true });
  const file = fileOf(files);
  assert.equal(await files.read(file), null);
  const { signal } = new AbortController();
  const uploaded = await files.upload(new File(["x"], "a.txt"), () => {}, signal);
  assert.deepEqual(uploaded, { url: "", mistake: "not for you", status: 0 });
  answering(context, new TypeError("no network"));
  assert.equal(await chatOf().files.read(file), null);
});

test("what is too large is told before it is sent, where the server says how large a file may be", async (/** @type {any} */ context) => {
  const { files, asked } = chatOf();
  /** @param {any} limit */
  const limited = (limit) => async () => new Response(null, { status: 204, headers: limit ? { "upload-limit": limit } : {} });
  const fetched = context.mock.method(globalThis, "fetch", limited("max-size=1500000, max-age=60"));
  const { signal } = new AbortController();
  const large = await files.upload(new File([new Uint8Array(1_500_001)], "a.bin"), () => {}, signal);
  assert.deepEqual([large.mistake, large.status], ["This file is larger than the server takes, which is 1.5 MB", 413]);
  assert.deepEqual(asked, []);
  for (const limit of [null, "max-size=none", "min-size=1"]) {
    fetched.mock.mockImplementation(limited(limit));
    assert.equal(await files.largest(signal), Infinity);
  }
});

test("a name is a field of HTTP, whatever it is", () => { // RFC 6266, RFC 8187
  assert.equal(disposition("tea.png"), `attachment; filename="tea.png"; filename*=UTF-8''tea.png`);
  assert.equal(disposition("€ 'a' (1)*.pdf"), `attachment; filename="_ 'a' (1)*.pdf"; filename*=UTF-8''%E2%82%AC%20%27a%27%20%281%29%2a.pdf`);
  for (const name of ['a"b\\c', "a\r\nX: y", "\ud800", "\0", "%41", ""]) {
    assert.match(disposition(name), /^attachment; filename="[ !#$&-[\]-~]*"; filename\*=UTF-8''[!-~]*$/);
  }
});

test("sizes for people", () => {
  const sizes = [0, 999, 1_000, 12_345, 999_499, 999_500, 25_000_000, 3e12];
  assert.deepEqual(sizes.map(sizeOf), ["0 bytes", "999 bytes", "1.0 kB", "12 kB", "999 kB", "1.0 MB", "25 MB", "3000 GB"]);
});
