// What a Chat does in and with channels.
//
// Specifications: RFC 2812 3.2, Modern IRC "Channel Operations", KNOCK as in Solanum and InspIRCd, IRCv3
// draft/channel-rename.

import { fold } from "../wire/casemap.js";
import { match } from "../wire/masks.js";
import { refusalOf } from "./answers.js";
import { CommandRefused } from "./errors.js";
import { otherChannel } from "./joining.js";
import { PastCalls } from "./pastCalls.js";
import { RENAMES_FOLLOWED_MAX } from "./presence.js";
import { linesOf, readList, readMasks, readNames } from "./results.js";

/** @typedef {import("./people.js").Channel} Channel */

/** The methods about channels. Each rejects with CommandRefused with the server's reason, TimedOut, ChatClosed. */
export class ChannelCalls extends PastCalls {
  /**
   * Enter a channel, now and after every reconnect. A channel that was renamed is followed, and so is a server that
   * leads to another one: see the name of what is returned.
   * @param {string} channel @param {string} [key] @returns {Promise<Channel>}
   */
  async join(channel, key = "") {
    let name = channel;
    for (let times = 0; times < RENAMES_FOLLOWED_MAX; times += 1) {
      try {
        return await this._joinOnce(name, key);
      } catch (error) {
        const elsewhere = error instanceof CommandRefused ? otherChannel([], error) : "";
        if (!elsewhere) {
          throw error;
        }
        name = elsewhere;
      }
    }
    throw new CommandRefused(`${name} is renamed again and again`);
  }

  /** @param {string} channel @param {string} key @returns {Promise<Channel>} */
  async _joinOnce(channel, key) {
    this._requireOpen();
    const { presence } = this._conversation;
    const isKnown = presence.wanted.has(channel);
    presence.want(channel, key);
    let lines;
    try {
      lines = await this._call("JOIN", channel, ...(key ? [key] : []));
    } catch (error) {
      if (!isKnown && !this.channels.has(channel)) {
        presence.forget(channel);
      }
      throw error;
    }
    const room = this.channels.get(channel);
    if (room !== undefined) {
      return room;
    }
    presence.forget(channel);
    const forward = linesOf(lines, "470")[0];
    const elsewhere = this.channels.get(otherChannel(lines, null));
    if (elsewhere !== undefined) {
      return elsewhere;
    }
    throw forward ? refusalOf(forward) : new CommandRefused(`the server did not let us into ${channel}`);
  }

  /** Leave a channel. @param {string} channel @param {string} [reason] */
  async part(channel, reason = "") {
    await this._call("PART", channel, ...(reason ? [reason] : []));
    this._conversation.presence.forget(channel);
  }

  /** Set a channel's topic ("" removes it), or without `text` ask for it. @param {string} channel
   * @param {string | null} [text] @returns {Promise<string>} the topic */
  async topic(channel, text = null) {
    const lines = await this._call("TOPIC", channel, ...(text === null ? [] : [text]));
    return text ?? linesOf(lines, "332")[0]?.params.at(-1) ?? "";
  }

  /** Who is in a channel, as far as we may know; of one we are in, `channels` knows it already.
   * @param {string} channel */
  async names(channel) {
    return readNames(this._view.support, await this._call("NAMES", channel));
  }

  /** The channels there are; `conditions` are names and masks, or what else the server's ELIST names.
   * @param {...string} conditions */
  async listChannels(...conditions) {
    return readList(await this._call("LIST", ...(conditions.length ? [conditions.join(",")] : [])));
  }

  /** Put somebody out of a channel. @param {string} channel @param {string} nick @param {string} [reason] */
  async kick(channel, nick, reason = "") {
    await this._call("KICK", channel, nick, ...(reason ? [reason] : []));
  }

  /** Invite somebody to a channel. @param {string} nick @param {string} channel */
  async invite(nick, channel) {
    await this._call("INVITE", nick, channel);
  }

  /** Ask to be invited to a channel. @param {string} channel @param {string} [text] */
  async knock(channel, text = "") {
    await this._call("KNOCK", channel, ...(text ? [text] : []));
  }

  /** Give a channel another name. @param {string} channel @param {string} name @param {string} [reason] */
  async rename(channel, name, reason = "") {
    await this._call("RENAME", channel, name, ...(reason ? [reason] : []));
  }

  /** Change modes of a channel or of ourselves ("+o-v", "bob", "eve"); without `modes` ask for them.
   * @param {string} target @param {string} [modes] @param {...string} words
   * @returns {Promise<string>} as the server writes them, "" where it says nothing (no change) */
  async mode(target, modes = "", ...words) {
    const lines = await this._call("MODE", target, ...(modes ? [modes, ...words] : []));
    const told = lines.find(({ command }) => ["MODE", "221", "324"].includes(command.toUpperCase()));
    return told?.params.slice(told.command === "324" ? 2 : 1).join(" ") ?? "";
  }

  /** Make members operators. @param {string} channel @param {...string} nicks */
  async op(channel, ...nicks) {
    await this._changeModes(channel, "+o", nicks);
  }

  /** Take the rank of operator from members. @param {string} channel @param {...string} nicks */
  async deop(channel, ...nicks) {
    await this._changeModes(channel, "-o", nicks);
  }

  /** Give members voice. @param {string} channel @param {...string} nicks */
  async voice(channel, ...nicks) {
    await this._changeModes(channel, "+v", nicks);
  }

  /** Take voice from members. @param {string} channel @param {...string} nicks */
  async devoice(channel, ...nicks) {
    await this._changeModes(channel, "-v", nicks);
  }

  /** Ban a mask, or a person by nick (his host where it is known). @param {string} channel @param {string} who
   * @returns {Promise<string>} the mask */
  async ban(channel, who) {
    const host = this.people.get(who)?.host;
    const mask = /[!@*?:$~]/.test(who) ? who : host ? `*!*@${host}` : `${who}!*@*`;
    await this._call("MODE", channel, "+b", mask);
    return mask;
  }

  /** Remove a ban, or all bans that keep a person out. @param {string} channel @param {string} who
   * @returns {Promise<string[]>} the masks; rejects when there is none */
  async unban(channel, who) {
    const masks = (await this.masks(channel)).map(({ mask }) => mask);
    const found = masks.filter((mask) => this._view.support.same(mask, who) || this._keepsOut(mask, who));
    if (!found.length) {
      throw new CommandRefused(`no ban in ${channel} is about ${who}`);
    }
    await this._changeModes(channel, "-b", found);
    return found;
  }

  /** A list of a channel: its bans, with "e" the exceptions from them, with "I" those who need no invitation.
   * @param {string} channel @param {string} [letter] */
  async masks(channel, letter = "b") {
    return readMasks(await this._call("MODE", channel, `+${letter}`));
  }

  /** One mode for several people or masks, as many in one line as the server takes. @param {string} channel
   * @param {string} mode "+o" @param {readonly string[]} words */
  async _changeModes(channel, mode, words) {
    const most = this._view.support.modesPerLine;
    for (let start = 0; start < words.length; start += most) {
      const some = words.slice(start, start + most);
      await this._call("MODE", channel, mode.charAt(0) + mode.slice(1).repeat(some.length), ...some);
    }
  }

  /** Whether a ban is about this person, as far as we know him. @param {string} mask @param {string} nick */
  _keepsOut(mask, nick) {
    const { user = "", host = "" } = this.people.get(nick) ?? {};
    const { mapping } = this._view.support;
    return match(fold(mask, mapping), fold(`${nick}!${user || "?"}@${host || "?"}`, mapping));
  }
}
