// What the terminal client and the web client must agree upon: the files that tests/web/test_vectors.py reads too.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { sentence } from "../../../ipcchat/web/js/text/comings.js";
import { linesOf } from "../../../ipcchat/web/js/text/formatting.js";
import { HAPPENINGS } from "../../../ipcchat/web/js/text/happenings.js";
import { colourNumber, naming } from "../../../ipcchat/web/js/text/nicks.js";
import { printable } from "../../../ipcchat/web/js/text/printable.js";
import { comparable, quality, ranked } from "../../../ipcchat/web/js/model/fuzzy.js";
import { fold } from "../../../ipcchat/web/js/wire/casemap.js";

// The examples are JSON; what is in each is known to the function that reads it.
/** @typedef {any} Example */

/** Ask the same of every example of a file. @param {string} name @param {(example: Example) => void} check */
function each(name, check) {
  const file = new URL(`../../vectors/${name}.json`, import.meta.url);
  /** @type {Example[]} */
  const examples = JSON.parse(readFileSync(file, "utf8")).tests;
  assert.ok(examples.length > 0, `${name}.json has no examples`);
  examples.forEach((example, number) => test(`${name} ${number + 1}`, () => check(example)));
}

each("nick-colours", ({ nick, colours, number }) => assert.equal(colourNumber(nick, colours), number));

each("mentions", ({ text, words, mentions }) => assert.equal(naming(words).test(text), mentions));

each("casemapping", ({ name, mapping, folded }) => assert.equal(fold(name, mapping), folded));

each("printable", ({ text, printable: expected }) => assert.equal(printable(text), expected));

each("links", ({ text, links }) => {
  const spans = linesOf(text).flatMap((line) => line.spans);
  assert.deepEqual(spans.flatMap((span) => span.marks.url ?? []), links);
});

each("formatting", ({ text, nicks, lines }) => {
  assert.deepEqual(linesOf(text, (nick) => nicks.includes(nick)), lines);
});

each("fuzzy", ({ typed, names, limit, ranked: expected }) => {
  const candidates = names.map((/** @type {[string, string, number]} */ [name, network, weight]) => {
    return { name: comparable(name), network, weight, target: name };
  });
  assert.deepEqual(ranked(typed, candidates, limit), expected);
});

each("fuzzy-quality", ({ typed, name, quality: expected }) => {
  assert.equal(quality(comparable(typed), comparable(name)), expected);
});

each("comings", ({ people, sentence: expected }) => {
  const comings = people.map((/** @type {[string, string, string]} */ [nick, verb, reason]) => {
    return { time: 0, nick, verb, reason, known: false };
  });
  assert.equal(sentence(comings), expected);
});

each("happenings", ({ event, sentence: expected }) => {
  assert.equal(HAPPENINGS.get(event.type)?.(lobby, event), expected);
});

/** Somebody who looks at #lobby, where ann is, and knows one message. */
const lobby = {
  where: (/** @type {string | null} */ channel) => (channel === null || channel === "#lobby" ? "" : ` ${channel}`),
  when: () => "",
  quotation: (/** @type {string} */ msgid) => (msgid === "m1" ? "<ann> hello" : ""),
  isNews: (/** @type {string} */ _, /** @type {string} */ away) => away !== "told",
  isNear: (/** @type {string} */ nick) => nick === "ann",
};
