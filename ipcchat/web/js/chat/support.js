// What a server does, as it tells by ISUPPORT (005), with the defaults for what it does not tell.
//
// Rules:
// 1. A token that makes no sense counts as not sent; a number from a server is clamped.
// 2. "-TOKEN" takes a token back, at any time.

import { MAPPINGS, fold } from "../wire/casemap.js";
import { mergeIsupport } from "../wire/isupport.js";
import { modeClasses, parseModes } from "../wire/modes.js";
import { ModeKind } from "./events.js";

const HISTORY_LIMIT_DEFAULT = 50;
const HISTORY_LIMIT_MAX = 1_000;
const MODES_PER_LINE_DEFAULT = 3;
const MODES_PER_LINE_MAX = 20;
// Where TARGMAX names no limit.
const TARGETS_MAX = 10;
const TOKENS_MAX = 1_000;
const RFC_MODES = { lists: "b", settings: "k", limits: "l", flags: "imnpst", prefixes: "ov", symbols: "@+" };

/** @param {string} text @returns {number | null} a number from a server; null for what is none */
export function number(text) {
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : null;
}

/** The tokens of one connection and what follows from them. */
export class Support {
  constructor() {
    /** @type {Map<string, string>} */
    this.tokens = new Map();
    /** @type {import("../wire/modes.js").ModeClasses} */
    this.classes = RFC_MODES;
  }

  /**
   * Take over the tokens of one 005 line; those that have another value now, and those that are gone.
   * @param {readonly string[]} tokens @returns {{changed: Map<string, string>, removed: string[]}}
   */
  accept(tokens) {
    const before = new Map(this.tokens);
    if (this.tokens.size < TOKENS_MAX) {
      mergeIsupport(this.tokens, tokens);
    }
    const chanmodes = this.tokens.get("CHANMODES") ?? "b,k,l,imnpst";
    this.classes = modeClasses(chanmodes, this.tokens.get("PREFIX") ?? "(ov)@+") ?? RFC_MODES;
    const changed = new Map([...this.tokens].filter(([name, value]) => before.get(name) !== value));
    return { changed, removed: [...before.keys()].filter((name) => !this.tokens.has(name)) };
  }

  /** The server's CASEMAPPING; an unknown one counts as ascii. */
  get mapping() {
    const mapping = this.tokens.get("CASEMAPPING") ?? (this.tokens.size ? "rfc1459" : "ascii");
    return MAPPINGS.includes(mapping) ? mapping : "ascii";
  }

  /** CHANTYPES: the characters a channel's name begins with. */
  get channelPrefixes() {
    return this.tokens.get("CHANTYPES") ?? "#&";
  }

  /** How many messages one CHATHISTORY may ask for. */
  get historyLimit() {
    const limit = this.number("CHATHISTORY", 0) || this.number("draft/CHATHISTORY", 0) || HISTORY_LIMIT_DEFAULT;
    return Math.min(limit, HISTORY_LIMIT_MAX);
  }

  /** @param {string} command @returns {number} how many targets one line of it may have (TARGMAX) */
  targetsOf(command) {
    const rows = (this.tokens.get("TARGMAX") ?? "").split(",").map((row) => row.split(":"));
    const found = rows.find(([name]) => name?.toUpperCase() === command);
    return found ? Math.max(1, Math.min(number(found[1] ?? "") ?? TARGETS_MAX, 1_000)) : 1;
  }

  /** How many modes with an argument one MODE may change. */
  get modesPerLine() {
    return Math.max(1, Math.min(this.number("MODES", MODES_PER_LINE_DEFAULT), MODES_PER_LINE_MAX));
  }

  /** The letter of the user mode, and of the flag in WHO, by which bots are marked; "" when there is none. */
  get botFlag() {
    return this.tokens.get("BOT") ?? "";
  }

  /** @param {string} token @param {number} otherwise @returns {number} */
  number(token, otherwise) {
    return number(this.tokens.get(token) ?? "") ?? otherwise;
  }

  /** @param {string} tag named without its "+" @returns {boolean} whether the server does not pass it on */
  deniesTag(tag) {
    const denied = (this.tokens.get("CLIENTTAGDENY") ?? "").split(",");
    return denied.includes("*") ? !denied.includes(`-${tag}`) : denied.includes(tag);
  }

  /** @param {string} one @param {string} other @returns {boolean} whether two names are one */
  same(one, other) {
    return fold(one, this.mapping) === fold(other, this.mapping);
  }

  /** @param {string} target @returns {boolean} */
  isChannel(target) {
    return target !== "" && this.channelPrefixes.includes(target.charAt(0));
  }

  /** @param {string} target "@#tea" @returns {[string, string]} STATUSMSG prefixes and the plain target: "@", "#tea" */
  splitTarget(target) {
    const status = this.tokens.get("STATUSMSG") ?? "";
    let at = 0;
    while (at < target.length && status.includes(target.charAt(at))) {
      at += 1;
    }
    return this.isChannel(target.slice(at)) ? [target.slice(0, at), target.slice(at)] : ["", target];
  }

  /** @param {string} prefixes @returns {string} the same in the server's order, the highest rank first */
  rank(prefixes) {
    return [...this.classes.symbols].filter((symbol) => prefixes.includes(symbol)).join("");
  }

  /** @param {string} word @returns {[string, string]} a member as in 353: his prefixes, and the rest */
  splitMember(word) {
    let at = 0;
    while (at < word.length && this.classes.symbols.includes(word.charAt(at))) {
      at += 1;
    }
    return [word.slice(0, at), word.slice(at)];
  }

  /**
   * The changes in the parameters of a channel's MODE: ["+o-k", "bob", "key"].
   * @param {readonly string[]} params @returns {import("./events.js").ModeChange[]}
   */
  channelChanges(params) {
    const { classes } = this;
    return parseModes(classes, params[0] ?? "", params.slice(1)).map((change) => {
      const at = classes.prefixes.indexOf(change.letter);
      const kind = at >= 0 ? ModeKind.MEMBER : classes.lists.includes(change.letter) ? ModeKind.LIST : ModeKind.SETTING;
      return { ...change, kind, symbol: at < 0 ? "" : classes.symbols.charAt(at) };
    });
  }
}

/**
 * The changes in the parameters of a user's MODE: letters, without arguments but for a server notice mask.
 * @param {readonly string[]} params @returns {import("./events.js").ModeChange[]}
 */
export function userChanges(params) {
  const changes = [];
  let added = true;
  for (const letter of params[0] ?? "") {
    if (letter === "+" || letter === "-") {
      added = letter === "+";
    } else {
      changes.push({ added, letter, kind: ModeKind.USER, argument: "", symbol: "" });
    }
  }
  return changes;
}
