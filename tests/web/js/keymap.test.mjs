// view/keymap.js and view/permalinks.js: what they promise without a page.

import assert from "node:assert/strict";
import test from "node:test";

import { ACTIONS, keyOf, shownKeys } from "../../../ipcchat/web/js/view/keymap.js";
import { linkTo, readLink } from "../../../ipcchat/web/js/view/permalinks.js";

/** @param {Partial<KeyboardEvent>} pressed */
function key(pressed) {
  const event = { key: "", code: "", altKey: false, ctrlKey: false, shiftKey: false, metaKey: false, ...pressed };
  return keyOf(/** @type {KeyboardEvent} */ (event));
}

test("in one place a key does one thing", () => {
  const all = ACTIONS.flatMap((action) => action.keys.map((name) => `${action.where} ${name}`));
  assert.deepEqual(all.filter((name, place) => all.indexOf(name) !== place), []);
});

test("no key is one that a browser keeps for itself, or that people expect to be the browser's", () => {
  const kept = ["ctrl+w", "ctrl+t", "ctrl+n", "ctrl+tab", "ctrl+p", "ctrl+a", "ctrl+e", "ctrl+r", "ctrl+l", "alt+left"];
  assert.deepEqual(ACTIONS.filter((action) => action.keys.some((name) => kept.includes(name))), []);
});

test("every key that is shown has a name", () => {
  for (const action of ACTIONS) {
    assert.match(shownKeys(action), /\S/);
  }
});

test("a key is named by where it is with Alt, else by what it types", () => {
  assert.equal(key({ key: "å", code: "KeyA", altKey: true }), "alt+a");
  assert.equal(key({ key: "ArrowUp", altKey: true, shiftKey: true }), "alt+shift+up");
  assert.equal(key({ key: "?", code: "Minus", shiftKey: true }), "?");
  assert.equal(key({ key: "K", code: "KeyK", ctrlKey: true }), "ctrl+k");
});

test("an address leads back to its message, whatever the names are", () => {
  for (const name of ["#tea", "##a/b", "#é%", "__proto__"]) {
    assert.deepEqual(readLink(linkTo(name, "a/b+c=")), { name, msgid: "a/b+c=" });
    assert.deepEqual(readLink(linkTo(name, "")), { name, msgid: "" });
  }
});

test("an address that is none leads nowhere", () => {
  for (const hash of ["", "#", "#messages", "#/c/", "#/c/%", "#/c/a%0Ab", "#/c/a%20b", `#/c/${"x".repeat(300)}`]) {
    assert.equal(readLink(hash), null);
  }
});
