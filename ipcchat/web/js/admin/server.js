// What the page asks of the server: each question and each deed is a command of IRC, in the name of who is here.
//
// Rules:
// 1. The server decides who may; its refusal is thrown (CommandRefused) and shown.
// 2. A password is in no line but the one that needs it.

import {
  WHO_FIELDS, notes, notices, readAccounts, readAudit, readBans, readFigures, readFilters, readPeople, readRooms,
} from "./answers.js";
import { linesOf } from "../chat/results.js";

/** @typedef {import("../chat/chat.js").Chat} Chat */
/**
 * Rows of a table; `more` says what the server left out, "" when that is nothing.
 * @template T
 * @typedef {{rows: T[], more: string}} Rows
 */

const AUDIT_ROWS = 200;
// The mode of registered channels, which ChanServ sets, and what takes a key away, whatever it is.
const REGISTERED = "r";
const ANY_KEY = "*";
// What a service leaves out it says in a sentence that begins so.
const LEFT_OUT = "Only the first ";

export class Server {
  /** @param {Chat} chat */
  constructor(chat) {
    this.chat = chat;
  }

  // Who we are.

  /** What our user may do as an operator. Rejects with CommandRefused, 481 for who is none. */
  async privileges() {
    const [line] = linesOf(await this.chat.command("PRIVS"), "270");
    return new Set((line?.params.at(-1) ?? "").split(" ").filter(Boolean));
  }

  /** @param {string} name @param {string} password */
  async becomeOperator(name, password) {
    await this.chat.command("OPER", [name, ...(password ? [password] : [])]);
  }

  // What there is.

  async figures() {
    return readFigures(await this.chat.command("FIGURES"));
  }

  /** The nodes: the name of each with what it says of itself. */
  async nodes() {
    return linesOf(await this.chat.command("LINKS"), "364").map(({ params }) => {
      return { name: params[1] ?? "", text: (params.at(-1) ?? "").replace(/^\d+ /, "") };
    });
  }

  /** @param {string} words of a nick, user, host, real name, account or address */
  async people(words) {
    const fields = words ? `nuhrai${WHO_FIELDS}` : WHO_FIELDS;
    const who = await this.chat.command("WHO", [maskOf(words), fields]);
    const connections = await this.chat.command("STATS", ["l"]);
    return { rows: readPeople(who, connections, Date.now()), more: notes(who, "WHO_TRUNCATED").join() };
  }

  /** What WHOIS and NickServ know of somebody. @param {string} nick @param {boolean} managesAccounts */
  async person(nick, managesAccounts) {
    const whois = await this.chat.whois(nick);
    const sessions = whois.account && managesAccounts ? await this.nickServ("SESSIONS", whois.account) : [];
    return { whois, sessions };
  }

  /** @param {string} words of its name @param {boolean} asksChanServ */
  async rooms(words, asksChanServ) {
    const mask = words ? [`#${maskOf(words.replace(/^#/, ""))}`] : [];
    const lines = await this.chat.command("LIST", mask);
    const listed = linesOf(lines, "322").map(({ params: [, name = "", members = "", topic = ""] }) => {
      return { name, members: Number(members) || 0, topic };
    });
    const registered = asksChanServ ? await this.chanServ("LIST", ...mask) : [];
    const more = [...notes(lines, "LIST_TRUNCATED"), ...registered.filter((text) => text.startsWith(LEFT_OUT))];
    return { rows: readRooms(listed, registered), more: more.join(" ") };
  }

  /** A channel's modes, as the server writes them, who is in it, and what ChanServ says. @param {string} name
   * @param {boolean} isRegistered */
  async room(name, isRegistered) {
    const modes = await this.chat.mode(name);
    const members = await this.chat.names(name);
    return { modes, members, words: isRegistered ? await this.chanServ("INFO", name) : [] };
  }

  async bans() {
    const lines = await this.chat.command("UBAN", ["LIST"]);
    return { rows: readBans(lines), more: notes(lines, "END_OF_BANS").filter((text) => text.includes(",")).join() };
  }

  async filters() {
    return { rows: readFilters(await this.chat.command("SPAMFILTER", ["LIST"])), more: "" };
  }

  /** @param {string} words of its name */
  async accounts(words) {
    const texts = await this.nickServ("LIST", maskOf(words));
    return { rows: readAccounts(texts), more: texts.filter((text) => text.startsWith(LEFT_OUT)).join() };
  }

  /** @param {string} words that a record has */
  async audit(words) {
    const lines = await this.chat.command("AUDIT", [String(AUDIT_ROWS), ...(words ? [words] : [])]);
    return { rows: readAudit(lines), more: "" };
  }

  /** The level of the lockdown with what it forbids. */
  async lockdown() {
    return notes(await this.chat.command("DEFCON"), "LOCKDOWN").join();
  }

  /** By what somebody can be banned: [target, what it is].
   * @param {string} nick @returns {Promise<[string, string][]>} */
  async banTargets(nick) {
    const found = notes(await this.chat.command("UBAN", ["INFO", nick]), "TARGET");
    return found.map((text) => [text.slice(text.indexOf(": ") + 2), text.slice(0, text.indexOf(": "))]);
  }

  // What is done.

  /** @param {string} nick @param {string} reason */
  async kill(nick, reason) {
    await this.chat.command("KILL", [nick, reason]);
  }

  /** @param {string} target @param {string} duration @param {string} reason @param {boolean} isForced */
  async ban(target, duration, reason, isForced) {
    // One parameter, the last: an address may begin with a colon.
    const words = [target, ...(isForced ? ["FORCE"] : []), duration || "forever", reason];
    await this.chat.command("UBAN", ["ADD", words.filter(Boolean).join(" ")]);
  }

  /** @param {string} mask */
  async unban(mask) {
    await this.chat.command("UBAN", ["DEL", mask]);
  }

  /** @param {string} action @param {string} pattern @param {string} reason */
  async addFilter(action, pattern, reason) {
    await this.chat.command("SPAMFILTER", ["ADD", action, spaceless(pattern), ...(reason ? [reason] : [])]);
  }

  /** @param {string} pattern */
  async dropFilter(pattern) {
    await this.chat.command("SPAMFILTER", ["DEL", pattern]);
  }

  /** @param {string} level */
  async lockDown(level) {
    await this.chat.command("DEFCON", [level]);
  }

  /** Take the modes that are set off a channel, but that of registered ones. @param {string} name
   * @param {string} modes "+nk *" */
  async clearModes(name, modes) {
    const [letters = ""] = modes.split(" ");
    const cleared = letters.replace("+", "-").replace(REGISTERED, "");
    await this.chat.command("SAMODE", [name, cleared, ...(letters.includes("k") ? [ANY_KEY] : [])]);
  }

  /** What a service that wants to be asked twice says the second time. @param {"NS" | "CS"} service
   * @param {string} command @param {string} name @returns {Promise<string[]>} */
  async confirmed(service, command, name) {
    const asked = await this.ask(service, command, name);
    const code = asked.map((text) => new RegExp(`${command} \\S+ (\\S+)$`).exec(text)?.[1]).find(Boolean);
    return code === undefined ? asked : this.ask(service, command, name, code);
  }

  /** @param {...string} words */
  nickServ(...words) {
    return this.ask("NS", ...words);
  }

  /** @param {...string} words */
  chanServ(...words) {
    return this.ask("CS", ...words);
  }

  /** What a service answers. @param {string} service @param {...string} words @returns {Promise<string[]>} */
  async ask(service, ...words) {
    return notices(await this.chat.command(service, words.filter(Boolean)));
  }
}

/** A mask of what has these words; one that somebody made himself is taken as it is. @param {string} words */
function maskOf(words) {
  const written = spaceless(words);
  return !written || /[*?]/.test(words) ? written || "*" : `*${written}*`;
}

/** A mask that fits into the middle of a line: a space is any one character, too. @param {string} words */
function spaceless(words) {
  return words.trim().replace(/\s/g, "?");
}
