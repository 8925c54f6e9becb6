// The admin page: who comes in, its parts, and which of them is looked at.
//
// Rules:
// 1. A part is offered to who has a privilege that it needs; what somebody may do there is up to the server, each time.
// 2. The address names the part (#users), so that a link leads to it, and Back back.
// 3. Who is connected again, and no operator any more, is asked again.

import { Preferences } from "../view/preferences.js";
import { byId, element } from "../view/element.js";
import { State } from "../chat/state.js";
import { hearLeft } from "../staying.js";
import { printable } from "../text/printable.js";
import { Accounts } from "./accounts.js";
import { reasonOf } from "./asking.js";
import { Audit } from "./audit.js";
import { Bans } from "./bans.js";
import { Entrance, privilegesOf } from "./entrance.js";
import { Cluster, Overview, Storage } from "./overview.js";
import { People } from "./people.js";
import { Rooms } from "./rooms.js";
import { Server } from "./server.js";

/** @typedef {import("../chat/chat.js").Chat} Chat */
/** @typedef {import("./section.js").Around} Around */
/** @typedef {import("./section.js").Section} Section */

/** The parts: the name in the address, what is needed (one of these; nothing: to be an operator), and what makes it.
 * @type {readonly (readonly [string, readonly string[], new (around: Around) => Section])[]} */
const PARTS = [
  ["overview", ["figures"], Overview],
  ["users", [], People],
  ["channels", [], Rooms],
  ["bans", ["ban", "filter", "lockdown"], Bans],
  ["accounts", ["accounts"], Accounts],
  ["storage", ["figures"], Storage],
  ["cluster", [], Cluster],
  ["audit", ["audit"], Audit],
];

class Page {
  /** @param {Chat} chat */
  constructor(chat) {
    this.chat = chat;
    this.server = new Server(chat);
    /** @type {Map<string, Section>} */
    this.parts = new Map();
    /** @type {Section | null} */
    this.shown = null;
    window.addEventListener("hashchange", () => this.show());
    chat.watch(() => this.tellState());
    chat.listen((event) => {
      if (event.type === "Connected" && event.again) void this.begin();
    });
    hearLeft((account) => {
      if (account === chat.account) location.reload();
    });
  }

  /** Find out what our user may do, and offer that. */
  async begin() {
    let privileges;
    try {
      privileges = await privilegesOf(this.server);
    } catch (error) {
      this.say(reasonOf(error));
      return;
    }
    this.shown?.close();
    this.shown = null;
    const around = { server: this.server, privileges };
    const offered = PARTS.filter(([, needed]) => needed.length === 0 || needed.some((each) => privileges.has(each)));
    this.parts = new Map(offered.map(([name, , Part]) => [name, new Part(around)]));
    const links = [...this.parts].map(([name, { title }]) => {
      return element("li", {}, element("a", { href: `#${name}` }, title));
    });
    byId("parts").replaceChildren(element("ul", {}, ...links));
    byId("who").textContent = printable(this.chat.nick);
    byId("network").textContent = printable(this.chat.support.get("NETWORK") ?? location.hostname);
    this.show();
  }

  /** Show the part that the address names, or the first. */
  show() {
    const [first = ""] = this.parts.keys();
    const name = this.parts.has(location.hash.slice(1)) ? location.hash.slice(1) : first;
    const part = this.parts.get(name) ?? null;
    if (part === null || part === this.shown) return;
    const isMove = this.shown !== null;
    this.shown?.close();
    this.shown = part;
    byId("part").replaceChildren(part.root);
    for (const link of byId("parts").querySelectorAll("a")) {
      if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.title = `${part.title} - administration`;
    if (isMove) part.root.querySelector("h2")?.focus();
    part.open();
  }

  tellState() {
    const { state, reason } = this.chat;
    this.say(state === State.CONNECTED ? "" : `${state}${reason ? `: ${printable(reason)}` : ""}`);
  }

  /** @param {string} text above everything; "" when all is well */
  say(text) {
    const banner = byId("banner");
    banner.textContent = text;
    banner.hidden = !text;
  }
}

new Preferences(() => {}); // The colours and the size of the chat.
const url = new URL("ws", location.href);
url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
url.hash = "";
const entrance = new Entrance(url.href, (chat) => void new Page(chat).begin());
void entrance.begin();
