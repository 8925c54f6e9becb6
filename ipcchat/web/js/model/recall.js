// Walking through what was sent before, as a shell does it.
//
// Rules:
// 1. What is being typed is the last of the texts; walking back to it finds it as it was.
// 2. A text that was changed on the way keeps its change for as long as the walk lasts; what is left behind then is
//    given back, so that nothing that was typed is lost.

/** One walk through `inputs`, oldest first, that starts behind the last of them. */
export class Recall {
  #originals;
  #texts;
  #place;

  /** @param {readonly string[]} inputs @param {string} typed */
  constructor(inputs, typed) {
    this.#originals = [...inputs, ""];
    this.#texts = [...inputs, typed];
    this.#place = inputs.length;
  }

  /**
   * The text so many places further on (back: negative), in the place of `current`. null where there is none.
   * @param {string} current @param {number} steps
   */
  step(current, steps) {
    const place = this.#place + steps;
    const text = this.#texts[place];
    if (text === undefined) {
      return null;
    }
    this.#texts[this.#place] = current;
    this.#place = place;
    return text;
  }

  /** What was being typed when the walk began, as it is now. */
  get typed() {
    return this.#texts.at(-1) ?? "";
  }

  /** The texts that were typed or changed and do not stand in the present place, oldest first. */
  leftBehind() {
    return this.#texts.filter((text, place) =>
      place !== this.#place && text !== this.#originals[place] && text.trim() !== "");
  }
}
