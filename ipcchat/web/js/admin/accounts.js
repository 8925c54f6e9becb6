// The accounts: those that are registered, suspended, or wait for their code.

import { printable } from "../text/printable.js";
import { element, isolated } from "../view/element.js";
import { openModal } from "../view/modal.js";
import { action, ask, facts, flash, reasonOf } from "./asking.js";
import { Section, opener } from "./section.js";
import { Table } from "./table.js";

/** @typedef {import("./answers.js").Account} Account */
/** @typedef {import("./section.js").Around} Around */

export class Accounts extends Section {
  /** @param {Around} around */
  constructor(around) {
    /** @type {Table<Account>} */
    const table = new Table({
      caption: "Accounts",
      find: "Name",
      ask: () => void this.load(),
      columns: [
        { title: "Account", by: ({ name }) => name, show: (row) => opener(row.name, () => this.show(row)) },
        { title: "Registered", by: ({ registered }) => registered, show: ({ registered }) => registered },
        { title: "State", by: ({ remarks }) => remarks, show: stateOf, wide: true },
      ],
    });
    super("Accounts", around, table.root);
    this.table = table;
    this.actions.append(action("Add an account", () => this.add()), action("Refresh", () => void this.load()));
  }

  async fill() {
    const { rows, more } = await this.server.accounts(this.table.words);
    this.table.show(rows, printable(more));
  }

  /** @param {Account} row */
  async show(row) {
    try {
      const sessions = await this.server.nickServ("SESSIONS", row.name);
      const list = sessions.map((text) => element("li", {}, printable(text)));
      const known = facts([["Registered", row.registered], ["State", row.remarks || "in use"]]);
      const shown = [element("h3", {}, "Sessions"), element("ul", { class: "lines" }, ...list)];
      openModal(printable(row.name), [known, ...shown, this.deeds(row)], { className: "tall" });
    } catch (error) {
      flash(reasonOf(error));
    }
  }

  /** @param {Account} row */
  deeds({ name, remarks }) {
    const suspended = /suspended by/.test(remarks);
    return element(
      "div",
      { class: "buttons" },
      action("Log out everywhere", () => this.logOut(name)),
      action("Reset password", () => this.resetPassword(name)),
      suspended ? action("Restore", () => this.restore(name)) : action("Suspend", () => this.suspend(name), "danger"),
      action("Delete", () => this.drop(name), "danger"),
    );
  }

  /** Let NickServ do it; it says what was done, or why not. @param {...string} words */
  async done(...words) {
    const told = await this.server.nickServ(...words);
    void this.load();
    return told.join(" ");
  }

  add() {
    ask({
      title: "Add an account",
      consequence: "Tell the password to nobody but its owner, who changes it with /msg NickServ PASSWD.",
      questions: [
        { name: "account", label: "Name", required: true, max: 64 },
        { name: "password", label: "Password", required: true, secret: true },
      ],
      button: "Add",
      deed: ({ account = "", password = "" }) => this.done("SAREGISTER", account, password),
    });
  }

  /** @param {string} name */
  suspend(name) {
    ask({
      title: "Suspend",
      consequence: `Who is logged in to ${name} is cut off, and nobody can log in to it until that ends.`,
      questions: [
        { name: "duration", label: "For how long (30m, 12h, 7d; nothing: until it is restored)", max: 20 },
        { name: "reason", label: "Reason, which its owner sees", max: 200 },
      ],
      button: "Suspend",
      isDangerous: true,
      deed: ({ duration = "", reason = "" }) => this.done("SUSPEND", name, duration, reason),
    });
  }

  /** @param {string} name */
  restore(name) {
    ask({
      title: "Restore",
      consequence: `${name} may be used again.`,
      button: "Restore",
      deed: () => this.done("UNSUSPEND", name),
    });
  }

  /** @param {string} name */
  resetPassword(name) {
    ask({
      title: "Reset the password",
      consequence: `Who is logged in to ${name} is cut off, and logs in again with this password.`,
      questions: [{ name: "password", label: "New password", required: true, secret: true }],
      button: "Reset",
      isDangerous: true,
      deed: ({ password = "" }) => this.done("RESETPASS", name, password),
    });
  }

  /** @param {string} name */
  logOut(name) {
    ask({
      title: "Log out everywhere",
      consequence: `All connections of ${name} end, and browsers ask for the password again.`,
      button: "Log out",
      isDangerous: true,
      deed: () => this.done("SALOGOUT", name),
    });
  }

  /** @param {string} name */
  drop(name) {
    ask({
      title: "Delete the account",
      consequence: `${name} is gone for good, with its nicks and the registrations of its channels.`,
      button: "Delete",
      isDangerous: true,
      deed: async () => {
        const told = await this.server.confirmed("NS", "SADROP", name);
        void this.load();
        return told.join(" ");
      },
    });
  }
}

/** @param {Account} row */
function stateOf({ remarks }) {
  return isolated(printable(remarks || "in use"));
}
