// Texts of others are harmless, whatever they are; and times as people read them.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import {
  CHARACTERS_MAX, COLOURS, LINES_MAX, isCut, linesOf, spansOf,
} from "../../../ipcchat/web/js/text/formatting.js";
import { LINK_MAX, saneEnd, target, trueHost } from "../../../ipcchat/web/js/text/links.js";
import { colourNumber, isNick, mentions } from "../../../ipcchat/web/js/text/nicks.js";
import { duration, several, startOf } from "../../../ipcchat/web/js/text/phrases.js";
import { MARKS_MAX, harmless, printable } from "../../../ipcchat/web/js/text/printable.js";
import { clock, dayName, dayOf, inFull, moment } from "../../../ipcchat/web/js/text/when.js";

const HARMFUL = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
const SIGNS = [
  ..."\x00\x02\x03\x04\x0f\x11\x16\x1b\x1d\x1e\x1f\t\n\r 0149,ab`#:/.()[]\u202e\u2066\u200b\ud800\u0301\u{1f600}",
  "http://", "javascript:", "mailto:", "```", "\u0430.example", "__proto__", "\u{e0041}", "\u5f20",
];

/** Texts that nobody wrote by hand: the same in every run. @param {(text: string) => void} check */
function anyText(check) {
  let seed = 11;
  for (let turn = 0; turn < 3000; turn++) {
    let text = "";
    for (let length = turn % 40; length > 0; length--) {
      seed = (seed * 48_271) % 2_147_483_647;
      text += SIGNS[seed % SIGNS.length];
    }
    check(text);
  }
}

describe("texts", () => {
  it("have no harmful character, whatever was sent", () => {
    anyText((text) => {
      assert.doesNotMatch(printable(text), HARMFUL);
      for (const { spans } of linesOf(text, () => true)) {
        for (const span of spans) {
          assert.doesNotMatch(span.text, HARMFUL);
          assert.ok(span.text !== "" && !/\p{Cs}/u.test(span.text));
        }
      }
    });
  });

  it("are whole when nothing in them means anything", () => {
    anyText((text) => {
      if (/^[\x20-\x7e]*$/.test(text)) {
        assert.equal(spansOf(text).map((span) => span.text).join(""), text);
      }
    });
  });

  it("lead only to allowed places, by plain ASCII", () => {
    anyText((text) => {
      for (const { marks } of spansOf(`http://${text} javascript:${text} mailto:${text}`)) {
        assert.match(marks.url ?? "http://", /^(?:https?:\/\/|ircs?:\/\/|mailto:)[\x21-\x7e]*$/i);
      }
    });
  });

  it("have a bounded number of marks on a letter, and nothing invisible", () => {
    assert.equal(harmless(`a${"\u0301".repeat(1000)}b`), `a${"\u0301".repeat(MARKS_MAX)}\ufffdb`);
    assert.equal(harmless("a\u200bd\u00admin"), "admin");
    assert.equal(harmless("\u{1f469}\u200d\u{1f4bb}"), "\u{1f469}\u200d\u{1f4bb}");
  });

  it("are looked at in part when they are too long", () => {
    assert.equal(linesOf("x".repeat(100_000))[0]?.spans[0]?.text.length, CHARACTERS_MAX);
    assert.equal(linesOf("x\n".repeat(100_000)).length, LINES_MAX);
    assert.deepEqual([0, 1].map((more) => isCut("x".repeat(CHARACTERS_MAX + more))), [false, true]);
    assert.deepEqual([-1, 0].map((more) => isCut("\n".repeat(LINES_MAX + more))), [false, true]);
  });

  it("take little time, made to be slow or not", () => {
    const began = performance.now();
    const pieces = ["`", "```\n", "\x03", "http://", "#", "http://(", "a\u0301", "\u0430.", "http://\u0430)))", "a@b:"];
    for (const piece of pieces) {
      linesOf(piece.repeat(CHARACTERS_MAX), () => true);
    }
    saneEnd(`http://a${")".repeat(LINK_MAX)}`);
    assert.ok(performance.now() - began < 1000);
  });

  it("have the 99 colours of the specification", () => {
    assert.deepEqual([COLOURS.length, COLOURS[16], COLOURS[98]], [99, "#470000", "#ffffff"]);
  });
});

describe("links", () => {
  it("show a host that only looks like another as it is", () => {
    const looksLikeApple = "http://\u0430\u0440\u0440\u04cf\u0435.com/";
    assert.equal(trueHost(looksLikeApple), "xn--80ak6aa92e.com");
    const spans = spansOf(`see ${looksLikeApple}.`);
    assert.equal(spans.map((span) => span.text).join(""), `see ${looksLikeApple} (xn--80ak6aa92e.com).`);
  });

  it("lead nowhere when their host cannot be", () => {
    assert.deepEqual([target(`http://${"\u0430".repeat(300)}.com`), target("http://\u0430 b/")], ["", ""]);
  });
});

describe("nicks", () => {
  it("have colours below their number, the same each time", () => {
    anyText((text) => {
      const number = colourNumber(text, 16);
      assert.ok(number >= 0 && number < 16 && number === colourNumber(text, 16));
    });
  });

  it("are what RFC 2812 says, up to 32 characters", () => {
    const nicks = ["ann", "a".repeat(32), "[x]", "a".repeat(33), "1a", "", "a b", "d\u00fc", "a\n"];
    assert.deepEqual(nicks.map(isNick), [true, true, true, false, false, false, false, false, false]);
    assert.deepEqual(["hi a.b!", "hi axb"].map((text) => mentions(text, "a.b")), [true, false]);
  });
});

describe("phrases", () => {
  it("are short and harmless", () => {
    assert.equal(several(["a", "b", "c"], 1), "a and 2 more");
    assert.equal(several([]), "");
    assert.deepEqual([5, 65, 7500, 90_000, 3600].map(duration), ["5 s", "1 min", "2 h 5 min", "1 d 1 h", "1 h"]);
    assert.equal(startOf(" a\n b\x1b "), "a b\u241b");
    assert.equal([...startOf("\u{1f600}".repeat(100))].length, 60);
    assert.ok(startOf("x".repeat(1_000_000)).endsWith("x\u2026"));
  });
});

describe("times", () => {
  const noon = new Date(2026, 10, 23, 12).getTime();

  it("are named as days are", () => {
    const days = [0, 1, 2].map((back) => dayName(noon - back * 86_400_000, noon));
    assert.deepEqual(days.slice(0, 2), ["Today", "Yesterday"]);
    assert.match(days[2] ?? "", /21/);
    assert.doesNotMatch(days[2] ?? "", /2026/);
    assert.match(dayName(new Date(2024, 1, 29).getTime(), noon), /2024/);
  });

  it("begin a day where people are", () => {
    const midnight = new Date(2026, 10, 23).getTime();
    assert.equal(dayOf(midnight), dayOf(noon));
    assert.equal(dayOf(midnight - 1), dayOf(noon) - 1);
  });

  it("are shown in a sentence, and never stop the program", () => {
    assert.match(clock(noon), /12:00/);
    assert.equal(moment(noon, noon), clock(noon));
    assert.match(moment(noon, noon + 864_000_000), /2026/);
    assert.match(inFull(noon), /2026.*12:00:00/);
    assert.deepEqual([clock(Number.NaN), inFull(9e15), dayName(Infinity, noon)], ["?", "?", "?"]);
  });
});
