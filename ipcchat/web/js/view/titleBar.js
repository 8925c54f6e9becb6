// What stands above and below the timeline: what the buffer is about, how it is with the connection, who types.
//
// Rules:
// 1. The topic is one line; a click shows all of it.
// 2. The banner lies over the timeline, so that nothing moves when it comes and goes. It counts down by itself.
// 3. The line about who types has its room whether anybody does or not.

import { Kind } from "../model/buffer.js";
import { State } from "../chat/state.js";
import { spansOf } from "../text/formatting.js";
import { printable } from "../text/printable.js";
import { presenceOf } from "./channelList.js";
import { element, iconButton, isolated } from "./element.js";
import { hintOf } from "./keymap.js";
import { spansIn } from "./textView.js";

/** @typedef {import("../model/buffer.js").Buffer} Buffer */
/** @typedef {import("../model/network.js").Network} Network */

const COUNT_DOWN_MS = 1_000;

export class TitleBar {
  /**
   * @param {HTMLElement} root
   * @param {Record<"channels" | "members" | "search" | "mute" | "leave", () => void>} pressed
   */
  constructor(root, pressed) {
    this.looks = "";
    const unfold = () => this.topic.classList.toggle("whole");
    this.name = element("button", { type: "button", title: "Show all of the topic", onclick: unfold });
    this.topic = element("p", { id: "topic", onclick: unfold });
    this.leave = iconButton("leave", "Leave", pressed.leave);
    this.mute = iconButton("mute", "Mute", pressed.mute, { "aria-pressed": "false" });
    this.members = iconButton("people", `People here (${hintOf("fold_members")})`, pressed.members);
    root.append(
      iconButton("menu", `Channels (${hintOf("fold_channels")})`, pressed.channels, { id: "open-channels" }),
      element("h1", { id: "place-name" }, this.name),
      this.topic,
      this.leave,
      this.mute,
      iconButton("search", `Search (${hintOf("search")})`, pressed.search),
      this.members,
    );
  }

  /**
   * @param {Network} network
   * @param {Buffer} buffer
   */
  show(network, buffer) {
    const about = aboutOf(network, buffer);
    const looks = JSON.stringify([buffer.name, about, buffer.muted]);
    if (looks === this.looks) return;
    this.looks = looks;
    this.name.replaceChildren(isolated(printable(buffer.name)));
    this.topic.replaceChildren(...spansIn(spansOf(about)));
    this.topic.classList.remove("whole");
    this.members.hidden = buffer.kind !== Kind.CHANNEL;
    this.mute.hidden = buffer.kind === Kind.SERVER;
    this.leave.hidden = buffer.kind === Kind.SERVER;
    const leave = buffer.kind === Kind.CHANNEL ? "Leave this channel" : "Close this conversation";
    this.leave.setAttribute("aria-label", leave);
    this.leave.title = leave;
    const label = `${buffer.muted ? "Hear this place again" : "Mute this place"} (${hintOf("mute")})`;
    this.mute.setAttribute("aria-pressed", String(buffer.muted));
    this.mute.setAttribute("aria-label", label);
    this.mute.title = label;
  }
}

/**
 * A channel's topic, or who somebody is and how he is just now.
 * @param {Network} network
 * @param {Buffer} buffer
 */
function aboutOf(network, buffer) {
  if (buffer.kind === Kind.CHANNEL) {
    const channel = network.channel(buffer);
    return channel === null ? "you are not in this channel" : channel.topic;
  }
  if (buffer.kind === Kind.SERVER) return network.state;
  const person = network.chat?.people.get(buffer.name);
  const realname = person?.realname && person.realname !== buffer.name ? person.realname : "";
  const away = person?.away && person.away !== "*" ? `away: ${person.away}` : presenceOf(buffer, network);
  return [realname, away === "gone" ? "not seen just now" : away].filter(Boolean).join(" · ");
}

export class Banner {
  /**
   * @param {HTMLElement} root
   * @param {() => void} reconnect
   */
  constructor(root, reconnect) {
    this.root = root;
    this.words = element("span", {});
    this.button = element("button", { type: "button", onclick: reconnect }, "Try now");
    root.append(this.words, this.button);
    /** @type {Network | null} */
    this.network = null;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.clock = undefined;
  }

  /** @param {Network} network */
  show(network) {
    this.network = network;
    const isWaiting = network.state === State.WAITING;
    if (isWaiting && this.clock === undefined) this.clock = setInterval(() => this.draw(), COUNT_DOWN_MS);
    if (!isWaiting) {
      clearInterval(this.clock);
      this.clock = undefined;
    }
    this.draw();
  }

  draw() {
    const { network, root } = this;
    if (network === null) return;
    const text = stateText(network);
    root.hidden = text === "";
    root.dataset["state"] = network.state;
    this.button.hidden = network.state !== State.WAITING && network.state !== State.CLOSED;
    if (this.words.textContent !== text) this.words.textContent = text;
  }
}

/**
 * How it is with the connection; "" while all is well.
 * @param {Network} network
 */
function stateText(network) {
  const reason = network.reason ? ` (${printable(network.reason)})` : "";
  switch (network.state) {
    case State.CONNECTED:
      return "";
    case State.CONNECTING:
      return "Connecting…";
    case State.CATCHING_UP:
      return "Catching up…";
    case State.WAITING: {
      if (network.retryAt === null) return `Offline, trying again${reason}`;
      const seconds = Math.max(Math.ceil((network.retryAt - Date.now()) / 1_000), 0);
      return `Offline, trying again in ${seconds} s${reason}`;
    }
    default:
      return `Not connected${reason}`;
  }
}

/**
 * Who is typing in a buffer; "" when nobody is.
 * @param {Buffer} buffer
 */
export function whoTypes(buffer) {
  const [one, other, more] = buffer.activeTyping(Date.now()).map(printable);
  if (one === undefined) return "";
  if (other === undefined) return `${one} is typing…`;
  return more === undefined ? `${one} and ${other} are typing…` : "several people are typing…";
}
