"""Lines about people: who leaves, is called otherwise, is away, logs in, comes online.

Specifications: RFC 2812 3.1 and 3.6, Modern IRC "User-Based Queries", IRCv3 away-notify, account-notify, chghost,
setname, monitor, bot-mode, whox, draft/metadata-2; caller-id as in Solanum and InspIRCd (716 to 718).
"""

from __future__ import annotations

from datetime import datetime

from ipcchat.client import events
from ipcchat.client.events import Event
from ipcchat.client.hearing.basis import Hearer, act, nick_of
from ipcchat.client.people import METADATA_KEYS_MAX, Person
from ipcchat.client.view import View
from ipcchat.wire.message import Message, Source, parse_source

# Our question to WHOX is known by this token; the fields are token, channel, user, host, server, nick, flags, account,
# real name, in the order of the specification.
WHOX_TOKEN = "742"
WHOX_FIELDS = f"%tcuhsnfar,{WHOX_TOKEN}"
WHOX_PARAMS = 10


def hear_quit(view: View, message: Message, time: datetime) -> list[Event]:
    """Somebody leaves the server. Our own user does not as long as we hear of it: it was another of his sessions."""
    nick = nick_of(message)
    if view.is_me(nick) and not view.is_past:
        return []
    channels = view.gone(nick)
    return [events.Quit(**act(message, time), nick=nick, reason="".join(message.params[:1]), channels=channels)]


def hear_nick(view: View, message: Message, time: datetime) -> list[Event]:
    """Somebody, perhaps we, has another nick."""
    old, new = nick_of(message), message.params[0]
    mine = view.is_me(old)
    view.renamed(old, new)
    return [events.NickChanged(**act(message, time), old=old, new=new, mine=mine)]


def hear_chghost(view: View, message: Message, time: datetime) -> list[Event]:
    """Somebody, perhaps we, has another user name or host."""
    nick, user, host = nick_of(message), message.params[0], message.params[1]
    view.note_host(view.known(nick) or Person(nick), Source(nick, user, host))
    return [events.HostChanged(**act(message, time), nick=nick, user=user, host=host, mine=view.is_me(nick))]


def hear_visible_host(view: View, message: Message, time: datetime) -> list[Event]:
    """396 RPL_VISIBLEHOST: others see us with another host (user@host on some servers)."""
    user, _, host = message.params[1].rpartition("@")
    view.note_host(view.known(view.nick) or Person(view.nick), Source(view.nick, user, host))
    return []


def hear_away(view: View, message: Message, time: datetime) -> list[Event]:
    """AWAY: somebody goes away or is back."""
    nick, away = nick_of(message), "".join(message.params[:1])
    return [away_changed(view, message, time, nick, away)]


def hear_own_away(view: View, message: Message, time: datetime) -> list[Event]:
    """306 RPL_NOWAWAY and 305 RPL_UNAWAY: so are we."""
    away = (view.away_asked or "*") if message.command == "306" else ""
    return [away_changed(view, message, time, view.nick, away)]


def away_changed(view: View, message: Message, time: datetime, nick: str, away: str) -> Event:
    """Note it and tell it."""
    if (person := view.known(nick)) is not None:
        person.away = away
    return events.AwayChanged(**act(message, time), nick=nick, away=away, mine=view.is_me(nick))


def hear_is_away(view: View, message: Message, time: datetime) -> list[Event]:
    """301 RPL_AWAY: who we write to, invite or ask about is away."""
    nick, text = message.params[1], message.params[2]
    if (person := view.known(nick)) is not None:
        person.away = text
    return [events.IsAway(time=time, nick=nick, text=text)]


def hear_account(view: View, message: Message, time: datetime) -> list[Event]:
    """ACCOUNT: somebody logs in, or out ("*")."""
    nick, account = nick_of(message), message.params[0]
    return account_changed(view, message, time, nick, "" if account == "*" else account)


def hear_own_account(view: View, message: Message, time: datetime) -> list[Event]:
    """900 RPL_LOGGEDIN and 901 RPL_LOGGEDOUT: so do we."""
    account = message.params[2] if message.command == "900" else ""
    return account_changed(view, message, time, view.nick, account)


def account_changed(view: View, message: Message, time: datetime, nick: str, account: str) -> list[Event]:
    """Note it and tell it; of ourselves we are told in two ways, which is one piece of news."""
    mine = view.is_me(nick)
    known = mine and view.account == account
    if mine:
        view.account = account
    if (person := view.known(nick)) is not None:
        person.account = account
    fields = act(message, time)
    fields["account"] = account
    return [] if known else [events.AccountChanged(**fields, nick=nick, mine=mine)]


def hear_setname(view: View, message: Message, time: datetime) -> list[Event]:
    """SETNAME: somebody has another real name."""
    nick, realname = nick_of(message), message.params[0]
    if (person := view.known(nick)) is not None:
        person.realname = realname
    return [events.RealnameChanged(**act(message, time), nick=nick, realname=realname, mine=view.is_me(nick))]


def hear_online(view: View, message: Message, time: datetime) -> list[Event]:
    """730 RPL_MONONLINE."""
    heard: list[Event] = []
    for word in message.params[-1].split(","):
        if word:
            source = parse_source(word)
            if (person := view.known(source.nick)) is not None:
                view.note_host(person, source)
            heard.append(events.MonitorOnline(time=time, nick=source.nick, user=source.user, host=source.host))
    return heard


def hear_offline(view: View, message: Message, time: datetime) -> list[Event]:
    """731 RPL_MONOFFLINE."""
    words = message.params[-1].split(",")
    return [events.MonitorOffline(time=time, nick=parse_source(word).nick) for word in words if word]


def hear_metadata(view: View, message: Message, time: datetime) -> list[Event]:
    """METADATA target key visibility [value]."""
    target, key, visibility = message.params[:3]
    value = message.params[3] if len(message.params) > 3 else None
    note_metadata(view, target, key, value)
    fields = act(message, time)
    return [events.MetadataChanged(**fields, target=target, key=key, value=value, visibility=visibility)]


def hear_key_value(view: View, message: Message, time: datetime) -> list[Event]:
    """760 RPL_WHOISKEYVALUE and 761 RPL_KEYVALUE: an answer."""
    note_metadata(view, message.params[1], message.params[2], message.params[4])
    return []


def hear_key_not_set(view: View, message: Message, time: datetime) -> list[Event]:
    """766 RPL_KEYNOTSET: an answer."""
    note_metadata(view, message.params[1], message.params[2], None)
    return []


def note_metadata(view: View, target: str, key: str, value: str | None) -> None:
    """Keep a key of a person or channel we know."""
    known = view.channels.get(target) or view.known(view.nick if target == "*" else target)
    if known is None:
        return
    if value is None:
        known.metadata.pop(key, None)
    elif len(known.metadata) < METADATA_KEYS_MAX:
        known.metadata[key] = value


def hear_caller_id(view: View, message: Message, time: datetime) -> list[Event]:
    """716 RPL_TARGUMODEG and 717 RPL_TARGNOTIFY: who we write to does not accept us."""
    return [events.CallerIdBlocked(time=time, nick=message.params[1], told=message.command == "717")]


def hear_caller_waiting(view: View, message: Message, time: datetime) -> list[Event]:
    """718 RPL_UMODEGMSG: nick user@host, on some servers in one word."""
    source = parse_source(message.params[1])
    if len(message.params) > 3:
        user, _, host = message.params[2].rpartition("@")
        source = Source(source.nick, user, host)
    return [events.CallerIdWaiting(time=time, nick=source.nick, user=source.user, host=source.host)]


def hear_who(view: View, message: Message, time: datetime) -> list[Event]:
    """352 RPL_WHOREPLY: channel user host server nick flags :hops realname."""
    _, _, user, host, _, nick, flags, tail = message.params[:8]
    person = view.known(nick)
    if person is not None:
        view.note_host(person, Source(nick, user, host))
        note_flags(view, person, flags)
        person.realname = tail.partition(" ")[2]
    return []


def hear_whox(view: View, message: Message, time: datetime) -> list[Event]:
    """354 RPL_WHOSPCRPL, when it answers WHOX_FIELDS."""
    if len(message.params) != WHOX_PARAMS or message.params[1] != WHOX_TOKEN:
        return []
    _, _, _, user, host, _, nick, flags, account, realname = message.params
    person = view.known(nick)
    if person is not None:
        view.note_host(person, Source(nick, user, host))
        note_flags(view, person, flags)
        person.account, person.realname = "" if account == "0" else account, realname
    return []


def note_flags(view: View, person: Person, flags: str) -> None:
    """The flags of WHO: H here or G gone, * operator, and the letter of BOT. The text of an away stays what it was."""
    person.away = (person.away or "*") if flags[:1] == "G" else ""
    person.operator = "*" in flags
    if view.support.bot_flag:
        person.bot = view.support.bot_flag in flags


def hear_whois_user(view: View, message: Message, time: datetime) -> list[Event]:
    """311 RPL_WHOISUSER."""
    nick, user, host = message.params[1:4]
    if (person := view.known(nick)) is not None:
        view.note_host(person, Source(nick, user, host))
        person.realname = message.params[-1]
    return []


def hear_whois_account(view: View, message: Message, time: datetime) -> list[Event]:
    """330 RPL_WHOISACCOUNT."""
    if (person := view.known(message.params[1])) is not None:
        person.account = message.params[2]
    return []


def hear_whois_bot(view: View, message: Message, time: datetime) -> list[Event]:
    """335 RPL_WHOISBOT."""
    if (person := view.known(message.params[1])) is not None:
        person.bot = True
    return []


def hear_whois_operator(view: View, message: Message, time: datetime) -> list[Event]:
    """313 RPL_WHOISOPERATOR."""
    if (person := view.known(message.params[1])) is not None:
        person.operator = True
    return []


HEARERS: dict[str, Hearer] = {
    "QUIT": hear_quit,
    "NICK": hear_nick,
    "CHGHOST": hear_chghost,
    "396": hear_visible_host,
    "AWAY": hear_away,
    "305": hear_own_away,
    "306": hear_own_away,
    "301": hear_is_away,
    "ACCOUNT": hear_account,
    "900": hear_own_account,
    "901": hear_own_account,
    "SETNAME": hear_setname,
    "730": hear_online,
    "731": hear_offline,
    "METADATA": hear_metadata,
    "760": hear_key_value,
    "761": hear_key_value,
    "766": hear_key_not_set,
    "716": hear_caller_id,
    "717": hear_caller_id,
    "718": hear_caller_waiting,
    "352": hear_who,
    "354": hear_whox,
    "311": hear_whois_user,
    "330": hear_whois_account,
    "335": hear_whois_bot,
    "313": hear_whois_operator,
}
