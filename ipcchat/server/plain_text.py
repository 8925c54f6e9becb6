"""What IRC lines say, as lines of text for people: the plain door's way out; pure.

Rules:
1. Who speaks stands in front, and nobody can write what stands there: `ann: text`, `* ann waves`, `-ann- a notice`.
   A nick has no space and no colon, so a line that begins with MARK is the server's own and no member's.
2. What was not said in the current channel has its place in front: `[#tea] ann: text`, `[private] ann: text`.
3. Every character is harmless (wire/printable.py): no text becomes a second line, or a command of the terminal.
4. A line that means nothing to people is no text; a line that nobody knows is no mistake.
5. No command is named that cannot be typed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ipcchat.core.apply.pinning import SHOWN_BY
from ipcchat.wire.casemap import FoldedDict, fold
from ipcchat.wire.message import Message, parse_source
from ipcchat.wire.printable import printable

MARK = "-- "
NAMES_SHOWN_MAX = 50
_ACTION = "\x01ACTION"
_STATUS_PREFIXES = "~&@%+"
_BAD_NICK = "432"

Texts = Iterable[str]


class Place:
    """Where somebody is: what he is called, the channels he is in, the one in which he talks ("" for none), and the
    names that are being told."""

    def __init__(self) -> None:
        self.nick = ""
        self.current = ""
        self.channels: FoldedDict[str] = FoldedDict()
        self.names: list[str] = []

    def is_me(self, nick: str) -> bool:
        """Whether that is his own nick."""
        return bool(nick) and fold(nick) == fold(self.nick)

    def is_current(self, channel: str) -> bool:
        """Whether that is the channel in which he talks."""
        return bool(channel) and fold(channel) == fold(self.current)

    def enter(self, channel: str) -> None:
        """He is in that channel now."""
        self.channels[channel] = channel
        if self.is_current(channel):
            self.current = channel

    def leave(self, channel: str) -> None:
        """He is not in that channel, or could not get in; of the others the last one becomes current."""
        if channel in self.channels:
            del self.channels[channel]
        if self.is_current(channel):
            self.current = next(reversed(list(self.channels.values())), "")

    def where(self) -> str:
        """Where his lines go, as a sentence."""
        return f"What you type goes to {self.current}" if self.current else "You are in no channel: /join #lobby"


def texts_of(message: Message, place: Place) -> list[str]:
    """The lines of text that an IRC line is, none or more; `place` follows what it says."""
    command = message.command.upper()
    teller = _TELLERS.get(command) or (_refusal if _is_refusal(command) else _nothing)
    return [printable(text) for text in teller(message, place)]


def _is_refusal(command: str) -> bool:
    return len(command) == 3 and command.isdigit() and "400" <= command <= "599"


def _param(message: Message, index: int) -> str:
    """A parameter, "" where there is none."""
    return message.params[index] if index < len(message.params) else ""


def _last(message: Message) -> str:
    return message.params[-1] if message.params else ""


def _nick(message: Message) -> str:
    return parse_source(message.source or "").nick


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _nothing(message: Message, place: Place) -> Texts:
    return ()


# What people say.


def _privmsg(message: Message, place: Place) -> Texts:
    nick, text = _nick(message), _last(message)
    before = _bracket(message, place)
    if text.startswith(_ACTION):
        return [f"{before}* {nick} {text.removeprefix(_ACTION).strip(' ').removesuffix(chr(1))}"]
    return () if text.startswith("\x01") else [f"{before}{nick}: {text}"]


def _notice(message: Message, place: Place) -> Texts:
    text = _last(message)
    if "!" not in (message.source or ""):
        target = _param(message, 0)
        before = _bracket(message, place) if target.startswith("#") else ""
        return [MARK + before + text.removesuffix(SHOWN_BY.format(target))]
    return () if text.startswith("\x01") else [f"{_bracket(message, place)}-{_nick(message)}- {text}"]


def _bracket(message: Message, place: Place) -> str:
    """Where it was said, if not in the current channel."""
    target = _param(message, 0)
    if place.is_current(target):
        return ""
    if target.lstrip(_STATUS_PREFIXES).startswith("#"):
        return f"[{target}] "
    return f"[to {target}] " if place.is_me(_nick(message)) and not place.is_me(target) else "[private] "


def _wallops(message: Message, place: Place) -> Texts:
    return [f"{MARK}{_nick(message)} tells everybody: {_last(message)}"]


# Who comes and goes.


def _join(message: Message, place: Place) -> Texts:
    nick, channel = _nick(message), _param(message, 0)
    if not place.is_me(nick):
        return [f"{MARK}{nick} joined {channel}"]
    place.enter(channel)
    return [f"{MARK}You are in {channel}"]


def _part(message: Message, place: Place) -> Texts:
    nick, channel, reason = _nick(message), _param(message, 0), _because(_param(message, 1))
    if not place.is_me(nick):
        return [f"{MARK}{nick} left {channel}{reason}"]
    place.leave(channel)
    return [f"{MARK}You left {channel}{reason}. {place.where()}"]


def _kick(message: Message, place: Place) -> Texts:
    channel, whom, reason = _param(message, 0), _param(message, 1), _because(_param(message, 2))
    if not place.is_me(whom):
        return [f"{MARK}{_nick(message)} removed {whom} from {channel}{reason}"]
    place.leave(channel)
    return [f"{MARK}{_nick(message)} removed you from {channel}{reason}. {place.where()}"]


def _quit(message: Message, place: Place) -> Texts:
    return [f"{MARK}{_nick(message)} left{_because(_param(message, 0))}"]


def _renamed(message: Message, place: Place) -> Texts:
    before, after = _nick(message), _param(message, 0)
    if not place.is_me(before):
        return [f"{MARK}{before} is {after} now"]
    place.nick = after
    return [f"{MARK}You are {after} now"]


# Channels.


def _topic_set(message: Message, place: Place) -> Texts:
    channel, text = _param(message, 0), _param(message, 1)
    words = f"set the topic of {channel}: {text}" if text else f"took the topic of {channel} away"
    return [f"{MARK}{_nick(message)} {words}"]


def _mode(message: Message, place: Place) -> Texts:
    target = _param(message, 0)
    return [f"{MARK}{_nick(message)} set {' '.join(message.params[1:])} in {target}"] if target.startswith("#") else ()


def _invite(message: Message, place: Place) -> Texts:
    channel = _param(message, 1)
    return [f"{MARK}{_nick(message)} invites you: /join {channel}"] if place.is_me(_param(message, 0)) else ()


def _topic_is(message: Message, place: Place) -> Texts:
    return [f"{MARK}Topic of {_param(message, 1)}: {_last(message)}"]


def _names(message: Message, place: Place) -> Texts:
    place.names += _last(message).split()
    return ()


def _end_of_names(message: Message, place: Place) -> Texts:
    names, place.names = place.names, []
    more = len(names) - NAMES_SHOWN_MAX
    shown = ", ".join(names[:NAMES_SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")
    return [f"{MARK}In {_param(message, 1)}: {shown or 'nobody whom you can see'}"]


def _forwarded(message: Message, place: Place) -> Texts:
    """470: one wanted to join a channel and is let into another."""
    before, after = _param(message, 1), _param(message, 2)
    if place.is_current(before) and after.startswith("#"):
        place.current = after
    return [f"{MARK}{before} leads to {after}: {_last(message)}"]


# What the server says.


def _welcome(message: Message, place: Place) -> Texts:
    place.nick = _param(message, 0)
    greeting = _last(message).partition("!")[0]
    return [MARK + greeting, f"{MARK}{place.where()}. /help shows what else you can do, /quit leaves."]


def _sentence(message: Message, place: Place) -> Texts:
    return [MARK + _last(message)]


def _goodbye(message: Message, place: Place) -> Texts:
    """The server closes the connection: what it says about that, unless he left by himself."""
    reason = _last(message).removeprefix("Closing link: ")
    return [f"{MARK}Goodbye" if reason.startswith("Quit: ") else f"{MARK}Goodbye: {reason}"]


def _about(message: Message, place: Place) -> Texts:
    """An answer about somebody: his nick, and what it says of him."""
    return [f"{MARK}{' '.join(message.params[1:])}"]


def _whois(message: Message, place: Place) -> Texts:
    nick, user, host = (_param(message, index) for index in (1, 2, 3))
    return [f"{MARK}{nick} is {user}@{host}{_because(_last(message))}"]


def _whois_account(message: Message, place: Place) -> Texts:
    return [f"{MARK}{_param(message, 1)} {_last(message)} {_param(message, 2)}"]


def _whois_channels(message: Message, place: Place) -> Texts:
    return [f"{MARK}{_param(message, 1)} is in {_last(message)}"]


def _away(message: Message, place: Place) -> Texts:
    return [f"{MARK}{_param(message, 1)} is away: {_last(message)}"]


def _refusal(message: Message, place: Place) -> Texts:
    """Something was refused: what it was about, and why. Who could not get into a channel talks where he did before. A
    name with a space or so is not repeated: the server cannot write it as it was typed."""
    about, channel = " ".join(message.params[1:-1]), _param(message, 1)
    about = "" if message.command == _BAD_NICK else about
    texts = [f"{MARK}{about}: {_last(message)}" if about else MARK + _last(message)]
    if place.is_current(channel) and channel not in place.channels:
        place.leave(channel)
        texts.append(f"{MARK}{place.where()}")
    return texts


_TELLERS: dict[str, Callable[[Message, Place], Texts]] = {
    "PRIVMSG": _privmsg,
    "NOTICE": _notice,
    "WALLOPS": _wallops,
    "JOIN": _join,
    "PART": _part,
    "KICK": _kick,
    "QUIT": _quit,
    "NICK": _renamed,
    "TOPIC": _topic_set,
    "MODE": _mode,
    "INVITE": _invite,
    "ERROR": _goodbye,
    "PONG": _sentence,
    "FAIL": _sentence,
    "WARN": _sentence,
    "NOTE": _sentence,
    "001": _welcome,
    "301": _away,
    "305": _sentence,
    "306": _sentence,
    "311": _whois,
    "313": _about,
    "319": _whois_channels,
    "320": _about,
    "330": _whois_account,
    "331": _topic_is,
    "332": _topic_is,
    "335": _about,
    "341": _about,
    "353": _names,
    "366": _end_of_names,
    "381": _sentence,
    "422": _nothing,
    "470": _forwarded,
    "671": _about,
    "900": _sentence,
    "901": _sentence,
    "902": _refusal,
}
