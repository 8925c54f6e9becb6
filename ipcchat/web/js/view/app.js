// The whole view: its parts, what is drawn when, and what the keys do.
//
// Rules:
// 1. Whoever changes the desk calls `changed()`; all is drawn once before the next frame, each part only where it looks
//    different. A page that nobody sees has no frames: then the tab's title follows by a timer.
// 2. All that was said is read when our user looks at the page and at the end of the timeline.
// 3. What the first screen does not need is loaded when it is asked for.
// 4. A character that is typed while nothing takes it goes to the field in which one types.

import { Kind } from "../model/buffer.js";
import { calls } from "../model/desk.js";
import { Said } from "../model/entries.js";
import { Announcer } from "./announcer.js";
import { Attention } from "./attention.js";
import { ChannelList } from "./channelList.js";
import { Composer } from "./composer.js";
import { byId, element } from "./element.js";
import { meaningOf } from "./keymap.js";
import { MemberList } from "./memberList.js";
import { MessageActions } from "./messageActions.js";
import { isModalOpen } from "./modal.js";
import { OwnFiles } from "./ownFiles.js";
import { OwnBar } from "./ownBar.js";
import { Panes } from "./panes.js";
import { linkTo, readLink } from "./permalinks.js";
import { Preferences } from "./preferences.js";
import { Timeline } from "./timeline.js";
import { Banner, TitleBar, whoTypes } from "./titleBar.js";

/** @typedef {import("../model/desk.js").Desk} Desk */
/** @typedef {import("../model/buffer.js").Buffer} Buffer */
/** @typedef {import("./host.js").Host} Host */

const UNSEEN_DRAW_MS = 250;
const TYPING_CHECK_MS = 1_000;
const TOAST_MS = 4_000;
const TOASTS_MAX = 3;
/** The actions that are heard while a dialog is open. */
const OVER_MODALS = ["switcher", "search", "help"];

export class App {
  /**
   * @param {Desk} desk
   * @param {Host} host
   */
  constructor(desk, host) {
    this.desk = desk;
    this.host = host;
    this.isDue = false;
    this.preferences = new Preferences(() => this.timeline?.redraw());
    this.panes = new Panes();
    this.attention = new Attention(this.preferences, (buffer, said) => this.jump(buffer, said.message.msgid));
    this.announcer = new Announcer(byId("announcer"));
    this.channels = new ChannelList(byId("channel-list"), (buffer) => this.go(buffer));
    this.members = new MemberList(byId("members"), (nick) => this.openPerson(nick));
    this.banner = new Banner(byId("banner"), () => host.reconnect());
    this.titleBar = new TitleBar(byId("title-bar"), {
      channels: () => this.panes.toggle("channels"),
      members: () => this.panes.toggle("members"),
      search: () => this.act("search"),
      mute: () => this.act("mute"),
      leave: () => desk.current && host.part(desk.current),
    });
    this.files = new OwnFiles(host.files, byId("scroller"), { flash: (text) => this.flash(text) });
    this.timeline = this.makeTimeline();
    this.composer = new Composer(byId("composer"), host, {
      editLast: () => this.editLast(),
      focusMessage: () => this.actions.select(),
      bottom: () => this.timeline.toEnd(),
      flash: (text) => this.flash(text),
      tellsTyping: () => this.preferences.get("typing") === "on",
    });
    this.actions = new MessageActions(this.timeline, this.composer, host, {
      jump: (msgid) => desk.current && void this.jump(desk.current, msgid),
      openChannel: (channel) => this.join(channel),
      openPerson: (nick) => this.openPerson(nick),
      linkTo: (said) => this.linkTo(said),
      openFile: (url) => this.files.open(url),
      flash: (text) => this.flash(text),
      help: () => this.act("help"),
    });
    this.own = new OwnBar((name) => this.act(name));
    this.listen();
  }

  makeTimeline() {
    const parts = { scroller: byId("scroller"), list: byId("messages"), above: byId("above"), newer: byId("newer") };
    return new Timeline(parts, this.host, {
      moved: () => this.read(),
      heard: (said) => this.announcer.say(said),
      knows: (nick) => this.knows(nick),
      filesOf: (text) => this.files.boxesOf(text),
      joins: () => /** @type {import("../text/comings.js").Joins} */ (this.preferences.get("joins")),
    });
  }

  listen() {
    document.addEventListener("keydown", (event) => this.pressed(event));
    window.addEventListener("focus", () => this.changed());
    document.addEventListener("visibilitychange", () => this.seen());
    window.addEventListener("hashchange", () => void this.openLink());
    setInterval(() => this.endTyping(), TYPING_CHECK_MS);
    window.addEventListener("online", () => this.host.awake());
    for (const skip of document.querySelectorAll(".skips a"))
      skip.addEventListener("click", (event) => this.skip(event));
  }

  /** @param {Event} event */
  skip(event) {
    event.preventDefault();
    const id = event.currentTarget instanceof HTMLAnchorElement ? event.currentTarget.hash.slice(1) : "";
    if (id === "messages") this.actions.select();
    else if (id === "channel-list") byId(id).querySelector("button")?.focus();
    else this.composer.focus();
  }

  // What others call.

  /** Something is to be drawn. */
  changed() {
    if (this.isDue) return;
    this.isDue = true;
    if (document.hidden) setTimeout(() => this.draw(), UNSEEN_DRAW_MS);
    else requestAnimationFrame(() => this.draw());
  }

  /** Something calls for our user. @param {{buffer: Buffer, said: Said}} alert */
  alert({ buffer, said }) {
    this.attention.alert(buffer, said);
  }

  /**
   * Whether our user sees the end of a buffer just now.
   * @param {Buffer} buffer
   */
  reads(buffer) {
    const looks = document.visibilityState === "visible" && document.hasFocus() && !isModalOpen();
    return looks && buffer === this.desk.current && buffer === this.timeline.buffer && this.timeline.isAtEnd;
  }

  /**
   * Say something short, for a moment.
   * @param {string} text
   */
  flash(text) {
    const toasts = byId("toasts");
    const toast = element("p", {}, text);
    toasts.append(toast);
    while (toasts.childElementCount > TOASTS_MAX) toasts.firstElementChild?.remove();
    setTimeout(() => toast.remove(), TOAST_MS);
  }

  /** Ask who our user is. */
  async welcome() {
    (await import("./welcome.js")).openWelcome(this.host, () => this.type());
  }

  /** Go where the address of the page says, once we are connected. */
  async openLink() {
    const link = readLink(location.hash);
    const { network } = this.desk;
    if (link === null || network === null) return;
    const open = this.desk.buffers().find((buffer) => buffer.name === link.name);
    if (open !== undefined) this.go(open);
    else if (network.isChannel(link.name)) await this.join(link.name);
    else this.host.openPerson(link.name);
    if (link.msgid && this.desk.current !== null) await this.jump(this.desk.current, link.msgid);
  }

  // Drawing.

  draw() {
    this.isDue = false;
    const { current, network } = this.desk;
    this.attention.show(this.desk);
    if (current === null || network === null) return;
    this.channels.show(this.desk);
    this.titleBar.show(network, current);
    this.banner.show(network);
    byId("app").classList.toggle("has-members", this.members.show(network, current));
    this.composer.show(current);
    this.timeline.show(current);
    this.own.show(network);
    this.drawTyping();
    this.read();
  }

  /** The page is seen again, or no longer. */
  seen() {
    if (!document.hidden) this.host.awake();
    this.changed();
  }

  /** Who typed may have stopped without a word. */
  endTyping() {
    if (this.desk.buffers().some((buffer) => buffer.typing.size > 0)) this.changed();
  }

  drawTyping() {
    const { current } = this.desk;
    const text = current === null ? "" : whoTypes(current);
    const line = byId("typing");
    if (line.textContent !== text) line.textContent = text;
  }

  /** What our user sees is read. */
  read() {
    const { current } = this.desk;
    if (current !== null && current.unread > 0 && this.reads(current)) this.host.markRead(current);
  }

  /** @param {string} nick */
  knows(nick) {
    const { network, current } = this.desk;
    return current !== null && (network?.channel(current)?.members.has(nick) ?? false);
  }

  // Going somewhere.

  /** @param {Buffer | null | undefined} buffer */
  go(buffer) {
    if (!buffer) return;
    this.panes.close();
    this.host.go(buffer);
    history.replaceState(null, "", linkTo(buffer.name, ""));
    this.draw();
    this.type();
  }

  /** One can type at once; on a telephone its keyboard would hide what is said. */
  type() {
    if (!this.panes.isNarrow) this.composer.focus();
  }

  /** @param {string} channel */
  async join(channel) {
    this.panes.close();
    const mistake = await this.host.join(channel);
    if (mistake) this.flash(mistake);
    this.changed();
  }

  /** @param {string} nick */
  openPerson(nick) {
    if (nick === this.desk.network?.nick) return;
    this.panes.close();
    this.host.openPerson(nick);
    this.changed();
  }

  /**
   * Show a message, wherever it is.
   * @param {Buffer} buffer
   * @param {string} msgid
   */
  async jump(buffer, msgid) {
    if (buffer !== this.desk.current) this.go(buffer);
    const loaded = buffer.timeline.find(msgid);
    if (loaded === null || !this.timeline.reveal(loaded)) {
      const mistake = await this.host.jumpTo(buffer, msgid);
      if (mistake) return this.flash(mistake);
      this.timeline.isAtEnd = false;
      this.draw();
      const found = buffer.timeline.find(msgid);
      if (found !== null) this.timeline.reveal(found);
    }
    const said = buffer.timeline.find(msgid);
    if (said !== null) this.actions.focusItem(this.timeline.itemOf(said));
  }

  /** @param {Said} said */
  linkTo(said) {
    return new URL(linkTo(this.desk.current?.name ?? "", said.message.msgid), location.href).href;
  }

  editLast() {
    const { current } = this.desk;
    for (const said of current?.timeline.saidBackwards() ?? []) {
      if (current !== null && said.message.mine && this.host.actions(current, said).has("edit")) {
        this.composer.edit(said);
        return;
      }
    }
  }

  /** The next message that mentions us, that way. @param {number} step */
  toMention(step) {
    const { buffer } = this.timeline;
    if (buffer === null) return;
    const { entries, first } = buffer.timeline;
    const selected = this.timeline.entryOf(document.activeElement);
    const here = selected ?? this.timeline.anchor?.entry ?? null;
    let place = here === null ? entries.length : here.number - first;
    do place += step;
    while (
      entries[place] !== undefined &&
      !(entries[place] instanceof Said && /** @type {Said} */ (entries[place]).mentions)
    );
    const found = entries[place];
    if (found === undefined) return this.flash("No further mention is loaded");
    this.timeline.reveal(found);
    this.actions.focusItem(this.timeline.itemOf(found));
  }

  /** @param {number} step */
  toUnread(step) {
    const buffers = this.desk.buffers();
    const place = this.desk.current === null ? 0 : buffers.indexOf(this.desk.current);
    const others = [...buffers.slice(place + 1), ...buffers.slice(0, Math.max(place, 0))];
    this.go((step < 0 ? others.reverse() : others).find(calls));
  }

  // Keys.

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.defaultPrevented) return;
    const meaning = meaningOf(event, "everywhere");
    const name = meaning?.action.name ?? "";
    if (isModalOpen() && !OVER_MODALS.includes(name)) return;
    if (meaning !== null && this.act(name, meaning.number)) event.preventDefault();
    else if (meaning === null) this.typeThrough(event);
  }

  /** @param {KeyboardEvent} event */
  typeThrough(event) {
    const isCharacter = event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey;
    const isFree = document.activeElement === document.body || document.activeElement === byId("scroller");
    if (isFree && isCharacter && event.key === "?") {
      event.preventDefault();
      this.act("help");
    } else if (isFree && isCharacter) this.composer.focus();
  }

  /**
   * Do what a key means. Whether it meant something.
   * @param {string} name
   * @param {number} [number]
   */
  act(name, number = 1) {
    const { desk, timeline, host, panes } = this;
    /** @type {Record<string, () => void>} */
    const deeds = {
      switcher: () => void this.openSwitcher(),
      previous_buffer: () => this.go(desk.neighbour(-1)),
      next_buffer: () => this.go(desk.neighbour(1)),
      next_unread: () => this.go(desk.nextUnread()),
      previous_unread: () => this.toUnread(-1),
      last_buffer: () => this.go(desk.previous),
      numbered_buffer: () => this.go(desk.numbered(number)),
      scroll_up: () => timeline.scrollPages(-1),
      scroll_down: () => timeline.scrollPages(1),
      oldest: () => timeline.toStart(),
      bottom: () => this.toBottom(),
      unread_line: () => timeline.toUnreadLine() || this.flash("All is read here"),
      next_mention: () => this.toMention(1),
      previous_mention: () => this.toMention(-1),
      search: () => void this.openSearch(),
      mute: () => desk.current && desk.current.kind !== Kind.SERVER && host.mute(desk.current, !desk.current.muted),
      focus_message: () => this.actions.select(),
      fold_channels: () => panes.toggle("channels"),
      fold_members: () => panes.toggle("members"),
      theme: () => this.flash(`Colours: ${this.preferences.next("theme")}`),
      help: () => void this.openHelp(),
      settings: () => void this.openSettings(),
      reconnect: () => host.reconnect(),
    };
    const deed = Object.hasOwn(deeds, name) ? deeds[name] : undefined;
    deed?.();
    return deed !== undefined;
  }

  toBottom() {
    if (this.panes.close()) return;
    this.timeline.toEnd();
    this.composer.focus();
  }

  async openSwitcher() {
    const { openSwitcher } = await import("./switcher.js");
    openSwitcher(this.desk, {
      go: (buffer) => this.go(buffer),
      join: (channel) => void this.join(channel),
      openPerson: (nick) => this.openPerson(nick),
    });
  }

  async openSearch(words = "") {
    const { openSearch } = await import("./search.js");
    openSearch(this.host, ({ buffer, said }) => void this.jump(buffer, said.message.msgid), words);
  }

  async openHelp() {
    (await import("./help.js")).openHelp(this.host.commands());
  }

  async openSettings() {
    (await import("./settingsModal.js")).openSettings(this.preferences, this.host);
  }
}
