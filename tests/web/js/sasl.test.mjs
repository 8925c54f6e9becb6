// Logging in: the arithmetic by its published example, and what is refused.

import assert from "node:assert/strict";
import test from "node:test";

import { LoginFailed } from "../../../ipcchat/web/js/chat/index.js";
import { Authentication } from "../../../ipcchat/web/js/chat/authentication.js";
import { SaslProblem, Scram, chunks, fromBase64, prepared, toBase64, usable } from
  "../../../ipcchat/web/js/chat/sasl.js";
import { isConfidential } from "../../../ipcchat/web/js/chat/socket.js";
import { Message, parse } from "../../../ipcchat/web/js/wire/message.js";
import { Play, failure, labelOf, settled } from "./play.mjs";

const NONCE = "rOprNGfwEbeRWgbNEkqO";
const SERVER_FIRST = `r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
const USER = { account: "user", password: "pencil" };

/** @param {Scram} scram @param {string} said */
async function respond(scram, said) {
  return new TextDecoder().decode(await scram.respond(new TextEncoder().encode(said)));
}

test("SCRAM-SHA-256 is as published", async () => { // RFC 7677 3
  const scram = new Scram(USER, NONCE);
  assert.equal(await respond(scram, ""), `n,,n=user,r=${NONCE}`);
  assert.equal(await respond(scram, SERVER_FIRST),
    `c=biws,r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`);
  assert.equal(scram.complete, false);
  assert.equal(await respond(scram, SERVER_FINAL), "");
  assert.equal(scram.complete, true);
  await assert.rejects(respond(scram, SERVER_FINAL), SaslProblem);
});

test("a server that cheats is not believed", async () => { // RFC 5802 5 and 9
  const wrong = [
    SERVER_FIRST.replace(NONCE, "somebodyelse"),
    `r=${NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`,
    SERVER_FIRST.replace("i=4096", "i=1"),
    SERVER_FIRST.replace("i=4096", "i=99999999"),
    SERVER_FIRST.replace("W22Z", "****"),
    "e=other-error",
    "",
  ];
  for (const said of wrong) {
    const scram = new Scram(USER, NONCE);
    await respond(scram, "");
    await assert.rejects(respond(scram, said), SaslProblem, said);
  }
  const scram = new Scram(USER, NONCE);
  await respond(scram, "");
  await respond(scram, SERVER_FIRST);
  await assert.rejects(respond(scram, "v=AAAA"), SaslProblem);
  assert.equal(scram.complete, false);
});

test("equal passwords are equal however they were typed", () => { // RFC 4013 3
  assert.equal(prepared("I\u00adX"), "IX");
  assert.equal(prepared("\u2168"), "IX");
  assert.equal(prepared("a\u00a0b"), "a b");
  assert.throws(() => prepared("\u0007"), SaslProblem);
  assert.match(String(new Scram({ account: "a=b,c", password: "x" }, "n")._begin), /^n=a=3Db=2Cc,r=n$/);
});

test("a password is given away only where nobody can read along", () => {
  assert.deepEqual(usable("PLAIN,SCRAM-SHA-256", false), ["SCRAM-SHA-256"]);
  assert.deepEqual(usable("", true), ["SCRAM-SHA-256", "PLAIN"]);
  assert.throws(() => usable("PLAIN", false), /open this page by https/);
  assert.throws(() => usable("EXTERNAL", true), /we could by SCRAM-SHA-256, PLAIN/);
  assert.deepEqual(usable("PLAIN,IRCV3BEARER", true, true), ["IRCV3BEARER"]);
  assert.throws(() => usable("PLAIN,IRCV3BEARER", false, true), /open this page by https/);
  assert.throws(() => usable("PLAIN", true, true), /we could by IRCV3BEARER/);
  const urls = ["wss://a/", "ws://a/", "ws://localhost:8/", "ws://127.0.0.1/", "ws://[::1]/", "ws://127.0.0.1.evil/"];
  assert.deepEqual(urls.map(isConfidential), [true, false, true, true, true, false]);
});

test("long responses go in pieces", () => { // sasl-3.1
  assert.deepEqual(chunks(new Uint8Array()), ["+"]);
  assert.deepEqual(chunks(new Uint8Array(300)).map((piece) => piece.length), [400, 1]);
  assert.deepEqual(chunks(new Uint8Array(301)).map((piece) => piece.length), [400, 4]);
  assert.deepEqual([...fromBase64(toBase64(Uint8Array.of(0, 255, 128)))], [0, 255, 128]);
});

test("a mechanism that the server does not have after all is followed by the next", async () => { // sasl-3.1: 908
  const talk = new Authentication(USER, true, "");
  assert.equal(talk.begin().send[0]?.params[0], "SCRAM-SHA-256");
  talk.hear(new Message("908", ["*", "PLAIN", "are available"]));
  const next = talk.hear(new Message("904", ["*", "failed"]));
  assert.equal(next?.send[0]?.params[0], "PLAIN");
  const work = talk.hear(new Message("AUTHENTICATE", ["+"]))?.work;
  const said = talk.worked(await /** @type {NonNullable<typeof work>} */ (work)());
  assert.equal(atob(String(said.send[0]?.params[0])), "\0user\0pencil");
  assert.equal(talk.hear(new Message("904", ["*", "no"]))?.failed, "no");
});

/** A server that has accounts; how far the client gets. @param {string} mechanisms
 * @param {{password?: string, token?: string}} [proof] */
async function login(mechanisms, proof = { password: "pencil" }) {
  const play = new Play({ account: "ann", ...proof });
  await settled();
  play.socket.readyState = 1;
  play.socket.onopen?.({});
  play.capabilities = play.capabilities.replace(/ sasl=\S+/, ` sasl=${mechanisms}`);
  play.server(`:irc.test CAP * LS :${play.capabilities}`);
  const asked = play.sent().filter((line) => line.startsWith("CAP REQ")).map((line) => parse(line).params[1]);
  asked.forEach((names) => play.server(`:irc.test CAP * ACK :${names}`));
  return play;
}

test("the login comes before the registration", async () => {
  const play = await login("PLAIN");
  assert.deepEqual(play.sent(), ["AUTHENTICATE PLAIN"]);
  play.server("AUTHENTICATE +");
  await settled();
  assert.equal(play.line(), `AUTHENTICATE ${btoa("\0ann\0pencil")}`);
  play.server(":irc.test 900 ann ann!a@h ann :You are now logged in",
    ":irc.test 903 ann :SASL authentication successful");
  assert.deepEqual(play.sent(), ["CAP END"]);
  play.welcome("ann");
  play.letIn(play.line());
  await play.chat.ready;
  assert.equal(play.chat.account, "ann");
});

test("a login that fails ends it, and says what to look at", async () => {
  const play = await login("PLAIN");
  play.sent();
  play.server("AUTHENTICATE +");
  await settled();
  play.server(":irc.test 904 ann :SASL authentication failed");
  const error = await failure(play.chat.ready);
  assert.ok(error instanceof LoginFailed);
  assert.equal(error.message, "the login to ann failed: SASL authentication failed; are its name and password right?");
  assert.equal(error.isVerdict, true);
});

test("who wants to be logged in is not registered without", async () => {
  const play = await login("PLAIN");
  play.server(":irc.test 001 ann :Welcome");
  const error = await failure(play.chat.ready);
  assert.ok(error instanceof LoginFailed);
  assert.equal(error.isVerdict, false);
});

test("a token logs in, and is tried as nothing else", async () => { // IRCV3BEARER
  const play = await login("PLAIN,SCRAM-SHA-256,IRCV3BEARER", { token: "ipc_secret" });
  assert.deepEqual(play.sent(), ["AUTHENTICATE IRCV3BEARER"]);
  play.server("AUTHENTICATE +");
  await settled();
  assert.equal(play.line(), `AUTHENTICATE ${btoa("\0ipc\0ipc_secret")}`);
  play.server(":irc.test 904 ann :this token does not count");
  const error = await failure(play.chat.ready);
  assert.ok(error instanceof LoginFailed && error.isVerdict);
  const other = await login("PLAIN", { token: "ipc_secret" });
  const refusal = await failure(other.chat.ready);
  assert.ok(refusal instanceof LoginFailed && !refusal.isVerdict);
  assert.deepEqual(other.sent().filter((line) => line.startsWith("AUTHENTICATE")), []);
});

test("a token is asked for, and taken back by the name that the server gave it", async () => { // draft/authtoken
  const play = await new Play().live();
  const asked = play.chat.rememberLogin();
  const line = play.line();
  assert.deepEqual(parse(line).params, ["GENERATE", "ipc-chat/LOGIN"]);
  play.server(`@label=${labelOf(line)} :irc.test TOKEN GENERATE ipc-chat/LOGIN https://irc.test ipc_secret`);
  assert.equal(await asked, "ipc_secret");
  const forgotten = play.chat.forgetLogin("abc");
  await settled();
  const told = play.line();
  assert.deepEqual(parse(told).params, ["TOKEN", "DEL", "web-ba7816"]); // FIPS 180-2: the hash of "abc"
  play.server(`@label=${labelOf(told)} :NickServ NOTICE ann :done`);
  await forgotten;
  const refused = play.chat.rememberLogin();
  play.server(`@label=${labelOf(play.line())} :irc.test ACK`);
  assert.match((await failure(refused)).message, /gave no token/);
});

test("a server that says yes without a proof is not believed", async () => {
  const play = await login("SCRAM-SHA-256");
  assert.deepEqual(play.sent(), ["AUTHENTICATE SCRAM-SHA-256"]);
  play.server("AUTHENTICATE +");
  await settled();
  play.server(":irc.test 903 ann :SASL authentication successful");
  assert.match((await failure(play.chat.ready)).message, /did not prove that it knows the password/);
});

test("an account is registered and logged in to, and holds on the next connection", async () => {
  const play = await new Play().live();
  const asked = play.chat.register("secret-1", { email: "ann@test.example" });
  const line = play.line();
  assert.deepEqual(parse(line).params, ["*", "ann@test.example", "secret-1"]);
  play.server(`@label=${labelOf(line)} :irc.test REGISTER SUCCESS ann :Account created`);
  assert.deepEqual(await asked, { account: "ann", pending: false, text: "Account created" });
  play.socket.onclose?.({ reason: "" });
  play.clock.pass(1_000);
  await settled();
  play.socket.readyState = 1;
  play.socket.onopen?.({});
  play.server(`:irc.test CAP * LS :${play.capabilities}`);
  const names = play.sent().filter((each) => each.startsWith("CAP REQ")).map((each) => parse(each).params[1]);
  names.forEach((each) => play.server(`:irc.test CAP * ACK :${each}`));
  assert.deepEqual(play.sent(), ["AUTHENTICATE SCRAM-SHA-256"]);
});

test("a password is refused where it could be read, or could not be said", async () => {
  const open = await new Play({ url: "ws://irc.test/ws" }).live();
  assert.match((await failure(open.chat.register("secret"))).message, /https/);
  assert.match((await failure(open.chat.login("ann", "secret"))).message, /https/);
  const play = await new Play().live();
  assert.match((await failure(play.chat.register("two\nlines"))).message, /one line/);
  assert.match((await failure(play.chat.register("x".repeat(301)))).message, /300 bytes/);
  assert.deepEqual(play.sent(), []);
});

test("logging in later, by a label for each step", async () => {
  const play = await new Play().live();
  const asked = play.chat.login("ann", "pencil");
  const first = play.line();
  assert.equal(parse(first).params[0], "SCRAM-SHA-256");
  play.server(`@label=${labelOf(first)} :irc.test 908 ann PLAIN :are available mechanisms`);
  assert.match((await failure(asked)).message, /does not say how it goes on/);
});
