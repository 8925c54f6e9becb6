// One IRC line and its parts: parsing, formatting and the tag escapes.
//
// Rules:
// 1. A line has no ending here: one WebSocket message is one line.
// 2. `parse` throws WireError for every line it cannot read, and no other error.
// 3. `formatMessage` is the injection guard: it throws WireError for anything that would not parse back to the same.
// 4. A tag without a value and a tag with an empty one are the same: "".
// 5. Tags are a Map: a key may be any word, "__proto__" too.
//
// Specifications: Modern IRC "Message Format", IRCv3 message-tags, IRCv3 websocket.

/** Input not in the language of the wire: `code` is a word for programs, the text tells people what to do. */
export class WireError extends Error {
  /** @param {string} code @param {string} text */
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

/** @typedef {Map<string, string>} Tags */
/** @typedef {{nick: string, user: string, host: string}} Source */

/** One IRC line. `command` is as received (compare it in upper case). */
export class Message {
  /** @param {string} command @param {string[]} [params] @param {string | null} [source] @param {Tags} [tags] */
  constructor(command, params = [], source = null, tags = new Map()) {
    this.command = command;
    this.params = params;
    this.source = source;
    this.tags = tags;
  }
}

const FORBIDDEN = /[\0\r\n]/;
const COMMAND = /^(?:[A-Za-z]+|[0-9]{3})$/;
const LONE_SURROGATE = /\p{Surrogate}/u;
/** @type {ReadonlyMap<string, string>} */
const UNESCAPED = new Map([[":", ";"], ["s", " "], ["r", "\r"], ["n", "\n"]]);
/** @type {ReadonlyMap<string, string>} */
const ESCAPED = new Map([[";", "\\:"], [" ", "\\s"], ["\\", "\\\\"], ["\r", "\\r"], ["\n", "\\n"]]);

/**
 * The text before the first `separator`, whether there is one, and the text behind it.
 * @param {string} text @param {string} separator @returns {[string, boolean, string]}
 */
export function partition(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text, false, ""] : [text.slice(0, at), true, text.slice(at + separator.length)];
}

/** @param {string} text @returns {number} its length in UTF-8 */
export function bytesOf(text) {
  return new TextEncoder().encode(text).length;
}

/** @param {string} line @returns {Message} Throws WireError. Runs of spaces separate like one (RFC 1459 2.3). */
export function parse(line) {
  if (FORBIDDEN.test(line)) {
    throw new WireError("FORBIDDEN_CHARACTER", "A line cannot contain NUL, CR or LF; take them out");
  }
  let rest = line;
  /** @type {Tags} */
  let tags = new Map();
  let source = null;
  if (rest[0] === "@") {
    const [tagged, , behind] = partition(rest.slice(1), " ");
    tags = parseTags(tagged);
    rest = behind.replace(/^ +/, "");
  }
  if (rest[0] === ":") {
    const [name, spaced, behind] = partition(rest.slice(1), " ");
    if (spaced && !name) {
      throw new WireError("BAD_SOURCE", "There is no name after ':'; write one directly behind it or leave ':' out");
    }
    source = name;
    rest = behind;
  }
  return parseCommand(rest, source, tags);
}

/** @param {string} text @param {string | null} source @param {Tags} tags @returns {Message} */
function parseCommand(text, source, tags) {
  const [head, hasTrailing, trailing] = partition(text, " :");
  const [command, ...params] = head.split(" ").filter((word) => word);
  if (command === undefined) {
    throw new WireError("EMPTY_COMMAND", "The line has no command; write one, for instance PRIVMSG #lobby :hello");
  }
  if (!COMMAND.test(command)) {
    throw new WireError("BAD_COMMAND", "A command is letters A to Z or three digits");
  }
  if (hasTrailing) {
    params.push(trailing);
  }
  return new Message(command, params, source, tags);
}

/** @param {string} text "a=b;c"; the last of several equal keys wins @returns {Tags} */
function parseTags(text) {
  const tags = new Map();
  for (const item of text.split(";")) {
    const [key, , value] = partition(item, "=");
    if (key) {
      tags.set(key, unescapeValue(value));
    }
  }
  return tags;
}

/** @param {string} value @returns {string} without escapes; an unknown one loses its backslash, so does a lone one */
export function unescapeValue(value) {
  return value.replace(/\\([^]?)/gu, (_, letter) => UNESCAPED.get(letter) ?? letter);
}

/** @param {string} value @returns {string} as it is written on the wire; NUL is refused by `formatMessage` */
export function escapeValue(value) {
  return value.replace(/[; \\\r\n]/g, (sign) => ESCAPED.get(sign) ?? sign);
}

/** @param {Tags} tags @returns {string} "a=b;c" without "@". Throws WireError: BAD_TAG. */
export function formatTags(tags) {
  const words = [...tags].map(([key, value]) => {
    if (!key || /[; =\r\n]/.test(key)) {
      throw new WireError("BAD_TAG", "A tag key cannot be empty or contain ';', '=', space, CR or LF");
    }
    return value ? `${key}=${escapeValue(value)}` : key;
  });
  return words.join(";");
}

/**
 * A message as one line without an ending. Throws WireError: BAD_COMMAND, BAD_SOURCE, BAD_PARAMETER (a middle one is
 * empty, has a space or begins with ':'), BAD_TAG, FORBIDDEN_CHARACTER, INVALID_UTF8 (a lone surrogate).
 * @param {Message} message @returns {string}
 */
export function formatMessage(message) {
  const { command, params, source, tags } = message;
  if (!COMMAND.test(command)) {
    throw new WireError("BAD_COMMAND", "A command is letters A to Z or three digits");
  }
  if (source !== null && (!source || source.includes(" "))) {
    throw new WireError("BAD_SOURCE", "A source cannot be empty or contain a space");
  }
  const parts = params.map((param, index) => formatParam(param, index === params.length - 1));
  const line = [tags.size ? `@${formatTags(tags)}` : "", source === null ? "" : `:${source}`, command, ...parts]
    .filter((part, index) => part || index > 1).join(" ");
  if (FORBIDDEN.test(line)) {
    throw new WireError("FORBIDDEN_CHARACTER", "A line cannot contain NUL, CR or LF; take them out");
  }
  if (LONE_SURROGATE.test(line)) {
    throw new WireError("INVALID_UTF8", "The text has half of a character; take it out");
  }
  return line;
}

/** @param {string} param @param {boolean} isLast @returns {string} */
function formatParam(param, isLast) {
  if (param && param[0] !== ":" && !param.includes(" ")) {
    return param;
  }
  if (!isLast) {
    throw new WireError("BAD_PARAMETER", "Only the last parameter can be empty, spaced or begin with ':'");
  }
  return `:${param}`;
}

/** @param {string} text "nick!user@host"; every part but the nick may be missing @returns {Source} */
export function parseSource(text) {
  const [name, , host] = partition(text, "@");
  const [nick, , user] = partition(name, "!");
  return { nick, user, host };
}
