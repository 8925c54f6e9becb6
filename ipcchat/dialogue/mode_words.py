"""Modes in words: "+o ann" is "made ann an operator".

Rules:
1. What a letter is (a rank, a list, a setting) is the server's word, in the event; what it means is the custom of the
   servers in use. A letter without a custom is named as it is.
2. A change is a phrase that follows a name: "bob " + phrase.

Specifications: Modern IRC "Channel Modes", "User Modes"; the letters of InspIRCd, UnrealIRCd, Ergo and Solanum where
they agree.
"""

from __future__ import annotations

from collections.abc import Iterable

from ipcchat.client.events import ModeChange, ModeKind
from ipcchat.client.text import printable

# Letter -> (set, unset); {} stands for the people or masks.
RANKS = {
    "q": ("made {} an owner", "took the owner's rank from {}"),
    "a": ("made {} an admin", "took the admin's rank from {}"),
    "o": ("made {} an operator", "took the operator's rank from {}"),
    "h": ("made {} a half-operator", "took the half-operator's rank from {}"),
    "v": ("gave {} voice", "took voice from {}"),
}
RANKS_OF_SEVERAL = {
    "q": "made {} owners",
    "a": "made {} admins",
    "o": "made {} operators",
    "h": "made {} half-operators",
}
LISTS = {
    "b": ("banned {}", "lifted the ban on {}"),
    "e": ("exempted {} from bans", "exempted {} from bans no longer"),
    "I": ("lets {} in without an invitation", "lets {} in by invitation only again"),
    "q": ("silenced {}", "silenced {} no longer"),
}
SETTINGS = {
    "i": ("lets people in by invitation only", "lets people in without an invitation"),
    "k": ("set the key {}", "removed the key"),
    "l": ("limited the channel to {} people", "removed the limit of people"),
    "m": ("lets only people with voice speak", "lets everybody speak"),
    "n": ("lets only members speak", "lets people outside speak too"),
    "p": ("made the channel private", "made the channel private no longer"),
    "s": ("made the channel secret", "made the channel secret no longer"),
    "t": ("lets only operators set the topic", "lets everybody set the topic"),
    "C": ("forbade CTCP", "allowed CTCP"),
    "c": ("forbade colours", "allowed colours"),
    "S": ("takes colours out of messages", "leaves colours in messages"),
    "R": ("lets only logged-in people in", "lets people in who are not logged in"),
    "M": ("lets only logged-in people speak", "lets people speak who are not logged in"),
    "f": ("leads people to {} instead", "leads people elsewhere no longer"),
    "P": ("made the channel permanent", "made the channel permanent no longer"),
    "Q": ("forbade kicks", "allowed kicks"),
    "D": ("shows people only when they speak", "shows everybody who joins"),
    "u": ("shows members to operators only", "shows members to everybody"),
    "z": ("lets only people with secure connections in", "lets people in without a secure connection"),
}
OWN_MODES = {
    "i": ("you are invisible to strangers", "you are visible to everybody"),
    "o": ("you are an IRC operator", "you are an IRC operator no longer"),
    "r": ("you are known as logged in", "you are known as logged in no longer"),
    "w": ("you hear what operators say to everybody", "you do not hear what operators say to everybody"),
    "B": ("you are marked as a bot", "you are marked as a bot no longer"),
    "R": ("only logged-in people can write to you", "people who are not logged in can write to you"),
    "T": ("nobody can send you CTCP", "people can send you CTCP"),
    "Z": ("your connection is secure", "your connection is not secure"),
    "g": ("only people you accept can write to you", "everybody can write to you"),
    "s": ("you hear the server's notices", "you do not hear the server's notices"),
    "x": ("your host is hidden", "your host is shown"),
}


def phrases(changes: Iterable[ModeChange]) -> list[str]:
    """The changes of a channel's modes as phrases; the same change to several people is one."""
    grouped: dict[tuple[bool, str, ModeKind], list[str]] = {}
    for change in changes:
        key = (change.added, change.letter, change.kind)
        arguments = grouped.setdefault(key, [])
        if change.argument:
            arguments.append(printable(change.argument))
    return [phrase(added, letter, kind, arguments) for (added, letter, kind), arguments in grouped.items()]


def phrase(added: bool, letter: str, kind: ModeKind, arguments: list[str]) -> str:
    """One change."""
    table = {ModeKind.MEMBER: RANKS, ModeKind.LIST: LISTS}.get(kind, SETTINGS)
    words = " and ".join([", ".join(arguments[:-1]), arguments[-1]] if len(arguments) > 1 else arguments)
    found = table.get(letter)
    if found is None:
        return f"{'set' if added else 'removed'} mode {'+' if added else '-'}{printable(letter)} {words}".rstrip()
    several = RANKS_OF_SEVERAL.get(letter) if kind is ModeKind.MEMBER and added and len(arguments) > 1 else None
    return " ".join((several or found[not added]).format(words).split())


def own_phrases(changes: Iterable[ModeChange]) -> list[str]:
    """The changes of our own modes as sentences."""
    return [own_phrase(change.added, change.letter) for change in changes]


def own_phrase(added: bool, letter: str) -> str:
    """One change."""
    found = OWN_MODES.get(letter)
    if found is None:
        return f"your mode {printable(letter)} is {'on' if added else 'off'}"
    return found[not added]
