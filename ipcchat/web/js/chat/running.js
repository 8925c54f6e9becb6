// What a Chat is made of below its commands: connecting, hearing, commands and their answers.
//
// Rules:
// 1. A lost connection is repaired until `close()`, or until the server says that it will not have us: then `ready` is
//    rejected, and everything that waits.
// 2. Listeners are called in the order in which things happened, never inside each other, and when all that one line
//    says has been taken in.
// 3. Only this module knows sockets and clocks; who tests gives others.

import { Message, WireError } from "../wire/message.js";
import { CLOCK } from "./clock.js";
import { Conversation } from "./conversation.js";
import { ChatClosed, CommandRefused } from "./errors.js";
import { hasSlept } from "./liveness.js";
import { Backoff, PROTOCOL, Socket, isConfidential } from "./socket.js";
import { State } from "./state.js";
import { View } from "./view.js";

const OPEN_MS = 10_000;
const CLOSE_MS = 5_000;
const TICK_MS = 1_000;
const STEADY_MS = 5_000;

/** @typedef {import("./events.js").Event} Event */
/** @typedef {import("./state.js").StateName} StateName */
/**
 * @typedef {{
 *   url: string, nick: string, realname?: string, account?: string, password?: string, token?: string,
 *   channels?: readonly string[],
 *   socketFor?: (url: string, protocols: string[]) => import("./socket.js").RawSocket,
 *   clock?: import("./clock.js").Clock, draw?: () => number,
 * }} Options `url` is ws: or wss:; with `account` it logs in, by `token` where there is one; without an account
 *   `password` is the server's
 */

/** A connection to a chat server that repairs itself, without the commands of a Chat. */
export class Running {
  /** @param {Options} options */
  constructor(options) {
    const { url, nick, realname, account = "", password = "", token = "", channels = [] } = options;
    this.url = url;
    /** why there is no connection; "" while there is one */
    this.reason = "";
    /** @type {number | null} when the next try is made, by the clock on the wall */
    this.retryAt = null;
    /** @type {Promise<void>} fulfilled when we are connected, in our channels and at the present for the first time */
    this.ready = new Promise((resolve, reject) => {
      this._becomeReady = resolve;
      this._fail = reject;
    });
    // Who does not wait for it hears of a failure by the state.
    this.ready.catch(() => {});
    this._socketFor = options.socketFor ?? ((place, protocols) => new WebSocket(place, protocols));
    this._clock = options.clock ?? CLOCK;
    this._backoff = new Backoff(options.draw);
    const identity = {
      nick,
      user: "web",
      realname: realname || nick,
      password: account ? "" : password,
      credentials: account ? { account, password, token } : null,
    };
    /** @type {Event[]} */
    this._events = [];
    this._conversation = new Conversation(identity, channels, {
      write: (line) => this._socket?.send(line),
      emit: (event) => this._events.push(event),
      now: this._clock.now,
      later: this._clock.later,
    });
    /** @type {Set<(event: Event) => void>} */
    this._listeners = new Set();
    /** @type {Set<() => void>} */
    this._watchers = new Set();
    /** @type {Socket | null} */
    this._socket = null;
    this._isOpen = false;
    this._isClosing = false;
    this._isClosed = false;
    this._isDelivering = false;
    this._isTold = false;
    this._openedAt = 0;
    this._shown = "";
    this._last = this._clock.now();
    this._stopWaiting = () => {};
    /** @type {Map<string, number>} when typing was told last, by target */
    this._typed = new Map();
    /** @type {import("./sasl.js").Credentials | null} of a registration that waits for its code */
    this._unverified = null;
  }

  /** Begin to connect. */
  begin() {
    this._tick();
    this._connect();
  }

  /** Leave: wait up to 5 s for posted messages to be confirmed, say QUIT, disconnect. May be called twice. */
  async close() {
    const deadline = this._clock.now().ticks + CLOSE_MS;
    this._isClosing = true;
    while (this._conversation.outbox.size && this._isOpen && this._clock.now().ticks < deadline) {
      await new Promise((resolve) => this._clock.later(50, () => resolve(null)));
    }
    if (this._conversation.session?.registered) {
      this._conversation.session.tell(new Message("QUIT"));
    }
    this._end(new ChatClosed("the chat was closed"));
  }

  /**
   * Somebody wants to be connected now: the pause before the next try ends at once. While there is a connection the
   * server is asked whether it is still there, and after 10 s without an answer it is connected to anew. To be called
   * when the page is looked at again (visibilitychange) and when there is a network again (online).
   */
  retryNow() {
    if (this._isClosed) {
      return;
    }
    if (this._socket === null) {
      this._backoff.reset();
      this._connect();
    } else {
      this._conversation.doubt();
      this._settle();
    }
  }

  // Hearing.

  /** Hear every event from now on. @param {(event: Event) => void} listener @returns {() => void} what ends it */
  listen(listener) {
    this._listeners.add(listener);
    return () => this._listeners.delete(listener);
  }

  /** Be called when `state`, `reason` or `retryAt` change. @param {() => void} watcher @returns {() => void} */
  watch(watcher) {
    this._watchers.add(watcher);
    return () => this._watchers.delete(watcher);
  }

  // What is so.

  /** @returns {StateName} */
  get state() {
    if (this._isClosed) {
      return State.CLOSED;
    }
    if (this.retryAt !== null) {
      return State.WAITING;
    }
    if (!this._conversation.session?.registered) {
      return State.CONNECTING;
    }
    return this.connected ? State.CONNECTED : State.CATCHING_UP;
  }

  /** Our nick as the server knows it now. */
  get nick() {
    return this._view.nick;
  }

  /** The nick that was asked for, which is ours where the server gives it. */
  get wantedNick() {
    return this._conversation.nick;
  }

  /** Why the server did not give us the nick that was asked for, in its words; "" when it did. */
  get nickRefusal() {
    return this._conversation.viewSession?.nickRefusal ?? "";
  }

  /** The account that we are logged in to; "" for none. */
  get account() {
    return this._view.account;
  }

  /** The channels we are in: topic, modes, members with their prefixes. As last known while disconnected. */
  get channels() {
    return this._view.channels;
  }

  /** The channels that this Chat was told to be in. Where our user has other sessions he may be in more. */
  get askedChannels() {
    return this._conversation.presence.asked;
  }

  /** The channels that were asked for and that the server did not let us into, each with its reason. */
  get refusedChannels() {
    return this._conversation.presence.refusals;
  }

  /** Who shares a channel with us or is monitored, and we ourselves. As last known while disconnected. */
  get people() {
    return this._view.people;
  }

  /** What the server told it does, by ISUPPORT. */
  get support() {
    return this._view.support.tokens;
  }

  /** @returns {Map<string, string>} the capabilities in use, with the values the server gave them */
  get capabilities() {
    const capabilities = this._conversation.viewSession?.capabilities;
    return new Map([...capabilities?.enabled ?? []].map((name) => [name, capabilities?.offered.get(name) ?? ""]));
  }

  /** Whether we are connected, in our channels and at the present; what is posted while not is sent later. */
  get connected() {
    return this._conversation.isLive;
  }

  /** Whether the server keeps history. */
  get keepsHistory() {
    return this._conversation.viewSession?.keepsHistory ?? false;
  }

  // Asking.

  /**
   * Send any command; the lines that answer it. It waits for a connection when there is none, 60 s in all.
   * @param {string} name @param {readonly string[]} [params] @param {{tags?: ReadonlyMap<string, string>}} [how]
   * @returns {Promise<Message[]>} Rejects with CommandRefused, TimedOut, ChatClosed.
   */
  async command(name, params = [], { tags = new Map() } = {}) {
    this._requireOpen();
    try {
      return await this._conversation.request(new Message(name, [...params], null, new Map(tags)));
    } catch (error) {
      throw error instanceof WireError ? new CommandRefused(error.message, error.code) : error;
    }
  }

  /** `command`, as it reads in a call. @param {string} name @param {...string} params */
  _call(name, ...params) {
    return this.command(name, params);
  }

  // How it is done.

  get _view() {
    return this._conversation.viewSession?.view ?? new View(this._conversation.nick);
  }

  _requireOpen() {
    if (this._isClosing || this._isClosed) {
      throw new ChatClosed("the chat is closed");
    }
  }

  _connect() {
    this._stopWaiting();
    this.retryAt = null;
    const socket = new Socket(this._socketFor(this.url, [PROTOCOL]), new URL(this.url).host, {
      opened: () => this._opened(),
      received: (line) => {
        this._conversation.received(line);
        this._settle();
      },
      lost: (reason) => this._lose(reason),
    });
    this._socket = socket;
    this._stopWaiting = this._clock.later(OPEN_MS, () => this._lose(`${new URL(this.url).host} does not answer`));
    this._settle();
  }

  _opened() {
    this._stopWaiting();
    this._isOpen = true;
    this._openedAt = this._clock.now().ticks;
    this._conversation.opened(isConfidential(this.url));
    this._settle();
  }

  /** Time passes: about once a second, less often for a page in the background. */
  _tick() {
    if (this._isClosed) {
      return;
    }
    this._clock.later(TICK_MS, () => this._tick());
    const before = this._last;
    this._last = this._clock.now();
    if (this._isOpen) {
      this._conversation.tick();
      if (this._socket?.isChoked) {
        this._conversation.problem = "the server does not read what we send";
      }
      this._settle();
    } else if (this._socket === null && hasSlept(before, this._last)) {
      this.retryNow();
    }
  }

  /** The connection is gone, or is given up: try again after a pause. @param {string} reason */
  _lose(reason) {
    this._stopWaiting();
    this._socket?.drop();
    this._socket = null;
    const { wall, ticks } = this._clock.now();
    const isSentOn = this._conversation.session?.isSentOn ?? false;
    if (this._isOpen && (isSentOn || ticks - this._openedAt > STEADY_MS)) {
      this._backoff.reset();
    }
    this._isOpen = false;
    this.reason = this._conversation.lost(reason);
    if (this._isClosing) {
      this._end(new ChatClosed(this.reason));
      return;
    }
    const { isDeliberate: deliberate } = this._conversation;
    const pause = deliberate ? 0 : this._backoff.next();
    this.retryAt = wall + pause;
    this._stopWaiting = this._clock.later(pause, () => this._connect());
    if (this._isTold) {
      this._isTold = false;
      const retrySeconds = pause / 1_000;
      this._events.push({ type: "Disconnected", time: wall, reason: this.reason, retrySeconds, deliberate });
    }
    this._settle();
  }

  /** There will be no connection any more. @param {Error} error why */
  _end(error) {
    if (this._isClosed) {
      return;
    }
    this._isClosed = true;
    this._isOpen = false;
    this._stopWaiting();
    this._socket?.drop();
    this._socket = null;
    this.retryAt = null;
    this.reason = error.message;
    this._conversation.lost(error.message);
    this._conversation.abandon(error.message);
    this._fail(error);
    this._settle();
  }

  /** Something was taken in: draw the conclusions, then tell. */
  _settle() {
    const { fatal, problem, session } = this._conversation;
    if (fatal !== null && !this._isClosed) {
      this._end(fatal);
    } else if (problem && this._isOpen) {
      this._lose(problem);
    } else {
      if (session?.work) {
        this._work(session, session.work);
      }
      if (this.connected) {
        this.reason = "";
        this._becomeReady();
      }
      this._tell();
    }
  }

  /** A step of the login that takes time. @param {import("./session.js").Session} session
   * @param {() => Promise<import("./authentication.js").Result>} work */
  async _work(session, work) {
    session.work = null;
    const result = await work();
    if (this._conversation.session === session) {
      session.worked(result);
      this._settle();
    }
  }

  /** Hand out the events, and say when the state is another; see rule 2. */
  _tell() {
    if (this._isDelivering) {
      return;
    }
    this._isDelivering = true;
    do {
      for (let event = this._events.shift(); event !== undefined; event = this._events.shift()) {
        this._isTold = this._isTold || event.type === "Connected";
        const heard = event;
        this._listeners.forEach((listener) => careful(() => listener(heard)));
      }
      const shown = `${this.state} ${this.retryAt} ${this.reason}`;
      if (shown !== this._shown) {
        this._shown = shown;
        this._watchers.forEach(careful);
      }
    } while (this._events.length);
    this._isDelivering = false;
  }
}

/** Call somebody whose mistakes are not ours: they are reported, and others are called. @param {() => void} call */
function careful(call) {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
