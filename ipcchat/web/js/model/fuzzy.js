// Which of many names somebody means who typed a few letters.
//
// Rules:
// 1. All letters occur in the name in their order, else it does not match. A channel's sign need not be typed; who
//    types it means channels.
// 2. Better is, in this order: the name itself, its beginning, the beginning of one of its words, a part of it, the
//    first letters of its words, letters anywhere. Of equals the one of less `weight` is better, then the shorter one.
// 3. Several words may match in any order, each the name or its network.
// 4. The time is linear in what is looked at, whatever the names are.

const CHANNEL_SIGNS = "#&+!";
// What is typed, and what of a name is looked at, beyond this says nothing more.
const LETTERS_MAX = 100;
const ALPHANUMERIC = /[\p{L}\p{N}]/u;

const Quality = Object.freeze({ SAME: 0, BEGINNING: 1, WORD: 2, PART: 3, INITIALS: 4, LETTERS: 5 });

/**
 * Something that may be meant. `name` and `network` (that it is in) are `comparable`.
 * @template T
 * @typedef {{name: string, network: string, weight: number, target: T}} Candidate
 */

/** A name as it is compared. @param {string} name */
export function comparable(name) {
  return name.slice(0, LETTERS_MAX).toLowerCase();
}

/**
 * How well a comparable name matches one typed and comparable word, from SAME to LETTERS; null when it does not.
 * @param {string} wanted @param {string} name @returns {number | null}
 */
export function quality(wanted, name) {
  const place = name.indexOf(wanted);
  if (place < 0 && !hasLetters(wanted, name)) {
    return null;
  }
  const bare = CHANNEL_SIGNS.includes(wanted.charAt(0)) ? name : name.replace(/^[#&+!]+/, "");
  if (bare.startsWith(wanted)) {
    return bare.length === wanted.length ? Quality.SAME : Quality.BEGINNING;
  }
  if (place < 0) {
    return hasInitials(wanted, bare) ? Quality.INITIALS : Quality.LETTERS;
  }
  for (let found = place; found >= 0; found = name.indexOf(wanted, found + 1)) {
    if (found > 0 && !ALPHANUMERIC.test(lastCharacter(name.slice(0, found)))) {
      return Quality.WORD;
    }
  }
  return Quality.PART;
}

/**
 * What is meant by what was typed, the best first, at most `limit`. Nothing typed means nothing.
 * @template T @param {string} typed @param {Iterable<Candidate<T>>} candidates @param {number} limit @returns {T[]}
 */
export function ranked(typed, candidates, limit) {
  const words = typed.split(/\s+/).filter(Boolean).map(comparable);
  if (words.length === 0) {
    return [];
  }
  /** @type {{candidate: Candidate<T>, worst: number}[]} */
  const found = [];
  for (const candidate of candidates) {
    const worst = together(words, candidate);
    if (worst !== null) {
      found.push({ candidate, worst });
    }
  }
  found.sort((one, other) => one.worst - other.worst || compare(one.candidate, other.candidate));
  return found.slice(0, limit).map(({ candidate }) => candidate.target);
}

/**
 * How well several words match: as well as the worst of them, each by the name or, where that is said at all, by its
 * network; null when one does not.
 * @param {readonly string[]} words @param {Candidate<unknown>} candidate
 */
function together(words, candidate) {
  let worst = 0;
  for (const word of words) {
    const ofName = quality(word, candidate.name);
    const ofNetwork = words.length > 1 ? quality(word, candidate.network) : null;
    if (ofName === null && ofNetwork === null) {
      return null;
    }
    worst = Math.max(worst, Math.min(ofName ?? Infinity, ofNetwork ?? Infinity));
  }
  return worst;
}

/** @param {Candidate<unknown>} one @param {Candidate<unknown>} other */
function compare(one, other) {
  return one.weight - other.weight || one.name.length - other.name.length
    || (one.name < other.name ? -1 : one.name > other.name ? 1 : 0);
}

/** Whether all letters occur in their order. @param {string} wanted @param {string} name */
function hasLetters(wanted, name) {
  return scattered(wanted, name).length === wanted.length;
}

/** Whether these are the first letters of the name's words. @param {string} wanted @param {string} name */
function hasInitials(wanted, name) {
  const characters = [...name];
  let place = 0;
  for (const letter of wanted) {
    if (place > 0) {
      place = skipped(characters, place, true);
      place = skipped(characters, place, false);
    }
    if (characters[place] !== letter || ALPHANUMERIC.test(characters[place - 1] ?? "")) {
      return false;
    }
    place += 1;
  }
  return true;
}

/**
 * Where letters and digits, or everything else, end.
 * @param {readonly string[]} characters @param {number} place @param {boolean} are
 */
function skipped(characters, place, are) {
  let end = place;
  while (end < characters.length && ALPHANUMERIC.test(characters[end] ?? "") === are) {
    end += 1;
  }
  return end;
}

/**
 * The places of letters in their order; none when they are not all there.
 * @param {string} word @param {string} lowered
 */
function scattered(word, lowered) {
  const places = [];
  let place = -1;
  for (let number = 0; number < word.length; number++) {
    place = lowered.indexOf(word.charAt(number), place + 1);
    if (place < 0) {
      return [];
    }
    places.push(place);
  }
  return places;
}

/** The last character of a text, which may take two places. @param {string} text */
function lastCharacter(text) {
  return [...text.slice(-2)].at(-1) ?? "";
}
