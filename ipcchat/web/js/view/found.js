// Messages of the past in a dialog, to read and to jump to.

import { ListField } from "./listModal.js";
import { closeModal, openModal } from "./modal.js";
import { drawFound } from "./search.js";

/** @typedef {import("./host.js").Found} Found */

/** @param {string} title @param {readonly Found[]} found the latest first @param {(found: Found) => void} jump */
export function openFound(title, found, jump) {
  const has = (/** @type {Found} */ { said }, /** @type {string} */ words) =>
    `${said.message.nick} ${said.message.text}`.toLowerCase().includes(words.toLowerCase());
  const chosen = (/** @type {Found} */ item) => {
    closeModal();
    jump(item);
  };
  const list = new ListField("Narrow it down", drawFound, chosen, (words) => {
    const left = found.filter((item) => has(item, words));
    list.show(left, `${left.length} of ${found.length}`);
  });
  openModal(title, [list.field, list.list, list.status], { className: "tall" });
  list.show(found, `${found.length} messages`);
  list.field.focus();
}
