"""The modes of channels, members and users: which letters there are, what each means and who may set it.

Rules:
1. A mode is one row here; CHANMODES, PREFIX, the checks, HELP and the reference are made from the rows.
2. `rank` is the least prefix that may change a channel mode; NETWORK_OPERATOR stands above all of them.
3. A mode with `given` is set by the server alone: because somebody logged in, came by TLS, or became operator, or
   because a channel was registered.

Specification: Modern IRC "Modes" (https://modern.ircdocs.horse/#modes); letters that it does not name are used as
InspIRCd, UnrealIRCd and Ergo use them.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from ipcchat.wire.modes import ModeClasses

MODERN_MODES = "https://modern.ircdocs.horse/#"
INSPIRCD_MODES = "https://docs.inspircd.org/4/channel-modes/"
INSPIRCD_USER_MODES = "https://docs.inspircd.org/4/user-modes/"
RFC2811 = "https://www.rfc-editor.org/rfc/rfc2811#section-"
PREFIX_MODES = "qaohv"
NETWORK_OPERATOR = "operator"
REGISTERED = "r"


class Kind(Enum):
    """How a channel mode takes its argument: the classes A, B, C and D of CHANMODES, and PREFIX."""

    LIST = "list"
    SETTING = "setting"
    LIMIT = "limit"
    FLAG = "flag"
    PREFIX = "prefix"


class ChannelMode(msgspec.Struct, frozen=True):
    """One channel mode; `rank` is the least prefix mode that may change it, `argument` what it takes, for people.
    `given`: only the server sets it."""

    letter: str
    name: str
    kind: Kind
    help: str
    rank: str = "h"
    argument: str = ""
    spec: str = INSPIRCD_MODES
    given: bool = False


class UserMode(msgspec.Struct, frozen=True):
    """One user mode. `given`: only the server sets it; `droppable`: the user may take it away nevertheless."""

    letter: str
    name: str
    help: str
    given: bool = False
    droppable: bool = False
    spec: str = INSPIRCD_USER_MODES


def _modern(anchor: str) -> str:
    return f"{MODERN_MODES}{anchor}"


_PREFIX_ROWS = (
    ("q", "owner", "may do everything in the channel", "q", "founder-prefix"),
    ("a", "admin", "an operator whom only owners put out", "q", "protected-prefix"),
    ("o", "operator", "may change the channel and its members", "o", "operator-prefix"),
    ("h", "halfop", "may do what does not need +o", "o", "halfop-prefix"),
    ("v", "voice", "may speak where others may not", "h", "voice-prefix"),
)
_LIST_ROWS = (
    ("b", "ban", "who may neither come in nor speak", "ban-channel-mode"),
    ("e", "ban exception", "whom bans do not hit", "exception-channel-mode"),
    ("I", "invite exception", "who may come in without an invitation", "invite-exception-channel-mode"),
)
_FLAG_ROWS = (
    ("C", "no CTCP", "no CTCP but actions (/me)", "h", INSPIRCD_MODES),
    ("D", "delayed join", "members are shown when they first say something", "h", INSPIRCD_MODES),
    ("M", "registered speak", "only members with an account, or a prefix, may speak", "h", INSPIRCD_MODES),
    ("P", "persistent", "keeps its modes when everybody has left", NETWORK_OPERATOR, INSPIRCD_MODES),
    ("Q", "no kicks", "nobody is kicked", "o", INSPIRCD_MODES),
    ("R", "registered join", "only people with an account may come in", "h", INSPIRCD_MODES),
    ("S", "strip formatting", "colours and other formatting are taken out of messages", "h", INSPIRCD_MODES),
    ("U", "op-moderated", "what those say who may not speak is shown to operators", "h", INSPIRCD_MODES),
    ("c", "no formatting", "messages with colours or other formatting are refused", "h", INSPIRCD_MODES),
    ("i", "invite only", "only who is invited may come in", "h", _modern("invite-only-channel-mode")),
    ("m", "moderated", "only members with a prefix may speak", "h", _modern("moderated-channel-mode")),
    ("n", "no external messages", "only members may speak", "h", _modern("no-external-messages-mode")),
    ("p", "private", "not in LIST and WHOIS, and no KNOCK", "h", RFC2811 + "4.2.6"),
    ("s", "secret", "nobody but its members knows of it", "h", _modern("secret-channel-mode")),
    ("t", "protected topic", "only operators change the topic", "h", _modern("protected-topic-mode")),
    ("u", "auditorium", "members without a prefix see only those who have one", "o", INSPIRCD_MODES),
)

_CHANNEL_ROWS = (
    *(
        ChannelMode(letter, name, Kind.PREFIX, text, rank, "nick", _modern(anchor))
        for letter, name, text, rank, anchor in _PREFIX_ROWS
    ),
    *(
        ChannelMode(letter, name, Kind.LIST, text, "h", "mask", _modern(anchor))
        for letter, name, text, anchor in _LIST_ROWS
    ),
    ChannelMode("k", "key", Kind.SETTING, "only with this key", "h", "key", _modern("key-channel-mode")),
    ChannelMode("f", "forward", Kind.LIMIT, "who may not come in is led to that channel", "o", "channel"),
    ChannelMode(
        "l", "limit", Kind.LIMIT, "at most this many members", "h", "number", _modern("client-limit-channel-mode")
    ),
    *(ChannelMode(letter, name, Kind.FLAG, text, rank, "", spec) for letter, name, text, rank, spec in _FLAG_ROWS),
    ChannelMode(REGISTERED, "registered", Kind.FLAG, "belongs to an account (ChanServ)", NETWORK_OPERATOR, given=True),
)

_USER_ROWS = (
    UserMode("B", "bot", "is a program (BOT)", spec="https://ircv3.net/specs/extensions/bot-mode"),
    UserMode("R", "registered callers", "gets private messages only from people with an account"),
    UserMode("T", "no CTCP", "gets no CTCP but actions (/me)"),
    UserMode("Z", "secure", "came by TLS", given=True),
    UserMode("g", "caller id", "gets private messages only from whom he accepted; see ACCEPT"),
    UserMode(
        "i", "invisible", "is found by his exact nick and in shared channels only", spec=_modern("invisible-user-mode")
    ),
    UserMode(
        "o", "operator", "is an operator of the network", given=True, droppable=True, spec=_modern("oper-user-mode")
    ),
    UserMode("r", "registered", "is logged in to an account", given=True, spec=_modern("registered-user-mode")),
    UserMode("s", "server notices", "gets notices of the server; for operators: MODE <nick> +s <letters>"),
    UserMode("w", "wallops", "gets what operators say to all", spec=_modern("wallops-user-mode")),
    UserMode("x", "cloaked", "his host is hidden from others"),
)

# The kinds of notices that come with user mode s.
SERVER_NOTICES = {
    "c": "people who connect and leave",
    "d": "trouble with the disk",
    "f": "what filters catch",
    "k": "people who are put off the network",
    "n": "changes of nicks",
    "o": "operators of the network",
    "r": "settings that are read again",
}

CHANNEL_MODES: dict[str, ChannelMode] = {row.letter: row for row in _CHANNEL_ROWS}
USER_MODES: dict[str, UserMode] = {row.letter: row for row in _USER_ROWS}


def _letters(kind: Kind) -> str:
    return "".join(row.letter for row in _CHANNEL_ROWS if row.kind is kind)


CHANNEL_CLASSES = ModeClasses(
    lists=_letters(Kind.LIST),
    settings=_letters(Kind.SETTING),
    limits=_letters(Kind.LIMIT),
    flags=_letters(Kind.FLAG),
    prefixes=PREFIX_MODES,
    symbols="~&@%+",
)
# s takes letters or none, to be set and to be taken away: as lists do.
USER_CLASSES = ModeClasses(lists="s", flags="".join(USER_MODES).replace("s", ""))
SYMBOLS = dict(zip(CHANNEL_CLASSES.prefixes, CHANNEL_CLASSES.symbols, strict=True))


def is_at_least(modes: str, rank: str) -> bool:
    """Whether a member with these prefix modes ("ov", highest first) has at least that rank."""
    return bool(modes) and rank != NETWORK_OPERATOR and PREFIX_MODES.index(modes[0]) <= PREFIX_MODES.index(rank)
