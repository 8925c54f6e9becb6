// What in an answer says no.
//
// Rule: a refusal is a FAIL or an error numeric: 4xx, 5xx, and those of other hundreds that are named ERR_.
//
// Specifications: RFC 2812 5, Modern IRC "Numerics", IRCv3 monitor, standard-replies.

import { CommandRefused } from "./errors.js";

/** @typedef {import("../wire/message.js").Message} Line */

// 422: there is no message of the day. 470: the server lets us into another channel instead.
const HARMLESS = ["422", "470"];
// 716: who we write to does not accept us; it has the name of a reply and is a refusal.
const REFUSALS = "691 696 697 698 712 713 714 716 723 734 902 904 905 906 907".split(" ");

/** @param {Line} line @returns {boolean} */
function isRefusal({ command, params }) {
  if (command.toUpperCase() === "FAIL") {
    return params.length >= 2;
  }
  return (/^[45]\d\d$/.test(command) && !HARMLESS.includes(command)) || REFUSALS.includes(command);
}

/** @param {readonly Line[]} lines @returns {CommandRefused | null} the no in an answer, if there is one */
export function refusalIn(lines) {
  const line = lines.find(isRefusal);
  return line === undefined ? null : refusalOf(line);
}

/** @param {Line} line one that says no @returns {CommandRefused} it as what is thrown */
export function refusalOf({ command, params }) {
  const text = params.at(-1) ?? "";
  if (command.toUpperCase() === "FAIL") {
    return new CommandRefused(text, params[1], params.slice(2, -1));
  }
  const about = params.slice(1, -1);
  const words = [about.join(" "), params.length > 1 ? text : ""].filter(Boolean).join(": ");
  return new CommandRefused(words || command, command, about);
}
