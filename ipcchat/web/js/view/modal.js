// A dialog: the browser's own, with a title, a way to close it, and the focus back where it was.
//
// Rules:
// 1. One dialog is open at a time; opening another closes it.
// 2. Escape, the cross and a click beside it close it, unless it must be answered.

import { element, iconButton } from "./element.js";

/** @type {{dialog: HTMLDialogElement, before: Element | null} | null} */
let open = null;

/** Whether a dialog is open. */
export function isModalOpen() {
  return open !== null;
}

/** Close the dialog that is open; at once, so that who closes it may give the focus to something else. */
export function closeModal() {
  if (open === null) return;
  const { dialog, before } = open;
  open = null;
  dialog.close();
  dialog.remove();
  if (before instanceof HTMLElement && before.isConnected) before.focus();
}

/**
 * @param {string} title
 * @param {Node[]} content
 * @param {{className?: string, mustAnswer?: boolean}} [settings]
 */
export function openModal(title, content, { className = "", mustAnswer = false } = {}) {
  closeModal();
  const before = document.activeElement;
  const cross = mustAnswer ? null : iconButton("close", "Close", closeModal);
  const heading = element("h2", { id: "modal-title" }, title);
  const head = element("header", {}, heading, cross);
  const dialog = element("dialog", { class: className, "aria-labelledby": "modal-title" }, head, ...content);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (!mustAnswer) closeModal();
  });
  // A browser closes a dialog at a second Escape whatever is prevented; one that must be answered comes back.
  dialog.addEventListener("close", () => {
    if (open?.dialog !== dialog) return;
    if (mustAnswer) dialog.showModal();
    else closeModal();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog && !mustAnswer) closeModal();
  });
  document.body.append(dialog);
  open = { dialog, before };
  dialog.showModal();
}

/**
 * A labelled field of a form, with a line for what is wrong with it.
 * @param {string} label
 * @param {Record<string, import("./element.js").Setting>} settings of the input; it needs an id
 */
export function field(label, settings) {
  const mistake = element("p", { class: "mistake", id: `${settings["id"]}-mistake`, role: "alert" });
  const input = element("input", { ...settings, "aria-describedby": mistake.id });
  const root = element(
    "div",
    { class: "field" },
    element("label", { for: String(settings["id"]) }, label),
    input,
    mistake,
  );
  const say = (/** @type {string} */ text) => {
    mistake.textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  return { root, input, say };
}
