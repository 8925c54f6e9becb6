// Colours that others chose, moved until they can be read (WCAG 2.2, 1.4.3).

const CONTRAST_MIN = 4.5;
const STEPS = 10;
// The grounds of messages that leave the least contrast; both are of style.css, where the mouse and mentions are.
const LIGHT_GROUND = "#eef0f1";
const DARK_GROUND = "#2b2823";
const [BLACK, WHITE] = [[0, 0, 0], [255, 255, 255]];

/**
 * The first colour on the way from one to black or white that can be read on another. All are "#rrggbb".
 * @param {string} front
 * @param {string} back
 */
export function readable(front, back) {
  const [from, ground] = [partsOf(front), partsOf(back)];
  const goal = contrast(BLACK, ground) > contrast(WHITE, ground) ? BLACK : WHITE;
  for (let step = 0; step < STEPS; step += 1) {
    const mixed = from.map((part, place) => Math.round(part + (((goal[place] ?? 0) - part) * step) / STEPS));
    if (contrast(mixed, ground) >= CONTRAST_MIN) return `rgb(${mixed.join(" ")})`;
  }
  return `rgb(${goal.join(" ")})`;
}

/** A colour for texts on the theme's own ground, light or dark. @param {string} front "#rrggbb" */
export function onTheme(front) {
  return `light-dark(${readable(front, LIGHT_GROUND)}, ${readable(front, DARK_GROUND)})`;
}

/** @param {string} colour */
function partsOf(colour) {
  return [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
}

/** The contrast of two colours, 1 to 21. @param {number[]} one @param {number[]} other */
function contrast(one, other) {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** @param {number[]} colour */
function luminance(colour) {
  const [red = 0, green = 0, blue = 0] = colour.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
