// The settings: how it looks, what is shown, what makes itself heard.

import { element } from "./element.js";
import { closeModal, openModal } from "./modal.js";
import { CHOICES } from "./preferences.js";

/** @typedef {import("./preferences.js").Preferences} Preferences */
/** @typedef {import("./preferences.js").PreferenceName} PreferenceName */

/** @type {readonly [PreferenceName, string, Record<string, string>][]} */
const ROWS = [
  ["theme", "Colours", { auto: "Like your system", light: "Light", dark: "Dark" }],
  ["size", "Size of text", { small: "Small", medium: "Medium", large: "Large", huge: "Very large" }],
  ["joins", "Who comes and goes", { smart: "Who talks here", all: "Everybody", none: "Nobody" }],
  ["notifications", "Notifications of mentions and private messages", { off: "Off", on: "On" }],
  ["sound", "A sound with them", { off: "Off", on: "On" }],
  ["typing", "Let others see that you type", { on: "Yes", off: "No" }],
];
const BLOCKED = "Your browser blocks notifications of this page. Allow them beside the address, then choose again.";

/**
 * @param {Preferences} preferences
 * @param {Pick<import("./host.js").Host, "logOut" | "isOperator" | "push">} host
 */
export function openSettings(preferences, host) {
  const mistake = element("p", { class: "mistake", role: "alert" });
  const rows = ROWS.map(([name, label, words]) => rowOf(preferences, name, label, words, mistake));
  const push = element("div", {});
  void host.push().then((found) => push.append(...pushRow(found, mistake)));
  const leave = () => {
    closeModal();
    host.logOut();
  };
  const link = element("a", { href: "admin" }, "Administration of the server");
  const administration = element("p", { hidden: true }, link);
  void host.isOperator().then((isOne) => {
    administration.hidden = !isOne;
  });
  const buttons = element(
    "div",
    { class: "buttons" },
    element("button", { type: "button", class: "danger", onclick: leave }, "Log out"),
    element("button", { type: "button", class: "primary", onclick: closeModal }, "Done"),
  );
  openModal("Settings", [...rows, push, administration, mistake, buttons]);
}

/**
 * @param {Preferences} preferences
 * @param {PreferenceName} name
 * @param {string} label
 * @param {Record<string, string>} words
 * @param {HTMLElement} mistake
 */
function rowOf(preferences, name, label, words, mistake) {
  const id = `preference-${name}`;
  const options = Object.entries(words)
    .filter(([value]) => CHOICES[name].includes(value))
    .map(([value, text]) => element("option", { value, selected: preferences.get(name) === value }, text));
  const changed = async () => {
    mistake.textContent = "";
    if (name === "notifications" && select.value === "on" && !(await mayNotify())) {
      select.value = "off";
      mistake.textContent = BLOCKED;
    }
    preferences.set(name, select.value);
  };
  const select = element("select", { id, onchange: () => void changed() }, ...options);
  return element("div", { class: "setting" }, element("label", { for: id }, label), select);
}

/** Ask our user's browser whether we may notify him. */
async function mayNotify() {
  return "Notification" in window && (await Notification.requestPermission()) === "granted";
}

/**
 * Push: on and off at once, and why it cannot be.
 * @param {import("../push.js").Push} push
 * @param {HTMLElement} mistake
 */
function pushRow(push, mistake) {
  const id = "setting-push";
  const { problem } = push;
  const changed = async () => {
    mistake.textContent = "";
    select.disabled = true;
    if (select.value === "on") mistake.textContent = await push.on();
    else await push.off();
    select.value = push.isOn ? "on" : "off";
    select.disabled = false;
  };
  const options = [["off", "Off"], ["on", "On"]].map(([value = "", text = ""]) =>
    element("option", { value, selected: (value === "on") === push.isOn }, text),
  );
  const select = element("select", { id, disabled: problem !== "", onchange: () => void changed() }, ...options);
  const label = element("label", { for: id }, "Notify me when I am away (push)");
  const why = element("p", { class: "hint", hidden: problem === "" }, problem);
  return [element("div", { class: "setting" }, label, select), why];
}
