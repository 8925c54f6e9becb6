// What a Chat asks about people and tells about its own user.
//
// Specifications: RFC 2812 3.1, 3.4 and 3.6, IRCv3 whox, monitor, setname.

import { ChannelCalls } from "./channelCalls.js";
import { CommandRefused } from "./errors.js";
import { WHOX_FIELDS } from "./hearing/people.js";
import { readMonitorStatus, readWho, readWhois } from "./results.js";
import { inLines } from "./standing.js";

/** The methods about people. Each rejects with CommandRefused with the server's reason, TimedOut, ChatClosed. */
export class PeopleCalls extends ChannelCalls {
  /** Who somebody is; rejects with 401 when there is nobody of that nick. @param {string} nick */
  async whois(nick) {
    const found = readWhois(this._view.support, await this._call("WHOIS", nick));
    if (found === null) {
      throw new CommandRefused(`${nick}: there is nobody of that name`, "401", [nick]);
    }
    return found;
  }

  /** Who is in a channel or matches a mask. What it tells about people in our channels is kept in `people`.
   * @param {string} mask */
  async who(mask) {
    const lines = await this._call("WHO", mask, ...(this.support.has("WHOX") ? [WHOX_FIELDS] : []));
    return readWho(this._view.support, lines);
  }

  /** Take another nick; returns it. @param {string} nick @returns {Promise<string>} */
  async changeNick(nick) {
    await this._call("NICK", nick);
    this._conversation.rename(nick);
    return this.nick;
  }

  /** Take another real name, for later connections too. @param {string} realname */
  async setname(realname) {
    await this._call("SETNAME", realname);
    this._conversation.become({ realname });
  }

  /** Say that our user is away, on later connections too, until `back`. @param {string} [text] */
  async away(text = "away") {
    await this._call("AWAY", text);
    this._conversation.standing.away = text;
  }

  /** Say that our user is here again. */
  async back() {
    await this._call("AWAY");
    this._conversation.standing.away = "";
  }

  /**
   * Hear of these people when they come online and leave, now and after every reconnect, until `unmonitor`.
   * @param {...string} nicks @returns {Promise<Map<string, boolean>>} who of them is online
   */
  async monitor(...nicks) {
    this._requireMonitor();
    const online = new Map();
    for (const some of inLines(nicks)) {
      const lines = await this._call("MONITOR", "+", some.join(","));
      readMonitorStatus(lines).forEach((isOnline, nick) => online.set(nick, isOnline));
      for (const nick of some) {
        this._conversation.standing.monitored.set(nick, true);
        this._view.meet(nick).monitored = true;
      }
    }
    return online;
  }

  /** Hear of these people no longer. @param {...string} nicks */
  async unmonitor(...nicks) {
    this._requireMonitor();
    for (const some of inLines(nicks)) {
      await this._call("MONITOR", "-", some.join(","));
      for (const nick of some) {
        this._conversation.standing.monitored.delete(nick);
        const person = this.people.get(nick);
        if (person !== undefined) {
          person.monitored = false;
          this._view.forgetStranger(nick);
        }
      }
    }
  }

  /** Whom we monitor, and who of them is online. */
  async monitored() {
    this._requireMonitor();
    return readMonitorStatus(await this._call("MONITOR", "S"));
  }

  /** Refuse by name what would be an unknown command. */
  _requireMonitor() {
    if (this.connected && !this.support.has("MONITOR")) {
      throw new CommandRefused("the server has no MONITOR");
    }
  }
}
