// The overview, storage and the nodes: what the server measures of itself (FIGURES), every two seconds while somebody
// looks.

import { element } from "../view/element.js";
import { amount, bytes, duration, pause } from "./amounts.js";
import { labelIn } from "./answers.js";
import { action, facts } from "./asking.js";
import { Graph } from "./graph.js";
import { Measured, totalOf } from "./measured.js";
import { Section } from "./section.js";
import { Table } from "./table.js";

/** @typedef {import("./section.js").Around} Around */
/** @typedef {ReadonlyMap<string, number>} Figures */
/** @typedef {readonly [string, (figures: Figures) => string]} Row */
/** @typedef {readonly [string, string, "course" | "rates"]} CurveRow a name, its figure, and how it is drawn */
/** @typedef {readonly [string, (value: number | undefined) => string, readonly CurveRow[]]} GraphRow */

const LOOK_MS = 2_000;

const perSecond = (/** @type {number | undefined} */ value) => `${amount(value)}/s`;
const bytesPerSecond = (/** @type {number | undefined} */ value) => `${bytes(value)}/s`;
const percent = (/** @type {number | undefined} */ value) => (value === undefined ? "?" : `${amount(value * 100)} %`);

/** What began with a name and has labels: the version. @param {Figures} figures @param {string} label */
function built(figures, label) {
  const name = [...figures.keys()].find((key) => key.startsWith("ipcchat_build_info")) ?? "";
  return labelIn(name, label) || "?";
}

/** @param {Figures} figures @param {readonly string[]} names */
function sum(figures, names) {
  const found = names.map((name) => totalOf(figures, name)).filter((value) => value !== undefined);
  return found.length === 0 ? undefined : found.reduce((total, value) => total + value, 0);
}

const STORED = ["ipcchat_database_bytes", "ipcchat_wal_bytes", "ipcchat_search_index_bytes", "ipcchat_file_bytes"];

/** @type {readonly Row[]} */
const NOW = [
  ["Users", (figures) => amount(totalOf(figures, "ipcchat_users"))],
  ["Sessions", (figures) => amount(totalOf(figures, "ipcchat_sessions"))],
  ["Channels", (figures) => amount(totalOf(figures, "ipcchat_channels"))],
  ["Accounts", (figures) => amount(totalOf(figures, "ipcchat_accounts"))],
  ["Memory", (figures) => bytes(totalOf(figures, "ipcchat_resident_bytes"))],
  ["Journal lag", (figures) => pause(totalOf(figures, "ipcchat_journal_wait_seconds"))],
  ["Storage used", (figures) => bytes(sum(figures, STORED))],
  ["Storage free", (figures) => bytes(totalOf(figures, "ipcchat_disk_free_bytes"))],
  ["Uptime", (figures) => duration(totalOf(figures, "ipcchat_uptime_seconds"))],
  ["Version", (figures) => built(figures, "version")],
];

/** @type {readonly GraphRow[]} */
const GRAPHS = [
  ["Lines", perSecond, [
    ["in", "ipcchat_received_lines_total", "rates"], ["out", "ipcchat_sent_lines_total", "rates"],
  ]],
  ["Bytes", bytesPerSecond, [
    ["in", "ipcchat_received_bytes_total", "rates"], ["out", "ipcchat_sent_bytes_total", "rates"],
  ]],
  ["People", amount, [["users", "ipcchat_users", "course"], ["sessions", "ipcchat_sessions", "course"]]],
  ["Written to disk", perSecond, [["facts", "ipcchat_committed_facts_total", "rates"]]],
  ["Memory", bytes, [["resident", "ipcchat_resident_bytes", "course"]]],
  ["Processor", percent, [["of one core", "ipcchat_cpu_seconds_total", "rates"]]],
];

export class Overview extends Section {
  /** @param {Around} around */
  constructor(around) {
    const tiles = element("dl", { class: "tiles" });
    const graphs = GRAPHS.map(([title, written]) => new Graph(title, written));
    const shelf = element("div", { class: "graphs" }, ...graphs.map(({ root }) => root));
    super("Overview", around, tiles, element("h3", { class: "unseen" }, "The last ten minutes"), shelf);
    this.tiles = tiles;
    this.graphs = graphs;
    this.measured = new Measured();
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.timer = null;
    this.isOpen = false;
    this.isAsking = false;
    document.addEventListener("visibilitychange", () => this.look());
  }

  open() {
    this.isOpen = true;
    this.look();
  }

  close() {
    this.isOpen = false;
    this.look();
  }

  /** Look now and again, as long as somebody sees it. */
  look() {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.isOpen && !document.hidden && !this.isAsking) void this.lookOnce();
  }

  async lookOnce() {
    this.isAsking = true;
    await this.load();
    this.isAsking = false;
    if (this.isOpen && !document.hidden) this.timer = setTimeout(() => this.look(), LOOK_MS);
  }

  async fill() {
    this.measured.add(await this.server.figures(), Date.now());
    this.draw(Date.now());
  }

  /** @param {number} now */
  draw(now) {
    const { latest } = this.measured;
    const items = NOW.map(([name, read]) => {
      return element("div", {}, element("dt", {}, name), element("dd", {}, read(latest)));
    });
    this.tiles.replaceChildren(...items);
    GRAPHS.forEach(([, , rows], place) => {
      const curves = rows.map(([name, figure, how]) => ({ name, points: this.measured[how](figure) }));
      this.graphs[place]?.show(curves, { now, span: this.measured.span });
    });
  }
}

/** @type {readonly Row[]} */
const FILES = [
  ["Journal (chat.db)", (figures) => bytes(totalOf(figures, "ipcchat_database_bytes"))],
  ["Write-ahead log (chat.db-wal)", (figures) => bytes(totalOf(figures, "ipcchat_wal_bytes"))],
  ["Search index (search.db)", (figures) => bytes(totalOf(figures, "ipcchat_search_index_bytes"))],
  ["Uploaded files", (figures) => uploaded(figures)],
  ["Free on the disk", (figures) => bytes(totalOf(figures, "ipcchat_disk_free_bytes"))],
  ["Oldest entry", (figures) => ageOf(totalOf(figures, "ipcchat_oldest_entry_timestamp_seconds"))],
  ["Messages are kept for", (figures) => keptFor(totalOf(figures, "ipcchat_retention_seconds"))],
];
const COPIES = "Copies are made by ipc-chat backup, into a folder that the server does not know: they are not counted.";

/** @param {Figures} figures */
function uploaded(figures) {
  const count = totalOf(figures, "ipcchat_files");
  return `${amount(count)} ${count === 1 ? "file" : "files"}, ${bytes(totalOf(figures, "ipcchat_file_bytes"))}`;
}

/** @param {number | undefined} at Unix seconds */
function ageOf(at) {
  if (at === undefined) return "looked up once a minute";
  return `${new Date(at * 1_000).toLocaleString()} (${duration(Date.now() / 1_000 - at)} ago)`;
}

/** @param {number | undefined} seconds */
function keptFor(seconds) {
  return seconds === undefined ? "ever: there is no limit of time" : duration(seconds);
}

export class Storage extends Section {
  /** @param {Around} around */
  constructor(around) {
    const list = element("div");
    /** @type {Table<readonly [string, number]>} */
    const table = new Table({
      caption: "Everything that is measured",
      find: "Figure",
      columns: [
        { title: "Figure", by: ([name]) => name, show: ([name]) => element("code", {}, name), wide: true },
        { title: "Value", by: ([, value]) => value, show: ([, value]) => value.toLocaleString() },
      ],
    });
    const whole = element("details", {}, element("summary", {}, "Everything that is measured"), table.root);
    super("Storage", around, list, element("p", { class: "aside" }, COPIES), whole);
    this.list = list;
    this.table = table;
    this.actions.append(action("Refresh", () => void this.load()));
  }

  async fill() {
    const figures = await this.server.figures();
    // What is stored in memory has no files: there is nothing to say of them.
    const isOnDisk = totalOf(figures, "ipcchat_database_bytes") !== undefined;
    const rows = isOnDisk ? FILES.map(([name, read]) => /** @type {const} */ ([name, read(figures)])) : [];
    const words = element("p", {}, "Everything is kept in memory, and gone when the server ends.");
    this.list.replaceChildren(isOnDisk ? facts(rows) : words);
    this.table.show([...figures]);
  }
}

const ALONE = "This server is alone: it decides and writes down everything that happens, and serves everybody.";

export class Cluster extends Section {
  /** @param {Around} around */
  constructor(around) {
    const list = element("div");
    super("Cluster", around, list);
    this.list = list;
  }

  async fill() {
    const nodes = await this.server.nodes();
    const figures = this.may("figures") ? await this.server.figures() : new Map();
    const cards = nodes.map(({ name, text }) => {
      const uptime = duration(totalOf(figures, "ipcchat_uptime_seconds"));
      return facts([["Node", name], ["What it says of itself", text], ["Role", "everything"], ["Uptime", uptime]]);
    });
    this.list.replaceChildren(...cards, element("p", { class: "aside" }, nodes.length === 1 ? ALONE : ""));
  }
}
