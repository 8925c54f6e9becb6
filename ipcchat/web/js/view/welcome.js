// The first question: who our user is. As a guest with one field; with an account, or a new one.
//
// Rules:
// 1. A mistake is said under its field, and what was typed stays. While the server is asked nothing is asked twice.
// 2. The password goes nowhere but to the host, and is kept nowhere. Who wants to stay logged in leaves his choice as it
//    is; on a device of others he takes it back.

import { NICK_MISTAKE, isNick } from "../text/nicks.js";
import { element } from "./element.js";
import { closeModal, field, openModal } from "./modal.js";

/** @typedef {Pick<import("./host.js").Host, "suggestedNick" | "maySignUp" | "joinAsGuest" | "logIn" | "signUp">} Door */
/** @typedef {"guest" | "logIn" | "signUp"} Way */

/** @type {Record<Way, {title: string, button: string}>} */
const WAYS = {
  guest: { title: "Welcome to IPC Chat", button: "Join" },
  logIn: { title: "Log in", button: "Log in" },
  signUp: { title: "Make an account", button: "Sign up" },
};

/**
 * @param {Door} host
 * @param {() => void} entered called when our user is there
 * @param {{way?: Way, told?: string}} [how] `told`: why he is asked
 */
export function openWelcome(host, entered, { way = "guest", told = "" } = {}) {
  const nick = field("Name", {
    id: "welcome-nick",
    name: "username",
    value: host.suggestedNick,
    placeholder: "how others see you",
    autocomplete: "username",
    autocapitalize: "none",
    spellcheck: "false",
    maxlength: 32,
    required: true,
  });
  const password = field("Password", {
    id: "welcome-password",
    name: "password",
    type: "password",
    autocomplete: way === "signUp" ? "new-password" : "current-password",
    maxlength: 300,
    required: true,
  });
  const address = field("E-mail address, if you want one on record", {
    id: "welcome-address",
    type: "email",
    autocomplete: "email",
    maxlength: 254,
  });
  const fields = { guest: [nick], logIn: [nick, password], signUp: [nick, password, address] }[way];
  const stays = element("input", { id: "welcome-stays", type: "checkbox", checked: true });
  const staying = element("label", { class: "choice", for: stays.id }, stays, "Stay logged in on this device");
  const button = element("button", { class: "primary" }, WAYS[way].button);
  const ask = () => {
    const name = nick.input.value.trim();
    if (way === "guest") return host.joinAsGuest(name);
    return way === "logIn"
      ? host.logIn(name, password.input.value, stays.checked)
      : host.signUp(name, password.input.value, address.input.value.trim(), stays.checked);
  };
  const submitted = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    nick.say(isNick(nick.input.value.trim()) ? "" : NICK_MISTAKE);
    if (!isNick(nick.input.value.trim()) || button.disabled) return;
    button.disabled = true;
    const mistake = await ask();
    button.disabled = false;
    if (mistake) (fields.at(way === "guest" ? 0 : 1) ?? nick).say(mistake);
    else {
      closeModal();
      entered();
    }
  };
  const shown = [...fields.map(({ root }) => root), ...(way === "guest" ? [] : [staying]), button];
  const form = element("form", { novalidate: true, onsubmit: submitted }, ...shown);
  const reason = element("p", { class: "mistake", role: "status", hidden: !told }, told);
  const content = [reason, form, othersOf(host, entered, way)];
  openModal(WAYS[way].title, content, { className: "small welcome", mustAnswer: true });
  nick.input.focus();
}

/**
 * The other ways in.
 * @param {Door} host
 * @param {() => void} entered
 * @param {Way} way
 */
function othersOf(host, entered, way) {
  /** @type {[Way, string][]} */
  const ways = [
    ["guest", "Join as a guest"],
    ["logIn", "I have an account"],
    ["signUp", "Make an account"],
  ];
  const shown = ways.filter(([other]) => other !== way && (other !== "signUp" || host.maySignUp));
  const buttons = shown.map(([other, label]) => {
    const chosen = () => openWelcome(host, entered, { way: other });
    return element("button", { type: "button", class: "link", onclick: chosen }, label);
  });
  return element("p", { class: "others" }, ...buttons);
}
