// What happens in sentences: one function for each kind of event, found in the table HAPPENINGS.
//
// Rules:
// 1. Everything that came from others goes through `printable`.
// 2. A sentence names the channel unless it is the one that is looked at.
// 3. "" is for what nobody needs to be told.

import { ownPhrases, phrases } from "./modeWords.js";
import { because, several, startOf } from "./phrases.js";
import { printable } from "./printable.js";

/**
 * What the sentences depend on: where we look and what we have seen (model/sight.js).
 * @typedef {object} Sight
 * @property {(channel: string | null) => string} where  the channel's name behind what happened there, unless we are
 *   there
 * @property {(time: number) => string} when  when something was done, unless the sentence stands beside that time
 * @property {(msgid: string) => string} quotation  the beginning of a message with its author; "" when it is not known
 * @property {(nick: string, away: string) => boolean} isNews  whether it was not told yet that he is away for this
 * @property {(nick: string) => boolean} isNear  whether it is who or what the place is about
 */
/** @typedef {import("../chat/events.js").Event} Event */

// Our own mode of that; AccountChanged tells the account as well.
const LOGGED_IN = "r";
// Said to everybody who comes in; /mode shows it to those who want to know.
const NUMERICS_UNTOLD = new Set(["221"]);
// Numerics whose text alone would not be a sentence, by their parameters behind our nick.
/** @type {Map<string, (first: string, second: string) => string>} */
const NUMERIC_WORDS = new Map([
  ["328", (channel, address) => `${channel} has the address ${address}`],
  ["396", (host) => `others see your host as ${host}`],
]);

/** @param {Sight} sight @param {import("../chat/events.js").Joined} event */
function joined(sight, event) {
  return event.mine || event.netjoin ? "" : `${printable(event.nick)} joined${sight.where(event.channel)}`;
}

/** @param {Sight} sight @param {import("../chat/events.js").Parted} event */
function parted(sight, event) {
  const who = event.mine ? "you" : printable(event.nick);
  const where = event.mine ? ` ${printable(event.channel)}` : sight.where(event.channel);
  return `${who} left${where}${because(event.reason)}`;
}

/**
 * The reason only where it says more than the nick, which servers put there.
 * @param {Sight} _ @param {import("../chat/events.js").Kicked} event
 */
function kicked(_, event) {
  const who = event.mine ? "you were" : `${printable(event.nick)} was`;
  const reason = [event.nick, event.by].includes(event.reason) ? "" : event.reason;
  return `${who} put out of ${printable(event.channel)} by ${printable(event.by)}${because(reason)}`;
}

/** Those of a netsplit are told together. @param {Sight} _ @param {import("../chat/events.js").Quit} event */
function leftServer(_, event) {
  return event.netsplit ? "" : `${printable(event.nick)} left${because(event.reason)}`;
}

/** @param {Sight} _ @param {import("../chat/events.js").Split} event */
function netsplit(_, event) {
  return `servers lost each other; gone for now: ${several(event.nicks)}`;
}

/** @param {Sight} _ @param {import("../chat/events.js").Split} event */
function netjoin(_, event) {
  return `servers found each other; back: ${several(event.nicks)}`;
}

/** @param {Sight} _ @param {import("../chat/events.js").NickChanged} event */
function nickChanged(_, event) {
  return `${event.mine ? "you are" : `${printable(event.old)} is`} ${printable(event.new)} now`;
}

/** @param {Sight} sight @param {import("../chat/events.js").TopicChanged} event */
function topicChanged(sight, event) {
  const where = sight.where(event.channel);
  const words = `${event.topic ? "set" : "removed"} the topic${where ? ` of${where}` : ""}${sight.when(event.time)}`;
  return `${printable(event.by)} ${words}${event.topic ? `: ${printable(event.topic)}` : ""}`;
}

/** @param {Sight} sight @param {import("../chat/events.js").ModeChanged} event */
function modesChanged(sight, event) {
  if (event.channel === null) {
    return ownPhrases(event.changes.filter((change) => change.letter !== LOGGED_IN)).join(", ");
  }
  const changes = phrases(event.changes).join(", ") || `set mode ${printable(event.modes)}`;
  const where = sight.where(event.channel);
  return `${printable(event.by)} ${changes}${where ? ` in${where}` : ""}`;
}

/** @param {Sight} _ @param {import("../chat/events.js").Invited} event */
function invited(_, event) {
  return `${printable(event.by)} invites you: /join ${printable(event.channel)}`;
}

/** @param {Sight} _ @param {import("../chat/events.js").InvitedOther} event */
function invitedOther(_, event) {
  if (event.mine) {
    return "";
  }
  return `${printable(event.by)} invited ${printable(event.nick)} to ${printable(event.channel)}`;
}

/** @param {Sight} _ @param {import("../chat/events.js").ChannelRenamed} event */
function renamed(_, event) {
  const by = event.by ? `by ${event.by}` : "";
  const why = by && event.reason ? `${by}: ${event.reason}` : by || event.reason;
  return `${printable(event.old)} is called ${printable(event.new)} now${because(why)}`;
}

/** @param {Sight} _ @param {import("../chat/events.js").Knocked} event */
function knocked(_, event) {
  const nick = printable(event.nick);
  const channel = printable(event.channel);
  return `${nick} asks to be let into ${channel}: /invite ${nick} ${channel}`;
}

/** @param {Sight} sight @param {import("../chat/events.js").AwayChanged} event */
function awayChanged(sight, event) {
  if (event.mine || !sight.isNear(event.nick)) {
    return "";
  }
  if (event.away) {
    return away(sight, event.nick, event.away);
  }
  sight.isNews(event.nick, "");
  return `${printable(event.nick)} is back`;
}

/** @param {Sight} sight @param {import("../chat/events.js").IsAway} event */
function isAway(sight, event) {
  return away(sight, event.nick, event.text);
}

/**
 * Somebody is away; told once, until it is for another reason.
 * @param {Sight} sight @param {string} nick @param {string} text
 */
function away(sight, nick, text) {
  return sight.isNews(nick, text) ? `${printable(nick)} is away${because(text === "*" ? "" : text)}` : "";
}

/** @param {Sight} _ @param {import("../chat/events.js").AccountChanged} event */
function accountChanged(_, event) {
  if (!event.mine) {
    return "";
  }
  return event.account ? `you are logged in as ${printable(event.account)}` : "you are logged out";
}

/** @param {Sight} _ @param {import("../chat/events.js").MonitorOnline} event */
function online(_, event) {
  return `${printable(event.nick)} is online`;
}

/** @param {Sight} _ @param {import("../chat/events.js").MonitorOffline} event */
function offline(_, event) {
  return `${printable(event.nick)} is offline`;
}

/** @param {Sight} _ @param {import("../chat/events.js").CallerIdBlocked} event */
function callerBlocked(_, event) {
  return event.told ? `${printable(event.nick)} was told that you want to talk` : "";
}

/** @param {Sight} _ @param {import("../chat/events.js").CallerIdWaiting} event */
function callerWaiting(_, event) {
  const nick = printable(event.nick);
  return `${nick} wants to talk to you: /raw ACCEPT ${nick}`;
}

/** @param {Sight} sight @param {import("../chat/events.js").Reaction} event */
function reaction(sight, event) {
  const quoted = sight.quotation(event.replyTo);
  const verb = event.removed ? "takes back" : "reacts with";
  return `${printable(event.nick)} ${verb} ${startOf(event.reaction)}${quoted ? ` to ${quoted}` : ""}`;
}

/** @param {Sight} sight @param {import("../chat/events.js").Redacted} event */
function redacted(sight, event) {
  const what = sight.quotation(event.redacted);
  return `${printable(event.by)} removed ${what ? `the message ${what}` : "a message"}${because(event.reason)}`;
}

/** @param {Sight} _ @param {import("../chat/events.js").Wallops} event */
function wallops(_, event) {
  return `${printable(event.nick)} to everybody: ${printable(event.text)}`;
}

/** @param {Sight} _ @param {import("../chat/events.js").Numeric} event */
function numeric(_, event) {
  if (NUMERICS_UNTOLD.has(event.code)) {
    return "";
  }
  const words = NUMERIC_WORDS.get(event.code);
  const [first = "", second = ""] = event.params;
  return printable(words && event.params.length >= words.length ? words(first, second) : event.text);
}

/** @param {Sight} _ @param {import("../chat/events.js").StandardReply} event */
function standardReply(_, event) {
  const about = event.command === "*" ? "" : printable(event.command);
  const text = printable(event.text);
  if (event.kind === "FAIL") {
    return about ? `${about} failed: ${text}` : `the server refuses: ${text}`;
  }
  return event.kind === "WARN" ? `warning${about && ` about ${about}`}: ${text}` : text;
}

/** @param {Sight} _ @param {import("../chat/events.js").ServerText} event */
function serverText(_, event) {
  return printable(event.text);
}

/** @param {Sight} _ @param {import("../chat/events.js").ServerError} event */
function serverError(_, event) {
  return `the server closes the connection${because(event.text)}`;
}

/**
 * One quiet line; what caused it only when it is more than a lost connection, or our own doing.
 * @param {Sight} _ @param {import("../chat/events.js").Disconnected} event
 */
function disconnected(_, event) {
  if (event.deliberate) {
    return printable(event.reason);
  }
  return event.retrySeconds === null ? `connection lost${because(event.reason)}` : "connection lost, trying again";
}

/** @param {Sight} _ @param {import("../chat/events.js").CaughtUp} event */
function caughtUp(_, event) {
  return `back, caught up${event.missed ? ` (${event.missed} missed)` : ""}`;
}

/** @param {Sight} _ @param {import("../chat/events.js").Gap} event */
function gap(_, event) {
  const where = event.channel === "*" ? "" : `${printable(event.channel)}: `;
  return `${where}something may be missing here: ${printable(event.reason)}`;
}

// Each function takes the one type of event that its row names, which a Map cannot say.
/** @type {Map<string, (sight: Sight, event: any) => string>} */
export const HAPPENINGS = new Map(Object.entries({
  Joined: joined,
  Parted: parted,
  Kicked: kicked,
  Quit: leftServer,
  Netsplit: netsplit,
  Netjoin: netjoin,
  NickChanged: nickChanged,
  TopicChanged: topicChanged,
  ModeChanged: modesChanged,
  Invited: invited,
  InvitedOther: invitedOther,
  ChannelRenamed: renamed,
  Knocked: knocked,
  AwayChanged: awayChanged,
  IsAway: isAway,
  AccountChanged: accountChanged,
  MonitorOnline: online,
  MonitorOffline: offline,
  CallerIdBlocked: callerBlocked,
  CallerIdWaiting: callerWaiting,
  Reaction: reaction,
  Redacted: redacted,
  Wallops: wallops,
  Numeric: numeric,
  StandardReply: standardReply,
  ServerText: serverText,
  ServerError: serverError,
  Disconnected: disconnected,
  CaughtUp: caughtUp,
  Gap: gap,
}));
