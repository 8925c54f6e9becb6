// What the admin page makes of the server's answers: lines to rows, figures to curves.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { amount, bytes, duration, pause } from "../../../ipcchat/web/js/admin/amounts.js";
import {
  labelIn, readAccounts, readAudit, readBans, readFigures, readFilters, readPeople, readRooms,
} from "../../../ipcchat/web/js/admin/answers.js";
import { HEIGHT, WIDTH, corners } from "../../../ipcchat/web/js/admin/graph.js";
import { Measured, SPAN_MS, totalOf } from "../../../ipcchat/web/js/admin/measured.js";
import { Server } from "../../../ipcchat/web/js/admin/server.js";
import { parse } from "../../../ipcchat/web/js/wire/message.js";

/** @typedef {import("../../../ipcchat/web/js/chat/chat.js").Chat} Chat */

const lines = (/** @type {string[]} */ ...texts) => texts.map((text) => parse(`:chat.local ${text}`));

describe("answers", () => {
  it("of WHO and STATS are people with their connections", () => { // IRCv3 whox
    const who = lines(
      "354 root 77 #tea ~ann 192.0.2.7 host.example ann G* 61 ann :Ann of the hills",
      "354 root 77 * ~x 255.255.255.255 hidden.example a[b] H 0 0 :x",
      "354 root 78 * ~x 192.0.2.7 h other H 0 0 :another question",
      "352 root * ~x h chat.local y H :0 y",
    );
    const connections = lines(
      "211 root ann[~ann@192.0.2.7] * * * * * :30",
      "211 root ann[~ann@192.0.2.8] * * * * * :90",
      "211 root a[b][~x@h] * * * * * :5",
      "211 root strange * * * * * :5",
    );
    const [ann, other, ...none] = readPeople(who, connections, 100_000);
    assert.deepEqual(ann, {
      nick: "ann", user: "~ann", host: "host.example", address: "192.0.2.7", account: "ann", operator: true, away: true,
      realname: "Ann of the hills", channel: "#tea", idleSeconds: 61, since: 10_000, sessions: 2,
    });
    assert.deepEqual([other?.nick, other?.address, other?.account, other?.channel], ["a[b]", "", "", ""]);
    assert.deepEqual([other?.since, other?.sessions, none], [95_000, 1, []]);
  });

  it("of two kinds about channels are one list", () => {
    const listed = [{ name: "#Tea", members: 2, topic: "two sugars" }];
    const registered = ["#tea: founded by ann, registered 2026-11-23 15:41 UTC; you have access o",
      "#empty: founded by bob, registered 2026-11-22 10:00 UTC", "Only the first 100 of 200 are shown"];
    assert.deepEqual(readRooms(listed, registered), [
      { name: "#Tea", members: 2, topic: "two sugars", founder: "ann", registered: "2026-11-23 15:41 UTC" },
      { name: "#empty", members: 0, topic: "", founder: "bob", registered: "2026-11-22 10:00 UTC" },
    ]);
  });

  it("about bans and filters are read, and shown whole when they cannot be", () => {
    const time = "2026-11-23T15:00:00.000Z";
    const bans = readBans(lines(
      `NOTE UBAN BAN :192.0.2.0/24 by root since ${time} until it is lifted: spam: much`,
      `NOTE UBAN BAN :account:eve by the boss since ${time} until ${time}: no until by since`,
      "NOTE UBAN BAN :something else",
      "NOTE UBAN END_OF_BANS :3 bans",
    ));
    assert.deepEqual(bans.map((ban) => Object.values(ban)), [
      ["192.0.2.0/24", "root", time, "it is lifted", "spam: much"],
      ["account:eve", "the boss", time, time, "no until by since"],
      ["something else", "", "", "", ""],
    ]);
    const [found, strange] = readFilters(lines(
      `NOTE SPAMFILTER FILTER :block *buy?now* by root since ${time}: no by`, "NOTE SPAMFILTER FILTER :x"));
    assert.deepEqual(Object.values(found ?? {}), ["*buy?now*", "block", "root", time, "no by"]);
    assert.equal(strange?.pattern, "x");
  });

  it("about accounts and from the audit log", () => {
    assert.deepEqual(readAccounts(["ann: registered 2026-11-23 15:41 UTC",
      "eve: registered 2026-11-23 15:41 UTC, not verified, suspended by root (spam, eggs)", "No account matches."]), [
      { name: "ann", registered: "2026-11-23 15:41 UTC", remarks: "" },
      { name: "eve", registered: "2026-11-23 15:41 UTC", remarks: "not verified, suspended by root (spam, eggs)" },
    ]);
    assert.deepEqual(readAudit(lines(
      "NOTE AUDIT RECORD :1 2026-11-23T15:00:00.000Z login failed: a!b@c [192.0.2.1] -> ann: kill: me",
      "NOTE AUDIT RECORD :(a line that cannot be read: x)")), [
      { time: "", kind: "", words: "(a line that cannot be read: x)" },
      { time: "2026-11-23T15:00:00.000Z", kind: "login failed", words: "a!b@c [192.0.2.1] -> ann: kill: me" },
    ]);
  });
});

describe("figures", () => {
  it("are numbers by name and labels", () => {
    const figures = readFigures(lines("FIGURES ipcchat_users 2", "FIGURES x{transport=\"tls\"} 1", "FIGURES y{a=\"b\"} 2.5",
      "FIGURES x{transport=\"tcp\"} 3", "FIGURES x_total 9", "FIGURES broken"));
    assert.equal(figures.size, 5);
    assert.deepEqual([totalOf(figures, "x"), totalOf(figures, "y"), totalOf(figures, "z")], [4, 2.5, undefined]);
    assert.equal(labelIn('info{version="1.2",python="3.11"}', "python"), "3.11");
    assert.equal(labelIn("info", "python"), "");
  });

  it("have courses, and counters rates, as long as they rise", () => {
    const measured = new Measured();
    for (const [at, value] of [[0, 0], [2_000, 10], [4_000, 4], [6_000, 8]]) {
      measured.add(new Map([["x", value ?? 0]]), at ?? 0);
    }
    assert.deepEqual(measured.rates("x"), [{ at: 2_000, value: 5 }, { at: 6_000, value: 2 }]);
    assert.deepEqual(measured.course("x").map(({ value }) => value), [0, 10, 4, 8]);
    assert.deepEqual(measured.course("y"), []);
    assert.equal(measured.span, 60_000);
    measured.add(new Map(), SPAN_MS + 3_000);
    assert.equal(measured.samples.length, 3);
    for (let at = 0; at < 1_000; at += 1) measured.add(new Map(), SPAN_MS + 4_000 + at);
    assert.equal(measured.samples.length, 400);
    const later = new Measured();
    [0, 100_000].forEach((at) => later.add(new Map(), at));
    assert.equal(later.span, 100_000);
  });

  it("are drawn with the present at the right and the highest at the top", () => {
    const points = [{ at: 0, value: 0 }, { at: SPAN_MS, value: 10 }];
    assert.equal(corners(points, { now: SPAN_MS, span: SPAN_MS }, 10), `0.0,${HEIGHT}.0 ${WIDTH}.0,0.0`);
  });

  it("are written for people", () => {
    assert.deepEqual([0, 1_023, 1_536, 3 * 1_024 ** 3, undefined].map(bytes),
      ["0 B", "1023 B", "1.5 KiB", "3.0 GiB", "?"]);
    assert.deepEqual([5, 90, 7_260, 90_000, null].map(duration), ["5 s", "1 min", "2 h 1 min", "1 d 1 h", "?"]);
    assert.deepEqual([pause(0.0123), pause(2), pause(undefined)], ["12 ms", "2 s", "?"]);
    assert.equal(amount(NaN), "?");
  });
});

/** A server whose chat gives these answers, and what it was asked. @param {Record<string, string[]>} answers */
function asked(answers = {}) {
  /** @type {string[]} */
  const said = [];
  const chat = /** @type {Chat} */ (/** @type {unknown} */ ({
    command: async (/** @type {string} */ name, /** @type {string[]} */ params = []) => {
      said.push([name, ...params].join("|"));
      return lines(...(answers[said.length === 1 ? name : `${name} again`] ?? answers[name] ?? []));
    },
  }));
  return { said, server: new Server(chat) };
}

describe("commands", () => {
  it("have what is typed in their last parameter, or a mask", async () => {
    const { said, server } = asked();
    await server.people("of the hills");
    await server.people("a*b c");
    await server.ban("::1", "", "so it is", true);
    await server.addFilter("block", "buy now", "");
    await server.clearModes("#tea", "+mntrk *");
    await server.accounts("");
    await server.nickServ("SUSPEND", "ann", "", "a reason");
    assert.deepEqual(said, [
      "WHO|*of?the?hills*|nuhrai%tcuihnflar,77", "STATS|l", "WHO|a*b?c|nuhrai%tcuihnflar,77", "STATS|l",
      "UBAN|ADD|::1 FORCE forever so it is", "SPAMFILTER|ADD|block|buy?now", "SAMODE|#tea|-mntk|*",
      "NS|LIST|*", "NS|SUSPEND|ann|a reason",
    ]);
  });

  it("that services want twice are said twice, and once where they are refused", async () => {
    const { said, server } = asked({ NS: ["NOTICE root :To delete it, type: SADROP ann 4711"],
      "NS again": ["NOTICE root :ann is deleted."] });
    assert.deepEqual(await server.confirmed("NS", "SADROP", "ann"), ["ann is deleted."]);
    assert.deepEqual(said, ["NS|SADROP|ann", "NS|SADROP|ann|4711"]);
    const refused = asked({ CS: ["NOTICE root :There is no such channel"] });
    assert.deepEqual(await refused.server.confirmed("CS", "DROP", "#tea"), ["There is no such channel"]);
    assert.equal(refused.said.length, 1);
  });
});
