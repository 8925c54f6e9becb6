// From lines of the server to events: one small function for each command, found in the table HEARERS.
//
// Rules:
// 1. A function updates the View and returns the events; a line it cannot use (too few parameters, names we never heard
//    of) is no event and no error, for a client must live with what servers send.
// 2. Only what people or programs would want to hear is an event; the rest (names lists, answers to WHO) only updates
//    the View.
// 3. Lines of the past are heard with `hearPast` and change nothing that is so now.

import { isAct } from "./events.js";
import { isText, lastParam, nickOf, param, timeOf } from "./hearing/basis.js";
import { HEARERS as CHANNELS } from "./hearing/channels.js";
import { HEARERS as MESSAGES, hearSaid } from "./hearing/messages.js";
import { HEARERS as PEOPLE } from "./hearing/people.js";

/** @typedef {import("./hearing/basis.js").Line} Line */
/** @typedef {import("./hearing/basis.js").View} View */
/** @typedef {import("./hearing/basis.js").Event} Event */
/** @typedef {import("./events.js").Act} Act */

// Ends of lists, and lines that are nothing without the question they answer.
const UNHEARD = new Set(`302 303 315 318 319 321 322 323 336 337 341 346 347 348 349 364 365 367 368 369 374 376 422 704
  705 706 728 729 732 733 760 761 766 770 771 772`.split(/\s+/));

/** @type {import("./hearing/basis.js").Hearer} FAIL, WARN and NOTE: command, code, context, and a sentence */
function hearStandardReply(_, line, time) {
  const [command = "*", code = "", ...context] = line.params.slice(0, -1);
  const kind = line.command.toUpperCase();
  return [{ type: "StandardReply", time, text: lastParam(line), code, kind, command, context }];
}

/** @type {import("./hearing/basis.js").Hearer} any other numeric is text for people */
function hearNumeric(_, line, time) {
  const params = line.params.slice(1);
  const { command: code } = line;
  return UNHEARD.has(code) ? [] : [{ type: "Numeric", time, text: params.join(" "), code, params }];
}

/** @type {ReadonlyMap<string, import("./hearing/basis.js").Hearer>} */
const HEARERS = new Map([
  ...MESSAGES,
  ...CHANNELS,
  ...PEOPLE,
  ["FAIL", hearStandardReply],
  ["WARN", hearStandardReply],
  ["NOTE", hearStandardReply],
  ["ERROR", (_, line, time) => [{ type: "ServerError", time, text: lastParam(line) }]],
]);

/**
 * The events in one line; `received` is used where the line has no time of its own.
 * @param {View} view @param {Line} line @param {number} received @returns {Event[]}
 */
export function hear(view, line, received) {
  const command = line.command.toUpperCase();
  const hearer = HEARERS.get(command) ?? (/^\d/.test(command) ? hearNumeric : undefined);
  if (hearer === undefined || !(param(line, 0) || command === "QUIT" || command === "AWAY")) {
    return [];
  }
  noteTags(view, line);
  return hearer(view, line, timeOf(line, received));
}

/**
 * What people did in lines of the history of `target`, marked as missed.
 * @param {View} view @param {string} target @param {Iterable<Line>} lines @param {number} received @returns {Act[]}
 */
export function hearPast(view, target, lines, received) {
  const past = view.past(target);
  /** @type {Act[]} */
  const heard = [];
  for (const line of lines) {
    if (isText(line)) {
      heard.push(hearSaid(past, line, timeOf(line, received), true));
    } else {
      heard.push(...hear(past, line, received).filter(isAct).map((act) => ({ ...act, missed: true })));
    }
  }
  return heard;
}

/** What tags tell about who caused a line (account-tag, bot-mode, draft/oper-tag). @param {View} view
 * @param {Line} line */
function noteTags(view, line) {
  const { tags } = line;
  const person = tags.size ? view.people.get(nickOf(line)) : undefined;
  if (person !== undefined) {
    person.account = tags.get("account") ?? person.account;
    person.bot = person.bot || tags.has("bot") || person.bot;
    person.operator = person.operator || tags.has("draft/oper") || person.operator;
  }
}
