// Lines about people: who leaves, is called otherwise, is away, logs in, comes online.
//
// Specifications: RFC 2812 3.1 and 3.6, Modern IRC "User-Based Queries", IRCv3 away-notify, account-notify, chghost,
// setname, monitor, bot-mode, whox; caller-id as in Solanum and InspIRCd (716 to 718).

import { parseSource, partition } from "../../wire/message.js";
import { actOf, lastParam, nickOf, param } from "./basis.js";

/** @typedef {import("./basis.js").Line} Line */
/** @typedef {import("./basis.js").View} View */
/** @typedef {import("./basis.js").Event} Event */
/** @typedef {import("../people.js").Person} Person */

// Our question to WHOX is known by this token; the fields are token, channel, user, host, server, nick, flags, account,
// real name, in the order of the specification.
export const WHOX_TOKEN = "742";
export const WHOX_FIELDS = `%tcuhsnfar,${WHOX_TOKEN}`;
export const WHOX_PARAMS = 10;

/**
 * Somebody leaves the server. Our own user does not as long as we hear of it: it was another of his sessions.
 * @param {View} view @param {Line} line @param {number} time @returns {Event[]}
 */
function hearQuit(view, line, time) {
  const nick = nickOf(line);
  if (view.isMe(nick) && !view.isPast) {
    return [];
  }
  const channels = view.gone(nick);
  return [{ ...actOf(line, time), type: "Quit", nick, reason: param(line, 0), channels, netsplit: false }];
}

/** @param {View} view @param {Line} line @param {number} time @returns {Event[]} */
function hearNick(view, line, time) {
  const old = nickOf(line);
  const name = param(line, 0);
  const mine = view.isMe(old);
  if (!name) {
    return [];
  }
  view.renamed(old, name);
  return [{ ...actOf(line, time), type: "NickChanged", old, new: name, mine }];
}

/** @param {View} view @param {string} nick @param {string} user @param {string} host */
function noteHost(view, nick, user, host) {
  const person = view.people.get(nick);
  if (person !== undefined) {
    view.noteHost(person, user, host);
  } else if (view.isMe(nick)) {
    view.user = user || view.user;
    view.host = host || view.host;
  }
}

/** @param {View} view @param {Line} line @param {number} time @returns {Event[]} */
function hearChghost(view, line, time) {
  const nick = nickOf(line);
  const [user = "", host = ""] = line.params;
  noteHost(view, nick, user, host);
  return [{ ...actOf(line, time), type: "HostChanged", nick, user, host, mine: view.isMe(nick) }];
}

/** @param {View} view @param {Line} line @param {number} time @param {string} nick @param {string} away */
function awayChanged(view, line, time, nick, away) {
  note(view, nick, { away });
  /** @type {Event} */
  const changed = { ...actOf(line, time), type: "AwayChanged", nick, away, mine: view.isMe(nick) };
  return [changed];
}

/**
 * Note it and tell it; of ourselves we are told in two ways, which is one piece of news.
 * @param {View} view @param {Line} line @param {number} time @param {string} nick @param {string} account
 * @returns {Event[]}
 */
function accountChanged(view, line, time, nick, account) {
  const mine = view.isMe(nick);
  const isKnown = mine && view.account === account;
  if (mine) {
    view.account = account;
  }
  note(view, nick, { account });
  return isKnown ? [] : [{ ...actOf(line, time), type: "AccountChanged", account, nick, mine }];
}

/** @param {View} view @param {Line} line @param {number} time @returns {Event[]} */
function hearSetname(view, line, time) {
  const nick = nickOf(line);
  const realname = param(line, 0);
  note(view, nick, { realname });
  return [{ ...actOf(line, time), type: "RealnameChanged", nick, realname, mine: view.isMe(nick) }];
}

/** 730 RPL_MONONLINE. @param {View} view @param {Line} line @param {number} time @returns {Event[]} */
function hearOnline(view, line, time) {
  return lastParam(line).split(",").filter(Boolean).map((word) => {
    const { nick, user, host } = parseSource(word);
    noteHost(view, nick, user, host);
    return { type: "MonitorOnline", time, nick, user, host };
  });
}

/** 718 RPL_UMODEGMSG: nick user@host, on some servers in one word. @param {View} _ @param {Line} line
 * @param {number} time @returns {Event[]} */
function hearCallerWaiting(_, line, time) {
  const { nick, user, host } = parseSource(param(line, 1));
  const [otherUser, , otherHost] = partition(line.params.length > 3 ? param(line, 2) : "", "@");
  return [{ type: "CallerIdWaiting", time, nick, user: otherUser || user, host: otherHost || host }];
}

/**
 * WHO and WHOX: what they tell of somebody we know. The flags are H here or G gone, * operator, and the letter of BOT;
 * the text of an away stays what it was.
 * @param {View} view @param {string} user @param {string} host @param {string} nick @param {string} flags
 * @param {Partial<Person>} told
 */
function noteWho(view, user, host, nick, flags, told) {
  const person = view.people.get(nick);
  if (person === undefined) {
    return;
  }
  view.noteHost(person, user, host);
  person.away = flags.startsWith("G") ? person.away || "*" : "";
  person.operator = flags.includes("*");
  if (view.support.botFlag) {
    person.bot = flags.includes(view.support.botFlag);
  }
  Object.assign(person, told);
}

/** 352 RPL_WHOREPLY: channel user host server nick flags :hops realname.
 * @param {View} view @param {Line} line @returns {Event[]} */
function hearWho(view, line) {
  const [, , user = "", host = "", , nick = "", flags = "", tail = ""] = line.params;
  noteWho(view, user, host, nick, flags, { realname: partition(tail, " ")[2] });
  return [];
}

/** 354 RPL_WHOSPCRPL, when it answers WHOX_FIELDS. @param {View} view @param {Line} line @returns {Event[]} */
function hearWhox(view, line) {
  if (line.params.length === WHOX_PARAMS && param(line, 1) === WHOX_TOKEN) {
    const [, , , user = "", host = "", , nick = "", flags = "", account = "", realname = ""] = line.params;
    noteWho(view, user, host, nick, flags, { account: account === "0" ? "" : account, realname });
  }
  return [];
}

/** Note something of a person we know. @param {View} view @param {string} nick @param {Partial<Person>} told */
function note(view, nick, told) {
  Object.assign(view.people.get(nick) ?? {}, told);
}

/** A numeric that tells something of a person and is no news. @param {(line: Line) => Partial<Person>} told
 * @returns {import("./basis.js").Hearer} */
function noting(told) {
  return (view, line) => {
    note(view, param(line, 1), told(line));
    return [];
  };
}

/** @type {[string, import("./basis.js").Hearer][]} */
export const HEARERS = [
  ["QUIT", hearQuit],
  ["NICK", hearNick],
  ["CHGHOST", hearChghost],
  ["396", (view, line) => {
    const [user, isBoth, host] = partition(param(line, 1), "@");
    noteHost(view, view.nick, isBoth ? user : "", isBoth ? host : user);
    return [];
  }],
  ["AWAY", (view, line, time) => awayChanged(view, line, time, nickOf(line), param(line, 0))],
  ["305", (view, line, time) => awayChanged(view, line, time, view.nick, "")],
  ["306", (view, line, time) => awayChanged(view, line, time, view.nick, view.awayAsked || "*")],
  ["301", (view, line, time) => {
    const [, nick = "", text = ""] = line.params;
    note(view, nick, { away: text });
    return [{ type: "IsAway", time, nick, text }];
  }],
  ["ACCOUNT", (view, line, time) => {
    return accountChanged(view, line, time, nickOf(line), param(line, 0) === "*" ? "" : param(line, 0));
  }],
  ["900", (view, line, time) => accountChanged(view, line, time, view.nick, param(line, 2))],
  ["901", (view, line, time) => accountChanged(view, line, time, view.nick, "")],
  ["SETNAME", hearSetname],
  ["730", hearOnline],
  ["731", (_, line, time) => lastParam(line).split(",").filter(Boolean).map((word) => {
    return { type: "MonitorOffline", time, nick: parseSource(word).nick };
  })],
  ["716", (_, line, time) => [{ type: "CallerIdBlocked", time, nick: param(line, 1), told: false }]],
  ["717", (_, line, time) => [{ type: "CallerIdBlocked", time, nick: param(line, 1), told: true }]],
  ["718", hearCallerWaiting],
  ["352", hearWho],
  ["354", hearWhox],
  ["311", (view, line) => {
    noteHost(view, param(line, 1), param(line, 2), param(line, 3));
    note(view, param(line, 1), { realname: lastParam(line) });
    return [];
  }],
  ["330", noting((line) => ({ account: param(line, 2) }))],
  ["335", noting(() => ({ bot: true }))],
  ["313", noting(() => ({ operator: true }))],
];
