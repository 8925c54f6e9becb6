// The table of the commands that can be typed: what is in it, what is run from it.
//
// Rules:
// 1. A command is one small function with a row: its `usage` is what to type, its summary the help. How many words it
//    needs at least is read off the usage; who types fewer is shown it and the help.
// 2. A refusal is one quiet line with the server's reason. A command that needs the server says so at once when there
//    is no connection.

import { ChatError } from "../chat/errors.js";
import { printable } from "../text/printable.js";

/** @typedef {import("../chat/chat.js").Chat} Chat */
/** @typedef {import("../chat/events.js").Message} Message */

/**
 * What a command may use of the place it is typed in.
 * @typedef {object} Room
 * @property {Chat} chat  the library
 * @property {string} current  the channel or person that typed text goes to, "" for nobody
 * @property {(text: string) => void} tell  shows a quiet line
 * @property {(target: string, text: string, how?: {kind?: string, replyTo?: string}) => void} say
 *   sends something; what becomes of it is shown later
 * @property {(channel: string, key?: string) => Promise<void>} enter  joins a channel and looks at it
 * @property {(target: string) => void} lookAt  typed text goes to this channel or person from now on, "": the server
 * @property {(nick: string) => Message | null} lastOf  the last message of somebody in this place
 * @property {(title: string, messages: readonly Message[]) => void} showPast  shows messages, to read and to jump to
 * @property {() => Promise<void>} tellUnread  opens the conversations in which something waits to be read
 * @property {(question: string) => Promise<string>} askSecret  what is typed without being shown; "" for nothing
 * @property {() => void} leave  ends the connection
 * @property {() => Promise<void>} loggedIn  our user is logged in, and need not type it the next time
 * @property {() => Promise<void>} loggingOut  he is about to log out, and does not log in by himself any more
 * @property {() => void} showHelp  shows the keys and the commands
 * @property {(words: string) => void} showSearch  opens the search with these words
 * @property {() => void} mute  mutes this place, or hears it again
 * @property {() => Promise<void>} close  leaves this place and takes it off the list
 */
/** @typedef {(room: Room, rest: string) => Promise<void> | void} Run */
/**
 * One command of the table. `wordsMin` is how many words must follow its name.
 * @typedef {{name: string, usage: string, summary: string, details: string, run: Run, offline: boolean,
 *   wordsMin: number}} Command
 */

// What people type who come from other clients.
/** @type {ReadonlyMap<string, string>} */
const ALIASES = new Map([
  ["j", "join"], ["leave", "part"], ["exit", "quit"], ["m", "msg"], ["q", "query"], ["n", "names"], ["wi", "whois"],
]);
// A name that differs by more letters is another one.
const NEAR_LETTERS_MAX = 2;

/**
 * A row of the table, under the first word of `usage`; words in brackets need not be typed.
 * @param {string} usage @param {string} summary @param {Run} run
 * @param {{offline?: boolean, details?: string}} how @returns {Command}
 */
export function command(usage, summary, run, { offline = false, details = "" } = {}) {
  const [name = "", ...words] = usage.split(" ");
  const wordsMin = words.filter((word) => !word.startsWith("[")).length;
  return { name: name.slice(1), usage, summary, details, run, offline, wordsMin };
}

/**
 * The command that somebody means by a name, in any case; null when there is none.
 * @param {string} name @param {ReadonlyMap<string, Command>} table
 */
export function find(name, table) {
  const lowered = name.toLowerCase();
  return table.get(ALIASES.get(lowered) ?? lowered) ?? null;
}

/** What to say about a command that is not there. @param {string} name @param {ReadonlyMap<string, Command>} table */
export function suggestion(name, table) {
  const lowered = name.toLowerCase();
  const near = [...table.keys()]
    .map((other) => ({ other, letters: lettersBetween(lowered, other) }))
    .filter(({ other, letters }) => letters <= NEAR_LETTERS_MAX && letters <= other.length / 2)
    .sort((one, other) => one.letters - other.letters)[0];
  const hint = near ? `did you mean /${near.other}?` : "/help lists the commands";
  return `there is no /${printable(name)}; ${hint}`;
}

/**
 * Run a line that begins with "/", by a table of commands.
 * @param {Room} room @param {string} line @param {ReadonlyMap<string, Command>} table
 */
export async function obey(room, line, table) {
  const [name, rest] = firstWord(line.slice(1).trim());
  const found = find(name, table);
  if (found === null) {
    room.tell(suggestion(name, table));
  } else if (rest.split(/\s+/).filter(Boolean).length < found.wordsMin) {
    room.tell(`${found.usage}: ${found.summary}`);
  } else if (!room.chat.connected && !found.offline) {
    room.tell(`not connected, try /${found.name} again when we are back`);
  } else {
    await run(room, found, rest);
  }
}

/** @param {Room} room @param {Command} found @param {string} rest */
async function run(room, found, rest) {
  try {
    await found.run(room, rest);
  } catch (error) {
    if (!(error instanceof ChatError)) {
      throw error;
    }
    room.tell(`/${found.name}: ${printable(error.message)}`);
  }
}

/** The first word of a text, and what follows. @param {string} text @returns {[string, string]} */
export function firstWord(text) {
  const end = text.search(/\s/);
  return end < 0 ? [text, ""] : [text.slice(0, end), text.slice(end).trim()];
}

/** Whether this is a channel's name on this server. @param {Room} room @param {string} name */
export function isChannel(room, name) {
  return name !== "" && (room.chat.support.get("CHANTYPES") ?? "#&").includes(name.charAt(0));
}

/** A channel's name; who leaves the sign out means "#". @param {Room} room @param {string} name */
export function asChannel(room, name) {
  return isChannel(room, name) ? name : `#${name}`;
}

/** The channel that is looked at. Throws ChatError when it is none. @param {Room} room */
export function thisChannel(room) {
  if (isChannel(room, room.current)) {
    return room.current;
  }
  const talk = room.current ? `you are talking to ${room.current}, not in a channel` : "you are in no channel";
  throw new ChatError(`${talk}; /join one`);
}

/** The channel or person that is looked at. Throws ChatError when it is nobody. @param {Room} room */
export function thisPlace(room) {
  if (!room.current) {
    throw new ChatError("you are in no channel; /join one");
  }
  return room.current;
}

/**
 * A channel and what follows; the present channel when none is named. Throws ChatError when there is none.
 * @param {Room} room @param {string} rest @returns {[string, string]}
 */
export function splitChannel(room, rest) {
  const [channel, text] = firstWord(rest);
  return isChannel(room, channel) ? [channel, text] : [thisChannel(room), rest];
}

/**
 * How many letters must be put in, taken out or changed to make one name of another.
 * @param {string} one @param {string} other
 */
function lettersBetween(one, other) {
  if (Math.abs(one.length - other.length) > NEAR_LETTERS_MAX) {
    return Infinity;
  }
  let above = [...Array(other.length + 1).keys()];
  for (let row = 1; row <= one.length; row++) {
    const line = [row];
    for (let column = 1; column <= other.length; column++) {
      const changed = (above[column - 1] ?? 0) + (one.charAt(row - 1) === other.charAt(column - 1) ? 0 : 1);
      line.push(Math.min(changed, (above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1));
    }
    above = line;
  }
  return above.at(-1) ?? Infinity;
}
