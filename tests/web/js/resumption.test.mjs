// The next connection goes on with the one that was lost, as the same user in the same channels (docs/resume.md).

import assert from "node:assert/strict";
import test from "node:test";

import { parse } from "../../../ipcchat/web/js/wire/message.js";
import { Play, settled } from "./play.mjs";

const INTRODUCTION = /^NICK ann,USER \S+ 0 \* /;

/** In #tea, with the token "first". @param {Partial<import("../../../ipcchat/web/js/chat/running.js").Options>} [how] */
async function live(how = {}) {
  const play = new Play(how);
  play.capabilities += " ipc-chat/resume=seconds=60";
  await play.live();
  play.server(":irc.test RESUME TOKEN first");
  return play;
}

/** The connection is cut, and there is another; what is said when the capabilities are settled. @param {Play} play */
async function opens(play) {
  play.socket.onclose?.({ reason: "" });
  play.clock.pass(1_000);
  await settled();
  play.socket.readyState = 1;
  play.socket.onopen?.({});
  const [begin, ...more] = play.sent();
  assert.equal(begin, "CAP LS 302");
  play.server(`:irc.test CAP * LS :${play.capabilities}`);
  for (const line of play.sent().filter((each) => each.startsWith("CAP REQ"))) {
    play.server(`:irc.test CAP * ACK :${parse(line).params[1]}`);
  }
  return [...more, ...play.sent()];
}

/** The channels of who was resumed, and the next token. @param {Play} play @param {...string} channels */
function told(play, ...channels) {
  for (const channel of channels) {
    play.server(`:ann!a@h JOIN ${channel} * :Ann`, `:irc.test 353 ann = ${channel} :@ann bob`,
      `:irc.test 366 ann ${channel} :End`);
  }
  play.server(":irc.test RESUME TOKEN next");
}

test("who was resumed does not join, and catches up", async () => {
  const play = await live();
  assert.deepEqual(await opens(play), ["RESUME first"]);
  play.welcome("ann");
  assert.deepEqual(play.sent(), []);
  assert.equal(play.chat.state, "catching up");
  told(play, "#tea");
  const ask = play.line();
  assert.match(ask, / CHATHISTORY AFTER #tea msgid=m1 2$/);
  play.page(ask);
  assert.equal(play.chat.state, "connected");
  assert.deepEqual(play.types(), ["Disconnected", "Connected", "CaughtUp"]);
  assert.equal(play.chat.channels.get("#tea")?.members.get("ann")?.prefixes, "@");
  assert.deepEqual(await opens(play), ["RESUME next"]);
});

test("a channel that we are not in any more is joined", async () => {
  const play = await live();
  await opens(play);
  play.welcome("ann");
  told(play);
  assert.match(play.line(), / JOIN #tea$/);
});

test("a token that does not count is no harm", async () => {
  const play = await live();
  await opens(play);
  play.server(":irc.test FAIL RESUME INVALID_TOKEN :There is nothing to go on with");
  const said = play.sent();
  assert.match(said.join(), INTRODUCTION);
  assert.equal(said.at(-1), "CAP END");
  play.welcome("ann");
  assert.match(play.line(), / JOIN #tea$/);
  assert.match((await opens(play)).join(), INTRODUCTION);
});

test("a server that cannot resume is told who we are", async () => {
  const play = await live();
  play.capabilities = play.capabilities.replace(" ipc-chat/resume=seconds=60", "");
  assert.match((await opens(play)).join(), INTRODUCTION);
});

test("the token is not said where others read along", async () => {
  const play = await live({ url: "ws://irc.test/ws" });
  assert.match((await opens(play)).join(), INTRODUCTION);
});

test("strange words of a server change nothing", async () => {
  const play = await live();
  play.server(":irc.test RESUME", ":irc.test RESUME TOKEN", ":irc.test RESUME OTHER word");
  assert.deepEqual(await opens(play), ["RESUME first"]);
});

test("who was away is so still", async () => {
  const play = await live();
  const away = play.chat.away("lunch");
  play.answer(play.line(), ":irc.test 306 ann :You are away");
  await away;
  await opens(play);
  play.welcome("ann");
  assert.deepEqual(play.sent(), []);
});

test("the nick that we wanted is asked for", async () => {
  const play = new Play({ channels: [] });
  play.capabilities += " ipc-chat/resume=seconds=60";
  await play.connect({ nick: "ann_" });
  play.server(":irc.test RESUME TOKEN first");
  assert.deepEqual(await opens(play), ["RESUME first"]);
  play.welcome("ann_");
  assert.deepEqual(play.sent().map((line) => line.replace(/^\S+ /, "")), ["NICK ann"]);
});

test("a server that stops and says so is left without growing pauses", async () => {
  const play = await live();
  const pauses = [];
  for (const isTold of [true, true, false, false]) {
    if (isTold) {
      play.server(":irc.test RESUME NOW", "ERROR :Closing link: This server starts anew");
    }
    play.socket.onclose?.({ reason: "" });
    pauses.push(Number(play.chat.retryAt) - play.clock.wall);
    play.clock.pass(1_000);
    await settled();
    play.socket.readyState = 1;
    play.socket.onopen?.({});
    play.sent();
  }
  assert.deepEqual(pauses, [125, 125, 250, 500]);
});
