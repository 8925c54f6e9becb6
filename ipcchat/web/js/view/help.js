// Help: all keys, and all commands. Rule: everything is made from the tables; nothing in them is left out.

import { element } from "./element.js";
import { ACTIONS, shownKeys } from "./keymap.js";
import { openModal } from "./modal.js";

const IN_PLACES = new Map([
  ["timeline", ", while one is selected"],
  ["list", ", in lists"],
]);

/** @param {readonly {usage: string, summary: string}[]} commands */
export function openHelp(commands) {
  /** @type {Map<string, [string, string][]>} */
  const sections = new Map();
  for (const action of ACTIONS) {
    const title = `${action.group}${IN_PLACES.get(action.where) ?? ""}`;
    sections.set(title, [...(sections.get(title) ?? []), [shownKeys(action), action.summary]]);
  }
  if (commands.length > 0)
    sections.set(
      "Commands",
      commands.map(({ usage, summary }) => [usage, summary]),
    );
  const drawn = [...sections].map(([title, rows]) => {
    const list = rows.flatMap(([keys, what]) => [element("dt", {}, element("kbd", {}, keys)), element("dd", {}, what)]);
    return element("section", {}, element("h3", {}, title), element("dl", {}, ...list));
  });
  const body = element(
    "div",
    { class: "help", tabindex: 0, role: "group", "aria-label": "Keys and commands" },
    ...drawn,
  );
  openModal("Keys and commands", [body], { className: "wide" });
}
