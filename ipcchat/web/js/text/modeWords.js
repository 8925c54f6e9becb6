// Modes in words: "+o ann" is "made ann an operator".
//
// Rules:
// 1. What a letter is (a rank, a list, a setting) is the server's word, in the event; what it means is the custom of
//    the servers in use. A letter without a custom is named as it is.
// 2. A change is a phrase that follows a name: "bob " + phrase.
//
// Specifications: Modern IRC "Channel Modes", "User Modes".

import { ModeKind } from "../chat/events.js";
import { together } from "./phrases.js";
import { printable } from "./printable.js";

/** @typedef {import("../chat/events.js").ModeChange} ModeChange */

// Letter -> [set, unset]; {} stands for the people or masks.
/** @type {Map<string, [string, string]>} */
const RANKS = new Map([
  ["q", ["made {} an owner", "took the owner's rank from {}"]],
  ["a", ["made {} an admin", "took the admin's rank from {}"]],
  ["o", ["made {} an operator", "took the operator's rank from {}"]],
  ["h", ["made {} a half-operator", "took the half-operator's rank from {}"]],
  ["v", ["gave {} voice", "took voice from {}"]],
]);
const RANKS_OF_SEVERAL = new Map([
  ["q", "made {} owners"],
  ["a", "made {} admins"],
  ["o", "made {} operators"],
  ["h", "made {} half-operators"],
]);
/** @type {Map<string, [string, string]>} */
const LISTS = new Map([
  ["b", ["banned {}", "lifted the ban on {}"]],
  ["e", ["exempted {} from bans", "exempted {} from bans no longer"]],
  ["I", ["lets {} in without an invitation", "lets {} in by invitation only again"]],
  ["q", ["silenced {}", "silenced {} no longer"]],
]);
/** @type {Map<string, [string, string]>} */
const SETTINGS = new Map([
  ["i", ["lets people in by invitation only", "lets people in without an invitation"]],
  ["k", ["set the key {}", "removed the key"]],
  ["l", ["limited the channel to {} people", "removed the limit of people"]],
  ["m", ["lets only people with voice speak", "lets everybody speak"]],
  ["n", ["lets only members speak", "lets people outside speak too"]],
  ["p", ["made the channel private", "made the channel private no longer"]],
  ["s", ["made the channel secret", "made the channel secret no longer"]],
  ["t", ["lets only operators set the topic", "lets everybody set the topic"]],
  ["C", ["forbade CTCP", "allowed CTCP"]],
  ["c", ["forbade colours", "allowed colours"]],
  ["S", ["takes colours out of messages", "leaves colours in messages"]],
  ["R", ["lets only logged-in people in", "lets people in who are not logged in"]],
  ["M", ["lets only logged-in people speak", "lets people speak who are not logged in"]],
  ["f", ["leads people to {} instead", "leads people elsewhere no longer"]],
  ["P", ["made the channel permanent", "made the channel permanent no longer"]],
  ["Q", ["forbade kicks", "allowed kicks"]],
  ["D", ["shows people only when they speak", "shows everybody who joins"]],
  ["u", ["shows members to operators only", "shows members to everybody"]],
  ["z", ["lets only people with secure connections in", "lets people in without a secure connection"]],
]);
/** @type {Map<string, [string, string]>} */
const OWN_MODES = new Map([
  ["i", ["you are invisible to strangers", "you are visible to everybody"]],
  ["o", ["you are an IRC operator", "you are an IRC operator no longer"]],
  ["r", ["you are known as logged in", "you are known as logged in no longer"]],
  ["w", ["you hear what operators say to everybody", "you do not hear what operators say to everybody"]],
  ["B", ["you are marked as a bot", "you are marked as a bot no longer"]],
  ["R", ["only logged-in people can write to you", "people who are not logged in can write to you"]],
  ["T", ["nobody can send you CTCP", "people can send you CTCP"]],
  ["Z", ["your connection is secure", "your connection is not secure"]],
  ["g", ["only people you accept can write to you", "everybody can write to you"]],
  ["s", ["you hear the server's notices", "you do not hear the server's notices"]],
  ["x", ["your host is hidden", "your host is shown"]],
]);

/**
 * The changes of a channel's modes as phrases; the same change to several people is one.
 * @param {Iterable<ModeChange>} changes
 */
export function phrases(changes) {
  /** @type {Map<string, {change: ModeChange, words: string[]}>} */
  const grouped = new Map();
  for (const change of changes) {
    const key = `${change.added} ${change.kind} ${change.letter}`;
    const group = grouped.get(key) ?? { change, words: [] };
    grouped.set(key, group);
    if (change.argument) {
      group.words.push(printable(change.argument));
    }
  }
  return [...grouped.values()].map(({ change, words }) => phrase(change, words));
}

/** The changes of our own modes as sentences. @param {Iterable<ModeChange>} changes */
export function ownPhrases(changes) {
  return [...changes].map(({ added, letter }) => {
    const found = OWN_MODES.get(letter);
    return found ? found[added ? 0 : 1] : `your mode ${printable(letter)} is ${added ? "on" : "off"}`;
  });
}

/** One change, to these people or masks. @param {ModeChange} change @param {string[]} words */
function phrase({ added, letter, kind }, words) {
  const table = kind === ModeKind.MEMBER ? RANKS : kind === ModeKind.LIST ? LISTS : SETTINGS;
  const found = table.get(letter);
  const named = together(words);
  if (found === undefined) {
    return `${added ? "set" : "removed"} mode ${added ? "+" : "-"}${printable(letter)} ${named}`.trimEnd();
  }
  const ofSeveral = kind === ModeKind.MEMBER && added && words.length > 1 ? RANKS_OF_SEVERAL.get(letter) : undefined;
  return (ofSeveral ?? found[added ? 0 : 1]).replace("{}", () => named).split(/\s+/).join(" ").trim();
}
