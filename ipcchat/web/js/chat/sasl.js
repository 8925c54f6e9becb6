// The ways to log in to an account: which of them may be used where, and what each says.
//
// Rules:
// 1. SCRAM-SHA-256 is taken where the server has it (the password never leaves us, and the server proves that it knows
//    it too), else PLAIN. A browser has the arithmetic of SCRAM only on a page that came by https or from this machine.
// 2. PLAIN gives the password away, so it is used only where nobody can read along, whatever a server offers or
//    refuses. So does IRCV3BEARER with a token, and a token is never tried as anything else.
// 3. A server's SCRAM is believed when its signature is right, and not before. Its iteration count is ITERATIONS_MIN to
//    ITERATIONS_MAX: fewer would make the password easy to guess, more would keep us busy for its fun.
//
// Specifications: IRCv3 sasl-3.1 and sasl-3.2, RFC 4616 (PLAIN), RFC 4013 (SASLprep), RFC 5802 and RFC 7677 (SCRAM),
// IRCV3BEARER (https://github.com/ircv3/ircv3-specifications/pull/545).

const CHUNK_CHARACTERS = 400;
const CHALLENGE_CHARACTERS_MAX = 16_384;
const ITERATIONS_MIN = 4_096;
const ITERATIONS_MAX = 10_000_000;
const NONCE_BYTES = 24;
const BEARER = "IRCV3BEARER";
// The type of our tokens, for servers that know several.
const TOKEN_TYPE = "ipc";
const WRONG = "the server's part of the login makes no sense; is it the right server?";

/** @typedef {{account: string, password: string, token?: string}} Credentials a token stands for the password */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/**
 * One login. `complete`: the server's word that it succeeded may be believed. `respond` gives the response to the next
 * challenge; the first is empty.
 * @typedef {{complete: boolean, respond: (challenge: Bytes) => Promise<Bytes>}} Mechanism
 */

/** The login cannot go on by our own decision; the text says why, without the password. */
export class SaslProblem extends Error {}

/** @param {string} text @returns {Bytes} */
function encoded(text) {
  return new TextEncoder().encode(text);
}

/** @param {Bytes} bytes @returns {string} Base64 */
export function toBase64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** @param {string} text Base64 @returns {Bytes} Throws SaslProblem. */
export function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  } catch {
    throw new SaslProblem(WRONG);
  }
}

/**
 * SASLprep: equal texts however they were typed. Throws SaslProblem for what no password may have.
 * @param {string} text @returns {string}
 */
export function prepared(text) {
  const mapped = text
    .replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g, " ")
    .replace(/[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g, "")
    .normalize("NFKC");
  if (/[\p{Cc}\p{Surrogate}\p{Co}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u206f\ufff9-\uffff]/u.test(mapped)) {
    throw new SaslProblem("the name or the password has characters that cannot be used here");
  }
  return mapped;
}

/** All that there is to say in one response: what proves it, as it is. @implements {Mechanism} */
class Said {
  /** @param {...string} parts with NUL between them */
  constructor(...parts) {
    this.complete = true;
    this._text = parts.join("\0");
  }

  /** @param {Bytes} challenge @returns {Promise<Bytes>} */
  async respond(challenge) {
    if (challenge.length) {
      throw new SaslProblem("the server asks something that we do not have");
    }
    return encoded(this._text);
  }
}

/** Both sides prove that they know the password. @implements {Mechanism} */
export class Scram {
  /** @param {Credentials} credentials @param {string} [nonce] something that was never used before */
  constructor(credentials, nonce = toBase64(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)))) {
    const name = prepared(credentials.account).replace(/=/g, "=3D").replace(/,/g, "=2C");
    this.complete = false;
    this._password = prepared(credentials.password);
    this._nonce = nonce;
    this._begin = `n=${name},r=${nonce}`;
    this._signature = "";
    this._step = 0;
  }

  /** Our first message, then the proof, then nothing. @param {Bytes} challenge @returns {Promise<Bytes>} */
  async respond(challenge) {
    this._step += 1;
    const said = new TextDecoder().decode(challenge);
    if (this._step === 1 && !said) {
      return encoded(`n,,${this._begin}`);
    }
    if (this._step === 2) {
      return encoded(await this._proof(said));
    }
    if (this._step !== 3 || said.split(",")[0] !== `v=${this._signature}`) {
      throw new SaslProblem("the server's SCRAM is wrong; is it the right server?");
    }
    this.complete = true;
    return encoded("");
  }

  /** @param {string} said "r=...,s=...,i=..." @returns {Promise<string>} */
  async _proof(said) {
    const [, nonce = "", salt = "", count = ""] = /^r=([^,]+),s=([^,]+),i=(\d+)(?:,|$)/.exec(said) ?? [];
    if (!nonce.startsWith(this._nonce) || nonce === this._nonce) {
      throw new SaslProblem(WRONG);
    }
    const iterations = Number(count);
    if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) {
      const wanted = count.slice(0, 20);
      throw new SaslProblem(
        `the server wants ${wanted} iterations of SCRAM; ${ITERATIONS_MIN} to ${ITERATIONS_MAX} are safe`,
      );
    }
    const salted = await stretched(encoded(this._password), fromBase64(salt), iterations);
    const clientKey = await hmac(salted, encoded("Client Key"));
    const storedKey = new Uint8Array(await crypto.subtle.digest("SHA-256", clientKey));
    const ending = `c=biws,r=${nonce}`;
    const all = encoded(`${this._begin},${said},${ending}`);
    this._signature = toBase64(await hmac(await hmac(salted, encoded("Server Key")), all));
    const signature = await hmac(storedKey, all);
    return `${ending},p=${toBase64(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0)))}`;
  }
}

/** PBKDF2. @param {Bytes} password @param {Bytes} salt @param {number} iterations @returns {Promise<Bytes>} */
async function stretched(password, salt, iterations) {
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256);
  return new Uint8Array(bits);
}

/** @param {Bytes} secret @param {Bytes} text @returns {Promise<Bytes>} */
async function hmac(secret, text) {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, text));
}

/** @param {string} name of a mechanism @param {Credentials} credentials @returns {Mechanism} */
export function mechanism(name, credentials) {
  const { account, password, token = "" } = credentials;
  if (name === BEARER) {
    return new Said("", TOKEN_TYPE, token);
  }
  return name === "PLAIN" ? new Said("", account, password) : new Scram(credentials);
}

/**
 * The mechanisms to try, the strongest first. `offered` is the value of the capability, "" when the server does not
 * say; `confidential`: nobody can read along; `byToken`: there is a token and no password. Throws SaslProblem, with
 * what to do, when there is none.
 * @param {string} offered @param {boolean} confidential @param {boolean} [byToken] @returns {string[]}
 */
export function usable(offered, confidential, byToken = false) {
  const names = offered.toUpperCase().split(",").filter(Boolean);
  const able = byToken
    ? { [BEARER]: confidential }
    : { "SCRAM-SHA-256": Boolean(globalThis.crypto?.subtle), PLAIN: confidential };
  const ours = Object.entries(able).filter(([, can]) => can).map(([name]) => name);
  const found = ours.filter((name) => !names.length || names.includes(name));
  if (found.length) {
    return found;
  }
  throw new SaslProblem(confidential
    ? `the server logs in by ${names.slice(0, 20).join(", ")}, and we could by ${ours.join(", ")}`
    : "others could read the password on the way; open this page by https");
}

/** @param {Bytes} response @returns {string[]} parameters of AUTHENTICATE; "+" for nothing, and behind a full one */
export function chunks(response) {
  const pieces = toBase64(response).match(new RegExp(`.{1,${CHUNK_CHARACTERS}}`, "g")) ?? [];
  return pieces.at(-1)?.length === CHUNK_CHARACTERS || !pieces.length ? [...pieces, "+"] : pieces;
}

/** A challenge of the server, put together from the parameters of its AUTHENTICATE lines. */
export class Gathering {
  constructor() {
    this._text = "";
  }

  /** @param {string} piece @returns {Bytes | null} the whole challenge once it is there. Throws SaslProblem. */
  add(piece) {
    this._text += piece === "+" ? "" : piece;
    if (this._text.length > CHALLENGE_CHARACTERS_MAX) {
      throw new SaslProblem("the server's part of the login is too long");
    }
    if (piece.length === CHUNK_CHARACTERS) {
      return null;
    }
    const text = this._text;
    this._text = "";
    return fromBase64(text);
  }
}
