// The channels: who is in them, and what may be done about them from outside.

import { printable } from "../text/printable.js";
import { element, isolated } from "../view/element.js";
import { closeModal, openModal } from "../view/modal.js";
import { action, ask, facts, flash, reasonOf } from "./asking.js";
import { Section, opener } from "./section.js";
import { Table } from "./table.js";

/** @typedef {import("./answers.js").Room} Room */
/** @typedef {import("./section.js").Around} Around */

const MEMBERS_SHOWN = 200;

export class Rooms extends Section {
  /** @param {Around} around */
  constructor(around) {
    /** @type {Table<Room>} */
    const table = new Table({
      caption: "Channels",
      find: "Name",
      ask: () => void this.load(),
      columns: [
        { title: "Channel", by: ({ name }) => name, show: (row) => opener(row.name, () => this.show(row)) },
        { title: "Members", by: ({ members }) => -members, show: ({ members }) => String(members) },
        { title: "Registered by", by: ({ founder }) => founder, show: ({ founder }) => isolated(printable(founder)) },
        { title: "Since", by: ({ registered }) => registered, show: ({ registered }) => registered },
        { title: "Topic", by: ({ topic }) => topic, show: ({ topic }) => isolated(printable(topic)), wide: true },
      ],
    });
    super("Channels", around, table.root);
    this.table = table;
    this.actions.append(action("Refresh", () => void this.load()));
  }

  async fill() {
    const { rows, more } = await this.server.rooms(this.table.words, this.may("channels"));
    this.table.show(rows, printable(more));
  }

  /** @param {Room} row */
  async show(row) {
    try {
      const { modes, members, words } = await this.server.room(row.name, row.founder !== "");
      const nicks = members.slice(0, MEMBERS_SHOWN).map(({ prefixes, nick }) => prefixes + nick).join(" ");
      const list = facts([
        ["Modes", modes || "not told to you"],
        ["Members", `${members.length || row.members}: ${nicks || "not told to you"}`],
        ["Topic", row.topic || "none"],
        ["Registered by", row.founder ? `${row.founder}, ${row.registered}` : "nobody"],
        ...words.slice(1).map((text) => /** @type {const} */ (["", text])),
      ]);
      openModal(printable(row.name), [list, this.deeds(row, modes)], { className: "tall" });
    } catch (error) {
      flash(reasonOf(error));
    }
  }

  /** @param {Room} row @param {string} modes */
  deeds({ name, founder }, modes) {
    const buttons = element("div", { class: "buttons" });
    if (this.may("override") && /^\+\w/.test(modes)) {
      buttons.append(action("Clear modes", () => this.clear(name, modes), "danger"));
    }
    if (this.may("channels") && founder) {
      buttons.append(action("Hand over", () => this.transfer(name)));
      buttons.append(action("Give up registration", () => this.drop(name), "danger"));
    }
    return buttons;
  }

  /** @param {string} name @param {string} modes */
  clear(name, modes) {
    closeModal();
    ask({
      title: "Clear modes",
      consequence: `${modes} is taken off ${name} (but not r): who was kept out can come in, who was kept quiet speaks.`,
      button: "Clear modes",
      isDangerous: true,
      deed: async () => {
        await this.server.clearModes(name, modes);
        return `The modes of ${name} are cleared`;
      },
    });
  }

  /** @param {string} name */
  transfer(name) {
    ask({
      title: "Hand over",
      consequence: `${name} belongs to another account from then on; its founder keeps access o.`,
      questions: [{ name: "account", label: "Account that gets it", required: true, max: 64 }],
      button: "Hand over",
      isDangerous: true,
      deed: async ({ account = "" }) => {
        const told = await this.server.chanServ("TRANSFER", name, account);
        void this.load();
        return told.join(" ");
      },
    });
  }

  /** @param {string} name */
  drop(name) {
    ask({
      title: "Give up the registration",
      consequence: `Who has access to ${name} loses it. If nobody is in it, the channel loses everything.`,
      button: "Give up",
      isDangerous: true,
      deed: async () => {
        const told = await this.server.confirmed("CS", "DROP", name);
        void this.load();
        return told.join(" ");
      },
    });
  }
}
