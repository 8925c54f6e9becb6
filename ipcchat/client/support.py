"""What a server does, as it tells by ISUPPORT (005), with the defaults for what it does not tell.

Rules:
1. A token that makes no sense counts as not sent; a number from a server is clamped.
2. "-TOKEN" takes a token back, at any time.

Specifications: Modern IRC "RPL_ISUPPORT Parameters" (https://modern.ircdocs.horse/#rplisupport-parameters), IRCv3
message-tags (CLIENTTAGDENY), draft/chathistory (CHATHISTORY, MSGREFTYPES), monitor (MONITOR), whox (WHOX), bot-mode
(BOT).
"""

from __future__ import annotations

from ipcchat.client.events import ModeChange, ModeKind
from ipcchat.wire.casemap import MAPPINGS, fold
from ipcchat.wire.isupport import merge_isupport
from ipcchat.wire.message import WireError
from ipcchat.wire.modes import RFC_CHANNEL_MODES, mode_classes, parse_modes

HISTORY_LIMIT_DEFAULT = 50
HISTORY_LIMIT_MAX = 1000
MODES_PER_LINE_DEFAULT = 3
MODES_PER_LINE_MAX = 20
# Where TARGMAX names no limit.
TARGETS_MAX = 10
TOKENS_MAX = 1_000


class Support:
    """The tokens of one connection and what follows from them."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}
        self.classes = RFC_CHANNEL_MODES

    def accept(self, tokens: list[str]) -> tuple[dict[str, str], tuple[str, ...]]:
        """Take over the tokens of one 005 line; those that have another value now, and those that are gone."""
        before = dict(self.tokens)
        if len(self.tokens) < TOKENS_MAX:
            merge_isupport(self.tokens, tokens)
        chanmodes = self.tokens.get("CHANMODES", RFC_CHANNEL_MODES.chanmodes)
        try:
            self.classes = mode_classes(chanmodes, self.tokens.get("PREFIX", RFC_CHANNEL_MODES.prefix))
        except WireError:
            self.classes = RFC_CHANNEL_MODES
        changed = {name: value for name, value in self.tokens.items() if before.get(name) != value}
        return changed, tuple(name for name in before if name not in self.tokens)

    @property
    def mapping(self) -> str:
        """The server's CASEMAPPING; an unknown one counts as ascii."""
        mapping = self.tokens.get("CASEMAPPING", "rfc1459" if self.tokens else "ascii")
        return mapping if mapping in MAPPINGS else "ascii"

    @property
    def channel_prefixes(self) -> str:
        """CHANTYPES: the characters a channel's name begins with."""
        return self.tokens.get("CHANTYPES", "#&")

    @property
    def history_limit(self) -> int:
        """How many messages one CHATHISTORY may ask for."""
        limit = self.number("CHATHISTORY", 0) or self.number("draft/CHATHISTORY", 0) or HISTORY_LIMIT_DEFAULT
        return min(limit, HISTORY_LIMIT_MAX)

    @property
    def history_by_msgid(self) -> bool:
        """Whether CHATHISTORY finds a point by its msgid, and not by its time alone (MSGREFTYPES)."""
        return "msgid" in self.tokens.get("MSGREFTYPES", "msgid").split(",")

    def targets_of(self, command: str) -> int:
        """How many targets one line of a command may have (TARGMAX); 1 where the server does not say."""
        rows = (row.partition(":") for row in self.tokens.get("TARGMAX", "").split(","))
        found = next((most for name, _, most in rows if name.upper() == command), "1")
        return max(1, int(found)) if found.isascii() and found.isdigit() and len(found) < 5 else TARGETS_MAX

    @property
    def modes_per_line(self) -> int:
        """How many modes with an argument one MODE may change."""
        return max(1, min(self.number("MODES", MODES_PER_LINE_DEFAULT), MODES_PER_LINE_MAX))

    @property
    def bot_flag(self) -> str:
        """The letter of the user mode, and of the flag in WHO, by which bots are marked; "" when there is none."""
        return self.tokens.get("BOT", "")

    def number(self, token: str, default: int) -> int:
        """A token's value as a number; `default` when it is missing or none."""
        value = self.tokens.get(token, "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else default

    def denies_tag(self, tag: str) -> bool:
        """Whether the server does not pass on this client-only tag (named without its "+")."""
        denied = self.tokens.get("CLIENTTAGDENY", "").split(",")
        return f"-{tag}" not in denied if "*" in denied else tag in denied

    def same(self, one: str, other: str) -> bool:
        """Whether two names are one by the server's CASEMAPPING."""
        return fold(one, self.mapping) == fold(other, self.mapping)

    def is_channel(self, target: str) -> bool:
        """Whether a target is a channel."""
        return target[:1] != "" and target[0] in self.channel_prefixes

    def split_target(self, target: str) -> tuple[str, str]:
        """STATUSMSG prefixes and the plain target: "@#tea" is "@" and "#tea"."""
        status = self.tokens.get("STATUSMSG", "")
        stripped = target.lstrip(status) if status else target
        return (target[: len(target) - len(stripped)], stripped) if self.is_channel(stripped) else ("", target)

    def plain_target(self, target: str) -> str:
        """A target without STATUSMSG prefixes: "@#tea" is said in "#tea"."""
        return self.split_target(target)[1]

    def rank(self, prefixes: str) -> str:
        """Prefixes in the server's order, the highest rank first."""
        return "".join(sorted(set(prefixes), key=self.classes.symbols.find))

    def channel_changes(self, params: list[str]) -> tuple[ModeChange, ...]:
        """The changes in the parameters of a channel's MODE: ("+o-k", "bob", "key")."""
        changes = parse_modes(self.classes, params[0], params[1:]).changes
        return tuple(self._channel_change(added, letter, argument or "") for added, letter, argument in changes)

    def _channel_change(self, added: bool, letter: str, argument: str) -> ModeChange:
        classes = self.classes
        symbol = ""
        if letter in classes.prefixes:
            kind, symbol = ModeKind.MEMBER, classes.symbols[classes.prefixes.index(letter)]
        else:
            kind = ModeKind.LIST if letter in classes.lists else ModeKind.SETTING
        return ModeChange(added=added, letter=letter, kind=kind, argument=argument, symbol=symbol)


def user_changes(params: list[str]) -> tuple[ModeChange, ...]:
    """The changes in the parameters of a user's MODE: letters, without arguments but for a server notice mask."""
    changes: list[ModeChange] = []
    added = True
    for letter in params[0]:
        if letter in "+-":
            added = letter == "+"
        else:
            changes.append(ModeChange(added=added, letter=letter, kind=ModeKind.USER))
    return tuple(changes)
