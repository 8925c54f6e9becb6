// The library and the model together: one conversation, with a cut in the middle. No network, no clock.

import assert from "node:assert/strict";
import { it } from "node:test";

import { Delivery } from "../../../ipcchat/web/js/model/entries.js";
import { Network } from "../../../ipcchat/web/js/model/network.js";
import { State } from "../../../ipcchat/web/js/chat/state.js";
import { message, texts } from "./made.mjs";
import { Play, settled } from "./play.mjs";

/** A network that hears what a Chat hears. @param {Play} play */
function networkBy(play) {
  const network = new Network("test");
  network.chat = play.chat;
  play.chat.listen((event) => network.hear(event, play.clock.now().wall));
  return network;
}

/** Send a text as the page does it: it stands there at once. @param {Play} play @param {Network} network @param {string} text */
function say(play, network, text) {
  const { timeline } = network.buffer("#tea");
  const said = timeline.send(message(text, { nick: "ann", mine: true }));
  play.chat.post("#tea", text).then(
    (confirmed) => timeline.confirm(said, confirmed),
    (error) => timeline.refuse(said, error.message),
  );
  return said;
}

it("has what we sent and what was missed over a cut, in order, once", async () => { // draft/chathistory, labels
  const play = new Play();
  const network = networkBy(play);
  await play.live();
  const said = say(play, network, "hello");
  assert.equal(said.delivery, Delivery.PENDING);
  play.answer(play.line(), "@msgid=m2 :ann!a@h PRIVMSG #tea :hello");
  await settled();
  assert.deepEqual([said.delivery, network.buffer("#tea").timeline.pending.length], [Delivery.CONFIRMED, 0]);
  const unsent = say(play, network, "are you there?");
  play.sent();
  const ask = await play.comeBack();
  assert.equal(network.state, State.CATCHING_UP);
  play.page(ask, 3);
  assert.equal(unsent.delivery, Delivery.PENDING);
  const behind = play.sent();
  play.page(behind[0] ?? "");
  const again = [...behind, ...play.sent()].find((line) => line.includes("PRIVMSG"));
  play.answer(again ?? "", "@msgid=m4 :ann!a@h PRIVMSG #tea :are you there?");
  await settled();
  const shown = texts(network.buffer("#tea").timeline).filter((text) => text.startsWith("<"));
  assert.deepEqual(shown, ["<bob> text 1", "<ann> hello", "<bob> text 3", "<ann> are you there?"]);
  assert.deepEqual([network.state, network.buffer("#tea").unread], [State.CONNECTED, 2]);
});

it("shows who is there, and what the server refuses", async () => {
  const play = new Play();
  const network = networkBy(play);
  await play.live();
  const tea = network.buffer("#tea");
  assert.deepEqual(network.channel(tea)?.members.keys(), ["ann", "bob"]);
  play.server(":dan!d@d JOIN #tea * :Dan", ":bob!b@b QUIT :bye", ":dan!d@d NICK daniel");
  const said = say(play, network, "hello");
  play.answer(play.line(), ":irc.test 404 ann #tea :Cannot send to channel");
  await settled();
  assert.deepEqual(texts(tea.timeline), ["<bob> text 1",
    "\u2192 dan joined \u00b7 \u2190 bob left (bye) \u00b7 \u2192 dan is daniel now", "<ann> hello"]);
  assert.equal(said.delivery, Delivery.FAILED);
  assert.match(said.refusal, /Cannot send/);
});
