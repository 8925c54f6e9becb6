// What a question to the server is answered with, as values: WHOIS, WHO, LIST, NAMES and the like.
//
// Rules:
// 1. A field that the server did not tell is null, or "" where a text is expected.
// 2. A line that cannot be read is left out; servers differ in what they add.
//
// Specifications: RFC 2812 5.1, Modern IRC "Numerics", IRCv3 whox, bot-mode, monitor.

import { parseSource, partition } from "../wire/message.js";
import { param, unixTime } from "./hearing/basis.js";
import { WHOX_PARAMS, WHOX_TOKEN } from "./hearing/people.js";
import { number } from "./support.js";

/** @typedef {import("../wire/message.js").Message} Line */
/** @typedef {import("./support.js").Support} Support */
/**
 * Who somebody is. `channels` are pairs of prefixes and names; `away` is null for who is here; `actual` is the host or
 * address he really comes from, for those who may know; `more` is what else the server said, as texts.
 * @typedef {{nick: string, user: string, host: string, realname: string, account: string, away: string | null,
 *   server: string, serverText: string, channels: [string, string][], idleSeconds: number | null,
 *   signedOn: number | null, operator: string, bot: boolean, secure: boolean, certificate: string,
 *   registered: boolean, modes: string, actual: string, more: string[]}} Whois
 */
/**
 * One person in the answer to WHO. `channel` is "" when the server names none; `prefixes` are his ranks there.
 * `account` is "" for who is logged out, null where the server cannot tell (without WHOX).
 * @typedef {{nick: string, user: string, host: string, server: string, channel: string, away: boolean,
 *   operator: boolean, bot: boolean, prefixes: string, realname: string, account: string | null}} WhoEntry
 */
/** @typedef {{name: string, members: number, topic: string}} ListedChannel */
/** @typedef {{nick: string, prefixes: string, user: string, host: string}} NamedMember */
/** @typedef {{mask: string, by: string, time: number | null}} ListEntry one mask of a channel's list */

/** @param {readonly Line[]} lines @param {...string} codes @returns {Line[]} those with these numerics */
export function linesOf(lines, ...codes) {
  return lines.filter(({ command }) => codes.includes(command));
}

/**
 * What stands behind the nick in each line of WHOIS; the texts of 276, 378 and 379 are free, and carry a value.
 * @type {Record<string, (rest: string[], last: string) => Partial<Whois>>}
 */
const WHOIS_ROWS = {
  311: ([user = "", host = ""], realname) => ({ user, host, realname }),
  312: ([server = ""], serverText) => ({ server, serverText }),
  313: (_, operator) => ({ operator }),
  317: ([idle = "", signedOn = ""]) => ({ idleSeconds: number(idle), signedOn: unixTime(signedOn) }),
  301: (_, away) => ({ away }),
  330: ([account = ""]) => ({ account }),
  335: () => ({ bot: true }),
  307: () => ({ registered: true }),
  671: () => ({ secure: true }),
  276: (_, text) => ({ certificate: text.split(" ").at(-1) ?? "" }),
  379: (_, text) => ({ modes: text.split(" ").at(-1) ?? "" }),
  378: (_, text) => ({ actual: partition(text, " from ")[2] || text }),
  338: (rest, last) => ({ actual: rest.slice(0, -1).join(" ") || last }),
};
const WHOIS_READERS = new Map(Object.entries(WHOIS_ROWS));

/** The answer to WHOIS about one person; null when there is nobody in it. @param {Support} support
 * @param {readonly Line[]} lines @returns {Whois | null} */
export function readWhois(support, lines) {
  /** @type {Whois | null} */
  let found = null;
  for (const { command, params: [, nick, ...rest] } of lines) {
    const last = rest.at(-1);
    if (nick === undefined || last === undefined || !/^\d/.test(command) || ["318", "401"].includes(command)) {
      continue;
    }
    found ??= {
      nick, user: "", host: "", realname: "", account: "", away: null, server: "", serverText: "", channels: [],
      idleSeconds: null, signedOn: null, operator: "", bot: false, secure: false, certificate: "", registered: false,
      modes: "", actual: "", more: [],
    };
    const reader = WHOIS_READERS.get(command);
    if (command === "319") {
      found.channels.push(...last.split(" ").filter(Boolean).map((word) => channelIn(support, word)));
    } else if (reader === undefined) {
      found.more.push(rest.join(" "));
    } else {
      Object.assign(found, reader(rest, last));
    }
  }
  return found;
}

/** A channel of 319: "@#tea" to its prefixes and name. @param {Support} support @param {string} word
 * @returns {[string, string]} */
function channelIn(support, word) {
  let at = 0;
  while (support.classes.symbols.includes(word.charAt(at)) && !support.isChannel(word.slice(at)) && at < word.length) {
    at += 1;
  }
  return [word.slice(0, at), word.slice(at)];
}

/** The answer to WHO, or to our question to WHOX. @param {Support} support @param {readonly Line[]} lines
 * @returns {WhoEntry[]} */
export function readWho(support, lines) {
  const plain = linesOf(lines, "352").filter(({ params }) => params.length > 7).map(({ params }) => {
    const [, channel, user, host, server, nick, flags, tail = ""] = params;
    return whoEntry(support, [channel, user, host, server, nick, flags, null, partition(tail, " ")[2]]);
  });
  const ours = linesOf(lines, "354").filter((line) => {
    return line.params.length === WHOX_PARAMS && param(line, 1) === WHOX_TOKEN;
  });
  return [...plain, ...ours.map(({ params }) => whoEntry(support, params.slice(2)))];
}

/** One person; the flags are H or G, * for an operator, the ranks, and the letter of BOT. @param {Support} support
 * @param {(string | null | undefined)[]} fields @returns {WhoEntry} */
function whoEntry(support, fields) {
  const [channel, user, host, server, nick, marks, account] = fields;
  const flags = (marks ?? "").slice(1);
  return {
    nick: nick ?? "",
    user: user ?? "",
    host: host ?? "",
    server: server ?? "",
    channel: channel === "*" ? "" : channel ?? "",
    away: marks?.[0] === "G",
    operator: flags.includes("*"),
    bot: support.botFlag !== "" && flags.includes(support.botFlag),
    prefixes: [...flags].filter((flag) => support.classes.symbols.includes(flag)).join(""),
    realname: fields[7] ?? "",
    account: account === "0" ? "" : account ?? null,
  };
}

/** The answer to LIST. @param {readonly Line[]} lines @returns {ListedChannel[]} */
export function readList(lines) {
  return linesOf(lines, "322").map((line) => {
    return { name: param(line, 1), members: number(param(line, 2)) ?? 0, topic: param(line, 3) };
  });
}

/** The answer to NAMES. @param {Support} support @param {readonly Line[]} lines @returns {NamedMember[]} */
export function readNames(support, lines) {
  return linesOf(lines, "353").flatMap((line) => param(line, 3).split(" ").filter(Boolean).map((word) => {
    const [prefixes, name] = support.splitMember(word);
    return { ...parseSource(name), prefixes };
  }));
}

/** A channel's bans (367), exceptions (348), invite exceptions (346) or quiets (728, which has the letter too).
 * @param {readonly Line[]} lines @returns {ListEntry[]} */
export function readMasks(lines) {
  return linesOf(lines, "346", "348", "367", "728").map(({ command, params }) => {
    const [mask = "", by = "", time = ""] = params.slice(command === "728" ? 3 : 2);
    return { mask, by: parseSource(by).nick, time: unixTime(time) };
  });
}

/** Who is online, by the answer to MONITOR + or MONITOR S (730, 731). @param {readonly Line[]} lines
 * @returns {Map<string, boolean>} */
export function readMonitorStatus(lines) {
  return new Map(["731", "730"].flatMap((code) => linesOf(lines, code).flatMap((line) => {
    return param(line, 1).split(",").filter(Boolean).map((word) => [parseSource(word).nick, code === "730"]);
  })));
}
