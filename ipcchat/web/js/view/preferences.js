// How our user wants it, kept in this browser.
//
// Rules:
// 1. A preference that cannot be read or is none of the choices is the first choice.
// 2. A browser that keeps nothing is no mistake: the choice holds until the page is closed.

const KEY = "ipc-chat.preferences";

/** The choices of each preference, the first by default. */
export const CHOICES = Object.freeze({
  theme: Object.freeze(["auto", "light", "dark"]),
  size: Object.freeze(["medium", "small", "large", "huge"]),
  joins: Object.freeze(["smart", "all", "none"]),
  notifications: Object.freeze(["off", "on"]),
  sound: Object.freeze(["off", "on"]),
  typing: Object.freeze(["on", "off"]),
});

/** @typedef {keyof typeof CHOICES} PreferenceName */

export class Preferences {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    /** @type {Map<string, string>} */
    this.chosen = new Map();
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
      this.chosen = new Map(Object.entries(kept ?? {}).map(([name, value]) => [name, String(value)]));
    } catch {
      // Rule 2: nothing is kept, or something else than we wrote.
    }
    this.apply();
  }

  /** @param {PreferenceName} name */
  get(name) {
    const chosen = this.chosen.get(name) ?? "";
    return CHOICES[name].includes(chosen) ? chosen : (CHOICES[name][0] ?? "");
  }

  /**
   * @param {PreferenceName} name
   * @param {string} value
   */
  set(name, value) {
    this.chosen.set(name, value);
    try {
      localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(this.chosen)));
    } catch {
      // Rule 2.
    }
    this.apply();
    this.changed();
  }

  /** The next choice of a preference. @param {PreferenceName} name */
  next(name) {
    const choices = CHOICES[name];
    const value = choices[(choices.indexOf(this.get(name)) + 1) % choices.length] ?? "";
    this.set(name, value);
    return value;
  }

  apply() {
    document.documentElement.dataset["theme"] = this.get("theme");
    document.documentElement.dataset["size"] = this.get("size");
  }
}
