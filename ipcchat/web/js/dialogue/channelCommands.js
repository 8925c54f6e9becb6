// Commands about channels.

import { ChatError } from "../chat/errors.js";
import { printable } from "../text/printable.js";
import { moment } from "../text/when.js";
import { fold } from "../wire/casemap.js";
import { asChannel, command, firstWord, isChannel, splitChannel, thisChannel } from "./commandTable.js";

/** @typedef {import("./commandTable.js").Room} Room */
/** @typedef {import("../chat/people.js").Member} Member */

export const ROWS_SHOWN_MAX = 50;

/** @param {Room} room @param {string} rest */
async function join(room, rest) {
  const [channel, key] = firstWord(rest);
  await room.enter(asChannel(room, channel), key);
}

/** @param {Room} room @param {string} rest */
async function part(room, rest) {
  const { chat } = room;
  if (!isChannel(room, room.current) && !isChannel(room, rest) && room.current) {
    room.lookAt(chat.channels.keys()[0] ?? "");
    return;
  }
  const [channel, reason] = splitChannel(room, rest);
  await chat.part(channel, reason);
}

/** @param {Room} room @param {string} rest */
async function topic(room, rest) {
  const [channel, text] = splitChannel(room, rest);
  if (text) {
    await room.chat.topic(channel, text === "-" ? "" : text);
    return;
  }
  const shown = await room.chat.topic(channel);
  room.tell(`topic of ${printable(channel)}: ${printable(shown) || "none"}`);
  const place = room.chat.channels.get(channel);
  if (shown && place?.topicBy) {
    room.tell(`topic set by ${printable(place.topicBy)}${place.topicTime ? `, ${moment(place.topicTime)}` : ""}`);
  }
}

/** @param {Room} room @param {string} rest */
function names(room, rest) {
  const [channel] = splitChannel(room, rest);
  const place = room.chat.channels.get(channel);
  if (place === undefined) {
    throw new ChatError(`you are not in ${channel}`);
  }
  const people = place.members.values().map((member) => ({ member, order: member.nick.toLowerCase() }));
  people.sort((one, other) => (one.order < other.order ? -1 : 1));
  const shown = people.slice(0, ROWS_SHOWN_MAX).map(({ member }) => memberWord(member)).join(", ");
  const more = people.length > ROWS_SHOWN_MAX ? ` and ${people.length - ROWS_SHOWN_MAX} more` : "";
  room.tell(`${people.length} here: ${shown}${more}`);
}

/** @param {Room} room @param {string} rest */
async function listChannels(room, rest) {
  const wanted = rest.toLowerCase();
  const found = await room.chat.listChannels();
  const rows = found.filter((row) => `${row.name} ${row.topic}`.toLowerCase().includes(wanted));
  for (const row of rows.slice(0, ROWS_SHOWN_MAX)) {
    room.tell(`${printable(row.name)} (${row.members})${row.topic ? `: ${printable(row.topic)}` : ""}`);
  }
  if (rows.length > ROWS_SHOWN_MAX) {
    room.tell(`and ${rows.length - ROWS_SHOWN_MAX} more`);
  }
  if (rows.length === 0) {
    room.tell(rest ? `no channel has ${printable(rest)} in it` : "there are no channels");
  }
}

/** @param {Room} room @param {string} rest */
async function invite(room, rest) {
  const [nick, named] = firstWord(rest);
  const channel = named ? asChannel(room, named) : thisChannel(room);
  await room.chat.invite(nick, channel);
  room.tell(`you invited ${printable(nick)} to ${printable(channel)}`);
}

/** @param {Room} room @param {string} rest */
async function kick(room, rest) {
  await room.chat.kick(thisChannel(room), ...firstWord(rest));
}

/** @param {Room} room @param {string} rest */
async function ban(room, rest) {
  const channel = thisChannel(room);
  if (rest) {
    await room.chat.ban(channel, firstWord(rest)[0]);
    return;
  }
  const bans = await room.chat.masks(channel);
  for (const entry of bans.slice(0, ROWS_SHOWN_MAX)) {
    const by = entry.by ? ` by ${printable(entry.by)}` : "";
    room.tell(`${printable(entry.mask)} is banned${by}${entry.time ? `, ${moment(entry.time)}` : ""}`);
  }
  if (bans.length === 0) {
    room.tell(`nobody is banned from ${printable(channel)}`);
  }
}

/** @param {Room} room @param {string} rest */
async function unban(room, rest) {
  await room.chat.unban(thisChannel(room), firstWord(rest)[0]);
}

/** @param {Room} room @param {string} rest */
async function mode(room, rest) {
  const [first, others] = firstWord(rest);
  const isTarget = isChannel(room, first) || fold(first) === fold(room.chat.nick);
  const target = isTarget ? first : thisChannel(room);
  const [letters = "", ...args] = (isTarget ? others : rest).split(/\s+/).filter(Boolean);
  const shown = await room.chat.mode(target, letters, ...args);
  if (!letters) {
    room.tell(`modes of ${printable(target)}: ${printable(shown) || "none"}`);
  }
}

/** Change the ranks of people. @param {"op" | "deop" | "voice" | "devoice"} how */
function ranking(how) {
  return async (/** @type {Room} */ room, /** @type {string} */ rest) => {
    await room.chat[how](thisChannel(room), ...rest.split(/\s+/));
  };
}

/** @param {Room} room @param {string} rest */
async function knock(room, rest) {
  const [name, text] = firstWord(rest);
  const channel = asChannel(room, name);
  await room.chat.knock(channel, text);
  room.tell(`${printable(channel)} knows that you want to come in`);
}

/** @param {Room} room @param {string} rest */
async function rename(room, rest) {
  const [first, others] = firstWord(rest);
  const [second, reason] = firstWord(others);
  if (isChannel(room, second)) {
    await room.chat.rename(asChannel(room, first), second, reason);
  } else {
    await room.chat.rename(thisChannel(room), asChannel(room, first), others);
  }
}

/** A member with the sign of his rank, and whether he is away where that is known. @param {Member} member */
function memberWord(member) {
  return `${printable(member.prefixes.slice(0, 1) + member.nick)}${member.away ? " (away)" : ""}`;
}

export const CHANNEL_COMMANDS = [
  command("/join #CHANNEL [KEY]", "Enter a channel, or look at one you are in", join),
  command("/part [#CHANNEL] [REASON]", "Leave a channel, this one when none is named", part,
    { details: "Who talks to one person with /query is back in a channel then." }),
  command("/topic [TEXT]", "Show the topic of this channel, or set it", topic,
    { details: "A single \"-\" removes it." }),
  command("/names", "Show who is in this channel", names),
  command("/list [WORDS]", "Show the channels there are", listChannels,
    { details: "With words only those whose name or topic has them." }),
  command("/invite NAME [#CHANNEL]", "Invite somebody, here when no channel is named", invite),
  command("/kick NAME [REASON]", "Put somebody out of this channel", kick),
  command("/ban [NAME]", "Ban somebody from this channel, or show bans", ban,
    { details: "A name is a nick or a mask like *!*@host; without one the bans are listed. It keeps people from " +
      "joining: who is inside stays until he is kicked." }),
  command("/unban NAME", "Lift the bans of a nick, or one mask's", unban),
  command("/mode [TARGET] [MODES]", "Show or change modes, of this channel or you", mode),
  command("/op NAME [NAMES]", "Make people operators of this channel", ranking("op")),
  command("/deop NAME [NAMES]", "Take the operator's rank from people", ranking("deop")),
  command("/voice NAME [NAMES]", "Let people speak in a moderated channel", ranking("voice")),
  command("/devoice NAME [NAMES]", "Take voice from people", ranking("devoice")),
  command("/knock #CHANNEL [TEXT]", "Ask to be let into a channel", knock),
  command("/rename [#OLD] #NEW [REASON]", "Give a channel another name, this one's", rename),
];
