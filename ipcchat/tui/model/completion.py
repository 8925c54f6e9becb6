"""What may stand where somebody types: nicks, channels, commands and emoji that begin like the word before the cursor.

Rules:
1. Nicks come by who spoke last, then by name; our own never. ": " is put behind at the start of a line, else a space.
2. "#" asks for channels, "@" for nicks, ":" and two letters for emoji, "/" at the beginning of the text for commands.
   Without such a sign only who asks (with Tab) is answered: with what the command's usage names there, or with nicks.
3. The text to insert is as the server writes it; what is shown is harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import nsmallest

from ipcchat.client.text import printable
from ipcchat.dialogue.command_table import Command, find
from ipcchat.dialogue.commands import COMMANDS
from ipcchat.tui import emoji
from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.network import Network
from ipcchat.wire.casemap import fold

CANDIDATES_MAX = 100
DETAIL_CHARACTERS_MAX = 80
EMOJI_LETTERS_MIN = 2
WORD_CHARACTERS_MAX = 200

_EMOJI = re.compile(rf":({emoji.NAME}):?")
_COMMAND = re.compile(r"/\w*\Z")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to go on. `text` replaces what stands from `start` (characters) to the cursor; `shown` and `detail`
    describe it. `complete`: what was typed means this already."""

    text: str
    shown: str
    detail: str
    start: int
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is typed: the word, where it starts, and what stands before it in its line."""

    word: str
    start: int
    line: str
    network: Network
    buffer: Buffer
    table: Mapping[str, Command]

    @property
    def begins_line(self) -> bool:
        """Whether nothing stands before the word."""
        return not self.line


def candidates(
    before: str, network: Network, buffer: Buffer, *, asked: bool, table: Mapping[str, Command] = COMMANDS
) -> list[Candidate]:
    """How the text before the cursor may go on, the likeliest first; at most CANDIDATES_MAX of a kind. `asked`:
    somebody pressed Tab, and did not just type. `table` has the commands that there are."""
    start = word_start(before)
    if len(before) - start > WORD_CHARACTERS_MAX:
        return []
    place = Place(before[start:], start, before[before.rfind("\n") + 1 : start], network, buffer, table)
    word = place.word
    if start == 0 and _COMMAND.match(word):
        return commands(place)
    if word.startswith("@"):
        return nicks(place, word[1:])
    if word[:1] and network.is_channel(word) and (asked or len(word) > 1):
        return channels(place)
    if match := _EMOJI.fullmatch(word):
        return signs(place, match[1]) if asked or len(match[1]) >= EMOJI_LETTERS_MIN else []
    return asked_for(place, before) if asked else []


def word_start(before: str) -> int:
    """Where the word at the end of a text starts."""
    return len(before) - len(before.rsplit(None, 1)[-1]) if before and not before[-1].isspace() else len(before)


def asked_for(place: Place, before: str) -> list[Candidate]:
    """What may stand there without a sign before it: what the command wants, or a nick."""
    wanted = (
        wanted_word(before[: place.start], place.table)
        if before.startswith("/") and not before.startswith("//")
        else ""
    )
    if "COMMAND" in wanted:
        return [Candidate(f"{name} ", f"/{name}", place.table[name].summary, place.start) for name in names_like(place)]
    if "SIGN" in wanted:
        return signs(place, place.word)
    if "CHANNEL" in wanted:
        return channels(place)
    found = nicks(place, place.word)
    return found + channels(place) if wanted.strip("[]") == "TARGET" else found


def wanted_word(before: str, table: Mapping[str, Command]) -> str:
    """What a command's usage has behind the text: "NAME", "[#CHANNEL]" and the like; "" where that is no command."""
    if not before.startswith("/") or before.startswith("//"):
        return ""
    name, *given = before[1:].split() or [""]
    found = find(name, table)
    words = found.usage.split()[1:] if found is not None else []
    return words[len(given)] if len(given) < len(words) else ""


def commands(place: Place) -> list[Candidate]:
    """Commands that begin like the word, the one that it means first."""
    beginning = place.word[1:].lower()
    meant = find(beginning, place.table)
    found = [entry for entry in place.table.values() if entry.name.startswith(beginning) and entry is not meant]
    found.sort(key=lambda entry: entry.name)
    return [command(place, entry, entry is meant) for entry in ([meant] if meant else []) + found]


def command(place: Place, entry: Command, complete: bool) -> Candidate:
    """A command; a space is put behind it where something follows."""
    space = " " if " " in entry.usage else ""
    return Candidate(f"/{entry.name}{space}", entry.usage, entry.summary, place.start, complete)


def names_like(place: Place) -> list[str]:
    """The names of commands that begin like the word."""
    return sorted(name for name in place.table if name.startswith(place.word.lower()))


def channels(place: Place) -> list[Candidate]:
    """Channels that begin like the word, those we are in first; who leaves the sign out means "#"."""
    network = place.network
    word = fold(place.word if network.is_channel(place.word) else f"#{place.word}")
    known = network.chat.channels if network.chat is not None else {}
    names = {buffer.name: buffer.joined for buffer in network.buffers.values() if buffer.kind is Kind.CHANNEL}
    names |= dict.fromkeys(known, True)
    found = [name for name in names if fold(name).startswith(word)]
    return [
        Candidate(
            f"{name} ",
            printable(name),
            described(known[name].topic) if name in known else "",
            place.start,
            fold(name) == fold(place.word),
        )
        for name in nsmallest(CANDIDATES_MAX, found, key=lambda name: (not names[name], fold(name)))
    ]


def nicks(place: Place, beginning: str) -> list[Candidate]:
    """Nicks that begin like the word, by who spoke last, then by name."""
    wanted = fold(beginning)
    ending = ": " if place.begins_line else " "
    recency = {fold(nick): number for number, nick in enumerate(reversed(place.buffer.speakers))}
    found = {fold(nick): nick for nick in present(place) if fold(nick).startswith(wanted)}
    found.pop(fold(place.network.nick), None)
    ranked = nsmallest(CANDIDATES_MAX, found, key=lambda nick: (nick != wanted, recency.get(nick, len(recency)), nick))
    return [
        Candidate(
            found[nick] + ending, printable(found[nick]), described(away(place, nick)), place.start, nick == wanted
        )
        for nick in ranked
    ]


def present(place: Place) -> Iterator[str]:
    """Who may be meant: the members of the channel, or who spoke there as long as the members are unknown; the other
    one of a conversation; and everybody known in the server's own buffer, or where a command names somebody."""
    network, buffer = place.network, place.buffer
    channel = network.channel(buffer)
    if channel is not None:
        yield from channel.members
    elif buffer.kind is not Kind.SERVER:
        yield from buffer.speakers
    if buffer.kind is Kind.PERSON:
        yield buffer.name
    if buffer.kind is Kind.SERVER or place.line.startswith("/"):
        yield from (other.name for other in network.buffers.values() if other.kind is Kind.PERSON)
        if network.chat is not None:
            yield from network.chat.people


def away(place: Place, nick: str) -> str:
    """That somebody is away, and why; "" while he is here, or nobody knows."""
    people = place.network.chat.people if place.network.chat is not None else {}
    person = people.get(nick)
    if person is None or not person.away:
        return ""
    return "away" if person.away == "*" else f"away: {person.away}"


def signs(place: Place, beginning: str) -> list[Candidate]:
    """Emoji by a name that begins so."""
    found = emoji.named(beginning.strip(":"))[:CANDIDATES_MAX]
    return [Candidate(f"{sign} ", f"{sign} :{name}:", "", place.start) for name, sign in found]


def described(text: str) -> str:
    """Words of others beside a candidate."""
    return printable(text[:DETAIL_CHARACTERS_MAX])
