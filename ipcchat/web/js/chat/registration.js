// Becoming known to a server: who we want to be, and what to say until we are.
//
// Rules:
// 1. CAP LS 302, PASS where the server has a password, NICK and USER go out at once. With the token of a connection that
//    was lost NICK and USER wait: where the server knows ipc-chat/resume and the token counts, they are not needed.
// 2. A nick that is taken is answered with the next name; a refusal that another try would not change ends it.
// 3. Who wants to be logged in is not registered without: the login comes before CAP END, and a server that registers
//    us all the same is left.
// 4. A server without what this client cannot do without (NEEDED) is left by name.
//
// Specifications: Modern IRC "Connection Registration", RFC 2812 3.1 and 5.2, IRCv3 capability negotiation, sasl-3.2,
// draft/account-registration (ACCOUNT_REQUIRED); docs/resume.md.

import { Message } from "../wire/message.js";
import { Authentication, step } from "./authentication.js";
import { NEEDED } from "./capabilities.js";

const RESUME = "ipc-chat/resume";
const NICK_CHARACTERS_KEPT = 28;
const NICK_NUMBERS_MAX = 99;
const NICK_TAKEN = ["433", "436", "437"];
const REFUSED = ["432", "462", "463", "464", "465", "466", "468"];

/** @typedef {import("./authentication.js").Step} Step */
/**
 * The server refuses us; trying again would not help. `login`: it was the login; then `ours`: we ended it ourselves.
 * @typedef {{reason: string, login: boolean, ours: boolean}} Turned
 */
/**
 * Who we want to be; `password` is the server's, where it asks for one; `credentials` log in to an account.
 * @typedef {{nick: string, user: string, realname: string, password: string,
 *   credentials: import("./sasl.js").Credentials | null}} Identity
 */

/** @param {string} nick @returns {string[]} other names to try when it is taken: nick_, nick__, nick1, nick2 ... */
export function nickCandidates(nick) {
  const stem = nick.slice(0, NICK_CHARACTERS_KEPT);
  const numbers = Array.from({ length: NICK_NUMBERS_MAX }, (_, at) => `${stem}${at + 1}`);
  return [`${stem}_`, `${stem}__`, ...numbers];
}

/** The registration of one connection. `refusal` has the server's words about the nick, where it did not give it;
 * `isResuming`: we go on with the connection that `token` is of, unless the server refuses that. */
export class Registration {
  /** @param {Identity} identity @param {boolean} confidential whether nobody can read along @param {string} token */
  constructor(identity, confidential, token) {
    this.refusal = "";
    this.isResuming = false;
    this._token = token;
    this._identity = identity;
    this._confidential = confidential;
    this._candidates = nickCandidates(identity.nick);
    this._nick = identity.nick;
    /** @type {Set<string>} */
    this._failedNicks = new Set();
    this._isTrying = false;
    this._isNegotiating = true;
    /** @type {Authentication | null} */
    this._login = null;
    this._isLoggedIn = false;
  }

  /** Whether it must not be complete without a login. */
  get needsLogin() {
    return this._identity.credentials !== null && !this._isLoggedIn && !this.isResuming;
  }

  /** @returns {Message[]} what to say first */
  begin() {
    const { password } = this._identity;
    return [
      new Message("CAP", ["LS", "302"]),
      ...(password ? [new Message("PASS", [password])] : []),
      ...(this._token ? [] : this._introduction()),
    ];
  }

  _introduction() {
    const { nick, user, realname } = this._identity;
    return [new Message("NICK", [nick]), new Message("USER", [user, "0", "*", realname])];
  }

  /** Who we are, where that was left to a token: the capabilities are settled. @param {ReadonlySet<string>} enabled
   * @returns {Message[]} */
  resume(enabled) {
    const token = this._token;
    this._token = "";
    if (!token) {
      return [];
    }
    this.isResuming = enabled.has(RESUME) && this._confidential;
    return this.isResuming ? [new Message("RESUME", [token])] : this._introduction();
  }

  /** The server refused the token: who we are after all. @returns {Message[]} */
  notResumed() {
    this.isResuming = false;
    return this._introduction();
  }

  /** What to answer to a line, or that the server will not have us. @param {string} command @param {Message} line
   * @returns {Message[] | Turned} */
  hear(command, line) {
    const { params } = line;
    const text = params.at(-1) ?? "";
    if (NICK_TAKEN.includes(command) || (command === "432" && this._isTrying)) {
      return this._nickRefused(params[1] ?? "", text);
    }
    if (REFUSED.includes(command)) {
      return { reason: params.slice(1).slice(-2).join(": "), login: false, ours: false };
    }
    if (command === "FAIL" && params[0] === "NICK" && params[2] === this._nick) {
      const answer = this._nickRefused("", text);
      this._failedNicks.add(params[2]);
      return answer;
    }
    if (command === "FAIL" && params[1] === "ACCOUNT_REQUIRED") {
      return { reason: `${text} (who has an account logs in with it)`, login: false, ours: false };
    }
    return [];
  }

  /** @param {Message} line @returns {Step | null} what follows in the login, null when it is not about that */
  hearLogin(line) {
    return this._login === null ? null : this._after(this._login.hear(line));
  }

  /** The work of the login's last step is done. @param {import("./authentication.js").Result} result @returns {Step} */
  worked(result) {
    return this._after(this._login?.worked(result) ?? step()) ?? step();
  }

  /**
   * The capabilities are settled: log in where that is wanted and was not begun. null when there is nothing to wait
   * for.
   * @param {ReadonlySet<string>} enabled @param {string} mechanisms the value of the capability sasl
   * @returns {Step | null}
   */
  settle(enabled, mechanisms) {
    if (this._login !== null || this.isResuming) {
      return step();
    }
    const { credentials } = this._identity;
    if (!this._isNegotiating || this._isLoggedIn || credentials === null) {
      return null;
    }
    if (!enabled.has("sasl")) {
      return step({ failed: "the server has no accounts that one can log in to", ours: true });
    }
    this._login = new Authentication(credentials, this._confidential, mechanisms);
    return this._after(this._login.begin());
  }

  /** @param {ReadonlySet<string>} enabled @returns {Turned | null} why a server cannot be used, see rule 4 */
  lacking(enabled) {
    const missing = NEEDED.filter((name) => !enabled.has(name));
    const reason = `the server lacks what this page needs: ${missing.join(", ")}`;
    return missing.length ? { reason, login: false, ours: true } : null;
  }

  /** Let the registration go on, once. @returns {Message[]} */
  endNegotiation() {
    const isNow = this._isNegotiating;
    this._isNegotiating = false;
    return isNow ? [new Message("CAP", ["END"])] : [];
  }

  /** Note how the login ended, if it did. @param {Step | null} following @returns {Step | null} */
  _after(following) {
    if (following !== null && (following.succeeded || following.failed)) {
      this._login = null;
      this._isLoggedIn = following.succeeded;
    }
    return following;
  }

  /** The nick is taken: try another. A FAIL and a numeric about the same one are one refusal. @param {string} nick
   * @param {string} reason @returns {Message[] | Turned} */
  _nickRefused(nick, reason) {
    if (this._failedNicks.delete(nick)) {
      return [];
    }
    this.refusal = this.refusal || reason;
    this._isTrying = true;
    const following = this._candidates.shift();
    if (following === undefined) {
      return { reason: `${this._identity.nick} and all names like it are taken`, login: false, ours: false };
    }
    this._nick = following;
    return [new Message("NICK", [following])];
  }
}
