"""What a Chat asks about people and tells about its own user, and what it asks the server about itself.

Specifications: RFC 2812 3.1, 3.4 and 3.6, IRCv3 whox, monitor, setname, draft/metadata-2, Modern IRC "HELP".
"""

from __future__ import annotations

from ipcchat.client.errors import CommandRefused
from ipcchat.client.hearing.people import WHOX_FIELDS
from ipcchat.client.results import (
    WhoEntry,
    Whois,
    Whowas,
    read_keys,
    read_metadata,
    read_monitor_status,
    read_text,
    read_who,
    read_whois,
    read_whowas,
)
from ipcchat.client.running import Running
from ipcchat.client.standing import in_lines


class PeopleCalls(Running):
    """The methods about people. Each raises CommandRefused with the server's reason, TimedOut, ChatClosed."""

    async def whois(self, nick: str) -> Whois:
        """Who somebody is. Raises CommandRefused (401) when there is nobody of that nick."""
        found = read_whois(self._view.support, await self.command("WHOIS", nick))
        if found is None:
            raise CommandRefused(f"{nick}: there is nobody of that name", "401", (nick,))
        return found

    async def whowas(self, nick: str) -> list[Whowas]:
        """Who had a nick before, the latest first. Raises CommandRefused (406) when nobody had it."""
        return read_whowas(await self.command("WHOWAS", nick))

    async def who(self, mask: str) -> list[WhoEntry]:
        """Who is in a channel or matches a mask, with accounts where the server has WHOX. What it tells about people
        in our channels is kept in `people`."""
        fields = [WHOX_FIELDS] if "WHOX" in self.support else []
        return read_who(self._view.support, await self.command("WHO", mask, *fields))

    async def change_nick(self, nick: str) -> str:
        """Take another nick; returns it. Raises CommandRefused when it is taken or not allowed."""
        await self.command("NICK", nick)
        self._conversation.rename(nick)
        return self.nick

    async def setname(self, realname: str) -> None:
        """Take another real name, for later connections too."""
        await self.command("SETNAME", realname)
        self._conversation.call_ourselves(realname)

    async def away(self, text: str = "away") -> None:
        """Say that our user is away, on later connections too, until `back`."""
        await self.command("AWAY", text)
        self._conversation.standing.away = text

    async def back(self) -> None:
        """Say that our user is here again."""
        await self.command("AWAY")
        self._conversation.standing.away = ""

    async def monitor(self, *nicks: str) -> dict[str, bool]:
        """Hear of these people when they come online and leave, now and after every reconnect, until `unmonitor`.
        Returns who of them is online."""
        self._require_monitor()
        online: dict[str, bool] = {}
        for some in in_lines(nicks):
            lines = await self.command("MONITOR", "+", ",".join(some))
            online |= read_monitor_status(lines)
            for nick in some:
                self._conversation.standing.monitored[nick] = None
                self._view.meet(nick).monitored = True
        return online

    async def unmonitor(self, *nicks: str) -> None:
        """Hear of these people no longer."""
        self._require_monitor()
        for some in in_lines(nicks):
            await self.command("MONITOR", "-", ",".join(some))
            for nick in some:
                self._conversation.standing.monitored.pop(nick, None)
                if (person := self._view.known(nick)) is not None:
                    person.monitored = False
                    self._view.forget_stranger(nick)

    async def monitored(self) -> dict[str, bool]:
        """Whom we monitor, and who of them is online."""
        self._require_monitor()
        return read_monitor_status(await self.command("MONITOR", "S"))

    async def metadata(self, target: str, *keys: str) -> dict[str, str]:
        """Metadata of a person or channel ("*": of ourselves): these keys, or all; keys without a value are left
        out."""
        return read_metadata(await self.command("METADATA", target, *(["GET", *keys] if keys else ["LIST"])))

    async def set_metadata(self, target: str, key: str, value: str | None) -> str | None:
        """Set a key of ourselves ("*") or of a channel, or remove it (None). Returns the value it has now, which
        servers may change."""
        lines = await self.command("METADATA", target, "SET", key, *([] if value is None else [value]))
        return read_metadata(lines).get(key)

    async def follow_metadata(self, *keys: str) -> list[str]:
        """Hear of changes of these metadata keys (MetadataChanged), now and after every reconnect. Returns the keys
        that the server agreed to."""
        agreed: list[str] = []
        for some in in_lines(keys):
            agreed += read_keys(await self.command("METADATA", "*", "SUB", *some), "770")
        self._conversation.standing.subscribed |= dict.fromkeys(agreed)
        return agreed

    async def unfollow_metadata(self, *keys: str) -> None:
        """Hear of changes of these metadata keys no longer."""
        for some in in_lines(keys):
            await self.command("METADATA", "*", "UNSUB", *some)
        for key in keys:
            self._conversation.standing.subscribed.pop(key, None)

    async def followed_metadata(self) -> list[str]:
        """The metadata keys of whose changes we hear."""
        return read_keys(await self.command("METADATA", "*", "SUBS"), "772")

    async def help(self, subject: str = "") -> str:
        """The server's help about a command, or in general. Servers that give it by notices are heard (ServerText)
        instead, and "" is returned."""
        return read_text(await self.command("HELP", *([subject] if subject else [])), "704", "705", "706")

    async def motd(self) -> str:
        """The server's message of the day; "" when it has none."""
        return read_text(await self.command("MOTD"), "372")

    def _require_monitor(self) -> None:
        """Refuse by name what would be an unknown command."""
        if self.connected and "MONITOR" not in self.support:
            raise CommandRefused("the server has no MONITOR")
