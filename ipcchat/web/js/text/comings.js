// Who came and went, in one sentence.
//
// Rules:
// 1. What somebody did is put together: who came and went again is named once.
// 2. With joins "smart" only people are named who are missed or expected (`Coming.known`), or who have another nick
//    now; with "all" everybody, with "none" nobody.
// 3. A reason is given where one person alone left.

import { NAMES_SHOWN, because, several } from "./phrases.js";

/** @typedef {import("../model/entries.js").Coming} Coming */
/** @typedef {"smart" | "all" | "none"} Joins */

const CAME = "\u2192";
const WENT = "\u2190";
const BOTH = "\u2194";
const BETWEEN = " \u00b7 ";
// What somebody did first and last, with its sign and how that is said.
const KINDS = [
  ["joined", "joined", CAME, "joined"],
  ["left", "left", WENT, "left"],
  ["joined", "left", BOTH, "came and went"],
  ["left", "joined", BOTH, "left and came back"],
];

/** Those who are named. @param {readonly Coming[]} people @param {Joins} joins */
export function shown(people, joins) {
  if (joins === "smart") {
    return people.filter((coming) => coming.known || !isMove(coming));
  }
  return joins === "all" ? [...people] : [];
}

/** What these people did, in one harmless line. @param {readonly Coming[]} people */
export function sentence(people) {
  /** @type {Map<string, Coming[]>} */
  const moves = new Map();
  const renamed = [];
  for (const coming of people) {
    if (!isMove(coming)) {
      renamed.push(`${CAME} ${did(coming)}`);
      continue;
    }
    const steps = moves.get(coming.nick);
    if (steps === undefined) {
      moves.set(coming.nick, [coming]);
    } else {
      steps.push(coming);
    }
  }
  if (renamed.length > NAMES_SHOWN) {
    const more = renamed.length - NAMES_SHOWN;
    renamed.splice(NAMES_SHOWN, more, `${more} more have other nicks`);
  }
  const walks = [...moves.values()];
  const parts = KINDS.map(([first, last, sign, verb]) => {
    const found = walks.filter((steps) => steps[0]?.verb === first && steps.at(-1)?.verb === last);
    return found.length > 0 ? part(found, `${sign}`, `${verb}`) : "";
  });
  return [...parts.filter(Boolean), ...renamed].join(BETWEEN);
}

/** What one did, as a row of its own. @param {Coming} coming */
export function alone(coming) {
  return `${coming.verb === "left" ? WENT : CAME} ${did(coming)}`;
}

/** @param {Coming} coming */
function isMove(coming) {
  return coming.verb === "joined" || coming.verb === "left";
}

/** @param {Coming} coming */
function did(coming) {
  return `${several([coming.nick])} ${several([coming.verb])}${because(coming.reason)}`;
}

/**
 * The part of the sentence about those who did the same.
 * @param {Coming[][]} found @param {string} sign @param {string} verb
 */
function part(found, sign, verb) {
  const reason = found.length === 1 ? because(found[0]?.at(-1)?.reason ?? "") : "";
  return `${sign} ${several(found.map((steps) => steps[0]?.nick ?? ""))} ${verb}${reason}`;
}
