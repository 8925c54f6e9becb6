// The people who are here: who they are, and putting them off.

import { printable } from "../text/printable.js";
import { element, isolated } from "../view/element.js";
import { closeModal, openModal } from "../view/modal.js";
import { duration } from "./amounts.js";
import { action, ask, facts, flash, reasonOf } from "./asking.js";
import { Section, opener } from "./section.js";
import { Table } from "./table.js";

/** @typedef {import("./answers.js").Here} Here */
/** @typedef {import("./section.js").Around} Around */
/** @typedef {import("../chat/results.js").Whois} Whois */

const NEEDS_FORCE = /say FORCE/;

export class People extends Section {
  /** @param {Around} around */
  constructor(around) {
    /** @type {Table<Here>} */
    const table = new Table({
      caption: "Users",
      find: "Nick, account, host or real name",
      ask: () => void this.load(),
      columns: [
        { title: "Nick", by: ({ nick }) => nick, show: (row) => this.opener(row) },
        { title: "Account", by: ({ account }) => account, show: ({ account }) => isolated(printable(account)) },
        { title: "From", by: ({ address, host }) => address || host, show: fromOf },
        { title: "Since", by: ({ since }) => -(since ?? Infinity), show: ({ since }) => ageOf(since) },
        { title: "Idle", by: ({ idleSeconds }) => idleSeconds, show: ({ idleSeconds }) => duration(idleSeconds) },
        { title: "Sessions", by: ({ sessions }) => sessions ?? 0, show: ({ sessions }) => String(sessions ?? 0) },
        { title: "Real name", by: ({ realname }) => realname, show: realnameOf, wide: true },
      ],
    });
    super("Users", around, table.root);
    this.table = table;
    this.actions.append(action("Refresh", () => void this.load()));
  }

  async fill() {
    const { rows, more } = await this.server.people(this.table.words);
    this.table.show(rows, printable(more));
  }

  /** @param {Here} row */
  opener(row) {
    const cell = document.createDocumentFragment();
    cell.append(opener(row.nick, () => this.show(row)));
    cell.append(row.operator ? " (operator)" : "");
    return cell;
  }

  /** Everything about somebody, and what can be done. @param {Here} row */
  async show(row) {
    try {
      const { whois, sessions } = await this.server.person(row.nick, this.may("accounts"));
      const list = sessions.map((text) => element("li", {}, printable(text)));
      const shown = [element("h3", {}, "Sessions"), element("ul", { class: "lines" }, ...list)];
      const content = [described(row, whois), ...(list.length > 0 ? shown : []), this.deeds(row)];
      openModal(printable(row.nick), content, { className: "tall" });
    } catch (error) {
      flash(reasonOf(error));
    }
  }

  /** @param {Here} row */
  deeds({ nick, account }) {
    const buttons = element("div", { class: "buttons" });
    if (account && this.may("accounts")) buttons.append(action("Log out everywhere", () => this.logOut(nick, account)));
    if (this.may("ban")) buttons.append(action("Ban", () => void this.ban(nick), "danger"));
    if (this.may("kill")) buttons.append(action("Put off", () => this.kill(nick), "danger"));
    return buttons;
  }

  /** @param {string} nick */
  kill(nick) {
    ask({
      title: "Put off",
      consequence: `All connections of ${nick} end. Coming back at once is possible; a ban prevents that.`,
      questions: [{ name: "reason", label: "Reason, which everybody sees", max: 200 }],
      button: "Put off",
      isDangerous: true,
      deed: async ({ reason = "" }) => {
        await this.server.kill(nick, reason);
        void this.load();
        return `${nick} was put off`;
      },
    });
  }

  /** @param {string} nick */
  async ban(nick) {
    try {
      const targets = await this.server.banTargets(nick);
      const choices = targets.map(([target, what]) => /** @type {const} */ ([target, `${target} (${what})`]));
      closeModal();
      askForBan(this.server, { title: `Ban ${printable(nick)}`, choices, done: () => void this.load() });
    } catch (error) {
      flash(reasonOf(error));
    }
  }

  /** @param {string} nick @param {string} account */
  logOut(nick, account) {
    ask({
      title: "Log out everywhere",
      consequence: `All connections of the account ${account} end, and browsers ask for the password again.`,
      button: "Log out",
      isDangerous: true,
      deed: async () => {
        const told = (await this.server.nickServ("SALOGOUT", account)).join(" ");
        void this.load();
        return told || `${nick} is logged out`;
      },
    });
  }
}

/**
 * The form of a ban: of one of these, or of what is typed.
 * @param {import("./server.js").Server} server
 * @param {{title: string, choices?: readonly (readonly [string, string])[], done: () => void}} how
 */
export function askForBan(server, { title, choices, done }) {
  let isForced = false;
  const about = choices === undefined
    ? { name: "target", label: "Address, network, account:name or nick!user@host", required: true }
    : { name: "target", label: "What is banned", choices };
  ask({
    title,
    consequence: "Whoever it hits is put off at once, and cannot come in until it ends or is lifted.",
    questions: [
      about,
      { name: "duration", label: "For how long (30m, 12h, 7d; nothing: until it is lifted)", max: 20 },
      { name: "reason", label: "Reason, which those who are banned see", max: 200 },
    ],
    button: "Ban",
    isDangerous: true,
    deed: async ({ target = "", duration: length = "", reason = "" }) => {
      try {
        await server.ban(target, length, reason, isForced);
      } catch (error) {
        // Who is told how many it hits and presses again means it.
        isForced = error instanceof Error && NEEDS_FORCE.test(error.message);
        throw error;
      }
      done();
      return `${target} is banned`;
    },
  });
}

/** @param {Here} row @param {Whois} whois */
function described(row, whois) {
  const channels = whois.channels.map(([prefixes, name]) => prefixes + name).join(" ");
  return facts([
    ["User and host", `${whois.user}@${whois.host}`],
    ["Really from", whois.actual || row.address || "you may not see that"],
    ["Account", whois.account || "none"],
    ["Real name", whois.realname],
    ["Channels", channels || "none that you may know of"],
    ["Here since", whois.signedOn === null ? ageOf(row.since) : new Date(whois.signedOn).toLocaleString()],
    ["Idle", duration(whois.idleSeconds ?? row.idleSeconds)],
    ["Away", whois.away ?? "no"],
    ["Operator", whois.operator || "no"],
    ["Encrypted", whois.secure ? "yes" : "no"],
  ]);
}

/** @param {Here} row */
function fromOf({ address, host }) {
  return isolated(printable(address || host));
}

/** @param {Here} row */
function realnameOf({ realname }) {
  return isolated(printable(realname));
}

/** @param {number | null} since */
function ageOf(since) {
  return since === null ? "?" : duration((Date.now() - since) / 1_000);
}
