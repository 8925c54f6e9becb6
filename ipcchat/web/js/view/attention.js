// What calls for our user while he looks elsewhere: the title and sign of the tab, notifications, a sound.
//
// Rules:
// 1. Nobody is notified while he looks at this page, of what is muted, or before he asked for it.
// 2. A notification shows the beginning of a message; at most one each BETWEEN_MS makes a sound.

import { calls } from "../model/desk.js";
import { startOf } from "../text/phrases.js";
import { printable } from "../text/printable.js";
import { byId } from "./element.js";

/** @typedef {import("../model/desk.js").Desk} Desk */
/** @typedef {import("../model/buffer.js").Buffer} Buffer */
/** @typedef {import("../model/entries.js").Said} Said */
/** @typedef {import("./preferences.js").Preferences} Preferences */

const BETWEEN_MS = 3_000;
const TONE_HERTZ = 660;
const TONE_SECONDS = 0.25;
const TONE_LOUDNESS = 0.08;
const COUNT_MAX = 999;

export class Attention {
  /**
   * @param {Preferences} preferences
   * @param {(buffer: Buffer, said: Said) => void} goTo
   */
  constructor(preferences, goTo) {
    this.preferences = preferences;
    this.goTo = goTo;
    this.sounded = 0;
    this.favicon = /** @type {HTMLLinkElement} */ (byId("favicon"));
  }

  /**
   * The tab says where we are and how much waits.
   * @param {Desk} desk
   */
  show(desk) {
    const waiting = desk.buffers().filter(calls);
    const count = waiting.reduce((sum, buffer) => sum + buffer.unread, 0);
    const name = desk.current === null ? "" : `${printable(desk.current.name)} — `;
    const title = `${count > 0 ? `(${count > COUNT_MAX ? `${COUNT_MAX}+` : count}) ` : ""}${name}IPC Chat`;
    if (document.title !== title) document.title = title;
    const isCalled = waiting.some((buffer) => buffer.mentions > 0);
    const file = isCalled ? "icon-mention.svg" : count > 0 ? "icon-unread.svg" : "icon.svg";
    if (this.favicon.getAttribute("href") !== file) this.favicon.setAttribute("href", file);
  }

  /**
   * Somebody calls for our user.
   * @param {Buffer} buffer
   * @param {Said} said
   */
  alert(buffer, said) {
    if (buffer.muted || (document.visibilityState === "visible" && document.hasFocus())) return;
    if (this.preferences.get("notifications") === "on") this.notify(buffer, said);
    if (this.preferences.get("sound") === "on") this.sound();
  }

  /**
   * @param {Buffer} buffer
   * @param {Said} said
   */
  notify(buffer, said) {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    const [nick, place] = [printable(said.message.nick), printable(buffer.name)];
    const title = nick === place ? nick : `${nick} in ${place}`;
    // The tag is the service worker's, too: what is pushed takes the place of this, without a sound.
    const tag = place.toLowerCase();
    const options = { body: startOf(said.message.text), tag, renotify: true, icon: "icon.svg" };
    const shown = new Notification(title, options);
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
      this.goTo(buffer, said);
    });
  }

  sound() {
    if (Date.now() - this.sounded < BETWEEN_MS) return;
    this.sounded = Date.now();
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.frequency.value = TONE_HERTZ;
    loudness.gain.setValueAtTime(TONE_LOUDNESS, audio.currentTime);
    loudness.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + TONE_SECONDS);
    tone.connect(loudness).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + TONE_SECONDS);
    tone.addEventListener("ended", () => void audio.close());
  }
}
