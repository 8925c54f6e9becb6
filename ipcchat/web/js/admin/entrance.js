// Coming to the admin page: as who our user is already in this browser, else by name and password; then as an operator.
//
// Rules:
// 1. It is a client like every other, in no channel. Whether somebody is an operator is asked of the server (PRIVS).
// 2. An operator's password goes nowhere but into OPER, and is kept nowhere.

import { ChatError, CommandRefused } from "../chat/errors.js";
import { connect } from "../chat/chat.js";
import { Kept } from "../kept.js";
import { NOT_KEPT, isRefused, stay } from "../remembering.js";
import { dropLogin, keptLogin } from "../staying.js";
import { printable } from "../text/printable.js";
import { element } from "../view/element.js";
import { closeModal, field, openModal } from "../view/modal.js";
import { openWelcome } from "../view/welcome.js";
import { reasonOf } from "./asking.js";
import { Server } from "./server.js";

/** @typedef {import("../chat/chat.js").Chat} Chat */
/** @typedef {import("../chat/running.js").Options} Options */

const NO_OPERATOR = "481";

export class Entrance {
  /** @param {string} url @param {(chat: Chat) => void} entered */
  constructor(url, entered) {
    this.url = url;
    this.entered = entered;
    this.suggestedNick = new Kept().nick;
    this.maySignUp = false;
    /** @type {Chat | null} */
    this.chat = null;
  }

  async begin() {
    const kept = keptLogin();
    if (kept === null) return this.ask("");
    const mistake = await this.enter({ ...kept, url: this.url, nick: this.suggestedNick || kept.account });
    if (mistake) this.ask(mistake);
    else this.goOn();
  }

  /** @param {string} told why */
  ask(told) {
    openWelcome(this, () => this.goOn(), { way: "logIn", told });
  }

  goOn() {
    if (this.chat !== null) this.entered(this.chat);
  }

  // What the first question asks for, as in js/view/host.js.

  /** @param {string} nick */
  joinAsGuest(nick) {
    return this.enter({ url: this.url, nick });
  }

  /** @param {string} account @param {string} password @param {boolean} stays */
  async logIn(account, password, stays) {
    const mistake = await this.enter({ url: this.url, nick: account, account, password });
    if (!mistake && this.chat !== null) await stay(this.chat, stays);
    return mistake;
  }

  async signUp() {
    return "Accounts are made in the chat";
  }

  /** @param {Options} options */
  async enter(options) {
    void this.chat?.close();
    const chat = connect(options);
    this.chat = chat;
    try {
      await chat.ready;
      return "";
    } catch (error) {
      if (!options.token || !isRefused(error)) return reasonOf(error);
      dropLogin();
      return NOT_KEPT;
    }
  }
}

/**
 * What our user may do; he is asked for an operator's name and password while he is none.
 * @param {Server} server @returns {Promise<ReadonlySet<string>>} Rejects with ChatError.
 */
export async function privilegesOf(server) {
  try {
    return await server.privileges();
  } catch (error) {
    if (!(error instanceof CommandRefused) || error.code !== NO_OPERATOR) throw error;
    await becomeOperator(server);
    return server.privileges();
  }
}

/** Ask until he is one. @param {Server} server @returns {Promise<void>} */
function becomeOperator(server) {
  return new Promise((resolve) => {
    const name = field("Operator name", {
      id: "oper-name", autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: 64, required: true,
    });
    const password = field("Operator password", {
      id: "oper-password", type: "password", autocomplete: "off", maxlength: 300,
    });
    const button = element("button", { class: "primary" }, "Go on");
    const submitted = async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      const mistake = await tried(server, name.input.value.trim(), password.input.value);
      button.disabled = false;
      password.say(mistake);
      if (mistake) return;
      closeModal();
      resolve();
    };
    const nick = printable(server.chat.nick);
    const words = element("p", {}, `You are ${nick}, and no operator of this network. This page is for operators.`);
    const back = element("p", { class: "others" }, element("a", { href: "./" }, "Back to the chat"));
    const form = element("form", { novalidate: true, onsubmit: submitted }, name.root, password.root, button);
    openModal("For operators", [words, form, back], { className: "small welcome", mustAnswer: true });
    name.input.focus();
  });
}

/** Why OPER did not work; "" when it did. @param {Server} server @param {string} name @param {string} password */
async function tried(server, name, password) {
  if (!name || /\s/.test(name)) return "The name of an operator is one word";
  try {
    await server.becomeOperator(name, password);
    return "";
  } catch (error) {
    if (error instanceof ChatError) return printable(error.message);
    throw error;
  }
}
