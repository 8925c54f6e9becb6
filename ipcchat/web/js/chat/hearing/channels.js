// Lines about channels: who comes and goes, topics, modes, names.
//
// Specifications: RFC 2812 3.2 and 5.1, Modern IRC "Channel Operations", IRCv3 extended-join, away-notify (on joining),
// invite-notify, multi-prefix, userhost-in-names, draft/channel-rename; KNOCK (710) as in Solanum and InspIRCd.

import { parseSource } from "../../wire/message.js";
import { userChanges } from "../support.js";
import { actOf, lastParam, nickOf, param, unixTime } from "./basis.js";

/** @typedef {import("./basis.js").Line} Line */
/** @typedef {import("./basis.js").View} View */
/** @typedef {import("./basis.js").Event} Event */
/** @typedef {import("../people.js").Channel} Channel */

/**
 * A hearer of lines about a channel of ours, which stands in the parameter `index`.
 * @param {number} index @param {(room: Channel, view: View, line: Line, time: number) => Event[] | void} hearer
 * @returns {import("./basis.js").Hearer}
 */
function inRoom(index, hearer) {
  return (view, line, time) => {
    const room = view.channels.get(param(line, index));
    return room === undefined || line.params.length <= index ? [] : hearer(room, view, line, time) ?? [];
  };
}

/**
 * Somebody joins; ourselves: the channel begins. With extended-join his account and real name stand there too.
 * @param {View} view @param {Line} line @param {number} time @returns {Event[]}
 */
function hearJoin(view, line, time) {
  const nick = nickOf(line);
  const mine = view.isMe(nick);
  if (mine && param(line, 0)) {
    view.enter(param(line, 0));
  }
  const room = view.channels.get(param(line, 0));
  if (room === undefined) {
    return [];
  }
  const person = view.addMember(room, line.source ?? "");
  if (person.away === null && view.enabled.has("away-notify")) {
    person.away = "";
  }
  const fields = actOf(line, time);
  if (line.params.length >= 3) {
    person.account = fields.account = param(line, 1) === "*" ? "" : param(line, 1);
    person.realname = param(line, 2);
  }
  const realname = person.realname ?? "";
  return [{ ...fields, type: "Joined", channel: room.name, nick, realname, netjoin: false, mine }];
}

/** @param {Channel} room @param {View} view @param {Line} line @param {number} time @returns {Event[]} */
function hearPart(room, view, line, time) {
  const nick = nickOf(line);
  const mine = view.isMe(nick);
  view.leave(room, nick);
  return [{ ...actOf(line, time), type: "Parted", channel: room.name, nick, reason: param(line, 1), mine }];
}

/** @param {Channel} room @param {View} view @param {Line} line @param {number} time @returns {Event[]} */
function hearKick(room, view, line, time) {
  const nick = param(line, 1);
  const mine = view.isMe(nick);
  view.leave(room, nick);
  const by = nickOf(line);
  return [{ ...actOf(line, time), type: "Kicked", channel: room.name, nick, by, reason: param(line, 2), mine }];
}

/** @param {Channel} room @param {View} view @param {Line} line @param {number} time @returns {Event[]} */
function hearTopic(room, view, line, time) {
  const by = nickOf(line);
  const topic = param(line, 1);
  room.setTopic(topic, by, time);
  return [{ ...actOf(line, time), type: "TopicChanged", channel: room.name, topic, by, mine: view.isMe(by) }];
}

/** Modes of a channel or of ourselves. @param {View} view @param {Line} line @param {number} time @returns {Event[]} */
function hearMode(view, line, time) {
  const [target = "", ...params] = line.params;
  const room = view.channels.get(target);
  const isChannel = room !== undefined || view.support.isChannel(target);
  const changes = isChannel ? view.support.channelChanges(params) : userChanges(params);
  const person = view.people.get(target);
  if (room !== undefined) {
    view.changeModes(room, changes);
  } else if (person !== undefined) {
    for (const change of changes.filter(({ letter }) => letter === view.support.botFlag)) {
      person.bot = change.added;
    }
  }
  const name = room?.name ?? target;
  const by = nickOf(line);
  const told = { target: name, modes: params.join(" "), by, changes, channel: isChannel ? name : null };
  return params.length ? [{ ...actOf(line, time), type: "ModeChanged", ...told, mine: view.isMe(by) }] : [];
}

/** We, or somebody else, are invited. @param {View} view @param {Line} line @param {number} time @returns {Event[]} */
function hearInvite(view, line, time) {
  const [nick = "", channel = ""] = line.params;
  const by = nickOf(line);
  const told = { ...actOf(line, time), channel, by };
  return [view.isMe(nick) ? { ...told, type: "Invited" }
    : { ...told, type: "InvitedOther", nick, mine: view.isMe(by) }];
}

/** RENAME old new :reason. @param {Channel} room @param {View} view @param {Line} line @param {number} time */
function hearRename(room, view, line, time) {
  const by = nickOf(line);
  const old = room.name;
  const name = param(line, 1);
  if (!name) {
    return [];
  }
  view.renameChannel(room, name);
  /** @type {Event} */
  const renamed =
    { ...actOf(line, time), type: "ChannelRenamed", old, new: name, by, reason: param(line, 2), mine: view.isMe(by) };
  return [renamed];
}

/**
 * 710 RPL_KNOCK. Servers disagree about what stands before the channel; who knocks stands behind it.
 * @param {View} view @param {Line} line @param {number} time @returns {Event[]}
 */
function hearKnock(view, line, time) {
  const words = line.params.slice(0, -1);
  const channel = words.find((word) => view.support.isChannel(word));
  const source = words.at(-1) ?? "";
  if (channel === undefined || view.support.isChannel(source)) {
    return [];
  }
  const { nick } = parseSource(source);
  return [{ ...actOf(line, time), source, type: "Knocked", channel, nick, text: lastParam(line) }];
}

/** @type {[string, import("./basis.js").Hearer][]} */
export const HEARERS = [
  ["JOIN", hearJoin],
  ["PART", inRoom(0, hearPart)],
  ["KICK", inRoom(0, hearKick)],
  ["TOPIC", inRoom(0, hearTopic)],
  ["331", inRoom(1, (room) => room.setTopic(""))],
  ["332", inRoom(1, (room, _, line) => room.setTopic(param(line, 2)))],
  ["333", inRoom(1, (room, _, line) => {
    room.setTopic(room.topic, parseSource(param(line, 2)).nick, unixTime(param(line, 3)));
  })],
  ["329", inRoom(1, (room, _, line) => {
    room.created = unixTime(param(line, 2));
  })],
  ["353", inRoom(2, (room, view, line) => view.nameMembers(room, param(line, 3).split(" ").filter(Boolean)))],
  ["366", inRoom(1, (room, view) => view.endNaming(room))],
  ["MODE", hearMode],
  ["324", inRoom(1, (room, view, line) => {
    room.modes.clear();
    view.changeModes(room, view.support.channelChanges(line.params.slice(2)));
  })],
  ["INVITE", hearInvite],
  ["RENAME", inRoom(0, hearRename)],
  ["710", hearKnock],
];
