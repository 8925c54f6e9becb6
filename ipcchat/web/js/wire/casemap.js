// Which names are the same name: CASEMAPPING and a Map keyed by names.
//
// Rules:
// 1. Folding is idempotent and keeps the length.
// 2. Only ASCII is folded, in every mapping; other characters are left as they are.
// 3. A name that folds is looked up in a FoldedMap, never by `toLowerCase`.
//
// Specification: Modern IRC "CASEMAPPING".

const SIGNS = "[]\\~";
const FOLDED_SIGNS = "{}|^";
/** @type {ReadonlyMap<string, RegExp>} */
const UPPER = new Map([["ascii", /[A-Z]/g], ["rfc1459", /[A-Z[\]\\~]/g], ["rfc1459-strict", /[A-Z[\]\\]/g]]);
export const MAPPINGS = [...UPPER.keys()];

/** @param {string} name @param {string} [mapping] one of MAPPINGS @returns {string} equal for equal names */
export function fold(name, mapping = "ascii") {
  const upper = UPPER.get(mapping);
  if (upper === undefined) {
    throw new RangeError(`unknown casemapping ${mapping}; known are ${MAPPINGS.join(", ")}`);
  }
  return name.replace(upper, (sign) => FOLDED_SIGNS[SIGNS.indexOf(sign)] ?? sign.toLowerCase());
}

/**
 * A Map keyed by names. Iteration gives each name as it was last set, in the order of first insertion.
 * @template V
 */
export class FoldedMap {
  /** @param {Iterable<[string, V]>} [entries] @param {string} [mapping] */
  constructor(entries = [], mapping = "ascii") {
    this.mapping = mapping;
    /** @type {Map<string, [string, V]>} */
    this._entries = new Map();
    for (const [name, value] of entries) {
      this.set(name, value);
    }
  }

  get size() {
    return this._entries.size;
  }

  /** @param {string} name @returns {V | undefined} */
  get(name) {
    return this._entries.get(fold(name, this.mapping))?.[1];
  }

  /** @param {string} name @returns {boolean} */
  has(name) {
    return this._entries.has(fold(name, this.mapping));
  }

  /** @param {string} name @param {V} value @returns {this} */
  set(name, value) {
    this._entries.set(fold(name, this.mapping), [name, value]);
    return this;
  }

  /** @param {string} name @returns {boolean} whether it was there */
  delete(name) {
    return this._entries.delete(fold(name, this.mapping));
  }

  /** @param {string} name @returns {V | undefined} the value, taken out */
  pop(name) {
    const value = this.get(name);
    this.delete(name);
    return value;
  }

  clear() {
    this._entries.clear();
  }

  /** @returns {IterableIterator<[string, V]>} */
  entries() {
    return this._entries.values();
  }

  /** @returns {IterableIterator<[string, V]>} */
  [Symbol.iterator]() {
    return this._entries.values();
  }

  /** @returns {string[]} the names */
  keys() {
    return [...this._entries.values()].map(([name]) => name);
  }

  /** @returns {V[]} */
  values() {
    return [...this._entries.values()].map(([, value]) => value);
  }

  /**
   * Use another mapping from now on, as 005 may ask; where two names become one, the later one stays.
   * @param {string} mapping
   */
  refold(mapping) {
    const entries = [...this.entries()];
    this.mapping = mapping;
    this.clear();
    for (const [name, value] of entries) {
      this.set(name, value);
    }
  }
}
