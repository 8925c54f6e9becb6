// What may stand where somebody types: nicks, channels, commands and emoji that begin like the word before the cursor.
//
// Rules:
// 1. Nicks come by who spoke last, then by name; our own never. ": " is put behind at the start of a line, else a
//    space.
// 2. "#" asks for channels, "@" for nicks, ":" and two letters for emoji, "/" at the beginning of the text for
//    commands. Without such a sign only who asks (with Tab) is answered: with what the command's usage names there, or
//    with nicks.
// 3. The text to insert is as the server writes it; what is shown is harmless.
// 4. This module brings the commands and the emoji with it: it is loaded when somebody first types.

import { find } from "../dialogue/commandTable.js";
import { COMMANDS } from "../dialogue/commands.js";
import { named } from "../text/emoji.js";
import { printable } from "../text/printable.js";
import { fold } from "../wire/casemap.js";
import { Kind } from "./buffer.js";

/** @typedef {import("../dialogue/commandTable.js").Command} Command */
/** @typedef {import("./buffer.js").Buffer} Buffer */
/** @typedef {import("./network.js").Network} Network */

/**
 * One way to go on. `text` replaces what stands from `start` to the cursor; `shown` and `detail` describe it.
 * `complete`: what was typed means this already.
 * @typedef {{text: string, shown: string, detail: string, start: number, complete: boolean}} Candidate
 */
/**
 * Where something is typed: the word, where it starts, and what stands before it in its line.
 * @typedef {{word: string, start: number, line: string, network: Network, buffer: Buffer,
 *   table: ReadonlyMap<string, Command>}} Place
 */

export const CANDIDATES_MAX = 100;
const DETAIL_CHARACTERS_MAX = 80;
const EMOJI_LETTERS_MIN = 2;
const WORD_CHARACTERS_MAX = 200;
const EMOJI = /^:([a-z0-9_+-]+):?$/;
const COMMAND = /^\/[\p{L}\p{N}_]*$/u;

/**
 * How the text before the cursor may go on, the likeliest first; at most CANDIDATES_MAX of a kind. `asked`: somebody
 * pressed Tab, and did not just type. `table` has the commands that there are.
 * @param {string} before @param {Network} network @param {Buffer} buffer
 * @param {{asked: boolean, table?: ReadonlyMap<string, Command>}} how @returns {Candidate[]}
 */
export function candidates(before, network, buffer, { asked, table = COMMANDS }) {
  const start = wordStart(before);
  if (before.length - start > WORD_CHARACTERS_MAX) {
    return [];
  }
  const word = before.slice(start);
  const line = before.slice(before.lastIndexOf("\n") + 1, start);
  const place = { word, start, line, network, buffer, table };
  if (start === 0 && COMMAND.test(word)) {
    return commands(place);
  }
  if (word.startsWith("@")) {
    return nicks(place, word.slice(1));
  }
  if (network.isChannel(word) && (asked || word.length > 1)) {
    return channels(place);
  }
  const name = EMOJI.exec(word)?.[1];
  if (name !== undefined) {
    return asked || name.length >= EMOJI_LETTERS_MIN ? signs(place, name) : [];
  }
  return asked ? askedFor(place, before) : [];
}

/** Where the word at the end of a text starts, as far as it is looked at. @param {string} before */
function wordStart(before) {
  let start = before.length;
  while (start > 0 && before.length - start <= WORD_CHARACTERS_MAX && !/\s/.test(before.charAt(start - 1))) {
    start -= 1;
  }
  return start;
}

/**
 * What may stand there without a sign before it: what the command wants, or a nick.
 * @param {Place} place @param {string} before
 */
function askedFor(place, before) {
  const wanted = wantedWord(before.slice(0, place.start), place.table);
  if (wanted.includes("COMMAND")) {
    return namesLike(place);
  }
  if (wanted.includes("SIGN")) {
    return signs(place, place.word);
  }
  if (wanted.includes("CHANNEL")) {
    return channels(place);
  }
  const found = nicks(place, place.word);
  return wanted === "TARGET" || wanted === "[TARGET]" ? [...found, ...channels(place)] : found;
}

/**
 * What a command's usage has behind the text: "NAME", "[#CHANNEL]" and the like; "" where that is no command.
 * @param {string} before @param {ReadonlyMap<string, Command>} table
 */
function wantedWord(before, table) {
  if (!before.startsWith("/") || before.startsWith("//")) {
    return "";
  }
  const [name = "", ...given] = before.slice(1).split(/\s+/).filter(Boolean);
  return find(name, table)?.usage.split(" ")[given.length + 1] ?? "";
}

/** Commands that begin like the word, the one that it means first. @param {Place} place */
function commands(place) {
  const beginning = place.word.slice(1).toLowerCase();
  const meant = find(beginning, place.table);
  const others = [...place.table.values()].filter((entry) => entry.name.startsWith(beginning) && entry !== meant);
  others.sort((one, other) => (one.name < other.name ? -1 : 1));
  return [...(meant === null ? [] : [meant]), ...others].map((entry) => candidate(place, {
    // A space is put behind where something follows.
    text: `/${entry.name}${entry.usage.includes(" ") ? " " : ""}`,
    shown: entry.usage,
    detail: entry.summary,
    complete: entry === meant,
  }));
}

/** The names of commands that begin like the word. @param {Place} place */
function namesLike(place) {
  const beginning = place.word.toLowerCase();
  const found = [...place.table.values()].filter((entry) => entry.name.startsWith(beginning));
  found.sort((one, other) => (one.name < other.name ? -1 : 1));
  return found.map(({ name, summary }) => candidate(place, { text: `${name} `, shown: `/${name}`, detail: summary }));
}

/** Channels that begin like the word, those we are in first; who leaves the sign out means "#". @param {Place} place */
function channels(place) {
  const { network, word } = place;
  const wanted = fold(network.isChannel(word) ? word : `#${word}`);
  /** @type {Map<string, boolean>} */
  const names = new Map(network.channelBuffers().map((buffer) => [buffer.name, buffer.joined]));
  for (const name of network.chat?.channels.keys() ?? []) {
    names.set(name, true);
  }
  const found = [...names].flatMap(([name, joined]) => {
    const folded = fold(name);
    return folded.startsWith(wanted) ? [{ name, folded, order: joined ? 0 : 1 }] : [];
  });
  return best(found).map(({ name, folded }) => candidate(place, {
    text: `${name} `,
    shown: printable(name),
    detail: described(network.chat?.channels.get(name)?.topic ?? ""),
    complete: folded === fold(word),
  }));
}

/** Nicks that begin like the word, by who spoke last, then by name. @param {Place} place @param {string} beginning */
function nicks(place, beginning) {
  const wanted = fold(beginning);
  const ending = place.line ? " " : ": ";
  const recency = new Map([...place.buffer.speakers.keys()].reverse().map((nick, order) => [fold(nick), order]));
  /** @type {Map<string, string>} */
  const present = new Map();
  for (const nick of presentIn(place)) {
    const folded = fold(nick);
    if (folded.startsWith(wanted)) {
      present.set(folded, nick);
    }
  }
  present.delete(fold(place.network.nick));
  const found = [...present].map(([folded, name]) => {
    return { name, folded, order: folded === wanted ? -1 : recency.get(folded) ?? recency.size };
  });
  return best(found).map(({ name, folded }) => candidate(place, {
    text: name + ending,
    shown: printable(name),
    detail: described(away(place, name)),
    complete: folded === wanted,
  }));
}

/**
 * Who may be meant: the members of the channel, or who spoke there as long as the members are unknown; the other one of
 * a conversation; and everybody known in the server's own buffer, or where a command names somebody.
 * @param {Place} place @returns {string[]}
 */
function presentIn({ network, buffer, line }) {
  const found = [];
  const channel = network.channel(buffer);
  if (channel !== null) {
    found.push(...channel.members.keys());
  } else if (buffer.kind !== Kind.SERVER) {
    found.push(...buffer.speakers.keys());
  }
  if (buffer.kind === Kind.PERSON) {
    found.push(buffer.name);
  }
  if (buffer.kind === Kind.SERVER || line.startsWith("/")) {
    const people = network.buffers.values().filter((other) => other.kind === Kind.PERSON);
    found.push(...people.map((other) => other.name), ...network.chat?.people.keys() ?? []);
  }
  return found;
}

/** That somebody is away, and why; "" while he is here, or nobody knows. @param {Place} place @param {string} nick */
function away(place, nick) {
  const text = place.network.chat?.people.get(nick)?.away;
  return text ? `away${text === "*" ? "" : `: ${text}`}` : "";
}

/** Emoji by a name that begins so. @param {Place} place @param {string} beginning */
function signs(place, beginning) {
  const found = named(beginning.replace(/^:+|:+$/g, "")).slice(0, CANDIDATES_MAX);
  return found.map(({ name, sign }) => candidate(place, { text: `${sign} `, shown: `${sign} :${name}:` }));
}

/** The first of these in their order, then by name. @param {{name: string, folded: string, order: number}[]} found */
function best(found) {
  found.sort((one, other) => one.order - other.order || (one.folded < other.folded ? -1 : 1));
  return found.slice(0, CANDIDATES_MAX);
}

/** Words of others beside a candidate. @param {string} text */
function described(text) {
  return printable(text.slice(0, DETAIL_CHARACTERS_MAX));
}

/**
 * @param {Place} place @param {{text: string, shown: string, detail?: string, complete?: boolean}} what
 * @returns {Candidate}
 */
function candidate(place, { text, shown, detail = "", complete = false }) {
  return { text, shown, detail, start: place.start, complete };
}
