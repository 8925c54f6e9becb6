// What this browser keeps of the chat: the name that was used last, the channels, what is muted, and whether it is
// pushed to.
//
// Rules:
// 1. What cannot be read, or is something else than we wrote, is nothing. A browser that keeps nothing is no mistake.
// 2. A password is never kept.

const KEY = "ipc-chat.kept";
const CHANNELS_MAX = 100;
const MUTED_MAX = 1_000;

/** @typedef {{nick: string, channels: string[], muted: string[], pushes: boolean}} Record */

export class Kept {
  constructor() {
    this.record = read();
  }

  get nick() {
    return this.record.nick;
  }

  set nick(nick) {
    this.record.nick = nick;
    this.write();
  }

  get channels() {
    return this.record.channels;
  }

  set channels(channels) {
    this.record.channels = channels.slice(0, CHANNELS_MAX);
    this.write();
  }

  /** @param {string} name */
  isMuted(name) {
    return this.record.muted.includes(name.toLowerCase());
  }

  /** @param {string} name @param {boolean} muted */
  mute(name, muted) {
    const others = this.record.muted.filter((other) => other !== name.toLowerCase());
    this.record.muted = muted ? [...others, name.toLowerCase()].slice(-MUTED_MAX) : others;
    this.write();
  }

  /** Whether our user wants to be told while no page is open (push.js). */
  get pushes() {
    return this.record.pushes;
  }

  set pushes(wanted) {
    this.record.pushes = wanted;
    this.write();
  }

  write() {
    try {
      localStorage.setItem(KEY, JSON.stringify(this.record));
    } catch {
      // Rule 1.
    }
  }
}

/** @returns {Record} */
function read() {
  let found;
  try {
    found = JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    // Rule 1.
  }
  const pushes = found?.pushes === true;
  return { nick: text(found?.nick), channels: texts(found?.channels), muted: texts(found?.muted), pushes };
}

/** @param {unknown} value */
function text(value) {
  return typeof value === "string" ? value : "";
}

/** @param {unknown} value */
function texts(value) {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
