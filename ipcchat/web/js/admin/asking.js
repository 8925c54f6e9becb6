// Dialogs of the admin page: a form that does something, said in words before it is done.
//
// Rules:
// 1. What a dangerous deed brings about stands above its button; it is asked for once.
// 2. What the server refuses is said in the dialog, and what was typed stays.

import { ChatError } from "../chat/errors.js";
import { printable } from "../text/printable.js";
import { byId, element } from "../view/element.js";
import { closeModal, field, openModal } from "../view/modal.js";

const TOAST_MS = 6_000;

/** @typedef {{name: string, label: string, value?: string, secret?: boolean, required?: boolean,
 *   choices?: readonly (readonly [string, string])[], max?: number}} Question */
/** @typedef {Record<string, string>} Typed what was typed, by the names of the questions */

/** Say something short, for a moment. @param {string} text */
export function flash(text) {
  const toast = element("p", {}, printable(text));
  byId("toasts").replaceChildren(toast);
  setTimeout(() => toast.remove(), TOAST_MS);
}

/** What to say about a refusal; what is none is a mistake of ours, and is thrown. @param {unknown} error */
export function reasonOf(error) {
  if (error instanceof ChatError) return printable(error.message);
  throw error;
}

/**
 * Ask, then do.
 * @param {{title: string, consequence?: string, questions?: readonly Question[], button: string, isDangerous?: boolean,
 *   deed: (typed: Typed) => Promise<string>}} how `deed` says what was done; it rejects with ChatError
 */
export function ask({ title, consequence = "", questions = [], button, isDangerous = false, deed }) {
  const fields = questions.map(fieldFor);
  const mistake = element("p", { class: "mistake", role: "alert" });
  const send = element("button", { class: isDangerous ? "primary danger-ground" : "primary" }, button);
  const submitted = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (send.disabled) return;
    send.disabled = true;
    mistake.textContent = "";
    try {
      const done = await deed(Object.fromEntries(fields.map(({ name, input }) => [name, input.value.trim()])));
      closeModal();
      flash(done);
    } catch (error) {
      send.disabled = false;
      mistake.textContent = reasonOf(error);
    }
  };
  const back = element("button", { type: "button", onclick: closeModal }, "Cancel");
  const buttons = element("div", { class: "buttons" }, back, send);
  const words = consequence ? element("p", { class: "consequence" }, printable(consequence)) : null;
  const form = element("form", { onsubmit: submitted }, words, ...fields.map(({ root }) => root), mistake, buttons);
  openModal(title, [form], { className: "small" });
  (fields[0]?.input ?? send).focus();
}

/** @param {Question} question */
function fieldFor({ name, label, value = "", secret = false, required = false, choices, max = 300 }) {
  const id = `ask-${name}`;
  if (choices === undefined) {
    const settings = { id, type: secret ? "password" : "text", autocomplete: "off", maxlength: max, value, required };
    return { name, ...field(label, settings) };
  }
  const options = choices.map(([each, text]) => element("option", { value: each }, printable(text)));
  const input = element("select", { id }, ...options);
  return { name, root: element("div", { class: "field" }, element("label", { for: id }, label), input), input };
}

/** A button that does something. @param {string} text @param {() => void} pressed @param {string} [className] */
export function action(text, pressed, className = "plain") {
  return element("button", { type: "button", class: className, onclick: pressed }, text);
}

/** Names with what belongs to them. @param {readonly (readonly [string, string | Node])[]} pairs */
export function facts(pairs) {
  const items = pairs.flatMap(([name, text]) => {
    return [element("dt", {}, name), element("dd", {}, typeof text === "string" ? printable(text) : text)];
  });
  return element("dl", { class: "facts" }, ...items);
}
