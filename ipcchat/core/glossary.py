"""What the reference says beyond the tables: the meaning of each ISUPPORT token, where a numeric is specified, what a
capability waits for that is not offered, and the sentences between the tables.

Rules:
1. A token that the server can send has a row, and a row is a token that it can send.
2. A capability that a server with the settings of nobody does not offer has its reason here.
3. A numeric that Modern IRC does not describe stands under the text that does; all others are linked there.

Specifications: Modern IRC (https://modern.ircdocs.horse/), IRCv3 (https://ircv3.net/), RFC 2812.
"""

from __future__ import annotations

import msgspec

from ipcchat.core.registry import IRCV3, MODERN
from ipcchat.wire.numerics import Numeric

RFC2812 = "https://www.rfc-editor.org/rfc/rfc2812#section-"
NUMERICS_REGISTRY = "https://defs.ircdocs.horse/defs/numerics"
TOKENS_REGISTRY = "https://defs.ircdocs.horse/defs/isupport"

COMMANDS_INTRODUCTION = """\
What this server understands and what it answers. `<x>` is required, `[<x>]` may be left out, `...` stands for several.
`HELP` and `HELP <command>` say the same. What the server advertises is in [capabilities.md](capabilities.md).

Besides its own answers, every command may be answered with 421 (there is no such command), 451 (register first), 461 (a
parameter is missing; the text shows the syntax), 462 (only before registration) and 417 (the line is too long). A
command takes its cost, in lines, from the session's flood limit; tags take another line for each 512 bytes."""
NUMERICS_INTRODUCTION = """\
Sent as `:<server> <code> <nick> ...`. The text is for people and may differ; {names} in braces are filled in. Codes,
and the names in the tables below, lead to their specification."""
STANDARD_REPLIES_INTRODUCTION = f"""\
Sent as `<kind> <command> <code> ... :<text>` ([IRCv3 standard-replies]({IRCV3}standard-replies)) to clients that have
the capability, or one whose specification needs it; others get numeric 400 or a NOTICE with the same text. `*` is
the command that was said, or none."""
CHANNEL_MODES_INTRODUCTION = """\
Set with `MODE #room +m` by members who have at least that prefix. `MODE #room b` shows a list.
While a channel has no owner, its operators may appoint one (`+q`), and admins (`+a`). Anybody may take a prefix from
himself. `+f` leads to a channel where its setter has `+o` too."""
USER_MODES_INTRODUCTION = """\
Set with `MODE <your nick> +i`."""
PERMISSIONS_INTRODUCTION = """\
Everything that depends on what somebody is in a channel stands in one table, which the server reads: each action with \
the least standing it takes, under each mode and relation. Standing is the highest prefix: member, voice (`+`), \
half-operator (`%`), operator (`@`), admin (`&`), owner (`~`). An action is allowed when every row of it that counts \
is passed. Which standing changes which mode is in [commands.md](commands.md#channel-modes)."""
PRIVILEGES_INTRODUCTION = """\
An operator has all of these, or those that `operators.NAME.privileges` of the configuration gives \
([settings.md](settings.md)). None of them lets anybody look into a channel, or at what was said in it."""
EXTBANS_INTRODUCTION = """\
They stand where a mask may, in the lists of channel modes. The name is understood too: `~account:bob`."""
CAPABILITIES_INTRODUCTION = """\
What clients negotiate with `CAP` and what the server says of itself in 005. The specifications move: each row names the
text that was implemented, by its commit in [ircv3-specifications]({repository}/tree/{commit}). A draft is
spoken under its `draft/` name only. Values are those of a server without a configuration file."""
TOKENS_INTRODUCTION = """\
Told in 005 when a client registers, again with `VERSION`, and before registration with `ISUPPORT`."""


class Token(msgspec.Struct, frozen=True):
    """An ISUPPORT token: what it means to a client, and what it needs when it is not always there."""

    meaning: str
    spec: str
    needs: str = ""


def _modern(meaning: str, name: str) -> Token:
    return Token(meaning, f"{MODERN}{name.lower()}-parameter")


_FILES_NEED = "an http:// or https:// listener and a data folder"
_PUSH_NEEDS = "that the server may send something by itself (`push.enabled`, `outbound.enabled`)"

TOKENS: dict[str, Token] = {
    "ACCOUNTEXTBAN": Token("the extended masks that name accounts", IRCV3 + "account-extban"),
    "AWAYLEN": _modern("bytes of an away text", "AWAYLEN"),
    "BOT": Token("the user mode by which a program says that it is one", IRCV3 + "bot-mode"),
    "CALLERID": Token("the user mode that lets only accepted people write; see ACCEPT", TOKENS_REGISTRY),
    "CASEMAPPING": _modern("which letters of names are the same in both cases", "CASEMAPPING"),
    "CHANLIMIT": _modern("channels that one user can be in", "CHANLIMIT"),
    "CHANMODES": _modern("channel modes: lists, with argument, with argument when set, without", "CHANMODES"),
    "CHANNELLEN": _modern("bytes of a channel name", "CHANNELLEN"),
    "CHANTYPES": _modern("what channel names begin with", "CHANTYPES"),
    "CHATHISTORY": Token("messages in one answer to CHATHISTORY", IRCV3 + "chathistory"),
    "CLIENTTAGDENY": Token(
        "client tags that are not relayed", IRCV3 + "message-tags", needs="the setting `server.tags_denied`"
    ),
    "ELIST": _modern("by what LIST can search: creation, mask, not mask, topic time, users", "ELIST"),
    "EXCEPTS": _modern("the channel mode of the list of those whom bans do not hit", "EXCEPTS"),
    "EXTBAN": _modern("what extended masks begin with, and their letters", "EXTBAN"),
    "FORWARD": Token("the channel mode that leads to another channel", TOKENS_REGISTRY),
    "HOSTLEN": _modern("bytes of a host", "HOSTLEN"),
    "INVEX": _modern("the channel mode of the list of those who need no invitation", "INVEX"),
    "KEYLEN": Token("characters of a channel key", TOKENS_REGISTRY),
    "KICKLEN": _modern("bytes of the reason of KICK and PART", "KICKLEN"),
    "KNOCK": Token("there is KNOCK", TOKENS_REGISTRY),
    "MAXLIST": _modern("masks in the lists of a channel", "MAXLIST"),
    "MAXTARGETS": _modern("recipients of one message", "MAXTARGETS"),
    "MODES": _modern("changes with argument in one MODE", "MODES"),
    "MONITOR": Token("nicks that one client can monitor", IRCV3 + "monitor"),
    "MSGREFTYPES": Token("how CHATHISTORY names a point in history", IRCV3 + "chathistory"),
    "NAMELEN": Token("bytes of a realname", TOKENS_REGISTRY),
    "NETWORK": _modern("the name of the network", "NETWORK"),
    "NICKLEN": _modern("bytes of a nick", "NICKLEN"),
    "PREFIX": _modern("the modes of members and their signs, the highest first", "PREFIX"),
    "SAFELIST": _modern("LIST never closes a connection", "SAFELIST"),
    "SILENCE": _modern("masks in a SILENCE list", "SILENCE"),
    "STATUSMSG": _modern("signs before a channel's name that address only members of that rank", "STATUSMSG"),
    "TARGMAX": _modern("targets of one command", "TARGMAX"),
    "TOPICLEN": _modern("bytes of a topic", "TOPICLEN"),
    "USERIP": Token("USERIP tells addresses", "https://defs.ircdocs.horse/defs/isupport#userip"),
    "USERLEN": _modern("bytes of a username", "USERLEN"),
    "UTF8ONLY": Token("everything is UTF-8", IRCV3 + "utf8-only"),
    "VAPID": Token(
        "the key by which push services know this server; told to clients with `soju.im/webpush` or `draft/webpush`",
        "https://codeberg.org/emersion/soju/src/branch/master/doc/ext/webpush.md",
        needs=_PUSH_NEEDS,
    ),
    "WHOX": Token("WHO can be asked for fields", IRCV3 + "whox"),
    "draft/ACCOUNTREQUIRED": Token(
        "nobody comes in without an account",
        IRCV3 + "account-registration",
        needs="the setting `accounts.required`",
    ),
    "draft/AUTHTOKEN": Token(
        "TOKEN gives what is shown to services beside the chat",
        "https://github.com/ircv3/ircv3-specifications/pull/602",
    ),
    "draft/FILEHOST": Token(
        "where files are uploaded (docs/files.md)",
        "https://github.com/ircv3/ircv3-specifications/pull/562",
        needs=_FILES_NEED,
    ),
    "draft/ICON": Token(
        "the address of the network's picture", IRCV3 + "network-icon", needs="the setting `server.network_icon`"
    ),
    "soju.im/FILEHOST": Token(
        "where files are uploaded (docs/files.md)",
        "https://codeberg.org/emersion/soju/src/branch/master/doc/ext/filehost.md",
        needs=_FILES_NEED,
    ),
    "soju.im/SAFERATE": Token(
        "nobody is closed for talking too fast",
        "https://codeberg.org/emersion/soju/src/branch/master/doc/ext/saferate.md",
    ),
}

# What the table's runner says before a handler is asked.
ANSWERS_TO_ANY = {
    "ERR_UNKNOWNCOMMAND",
    "ERR_NOTREGISTERED",
    "ERR_NEEDMOREPARAMS",
    "ERR_ALREADYREGISTERED",
    "ERR_INPUTTOOLONG",
}

CAPABILITIES_NEED = {
    "sts": "a TLS port, and the setting `sts.port`",
    "draft/webpush": _PUSH_NEEDS,
    "soju.im/webpush": _PUSH_NEEDS,
}

_ELSEWHERE = {
    IRCV3 + "bot-mode": "RPL_WHOISBOT",
    IRCV3 + "capability-negotiation": "ERR_INVALIDCAPCMD",
    IRCV3 + "whox": "RPL_WHOSPCRPL",
    RFC2812 + "4.9": "RPL_ISON",
    RFC2812 + "5": (
        "RPL_TRACEEND RPL_USERSSTART RPL_USERS RPL_ENDOFUSERS RPL_NOUSERS ERR_TOOMANYTARGETS ERR_NOSUCHSERVICE "
        "ERR_NOTOPLEVEL ERR_WILDTOPLEVEL ERR_BADMASK ERR_NOADMININFO ERR_FILEERROR ERR_NOLOGIN ERR_SUMMONDISABLED "
        "ERR_USERSDISABLED ERR_UNAVAILRESOURCE ERR_NOPERMFORHOST ERR_YOUWILLBEBANNED ERR_KEYSET ERR_BANLISTFULL "
        "ERR_UNIQOPRIVSNEEDED RPL_STATSLINKINFO RPL_TRACEOPERATOR RPL_TRACEUSER"
    ),
    NUMERICS_REGISTRY: (
        "RPL_SNOMASK RPL_YOURID RPL_REMOTEISUPPORT RPL_STATSKLINE RPL_STATSOLINE RPL_USERIP RPL_CHANNEL_URL "
        "RPL_QUIETLIST RPL_ENDOFQUIETLIST RPL_VISIBLEHOST ERR_TOOMANYMATCHES ERR_CANTSENDTOUSER ERR_BANONCHAN "
        "ERR_NONICKCHANGE ERR_LINKCHANNEL ERR_NEEDREGGEDNICK ERR_BADCHANNAME ERR_SECUREONLYCHAN "
        "ERR_LISTMODEALREADYSET ERR_LISTMODENOTSET ERR_SILELISTFULL RPL_STATSDEBUG"
    ),
}
_SPECIFICATIONS = {name: link for link, names in _ELSEWHERE.items() for name in names.split()}
_FAMILIES = {
    "knock": NUMERICS_REGISTRY,
    "map": NUMERICS_REGISTRY,
    "silence": NUMERICS_REGISTRY,
    "monitor": IRCV3 + "monitor",
    "metadata": IRCV3 + "metadata",
}


def numeric_specification(numeric: Numeric) -> str:
    """The link to the text that says what a numeric means."""
    elsewhere = _SPECIFICATIONS.get(numeric.name) or _FAMILIES.get(numeric.family)
    return elsewhere or f"{MODERN}{numeric.name.lower().replace('_', '')}-{numeric.code}"
