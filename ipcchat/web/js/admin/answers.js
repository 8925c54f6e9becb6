// What the server answers to the questions of the admin page, as values. Pure.
//
// Rules:
// 1. A line that cannot be read is left out, or is shown as it is: what a server says for people may change.
// 2. Nothing is decided here; what is missing is "" or null.
//
// Specifications: IRCv3 whox, standard-replies; Modern IRC "Numerics"; docs/admin.md (FIGURES).

import { number } from "../chat/support.js";
import { linesOf } from "../chat/results.js";

/** @typedef {import("../wire/message.js").Message} Line */
/** @typedef {import("../chat/results.js").ListedChannel} ListedChannel */
/**
 * Somebody who is here. `address` is "" for who may not see it; `since` is Unix ms, and `sessions` how many connections
 * he has, null where the server told of none.
 * @typedef {{nick: string, user: string, host: string, address: string, account: string, realname: string,
 *   operator: boolean, away: boolean, channel: string, idleSeconds: number, since: number | null,
 *   sessions: number | null}} Here
 */
/** @typedef {{name: string, members: number, topic: string, founder: string, registered: string}} Room */
/** @typedef {{mask: string, by: string, since: string, until: string, reason: string}} Ban */
/** @typedef {{pattern: string, action: string, by: string, since: string, reason: string}} Filter */
/** @typedef {{name: string, registered: string, remarks: string}} Account */
/** @typedef {{time: string, kind: string, words: string}} Entry of the audit log */

/** The fields of WHOX that are asked for, which come in the order of its specification, and what marks our question. */
export const WHO_FIELDS = "%tcuihnflar,77";
const WHO_TOKEN = "77";
const WHO_PARAMS = 11;
// WHOX tells an address that is nobody's to who may not see it.
const HIDDEN_ADDRESS = "255.255.255.255";

/** The texts of the remarks with one of these codes. @param {readonly Line[]} lines @param {...string} codes */
export function notes(lines, ...codes) {
  return lines
    .filter(({ command, params }) => command.toUpperCase() === "NOTE" && codes.includes(params[1] ?? ""))
    .map(({ params }) => params.at(-1) ?? "");
}

/** What a service says. @param {readonly Line[]} lines */
export function notices(lines) {
  return lines.filter(({ command }) => command.toUpperCase() === "NOTICE").map(({ params }) => params.at(-1) ?? "");
}

/** FIGURES: numbers by name and labels. @param {readonly Line[]} lines @returns {Map<string, number>} */
export function readFigures(lines) {
  const told = lines.filter(({ command, params }) => command.toUpperCase() === "FIGURES" && params.length === 2);
  return new Map(told.map(({ params: [name = "", value = ""] }) => [name, Number(value)]));
}

/** The value of a label in the name of a figure. @param {string} name @param {string} label */
export function labelIn(name, label) {
  return new RegExp(`[{,]${label}="([^"]*)"`).exec(name)?.[1] ?? "";
}

/** WHO with WHO_FIELDS, and STATS l. @param {readonly Line[]} who @param {readonly Line[]} connections
 * @param {number} now @returns {Here[]} */
export function readPeople(who, connections, now) {
  const ages = agesOf(connections);
  const ours = linesOf(who, "354").filter(({ params }) => params.length === WHO_PARAMS && params[1] === WHO_TOKEN);
  return ours.map(({ params }) => {
    const [, , channel = "", user = "", address = "", host = "", nick = "", flags = "", ...rest] = params;
    const [idle = "", account = "", realname = ""] = rest;
    const own = ages.get(nick);
    return {
      nick, user, host, realname,
      address: address === HIDDEN_ADDRESS ? "" : address,
      account: account === "0" ? "" : account,
      channel: channel === "*" ? "" : channel,
      operator: flags.includes("*"),
      away: flags.startsWith("G"),
      idleSeconds: number(idle) ?? 0,
      since: own ? now - Math.max(...own) * 1_000 : null,
      sessions: own ? own.length : null,
    };
  });
}

/** The ages in seconds of the connections of each nick: "ann[user@host]". @param {readonly Line[]} lines */
function agesOf(lines) {
  /** @type {Map<string, number[]>} */
  const ages = new Map();
  for (const { params } of linesOf(lines, "211")) {
    const nick = /^(.+)\[[^@]*@.*\]$/.exec(params[1] ?? "")?.[1];
    const age = number(params.at(-1) ?? "");
    if (nick !== undefined && age !== null) ages.set(nick, [...(ages.get(nick) ?? []), age]);
  }
  return ages;
}

/** LIST, and ChanServ LIST. @param {readonly ListedChannel[]} listed @param {readonly string[]} registered
 * @returns {Room[]} */
export function readRooms(listed, registered) {
  /** @type {Map<string, Room>} */
  const rooms = new Map(listed.map((room) => [room.name.toLowerCase(), { ...room, founder: "", registered: "" }]));
  for (const text of registered) {
    const [, name, founder = "", since = ""] = /^(#\S*): founded by (\S+), registered ([^;]+)/.exec(text) ?? [];
    if (name === undefined) continue;
    const known = rooms.get(name.toLowerCase()) ?? { name, members: 0, topic: "" };
    rooms.set(name.toLowerCase(), { ...known, founder, registered: since });
  }
  return [...rooms.values()];
}

/** UBAN LIST. @param {readonly Line[]} lines @returns {Ban[]} */
export function readBans(lines) {
  return notes(lines, "BAN").map((text) => {
    const [, mask, by = "", since = "", until = "", reason = ""] =
      /^(\S+) by (.+?) since (\S+) until (it is lifted|\S+): (.*)$/.exec(text) ?? [];
    return mask === undefined ? { mask: text, by, since, until, reason } : { mask, by, since, until, reason };
  });
}

/** SPAMFILTER LIST. @param {readonly Line[]} lines @returns {Filter[]} */
export function readFilters(lines) {
  return notes(lines, "FILTER").map((text) => {
    const [, action = "", pattern = text, by = "", since = "", reason = ""] =
      /^(\w+) (.+) by (.+?) since (\d{4}-\S+): (.*)$/.exec(text) ?? [];
    return { pattern, action, by, since, reason };
  });
}

/** NickServ LIST. @param {readonly string[]} texts @returns {Account[]} */
export function readAccounts(texts) {
  return texts.flatMap((text) => {
    const [, name, registered = "", remarks = ""] = /^(\S+): registered ([^,]+)(?:, (.*))?$/.exec(text) ?? [];
    return name === undefined ? [] : [{ name, registered, remarks }];
  });
}

/** AUDIT, the latest first. @param {readonly Line[]} lines @returns {Entry[]} */
export function readAudit(lines) {
  return notes(lines, "RECORD").reverse().map((text) => {
    const [, time = "", kind = "", words = text] = /^\d+ (\S+) ([a-z ]+): (.*)$/.exec(text) ?? [];
    return { time, kind, words };
  });
}
