// Curves of the last ten minutes: lines in an SVG, drawn anew with each figure.
//
// Rules:
// 1. Colours and widths are of admin.css. The second curve is dashed, so that nobody has to tell colours apart.
// 2. The numbers of now stand beside the curves as text; the drawing itself is not read out.

import { element } from "../view/element.js";
import { duration } from "./amounts.js";

/** @typedef {import("./measured.js").Point} Point */
/** @typedef {{name: string, points: readonly Point[]}} Curve */
/** @typedef {{now: number, span: number}} Period the time of the right edge, and the milliseconds to the left one */

const SVG = "http://www.w3.org/2000/svg";
export const WIDTH = 600;
export const HEIGHT = 120;
// The highest point stays below the edge.
const HEADROOM = 1.1;

export class Graph {
  /** @param {string} title @param {(value: number | undefined) => string} written */
  constructor(title, written) {
    this.written = written;
    const stretched = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" };
    this.drawing = svg("svg", { ...stretched, "aria-hidden": "true" });
    this.top = element("span", { class: "graph-top", "aria-hidden": "true" });
    this.begin = element("span");
    const times = element("p", { class: "graph-times", "aria-hidden": "true" }, this.begin, element("span", {}, "now"));
    this.legend = element("ul", { class: "graph-legend" });
    const frame = element("div", { class: "graph-frame" });
    frame.append(this.drawing, this.top);
    this.root = element("section", { class: "graph" }, element("h3", {}, title), this.legend, frame, times);
  }

  /** @param {readonly Curve[]} curves @param {Period} period */
  show(curves, period) {
    const highest = Math.max(...curves.flatMap(({ points }) => points.map(({ value }) => value)), 0);
    const scale = highest > 0 ? highest * HEADROOM : 1;
    const lines = curves.map(({ points }, place) => {
      return svg("polyline", { class: `curve curve-${place}`, points: corners(points, period, scale) });
    });
    this.drawing.replaceChildren(...lines);
    this.begin.textContent = `${duration(period.span / 1_000)} ago`;
    this.top.textContent = highest > 0 ? this.written(highest) : "";
    const items = curves.map(({ name, points }, place) => {
      const value = element("b", {}, this.written(points.at(-1)?.value));
      return element("li", {}, element("i", { class: `key key-${place}` }), `${name} `, value);
    });
    this.legend.replaceChildren(...items);
  }
}

/** The points of a polyline: the present is at the right, the highest value at the top.
 * @param {readonly Point[]} points @param {Period} period @param {number} scale */
export function corners(points, { now, span }, scale) {
  return points
    .map(({ at, value }) => [WIDTH * (1 - (now - at) / span), HEIGHT * (1 - value / scale)])
    .map(([x = 0, y = 0]) => `${x.toFixed(1)},${y.toFixed(1)}`)
    .join(" ");
}

/** @param {string} tag @param {Record<string, string>} settings */
function svg(tag, settings) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(settings)) made.setAttribute(name, value);
  return made;
}
