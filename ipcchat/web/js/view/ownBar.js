// Whose page this is: the network above the list of channels, and below it our user with the buttons that are his.

import { State } from "../chat/state.js";
import { printable } from "../text/printable.js";
import { byId, element, iconButton, isolated } from "./element.js";
import { hintOf } from "./keymap.js";

/** @typedef {import("../model/network.js").Network} Network */

export class OwnBar {
  /** @param {(action: string) => void} act */
  constructor(act) {
    this.looks = "";
    this.who = element("span", { class: "who" });
    byId("own").replaceChildren(
      this.who,
      iconButton("search", `Go to (${hintOf("switcher")})`, () => act("switcher")),
      iconButton("settings", "Settings", () => act("settings")),
      iconButton("help", "Help (F1)", () => act("help")),
    );
  }

  /** @param {Network} network */
  show(network) {
    const looks = JSON.stringify([network.nick, network.state, network.name]);
    if (looks === this.looks) return;
    this.looks = looks;
    byId("network-name").replaceChildren(isolated(printable(network.name)));
    const isWell = network.state === State.CONNECTED;
    const state = element("span", { class: "unseen" }, isWell ? "connected as " : network.state);
    const sign = element("span", { class: `presence ${isWell ? "here" : "away"}` }, state);
    this.who.replaceChildren(sign, isolated(printable(network.nick), "own"));
  }
}
