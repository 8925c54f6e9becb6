// What a Chat does about its own account: register, verify, log in, stay logged in.
//
// Rule: a password or a token goes only over a connection on which nobody can read along.
//
// Specifications: IRCv3 draft/account-registration, sasl-3.2 ("SASL Reauthentication"), draft/authtoken
// (https://github.com/ircv3/ircv3-specifications/pull/602).

import { Message, bytesOf } from "../wire/message.js";
import { Authentication, step } from "./authentication.js";
import { CommandRefused } from "./errors.js";
import { param } from "./hearing/basis.js";
import { PeopleCalls } from "./peopleCalls.js";
import { isConfidential } from "./socket.js";

export const REGISTRATION = "draft/account-registration";
// draft/account-registration, "Client considerations": what fits into any message that may have to carry it.
const PASSWORD_BYTES_MAX = 300;
// The service whose tokens log in to our account again, and how the server calls them: by their SHA-256.
const LOGIN_SERVICE = "ipc-chat/LOGIN";
const TOKEN_NAME_DIGITS = 6;

/** @typedef {import("./authentication.js").Step} Step */
/** @typedef {import("./sasl.js").Credentials} Credentials */
/**
 * What became of a registration. `pending`: the server waits for the code that it has sent (`verify`); `text` is what
 * it says about it.
 * @typedef {{account: string, pending: boolean, text: string}} Registered
 */

/** The methods about our own account. Each rejects with CommandRefused with the server's reason, TimedOut,
 * ChatClosed. */
export class AccountCalls extends PeopleCalls {
  /**
   * Register an account, by default with our nick's name, and be logged in to it, on later connections too, at once or
   * after `verify`. Some servers want an e-mail address.
   * @param {string} password @param {{account?: string, email?: string}} [how] @returns {Promise<Registered>}
   */
  async register(password, { account = "", email = "" } = {}) {
    this._requireRegistration();
    this._requireConfidential(password);
    const name = account || this.nick;
    const lines = await this._call("REGISTER", account || "*", email || "*", password);
    const verdict = lines.find(({ command, params }) => command === "REGISTER" && params.length > 2);
    if (verdict === undefined) {
      throw new CommandRefused("the server did not say what became of the registration");
    }
    const pending = param(verdict, 0).toUpperCase() === "VERIFICATION_REQUIRED";
    const credentials = { account: param(verdict, 1) || name, password };
    this._unverified = credentials;
    if (!pending) {
      this._loggedIn(credentials);
    }
    return { account: credentials.account, pending, text: verdict.params.at(-1) ?? "" };
  }

  /** Complete a registration with the code that the server has sent, and be logged in. @param {string} code
   * @param {string} [account] @returns {Promise<string>} the account */
  async verify(code, account = "") {
    this._requireRegistration();
    const unverified = this._unverified;
    const name = account || (unverified?.account ?? this.nick);
    const lines = await this._call("VERIFY", name, code);
    const verdict = lines.find(({ command, params }) => command === "VERIFY" && params.length > 1);
    if (unverified?.account === name) {
      this._loggedIn(unverified);
    }
    this._view.account = verdict ? param(verdict, 1) : name;
    return this._view.account;
  }

  /** Log in to an account, now and on later connections. @param {string} account @param {string} password
   * @returns {Promise<string>} its name */
  async login(account, password) {
    this._requireConfidential(password);
    if (this.connected && !this.capabilities.has("sasl")) {
      throw new CommandRefused("this server has no accounts that one can log in to");
    }
    const credentials = { account, password };
    const talk = new Authentication(credentials, isConfidential(this.url), this.capabilities.get("sasl") ?? "");
    let following = talk.begin();
    while (!following.succeeded && !following.failed) {
      following = await this._loginStep(talk, following);
    }
    if (following.failed) {
      for (const message of following.send) {
        await this._answers(message);
      }
      throw new CommandRefused(`${following.failed}${following.ours ? "" : "; are name and password right?"}`);
    }
    this._loggedIn(credentials);
    await this._takeOwnNick();
    return this.account || account;
  }

  /** Be logged out, now and on later connections. IRC has no command for it: the connection is made anew. */
  async logout() {
    this._requireOpen();
    if (!this.account) {
      throw new CommandRefused("you are not logged in");
    }
    this._conversation.become({ credentials: null });
    this._conversation.comeAgain("logging out");
    this._settle();
  }

  /** A token that logs in to our account again without the password, until `forgetLogin`: for this device alone.
   * @returns {Promise<string>} */
  async rememberLogin() {
    const lines = await this._call("TOKEN", "GENERATE", LOGIN_SERVICE);
    const given = lines.find(({ command, params }) => command.toUpperCase() === "TOKEN" && params.length > 3);
    if (given === undefined) {
      throw new CommandRefused("the server gave no token");
    }
    return param(given, 3);
  }

  /** A token of `rememberLogin` logs in no more. @param {string} token */
  async forgetLogin(token) {
    await this._call("NS", "TOKEN", "DEL", `web-${(await hashOf(token)).slice(0, TOKEN_NAME_DIGITS)}`);
  }

  /** Have what calls for us pushed to an endpoint while we are away, encrypted for these keys (soju.im/webpush).
   * @param {string} endpoint @param {string} p256dh @param {string} auth */
  async registerPush(endpoint, p256dh, auth) {
    await this._call("WEBPUSH", "REGISTER", endpoint, `p256dh=${p256dh};auth=${auth}`);
  }

  /** Nothing is pushed there any more. @param {string} endpoint */
  async unregisterPush(endpoint) {
    await this._call("WEBPUSH", "UNREGISTER", endpoint);
  }

  /** Say what the step says; what follows from the answer. @param {Authentication} talk @param {Step} current
   * @returns {Promise<Step>} */
  async _loginStep(talk, current) {
    if (current.work !== null) {
      return talk.worked(await current.work());
    }
    const follows = [];
    for (const message of current.send) {
      for (const line of await this._answers(message)) {
        follows.push(talk.hear(line));
      }
    }
    return follows.find((following) => following?.failed)
      ?? follows.find((following) => following?.work || following?.send.length || following?.succeeded)
      ?? step({ failed: "the server does not say how it goes on" });
  }

  /** The server's answer to a line of the login, a refusal too: it may name the next thing to try.
   * @param {Message} message @returns {Promise<Message[]>} */
  async _answers(message) {
    try {
      return await this._call(message.command, ...message.params);
    } catch (error) {
      if (!(error instanceof CommandRefused)) {
        throw error;
      }
      const isNumeric = /^\d/.test(error.code);
      return [isNumeric ? new Message(error.code, [this.nick, error.message])
        : new Message("FAIL", ["AUTHENTICATE", error.code, error.message])];
    }
  }

  /** It holds from now on. @param {Credentials} credentials */
  _loggedIn(credentials) {
    this._unverified = null;
    this._conversation.become({ credentials });
    this._view.account = this._view.account || credentials.account;
  }

  /** The nick we wanted may be ours now. Where another session of our user has it, we come again to join that. */
  async _takeOwnNick() {
    const { wantedNick } = this;
    if (this._view.isMe(wantedNick)) {
      return;
    }
    try {
      await this._call("NICK", wantedNick);
    } catch (error) {
      if (!(error instanceof CommandRefused)) {
        throw error;
      }
      this._conversation.comeAgain(`coming back as ${wantedNick}`);
      this._settle();
    }
  }

  _requireRegistration() {
    if (this.connected && !this.capabilities.has(REGISTRATION)) {
      throw new CommandRefused("this server registers no accounts; if it has a NickServ, write HELP to it");
    }
  }

  /** Refuse what would give the password away, or could not be said. @param {string} password */
  _requireConfidential(password) {
    this._requireOpen();
    if (!isConfidential(this.url)) {
      throw new CommandRefused("others could read the password on the way; open this page by https");
    }
    if (!password || /[\p{Cc}\p{Surrogate}\u2028\u2029]/u.test(password)) {
      throw new CommandRefused("a password is one line without control characters");
    }
    if (bytesOf(password) > PASSWORD_BYTES_MAX) {
      throw new CommandRefused(`a password has at most ${PASSWORD_BYTES_MAX} bytes`);
    }
  }
}

/** The SHA-256 of a text, hexadecimal. @param {string} text */
async function hashOf(text) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
