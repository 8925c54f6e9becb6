// What all hearers share: who, when, and with which tags.

import { parseSource } from "../../wire/message.js";
import { parseTime } from "../../wire/times.js";
import { number } from "../support.js";

/** @typedef {import("../../wire/message.js").Message} Line */
/** @typedef {import("../view.js").View} View */
/** @typedef {import("../events.js").Event} Event */
/** @typedef {(view: View, line: Line, time: number) => Event[]} Hearer */

export const CONCAT_TAG = "draft/multiline-concat";
// The history that a line of a catch-up belongs to (docs/catch-up.md).
export const HISTORY_TAG = "ipc-chat/history";
// What was sent with the same key, to the same target, with the same text is one message for ever.
export const KEY_TAG = "+ipc-chat/key";
// Tags that are fields of events, or serve the connection only.
const KNOWN_TAGS = new Set(
  ["time", "msgid", "label", "batch", "account", "bot", "draft/oper", CONCAT_TAG, HISTORY_TAG, KEY_TAG],
);
const UNIX_SECONDS_MAX = 253_402_300_799;

/** @param {Line} line @param {number} time @returns {import("../events.js").ActFields} those that every act has */
export function actOf(line, time) {
  const { tags } = line;
  return {
    time,
    source: line.source ?? "",
    msgid: tags.get("msgid") ?? "",
    account: tags.get("account") ?? "",
    bot: tags.has("bot"),
    oper: tags.get("draft/oper") ?? null,
    missed: false,
    tags: new Map([...tags].filter(([key]) => !KNOWN_TAGS.has(key))),
  };
}

/** @param {Line} line @param {number} index @returns {string} a parameter, "" when it is not there */
export function param(line, index) {
  return line.params[index] ?? "";
}

/** @param {Line} line @returns {string} the last parameter, which mostly is the text */
export function lastParam(line) {
  return param(line, line.params.length - 1);
}

/** @param {Line} line @returns {string} the nick of who caused a line, or the server's name */
export function nickOf(line) {
  return parseSource(line.source ?? "").nick;
}

/** @param {Line} line @returns {boolean} whether it is a PRIVMSG or NOTICE with a target and a text */
export function isText(line) {
  return ["PRIVMSG", "NOTICE"].includes(line.command.toUpperCase()) && line.params.length >= 2;
}

/** @param {Line} line @param {number} received @returns {number} the time in the server-time tag, else `received` */
export function timeOf(line, received) {
  return parseTime(line.tags.get("time") ?? "") ?? received;
}

/** @param {string} text @returns {number | null} the moment of a Unix timestamp in seconds; null for what is none */
export function unixTime(text) {
  const seconds = number(text);
  return seconds === null || seconds > UNIX_SECONDS_MAX ? null : seconds * 1_000;
}
