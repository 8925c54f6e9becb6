"""What a question to the server is answered with, as values: WHOIS, WHO, LIST, NAMES and the like.

Rules:
1. A field that the server did not tell is None, or "" where a text is expected.
2. A line that cannot be read is left out; servers differ in what they add.

Specifications: RFC 2812 5.1, Modern IRC "Numerics", IRCv3 whox, bot-mode, monitor, draft/metadata-2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ipcchat.client.hearing.basis import unix_time
from ipcchat.client.hearing.people import WHOX_PARAMS, WHOX_TOKEN
from ipcchat.client.support import Support
from ipcchat.wire.message import Message, parse_source


@dataclass(frozen=True, slots=True, kw_only=True)
class Whois:
    """Who somebody is. `channels` are pairs of prefixes and names; `away` is None for who is here; `actual` is the
    host or address he really comes from, for those who may know; `more` is what else the server said, as texts."""

    nick: str
    user: str = ""
    host: str = ""
    realname: str = ""
    account: str = ""
    away: str | None = None
    server: str = ""
    server_text: str = ""
    channels: tuple[tuple[str, str], ...] = ()
    idle_seconds: int | None = None
    signed_on: datetime | None = None
    operator: str = ""
    bot: bool = False
    secure: bool = False
    certificate: str = ""
    registered: bool = False
    modes: str = ""
    actual: str = ""
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Whowas:
    """Who had a nick before. `left` is when, in the server's words."""

    nick: str
    user: str
    host: str
    realname: str
    server: str = ""
    left: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoEntry:
    """One person in the answer to WHO. `channel` is "" when the server names none; `prefixes` are his ranks there.
    `account` is "" for who is logged out, None where the server cannot tell (without WHOX)."""

    nick: str
    user: str
    host: str
    server: str
    channel: str
    away: bool
    operator: bool
    bot: bool
    prefixes: str
    realname: str
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedChannel:
    """One channel in the answer to LIST."""

    name: str
    members: int
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedMember:
    """One name in the answer to NAMES; `user` and `host` with userhost-in-names only."""

    nick: str
    prefixes: str = ""
    user: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """One mask of a channel's list: who set it, and when."""

    mask: str
    by: str = ""
    time: datetime | None = None


def lines_of(lines: list[Message], *codes: str, params: int = 0) -> list[list[str]]:
    """The parameters of the lines with these numerics, without our nick; only lines that have at least `params` of
    them."""
    return [line.params[1:] for line in lines if line.command in codes and len(line.params) > params]


def number(text: str) -> int | None:
    """A number from the server; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def channels_in(support: Support, text: str) -> tuple[tuple[str, str], ...]:
    """The channels of 319: "@#tea #ops" to prefixes and names."""
    ranks = "".join(symbol for symbol in support.classes.symbols if symbol not in support.channel_prefixes)
    words = [(word, word.lstrip(ranks)) for word in text.split()]
    return tuple((word[: len(word) - len(name)], name) for word, name in words)


WhoisReader = Callable[[Support, Whois, list[str]], Whois]
# What stands behind the nick in each line of WHOIS; the texts of 276, 378 and 379 are free, and carry a value.
WHOIS_READERS: dict[str, WhoisReader] = {
    "311": lambda support, who, rest: replace(who, user=rest[0], host=rest[1], realname=rest[-1]),
    "312": lambda support, who, rest: replace(who, server=rest[0], server_text=rest[-1]),
    "313": lambda support, who, rest: replace(who, operator=rest[-1]),
    "317": lambda support, who, rest: replace(who, idle_seconds=number(rest[0]), signed_on=unix_time(rest[1])),
    "319": lambda support, who, rest: replace(who, channels=who.channels + channels_in(support, rest[-1])),
    "301": lambda support, who, rest: replace(who, away=rest[-1]),
    "330": lambda support, who, rest: replace(who, account=rest[0]),
    "335": lambda support, who, rest: replace(who, bot=True),
    "307": lambda support, who, rest: replace(who, registered=True),
    "671": lambda support, who, rest: replace(who, secure=True),
    "276": lambda support, who, rest: replace(who, certificate=rest[-1].split()[-1]),
    "379": lambda support, who, rest: replace(who, modes=rest[-1].split()[-1]),
    "378": lambda support, who, rest: replace(who, actual=rest[-1].partition(" from ")[2] or rest[-1]),
    "338": lambda support, who, rest: replace(who, actual=" ".join(rest[:-1]) or rest[-1]),
}


def read_whois(support: Support, lines: list[Message]) -> Whois | None:
    """The answer to WHOIS about one person; None when there is nobody in it."""
    found: Whois | None = None
    for line in lines:
        if not (line.command.isdigit() and len(line.params) >= 3) or line.command in ("318", "401"):
            continue
        found = found or Whois(nick=line.params[1])
        reader = WHOIS_READERS.get(line.command)
        try:
            if reader is not None:
                found = reader(support, found, line.params[2:])
            else:
                found = replace(found, more=(*found.more, " ".join(line.params[2:])))
        except IndexError:
            continue
    return found


def read_whowas(lines: list[Message]) -> list[Whowas]:
    """The answer to WHOWAS: the latest first, as servers send it."""
    found: list[Whowas] = []
    for line in lines:
        if line.command == "314" and len(line.params) >= 6:
            nick, user, host = line.params[1:4]
            found.append(Whowas(nick=nick, user=user, host=host, realname=line.params[-1]))
        elif line.command == "312" and len(line.params) >= 4 and found:
            found[-1] = replace(found[-1], server=line.params[2], left=line.params[-1])
    return found


def read_who(support: Support, lines: list[Message]) -> list[WhoEntry]:
    """The answer to WHO, or to our question to WHOX."""
    plain = [
        (channel, user, host, server, nick, flags, tail.partition(" ")[2], None)
        for channel, user, host, server, nick, flags, tail, *_ in lines_of(lines, "352", params=7)
    ]
    extended = [
        (channel, user, host, server, nick, flags, realname, "" if account == "0" else account)
        for line in lines_of(lines, "354", params=WHOX_PARAMS - 1)
        if len(line) == WHOX_PARAMS - 1 and line[0] == WHOX_TOKEN
        for channel, user, host, server, nick, flags, account, realname in [line[1:]]
    ]
    return [who_entry(support, *fields) for fields in [*plain, *extended]]


def who_entry(
    support: Support,
    channel: str,
    user: str,
    host: str,
    server: str,
    nick: str,
    flags: str,
    realname: str,
    account: str | None,
) -> WhoEntry:
    """One person; the flags are H or G, * for an operator, the ranks, and the letter of BOT."""
    return WhoEntry(
        nick=nick,
        user=user,
        host=host,
        server=server,
        channel="" if channel == "*" else channel,
        away=flags[:1] == "G",
        operator="*" in flags,
        bot=support.bot_flag != "" and support.bot_flag in flags[1:],
        prefixes="".join(flag for flag in flags[1:] if flag in support.classes.symbols),
        realname=realname,
        account=account,
    )


def read_list(lines: list[Message]) -> list[ListedChannel]:
    """The answer to LIST."""
    return [
        ListedChannel(name=name, members=number(members) or 0, topic="".join(topic))
        for name, members, *topic in lines_of(lines, "322", params=2)
    ]


def read_names(support: Support, lines: list[Message]) -> list[NamedMember]:
    """The answer to NAMES."""
    found: list[NamedMember] = []
    for row in lines_of(lines, "353", params=3):
        for word in row[-1].split():
            source = parse_source(word.lstrip(support.classes.symbols))
            prefixes = word[: len(word) - len(word.lstrip(support.classes.symbols))]
            found.append(NamedMember(nick=source.nick, prefixes=prefixes, user=source.user, host=source.host))
    return found


def read_masks(lines: list[Message]) -> list[ListEntry]:
    """A channel's bans (367), exceptions (348), invite exceptions (346) or quiets (728, which has the letter too)."""
    rows = lines_of(lines, "346", "348", "367", params=2)
    rows += [[row[0], *row[2:]] for row in lines_of(lines, "728", params=3)]
    return [
        ListEntry(mask=mask, by=parse_source("".join(rest[:1])).nick, time=unix_time("".join(rest[1:2])))
        for _, mask, *rest in rows
    ]


def read_monitor_status(lines: list[Message]) -> dict[str, bool]:
    """Who is online, by the answer to MONITOR + or MONITOR S (730, 731)."""
    online = {
        parse_source(word).nick: code == "730"
        for code in ("731", "730")
        for row in lines_of(lines, code, params=1)
        for word in row[-1].split(",")
        if word
    }
    return online


def read_metadata(lines: list[Message]) -> dict[str, str]:
    """The keys and values in the answer to METADATA GET, LIST or SET (761)."""
    return {key: value for _, key, _, value, *_ in lines_of(lines, "761", params=4)}


def read_keys(lines: list[Message], code: str) -> list[str]:
    """The keys of 770, 771 or 772: what is subscribed, was unsubscribed, and all subscriptions."""
    return [key for row in lines_of(lines, code, params=1) for word in row for key in word.split()]


def read_text(lines: list[Message], *codes: str) -> str:
    """The texts of these numerics as one text; a closing "End of ..." is left out."""
    texts = [row[-1] for row in lines_of(lines, *codes, params=1)]
    if texts and texts[-1].startswith("End of"):
        texts.pop()
    return "\n".join(texts)
