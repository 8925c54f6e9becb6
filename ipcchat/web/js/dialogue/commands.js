// The commands that can be typed: the whole table, and those about the program itself.

import { printable } from "../text/printable.js";
import { WireError, parse } from "../wire/message.js";
import { ACCOUNT_COMMANDS } from "./accountCommands.js";
import { CHANNEL_COMMANDS } from "./channelCommands.js";
import { command, find, obey as obeyBy, suggestion } from "./commandTable.js";
import { PAST_COMMANDS } from "./pastCommands.js";
import { PEOPLE_COMMANDS } from "./peopleCommands.js";
import { TALK_COMMANDS } from "./talkCommands.js";

/** @typedef {import("./commandTable.js").Command} Command */
/** @typedef {import("./commandTable.js").Room} Room */

const ROWS_SHOWN_MAX = 200;

/** @param {Room} room @param {string} rest */
async function raw(room, rest) {
  let message;
  try {
    message = parse(rest);
  } catch (error) {
    if (!(error instanceof WireError)) {
      throw error;
    }
    room.tell(`/raw: ${printable(error.message)}`);
    return;
  }
  const answer = await room.chat.command(message.command, message.params, { tags: message.tags });
  // A numeric without its number and our nick; what is an event is shown as such.
  const told = answer
    .filter((line) => /^\d+$/.test(line.command))
    .map((line) => printable(line.params.slice(1).join(" ")))
    .filter(Boolean);
  told.slice(0, ROWS_SHOWN_MAX).forEach((words) => room.tell(words));
  if (told.length > ROWS_SHOWN_MAX) {
    room.tell(`and ${told.length - ROWS_SHOWN_MAX} more lines`);
  }
}

/** @param {Room} room @param {string} rest */
function showHelp(room, rest) {
  if (!rest) {
    room.showHelp();
    return;
  }
  const name = rest.replace(/^\//, "");
  const found = find(name, COMMANDS);
  const told = found === null ? [suggestion(name, COMMANDS)] : [`${found.usage}: ${found.summary}`, found.details];
  told.filter(Boolean).forEach((text) => room.tell(text));
}

/** All commands as the help shows them: family by family. @type {readonly Command[]} */
export const COMMANDS_IN_ORDER = [
  ...TALK_COMMANDS,
  ...PAST_COMMANDS,
  ...CHANNEL_COMMANDS,
  ...PEOPLE_COMMANDS,
  ...ACCOUNT_COMMANDS,
  command("/mute", "Mute this place, or hear it again", (room) => room.mute(), { offline: true }),
  command("/close", "Leave this place and take it off the list", (room) => room.close(), { offline: true }),
  command("/raw LINE", "Send a line to the server as it is", raw),
  command("/help [COMMAND]", "Show the keys and the commands, or more about one command", showHelp, { offline: true }),
  command("/quit", "Leave", (room) => room.leave(), { offline: true }),
];

/** @type {ReadonlyMap<string, Command>} */
export const COMMANDS = new Map(COMMANDS_IN_ORDER.map((entry) => [entry.name, entry]));

/** Run a line that begins with "/". @param {Room} room @param {string} line */
export function obey(room, line) {
  return obeyBy(room, line, COMMANDS);
}
