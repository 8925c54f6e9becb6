// Commands about people and about the one who types.

import { duration } from "../text/phrases.js";
import { printable } from "../text/printable.js";
import { moment } from "../text/when.js";
import { ROWS_SHOWN_MAX } from "./channelCommands.js";
import { command, firstWord } from "./commandTable.js";

/** @typedef {import("./commandTable.js").Room} Room */
/** @typedef {Awaited<ReturnType<import("../chat/chat.js").Chat["whois"]>>} Whois */
/** @typedef {Awaited<ReturnType<import("../chat/chat.js").Chat["who"]>>[number]} WhoEntry */

/** @param {Room} room @param {string} rest */
async function whois(room, rest) {
  whoisLines(await room.chat.whois(firstWord(rest)[0])).forEach((line) => room.tell(line));
}

/** @param {Room} room @param {string} rest */
async function who(room, rest) {
  const entries = await room.chat.who(firstWord(rest)[0] || room.current || room.chat.nick);
  entries.slice(0, ROWS_SHOWN_MAX).forEach((entry) => room.tell(whoLine(entry)));
  if (entries.length > ROWS_SHOWN_MAX) {
    room.tell(`and ${entries.length - ROWS_SHOWN_MAX} more`);
  }
  if (entries.length === 0) {
    room.tell(`nobody matches ${printable(rest)}`);
  }
}

/** @param {Room} room @param {string} rest */
async function nick(room, rest) {
  await room.chat.changeNick(firstWord(rest)[0]);
}

/** @param {Room} room @param {string} rest */
async function setname(room, rest) {
  await room.chat.setname(rest);
  room.tell(`your real name is ${printable(rest)}`);
}

/** @param {Room} room @param {string} rest */
async function away(room, rest) {
  await room.chat.away(rest || "away");
  room.tell(`you are away${rest ? `: ${printable(rest)}` : ""}`);
}

/** @param {Room} room */
async function back(room) {
  await room.chat.back();
  room.tell("you are not away");
}

/** @param {Room} room @param {string} rest */
async function monitor(room, rest) {
  const names = rest.split(/\s+/).filter(Boolean);
  const wanted = names.filter((name) => !name.startsWith("-"));
  const unwanted = names.filter((name) => /^-./.test(name)).map((name) => name.slice(1));
  if (wanted.length > 0) {
    await room.chat.monitor(...wanted);
  }
  if (unwanted.length > 0) {
    await room.chat.unmonitor(...unwanted);
    room.tell(`you are not told about ${unwanted.map(printable).join(", ")} any more`);
  }
  if (!rest && (await room.chat.monitored()).size === 0) {
    room.tell("you are told about nobody; /monitor NAME changes that");
  }
}

/** What people want to know of somebody, one sentence a line. @param {Whois} person */
function whoisLines(person) {
  const name = printable(person.nick);
  const loggedIn = person.account ? `is logged in as ${person.account}` : person.registered ? "has identified" : "";
  const channels = person.channels.map(([prefixes, channel]) => prefixes + channel).join(" ");
  const sentences = [
    person.host && `is ${person.user}@${person.host} (${person.realname})`,
    loggedIn,
    person.away && `is away: ${person.away}`,
    channels && `is in ${channels}`,
    person.operator,
    person.bot && "is a bot",
    person.server && `is connected to ${person.server} (${person.serverText})`,
    person.actual && `is connecting from ${person.actual}`,
    person.modes && `has modes ${person.modes}`,
    person.certificate && `has the certificate ${person.certificate}`,
    person.secure && "uses a secure connection",
    person.idleSeconds !== null && `has been silent for ${duration(person.idleSeconds)}`,
    person.signedOn !== null && `is here since ${moment(person.signedOn)}`,
    ...person.more,
  ];
  return sentences.flatMap((sentence) => (sentence ? `${name} ${printable(sentence)}` : []));
}

/** One person in a line. @param {WhoEntry} entry */
function whoLine(entry) {
  const about = [
    entry.account && `logged in as ${entry.account}`,
    entry.away && "away",
    entry.bot && "bot",
    entry.operator && "IRC operator",
  ].filter(Boolean).map((mark) => `, ${mark}`).join("");
  const name = entry.prefixes.slice(0, 1) + entry.nick;
  return printable(`${name} is ${entry.user}@${entry.host} (${entry.realname})${about}`);
}

export const PEOPLE_COMMANDS = [
  command("/whois NAME", "Show who somebody is", whois),
  command("/who [NAME]", "Show who is in a channel or matches a mask", who,
    { details: "Without a name: who is here." }),
  command("/nick NAME", "Take another name", nick),
  command("/setname TEXT", "Say who you really are, for /whois", setname),
  command("/away [TEXT]", "Say that you are away, and why", away),
  command("/back", "Say that you are here again", back),
  command("/monitor [NAMES]", "Be told when people come online and leave", monitor,
    { details: "-NAME stops it; without a name those you are told about are listed." }),
];
