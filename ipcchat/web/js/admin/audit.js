// The audit log: its last records.

import { printable } from "../text/printable.js";
import { isolated } from "../view/element.js";
import { action } from "./asking.js";
import { timeOf } from "./bans.js";
import { Section } from "./section.js";
import { Table } from "./table.js";

/** @typedef {import("./answers.js").Entry} Entry */
/** @typedef {import("./section.js").Around} Around */

export class Audit extends Section {
  /** @param {Around} around */
  constructor(around) {
    /** @type {Table<Entry>} */
    const table = new Table({
      caption: "Audit log",
      find: "Records that have this text",
      ask: () => void this.load(),
      columns: [
        { title: "When", by: ({ time }) => time, show: ({ time }) => timeOf(time) },
        { title: "What", by: ({ kind }) => kind, show: ({ kind }) => kind },
        {
          title: "Who, and to whom",
          by: ({ words }) => words,
          show: ({ words }) => isolated(printable(words)),
          wide: true,
        },
      ],
    });
    super("Audit log", around, table.root);
    table.isFalling = true;
    this.table = table;
    this.actions.append(action("Refresh", () => void this.load()));
  }

  async fill() {
    const { rows } = await this.server.audit(this.table.words);
    this.table.show(rows);
  }
}
