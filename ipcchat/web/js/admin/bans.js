// Keeping people and texts out: bans of the network, filters, the lockdown.

import { printable } from "../text/printable.js";
import { element, isolated } from "../view/element.js";
import { action, ask } from "./asking.js";
import { askForBan } from "./people.js";
import { Section } from "./section.js";
import { Table } from "./table.js";

/** @typedef {import("./answers.js").Ban} Ban */
/** @typedef {import("./answers.js").Filter} Filter */
/** @typedef {import("./section.js").Around} Around */

const LEVELS = /** @type {const} */ ([
  ["5", "5: open"],
  ["4", "4: nobody registers accounts or channels"],
  ["3", "3: nor do people without an account write in private"],
  ["2", "2: nor does anybody come in without an account"],
  ["1", "1: nor anybody who is not on this machine"],
]);
const ACTIONS = /** @type {const} */ ([
  ["block", "block: refuse the text"],
  ["warn", "warn: let it through and tell operators"],
  ["kill", "kill: refuse it and put the sender off"],
]);

export class Bans extends Section {
  /** @param {Around} around */
  constructor(around) {
    /** @type {Table<Ban>} */
    const bans = new Table({
      caption: "Bans of the network",
      find: "Find a ban",
      columns: [
        { title: "Banned", by: ({ mask }) => mask, show: ({ mask }) => isolated(printable(mask)) },
        { title: "Reason", by: ({ reason }) => reason, show: ({ reason }) => isolated(printable(reason)), wide: true },
        { title: "By", by: ({ by }) => by, show: ({ by }) => isolated(printable(by)) },
        { title: "Since", by: ({ since }) => since, show: ({ since }) => timeOf(since) },
        { title: "Until", by: ({ until }) => until, show: ({ until }) => timeOf(until) },
        { title: "Lift", show: (row) => this.lifter(row) },
      ],
    });
    /** @type {Table<Filter>} */
    const filters = new Table({
      caption: "Filters",
      find: "Find a filter",
      columns: [
        { title: "Pattern", by: ({ pattern }) => pattern, show: ({ pattern }) => isolated(printable(pattern)) },
        { title: "What happens", by: (row) => row.action, show: (row) => row.action },
        { title: "Reason", by: ({ reason }) => reason, show: ({ reason }) => isolated(printable(reason)), wide: true },
        { title: "By", by: ({ by }) => by, show: ({ by }) => isolated(printable(by)) },
        { title: "Since", by: ({ since }) => since, show: ({ since }) => timeOf(since) },
        { title: "Lift", show: (row) => this.dropper(row) },
      ],
    });
    const lockdown = element("p", { class: "status" });
    super("Bans and filters", around);
    this.bans = bans;
    this.filters = filters;
    this.lockdown = lockdown;
    this.build();
  }

  /** The parts that our user may see. */
  build() {
    const parts = [
      this.may("ban") ? [headed("Bans", "Add a ban", () => this.add()), this.bans.root] : [],
      this.may("filter") ? [headed("Filters", "Add a filter", () => this.addFilter()), this.filters.root] : [],
      this.may("lockdown") ? [headed("Lockdown", "Change", () => this.lock()), this.lockdown] : [],
    ];
    this.root.append(...parts.flat());
    this.actions.append(action("Refresh", () => void this.load()));
  }

  async fill() {
    if (this.may("ban")) {
      const { rows, more } = await this.server.bans();
      this.bans.show(rows, printable(more));
    }
    if (this.may("filter")) this.filters.show((await this.server.filters()).rows);
    if (this.may("lockdown")) this.lockdown.textContent = printable(await this.server.lockdown());
  }

  add() {
    askForBan(this.server, { title: "Add a ban", done: () => void this.load() });
  }

  /** @param {Ban} ban */
  lifter({ mask }) {
    const lift = () => ask({
      title: "Lift the ban",
      consequence: `Whoever ${mask} hits can come in again.`,
      button: "Lift",
      deed: async () => {
        await this.server.unban(mask);
        void this.load();
        return `${mask} is not banned any more`;
      },
    });
    return action("Lift", lift, "link");
  }

  addFilter() {
    ask({
      title: "Add a filter",
      consequence: "It is compared with the whole of every message, notice and topic from now on.",
      questions: [
        { name: "pattern", label: "Pattern (* is anything, ? one character)", required: true, max: 200 },
        { name: "action", label: "What happens", choices: ACTIONS },
        { name: "reason", label: "Reason, which the sender sees", max: 200 },
      ],
      button: "Add",
      isDangerous: true,
      deed: async ({ pattern = "", action: what = "", reason = "" }) => {
        await this.server.addFilter(what, pattern, reason);
        void this.load();
        return `${pattern} is filtered`;
      },
    });
  }

  /** @param {Filter} filter */
  dropper({ pattern }) {
    const drop = () => ask({
      title: "Lift the filter",
      consequence: `${pattern} may be said again.`,
      button: "Lift",
      deed: async () => {
        await this.server.dropFilter(pattern);
        void this.load();
        return `${pattern} is not filtered any more`;
      },
    });
    return action("Lift", drop, "link");
  }

  lock() {
    ask({
      title: "Lockdown",
      consequence: "Each level forbids what those before it do, too. It holds until it is changed.",
      questions: [{ name: "level", label: "Level", choices: LEVELS }],
      button: "Change",
      isDangerous: true,
      deed: async ({ level = "" }) => {
        await this.server.lockDown(level);
        void this.load();
        return `The lockdown is at level ${level}`;
      },
    });
  }
}

/** @param {string} title @param {string} button @param {() => void} pressed */
function headed(title, button, pressed) {
  return element("header", { class: "section-head" }, element("h3", {}, title), action(button, pressed));
}

/** A time of the server, as people read it here; what is none stays. @param {string} text */
export function timeOf(text) {
  const time = new Date(text);
  return /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(time.getTime()) ? time.toLocaleString() : printable(text);
}
