// One Chat's conversation over any number of connections, without a connection: what `chat` does, decided here.
//
// Inputs are `opened`, `received`, `lost`, `tick` and what the program wants (`post`, `deed`, `request`); outputs are
// the lines and events given to its owner, promises, and `problem` (why the connection is to be dropped).
//
// Rules:
// 1. Posts wait until all channels have caught up; then those that were not confirmed go again first, with their old
//    keys.
// 2. Everything asked is answered: by what the server said, a refusal, or TimedOut when the connection was lost before.
// 3. A server that seems to be gone is pinged and given up, see `liveness`; also when the program doubts (`doubt`).
// 4. What we told the server about ourselves (away, who is monitored) is told again to the next connection.
// 5. A nick that was ours and is taken after a reconnect (by our own ghost, mostly) is tried again until it is ours.
// 6. A login that fails ends it, but for one that has succeeded before with the same password: then the server may be
//    busy, and it is tried LOGIN_TRIES_MAX times.
// 7. Where the server gives a token for it, the next connection goes on with the one before as the same user, in his
//    channels (docs/resume.md): nobody sees that he was gone. Not where we want to be somebody else.

import { Message, formatMessage } from "../wire/message.js";
import { refusalIn } from "./answers.js";
import { echoOf, refusedFor } from "./delivery.js";
import { ChatClosed, ChatError, ConnectFailed, LoginFailed, TimedOut } from "./errors.js";
import { Liveness } from "./liveness.js";
import { Deed, Outbox, POSTS_MAX, Post, newKey, refuseTooLong } from "./outbox.js";
import { Presence } from "./presence.js";
import { Session } from "./session.js";
import { Standing } from "./standing.js";
import { View } from "./view.js";

const REGISTRATION_MS = 30_000;
const REGAIN_MS = 5_000;
const COMMAND_MS = 60_000;
const LOGIN_TRIES_MAX = 5;
const REQUESTS_MAX = 1_000;

/** @typedef {import("./events.js").Event} Event */
/** @typedef {import("./events.js").Message} Said */
/** @typedef {import("./registration.js").Identity} Identity */
/** @typedef {import("./sasl.js").Credentials} Credentials */
/** @typedef {import("./outbox.js").Part} Part */
/** @typedef {ReadonlyMap<string, string>} Tags */
/** @typedef {{answered: (lines: Message[]) => void, lost: (error: ChatError) => void}} Expectation */
/**
 * `later` calls something once in so many milliseconds, and returns what takes that back.
 * @typedef {{write: (line: string) => void, emit: (event: Event) => void, now: () => import("./liveness.js").Moment,
 *   later: (milliseconds: number, call: () => void) => () => void}} Owner
 */

/** What goes on between one Chat and its server; see above for inputs, outputs and rules. */
export class Conversation {
  /** @param {Identity} identity @param {readonly string[]} channels @param {Owner} owner */
  constructor(identity, channels, owner) {
    this.nick = identity.nick;
    this.problem = "";
    this.isDeliberate = false;
    /** @type {ChatError | null} why there will be no further connection */
    this.fatal = null;
    /** @type {Session | null} of the present connection */
    this.session = null;
    /** @type {Session | null} the last one that was registered */
    this.viewSession = null;
    this.outbox = new Outbox();
    this.standing = new Standing();
    const ask = this._ask.bind(this);
    this.presence = new Presence(channels, { ask, emit: owner.emit, now: owner.now });
    this._owner = owner;
    this._identity = identity;
    this._heldNick = "";
    this._token = "";
    this._isLoggedIn = false;
    this._loginFailures = 0;
    this._connections = 0;
    this._lastTicket = 0;
    /** @type {Map<number, Expectation>} */
    this._expected = new Map();
    /** @type {Map<number, Message>} requests that wait for a connection */
    this._queued = new Map();
    /** @type {Map<number, {resolve: (answer: any) => void, reject: (error: ChatError) => void}>} the answer is a Said
     * for a post, lines for a deed: `_enqueued` knows which */
    this._senders = new Map();
    this._openedAt = 0;
    this._liveness = new Liveness(owner.now());
    /** @type {number | null} */
    this._regainAt = null;
  }

  /** Whether we are registered, in our channels and at the present. */
  get isLive() {
    return this.session !== null && this.session.registered && this.presence.isBack;
  }

  // What the connection tells.

  /** There is a connection. @param {boolean} confidential whether nobody can read along */
  opened(confidential) {
    const moment = this._owner.now();
    this.problem = "";
    this.isDeliberate = false;
    this._openedAt = moment.ticks;
    this._liveness = new Liveness(moment);
    this.session = new Session({ ...this._identity, nick: this.nick }, confidential, {
      wrote: this._owner.write,
      welcomed: (session) => this._welcome(session),
      turned: (turned) => this._turned(turned),
      answered: (ticket, lines) => this._answer(ticket, lines),
      beginsAt: (cursor) => this.presence.beginsAt(cursor),
      resumable: (token) => this._resumable(token),
      heard: (event) => this._hear(event),
    }, this._token);
    this.session.begin();
  }

  /** A line came. @param {string} line */
  received(line) {
    const moment = this._owner.now();
    this._liveness.heard(moment);
    this.session?.receive(line, moment.wall);
    this._sendPosts();
  }

  /** The connection is gone. @param {string} reason @returns {string} why, in the server's words where it had some */
  lost(reason) {
    const { session } = this;
    this.session = null;
    this.presence.stop();
    this.outbox.rewind();
    const expected = this._expected;
    this._expected = new Map();
    for (const [ticket, expectation] of expected) {
      if (this._queued.has(ticket)) {
        this._expected.set(ticket, expectation);
      } else {
        expectation.lost(new TimedOut(`the connection was lost before the answer: ${reason}`));
      }
    }
    return session?.farewell || reason;
  }

  /** Time passed; called about once a second while there is a connection. */
  tick() {
    const { session } = this;
    const moment = this._owner.now();
    if (session === null) {
      return;
    }
    if (!session.registered) {
      if (moment.ticks - this._openedAt > REGISTRATION_MS) {
        this.problem = `the server did not finish the registration within ${REGISTRATION_MS / 1_000} seconds`;
      }
      return;
    }
    if (this._liveness.asks(moment)) {
      session.tell(new Message("PING", ["alive"]));
    }
    this.problem = this._liveness.verdict(moment, session.unanswered) || this.problem;
    this.presence.tick();
    if (this._regainAt !== null && moment.ticks >= this._regainAt) {
      this._regainAt = moment.ticks + REGAIN_MS;
      this._ask(new Message("NICK", [this.nick]), () => {});
    }
  }

  /** The server may be gone: ask it now, and give it up when it says nothing soon. */
  doubt() {
    if (this.session?.registered && this._liveness.doubted(this._owner.now())) {
      this.session.tell(new Message("PING", ["alive"]));
    }
  }

  // What the program wants.

  /**
   * Send messages, all of them or none; each becomes the message as it was echoed. Throws ChatError when the outbox is
   * full, WireError when a line is none.
   * @param {string} kind @param {string} target @param {Part[][]} parts @param {Tags} tags @returns {Promise<Said>[]}
   */
  post(kind, target, parts, tags) {
    return this._enqueued(parts.map((lines) => new Post(this._newTicket(), kind, target, lines, newKey(), tags)));
  }

  /**
   * Do something about a message, once, behind the posts before it; the answer's lines. Throws as `post`.
   * @param {string} command @param {string[]} params @param {Tags} tags @returns {Promise<Message[]>}
   */
  async deed(command, params, tags) {
    const deed = new Deed(this._newTicket(), command, params, newKey(), tags);
    deed.messages().forEach(refuseTooLong);
    return (await Promise.all(this._enqueued([deed]))).flat();
  }

  /**
   * Send a command as soon as there is a registered connection; the lines of the answer. Throws ChatError, WireError.
   * @param {Message} message @returns {Promise<Message[]>} Rejects with CommandRefused, TimedOut, ChatClosed.
   */
  request(message) {
    if (this._expected.size >= REQUESTS_MAX) {
      throw new ChatError(`${REQUESTS_MAX} commands wait for an answer already`);
    }
    refuseTooLong(message);
    const ticket = this._newTicket();
    return new Promise((resolve, reject) => {
      const cancel = this._owner.later(COMMAND_MS, () => {
        if (this._queued.delete(ticket)) {
          this._expected.delete(ticket);
        }
        reject(new TimedOut(`the server did not answer ${message.command} within ${COMMAND_MS / 1_000} seconds`));
      });
      const answered = (/** @type {Message[]} */ lines) => {
        cancel();
        const refusal = refusalIn(lines);
        return refusal === null ? resolve(lines) : reject(refusal);
      };
      const lost = (/** @type {ChatError} */ error) => {
        cancel();
        reject(error);
      };
      this._expected.set(ticket, { answered, lost });
      if (this.session?.registered) {
        this._send(ticket, [message]);
      } else {
        this._queued.set(ticket, message);
      }
    });
  }

  /** The Chat ends: everything that still waits gets ChatClosed. @param {string} reason */
  abandon(reason) {
    const error = new ChatClosed(reason);
    this.outbox.abandon().forEach(({ ticket }) => this._settled(ticket)?.reject(error));
    this._expected.forEach(({ lost }) => lost(error));
    this._expected.clear();
    this._queued.clear();
  }

  /** The nick we want from now on. @param {string} nick */
  rename(nick) {
    this.nick = nick;
    this._regainAt = null;
  }

  /** Who we are from now on, on later connections too. @param {Partial<Identity>} told */
  become(told) {
    this._identity = { ...this._identity, ...told };
    if (told.credentials !== undefined) {
      this._isLoggedIn = told.credentials !== null;
      this._loginFailures = 0;
    }
  }

  /** Give up this connection for another one, on which we are somebody else. @param {string} reason */
  comeAgain(reason) {
    this.problem = reason;
    this.isDeliberate = true;
    this._token = "";
  }

  // How it goes.

  /** The server will not have us, see rule 6. @param {import("./registration.js").Turned} turned */
  _turned(turned) {
    if (!turned.login) {
      this.fatal = new ConnectFailed(turned.reason);
      return;
    }
    const advice = turned.ours ? "" : "; are its name and password right?";
    this._loginFailures += 1;
    if (turned.ours || !this._isLoggedIn || this._loginFailures >= LOGIN_TRIES_MAX) {
      const name = this._identity.credentials?.account ?? "your account";
      this.fatal = new LoginFailed(`the login to ${name} failed: ${turned.reason}${advice}`, !turned.ours);
    } else {
      this.problem = `the login failed: ${turned.reason}`;
    }
  }

  _newTicket() {
    this._lastTicket += 1;
    return this._lastTicket;
  }

  /** The network as it was last seen. */
  get _view() {
    return this.viewSession?.view ?? new View(this.nick);
  }

  /** @param {number} ticket @param {Message[]} messages */
  _send(ticket, messages) {
    if (this.session?.unanswered === 0) {
      this._liveness.answered(this._owner.now());
    }
    this.session?.ask(ticket, ...messages);
  }

  /** Send a command of our own; a lost connection makes it pointless. @param {Message} message
   * @param {Expectation["answered"]} answered */
  _ask(message, answered) {
    if (this.session?.registered) {
      const ticket = this._newTicket();
      this._expected.set(ticket, { answered, lost: () => {} });
      this._send(ticket, [message]);
    }
  }

  /** @param {string} token for the next connection */
  _resumable(token) {
    this._token = token;
    this.presence.resumed();
  }

  /** Registered. @param {Session} session */
  _welcome(session) {
    const { wall, ticks } = this._owner.now();
    const { view } = session;
    const again = this._connections > 0;
    this._connections += 1;
    this._token = "";
    this._isLoggedIn = this._identity.credentials !== null;
    this._loginFailures = 0;
    this.viewSession = session;
    this._owner.emit({ type: "Connected", time: wall, nick: view.nick, again });
    if (view.isMe(this.nick)) {
      this._heldNick = this.nick;
      this._regainAt = null;
    } else if (this._heldNick === this.nick) {
      view.formerNick = this._heldNick;
      this._regainAt = ticks + REGAIN_MS;
    } else if (session.resumed) {
      this._ask(new Message("NICK", [this.nick]), () => {});
    }
    if (again) {
      this.standing.restore(view, session.resumed).forEach((message) => this._ask(message, () => {}));
    }
    this.presence.start(session, again);
    const queued = [...this._queued];
    this._queued.clear();
    queued.forEach(([ticket, message]) => this._send(ticket, [message]));
  }

  /** An answer came to a post, a request or an ask of our own. @param {number} ticket @param {Message[]} lines */
  _answer(ticket, lines) {
    this._liveness.answered(this._owner.now());
    const expectation = this._expected.get(ticket);
    this._expected.delete(ticket);
    expectation?.answered(lines);
  }

  /** An event came: note what it means for our nick, then deliver it by way of the channels. @param {Event} event */
  _hear(event) {
    const view = this.session?.view;
    if (event.type === "NickChanged" && event.mine && view?.isMe(this.nick)) {
      this._heldNick = this.nick;
      this._regainAt = null;
      view.formerNick = "";
    } else if (this._regainAt !== null && freedNick(event) === this.nick) {
      this._regainAt = this._owner.now().ticks;
    }
    this.presence.hear(event);
  }

  /** @param {(Post | Deed)[]} posts given to the outbox @returns {Promise<any>[]} see `_senders` */
  _enqueued(posts) {
    if (this.outbox.size + posts.length > POSTS_MAX) {
      throw new ChatError(`${this.outbox.size} messages wait to be sent already; wait for some to be delivered`);
    }
    posts.flatMap((post) => post.messages()).forEach(formatMessage);
    const promises = posts.map((post) => new Promise((resolve, reject) => {
      this._senders.set(post.ticket, { resolve, reject });
      this.outbox.add(post);
    }));
    this._sendPosts();
    return promises;
  }

  /** @param {number} ticket @returns who waits for it, once */
  _settled(ticket) {
    const sender = this._senders.get(ticket);
    this._senders.delete(ticket);
    return sender;
  }

  /** Send what the window has room for, once everything is at the present. */
  _sendPosts() {
    while (this.isLive) {
      const post = this.outbox.nextToSend();
      if (post === undefined) {
        break;
      }
      this._expected.set(post.ticket, { answered: (lines) => this._delivered(post, lines), lost: () => {} });
      this._send(post.ticket, post.messages());
    }
  }

  /** The server has answered a post or a deed. @param {Post | Deed} post @param {Message[]} lines */
  _delivered(post, lines) {
    this.outbox.settle(post.ticket);
    const sender = this._settled(post.ticket);
    const refusal = refusalIn(lines);
    if (refusal !== null) {
      const isGuest = !this._view.account && this._connections > 1;
      sender?.reject(refusedFor(post, refusal, isGuest));
    } else if (post instanceof Deed) {
      sender?.resolve(lines);
    } else {
      sender?.resolve(echoOf(this._view, post, lines, this._owner.now().wall));
    }
  }
}

/** @param {Event} event @returns {string} the nick that is free after it; "" when none is */
function freedNick(event) {
  return event.type === "Quit" ? event.nick : event.type === "NickChanged" ? event.old : "";
}
