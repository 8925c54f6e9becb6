// What can be done to a message: a toolbar on the one under the pointer or the focus, and keys on the one that has it.
//
// Rules:
// 1. One message at a time can be reached by Tab (roving focus); the arrows go on from it.
// 2. A button is there only when the host says that it may be done (`host.actions`).
// 3. Deleting is asked about first, for it cannot be undone.

import { Comings, Said } from "../model/entries.js";
import { startOf } from "../text/phrases.js";
import { printable } from "../text/printable.js";
import { element, iconButton } from "./element.js";
import { meaningOf } from "./keymap.js";
import { closeModal, openModal } from "./modal.js";
import { linksOf } from "./textView.js";

/** @typedef {import("./host.js").Host} Host */
/** @typedef {import("./host.js").MessageAction} MessageAction */
/** @typedef {import("../model/entries.js").AnyEntry} Entry */
/** @typedef {import("./composer.js").Composer} Composer */
/** @typedef {import("./timeline.js").Timeline} Timeline */
/** @typedef {import("./element.js").IconName} IconName */

const SIGNS = ["👍", "❤️", "😂", "🎉", "👀", "🙏", "✅", "😮"];
const SIGN_MAX = 32;
/** @type {readonly [MessageAction, IconName, string][]} */
const BUTTONS = [
  ["react", "react", "React"],
  ["reply", "reply", "Answer"],
  ["edit", "edit", "Change"],
  ["pin", "pin", "Pin or unpin"],
  ["link", "link", "Copy link"],
  ["delete", "delete", "Delete"],
];
const SPARED = "a, button, input, textarea, pre";

/**
 * What the actions ask of the rest of the view.
 * @typedef {object} Surroundings
 * @property {(msgid: string) => void} jump
 * @property {(channel: string) => void} openChannel
 * @property {(nick: string) => void} openPerson
 * @property {(said: Said) => string} linkTo
 * @property {(url: string) => boolean} openFile shows a file of our server; false where it is none
 * @property {(text: string) => void} flash
 * @property {() => void} help
 */

export class MessageActions {
  /**
   * @param {Timeline} timeline
   * @param {Composer} composer
   * @param {Host} host
   * @param {Surroundings} surroundings
   */
  constructor(timeline, composer, host, surroundings) {
    this.timeline = timeline;
    this.composer = composer;
    this.host = host;
    this.surroundings = surroundings;
    /** @type {Said | null} */
    this.shownFor = null;
    this.toolbar = element("div", { class: "toolbar", role: "toolbar", "aria-label": "What to do with this message" });
    const { list } = timeline.parts;
    list.addEventListener(
      "pointerover",
      (event) => event.pointerType === "mouse" && this.showFor(timeline.entryOf(event.target)),
    );
    list.addEventListener("pointerleave", () => !list.contains(document.activeElement) && this.hide());
    list.addEventListener("focusin", (event) => this.focused(event));
    list.addEventListener(
      "focusout",
      (event) => !list.contains(/** @type {Node | null} */ (event.relatedTarget)) && this.hide(),
    );
    list.addEventListener("keydown", (event) => this.pressed(event));
    list.addEventListener("click", (event) => this.clicked(event));
  }

  // Which message.

  /** Select a message: the one that was selected last, else the latest that is seen. */
  select() {
    const items = [...this.timeline.parts.list.querySelectorAll("li.said, li.told")].filter((item) =>
      this.canSelect(item),
    );
    this.focusItem(items.at(-1));
  }

  /** @param {Element | undefined | null} item */
  focusItem(item) {
    if (!(item instanceof HTMLElement)) return;
    for (const other of this.timeline.parts.list.querySelectorAll("li[tabindex='0']"))
      other.setAttribute("tabindex", "-1");
    item.tabIndex = 0;
    item.focus();
    item.scrollIntoView({ block: "nearest" });
  }

  /** @param {Element} item */
  canSelect(item) {
    return item instanceof HTMLElement && !item.hidden;
  }

  /** @param {number} step */
  move(step) {
    const here = document.activeElement?.closest("li.row");
    let item = step < 0 ? here?.previousElementSibling : here?.nextElementSibling;
    while (item && !this.canSelect(item)) item = step < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (item) this.focusItem(item);
    else if (step > 0) this.composer.focus();
  }

  /** @param {FocusEvent} event */
  focused(event) {
    const entry = this.timeline.entryOf(event.target);
    if (entry !== this.shownFor || !this.toolbar.isConnected) this.showFor(entry);
  }

  // The toolbar.

  /** @param {Entry | null} entry */
  showFor(entry) {
    if (!(entry instanceof Said)) return this.hide();
    const item = this.timeline.itemOf(entry);
    if (item === null || (entry === this.shownFor && this.toolbar.parentElement === item)) return;
    const may = this.allowed(entry);
    this.shownFor = entry;
    const buttons = BUTTONS.filter(([name]) => may.has(name)).map(([name, sign, label]) =>
      iconButton(sign, label, () => this.act(name, entry), { tabindex: -1 }),
    );
    this.toolbar.replaceChildren(...buttons);
    if (buttons.length > 0) item.append(this.toolbar);
    else this.toolbar.remove();
  }

  hide() {
    this.shownFor = null;
    this.toolbar.remove();
  }

  /**
   * @param {Said} said
   * @returns {ReadonlySet<MessageAction>}
   */
  allowed(said) {
    return this.timeline.buffer === null ? new Set() : this.host.actions(this.timeline.buffer, said);
  }

  // What is done.

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const meaning = meaningOf(event, "timeline");
    const isInside = event.target instanceof Element && !event.target.matches("li.row");
    if (meaning === null || (isInside && event.key === "Enter")) return;
    if (!this.doKey(meaning.action.name, this.timeline.entryOf(event.target))) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * @param {string} name
   * @param {Entry | null} entry
   */
  doKey(name, entry) {
    const said = entry instanceof Said ? entry : null;
    /** @type {Map<string, () => void>} */
    const deeds = new Map([
      ["focus_previous", () => this.move(-1)],
      ["focus_next", () => this.move(1)],
      ["leave_message", () => this.composer.focus()],
      ["help", () => this.surroundings.help()],
      ["open", () => this.open(entry)],
      ["open_link", () => said && this.openLink(said)],
      ["copy", () => said && void this.copy(said.message.text, "Copied")],
      ["copy_link", () => said && this.act("link", said)],
      .../** @type {const} */ (["reply", "react", "edit", "delete", "pin", "resend"]).map(
        (action) => /** @type {[string, () => void]} */ ([action, () => said && this.act(action, said)]),
      ),
    ]);
    const deed = deeds.get(name);
    deed?.();
    return deed !== undefined;
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const entry = this.timeline.entryOf(event.target);
    const target =
      event.target instanceof Element
        ? event.target.closest("[data-nick], [data-channel], [data-msgid], [data-sign], [data-action], [data-unfold]")
        : null;
    if (target instanceof HTMLElement && entry !== null) this.follow(target.dataset, entry);
    else if (event.target instanceof Element && event.target.closest(SPARED) === null && !getSelection()?.toString()) {
      this.showFor(entry);
    }
  }

  /**
   * @param {DOMStringMap} meant
   * @param {Entry} entry
   */
  follow(meant, entry) {
    if (meant["unfold"] !== undefined) return this.open(entry);
    if (meant["channel"]) return this.surroundings.openChannel(meant["channel"]);
    if (meant["nick"]) return this.surroundings.openPerson(meant["nick"]);
    if (meant["msgid"]) return this.surroundings.jump(meant["msgid"]);
    if (!(entry instanceof Said) || this.timeline.buffer === null) return;
    if (meant["sign"]) this.host.react(this.timeline.buffer, entry, meant["sign"]);
    else if (meant["action"] === "resend") this.host.resend(this.timeline.buffer, entry);
    else if (meant["action"] === "discard") this.host.discard(this.timeline.buffer, entry);
  }

  /** @param {Entry | null} entry */
  open(entry) {
    if (entry instanceof Comings) {
      entry.unfolded = !entry.unfolded;
      entry.changed();
      this.timeline.redraw();
    } else if (entry instanceof Said && entry.message.replyTo) this.surroundings.jump(entry.message.replyTo);
    else if (entry instanceof Said) this.openLink(entry);
  }

  /** @param {Said} said */
  openLink(said) {
    const [url] = linksOf(said.message.text);
    if (url === undefined) this.surroundings.flash("There is no link in it");
    else if (!this.surroundings.openFile(url)) window.open(url, "_blank", "noopener,noreferrer");
  }

  /**
   * @param {MessageAction} name
   * @param {Said} said
   */
  act(name, said) {
    const { buffer } = this.timeline;
    if (buffer === null || !this.allowed(said).has(name)) return this.surroundings.flash("That is not possible here");
    switch (name) {
      case "reply":
        return this.composer.reply(said);
      case "edit":
        return this.composer.edit(said);
      case "react":
        return this.chooseSign(said);
      case "delete":
        return this.askDelete(said);
      case "link":
        return void this.copy(this.surroundings.linkTo(said), "Link copied");
      default:
        return this.host[name](buffer, said);
    }
  }

  /**
   * @param {string} text
   * @param {string} done
   */
  async copy(text, done) {
    try {
      await navigator.clipboard.writeText(text);
      this.surroundings.flash(done);
    } catch {
      this.surroundings.flash("Your browser does not let this page copy");
    }
  }

  /** @param {Said} said */
  chooseSign(said) {
    const { buffer } = this.timeline;
    if (buffer === null) return;
    const take = (/** @type {string} */ sign) => {
      closeModal();
      if (sign.trim()) this.host.react(buffer, said, sign.trim());
    };
    const signs = SIGNS.map((sign) =>
      element("button", { type: "button", class: "sign", onclick: () => take(sign) }, sign),
    );
    const other = element("input", {
      id: "other-sign",
      maxlength: SIGN_MAX,
      autocomplete: "off",
      placeholder: "another sign, or a word",
    });
    const settings = {
      class: "inline",
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        take(other.value);
      },
    };
    const form = element(
      "form",
      settings,
      element("label", { for: "other-sign", class: "unseen" }, "Another sign"),
      other,
      element("button", {}, "React"),
    );
    openModal("React", [element("div", { class: "signs" }, ...signs), form], { className: "small" });
  }

  /** @param {Said} said */
  askDelete(said) {
    const { buffer } = this.timeline;
    if (buffer === null) return;
    const remove = () => {
      closeModal();
      this.host.delete(buffer, said);
    };
    const quoted = element(
      "blockquote",
      {},
      element("bdi", {}, `${printable(said.message.nick)}: ${startOf(said.message.text)}`),
    );
    const buttons = element(
      "div",
      { class: "buttons" },
      element("button", { type: "button", onclick: closeModal }, "Keep it"),
      element("button", { type: "button", class: "danger", onclick: remove, autofocus: true }, "Delete"),
    );
    openModal("Delete this message for everybody?", [quoted, buttons], { className: "small" });
  }
}
