// A text as elements: formatting, code, links and names.
//
// Rules:
// 1. Text becomes text nodes, whatever stands in it. A link leads where SCHEMES allow, in a tab of its own, and tells
//    nothing of where it was found.
// 2. Nothing is loaded for a link; the files of our own server have ownFiles.js.
// 3. Colours that others chose are moved until they can be read.

import { isCut, linesOf } from "../text/formatting.js";
import { colourNumber } from "../text/nicks.js";
import { onTheme, readable } from "./colours.js";
import { element } from "./element.js";

/** @typedef {import("../text/formatting.js").Line} Line */
/** @typedef {import("../text/formatting.js").Span} Span */
/** @typedef {import("../text/formatting.js").Knows} Knows */

const SCHEMES = /^(?:https?:\/\/|ircs?:\/\/|mailto:)/i;
// What is written with, where only the ground has a colour of its own.
const INK = "#000000";

/**
 * The class of a nick's colour.
 * @param {string} nick
 */
export function nickClass(nick) {
  return `nick-${colourNumber(nick)}`;
}

/**
 * A text in all its lines, and the pictures it names.
 * @param {string} text
 * @param {Knows | null} knows
 */
export function textOf(text, knows) {
  const lines = linesOf(text, knows);
  const drawn = document.createDocumentFragment();
  for (let place = 0; place < lines.length; place += 1) {
    const line = lines[place];
    if (line?.block) {
      const block = [];
      for (; lines[place]?.block; place += 1) block.push(lines[place]?.spans.map((span) => span.text).join(""));
      place -= 1;
      drawn.append(element("pre", { tabindex: 0, "aria-label": "Code" }, element("code", {}, block.join("\n"))));
    } else {
      drawn.append(element("p", {}, ...(line?.spans ?? []).map(spanOf)));
    }
  }
  if (!drawn.textContent?.trim()) drawn.replaceChildren(element("p", { class: "aside" }, "(nothing that can be seen)"));
  if (isCut(text)) {
    drawn.append(element("p", { class: "aside" }, "… cut here: it is too long to show; copy the message to see all"));
  }
  return drawn;
}

/**
 * A text in one line.
 * @param {readonly Span[]} spans
 */
export function spansIn(spans) {
  return spans.map(spanOf);
}

/**
 * Where the links of a text lead, in their order.
 * @param {string} text
 */
export function linksOf(text) {
  const links = linesOf(text).flatMap((line) => line.spans.map((span) => span.marks.url ?? ""));
  return links.filter((url) => SCHEMES.test(url));
}

/**
 * @param {Span} span
 * @returns {Node}
 */
function spanOf({ text, marks }) {
  const names = ["bold", "italic", "underline", "strike", "reverse"].filter((name) => Object.hasOwn(marks, name));
  if (marks.url && SCHEMES.test(marks.url)) {
    const settings = { class: names.join(" ") || null, href: marks.url, target: "_blank", rel: "noopener noreferrer" };
    return element("a", settings, text);
  }
  if (marks.channel)
    return element("button", { type: "button", class: "place-link", "data-channel": marks.channel }, text);
  if (marks.nick) {
    return element(
      "button",
      { type: "button", class: `nick-link ${nickClass(marks.nick)}`, "data-nick": marks.nick },
      text,
    );
  }
  if (marks.code) return element("code", {}, text.replace(/^(`+)([^]*)\1$/, "$2"));
  if (names.length === 0 && !marks.front && !marks.back) return document.createTextNode(text);
  const drawn = element("span", { class: names.join(" ") || null }, text);
  if (marks.back) drawn.style.setProperty("background-color", marks.back);
  if (marks.back) drawn.style.setProperty("color", readable(marks.front ?? INK, marks.back));
  else if (marks.front) drawn.style.setProperty("color", onTheme(marks.front));
  return drawn;
}
