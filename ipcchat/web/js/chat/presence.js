// Which channels we want to be in, and the way back into them after a lost connection.
//
// Rules:
// 1. A channel is wanted from the moment it is joined until we leave it, are kicked, or the server refuses it.
// 2. The newest msgid seen in each channel is its anchor; until a first message came it is the time we joined.
// 3. Coming back is complete when every wanted channel was joined or refused and has caught up; only then is `isBack`
//    true.
// 4. What cannot be known is said with a Gap.
// 5. A channel that was renamed or that the server leads us to from another is followed.
// 6. Channels without a key are joined together, as many in one line as the server takes (TARGMAX). Where it has
//    ipc-chat/catch-up, one request tells what was missed in all of them and in private (`missed`); then `cursor` is
//    the anchor of everything. Else each channel catches up by itself (`catchup`).
// 7. Who was resumed is told his channels by the server, and joins those only that are not among them.
//
// Specifications: RFC 2812 3.2.1, IRCv3 draft/chathistory, draft/channel-rename (CHANNEL_RENAMED); 470 as in Solanum;
// docs/catch-up.md, docs/resume.md.

import { FoldedMap } from "../wire/casemap.js";
import { Message } from "../wire/message.js";
import { formatTime } from "../wire/times.js";
import { refusalIn } from "./answers.js";
import { CatchUp, Seen, identity } from "./catchup.js";
import { CommandRefused } from "./errors.js";
import { act, channelOf, isAddressed } from "./events.js";
import { hearPast } from "./hearing.js";
import { linesAbout, move, otherChannel, together } from "./joining.js";
import { Sweep, readMissed } from "./missed.js";

export const RENAMES_FOLLOWED_MAX = 10;
const BROKEN_OFF = "the server's answer about it broke off";
const NO_HISTORY = "this server keeps no history; what was said meanwhile is not known";

/** @typedef {import("./events.js").Event} Event */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./liveness.js").Moment} Moment */
/**
 * Who owns it: `ask` sends a command on the present session, `emit` delivers an event, `now` tells the time.
 * @typedef {{ask: (message: Message, answered: (lines: Message[]) => void) => void, emit: (event: Event) => void,
 *   now: () => Moment}} Owner
 */

/** The wanted channels of one Chat. */
export class Presence {
  /** @param {readonly string[]} channels @param {Owner} owner */
  constructor(channels, owner) {
    /** @type {FoldedMap<string>} channels with their keys */
    this.wanted = new FoldedMap(channels.map((channel) => [channel, ""]));
    /** @type {FoldedMap<true>} */
    this.asked = new FoldedMap(channels.map((channel) => [channel, true]));
    /** @type {Map<string, CommandRefused>} */
    this.refusals = new Map();
    this.cursor = "";
    this.isBack = false;
    this._owner = owner;
    /** @type {Session | null} */
    this._session = null;
    /** @type {FoldedMap<string>} */
    this._anchors = new FoldedMap();
    this._seen = new Seen();
    /** @type {FoldedMap<true>} */
    this._joining = new FoldedMap();
    /** @type {FoldedMap<CatchUp>} */
    this._catchups = new FoldedMap();
    this._begunAt = "";
    /** @type {Sweep | null} */
    this._sweep = null;
    this._isAgain = false;
    this._missed = 0;
    this._followed = 0;
  }

  /** A session is registered: join what is wanted, catch up when it is not the first. @param {Session} session
   * @param {boolean} isAgain */
  start(session, isAgain) {
    this._session = session;
    this._isAgain = isAgain;
    this._missed = this._followed = 0;
    const { support } = session.view;
    for (const names of [this.asked, this.wanted, this._anchors, this._catchups, this._joining]) {
      names.refold(support.mapping);
    }
    if (isAgain && this.cursor && session.catchUpLimit) {
      this._sweep = new Sweep(this.cursor, session.catchUpLimit, this._seen);
    }
    if (session.resumed) {
      this._await(this.wanted.keys());
    } else {
      this._joinAll(session, this.wanted);
    }
    this._finishWhenBack();
  }

  /** The server has told all channels that we are in, where it resumed us. */
  resumed() {
    const session = this._session;
    if (session === null || !session.resumed) {
      return;
    }
    const awaited = this._joining.keys();
    const missing = awaited.filter((channel) => !session.view.channels.has(channel));
    this._joinAll(session, new FoldedMap(missing.map((channel) => [channel, this.wanted.get(channel) ?? ""])));
    awaited.filter((channel) => !missing.includes(channel)).forEach((channel) => this._rejoined(channel, []));
  }

  /** The server tells where what comes live begins; who has nothing yet goes on from there. @param {string} cursor */
  beginsAt(cursor) {
    this._begunAt = cursor;
    this.cursor = this.cursor || cursor;
  }

  /** The connection is lost. What is held back is let go: history has it, and it is asked for again. */
  stop() {
    this._session = null;
    this._joining.clear();
    this._catchups.clear();
    this._sweep = null;
    this.isBack = false;
  }

  /** Ask again where the server could not answer a moment ago. */
  tick() {
    const { ticks } = this._owner.now();
    for (const catchup of this._catchups.values()) {
      if (catchup.retryAt !== null && ticks >= catchup.retryAt) {
        this._askForPage(catchup);
      }
    }
    if (this._sweep !== null && this._sweep.retryAt !== null && ticks >= this._sweep.retryAt) {
      this._askForMissed(this._sweep);
    }
  }

  /** A channel is to be joined, now and after every reconnect. @param {string} channel @param {string} key */
  want(channel, key) {
    this.wanted.set(channel, key);
    this.asked.set(channel, true);
  }

  /** A channel is wanted no longer. @param {string} channel */
  forget(channel) {
    for (const names of [this.wanted, this.asked, this._anchors, this._catchups]) {
      names.delete(channel);
    }
  }

  /** A channel has another name. @param {string} old @param {string} name */
  rename(old, name) {
    move(this.asked, old, name);
    move(this.wanted, old, name);
    move(this._anchors, old, name);
    move(this._catchups, old, name);
    const catchup = this._catchups.get(name);
    if (catchup !== undefined) {
      catchup.channel = name;
    }
  }

  /** Deliver a live event, or hold it back while its channel catches up. @param {Event} event */
  hear(event) {
    const channel = channelOf(event);
    const catchup = channel === null ? undefined : this._catchups.get(channel);
    if (event.type === "ChannelRenamed") {
      this.rename(event.old, event.new);
    }
    if (event.type === "Joined" && event.mine) {
      this._entered(event);
    } else if ((event.type === "Parted" || event.type === "Kicked") && event.mine) {
      this.forget(event.channel);
      this._owner.emit(event);
    } else if (catchup !== undefined) {
      catchup.hold(event).forEach((released) => this._owner.emit(released));
    } else if (this._sweep !== null && (channel !== null || isAddressed(event))) {
      this._sweep.hold(event).forEach((released) => this._owner.emit(released));
    } else {
      this._deliver(event);
    }
  }

  /** Hand an event to the program unless it is a message, or a redaction, that it had. @param {Event} event */
  _deliver(event) {
    const isSpoken = isAddressed(event) || event.type === "Redacted";
    if (!isSpoken || this._seen.isNew(identity(event))) {
      this._note(event);
      this._owner.emit(event);
    }
  }

  /** Remember how far we are: what was said is on the server's disk. @param {Event} event */
  _note(event) {
    if ((event.type !== "Message" && event.type !== "Edited") || !event.msgid) {
      return;
    }
    if (event.type === "Message" && event.channel !== null) {
      this._anchors.set(event.channel, `msgid=${event.msgid}`);
    }
    if (this.cursor) {
      this.cursor = event.msgid;
    }
  }

  /** We are in a channel. Coming back into one is no news; a new one gets its anchor: history is asked for strictly
   * after it, so it is a millisecond before. @param {import("./events.js").Joined} event */
  _entered(event) {
    if (this._catchups.has(event.channel) || (this._isAgain && this._joining.has(event.channel))) {
      return;
    }
    this.wanted.set(event.channel, this.wanted.get(event.channel) ?? "");
    this._anchors.set(event.channel, `timestamp=${formatTime(event.time - 1)}`);
    if (this.cursor && event.msgid && this._sweep === null) {
      this.cursor = event.msgid;
    }
    this._owner.emit(event);
  }

  /** Join channels with their keys. @param {Session} session @param {FoldedMap<string>} wanted */
  _joinAll(session, wanted) {
    for (const [channels, key] of together(wanted, session.view.support.targetsOf("JOIN"))) {
      this._join(channels, key);
    }
  }

  /** We shall be in these channels; prepare their catch-up. @param {string[]} channels */
  _await(channels) {
    for (const channel of channels) {
      this._joining.set(channel, true);
      if (this._isAgain && this._sweep === null) {
        this._prepareCatchup(channel);
      }
    }
  }

  /** Join wanted channels by one line. @param {string[]} channels @param {string} key */
  _join(channels, key) {
    this._await(channels);
    const params = key ? [channels.join(","), key] : [channels.join(",")];
    this._owner.ask(new Message("JOIN", params), (lines) => this._joined(channels, lines));
  }

  /** A channel is to catch up by itself, where the server keeps its history and we have a point to begin at.
   * @param {string} channel */
  _prepareCatchup(channel) {
    const anchor = this._anchors.get(channel);
    if (this._session?.keepsHistory && anchor !== undefined) {
      const pageSize = this._session.view.support.historyLimit;
      this._catchups.set(channel, new CatchUp(channel, anchor, pageSize, this._seen));
    }
  }

  /** The server answered a JOIN of several. @param {string[]} channels @param {Message[]} lines */
  _joined(channels, lines) {
    for (const channel of channels) {
      const others = channels.filter((other) => other !== channel);
      this._rejoined(channel, this._session === null ? lines : linesAbout(channel, others, lines, this._session));
    }
  }

  /** The server answered the JOIN of a channel. @param {string} channel @param {Message[]} lines */
  _rejoined(channel, lines) {
    this._joining.delete(channel);
    const refusal = refusalIn(lines);
    const isInside = this._session?.view.channels.has(channel);
    const elsewhere = otherChannel(lines, refusal);
    const catchup = this._catchups.get(channel);
    if (!isInside && elsewhere) {
      this._follow(channel, elsewhere);
    } else if (!isInside && refusal !== null) {
      this._refused(channel, refusal);
    } else if (catchup !== undefined) {
      this._askForPage(catchup);
    }
    this._finishWhenBack();
  }

  /** The server does not let us in. @param {string} channel @param {CommandRefused} refusal */
  _refused(channel, refusal) {
    this.forget(channel);
    this.refusals.set(channel, refusal);
    if (this._isAgain) {
      this._gap(channel, refusal.message);
    }
  }

  /** @param {string} channel @param {string} reason */
  _gap(channel, reason) {
    this._owner.emit({ type: "Gap", time: this._owner.now().wall, channel, reason });
  }

  /** The channel has another name now, or the server has let us into another one. @param {string} channel
   * @param {string} elsewhere */
  _follow(channel, elsewhere) {
    if (this._session?.view.channels.has(elsewhere)) {
      this.forget(channel);
      if (this._isAgain) {
        this._gap(channel, `the server leads to ${elsewhere} from there`);
      }
    } else if (this._followed < RENAMES_FOLLOWED_MAX) {
      this._followed += 1;
      this.rename(channel, elsewhere);
      this._catchups.delete(elsewhere);
      const fields = { ...act(this._owner.now().wall), missed: true };
      const told = { old: channel, new: elsewhere, by: "", reason: "", mine: false };
      this._owner.emit({ ...fields, type: "ChannelRenamed", ...told });
      this._join([elsewhere], this.wanted.get(elsewhere) ?? "");
    } else {
      this._refused(channel, new CommandRefused(`${channel} is renamed again and again`));
    }
  }

  /** Ask for the next page of what was missed. @param {CatchUp} catchup */
  _askForPage(catchup) {
    this._owner.ask(new Message("CHATHISTORY", catchup.query()), (lines) => this._page(catchup, lines));
  }

  /** A page of history, or the refusal of one. @param {CatchUp} catchup @param {Message[]} lines */
  _page(catchup, lines) {
    if (this._catchups.get(catchup.channel) !== catchup || this._session === null) {
      return;
    }
    const { ticks, wall } = this._owner.now();
    const refusal = refusalIn(lines);
    if (refusal !== null) {
      catchup.refused(refusal, ticks);
    } else {
      const past = hearPast(this._session.view, catchup.channel, lines, wall);
      catchup.page(past).forEach((event) => this._owner.emit(event));
      this._anchors.set(catchup.channel, catchup.anchor);
    }
    const reason = catchup.takeGap();
    if (reason) {
      this._gap(catchup.channel, reason);
    }
    this._goOn(catchup);
  }

  /** After a page: the next one, or the present. @param {CatchUp} catchup */
  _goOn(catchup) {
    if (!catchup.done) {
      if (catchup.retryAt === null) {
        this._askForPage(catchup);
      }
      return;
    }
    this._catchups.delete(catchup.channel);
    this._missed += catchup.missed;
    for (const event of catchup.release()) {
      this._note(event);
      this._owner.emit(event);
    }
    this._finishWhenBack();
  }

  /** Ask for what was missed everywhere. @param {Sweep} sweep */
  _askForMissed(sweep) {
    this._owner.ask(new Message("CATCHUP", sweep.query()), (lines) => this._swept(sweep, lines));
  }

  /** The server told what was missed, or a part of it, or refused. @param {Sweep} sweep @param {Message[]} lines */
  _swept(sweep, lines) {
    if (this._sweep !== sweep || this._session === null) {
      return;
    }
    const { ticks, wall } = this._owner.now();
    const page = readMissed(this._session.view, lines, wall);
    const refusal = refusalIn(lines);
    if (page !== null) {
      for (const event of sweep.page(page)) {
        this._note(event);
        this._owner.emit(event);
      }
      this.cursor = sweep.cursor;
    }
    if (refusal !== null || page === null) {
      sweep.refused(refusal ?? new CommandRefused(BROKEN_OFF), ticks);
    }
    const reason = sweep.takeGap();
    if (reason) {
      this._gap("*", reason);
    }
    if (sweep.isDone || sweep.isLost) {
      this._endSweep(sweep);
    } else if (sweep.retryAt === null) {
      this._askForMissed(sweep);
    }
  }

  /** The present is reached, or cannot be by that way: then each channel tries by itself. @param {Sweep} sweep */
  _endSweep(sweep) {
    this._sweep = null;
    this._missed = sweep.missed;
    if (sweep.isLost) {
      this.cursor = "";
      this.wanted.keys().forEach((channel) => this._prepareCatchup(channel));
    }
    sweep.release().forEach((event) => this.hear(event));
    this._catchups.values().forEach((catchup) => this._askForPage(catchup));
    this._finishWhenBack();
  }

  /** Say so when all channels are at the present. */
  _finishWhenBack() {
    if (this.isBack || this._joining.size || this._catchups.size || this._session === null) {
      return;
    }
    if (this._sweep !== null) {
      if (!this._sweep.isAsked) {
        this._askForMissed(this._sweep);
      }
      return;
    }
    this.isBack = true;
    this.cursor = this.cursor || this._begunAt;
    if (!this._isAgain) {
      return;
    }
    if (!this._session.keepsHistory && this.wanted.size) {
      this._gap("*", NO_HISTORY);
    }
    this._owner.emit({ type: "CaughtUp", time: this._owner.now().wall, missed: this._missed });
  }
}
