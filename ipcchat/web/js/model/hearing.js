// What each kind of event means for a network: one small function for each, found in the table MEANINGS.
//
// Rules:
// 1. What is said goes to the buffer of its place, which is made when there is none; what happens to somebody goes to
//    each channel that he is in. Nothing else makes a buffer, but that we enter a channel.
// 2. What has no row in the table is told in a sentence.

import { printable } from "../text/printable.js";
import { FoldedMap } from "../wire/casemap.js";
import { Kind, TYPING_SECONDS } from "./buffer.js";
import { changedId } from "./changes.js";
import { Told, Tone } from "./entries.js";
import { Sight } from "./sight.js";
import { State } from "../chat/state.js";

/** @typedef {import("./buffer.js").Buffer} Buffer */
/** @typedef {import("./changes.js").Change} Change */
/** @typedef {import("./entries.js").Coming} Coming */
/** @typedef {import("./network.js").Network} Network */
/** @typedef {import("../chat/events.js").Event} Event */
/** @typedef {import("../chat/events.js").Message} Message */

export const UNSHOWN_KINDS = new Set(["ctcp", "ctcp-reply"]);
// The server tells of pins by a notice with the msgid of what is pinned (docs/messages.md).
const PIN_TAGS = ["ipc-chat/pin", "ipc-chat/unpin"];
const AWAY_FROM_CHANNEL = "you were not in the channel";

// What is said.

/** @param {Network} network @param {Message} message @param {number} now */
function heardMessage(network, message, now) {
  if (UNSHOWN_KINDS.has(message.kind)) {
    return;
  }
  const buffer = network.placeOf(message);
  if (pinOf(message)) {
    tellPin(buffer, message);
    return;
  }
  if (buffer.timeline.find(message.msgid) !== null) {
    return;
  }
  if (message.mine && !message.missed && !message.elsewhere && buffer.timeline.echo(message)) {
    return;
  }
  const said = network.said(message);
  buffer.timeline.add(said);
  network.judge(said);
  const read = network.reads(buffer);
  if (buffer.heard(said, now, { read }) && said.mentions) {
    network.alert(buffer, said);
  }
  if (read || !buffer.shown) {
    buffer.trim();
  }
}

/**
 * The msgid of the message that is pinned, or no longer, by this notice of the server; "" for all others.
 * @param {Message} message
 */
export function pinOf(message) {
  const tags = message.tags;
  return tags.size > 0 ? PIN_TAGS.map((tag) => tags.get(tag)).find(Boolean) ?? "" : "";
}

/**
 * Somebody pinned a message, or took the pin away. The server's words go on about how to see all of them.
 * @param {Buffer} buffer @param {Message} notice
 */
export function tellPin(buffer, notice) {
  const quoted = new Sight(buffer, new FoldedMap()).quotation(pinOf(notice));
  const what = printable(notice.text.split(";", 1)[0] ?? "");
  buffer.timeline.add(new Told(notice.time, quoted ? `${what}: ${quoted}` : what));
}

/**
 * A message has another text, a reaction, or is deleted. Where it is not loaded, its history has that.
 * @param {Network} network @param {Change} event
 */
function changedMessage(network, event) {
  const buffer = holder(network, event);
  const said = buffer?.timeline.change(event) ?? null;
  if (buffer !== null && said !== null) {
    network.judge(said);
    buffer.recount(said);
  }
}

/**
 * The buffer of the message that a change is about. A message to a person may stand elsewhere than his buffer.
 * @param {Network} network @param {Change} change @returns {Buffer | null}
 */
function holder(network, change) {
  const names = change.type === "Redacted" ? [change.channel ?? change.target, change.by] : [change.place];
  const named = names.flatMap((name) => network.buffers.get(name) ?? []);
  if (change.channel === null) {
    const msgid = changedId(change);
    for (const buffer of [...named, ...network.allBuffers]) {
      if (buffer.timeline.find(msgid)?.message.channel === null) {
        return buffer;
      }
    }
  }
  return named[0] ?? null;
}

/**
 * Another client of ours has read, or this one.
 * @param {Network} network @param {import("../chat/events.js").ReadMarked} event
 */
function readMarked(network, event) {
  if (event.until !== null) {
    network.buffers.get(event.target)?.readUntil(network.plausible(event.until));
  }
}

/** @param {Network} network @param {import("../chat/events.js").Typing} event @param {number} now */
function typing(network, event, now) {
  if (!event.mine) {
    const seconds = TYPING_SECONDS.get(event.state);
    network.buffers.get(event.place)?.types(event.nick, seconds ? now + seconds * 1000 : null, now);
  }
}

// Who comes and goes.

/**
 * An event as somebody's coming or going; null for our own and for those of a netsplit, which are told together.
 * @param {Event} event @param {boolean} known @returns {Coming | null}
 */
export function comingOf(event, known) {
  const time = event.time;
  if (event.type === "Joined" && !event.mine && !event.netjoin) {
    return { time, nick: event.nick, verb: "joined", reason: "", known };
  }
  if ((event.type === "Parted" && !event.mine) || (event.type === "Quit" && !event.netsplit)) {
    return { time, nick: event.nick, verb: "left", reason: event.reason, known };
  }
  if (event.type === "NickChanged" && !event.mine) {
    return { time, nick: event.old, verb: `is ${event.new} now`, reason: "", known };
  }
  return null;
}

/**
 * Somebody entered a channel; we: it has a buffer from now on, and may miss what was said before.
 * @param {Network} network @param {import("../chat/events.js").Joined} event
 */
function joined(network, event) {
  network.peopleVersion += 1;
  if (event.mine) {
    entered(network.buffer(event.channel), event);
  } else {
    come(network, network.buffers.get(event.channel), event, event.nick);
  }
}

/** We are in a channel. @param {Buffer} buffer @param {import("../chat/events.js").Joined} event */
function entered(buffer, event) {
  if (buffer.kind !== Kind.CHANNEL) {
    return;
  }
  if (!buffer.joined && !buffer.timeline.saidBackwards().next().done) {
    buffer.timeline.miss(event.time, AWAY_FROM_CHANNEL);
  }
  buffer.joined = true;
  buffer.name = event.channel;
}

/**
 * Somebody left a channel; we: its buffer stays, and says so.
 * @param {Network} network @param {import("../chat/events.js").Parted} event
 */
function parted(network, event) {
  network.peopleVersion += 1;
  const buffer = network.buffers.get(event.channel);
  if (event.mine) {
    leftBehind(buffer);
    network.tell(event);
  } else {
    come(network, buffer, event, event.nick);
  }
}

/** Somebody was put out. @param {Network} network @param {import("../chat/events.js").Kicked} event */
function kicked(network, event) {
  network.peopleVersion += 1;
  if (event.mine) {
    leftBehind(network.buffers.get(event.channel));
  }
  network.tell(event);
}

/** We are in this channel no longer. @param {Buffer | undefined} buffer */
function leftBehind(buffer) {
  if (buffer !== undefined) {
    buffer.joined = false;
    buffer.typing.clear();
  }
}

/** @param {Network} network @param {import("../chat/events.js").Quit} event */
function leftServer(network, event) {
  network.peopleVersion += 1;
  network.roomsOf(event.nick, event.channels).forEach((buffer) => come(network, buffer, event, event.nick));
}

/**
 * Somebody has another nick, and so has what we write to him.
 * @param {Network} network @param {import("../chat/events.js").NickChanged} event
 */
function nickChanged(network, event) {
  network.peopleVersion += 1;
  if (!network.isChannel(event.old)) {
    network.rename(event.old, event.new);
  }
  if (event.mine) {
    const places = network.allBuffers.filter((buffer) => buffer === network.server || buffer.shown);
    places.forEach((buffer) => network.tellIn(buffer, event));
    return;
  }
  for (const buffer of network.roomsOf(event.new)) {
    come(network, buffer, event, event.old);
    buffer.renamed(event.old, event.new);
  }
}

/**
 * Somebody else came, went or is called otherwise, in this buffer. Those of a netsplit are told together.
 * @param {Network} network @param {Buffer | undefined} buffer @param {Event} event @param {string} nick
 */
function come(network, buffer, event, nick) {
  if (buffer === undefined) {
    return;
  }
  const coming = comingOf(event, buffer.knows(nick, event.time));
  if (coming !== null) {
    buffer.came(coming);
  } else {
    network.split.add(buffer);
  }
}

/**
 * Servers lost or found each other: told in each channel in which it was seen.
 * @param {Network} network @param {import("../chat/events.js").Split} event
 */
function netsplit(network, event) {
  network.peopleVersion += 1;
  const places = network.split.size > 0 ? [...network.split] : [network.server];
  network.split.clear();
  places.forEach((buffer) => network.tellIn(buffer, event));
}

/**
 * A channel has another name, and so has its buffer.
 * @param {Network} network @param {import("../chat/events.js").ChannelRenamed} event
 */
function channelRenamed(network, event) {
  network.rename(event.old, event.new);
  network.tell(event);
}

// The connection.

/**
 * There is a connection; what was missed is on its way.
 * @param {Network} network @param {import("../chat/events.js").Connected} event
 */
function connected(network, event) {
  network.state = event.again ? State.CATCHING_UP : State.CONNECTED;
  network.reason = "";
  network.retryAt = null;
  network.peopleVersion += 1;
  network.refold();
  if (!event.again) {
    network.note(network.server, `connected as ${printable(event.nick)}`, event.time, Tone.QUIET);
  }
}

/** We are at the present. @param {Network} network @param {import("../chat/events.js").CaughtUp} event */
function caughtUp(network, event) {
  network.state = State.CONNECTED;
  network.peopleVersion += 1;
  for (const buffer of network.channelBuffers()) {
    buffer.joined = network.channel(buffer) !== null;
  }
  network.tell(event);
}

/**
 * The connection is lost.
 * @param {Network} network @param {import("../chat/events.js").Disconnected} event @param {number} now
 */
function disconnected(network, event, now) {
  network.state = event.retrySeconds === null ? State.CLOSED : State.WAITING;
  network.reason = event.reason;
  network.retryAt = event.retrySeconds === null ? null : now + event.retrySeconds * 1000;
  network.peopleVersion += 1;
  network.split.clear();
  network.allBuffers.forEach((buffer) => buffer.typing.clear());
  network.tell(event);
}

/** The server does something else than it said. @param {Network} network */
function supportChanged(network) {
  network.refold();
  network.peopleVersion += 1;
}

/**
 * Something may be missing, in one channel or in all.
 * @param {Network} network @param {import("../chat/events.js").Gap} event
 */
function gap(network, event) {
  const places = network.placesOf(event);
  (places.length > 0 ? places : [network.server]).forEach((buffer) => buffer.timeline.miss(event.time, event.reason));
}

// The rest.

/** Ranks and accounts are shown beside names. @param {Network} network @param {Event} event */
function changedPeople(network, event) {
  network.peopleVersion += 1;
  network.tell(event);
}

/**
 * Somebody is away or back: told to who writes to him.
 * @param {Network} network @param {import("../chat/events.js").AwayChanged | import("../chat/events.js").IsAway} event
 */
function isAway(network, event) {
  network.peopleVersion += 1;
  const buffer = network.buffers.get(event.nick);
  if (buffer !== undefined) {
    network.tellIn(buffer, event);
  }
}

/** It is about nobody's conversation. @param {Network} network @param {Event} event */
function toldByServer(network, event) {
  network.tellIn(network.server, event);
}

/** Nobody needs to be told. */
function nothing() {}

/** How a sentence about an event is meant. @param {Event} event */
export function toneOf(event) {
  switch (event.type) {
    case "ServerError":
      return Tone.WARNING;
    case "StandardReply":
      return event.kind === "FAIL" ? Tone.WARNING : Tone.NOTICE;
    case "ServerText":
    case "Numeric":
    case "Invited":
    case "Kicked":
    case "Knocked":
    case "Wallops":
      return Tone.NOTICE;
    default:
      return Tone.QUIET;
  }
}

// Each function takes the one type of event that its row names, which a Map cannot say.
/** @type {Map<string, (network: Network, event: any, now: number) => void>} */
export const MEANINGS = new Map(Object.entries({
  Message: heardMessage,
  Edited: changedMessage,
  Reaction: changedMessage,
  Redacted: changedMessage,
  ReadMarked: readMarked,
  Typing: typing,
  TagMessage: nothing,
  Joined: joined,
  Parted: parted,
  Kicked: kicked,
  Quit: leftServer,
  NickChanged: nickChanged,
  Netsplit: netsplit,
  Netjoin: netsplit,
  ChannelRenamed: channelRenamed,
  ModeChanged: changedPeople,
  AccountChanged: changedPeople,
  AwayChanged: isAway,
  IsAway: isAway,
  Wallops: toldByServer,
  Gap: gap,
  Connected: connected,
  CaughtUp: caughtUp,
  Disconnected: disconnected,
  SupportChanged: supportChanged,
  CapabilitiesChanged: nothing,
  HostChanged: nothing,
  RealnameChanged: nothing,
}));
