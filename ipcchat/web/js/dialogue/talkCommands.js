// Commands that say something.

import { printable } from "../text/printable.js";
import { command, firstWord } from "./commandTable.js";

/** @typedef {import("./commandTable.js").Room} Room */

/** @param {Room} room @param {string} rest */
function query(room, rest) {
  const [name, text] = firstWord(rest);
  room.lookAt(name || room.chat.channels.keys()[0] || "");
  if (text) {
    room.say(name, text);
  }
}

/** @param {Room} room @param {string} rest */
function reply(room, rest) {
  const [name, text] = firstWord(rest);
  const answered = room.lastOf(name);
  if (answered === null) {
    room.tell(`${printable(name)} has said nothing here that you could answer`);
  } else {
    room.say(answered.place, text, { replyTo: answered.msgid });
  }
}

/** @param {Room} room @param {string} rest */
async function react(room, rest) {
  const [name, sign] = firstWord(rest);
  const answered = room.lastOf(name);
  if (answered === null) {
    room.tell(`${printable(name)} has said nothing here that you could react to`);
  } else {
    await room.chat.react(answered, sign);
  }
}

/** @param {Room} room @param {string} rest */
async function edit(room, rest) {
  const message = room.lastOf(room.chat.nick);
  if (message === null) {
    room.tell("you have said nothing here that you could edit");
  } else {
    await room.chat.edit(message, rest);
  }
}

/** @param {Room} room @param {string} rest */
async function remove(room, rest) {
  const [name, reason] = firstWord(rest);
  const message = room.lastOf(name || room.chat.nick);
  if (message === null) {
    room.tell(`${name ? `${printable(name)} has` : "you have"} said nothing here that could be deleted`);
  } else {
    await room.chat.redact(message, reason);
  }
}

/** Say to somebody, as a message of this kind. @param {string} kind @returns {import("./commandTable.js").Run} */
function saying(kind) {
  return (room, rest) => room.say(...firstWord(rest), { kind });
}

export const TALK_COMMANDS = [
  command("/me TEXT", "Say what you do: /me waves", (room, rest) => room.say(room.current, rest, { kind: "action" }),
    { offline: true }),
  command("/msg NAME TEXT", "Say something to one person", saying("message"), { offline: true }),
  command("/query [NAME] [TEXT]", "Talk to one person from now on", query,
    { offline: true, details: "Without a name you are back in a channel." }),
  command("/notice NAME TEXT", "Say something that no program answers", saying("notice"), { offline: true }),
  command("/reply NAME TEXT", "Answer the last message of somebody here", reply, { offline: true }),
  command("/react NAME SIGN", "Put a sign to the last message of somebody", react,
    { details: "A sign is an emoji or a word." }),
  command("/edit TEXT", "Give your last message here another text", edit),
  command("/delete [NAME] [REASON]", "Take back your last message here", remove,
    { details: "With a name the last one of somebody else, if you may." }),
];
