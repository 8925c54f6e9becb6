// The keys: one table of everything that a key can do, for what is heard, and for help.
//
// Rules:
// 1. The actions and their names are those of the terminal client. Keys that a browser keeps for itself (Ctrl+W, T, N,
//    Tab) or that people expect to be the browser's (Ctrl+P, A, E, R, L, Alt+Left) are left to it.
// 2. In one place a key does one thing. What a place does not know is looked up in "everywhere".
// 3. While an input method composes a text no key is an action.
// 4. Letters with Alt are known by where they are on the keyboard: with Alt held they type other characters on a Mac.

/** @typedef {"everywhere" | "composer" | "timeline" | "list"} Where */

/**
 * @typedef {object} Action
 * @property {string} name
 * @property {readonly string[]} keys
 * @property {string} summary
 * @property {string} group
 * @property {Where} where
 */

/**
 * @param {string} name
 * @param {string} keys with spaces between them
 * @param {string} summary
 * @param {string} group
 * @param {Where} [where]
 * @returns {Action}
 */
function action(name, keys, summary, group, where = "everywhere") {
  return Object.freeze({ name, keys: keys.split(" "), summary, group, where });
}

export const ACTIONS = Object.freeze([
  action("switcher", "ctrl+k", "Go to a channel or person by name", "Moving"),
  action("previous_buffer", "alt+up", "The place above in the list", "Moving"),
  action("next_buffer", "alt+down", "The place below in the list", "Moving"),
  action("next_unread", "alt+a alt+shift+down", "The next unread place, mentions first", "Moving"),
  action("previous_unread", "alt+shift+up", "The unread place above in the list", "Moving"),
  action("last_buffer", "alt+/", "Back to where you were before", "Moving"),
  action(
    "numbered_buffer",
    "alt+1 alt+2 alt+3 alt+4 alt+5 alt+6 alt+7 alt+8 alt+9",
    "The place with this number in the list",
    "Moving",
  ),
  action("scroll_up", "pageup", "A page up; older messages are loaded as you go", "Reading"),
  action("scroll_down", "pagedown", "A page down", "Reading"),
  action("oldest", "ctrl+home", "The oldest message that is loaded", "Reading"),
  action("bottom", "ctrl+end escape", "The latest message; all is read", "Reading"),
  action("unread_line", "alt+u", "The line above what you have not read", "Reading"),
  action("next_mention", "alt+n", "The next message that mentions you", "Reading"),
  action("previous_mention", "alt+p", "The message before that mentions you", "Reading"),
  action("search", "ctrl+f", "Search all that was said", "Reading"),
  action("mute", "alt+m", "Mute this place, or hear it again", "Reading"),
  action("focus_message", "alt+s", "Select a message, to answer it and more", "Messages"),
  action("focus_previous", "up k", "The message above", "Messages", "timeline"),
  action("focus_next", "down j", "The message below", "Messages", "timeline"),
  action("reply", "r", "Answer it", "Messages", "timeline"),
  action("react", "+ =", "React to it with a sign", "Messages", "timeline"),
  action("edit", "e", "Change it, when it is yours", "Messages", "timeline"),
  action("delete", "delete d", "Delete it", "Messages", "timeline"),
  action("copy", "c y", "Copy its text", "Messages", "timeline"),
  action("copy_link", "l", "Copy a link to it", "Messages", "timeline"),
  action("pin", "p", "Pin it, or take the pin away", "Messages", "timeline"),
  action("open", "enter", "Go to what it answers, or open its link", "Messages", "timeline"),
  action("open_link", "o", "Open its link in a new tab", "Messages", "timeline"),
  action("resend", "s", "Send it again, when it failed", "Messages", "timeline"),
  action("help", "?", "These keys, and the commands", "Messages", "timeline"),
  action("leave_message", "escape", "Back to typing", "Messages", "timeline"),
  action("list_previous", "up", "The one above", "Moving", "list"),
  action("list_next", "down", "The one below", "Moving", "list"),
  action("list_page_up", "pageup", "Several up", "Moving", "list"),
  action("list_page_down", "pagedown", "Several down", "Moving", "list"),
  action("list_choose", "enter", "Take it", "Moving", "list"),
  action("send", "enter", "Send", "Typing", "composer"),
  action("newline", "shift+enter alt+enter", "Begin a new line", "Typing", "composer"),
  action("complete", "tab", "Complete what is typed; again: the next choice", "Typing", "composer"),
  action("complete_back", "shift+tab", "The completion before", "Typing", "composer"),
  action("edit_last", "up", "In an empty field: change the last message you wrote here", "Typing", "composer"),
  action("focus_from_empty", "shift+up", "In an empty field: select a message", "Typing", "composer"),
  action("history_previous", "ctrl+up", "What you sent before", "Typing", "composer"),
  action("history_next", "ctrl+down", "What you sent after that", "Typing", "composer"),
  action("cancel", "escape", "Close the choices, or give up an answer", "Typing", "composer"),
  action("fold_channels", "f7", "Hide or show the channels", "Panes"),
  action("fold_members", "f8", "Hide or show the people", "Panes"),
  action("theme", "alt+t", "Light, dark, or as your system has it", "Panes"),
  action("help", "f1 alt+h", "These keys, and the commands", "Program"),
  action("reconnect", "alt+r", "Try to connect now", "Program"),
]);

/** @type {Map<string, {action: Action, number: number}>} */
const MEANINGS = new Map();
for (const row of ACTIONS) {
  row.keys.forEach((key, index) => MEANINGS.set(`${row.where} ${key}`, { action: row, number: index + 1 }));
}

const NAMED = new Map([
  ["ArrowUp", "up"],
  ["ArrowDown", "down"],
  ["ArrowLeft", "left"],
  ["ArrowRight", "right"],
]);
const IS_MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);
const SHOWN = new Map([
  ["ctrl", IS_MAC ? "⌘" : "Ctrl"],
  ["alt", IS_MAC ? "⌥" : "Alt"],
  ["pageup", "Page Up"],
  ["pagedown", "Page Down"],
]);

/**
 * A key as the table names it: "alt+shift+up".
 * @param {KeyboardEvent} event
 */
export function keyOf(event) {
  const code = event.altKey ? /^(?:Key|Digit)(.)$/.exec(event.code)?.[1] : undefined;
  const name = (code ?? NAMED.get(event.key) ?? event.key).toLowerCase();
  const control = event.ctrlKey || (IS_MAC && event.metaKey);
  const shift = event.shiftKey && (name.length > 1 || event.altKey || control);
  return `${control ? "ctrl+" : ""}${event.altKey ? "alt+" : ""}${shift ? "shift+" : ""}${name}`;
}

/**
 * What a key does in a place, or everywhere; null for nothing. `number`: by which of the action's keys, from 1.
 * @param {KeyboardEvent} event
 * @param {Where} where
 */
export function meaningOf(event, where) {
  if (event.isComposing || event.getModifierState("AltGraph")) return null;
  return MEANINGS.get(`${where} ${keyOf(event)}`) ?? null;
}

/**
 * A key for people: "Alt+Shift+Up".
 * @param {string} key
 */
export function shownKey(key) {
  const shown = (/** @type {string} */ part) => SHOWN.get(part) ?? part[0]?.toUpperCase() + part.slice(1);
  return key.length === 1 ? key : key.split("+").map(shown).join("+");
}

/**
 * The keys of an action for people.
 * @param {Action} row
 */
export function shownKeys(row) {
  const shown = row.keys.map(shownKey);
  return shown.length > 2 ? `${shown[0]} … ${shown.at(-1)}` : shown.join(", ");
}

/**
 * The first key of an action for people, for a tooltip.
 * @param {string} name
 */
export function hintOf(name) {
  const row = ACTIONS.find((found) => found.name === name);
  return shownKey(row?.keys[0] ?? "");
}
