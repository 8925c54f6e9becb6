// A question whose answer is typed without being shown.

import { element } from "./element.js";
import { closeModal, field, openModal } from "./modal.js";

/** What was typed; "" when our user would rather not. @param {string} question @returns {Promise<string>} */
export function askSecret(question) {
  return new Promise((resolve) => {
    const secret = field(question, { id: "secret", type: "password", autocomplete: "current-password", maxlength: 300 });
    const submitted = (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      resolve(secret.input.value);
      closeModal();
    };
    const button = element("button", { class: "primary" }, "OK");
    const form = element("form", { onsubmit: submitted }, secret.root, button);
    openModal("A password", [form], { className: "small" });
    form.closest("dialog")?.addEventListener("close", () => resolve(""));
    secret.input.focus();
  });
}
