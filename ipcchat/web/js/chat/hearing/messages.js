// Lines that people write or signal by.
//
// Specifications: RFC 2812 3.3 and 4.7, CTCP, IRCv3 message-tags (TAGMSG), client tags +typing, +draft/react and
// +draft/edit, draft/message-redaction, draft/message-edit, draft/read-marker.

import { addressed, message } from "../events.js";
import { parseTime } from "../../wire/times.js";
import { actOf, nickOf, param } from "./basis.js";

/** @typedef {import("./basis.js").Line} Line */
/** @typedef {import("./basis.js").View} View */
/** @typedef {import("./basis.js").Event} Event */

export const EDITS = "draft/message-edit";
export const EDIT_TAG = "+draft/edit";
export const TYPING_STATES = ["active", "paused", "done"];
const ACTION = "\x01ACTION ";

/** @param {View} view @param {Line} line @param {number} time @param {boolean} [missed] */
function addressedOf(view, line, time, missed = false) {
  const nick = nickOf(line);
  const [status, target] = view.support.splitTarget(param(line, 0));
  const mine = missed ? view.wasMe(nick) : view.isMe(nick);
  return addressed({ ...actOf(line, time), missed }, target, nick, mine, view.support.channelPrefixes, status);
}

/**
 * A PRIVMSG or NOTICE as event, live or from history.
 * @param {View} view @param {Line} line @param {number} time @param {boolean} [missed]
 */
export function hearText(view, line, time, missed = false) {
  const [kind, text] = kindOf(line.command.toUpperCase(), param(line, 1));
  return message(addressedOf(view, line, time, missed), text, kind);
}

/**
 * A PRIVMSG or NOTICE as a message, or as another text for one: where the server looks after who may do that.
 * @param {View} view @param {Line} line @param {number} time @param {boolean} [missed]
 * @returns {import("../events.js").Message | import("../events.js").Edited}
 */
export function hearSaid(view, line, time, missed = false) {
  const said = hearText(view, line, time, missed);
  const original = line.tags.get(EDIT_TAG);
  if (!original || !view.enabled.has(EDITS)) {
    return said;
  }
  return { ...addressedOf(view, line, time, missed), type: "Edited", original, text: said.text, kind: said.kind };
}

/** @param {string} command @param {string} text @returns {[string, string]} its kind, and it without CTCP's frame */
function kindOf(command, text) {
  if (text[0] !== "\x01") {
    return [command === "NOTICE" ? "notice" : "message", text];
  }
  const framed = text.replace(/^\x01+|\x01+$/g, "");
  if (command === "NOTICE") {
    return ["ctcp-reply", framed];
  }
  return text.startsWith(ACTION) ? ["action", text.slice(ACTION.length).replace(/\x01+$/, "")] : ["ctcp", framed];
}

/** @param {View} view @param {Line} line @param {number} time @returns {Event[]} */
function hearMessage(view, line, time) {
  if (line.params.length < 2) {
    return [];
  }
  const event = hearSaid(view, line, time);
  const { source } = event;
  const isServer = !source.includes("!") && (!source || source.includes(".") || source === view.server);
  if (isServer && event.channel === null && !event.mine) {
    return [{ type: "ServerText", time, text: event.text, code: "" }];
  }
  return [event];
}

/** @param {View} view @param {Line} line @param {number} time @returns {Event[]} */
function hearTagMessage(view, line, time) {
  const fields = addressedOf(view, line, time);
  const { tags } = line;
  const state = tags.get("+typing") || tags.get("+draft/typing") || "";
  if (TYPING_STATES.includes(state)) {
    return [{ ...fields, type: "Typing", state }];
  }
  const removed = tags.has("+draft/unreact");
  const reaction = tags.get(removed ? "+draft/unreact" : "+draft/react");
  return [reaction && fields.replyTo ? { ...fields, type: "Reaction", reaction, removed }
    : { ...fields, type: "TagMessage" }];
}

/** REDACT target msgid [reason]. @param {View} view @param {Line} line @param {number} time @returns {Event[]} */
function hearRedact(view, line, time) {
  const target = param(line, 0);
  const channel = view.support.isChannel(target) ? target : null;
  const told = { target, redacted: param(line, 1), by: nickOf(line), reason: param(line, 2), channel };
  return line.params.length < 2 ? [] : [{ ...actOf(line, time), type: "Redacted", ...told }];
}

/** @param {string} written timestamp=... @returns {number | null} its time; null for * and what is no time */
export function readUntil(written) {
  return parseTime(written.replace(/^timestamp=/, ""));
}

/** @type {[string, import("./basis.js").Hearer][]} */
export const HEARERS = [
  ["PRIVMSG", hearMessage],
  ["NOTICE", hearMessage],
  ["TAGMSG", hearTagMessage],
  ["REDACT", hearRedact],
  ["MARKREAD", (_, line, time) => [
    { type: "ReadMarked", time, target: param(line, 0), until: readUntil(param(line, 1)) },
  ]],
  ["WALLOPS", (_, line, time) => [
    { ...actOf(line, time), type: "Wallops", nick: nickOf(line), text: param(line, 0) },
  ]],
];
