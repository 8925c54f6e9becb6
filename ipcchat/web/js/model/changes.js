// What is done to a message after it was said: other texts, reactions, deletion.
//
// Rules:
// 1. Acts come in any order, for history is loaded backwards: the text is that of the latest edit by its time, and an
//    act whose message is not loaded is kept (`Unplaced`) until it is.
// 2. The text of a deleted message is gone, here as everywhere.
// 3. What others can do without end has a limit: signs, who reacted, msgids of edits, acts that wait.

/** @typedef {import("./entries.js").Said} Said */
/** @typedef {import("../chat/events.js").Edited} Edited */
/** @typedef {import("../chat/events.js").Reaction} Reaction */
/** @typedef {import("../chat/events.js").Redacted} Redacted */
/** @typedef {Edited | Reaction | Redacted} Change */

export const REACTIONS_MAX = 100;
// How many are named for one sign; a channel where more react is counted no further.
export const REACTORS_MAX = 1000;
export const SIGN_CHARACTERS_MAX = 64;
export const EDITS_MAX = 50;
export const UNPLACED_MAX = 500;
const UNPLACED_CHARACTERS_MAX = 20_000;
const SOMEBODY = "somebody";

/** Do to a message what somebody did; whether that changed anything. @param {Said} said @param {Change} change */
export function apply(said, change) {
  if (change.type === "Edited") {
    return edit(said, change);
  }
  return change.type === "Reaction" ? react(said, change) : remove(said, change);
}

/**
 * Give a message another text; false when it has that edit already, or stands no more.
 * @param {Said} said @param {Edited} event
 */
function edit(said, event) {
  if (said.removedBy || event.msgid === said.message.msgid || said.edits.includes(event.msgid)) {
    return false;
  }
  if (event.msgid) {
    said.edits = [...said.edits, event.msgid].slice(-EDITS_MAX);
  }
  if (said.editedAt === null || event.time >= said.editedAt) {
    said.message = { ...said.message, text: event.text, edited: true };
    said.editedAt = event.time;
  }
  return true;
}

/**
 * Add somebody's reaction, or take it back; false when nothing changes by it, or there are too many already.
 * @param {Said} said @param {Reaction} event
 */
function react(said, event) {
  const sign = [...event.reaction.slice(0, 2 * SIGN_CHARACTERS_MAX)].slice(0, SIGN_CHARACTERS_MAX).join("");
  const nicks = said.reactions.get(sign) ?? [];
  const place = nicks.indexOf(event.nick);
  if (event.removed ? place < 0 : place >= 0 || !hasRoom(said, nicks)) {
    return false;
  }
  if (event.removed) {
    nicks.splice(place, 1);
  } else {
    nicks.push(event.nick);
  }
  if (said.reactions.size === 0) {
    said.reactions = new Map();
  }
  if (nicks.length > 0) {
    said.reactions.set(sign, nicks);
  } else {
    said.reactions.delete(sign);
  }
  if (event.mine) {
    said.ours = new Set(said.ours);
    said.ours[event.removed ? "delete" : "add"](sign);
  }
  return true;
}

/** Whether one more may react with a sign with which these did. @param {Said} said @param {string[]} nicks */
function hasRoom(said, nicks) {
  return nicks.length > 0 ? nicks.length < REACTORS_MAX : said.reactions.size < REACTIONS_MAX;
}

/** Delete a message; false when it was already. @param {Said} said @param {Redacted} event */
function remove(said, event) {
  if (said.removedBy) {
    return false;
  }
  said.removedBy = event.by || SOMEBODY;
  said.removalReason = event.reason;
  said.message = { ...said.message, text: "" };
  said.reactions = new Map();
  said.ours = new Set();
  return true;
}

/** The msgid of the message that a change is about; it may be that of one of its edits. @param {Change} change */
export function changedId(change) {
  if (change.type === "Edited") {
    return change.original;
  }
  return change.type === "Reaction" ? change.replyTo : change.redacted;
}

/**
 * Changes of messages that are not loaded: at most UNPLACED_MAX, of which the oldest go first. They are of no
 * consequence then, for history tells them with their message.
 */
export class Unplaced {
  /** @type {Set<Change>} */
  #changes = new Set();
  /** @type {Map<string, Set<Change>>} */
  #byId = new Map();

  /** Keep a change until its message is loaded. @param {Change} change */
  keep(change) {
    const msgid = changedId(change);
    if (!msgid || (change.type === "Edited" && change.text.length > UNPLACED_CHARACTERS_MAX)) {
      return;
    }
    this.#changes.add(change);
    const others = this.#byId.get(msgid) ?? new Set();
    this.#byId.set(msgid, others.add(change));
    if (this.#changes.size > UNPLACED_MAX) {
      for (const oldest of this.#changes) {
        this.#forget(oldest);
        break;
      }
    }
  }

  /** The changes of a message, the earliest first; they are not kept any longer. @param {string} msgid */
  take(msgid) {
    const found = this.#byId.get(msgid);
    if (found === undefined) {
      return [];
    }
    const taken = [...found];
    taken.forEach((change) => this.#forget(change));
    return taken.sort((one, other) => one.time - other.time);
  }

  /** All of them, as they came. */
  takeAll() {
    const taken = [...this.#changes];
    this.#changes.clear();
    this.#byId.clear();
    return taken;
  }

  /** @param {Change} change */
  #forget(change) {
    const msgid = changedId(change);
    const others = this.#byId.get(msgid);
    this.#changes.delete(change);
    others?.delete(change);
    if (others?.size === 0) {
      this.#byId.delete(msgid);
    }
  }
}
