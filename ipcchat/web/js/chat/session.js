// The protocol state of one connection, without a connection: lines in, lines out, and what was heard.
//
// Rules:
// 1. No sockets, no clock: whoever owns it (`Hearer`) gives it the lines that came and the time, and is told what was
//    heard, in order.
// 2. Registration: CAP LS 302, NICK and USER (or the token of a connection before) at once; of the capabilities offered
//    the wanted ones are requested. The session is registered when the message of the day has ended (376 or 422), so that ISUPPORT is known.
// 3. A line that cannot be parsed, or is too long, is skipped.
// 4. The lines of an answer go to who asked; of the events in them only those are heard by which something happened.
//
// Specifications: IRCv3 capability negotiation, batch, labeled-response, sasl-3.2; RFC 2812 3.1.

import { Message, WireError, formatMessage, parse } from "../wire/message.js";
import { Asks } from "./asks.js";
import { Batches, MULTILINE_TYPE, assembled } from "./batches.js";
import { Capabilities, NEEDED } from "./capabilities.js";
import { hear, hearPast } from "./hearing.js";
import { param, timeOf } from "./hearing/basis.js";
import { multilineLimits, numbersIn } from "./multiline.js";
import { Registration } from "./registration.js";
import { View } from "./view.js";

// 8191 is IRCv3 message-tags' limit for tags from a server; the rest is for the line itself.
const LINE_CHARACTERS_MAX = 12_288;
export const CATCH_UP = "ipc-chat/catch-up";
const CATCH_UP_PAGE_MAX = 10_000;
// Commands whose answer may tell that somebody is away, which is news then; in WHOIS it is a part of what was asked.
const TALKING = ["PRIVMSG", "NOTICE", "TAGMSG", "BATCH", "INVITE"];

/** @typedef {import("./events.js").Event} Event */
/** @typedef {import("./asks.js").Ask} Ask */
/** @typedef {import("./batches.js").Batch} Batch */
/** @typedef {import("./authentication.js").Step} Step */
/**
 * Who owns a session. `turned`: the server will not have us. `beginsAt`: from this cursor on everything comes live.
 * `resumable`: with this token the next connection goes on with this one; where this one was resumed, the server has
 * told all channels that we are in (docs/resume.md).
 * @typedef {{
 *   wrote: (line: string) => void,
 *   welcomed: (session: Session) => void,
 *   turned: (turned: import("./registration.js").Turned) => void,
 *   answered: (ticket: number, lines: Message[]) => void,
 *   beginsAt: (cursor: string) => void,
 *   resumable: (token: string) => void,
 *   heard: (event: Event) => void,
 * }} Owner
 */

/** One connection's protocol state; `begin` first, then `receive` for what comes. */
export class Session {
  /** @param {import("./registration.js").Identity} identity @param {boolean} confidential @param {Owner} owner
   * @param {string} token of the connection to go on with; `resumed` says that we did */
  constructor(identity, confidential, owner, token = "") {
    /** @type {Step["work"]} a step of the login that takes time; its result is handed to `worked` */
    this.work = null;
    this.view = new View(identity.nick);
    this.registered = false;
    this.resumed = false;
    this.isSentOn = false;
    this.farewell = "";
    this.capabilities = new Capabilities();
    this._owner = owner;
    this._registration = new Registration(identity, confidential, token);
    this._batches = new Batches();
    this._asks = new Asks();
  }

  /** The capabilities in use. */
  get enabled() {
    return this.capabilities.enabled;
  }

  /** How many asks wait for their answer. */
  get unanswered() {
    return this._asks.size;
  }

  /** Whether the server answers CHATHISTORY. */
  get keepsHistory() {
    return this.enabled.has("draft/chathistory");
  }

  /** How many things one CATCHUP may ask for; 0 where the server has none. */
  get catchUpLimit() {
    const most = numbersIn(this.capabilities.offered.get(CATCH_UP) ?? "").get("messages");
    return this.enabled.has(CATCH_UP) ? Math.min(most || CATCH_UP_PAGE_MAX, CATCH_UP_PAGE_MAX) : 0;
  }

  /** Why we did not get the nick we wanted, in the server's words; "" when we did, or it said nothing. */
  get nickRefusal() {
    return this._registration.refusal;
  }

  /** How much one message of several lines may be; null when the server takes none. */
  get multiline() {
    const value = this.capabilities.offered.get("draft/multiline") ?? "";
    return this.enabled.has("draft/multiline") ? multilineLimits(value) : null;
  }

  /** Start the registration. */
  begin() {
    this._sendAll(this._registration.begin());
  }

  /** Send a command whose answer nobody waits for. Throws WireError. @param {Message} message */
  tell(message) {
    this._send(message);
  }

  /** Send a command, or the lines of a batch; `answered` will be called with this ticket. Throws WireError.
   * @param {number} ticket @param {...Message} messages */
  ask(ticket, ...messages) {
    messages.forEach(formatMessage);
    if (messages[0]?.command === "AWAY") {
      this.view.awayAsked = messages[0].params[0] ?? "";
    }
    this._asks.start(ticket, messages);
    messages.forEach((message) => this._send(message));
  }

  /** @param {string} line @param {number} received when it came */
  receive(line, received) {
    if (line.length > LINE_CHARACTERS_MAX) {
      return;
    }
    try {
      this._receive(parse(line), received);
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
    }
  }

  /** The work is done. @param {import("./authentication.js").Result} result */
  worked(result) {
    this._goOn(this._registration.worked(result));
  }

  /** @param {Message[]} messages */
  _sendAll(messages) {
    messages.forEach((message) => this._send(message));
  }

  /** @param {Message} message */
  _send(message) {
    this._owner.wrote(formatMessage(message));
  }

  /** One line: framing (batches, labels) here, meaning in `_understand`. @param {Message} line
   * @param {number} received */
  _receive(line, received) {
    const command = line.command.toUpperCase();
    if (command === "BATCH") {
      this._receiveBatch(line, received);
      return;
    }
    const batch = this._batches.holding(line);
    const ask = batch ? batch.root.ask : this._asks.labelledBy(line.tags.get("label"));
    if (batch && !this._batches.keep(batch, line)) {
      return;
    }
    if (command !== "ACK") {
      this._understand(command, line, received).filter((event) => !isAnswer(event, ask)).forEach((event) => {
        this._owner.heard(batch?.isSplit ? inSplit(batch, event) : ask ? event : fromElsewhere(event));
      });
    }
    if (ask && !batch) {
      if (command !== "ACK") {
        ask.collect(line);
      }
      this._finish(ask);
    }
  }

  /** @param {Ask} ask */
  _finish(ask) {
    if (this._asks.finish(ask)) {
      this._owner.answered(ask.ticket, ask.lines);
    }
  }

  /** BATCH +reference or -reference. @param {Message} line @param {number} received */
  _receiveBatch(line, received) {
    const reference = param(line, 0);
    if (reference.startsWith("+")) {
      this._batches.begin(line, this._asks.labelledBy(line.tags.get("label")));
      return;
    }
    const batch = this._batches.end(reference.slice(1));
    if (batch === undefined) {
      return;
    }
    this._endBatch(batch, received);
    if (batch.ask) {
      this._finish(batch.ask);
    }
  }

  /** What is heard when a batch ends, but for the answer it may be. @param {Batch} batch @param {number} received */
  _endBatch(batch, received) {
    const message = batch.kind === MULTILINE_TYPE ? assembled(batch) : null;
    if (message !== null) {
      this._receive(message, received);
    }
    if (batch.isSplit && batch.nicks.size) {
      const time = timeOf(batch.opening, received);
      const type = batch.kind === "netsplit" ? "Netsplit" : "Netjoin";
      this._owner.heard({ type, time, servers: batch.parameters, nicks: [...batch.nicks] });
    }
    const past = hearPast(this.view, batch.parameters[0] ?? "", batch.past, received);
    past.forEach((event) => this._owner.heard(event));
  }

  /** What a line means: to the registration and the connection first, to people after. @param {string} command
   * @param {Message} line @param {number} received @returns {Event[]} */
  _understand(command, line, received) {
    if (command === "PING") {
      this._send(new Message("PONG", line.params.slice(0, 1)));
      return [];
    }
    if (command === "CAP") {
      return this._negotiate(line, received);
    }
    if (command === "005") {
      return this._acceptTokens(line, received);
    }
    if (command === "CATCHUP" && param(line, 0) === "NOW" && param(line, 1)) {
      this._owner.beginsAt(param(line, 1));
      return [];
    }
    if (command === "RESUME" && param(line, 0) === "TOKEN" && param(line, 1)) {
      this._owner.resumable(param(line, 1));
      return [];
    }
    if (command === "RESUME" && param(line, 0) === "NOW") {
      this.isSentOn = true;
      return [];
    }
    if (command === "ERROR") {
      this.farewell = line.params.at(-1) ?? "";
    }
    if (!this.registered) {
      this._register(command, line);
      return [];
    }
    return hear(this.view, line, received);
  }

  /** 005: what the server does; news when it says so later. @param {Message} line @param {number} received
   * @returns {Event[]} */
  _acceptTokens(line, received) {
    const { changed, removed } = this.view.acceptTokens(line.params.slice(1, -1));
    const isNews = this.registered && (changed.size || removed.length);
    return isNews ? [{ type: "SupportChanged", time: timeOf(line, received), tokens: changed, removed }] : [];
  }

  /** Lines before the registration is complete. @param {string} command @param {Message} line */
  _register(command, line) {
    if (command === "900" || command === "901") {
      hear(this.view, line, 0);
    }
    const following = this._registration.hearLogin(line);
    if (following !== null) {
      this._goOn(following);
    } else if (command === "001") {
      this._entered(line);
    } else if (command === "376" || command === "422") {
      this.registered = true;
      this._owner.welcomed(this);
    } else if (command === "FAIL" && param(line, 0) === "RESUME" && this._registration.isResuming) {
      this._sendAll(this._registration.notResumed());
      this._settle();
    } else {
      this.farewell = command === "FAIL" ? line.params.at(-1) ?? "" : this.farewell;
      const answer = this._registration.hear(command, line);
      if (Array.isArray(answer)) {
        this._sendAll(answer);
      } else {
        this._owner.turned(answer);
      }
    }
  }

  /** 001: the server takes us; we take it too when it has what we need. @param {Message} line */
  _entered(line) {
    const lacking = this._registration.lacking(this.enabled);
    if (this._registration.needsLogin) {
      this._owner.turned({ reason: "the server has no accounts that one can log in to", login: true, ours: true });
    } else if (lacking !== null) {
      this._owner.turned(lacking);
    } else {
      this.resumed = this._registration.isResuming;
      this.view.enterNetwork(param(line, 0), line.source ?? "");
    }
  }

  /** A step of the login. @param {Step} following */
  _goOn(following) {
    this._sendAll(following.send);
    this.work = following.work;
    if (following.failed) {
      this._owner.turned({ reason: following.failed, login: true, ours: following.ours });
    } else if (following.succeeded) {
      this._sendAll(this._registration.endNegotiation());
    }
  }

  /** The capabilities are settled: log in, or let the registration go on. */
  _settle() {
    const following = this._registration.settle(this.enabled, this.capabilities.offered.get("sasl") ?? "");
    if (following !== null) {
      this._goOn(following);
    } else {
      this._sendAll(this._registration.endNegotiation());
    }
  }

  /** CAP: send what follows; changes after the registration are news. @param {Message} line @param {number} received
   * @returns {Event[]} */
  _negotiate(line, received) {
    const { added, removed } = this.capabilities.negotiate(line.params);
    this.view.enabled = this.enabled;
    this.capabilities.takeRequests().forEach((names) => this._send(new Message("CAP", ["REQ", names])));
    if (this.capabilities.settled && !this.registered) {
      this._sendAll(this._registration.resume(this.enabled));
      this._settle();
    }
    if (this.registered && removed.some((name) => NEEDED.includes(name))) {
      this._owner.turned({ reason: `the server gave up ${removed.join(", ")}`, login: false, ours: true });
    }
    const isNews = this.registered && (added.length || removed.length);
    return isNews ? [{ type: "CapabilitiesChanged", time: timeOf(line, received), added, removed }] : [];
  }
}

/** Whether something heard in the answer to an ask is for who asked, and for nobody else. @param {Event} event
 * @param {Ask | undefined} ask @returns {boolean} */
function isAnswer(event, ask) {
  if (ask === undefined) {
    return false;
  }
  return event.type === "Numeric" || (event.type === "StandardReply" && event.kind === "FAIL")
    || (event.type === "IsAway" && !TALKING.includes(ask.command));
}

/** Our own message that answers nothing we asked: another of our user's sessions said it. @param {Event} event
 * @returns {Event} */
function fromElsewhere(event) {
  return event.type === "Message" && event.mine ? { ...event, elsewhere: true } : event;
}

/** Something heard in a netsplit or netjoin batch, marked as such. @param {Batch} batch @param {Event} event
 * @returns {Event} */
function inSplit(batch, event) {
  if (event.type === "Quit") {
    batch.nicks.add(event.nick);
    return { ...event, netsplit: true };
  }
  if (event.type === "Joined") {
    batch.nicks.add(event.nick);
    return { ...event, netjoin: true };
  }
  return event;
}
