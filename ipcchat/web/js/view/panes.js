// The panes beside the timeline: folded on a wide screen, in front of it on a narrow one; and the room that a
// keyboard on the screen leaves.

import { byId } from "./element.js";

const NARROW = matchMedia("(max-width: 760px)");
/** @typedef {"channels" | "members"} PaneName */

export class Panes {
  constructor() {
    this.app = byId("app");
    byId("scrim").addEventListener("click", () => this.close());
    NARROW.addEventListener("change", () => this.close());
    this.followKeyboard();
  }

  get isNarrow() {
    return NARROW.matches;
  }

  /** @param {PaneName} name */
  toggle(name) {
    if (!this.isNarrow) {
      this.app.classList.toggle(`without-${name}`);
      return;
    }
    const isOpen = this.app.dataset["pane"] === name;
    this.close();
    if (isOpen) return;
    this.app.dataset["pane"] = name;
    byId(name).querySelector("button")?.focus();
  }

  /** No pane is in front of the timeline. Whether one was. */
  close() {
    const wasOpen = this.app.dataset["pane"] !== undefined;
    delete this.app.dataset["pane"];
    return wasOpen;
  }

  /** Where the browser lays its keyboard over the page, the page is as high as what is left. */
  followKeyboard() {
    const viewport = window.visualViewport;
    if (viewport === null) return;
    const fit = () => {
      const isCovered = window.innerHeight - viewport.height > 1 && viewport.scale === 1;
      this.app.style.setProperty("--height", isCovered ? `${viewport.height}px` : "100dvh");
      if (isCovered) window.scrollTo(0, 0);
    };
    viewport.addEventListener("resize", fit);
  }
}
