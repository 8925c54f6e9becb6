// The web client: the chat of this page's server, its desk, and all that the view asks for.
//
// Rules:
// 1. There is one connection, to the server that this page came from. The name, the channels, what is muted and, where
//    our user stays logged in, a token are kept in this browser; never a password.
// 2. What a command needs besides is loaded with the first command.
// 3. Nothing here fails without a word: a refusal is said where it was asked for.

import { EDITS, SEARCH, State, connect } from "./chat/index.js";
import { Kind } from "./model/buffer.js";
import { Desk } from "./model/desk.js";
import { Tone } from "./model/entries.js";
import { Network } from "./model/network.js";
import { printable } from "./text/printable.js";
import { Files } from "./files.js";
import { Kept } from "./kept.js";
import { Link, reasonOf } from "./link.js";
import { NOT_KEPT, forgetLogin, isRefused, stay } from "./remembering.js";
import { dropLogin, hearLeft, keptLogin, tellLeft } from "./staying.js";

/** @typedef {import("./chat/chat.js").Chat} Chat */
/** @typedef {import("./model/buffer.js").Buffer} Buffer */
/** @typedef {import("./model/entries.js").Said} Said */
/** @typedef {import("./view/app.js").App} App */
/** @typedef {import("./view/host.js").Host} Host */
/** @typedef {import("./view/host.js").MessageAction} MessageAction */
/** @typedef {{nick: string, account?: string, password?: string, token?: string}} Identity */

const LOBBY = "#lobby";
const FOUND_MESSAGES = 50;
const REDACTION = "draft/message-redaction";
const TAGS = "message-tags";
const NOT_CONNECTED = "There is no connection; try again when there is";

/** @implements {Host} */
export class Client {
  maySignUp = true;

  /** @param {string} url of the WebSocket @param {string} name of the server, as the list shows it */
  constructor(url, name) {
    this.url = url;
    this.kept = new Kept();
    this.files = new Files(() => this.chat, location.href);
    this.desk = new Desk();
    /** @type {App | null} */
    this.app = null;
    /** @type {Link | null} */
    this.link = null;
    this.network = new Network(name, {
      reads: (buffer) => this.app?.reads(buffer) ?? false,
      opened: (buffer) => {
        buffer.muted = this.kept.isMuted(buffer.name);
      },
    });
    this.network.state = State.CLOSED;
    this.desk.add(this.network);
    hearLeft((account) => {
      if (account === this.chat?.account) this.goAway();
    });
  }

  get suggestedNick() {
    return this.kept.nick;
  }

  /** @returns {Chat | null} */
  get chat() {
    return this.link?.chat ?? null;
  }

  changed() {
    this.app?.changed();
  }

  // Coming and going.

  /** @type {Host["joinAsGuest"]} */
  async joinAsGuest(nick) {
    const mistake = await this.enter({ nick });
    if (mistake) return mistake;
    const refusal = this.chat?.nickRefusal ?? "";
    if (refusal) this.leave();
    return refusal && `${printable(refusal)}; choose another name`;
  }

  /** @type {Host["logIn"]} */
  async logIn(account, password, stays) {
    const mistake = await this.enter({ nick: account, account, password });
    if (!mistake) await this.stay(stays);
    return mistake;
  }

  /** Log in by what this browser kept; why that could not be, "" when we are there. */
  async comeBack() {
    const kept = keptLogin();
    return kept === null ? NOT_KEPT : this.enter({ ...kept, nick: this.kept.nick || kept.account });
  }

  /** The next visit needs no login, where our user wants that. @param {boolean} wanted */
  async stay(wanted) {
    if (this.chat !== null) await stay(this.chat, wanted);
  }

  /** The next visit does. */
  async forget() {
    await forgetLogin(this.chat);
  }

  /** @type {Host["signUp"]} */
  async signUp(account, password, address, stays) {
    const mistake = await this.joinAsGuest(account);
    if (mistake || this.chat === null || this.link === null) return mistake;
    try {
      const { pending, text } = await this.chat.register(password, { account, email: address });
      const buffer = this.desk.current ?? this.network.server;
      const said = pending ? `${printable(text)} (/verify CODE)` : `${account} is yours; log in as ${account} next time`;
      this.network.note(buffer, said, Date.now());
      await this.stay(stays);
      return "";
    } catch (error) {
      const reason = printable(reasonOf(error));
      this.leave();
      return reason;
    }
  }

  /**
   * Connect as somebody; why that could not be, "" when we are there.
   * @param {Identity} identity
   */
  async enter({ nick, account = "", password = "", token = "" }) {
    this.leave();
    const chat = connect({ url: this.url, nick, account, password, token, channels: this.channelsToJoin() });
    const link = new Link(this.network, chat, {
      changed: () => this.changed(),
      alerted: (alerts) => alerts.forEach((alert) => this.app?.alert(alert)),
    });
    this.link = link;
    try {
      await chat.ready;
    } catch (error) {
      if (this.link === link) this.leave();
      if (!token || !isRefused(error)) return printable(reasonOf(error));
      dropLogin();
      return NOT_KEPT;
    }
    this.kept.nick = nick;
    if (this.kept.pushes) void this.push().then((push) => push.renew());
    this.look();
    void this.app?.openLink();
    return "";
  }

  /** Look at the first channel that we are in, unless our user looks somewhere already. */
  look() {
    const { current } = this.desk;
    if (current !== null && current.kind !== Kind.SERVER) return;
    const [first] = this.chat?.channels.keys() ?? [];
    if (first !== undefined) this.desk.go(this.network.buffer(first));
  }

  leave() {
    void this.link?.chat.close();
    this.link?.stop();
    this.link = null;
    this.network.state = State.CLOSED;
    this.changed();
  }

  /** @type {Host["isOperator"]} */
  async isOperator() {
    try {
      return /^\+\w*o/.test((await this.chat?.mode(this.chat.nick)) ?? "");
    } catch (error) {
      reasonOf(error);
      return false;
    }
  }

  /** @type {import("./push.js").Push | null} */
  pushing = null;

  async push() {
    const { Push } = await import("./push.js");
    this.pushing ??= new Push(() => this.chat, this.kept);
    return this.pushing;
  }

  async logOut() {
    if (this.kept.pushes) await (await this.push()).off();
    const account = this.chat?.account ?? "";
    await this.forget();
    if (account) tellLeft(account);
    this.goAway();
  }

  goAway() {
    this.leave();
    location.reload();
  }

  reconnect() {
    if (this.link === null || this.link.chat.state === State.CLOSED) void this.app?.welcome();
    else this.link.chat.retryNow();
  }

  awake() {
    this.chat?.retryNow();
  }

  channelsToJoin() {
    return this.kept.channels.length > 0 ? this.kept.channels : [LOBBY];
  }

  /** The channels that are open now are joined the next time, too. */
  keepChannels() {
    this.kept.channels = this.network.channelBuffers().filter(({ joined }) => joined).map(({ name }) => name);
  }

  // Saying.

  /** @type {Host["send"]} */
  send(buffer, text, { replyTo, editing }) {
    const { link } = this;
    if (link === null) return NOT_CONNECTED;
    if (editing !== null) {
      void link.do(buffer, link.chat.edit(editing.message, text));
    } else if (text.startsWith("/") && !text.startsWith("//")) {
      void this.obey(link, buffer, text);
    } else if (buffer.kind === Kind.SERVER) {
      return "This is no channel; /join one first";
    } else {
      buffer.typed(text);
      link.say(buffer, text.replace(/^\/\//, "/"), { replyTo: replyTo?.message.msgid ?? "" });
    }
    return "";
  }

  /** @param {Link} link @param {Buffer} buffer @param {string} line */
  async obey(link, buffer, line) {
    const [{ obey }, { RoomOf }] = await Promise.all([import("./dialogue/commands.js"), import("./room.js")]);
    buffer.typed(line);
    await link.do(buffer, Promise.resolve(obey(new RoomOf(this, link, buffer), line)));
  }

  /** @type {Host["typing"]} */
  typing(buffer, state) {
    if (buffer.kind !== Kind.SERVER) this.chat?.typing(buffer.name, state);
  }

  /** @type {Host["complete"]} */
  complete(before, asked) {
    return this.desk.current === null ? [] : (this.completions?.(before, asked) ?? []);
  }

  /** Completion knows the commands, which are loaded later. @type {Host["complete"] | null} */
  completions = null;

  /** Load what the first screen does not need. */
  async loadMore() {
    const { candidates } = await import("./model/completion.js");
    this.completions = (before, asked) => {
      const { current } = this.desk;
      return current === null ? [] : candidates(before, this.network, current, { asked });
    };
    this.listed = (await import("./dialogue/commands.js")).COMMANDS_IN_ORDER;
  }

  /** @type {readonly {usage: string, summary: string}[]} */
  listed = [];

  commands() {
    return this.listed;
  }

  // Messages.

  /** @type {Host["actions"]} */
  actions(_, said) {
    const { network } = this;
    if (!said.message.msgid) return new Set(said.refusal ? ["resend", "discard"] : []);
    /** @type {Set<MessageAction>} */
    const found = new Set(["link"]);
    if (said.removedBy) return found;
    if (network.offers(TAGS)) found.add("reply").add("react");
    if (network.offers(EDITS) && said.message.mine) found.add("edit");
    if (network.offers(REDACTION) && (said.message.mine || this.mayModerate(said))) found.add("delete");
    if (network.chat?.support.has("ipc-chat/pins") && said.message.channel) found.add("pin");
    return found;
  }

  /** Whether our user has a rank in the channel of a message. @param {Said} said */
  mayModerate(said) {
    const channel = this.chat?.channels.get(said.message.channel ?? "");
    return /[~&@%]/.test(channel?.members.get(this.network.nick)?.prefixes ?? "");
  }

  /** @type {Host["react"]} */
  react(buffer, said, sign) {
    this.ask(buffer, (chat) => (said.ours.has(sign) ? chat.unreact(said.message, sign) : chat.react(said.message, sign)));
  }

  /** @type {Host["delete"]} */
  delete(buffer, said) {
    this.ask(buffer, (chat) => chat.redact(said.message));
  }

  /** @type {Host["pin"]} */
  pin(buffer, said) {
    this.ask(buffer, async (chat) => {
      const pins = await chat.pins(buffer.name);
      const isPinned = pins.some(({ msgid }) => msgid === said.message.msgid);
      await (isPinned ? chat.unpin(said.message) : chat.pin(said.message));
    });
  }

  /** @type {Host["resend"]} */
  resend(buffer, said) {
    this.link?.sayAgain(buffer, said);
  }

  /** @type {Host["discard"]} */
  discard(buffer, said) {
    buffer.timeline.drop(said);
    this.changed();
  }

  /** Ask the server for something about a buffer. @param {Buffer} buffer @param {(chat: Chat) => Promise<unknown>} what */
  ask(buffer, what) {
    if (this.link === null) this.network.note(buffer, NOT_CONNECTED, Date.now(), Tone.WARNING);
    else void this.link.do(buffer, what(this.link.chat));
  }

  // The past.

  /** @type {Host["loadOlder"]} */
  async loadOlder(buffer) {
    await this.link?.loadOlder(buffer);
  }

  /** @type {Host["loadNewer"]} */
  async loadNewer(buffer) {
    await this.link?.loadNewer(buffer);
  }

  /** @type {Host["loadLatest"]} */
  async loadLatest(buffer) {
    await this.link?.returnToPresent(buffer);
  }

  /** @type {Host["jumpTo"]} */
  async jumpTo(buffer, msgid) {
    const found = await this.link?.showAround(buffer, msgid);
    return found ? "" : "That message is not there any more";
  }

  /** @type {Host["markRead"]} */
  markRead(buffer) {
    const until = buffer.read();
    if (until !== null) this.link?.markRead(buffer, until);
    this.changed();
  }

  /** @type {Host["search"]} */
  async search(words, before) {
    const { chat, network } = this;
    if (chat === null) return { found: [], more: false, mistake: NOT_CONNECTED };
    if (!network.offers(SEARCH)) return { found: [], more: false, mistake: "This server has no search" };
    try {
      const where = before === null ? {} : { before: before.time };
      const messages = await chat.search(words, { ...where, limit: FOUND_MESSAGES });
      const found = [...messages].sort((one, other) => other.time - one.time).map((message) => ({
        buffer: network.buffer(message.channel ?? message.place),
        said: network.said(message),
      }));
      return { found, more: messages.length === FOUND_MESSAGES, mistake: "" };
    } catch (error) {
      return { found: [], more: false, mistake: printable(reasonOf(error)) };
    }
  }

  // Places.

  /** @type {Host["go"]} */
  go(buffer) {
    this.desk.go(buffer);
    if (buffer.kind !== Kind.SERVER) void this.link?.load(buffer);
    this.changed();
  }

  /** @type {Host["join"]} */
  async join(channel) {
    if (this.chat === null) return NOT_CONNECTED;
    try {
      if (!this.chat.channels.has(channel)) await this.chat.join(channel);
    } catch (error) {
      return printable(reasonOf(error));
    }
    this.network.buffer(channel).joined = true;
    this.go(this.network.buffer(channel));
    this.keepChannels();
    return "";
  }

  /** @type {Host["part"]} */
  part(buffer) {
    if (buffer.kind === Kind.SERVER) return;
    if (buffer.kind === Kind.CHANNEL && buffer.joined) this.ask(this.network.server, (chat) => chat.part(buffer.name));
    this.desk.close(buffer);
    this.keepChannels();
    this.changed();
  }

  /** @type {Host["openPerson"]} */
  openPerson(nick) {
    this.go(this.network.buffer(nick));
  }

  /** @type {Host["mute"]} */
  mute(buffer, muted) {
    buffer.muted = muted;
    this.kept.mute(buffer.name, muted);
    this.changed();
  }
}
