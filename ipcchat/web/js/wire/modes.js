// Mode strings: "+o-v ann bob" to changes.
//
// Rules:
// 1. Which letters take an argument is a table: the four classes of CHANMODES and the letters of PREFIX.
// 2. Parsing never fails: what cannot be understood is left out, the rest is used.
// 3. An empty argument is a missing one.
//
// Specification: Modern IRC "MODE message", "CHANMODES", "PREFIX".

/**
 * Which letter is what: CHANMODES=lists,settings,limits,flags and PREFIX=(prefixes)symbols, the highest first. `lists`
 * (A) take an argument, and without one ask for the list; `settings` (B) always take one; `limits` (C) only when set;
 * `flags` (D) never; `prefixes` always take a nick.
 * @typedef {{lists: string, settings: string, limits: string, flags: string, prefixes: string, symbols: string}}
 *   ModeClasses
 */
/** @typedef {{added: boolean, letter: string, argument: string}} Change one mode; `argument` is "" for none */

/** @param {string} chanmodes @param {string} prefix @returns {ModeClasses | null} null when PREFIX makes no sense */
export function modeClasses(chanmodes, prefix) {
  const [lists = "", settings = "", limits = "", flags = ""] = chanmodes.split(",");
  const found = /^\(([^)]*)\)(.*)$/.exec(prefix || "()");
  const [, prefixes = "", symbols = ""] = found ?? [];
  const isRight = found !== null && prefixes.length === symbols.length;
  return isRight ? { lists, settings, limits, flags, prefixes, symbols } : null;
}

/** @param {ModeClasses} classes @param {string} letters @param {readonly string[]} given @returns {Change[]} */
export function parseModes(classes, letters, given = []) {
  const waiting = [...given];
  /** @type {Change[]} */
  const changes = [];
  let added = true;
  for (const letter of letters) {
    if (letter === "+" || letter === "-") {
      added = letter === "+";
      continue;
    }
    const isSetting = classes.settings.includes(letter);
    const mayHave = classes.lists.includes(letter) || (isSetting && !added);
    const isLimit = classes.limits.includes(letter);
    const mustHave = !mayHave && (classes.prefixes.includes(letter) || isSetting || (isLimit && added));
    if (!mayHave && !mustHave && !isLimit && !classes.flags.includes(letter)) {
      continue;
    }
    const argument = mayHave || mustHave ? waiting.shift() ?? "" : "";
    if (argument || !mustHave) {
      changes.push({ added, letter, argument });
    }
  }
  return changes;
}
