// Files that are dragged over the page: where they go is shown, and wherever they are dropped they go there.
//
// Rule: a browser that is left alone would open a dropped file in the place of the page; it never is, also where files
// cannot be sent.

import { element } from "./element.js";

/**
 * @param {HTMLElement} place what is covered while files are over the page
 * @param {{target: () => string, drop: (files: File[]) => void, refuse: (text: string) => void}} around
 *   `target` is what to say where they will go, "" where they cannot be taken
 */
export function listenForFiles(place, around) {
  const cover = element("div", { class: "drop-cover", hidden: true });
  place.append(cover);
  const isAboutFiles = (/** @type {DragEvent} */ { dataTransfer }) => dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragover", (event) => {
    if (!isAboutFiles(event) || event.dataTransfer === null) return;
    event.preventDefault();
    const target = around.target();
    event.dataTransfer.dropEffect = target ? "copy" : "none";
    cover.hidden = !target;
    if (cover.textContent !== target) cover.textContent = target;
  });
  addEventListener("dragleave", ({ relatedTarget }) => {
    if (relatedTarget === null) cover.hidden = true;
  });
  addEventListener("drop", (event) => {
    cover.hidden = true;
    if (!isAboutFiles(event) || event.dataTransfer === null) return;
    event.preventDefault();
    if (!around.target()) return around.refuse("Files cannot be sent here");
    const items = [...event.dataTransfer.items].filter(({ kind }) => kind === "file");
    const files = items.filter((item) => !item.webkitGetAsEntry()?.isDirectory).map((item) => item.getAsFile());
    if (files.length < items.length) around.refuse("Folders cannot be sent; choose the files in them");
    const found = files.filter((file) => file !== null);
    if (found.length > 0) around.drop(found);
  });
}
