// Elements, made and found by script.
//
// Rule: whatever others wrote goes into text nodes. An attribute is one that this file's callers name; handlers are
// functions, never text.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {string | number | boolean | null | ((event: any) => void)} Setting any: each handler knows its event */

/**
 * An element with attributes (false and null: without it; "on..." is a listener) and children.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, Setting>} [settings]
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, settings = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === "function") made.addEventListener(name.slice("on".length), value);
    else if (value !== false && value !== null) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/**
 * The element of index.html with this id. Throws when there is none: then page and script do not belong together.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no element called ${id}`);
  return /** @type {T} */ (found);
}

/**
 * A name or text of others, which must not turn what stands around it.
 * @param {string} text
 * @param {string} [className]
 */
export function isolated(text, className = "") {
  return element("bdi", { class: className || null }, text);
}

// Icons of 24 by 24, drawn as lines.
const ICONS = Object.freeze({
  menu: "M4 7h16M4 12h16M4 17h16",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20a6 6 0 0 1 12 0M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14a6 6 0 0 1 3 6",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
  send: "M5 12h14M13 6l6 6-6 6",
  attach: "M20 11.5l-8.2 8.2a5 5 0 0 1-7.1-7.1l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4l7.8-7.8",
  again: "M4.5 12a7.5 7.5 0 1 1 2.3 5.4M4 20v-4.5h4.5",
  file: "M7 3h7l5 5v13H7zM14 3v5h5",
  download: "M12 4v11M7 10l5 5 5-5M5 20h14",
  settings: "M4 8h9M17 8h3M4 16h3M11 16h9M15 6v4M9 14v4",
  help: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5v.5",
  close: "M6 6l12 12M18 6 6 18",
  reply: "M10 6 4 12l6 6M4 12h10a6 6 0 0 1 6 6",
  react: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14a4 4 0 0 0 7 0M9 9.5v.5M15 9.5v.5",
  edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  delete: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  pin: "M9 4h6l-1 6 3 3H7l3-3zM12 13v7",
  mute: "M5 10v4h3l4 4V6L8 10zM16 9.5l5 5M21 9.5l-5 5",
  down: "M12 5v14M6 13l6 6 6-6",
  leave: "M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9",
});

/** @typedef {keyof typeof ICONS} IconName */

/**
 * An icon; what it means is said by the label of its button.
 * @param {IconName} name
 */
export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  drawing.setAttribute("class", "icon");
  path.setAttribute("d", ICONS[name]);
  drawing.append(path);
  return drawing;
}

/**
 * A button that is an icon.
 * @param {IconName} name
 * @param {string} label what it does, for the tooltip and for who cannot see it
 * @param {(event: MouseEvent) => void} pressed
 * @param {Record<string, Setting>} [settings]
 */
export function iconButton(name, label, pressed, settings = {}) {
  const known = { type: "button", class: "icon-button", title: label, "aria-label": label, onclick: pressed };
  return element("button", { ...known, ...settings }, icon(name));
}
