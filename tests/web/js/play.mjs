// A Chat and a server that is played by the test: no network, and a clock that stands still until it is moved.

import { connect } from "../../../ipcchat/web/js/chat/index.js";
import { parse } from "../../../ipcchat/web/js/wire/message.js";

const CAPABILITIES = "message-tags server-time echo-message batch labeled-response draft/multiline=max-bytes=4096 "
  + "draft/chathistory draft/event-playback draft/message-edit draft/message-redaction draft/read-marker cap-notify "
  + "away-notify extended-join multi-prefix soju.im/search draft/account-registration sasl=SCRAM-SHA-256,PLAIN";
const TOKENS = "CASEMAPPING=ascii CHANTYPES=# PREFIX=(ov)@+ CHANMODES=b,k,l,imnst CHATHISTORY=2 TARGMAX=JOIN: "
  + "MONITOR=100";
const START = Date.UTC(2026, 10, 23, 12);

/** A clock that is moved by hand. */
export class Clock {
  constructor() {
    this.wall = START;
    this.ticks = 0;
    /** @type {{at: number, call: () => void}[]} */
    this._timers = [];
  }

  now = () => ({ wall: this.wall, ticks: this.ticks });

  /** @param {number} milliseconds @param {() => void} call */
  later = (milliseconds, call) => {
    const timer = { at: this.ticks + milliseconds, call };
    this._timers.push(timer);
    return () => {
      this._timers = this._timers.filter((other) => other !== timer);
    };
  };

  /** Time passes, and what waits for it happens in order. @param {number} milliseconds */
  pass(milliseconds) {
    const end = this.ticks + milliseconds;
    for (;;) {
      const next = this._timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (next === undefined) {
        break;
      }
      this._timers = this._timers.filter((timer) => timer !== next);
      this.wall += Math.max(next.at - this.ticks, 0);
      this.ticks = Math.max(next.at, this.ticks);
      next.call();
    }
    this.wall += end - this.ticks;
    this.ticks = end;
  }
}

/** A socket without a network. It swallows what is sent when it is `deaf`, as a network does that is gone. */
export class FakeSocket {
  constructor() {
    this.readyState = 0;
    this.bufferedAmount = 0;
    this.deaf = false;
    /** @type {string[]} */
    this.lines = [];
    /** @type {((event: any) => void) | null} */
    this.onopen = null;
    /** @type {((event: any) => void) | null} */
    this.onmessage = null;
    /** @type {((event: any) => void) | null} */
    this.onclose = null;
    /** @type {((event: any) => void) | null} */
    this.onerror = null;
  }

  /** @param {string} line */
  send(line) {
    if (!this.deaf) {
      this.lines.push(line);
    }
  }

  close() {
    this.readyState = 3;
    this.onclose?.({ reason: "" });
  }
}

/** One Chat, what it heard, and the server on the other side. */
export class Play {
  /** @param {Partial<import("../../../ipcchat/web/js/chat/running.js").Options>} [options] */
  constructor(options = {}) {
    this.clock = new Clock();
    /** @type {FakeSocket[]} */
    this.sockets = [];
    /** @type {import("../../../ipcchat/web/js/chat/events.js").Event[]} */
    this.heard = [];
    this.capabilities = CAPABILITIES;
    this.tokens = TOKENS;
    this.chat = connect({
      url: "wss://irc.test/ws",
      nick: "ann",
      channels: ["#tea"],
      clock: this.clock,
      draw: () => 0.5,
      socketFor: () => {
        this.sockets.push(new FakeSocket());
        return this.socket;
      },
      ...options,
    });
    this.chat.listen((event) => this.heard.push(event));
  }

  /** The newest socket. */
  get socket() {
    const socket = this.sockets.at(-1);
    if (socket === undefined) {
      throw new Error("nothing was connected yet");
    }
    return socket;
  }

  /** The types of what was heard since the last call. */
  types() {
    return this.heard.splice(0).map(({ type }) => type);
  }

  /** The texts of the messages that were heard since the last call. */
  texts() {
    return this.heard.splice(0).flatMap((event) => (event.type === "Message" ? [event.text] : []));
  }

  /** What the client said since the last call. @returns {string[]} */
  sent() {
    return this.socket.lines.splice(0);
  }

  /** The one line that the client said since the last call. @returns {string} */
  line() {
    const lines = this.sent();
    if (lines.length !== 1) {
      throw new Error(`one line was expected: ${JSON.stringify(lines)}`);
    }
    return String(lines[0]);
  }

  /** The server says something. @param {...string} lines */
  server(...lines) {
    for (const data of lines) {
      this.socket.onmessage?.({ data });
    }
  }

  /** The server answers what was asked by a line. @param {string} ask @param {...string} lines */
  answer(ask, ...lines) {
    const label = labelOf(ask);
    if (lines.length === 1) {
      const [line = ""] = lines;
      this.server(line.startsWith("@") ? `@label=${label};${line.slice(1)}` : `@label=${label} ${line}`);
      return;
    }
    const inside = lines.map((line) => {
      return line.startsWith("@") ? `@batch=L${label};${line.slice(1)}` : `@batch=L${label} ${line}`;
    });
    this.server(`@label=${label} :irc.test BATCH +L${label} labeled-response`, ...inside, `:irc.test BATCH -L${label}`);
  }

  /** Connected, and known to the server. @param {{nick?: string}} [how] */
  async connect({ nick = "ann" } = {}) {
    await settled();
    this.socket.readyState = 1;
    this.socket.onopen?.({});
    this.server(`:irc.test CAP * LS :${this.capabilities}`);
    for (const line of this.sent().filter((each) => each.startsWith("CAP REQ"))) {
      this.server(`:irc.test CAP * ACK :${parse(line).params[1]}`);
    }
    this.welcome(nick);
  }

  /** The end of the registration. @param {string} nick */
  welcome(nick) {
    this.server(`:irc.test 001 ${nick} :Welcome`, `:irc.test 005 ${nick} ${this.tokens} :are supported`);
    this.sent();
    this.server(`:irc.test 422 ${nick} :No message of the day`);
  }

  /** Let into the channels of a JOIN. @param {string} ask @param {string} [nick] */
  letIn(ask, nick = "ann") {
    const channels = String(parse(ask).params[0]).split(",");
    this.answer(ask, ...channels.flatMap((channel) => [
      `@time=2026-11-23T12:00:00.000Z :${nick}!a@h JOIN ${channel} * :Ann`,
      `:irc.test 353 ${nick} = ${channel} :@${nick} bob`,
      `:irc.test 366 ${nick} ${channel} :End of names`,
    ]));
  }

  /** Connected for the first time, in #tea, where one message (m1) was said. */
  async live() {
    await this.connect();
    this.letIn(this.line());
    this.server("@msgid=m1 :bob!b@b PRIVMSG #tea :text 1");
    this.heard.splice(0);
    return this;
  }

  /** The connection is cut, and there is another, in #tea. @returns {Promise<string>} what asks for the past */
  async comeBack() {
    this.socket.onclose?.({ reason: "" });
    this.clock.pass(1_000);
    await this.connect();
    this.letIn(this.line());
    return this.line();
  }

  /** A page of history: messages with these numbers. @param {string} ask @param {...number} numbers */
  page(ask, ...numbers) {
    const label = labelOf(ask);
    this.server(
      `@label=${label} :irc.test BATCH +h${label} chathistory #tea`,
      ...numbers.map((number) => `@batch=h${label};msgid=m${number} :bob!b@b PRIVMSG #tea :text ${number}`),
      `:irc.test BATCH -h${label}`,
    );
  }
}

/** @param {string} line @returns {string} */
export function labelOf(line) {
  const label = parse(line).tags.get("label");
  if (label === undefined) {
    throw new Error(`without a label: ${line}`);
  }
  return label;
}

/** Everything that only waits for its turn has had it. */
export async function settled() {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** What a promise is rejected with. @param {Promise<unknown>} promise @returns {Promise<any>} an error of any class */
export function failure(promise) {
  return promise.then(() => {
    throw new Error("it did not fail");
  }, (error) => error);
}
