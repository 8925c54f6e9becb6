// The library and the project's own server, which is killed between two messages.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { connect } from "../../../ipcchat/web/js/chat/index.js";
import { PlainSocket } from "./plainSocket.mjs";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PYTHON = process.env["PYTHON"] ?? join(ROOT, ".venv/bin/python");
const SECONDS = 30;

/** @typedef {import("../../../ipcchat/web/js/chat/events.js").Event} Event */

/** A server process that speaks HTTP; its port. @param {string} folder @param {number} port */
async function serve(folder, port) {
  const options = ["--no-throttle", "--log-level", "error", "--data", folder];
  const words = ["-m", "ipcchat", "serve", ...options, "--listen", `http://127.0.0.1:${port}`];
  const server = spawn(PYTHON, words, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  const said = await new Promise((resolve, reject) => {
    server.stdout.once("data", (/** @type {Uint8Array} */ bytes) => resolve(new TextDecoder().decode(bytes)));
    server.once("exit", () => reject(new Error("the server ended")));
  });
  return { server, port: Number(/:(\d+)/.exec(String(said).replace(/^.*http:/, ""))?.[1]) };
}

/** @param {{server: any}} running */
async function kill({ server }) {
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await gone;
}

/** Somebody who writes down what he hears. @param {number} port @param {string} nick
 * @param {{account?: string, password?: string}} [login] */
function person(port, nick, login = {}) {
  const chat = connect({
    url: `ws://127.0.0.1:${port}/ws`,
    nick,
    ...login,
    channels: ["#tea"],
    socketFor: (url, protocols) => new PlainSocket(url, protocols),
  });
  /** @type {string[]} */
  const heard = [];
  /** @type {Event[]} */
  const happened = [];
  chat.listen((event) => {
    happened.push(event);
    if (event.type === "Message") {
      heard.push(event.text);
    }
  });
  return { chat, heard, happened };
}

/** Wait until something is so. @param {() => boolean} condition @param {string} what */
async function until(condition, what) {
  const deadline = Date.now() + SECONDS * 1000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("nothing is doubled or lost when the server is killed between two messages", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ipc-chat-"));
  let running = await serve(folder, 0);
  const { port } = running;
  const [ann, bob] = [person(port, "ann"), person(port, "bob")];
  try {
    await Promise.all([ann.chat.ready, bob.chat.ready]);
    const first = await ann.chat.post("#tea", "first");
    assert.equal(first.mine, true);
    assert.notEqual(first.msgid, "");
    const answer = await bob.chat.post("#tea", "two\nlines", { replyTo: first.msgid });
    assert.equal(answer.text, "two\nlines");
    await until(() => ann.heard.length === 2 && bob.heard.length === 2, "both heard both");
    await kill(running);
    await until(() => ann.chat.state === "offline, trying again", "the loss is noticed");
    const receipts = Array.from({ length: 40 }, (_, number) => ann.chat.post("#tea", `while away ${number}`));
    running = await serve(folder, port);
    ann.chat.retryNow();
    bob.chat.retryNow();
    const said = await Promise.all(receipts);
    assert.equal(new Set(said.map(({ msgid }) => msgid)).size, 40);
    const expected = ["first", "two\nlines", ...said.map((_, number) => `while away ${number}`)];
    await until(() => bob.heard.length >= expected.length && bob.chat.connected, "bob heard all");
    assert.deepEqual(bob.heard, expected);
    assert.deepEqual(ann.heard, expected);
    const page = await bob.chat.past("#tea", 100);
    const kept = page.acts.filter((act) => act.type === "Message").map((act) => act.text);
    assert.deepEqual(kept, expected);
    assert.deepEqual(bob.happened.filter(({ type }) => type === "Gap"), []);
  } finally {
    await Promise.all([ann.chat.close(), bob.chat.close()]);
    await kill(running);
    rmSync(folder, { recursive: true });
  }
});

test("an account, and everything that can be done with a message", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ipc-chat-"));
  const running = await serve(folder, 0);
  const ann = person(running.port, "ann");
  const login = { account: "ann", password: "pencil-case-1" };
  /** @type {ReturnType<typeof person>[]} */
  const people = [ann];
  try {
    await ann.chat.ready;
    assert.equal((await ann.chat.register(login.password)).account, "ann");
    const telephone = person(running.port, "ann", login);
    people.push(telephone);
    await telephone.chat.ready;
    assert.equal(telephone.chat.account, "ann");
    const said = await ann.chat.post("#tea", "green tea");
    await until(() => telephone.heard.length === 1, "the other session hears it");
    const [heard] = telephone.happened.filter(({ type }) => type === "Message");
    assert.ok(heard?.type === "Message" && heard.elsewhere && heard.mine && heard.msgid === said.msgid);
    await ann.chat.react(said, "\u{1f375}");
    await ann.chat.edit(said, "black tea");
    await ann.chat.pin(said);
    assert.deepEqual((await telephone.chat.pins("#tea")).map(({ text }) => text), ["black tea"]);
    const past = await telephone.chat.history("#tea");
    assert.deepEqual(past.map(({ text, edited }) => [text, edited]), [["black tea", true]]);
    assert.deepEqual((await telephone.chat.search("black")).map(({ msgid }) => msgid), [said.msgid]);
    assert.equal(await ann.chat.markRead("#tea", said.time), said.time);
    assert.equal(await telephone.chat.readMarker("#tea"), said.time);
    assert.deepEqual((await telephone.chat.targets()).map(({ name }) => name), ["#tea"]);
    await ann.chat.redact(said);
    await until(() => telephone.happened.some(({ type }) => type === "Redacted"), "the deletion is heard");
    const types = telephone.happened.map(({ type }) => String(type));
    assert.deepEqual(types.filter((type) => ["Reaction", "Edited"].includes(type)), ["Reaction", "Edited"]);
    assert.ok(types.lastIndexOf("ReadMarked") > types.indexOf("Edited"));
    const wrong = person(running.port, "eve", { account: "ann", password: "wrong" });
    people.push(wrong);
    await assert.rejects(wrong.chat.ready, /the login to ann failed/);
  } finally {
    await Promise.all(people.map(({ chat }) => chat.close()));
    await kill(running);
    rmSync(folder, { recursive: true });
  }
});

test("guests come back unseen when the server is killed", async () => { // docs/resume.md
  const folder = mkdtempSync(join(tmpdir(), "ipc-chat-"));
  let running = await serve(folder, 0);
  const { port } = running;
  const [ann, bob] = [person(port, "ann"), person(port, "bob")];
  try {
    await Promise.all([ann.chat.ready, bob.chat.ready]);
    await ann.chat.post("#tea", "before");
    await until(() => bob.heard.length === 1, "bob hears ann");
    const before = (await bob.chat.past("#tea", 100)).acts.map(({ type }) => type);
    bob.happened.splice(0);
    await kill(running);
    await until(() => ann.chat.state === "offline, trying again", "the loss is noticed");
    const sent = ann.chat.post("#tea", "meanwhile");
    running = await serve(folder, port);
    ann.chat.retryNow();
    bob.chat.retryNow();
    await sent;
    await until(() => bob.heard.length === 2 && bob.chat.connected, "bob hears ann again");
    const types = bob.happened.map(({ type }) => String(type));
    assert.deepEqual(types.filter((type) => ["Joined", "Parted", "Quit", "ModeChanged"].includes(type)), []);
    assert.deepEqual((await bob.chat.past("#tea", 100)).acts.map(({ type }) => type), [...before, "Message"]);
    const members = bob.chat.channels.get("#tea")?.members;
    assert.deepEqual(members?.keys().sort(), ["ann", "bob"]);
    assert.equal([...(members?.values() ?? [])].filter(({ prefixes }) => prefixes === "@").length, 1);
  } finally {
    await Promise.all([ann.chat.close(), bob.chat.close()]);
    await kill(running);
    rmSync(folder, { recursive: true });
  }
});
