// What a program hears: plain objects whose `type` says what happened.
//
// Rules:
// 1. Texts and names are as they were sent: whoever shows them makes them harmless.
// 2. `time` is the server's time where it gives one (IRCv3 server-time), else the time the event was received.
// 3. `mine` says that this Chat's own user did it, or for Kicked that it was done to him; messages sent by this Chat
//    come back as events too, in the order everybody sees.
// 4. When an event is heard, `chat.channels` and `chat.people` know of it already.
// 5. The lines that answer a command of this Chat are given to who sent it and are no events, unless something happened
//    by them: a JOIN is Joined, its refusal is thrown.
//
// Specifications: IRCv3 server-time, message-ids, account-tag, bot-mode, draft/oper-tag, message-tags, draft/multiline,
// draft/message-redaction, draft/message-edit, draft/read-marker, client tags +reply, +channel-context, +typing,
// +draft/react, +draft/edit; RFC 2812 3 and 5.

/**
 * What a person, or a server, did. `source` is nick!user@host or a server's name; `account` is "" when there is none;
 * `oper` the name of an IRC operator, "" for one without a name, null for everybody else. `missed`: it happened while
 * this Chat was not connected, or comes from history. `tags` are the line's other tags.
 * @typedef {{time: number, source: string, msgid: string, account: string, bot: boolean, oper: string | null,
 *   missed: boolean, tags: ReadonlyMap<string, string>}} ActFields
 */
/**
 * What is sent to a channel or to a person. `status` is the rank that was addressed in a channel ("@"), else "";
 * `channel` is null when it was sent to a person; `place` is where an answer belongs: the channel, or the other person;
 * `replyTo` is the msgid of the message it answers, "" for none.
 * @typedef {ActFields & {target: string, nick: string, status: string, mine: boolean, prefixes: string,
 *   channel: string | null, place: string, replyTo: string}} AddressedFields
 */
/**
 * `kind` is "message", "notice", "action", "ctcp" or "ctcp-reply". `text` has line breaks where it was sent so.
 * `elsewhere`: our user said it by another connection. `edited`: its author has changed the text since. `context` is
 * the channel in which a message to a person belongs, `reaction` what it says as a reaction; "" for none.
 * @typedef {AddressedFields & {type: "Message", text: string, kind: string, elsewhere: boolean, edited: boolean,
 *   context: string, reaction: string}} Message
 */
/** @typedef {AddressedFields & {type: "Edited", original: string, text: string, kind: string}} Edited */
/** @typedef {AddressedFields & {type: "TagMessage"}} TagMessage */
/** @typedef {AddressedFields & {type: "Typing", state: string}} Typing "active", "paused" or "done" */
/** @typedef {AddressedFields & {type: "Reaction", reaction: string, removed: boolean}} Reaction */
/** @typedef {Message | Edited | TagMessage | Typing | Reaction} Addressed */
/**
 * @typedef {ActFields & {type: "Redacted", target: string, redacted: string, by: string, reason: string,
 *   channel: string | null}} Redacted
 */
/** @typedef {ActFields & {type: "Wallops", nick: string, text: string}} Wallops */
/**
 * @typedef {ActFields & {type: "Joined", channel: string, nick: string, realname: string, netjoin: boolean,
 *   mine: boolean}} Joined
 */
/** @typedef {ActFields & {type: "Parted", channel: string, nick: string, reason: string, mine: boolean}} Parted */
/**
 * @typedef {ActFields & {type: "Kicked", channel: string, nick: string, by: string, reason: string, mine: boolean}}
 *   Kicked
 */
/**
 * @typedef {ActFields & {type: "TopicChanged", channel: string, topic: string, by: string, mine: boolean}}
 *   TopicChanged
 */
/** What a mode letter stands for, by the server's PREFIX and CHANMODES. */
export const ModeKind = Object.freeze({ MEMBER: "MEMBER", LIST: "LIST", SETTING: "SETTING", USER: "USER" });
/**
 * One mode that was set (`added`) or unset. `argument` is "" where there is none; `symbol` goes with a member's rank.
 * @typedef {{added: boolean, letter: string, kind: string, argument: string, symbol: string}} ModeChange
 */
/**
 * @typedef {ActFields & {type: "ModeChanged", target: string, modes: string, by: string,
 *   changes: readonly ModeChange[], channel: string | null, mine: boolean}} ModeChanged
 */
/** @typedef {ActFields & {type: "Invited", channel: string, by: string}} Invited */
/**
 * @typedef {ActFields & {type: "InvitedOther", channel: string, nick: string, by: string, mine: boolean}}
 *   InvitedOther
 */
/**
 * @typedef {ActFields & {type: "ChannelRenamed", old: string, new: string, by: string, reason: string,
 *   mine: boolean}} ChannelRenamed
 */
/** @typedef {ActFields & {type: "Knocked", channel: string, nick: string, text: string}} Knocked */
/**
 * `channels` are those he shared with us; `netsplit`: servers lost each other.
 * @typedef {ActFields & {type: "Quit", nick: string, reason: string, channels: readonly string[],
 *   netsplit: boolean}} Quit
 */
/** @typedef {ActFields & {type: "NickChanged", old: string, new: string, mine: boolean}} NickChanged */
/** @typedef {ActFields & {type: "AwayChanged", nick: string, away: string, mine: boolean}} AwayChanged "": is back */
/** @typedef {ActFields & {type: "AccountChanged", nick: string, mine: boolean}} AccountChanged `account` "": out */
/**
 * @typedef {ActFields & {type: "HostChanged", nick: string, user: string, host: string, mine: boolean}} HostChanged
 */
/** @typedef {ActFields & {type: "RealnameChanged", nick: string, realname: string, mine: boolean}} RealnameChanged */
/** @typedef {Addressed | Redacted | Wallops} Spoken */
/** @typedef {Joined | Parted | Kicked | TopicChanged | ModeChanged | Invited | InvitedOther | ChannelRenamed | Knocked
 *   } InChannel */
/** @typedef {Quit | NickChanged | AwayChanged | AccountChanged | HostChanged | RealnameChanged} OfPerson */
/** @typedef {Spoken | InChannel | OfPerson} Act */

/** @typedef {{type: "ReadMarked", time: number, target: string, until: number | null}} ReadMarked */
/** @typedef {{type: "Netsplit", time: number, servers: readonly string[], nicks: readonly string[]}} Netsplit */
/** @typedef {{type: "Netjoin", time: number, servers: readonly string[], nicks: readonly string[]}} Netjoin */
/** @typedef {Netsplit | Netjoin} Split */
/** @typedef {{type: "IsAway", time: number, nick: string, text: string}} IsAway who we have just written to */
/** @typedef {{type: "MonitorOnline", time: number, nick: string, user: string, host: string}} MonitorOnline */
/** @typedef {{type: "MonitorOffline", time: number, nick: string}} MonitorOffline */
/** @typedef {{type: "CallerIdBlocked", time: number, nick: string, told: boolean}} CallerIdBlocked */
/** @typedef {{type: "CallerIdWaiting", time: number, nick: string, user: string, host: string}} CallerIdWaiting */
/** @typedef {{type: "ServerText", time: number, text: string, code: string}} ServerText a notice of the server */
/** @typedef {{type: "Numeric", time: number, text: string, code: string, params: readonly string[]}} Numeric */
/**
 * `kind` is "FAIL", "WARN" or "NOTE"; `command` what it is about, "*" for nothing special.
 * @typedef {{type: "StandardReply", time: number, text: string, code: string, kind: string, command: string,
 *   context: readonly string[]}} StandardReply
 */
/** @typedef {{type: "ServerError", time: number, text: string}} ServerError Disconnected follows */
/**
 * @typedef {{type: "SupportChanged", time: number, tokens: ReadonlyMap<string, string>, removed: readonly string[]}}
 *   SupportChanged
 */
/**
 * @typedef {{type: "CapabilitiesChanged", time: number, added: readonly string[], removed: readonly string[]}}
 *   CapabilitiesChanged
 */
/** @typedef {{type: "Connected", time: number, nick: string, again: boolean}} Connected */
/**
 * Heard once until the next Connected; null: the library does not try again. `deliberate`: to come back as somebody
 * else.
 * @typedef {{type: "Disconnected", time: number, reason: string, retrySeconds: number | null, deliberate: boolean}}
 *   Disconnected
 */
/** @typedef {{type: "CaughtUp", time: number, missed: number}} CaughtUp all that was missed has been delivered */
/** @typedef {{type: "Gap", time: number, channel: string, reason: string}} Gap "*" when about no single channel */
/** @typedef {ReadMarked | Netsplit | Netjoin | IsAway | MonitorOnline | MonitorOffline | CallerIdBlocked
 *   | CallerIdWaiting} News */
/** @typedef {ServerText | Numeric | StandardReply | ServerError | SupportChanged | CapabilitiesChanged} OfServer */
/** @typedef {Act | News | OfServer | Connected | Disconnected | CaughtUp | Gap} Event */

/** @param {Event} event @returns {event is Act} whether somebody did it */
export function isAct(event) {
  return "msgid" in event;
}

/** @param {Event} event @returns {event is Addressed} whether it is sent to a channel or to a person */
export function isAddressed(event) {
  return "prefixes" in event;
}

/** @param {Event} event @returns {string | null} the one channel an event is about, null for none */
export function channelOf(event) {
  return "channel" in event ? event.channel : null;
}

/** @returns {ActFields} those of an act of which nothing is told but the time */
export function act(/** @type {number} */ time) {
  return { time, source: "", msgid: "", account: "", bot: false, oper: null, missed: false, tags: new Map() };
}

/**
 * The fields of everything that has a target, with what follows from them.
 * @param {ActFields} fields @param {string} target @param {string} nick @param {boolean} mine
 * @param {string} [prefixes] the characters by which channels are told from nicks @param {string} [status]
 * @returns {AddressedFields}
 */
export function addressed(fields, target, nick, mine, prefixes = "#", status = "") {
  const channel = target && prefixes.includes(target.charAt(0)) ? target : null;
  const replyTo = fields.tags.get("+reply") || fields.tags.get("+draft/reply") || "";
  return { ...fields, target, nick, status, mine, prefixes, channel, place: channel || mine ? target : nick, replyTo };
}

/** @param {AddressedFields} fields @param {string} text @param {string} [kind] @returns {Message} */
export function message(fields, text, kind = "message") {
  const context = fields.tags.get("+channel-context") ?? "";
  return {
    ...fields,
    type: "Message",
    text,
    kind,
    elsewhere: false,
    edited: false,
    context: fields.channel === null && context && fields.prefixes.includes(context.charAt(0)) ? context : "",
    reaction: fields.replyTo ? fields.tags.get("+draft/react") ?? "" : "",
  };
}
