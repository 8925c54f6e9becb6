"""What HELP says beside the commands: the overview, and topics for people who know nothing of IRC.

Rules:
1. What a table has is taken from the table: commands, modes, extended masks, limits.
2. A paragraph is one string, and is told in lines of at most LINE_BYTES_MAX: it is read in narrow windows.
3. A topic never has the name of a command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from ipcchat.core import extbans, modes
from ipcchat.core.registry import COMMANDS
from ipcchat.core.replies import wrapped
from ipcchat.core.settings import Settings

LINE_BYTES_MAX = 80
INDENT = "    "

# The commands of the overview, by the files of their handlers. Those of a file that is not here come last.
GROUPS = {
    "Talking": ("messages", "history", "search", "redaction", "pins"),
    "Channels": ("channels", "lists", "invitations", "modes"),
    "People": ("who", "whois", "monitor", "callers", "metadata"),
    "Yourself": ("registration", "account_registration", "presence"),
    "This server": ("help", "server", "statistics", "services"),
    "Operators of the network": ("operators", "moderation", "filters", "forced", "audit", "erasing", "figures"),
    "What programs do by themselves": (
        *("capabilities", "authentication", "resumption", "gateways", "batches"),
        *("catch_up", "cursors", "read_marker", "token", "pushes"),
    ),
}
OTHERS = "More"


class Topic(msgspec.Struct, frozen=True):
    """One subject of HELP: its title, and its paragraphs with the settings of this server."""

    title: str
    paragraphs: Callable[[Settings], list[str]]


def overview(settings: Settings) -> list[str]:
    """What HELP says to somebody who does not know what to ask."""
    return [
        "To talk: JOIN #lobby, then PRIVMSG #lobby :hello. In most programs you write /join #lobby, and then just what "
        "you want to say.",
        "To write to one person: PRIVMSG ann :hello, or /msg ann hello.",
        "To have another name: NICK ann, or /nick ann.",
        "",
        *(f"{title}: {' '.join(names)}" for title, names in grouped_commands().items()),
        "",
        f"Topics: {' '.join(TOPICS)}",
        "",
        "HELP <command> or HELP <topic> says more: HELP JOIN, HELP CHANNELS.",
    ]


def lines(paragraphs: Iterable[str]) -> list[str]:
    """Paragraphs as lines that fit; the second and later lines of one are indented."""
    found: list[str] = []
    for paragraph in paragraphs:
        first, *others = wrapped(paragraph.split(" "), LINE_BYTES_MAX - len(INDENT)) or [""]
        found += [first, *(INDENT + line for line in others)]
    return found


def grouped_commands() -> dict[str, list[str]]:
    """The names of all commands in alphabetical order, by the titles of the overview."""
    titles = {family: title for title, families in GROUPS.items() for family in families}
    found: dict[str, list[str]] = {title: [] for title in (*GROUPS, OTHERS)}
    for name, row in sorted(COMMANDS.items()):
        found[titles.get(row.handler.__module__.rpartition(".")[2], OTHERS)].append(name)
    return {title: names for title, names in found.items() if names}


def _channels(settings: Settings) -> list[str]:
    return [
        "A channel is a room. Its name begins with #, and it is made by the first who enters it: JOIN #tea.",
        "NAMES #tea lists who is in it, LIST lists the channels, TOPIC #tea shows what it is about. PRIVMSG #tea "
        ":hello says something to all who are in it. PART #tea leaves it.",
        "",
        "Who made a channel runs it and is shown with @. MODE #tea +o ann makes ann run it too, KICK #tea bob puts bob "
        "out, MODE #tea +b bob!*@* keeps him out, INVITE bob #tea asks him in.",
        "",
        "HELP CMODES lists what can be set for a channel, HELP EXTBANS whom a ban can hit.",
    ]


def _messages(settings: Settings) -> list[str]:
    return [
        "PRIVMSG #tea :hello says something to a channel, PRIVMSG ann :hello to a person, PRIVMSG @#tea :hello to "
        "those who run the channel. NOTICE is the same, but no program answers it. Several at once: PRIVMSG #tea,ann "
        ":hello.",
        "",
        "A message is stored before anybody sees it, you included: what is echoed is there after any crash.",
        f"CHATHISTORY LATEST #tea * {settings.limits.history_messages_max} reads what was said in a channel, for those "
        "who are in it; programs that know it do it by themselves.",
    ]


def _modes(settings: Settings) -> list[str]:
    return [
        "A mode is a switch with a letter. Of a channel: MODE #tea +m, MODE #tea -m, MODE #tea +o ann. Your own: MODE "
        "<your nick> +i. Without a letter MODE shows which are on.",
        "",
        "HELP CMODES: modes of channels and their members.",
        "HELP UMODES: your own modes.",
        "HELP EXTBANS: masks for +b, +e and +I that say more than nick!user@host.",
    ]


def _channel_modes(settings: Settings) -> list[str]:
    return [
        f"+{row.letter} {f'<{row.argument}> ' if row.argument else ''}({_who(row.rank)}): {row.help}"
        for row in modes.CHANNEL_MODES.values()
    ]


def _who(rank: str) -> str:
    """Who may change a channel mode."""
    return "operators of the network" if rank == modes.NETWORK_OPERATOR else f"{modes.SYMBOLS[rank]} and above"


def _user_modes(settings: Settings) -> list[str]:
    rows = modes.USER_MODES.values()
    return [
        *(f"+{row.letter} {row.name}: {row.help}{' (set by the server)' if row.given else ''}" for row in rows),
        "",
        "Kinds of server notices, as in MODE <nick> +s or-c:",
        *(f"{letter}: {text}" for letter, text in modes.SERVER_NOTICES.items()),
    ]


def _extbans(settings: Settings) -> list[str]:
    return [
        "In +b (bans), +e (exceptions from bans) and +I (who needs no invitation) a mask is nick!user@host, where * "
        "stands for anything: *!*@*.example.org, *!*@10.0.0.0/8. With one of these in front it says more:",
        "",
        *(f"{extbans.MARK}{row.letter}: {row.help}" for row in extbans.EXTBANS.values()),
    ]


def _limits(settings: Settings) -> list[str]:
    limits = settings.limits
    paragraphs = [
        f"Nick: {limits.nick_bytes_max} bytes. Channel name: {limits.channel_bytes_max} bytes.",
        f"One line of a message with everything in front of it: {limits.line_bytes_max} bytes.",
        f"A message of several lines (draft/multiline): {limits.multiline_lines_max} lines, "
        f"{limits.multiline_bytes_max} bytes.",
        f"Topic: {limits.topic_bytes_max} bytes. Away text: {limits.away_bytes_max} bytes.",
        f"Channels that you can be in: {limits.channels_per_user_max}.",
        f"Targets of one message: {limits.targets_per_message_max}; of one JOIN, PART or KICK: "
        f"{limits.targets_per_command_max}.",
        f"Masks in each list of a channel: {limits.masks_per_list_max}.",
        f"Messages in one answer of CHATHISTORY: {limits.history_messages_max}.",
    ]
    if settings.throttles.lines:
        burst, rate = limits.flood_lines_burst, limits.flood_lines_per_second
        paragraphs.append(f"Lines at once: {burst:g}; after that {rate:g} a second. More have to wait; none is lost.")
    return paragraphs


def _services(settings: Settings) -> list[str]:
    return [
        "NickServ and ChanServ answer here too: PRIVMSG NickServ :help, or /msg NickServ help.",
        "An account makes your nick yours, on every device at once: /msg NickServ REGISTER <password>. Then let your "
        "client log in by itself, with SASL; a client that cannot gives PASS <account>:<password>.",
        "Without an account a nick is yours while you are here. When the server was down, your places in channels are "
        f"kept for {settings.limits.seat_minutes_max} minutes.",
    ]


def _operators(settings: Settings) -> list[str]:
    return [
        "Operators of the network look after the server. STATS p lists those who are here, ADMIN says whom to ask.",
        "They are named in the configuration file, [operators.ann]. OPER ann <password> makes one of you, MODE <your "
        "nick> -o ends it.",
        "They may use REHASH, WALLOPS and STATS o, see real addresses, and get notices of the server: MODE <nick> +s.",
    ]


TOPICS: dict[str, Topic] = {
    "CHANNELS": Topic("Channels: rooms to talk in", _channels),
    "MESSAGES": Topic("Messages", _messages),
    "MODES": Topic("Modes: switches of channels and people", _modes),
    "CMODES": Topic("Modes of channels and their members", _channel_modes),
    "UMODES": Topic("Your own modes", _user_modes),
    "EXTBANS": Topic("Masks for bans and exceptions", _extbans),
    "LIMITS": Topic("How long, how many, how often", _limits),
    "SERVICES": Topic("NickServ, ChanServ and accounts", _services),
    "OPERATORS": Topic("Operators of the network", _operators),
}
ALIASES = {"CHANNEL": "CHANNELS", "CHANMODES": "CMODES", "USERMODES": "UMODES", "BANS": "EXTBANS", "OPERS": "OPERATORS"}
