"""ISUPPORT: what clients must know of this server, made from the limits and tables that are enforced.

SAFERATE promises that nobody is closed for talking too fast: the flood limit (engine.py) only makes lines wait, and a
connection whose lines wait is not read. The number of lines before registration is a limit, but no rate.

Specification: Modern IRC "Feature Advertisement" (https://modern.ircdocs.horse/#feature-advertisement), IRCv3
draft/extended-isupport, account-registration (draft/ACCOUNTREQUIRED) and network-icon (draft/ICON), and soju's SAFERATE
(https://codeberg.org/emersion/soju/src/branch/master/doc/ext/saferate.md), FILEHOST
(https://codeberg.org/emersion/soju/src/branch/master/doc/ext/filehost.md) and VAPID
(https://codeberg.org/emersion/soju/src/branch/master/doc/ext/webpush.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ipcchat.core import caps, extbans, replies
from ipcchat.core.limits import Limits
from ipcchat.core.modes import CHANNEL_CLASSES
from ipcchat.core.settings import Settings
from ipcchat.wire import isupport, numerics

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.session import Session

FILEHOST = ("soju.im/FILEHOST", "draft/FILEHOST")
VAPID = "VAPID"

LINE_BYTES_MAX = 380  # of the tokens of one line: clients cut lines into fixed buffers


def supported(settings: Settings) -> dict[str, str]:
    """The tokens with their values ("" for none)."""
    limits = settings.limits
    tokens = {
        "NETWORK": settings.network,
        "CASEMAPPING": "ascii",
        "CHANTYPES": "#",
        "CHANMODES": CHANNEL_CLASSES.chanmodes,
        "PREFIX": CHANNEL_CLASSES.prefix,
        "STATUSMSG": CHANNEL_CLASSES.symbols,
        "EXCEPTS": "e",
        "INVEX": "I",
        "EXTBAN": extbans.ISUPPORT_VALUE,
        "ACCOUNTEXTBAN": "account,a",
        "BOT": "B",
        "CALLERID": "g",
        "FORWARD": "f",
        "CHANLIMIT": f"#:{limits.channels_per_user_max}",
        "CHANNELLEN": str(limits.channel_bytes_max),
        "NICKLEN": str(limits.nick_bytes_max),
        "USERLEN": str(limits.user_characters_max),
        "HOSTLEN": str(limits.host_bytes_max),
        "NAMELEN": str(limits.realname_bytes_max),
        "TOPICLEN": str(limits.topic_bytes_max),
        "AWAYLEN": str(limits.away_bytes_max),
        "KICKLEN": str(limits.kick_bytes_max),
        "KEYLEN": str(limits.key_characters_max),
        "MAXLIST": f"{CHANNEL_CLASSES.lists}:{limits.masks_per_list_max}",
        "MODES": str(limits.modes_per_command_max),
        "MONITOR": str(limits.monitored_nicks_max),
        "SILENCE": str(limits.callers_per_list_max),
        "MAXTARGETS": str(limits.targets_per_message_max),
        "TARGMAX": _target_limits(limits),
        "ELIST": "CMNTU",
        "KNOCK": "",
        "WHOX": "",
        "USERIP": "",
        "CHATHISTORY": str(limits.history_messages_max),
        "MSGREFTYPES": "msgid,timestamp",
        "SAFELIST": "",
        "soju.im/SAFERATE": "",
        "UTF8ONLY": "",
        "draft/AUTHTOKEN": "",
    }
    if settings.tags_denied:
        tokens["CLIENTTAGDENY"] = ",".join(settings.tags_denied)
    if settings.network_icon:
        tokens["draft/ICON"] = settings.network_icon
    if settings.account_required:
        tokens["draft/ACCOUNTREQUIRED"] = ""
    if settings.files_url:
        tokens |= dict.fromkeys(FILEHOST, settings.files_url)
    if settings.push_key:
        tokens[VAPID] = settings.push_key
    return tokens


def told_to(session: Session, tokens: Mapping[str, str]) -> dict[str, str]:
    """These tokens as one session is told them. Who came encrypted must not go on without (filehost): he is not told a
    URL that would make him. The key for pushes is for who knows them (webpush)."""
    kept_back: set[str] = set()
    if session.secure and tokens.get(FILEHOST[0], "").startswith("http:"):
        kept_back |= set(FILEHOST)
    if not session.caps & caps.WEBPUSH:
        kept_back.add(VAPID)
    return {name: value for name, value in tokens.items() if name not in kept_back}


def _target_limits(limits: Limits) -> str:
    several, messages = limits.targets_per_command_max, limits.targets_per_message_max
    rows = {"JOIN": several, "PART": several, "NAMES": several, "KICK": several, "WHOIS": 1, "LIST": several}
    rows |= {"PRIVMSG": messages, "NOTICE": messages, "TAGMSG": messages, "MONITOR": limits.monitored_nicks_max}
    return ",".join(f"{name}:{most}" for name, most in rows.items())


def tell(ctx: Context) -> None:
    """005, as many lines as it takes; in a batch for clients with draft/extended-isupport.

    The welcome leaves it out for a client that was told all of it before it registered.
    """
    session = ctx.session
    tokens = told_to(session, supported(ctx.engine.settings))
    told, session.isupport_told = session.isupport_told, {}
    if session.user is None:
        session.isupport_told = tokens
    elif told == tokens:
        return
    tell_tokens(ctx, tokens)


def tell_key(ctx: Context) -> None:
    """The key for pushes, to who learned of them when he had been welcomed already."""
    if ctx.session.user is not None and ctx.engine.settings.push_key:
        tell_tokens(ctx, {VAPID: ctx.engine.settings.push_key})


def tell_tokens(ctx: Context, tokens: Mapping[str, str | None]) -> None:
    """005 with these tokens; a value None takes one back."""
    head = replies.line(ctx.engine.server_name, numerics.RPL_ISUPPORT.code, ctx.session.display)
    tail = f" :{numerics.RPL_ISUPPORT.text}"
    room = replies.REPLY_BYTES_MAX - len(f"{head} {tail}".encode())
    with ctx.batched("draft/isupport", needs=caps.EXTENDED_ISUPPORT):
        for words in isupport.format_isupport(tokens, min(room, LINE_BYTES_MAX)):
            ctx.reply(numerics.RPL_ISUPPORT, *words)
