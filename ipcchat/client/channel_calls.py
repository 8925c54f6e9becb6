"""What a Chat does in and with channels.

Specifications: RFC 2812 3.2, Modern IRC "Channel Operations", KNOCK as in Solanum and InspIRCd, IRCv3
draft/channel-rename.
"""

from __future__ import annotations

from ipcchat.client.answers import refusal_of
from ipcchat.client.errors import ChatError, CommandRefused
from ipcchat.client.people import Channel
from ipcchat.client.presence import RENAMES_FOLLOWED_MAX, other_channel
from ipcchat.client.results import (
    ListedChannel,
    ListEntry,
    NamedMember,
    lines_of,
    read_list,
    read_masks,
    read_names,
)
from ipcchat.client.running import Running
from ipcchat.wire.casemap import fold
from ipcchat.wire.masks import match


class ChannelCalls(Running):
    """The methods about channels. Each raises CommandRefused with the server's reason, TimedOut, ChatClosed."""

    async def join(self, channel: str, key: str = "") -> Channel:
        """Enter a channel, now and after every reconnect. A channel that was renamed is followed, and so is a server
        that leads to another one: see the name of what is returned."""
        for _ in range(RENAMES_FOLLOWED_MAX):
            try:
                return await self._join(channel, key)
            except CommandRefused as error:
                elsewhere = other_channel(channel, [], error)
                if not elsewhere:
                    raise
                channel = elsewhere
        raise CommandRefused(f"{channel} is renamed again and again")

    async def _join(self, channel: str, key: str) -> Channel:
        """One JOIN."""
        presence = self._conversation.presence
        known = channel in presence.wanted
        presence.want(channel, key)
        try:
            lines = await self.command("JOIN", channel, *([key] if key else []))
        except ChatError:
            if not known and channel not in self.channels:
                presence.forget(channel)
            raise
        if channel in self.channels:
            return self.channels[channel]
        presence.forget(channel)
        elsewhere = other_channel(channel, lines, None)
        if elsewhere in self.channels:
            return self.channels[elsewhere]
        forwards = [refusal_of(line) for line in lines if line.command == "470"]
        raise next(iter(forwards), CommandRefused(f"the server did not let us into {channel}"))

    async def part(self, channel: str, reason: str = "") -> None:
        """Leave a channel."""
        await self.command("PART", channel, *([reason] if reason else []))
        self._conversation.presence.forget(channel)

    async def topic(self, channel: str, text: str | None = None) -> str:
        """Set a channel's topic ("" removes it), or without `text` ask for it. Returns the topic; by whom and when it
        was set stands in `channels`."""
        lines = await self.command("TOPIC", channel, *([] if text is None else [text]))
        if text is not None:
            return text
        return next((line.params[-1] for line in lines if line.command == "332"), "")

    async def names(self, channel: str) -> list[NamedMember]:
        """Who is in a channel, as far as we may know; of a channel we are in, `channels` knows it already."""
        return read_names(self._view.support, await self.command("NAMES", channel))

    async def list_channels(self, *conditions: str) -> list[ListedChannel]:
        """The channels there are, at most 20,000; `conditions` are names and masks, or what else the server's ELIST
        names, for instance ">10" for channels of more than ten people."""
        return read_list(await self.command("LIST", *([",".join(conditions)] if conditions else [])))

    async def kick(self, channel: str, nick: str, reason: str = "") -> None:
        """Put somebody out of a channel."""
        await self.command("KICK", channel, nick, *([reason] if reason else []))

    async def invite(self, nick: str, channel: str) -> None:
        """Invite somebody to a channel."""
        await self.command("INVITE", nick, channel)

    async def invitations(self) -> list[str]:
        """The channels we are invited to."""
        return [row[0] for row in lines_of(await self.command("INVITE"), "336", params=1)]

    async def knock(self, channel: str, text: str = "") -> None:
        """Ask to be invited to a channel."""
        await self.command("KNOCK", channel, *([text] if text else []))

    async def rename(self, channel: str, new: str, reason: str = "") -> None:
        """Give a channel another name."""
        await self.command("RENAME", channel, new, *([reason] if reason else []))

    async def mode(self, target: str, modes: str = "", *arguments: str) -> str:
        """Change modes of a channel or of ourselves ("+o-v", "bob", "eve"); without `modes` ask for them. Returns the
        modes as the server writes them, "" where it says nothing (no change)."""
        lines = await self.command("MODE", target, *([modes, *arguments] if modes else []))
        for line in lines:
            if line.command.upper() == "MODE":
                return " ".join(line.params[1:])
            if line.command in ("221", "324"):
                return " ".join(line.params[1 if line.command == "221" else 2 :])
        return ""

    async def op(self, channel: str, *nicks: str) -> None:
        """Make members operators."""
        await self._change_ranks(channel, "+", "o", nicks)

    async def deop(self, channel: str, *nicks: str) -> None:
        """Take the rank of operator from members."""
        await self._change_ranks(channel, "-", "o", nicks)

    async def voice(self, channel: str, *nicks: str) -> None:
        """Give members voice."""
        await self._change_ranks(channel, "+", "v", nicks)

    async def devoice(self, channel: str, *nicks: str) -> None:
        """Take voice from members."""
        await self._change_ranks(channel, "-", "v", nicks)

    async def ban(self, channel: str, who: str) -> str:
        """Ban a mask, or a person by nick (his host where it is known); returns the mask."""
        mask = self._ban_mask(who)
        await self.command("MODE", channel, "+b", mask)
        return mask

    async def unban(self, channel: str, who: str) -> list[str]:
        """Remove a ban, or all bans that keep a person out; returns the masks. Raises CommandRefused when there is
        none."""
        masks = [entry.mask for entry in await self.masks(channel)]
        found = [mask for mask in masks if self._view.support.same(mask, who) or self._keeps_out(mask, who)]
        if not found:
            raise CommandRefused(f"no ban in {channel} is about {who}")
        for start in range(0, len(found), self._view.support.modes_per_line):
            some = found[start : start + self._view.support.modes_per_line]
            await self.command("MODE", channel, "-" + "b" * len(some), *some)
        return found

    async def masks(self, channel: str, letter: str = "b") -> list[ListEntry]:
        """A list of a channel: its bans, with "e" the exceptions from them, with "I" those who need no invitation,
        with "q" the quiets of servers that have such."""
        return read_masks(await self.command("MODE", channel, f"+{letter}"))

    async def _change_ranks(self, channel: str, sign: str, letter: str, nicks: tuple[str, ...]) -> None:
        """Change a rank of members, as many in one line as the server takes."""
        most = self._view.support.modes_per_line
        for start in range(0, len(nicks), most):
            some = nicks[start : start + most]
            await self.command("MODE", channel, sign + letter * len(some), *some)

    def _ban_mask(self, who: str) -> str:
        """A mask as it is; for a nick the mask of his host where it is known, else of his nick."""
        if any(sign in who for sign in "!@*?:$~"):
            return who
        person = self._view.known(who)
        return f"*!*@{person.host}" if person is not None and person.host else f"{who}!*@*"

    def _keeps_out(self, mask: str, nick: str) -> bool:
        """Whether a ban is about this person, as far as we know him."""
        person = self._view.known(nick)
        user, host = (person.user, person.host) if person is not None else ("", "")
        mapping = self._view.support.mapping
        return match(fold(mask, mapping), fold(f"{nick}!{user or '?'}@{host or '?'}", mapping))
