// The language of the wire: published vectors, limits, and what hostile servers write.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { FoldedMap, fold } from "../../../ipcchat/web/js/wire/casemap.js";
import { mergeIsupport, parseToken } from "../../../ipcchat/web/js/wire/isupport.js";
import { match } from "../../../ipcchat/web/js/wire/masks.js";
import { Message, WireError, bytesOf, formatMessage, parse, parseSource } from
  "../../../ipcchat/web/js/wire/message.js";
import { modeClasses, parseModes } from "../../../ipcchat/web/js/wire/modes.js";
import { splitText } from "../../../ipcchat/web/js/wire/splitting.js";
import { formatTime, parseTime } from "../../../ipcchat/web/js/wire/times.js";

// The vectors are JSON; what is in each is known to the test that reads it.
/** @typedef {any} Vector */

/** Ask the same of every vector of a file. @param {string} name @param {(vector: Vector) => void} check */
function each(name, check) {
  const file = new URL(`../../vectors/${name}.json`, import.meta.url);
  /** @type {Vector[]} */
  const vectors = JSON.parse(readFileSync(file, "utf8")).tests;
  assert.ok(vectors.length > 0, `${name}.json has no vectors`);
  vectors.forEach((vector, number) => test(`${name} ${number + 1}`, () => check(vector)));
}

/** @param {string} line */
function codeOf(line) {
  try {
    parse(line);
  } catch (error) {
    return error instanceof WireError ? error.code : error;
  }
  return "";
}

each("msg-split", ({ input, atoms }) => {
  const { command, params, source, tags } = parse(input);
  assert.deepEqual({ command, params, source, tags: Object.fromEntries(tags) }, {
    command: atoms.verb, params: atoms.params ?? [], source: atoms.source ?? null, tags: atoms.tags ?? {},
  });
});

each("msg-join", ({ atoms, matches }) => {
  const tags = new Map(Object.entries(atoms.tags ?? {}));
  const line = formatMessage(new Message(atoms.verb, atoms.params ?? [], atoms.source ?? null, tags));
  assert.ok(matches.includes(line), line);
});

each("userhost-split", ({ source, atoms }) => {
  assert.deepEqual(parseSource(source), { nick: atoms.nick, user: atoms.user ?? "", host: atoms.host ?? "" });
});

each("mask-match", ({ mask, matches, fails }) => {
  assert.deepEqual(matches.filter((/** @type {string} */ text) => !match(mask, text)), []);
  assert.deepEqual(fails.filter((/** @type {string} */ text) => match(mask, text)), []);
});

test("lines that are none are refused by name", () => {
  assert.deepEqual(["", "   ", "@a=b ", ": PING", "P1NG", "12", "PING\0", "PING\r", ":a b\nQUIT"].map(codeOf), [
    "EMPTY_COMMAND", "EMPTY_COMMAND", "EMPTY_COMMAND", "BAD_SOURCE", "BAD_COMMAND", "BAD_COMMAND",
    "FORBIDDEN_CHARACTER", "FORBIDDEN_CHARACTER", "FORBIDDEN_CHARACTER",
  ]);
});

test("what would not read back to the same is not written", () => {
  /** @type {[Message, string][]} */
  const rows = [
    [new Message("PRIVMSG", ["#tea", "a\r\nQUIT"]), "FORBIDDEN_CHARACTER"],
    [new Message("PRIVMSG", ["#tea x", "a"]), "BAD_PARAMETER"],
    [new Message("PRIVMSG", ["", "a"]), "BAD_PARAMETER"],
    [new Message("PRIVMSG", [":a", "a"]), "BAD_PARAMETER"],
    [new Message("PRIV MSG"), "BAD_COMMAND"],
    [new Message("PING", [], "a b"), "BAD_SOURCE"],
    [new Message("PING", [], null, new Map([["a;b", "c"]])), "BAD_TAG"],
    [new Message("PRIVMSG", ["#tea", "half \ud83d"]), "INVALID_UTF8"],
  ];
  for (const [message, code] of rows) {
    assert.throws(() => formatMessage(message), { code });
  }
});

test("names like those of prototypes are names like others", () => {
  const tags = parse("@__proto__=a;constructor=b PING").tags;
  assert.deepEqual([...tags], [["__proto__", "a"], ["constructor", "b"]]);
  const map = new FoldedMap([["__PROTO__", 1]]);
  assert.equal(map.get("__proto__"), 1);
  assert.equal(map.get("constructor"), undefined);
});

test("an emoji keeps its backslash in a tag", () => {
  const tags = new Map([["+a", "\\\u{1f600}; \n"]]);
  assert.deepEqual(parse(formatMessage(new Message("TAGMSG", ["#tea"], null, tags))).tags, tags);
});

test("a map that folds keeps its order, and the later of two names that become one", () => {
  const map = new FoldedMap([["Ann[]", 1], ["bob", 2], ["ann{}", 3]]);
  assert.equal(map.size, 3);
  map.refold("rfc1459");
  assert.deepEqual([...map], [["ann{}", 3], ["bob", 2]]);
  assert.equal(fold("A[]\\~\u00c4", "rfc1459"), "a{}|^\u00c4");
  assert.equal(fold("A[]\\~", "rfc1459-strict"), "a{}|~");
  assert.throws(() => fold("a", "unicode"), RangeError);
});

test("a long text is cut at spaces, never inside what is seen as one character", () => {
  assert.deepEqual(splitText("hello big world", 10), ["hello big", "world"]);
  assert.deepEqual(splitText("aaaaaa", 4), ["aaaa", "aa"]);
  assert.deepEqual(splitText("", 4), []);
  const whole = ["\u{1f468}\u200d\u{1f469}\u200d\u{1f467}", "\u{1f44d}\u{1f3fd}", "\u{1f1e9}\u{1f1ea}", "e\u0301\u0323",
    "\u1112\u1161\u11ab", "\u2764\ufe0f"];
  for (const character of whole) {
    const size = bytesOf(character);
    const text = `x${character}${character}`;
    for (let more = 0; more < size; more += 1) {
      assert.deepEqual(splitText(text, size + 1 + more), [`x${character}`, character], `${character} ${more}`);
    }
  }
  assert.throws(() => splitText("a", 3), RangeError);
  assert.throws(() => splitText("\ud83d", 10), { code: "INVALID_UTF8" });
});

test("pieces fit and lose only spaces, whatever the text is", () => {
  const alphabet = [" ", "a", "\u00e9", "\u20ac", "\u{1f600}", "\u0301", "\u200d", "\u{1f1e9}"];
  let seed = 7;
  for (let round = 0; round < 500; round += 1) {
    let text = "";
    for (let at = 0; at < 40; at += 1) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      text += alphabet[(seed >> 8) % alphabet.length];
    }
    const pieces = splitText(text, 4 + (round % 20));
    assert.ok(pieces.every((piece) => piece && bytesOf(piece) <= 4 + (round % 20)));
    assert.equal(pieces.join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
  }
});

test("tokens of 005 come and go", () => {
  const known = new Map([["MODES", "3"]]);
  mergeIsupport(known, ["NETWORK=A\\x20B", "-MODES", "WHOX", "", "=x"]);
  assert.deepEqual([...known], [["NETWORK", "A B"], ["WHOX", ""]]);
  assert.deepEqual(parseToken("-A"), ["A", null]);
});

test("modes take the arguments that their classes say", () => {
  const classes = modeClasses("beI,k,l,imnt", "(ov)@+");
  const read = parseModes(/** @type {NonNullable<typeof classes>} */ (classes), "+ovk-l+b-k?l", ["bob", "", "key"]);
  assert.deepEqual(read.map(({ added, letter, argument }) => `${added ? "+" : "-"}${letter} ${argument}`), [
    "+o bob", "+k key", "-l ", "+b ", "-k ", "-l ",
  ]);
  assert.equal(modeClasses("b,k,l,i", "(ov)@"), null);
  assert.equal(modeClasses("b,k,l,i", "ov"), null);
  assert.equal(modeClasses("b,k,l,i", "")?.prefixes, "");
});

test("times of the server", () => {
  assert.equal(formatTime(Date.UTC(2026, 0, 2, 3, 4, 5, 678)), "2026-01-02T03:04:05.678Z");
  assert.equal(parseTime("2026-01-02T03:04:05.6789Z"), Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  assert.equal(parseTime("2016-12-31T23:59:60Z"), Date.UTC(2016, 11, 31, 23, 59, 59, 999));
  const wrong = [
    "", "*", "2026-02-30T00:00:00Z", "2026-01-02 03:04:05Z", "1969-12-31T23:59:59.999Z", "2026-01-02T24:00:00Z",
  ];
  assert.deepEqual(wrong.map(parseTime), wrong.map(() => null));
});
