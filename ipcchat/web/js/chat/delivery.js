// What became of a post or a deed, by the lines of the server's answer.

import { CommandRefused, NotDelivered } from "./errors.js";
import { act, addressed, message } from "./events.js";
import { isText, timeOf } from "./hearing/basis.js";
import { hearText } from "./hearing/messages.js";
import { textOf } from "./multiline.js";
import { Deed } from "./outbox.js";

// What a server says of messages of somebody else, and of those that this user may not see.
const NOT_OURS = ["EDIT_FORBIDDEN", "REDACT_FORBIDDEN", "UNKNOWN_MSGID"];
const ADVICE_TO_GUESTS = "if it is yours: without an account nobody knows that after a lost connection; say it anew, "
  + "and register to keep what you say your own";

/**
 * What is thrown for a no; with what to do about it where nobody knows that we are who we were (`isGuest`).
 * @param {import("./outbox.js").Post | Deed} post @param {CommandRefused} refusal @param {boolean} isGuest
 * @returns {CommandRefused}
 */
export function refusedFor(post, refusal, isGuest) {
  const advice = isGuest && NOT_OURS.includes(refusal.code) ? ` (${ADVICE_TO_GUESTS})` : "";
  const Kind = post instanceof Deed ? CommandRefused : NotDelivered;
  return new Kind(refusal.message + advice, refusal.code, refusal.context);
}

/**
 * The message as the server confirmed it; made up where it said yes and no more.
 * @param {import("./view.js").View} view @param {import("./outbox.js").Post} post
 * @param {import("../wire/message.js").Message[]} lines @param {number} now @returns {import("./events.js").Message}
 */
export function echoOf(view, post, lines, now) {
  const { support, nick } = view;
  const [status, target] = support.splitTarget(post.target);
  const echo = lines.filter(isText).reverse().find(({ params: [place = ""] }) => {
    return support.same(support.splitTarget(place)[1], target);
  });
  if (echo === undefined) {
    const fields = addressed({ ...act(now), tags: post.tags }, target, nick, true, support.channelPrefixes, status);
    return message(fields, textOf(post.lines), post.kind);
  }
  const said = hearText(view, echo, timeOf(echo, now));
  return { ...said, mine: true, place: said.target };
}
