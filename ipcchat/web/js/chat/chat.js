// The public class Chat and the function `connect`.
//
//     const chat = connect({ url: "wss://chat.example/ws", nick: "ann", channels: ["#lobby"] });
//     chat.listen((event) => ...);                        // lost connections are repaired meanwhile
//     await chat.ready;                                   // rejects when the server will not have us
//     const message = await chat.post("#lobby", "hello"); // when the server has confirmed it
//
// Its methods stand in six files, each on top of the one before: `running` (connecting, hearing, any command),
// `saying`, `pastCalls`, `channelCalls`, `peopleCalls` and `accountCalls`.

import { AccountCalls } from "./accountCalls.js";

/** A connection to a chat server that repairs itself. Made by `connect`. */
export class Chat extends AccountCalls {}

/**
 * A Chat that connects, registers as `nick`, logs in where there is an `account`, and joins `channels`. When the nick
 * is taken nick_, nick__, nick1 and so on are tried: see `chat.nick`. It begins when the caller's code has run, so that
 * who listens at once misses nothing.
 * @param {import("./running.js").Options} options @returns {Chat}
 */
export function connect(options) {
  const chat = new Chat(options);
  queueMicrotask(() => chat.begin());
  return chat;
}
