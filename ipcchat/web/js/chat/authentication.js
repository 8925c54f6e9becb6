// One login to an account, as talk: what to send, what was answered, how it ended. Without a connection.
//
// `begin` and `hear` return a Step: lines to send, `work` to be done before the next step (`worked` takes its result),
// and at the end whether it succeeded or why not.
//
// Rules:
// 1. A mechanism that the server does not know after all, which it says before its first challenge, is followed by the
//    next one we may use. Once a mechanism has begun, its failure is the end: another has no better password.
// 2. When we give up, the server is told.
//
// Specification: IRCv3 sasl-3.1 and sasl-3.2.

import { Message } from "../wire/message.js";
import { Gathering, SaslProblem, chunks, mechanism, usable } from "./sasl.js";

const FAILED = ["902", "904", "905", "906"];
const SUCCEEDED = ["903", "907"];

/** @typedef {import("./sasl.js").Bytes} Bytes */
/** @typedef {Bytes | SaslProblem} Result */
/**
 * What follows: `failed` is why it is over without success; `ours` says that this is by our own decision.
 * @typedef {{send: Message[], work: (() => Promise<Result>) | null, succeeded: boolean, failed: string,
 *   ours: boolean}} Step
 */

/** @param {Partial<Step>} [parts] @returns {Step} */
export function step(parts = {}) {
  return { send: [], work: null, succeeded: false, failed: "", ours: false, ...parts };
}

/** One login. Throws nothing: what goes wrong is in the Step. */
export class Authentication {
  /** @param {import("./sasl.js").Credentials} credentials @param {boolean} confidential @param {string} offered */
  constructor(credentials, confidential, offered) {
    this._credentials = credentials;
    this._confidential = confidential;
    this._offered = offered;
    /** @type {string[]} */
    this._names = [];
    /** @type {import("./sasl.js").Mechanism | null} */
    this._mechanism = null;
    this._gathering = new Gathering();
    this._isChallenged = false;
  }

  /** Choose a mechanism and say so. @returns {Step} */
  begin() {
    return this._trying(() => {
      this._names = usable(this._offered, this._confidential, Boolean(this._credentials.token));
      return this._tryNext();
    });
  }

  /** @param {Message} line @returns {Step | null} what follows; null when it is not about the login */
  hear(line) {
    const command = line.command.toUpperCase();
    const text = line.params.at(-1) ?? "";
    if (command === "AUTHENTICATE") {
      return this._challenge(line.params[0] ?? "");
    }
    if (SUCCEEDED.includes(command)) {
      return this._mechanism?.complete === false
        ? step({ failed: "the server did not prove that it knows the password; is it the right one?", ours: true })
        : step({ succeeded: true });
    }
    if (FAILED.includes(command) || (command === "FAIL" && line.params[0] === "AUTHENTICATE")) {
      return !this._isChallenged && this._names.length
        ? this._trying(() => this._tryNext())
        : step({ failed: text || "the server does not say why" });
    }
    if (command === "908" && !this._isChallenged) {
      const listed = (line.params[1] ?? "").toUpperCase().split(",");
      this._names = this._names.filter((name) => listed.includes(name));
    }
    return null;
  }

  /** The work of the last step is done; what follows. @param {Result} result @returns {Step} */
  worked(result) {
    if (result instanceof SaslProblem) {
      this._mechanism = null;
      return step({ send: [new Message("AUTHENTICATE", ["*"])], failed: result.message, ours: true });
    }
    return step({ send: chunks(result).map((chunk) => new Message("AUTHENTICATE", [chunk])) });
  }

  /** @param {() => Step} begin @returns {Step} */
  _trying(begin) {
    try {
      return begin();
    } catch (error) {
      if (error instanceof SaslProblem) {
        return step({ failed: error.message, ours: true });
      }
      throw error;
    }
  }

  /** @returns {Step} the next mechanism. Throws SaslProblem. */
  _tryNext() {
    const name = this._names.shift() ?? "";
    this._mechanism = mechanism(name, this._credentials);
    return step({ send: [new Message("AUTHENTICATE", [name])] });
  }

  /** @param {string} piece @returns {Step} */
  _challenge(piece) {
    const current = this._mechanism;
    if (current === null) {
      return step();
    }
    this._isChallenged = true;
    try {
      const challenge = this._gathering.add(piece);
      return challenge === null ? step() : step({ work: () => responseOf(current, challenge) });
    } catch (error) {
      return this.worked(problemOf(error));
    }
  }
}

/** @param {import("./sasl.js").Mechanism} current @param {Bytes} challenge @returns {Promise<Result>} */
async function responseOf(current, challenge) {
  try {
    return await current.respond(challenge);
  } catch (error) {
    return problemOf(error);
  }
}

/** @param {unknown} error @returns {SaslProblem} Throws what is none. */
function problemOf(error) {
  if (error instanceof SaslProblem) {
    return error;
  }
  throw error;
}
