// What the commands of js/dialogue see of the web client: one buffer, in which they were typed.

import { Kind } from "./model/buffer.js";
import { Said } from "./model/entries.js";

/** @typedef {import("./chat/events.js").Message} Message */
/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("./dialogue/commandTable.js").Room} Room */
/** @typedef {import("./link.js").Link} Link */
/** @typedef {import("./model/buffer.js").Buffer} Buffer */

/** @implements {Room} */
export class RoomOf {
  /** @param {Client} client @param {Link} link @param {Buffer} buffer */
  constructor(client, link, buffer) {
    this.client = client;
    this.link = link;
    this.buffer = buffer;
  }

  get chat() {
    return this.link.chat;
  }

  get current() {
    return this.buffer.kind === Kind.SERVER ? "" : this.buffer.name;
  }

  /** @param {string} text */
  tell(text) {
    this.link.network.note(this.buffer, text, Date.now());
    this.client.changed();
  }

  /** @type {Room["say"]} */
  say(target, text, how) {
    if (!text.trim()) return;
    if (target) this.link.say(this.link.network.buffer(target), text, how);
    else this.tell("this is no channel; /join one first");
  }

  /** @type {Room["enter"]} */
  async enter(channel, key = "") {
    const { chat } = this;
    const { name } = chat.channels.get(channel) ?? (await chat.join(channel, key));
    this.link.network.buffer(name).joined = true;
    this.client.go(this.link.network.buffer(name));
    this.client.keepChannels();
  }

  /** @param {string} target */
  lookAt(target) {
    const { network } = this.link;
    this.client.go(target ? network.buffer(target) : network.server);
  }

  /** @param {string} nick @returns {Message | null} */
  lastOf(nick) {
    return this.buffer.timeline.lastBy(nick)?.message ?? null;
  }

  /** @type {Room["showPast"]} */
  async showPast(title, messages) {
    if (messages.length === 0) return;
    const { network } = this.link;
    const found = [...messages].reverse().map((message) => ({
      buffer: network.buffer(message.channel ?? message.place),
      said: new Said(message),
    }));
    const { openFound } = await import("./view/found.js");
    openFound(title, found, ({ buffer, said }) => void this.client.app?.jump(buffer, said.message.msgid));
  }

  async tellUnread() {
    await this.link.openUnread();
  }

  /** @param {string} question */
  async askSecret(question) {
    return (await import("./view/secret.js")).askSecret(question);
  }

  leave() {
    void this.client.logOut();
  }

  async loggedIn() {
    await this.client.stay(true);
  }

  async loggingOut() {
    await this.client.forget();
  }

  showHelp() {
    this.client.app?.act("help");
  }

  /** @param {string} words */
  showSearch(words) {
    void this.client.app?.openSearch(words);
  }

  mute() {
    this.client.mute(this.buffer, !this.buffer.muted);
  }

  async close() {
    this.client.part(this.buffer);
  }
}
