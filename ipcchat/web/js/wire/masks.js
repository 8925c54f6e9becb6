// Masks with * and ?: bans.
//
// Rules:
// 1. Both sides are folded by the caller.
// 2. It takes time in the product of both lengths at most: no mask can make it slow.

/** @param {string} mask @param {string} text @returns {boolean} */
export function match(mask, text) {
  let at = 0;
  let position = 0;
  let star = -1;
  let resume = 0;
  while (position < text.length) {
    if (mask[at] === "*") {
      star = at;
      at += 1;
      resume = position;
    } else if (at < mask.length && (mask[at] === "?" || mask[at] === text[position])) {
      at += 1;
      position += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      position = resume;
    } else {
      return false;
    }
  }
  return /^\**$/.test(mask.slice(at));
}
