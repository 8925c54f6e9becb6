"""What happens in sentences: one function for each kind of event, found in the table HAPPENINGS.

Rules:
1. Everything that came from others goes through `printable`.
2. A sentence names the channel unless it is the one that is looked at.
3. "" is for what nobody needs to be told.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from ipcchat.client import events
from ipcchat.client.events import Event
from ipcchat.client.text import printable
from ipcchat.dialogue import mode_words
from ipcchat.dialogue.phrases import because, several, start_of


class Sight(Protocol):
    """What the sentences depend on: where we look and what we have seen."""

    def where(self, channel: str | None) -> str:
        """The channel's name behind what happened there, unless it is the one we look at."""

    def when(self, time: datetime) -> str:
        """When something was done, in brackets, unless the sentence stands beside that time."""

    def quotation(self, msgid: str) -> str:
        """The beginning of a message we have seen, with its author; "" when we have not."""

    def is_news(self, nick: str, away: str) -> bool:
        """Whether it was not told yet that somebody is away for this reason."""

    def is_near(self, nick: str) -> bool:
        """Whether somebody is in the channel that is looked at, or the one we talk to."""


def joined(sight: Sight, event: events.Joined) -> str:
    """Others only: our own joining is told by the command, a netjoin by Netjoin."""
    return "" if event.mine or event.netjoin else f"{printable(event.nick)} joined{sight.where(event.channel)}"


def parted(sight: Sight, event: events.Parted) -> str:
    """Somebody left a channel."""
    who = "you" if event.mine else printable(event.nick)
    where = f" {printable(event.channel)}" if event.mine else sight.where(event.channel)
    return f"{who} left{where}{because(event.reason)}"


def kicked(sight: Sight, event: events.Kicked) -> str:
    """Somebody was put out; the reason only where it says more than the nick, which servers put there."""
    who = "you were" if event.mine else f"{printable(event.nick)} was"
    reason = "" if event.reason in (event.nick, event.by) else event.reason
    return f"{who} put out of {printable(event.channel)} by {printable(event.by)}{because(reason)}"


def left_server(sight: Sight, event: events.Quit) -> str:
    """Somebody left the server; those of a netsplit are told together."""
    return "" if event.netsplit else f"{printable(event.nick)} left{because(event.reason)}"


def netsplit(sight: Sight, event: events.Netsplit) -> str:
    """Servers lost each other."""
    return f"servers lost each other; gone for now: {several(event.nicks)}"


def netjoin(sight: Sight, event: events.Netjoin) -> str:
    """Servers found each other."""
    return f"servers found each other; back: {several(event.nicks)}"


def nick_changed(sight: Sight, event: events.NickChanged) -> str:
    """Somebody has another name."""
    return f"{'you are' if event.mine else f'{printable(event.old)} is'} {printable(event.new)} now"


def topic_changed(sight: Sight, event: events.TopicChanged) -> str:
    """A topic was set or removed: by whom, when, what."""
    where = sight.where(event.channel)
    of = f" of{where}" if where else ""
    words = f"{'set' if event.topic else 'removed'} the topic{of}{sight.when(event.time)}"
    return f"{printable(event.by)} {words}{f': {printable(event.topic)}' if event.topic else ''}"


def modes_changed(sight: Sight, event: events.ModeChanged) -> str:
    """Modes changed, in words; ours, or those of a channel."""
    if event.channel is None:
        return ", ".join(mode_words.own_phrases(change for change in event.changes if change.letter != LOGGED_IN))
    changes = ", ".join(mode_words.phrases(event.changes)) or f"set mode {printable(event.modes)}"
    where = sight.where(event.channel)
    return f"{printable(event.by)} {changes}{f' in{where}' if where else ''}"


def invited(sight: Sight, event: events.Invited) -> str:
    """An invitation, with what to type."""
    return f"{printable(event.by)} invites you: /join {printable(event.channel)}"


def invited_other(sight: Sight, event: events.InvitedOther) -> str:
    """Somebody else is invited; by us, that is told by the command."""
    if event.mine:
        return ""
    return f"{printable(event.by)} invited {printable(event.nick)} to {printable(event.channel)}"


def renamed(sight: Sight, event: events.ChannelRenamed) -> str:
    """A channel has another name."""
    by = f"by {event.by}" if event.by else ""
    why = f"{by}: {event.reason}" if by and event.reason else by or event.reason
    return f"{printable(event.old)} is called {printable(event.new)} now{because(why)}"


def knocked(sight: Sight, event: events.Knocked) -> str:
    """Somebody wants to come in, with what to type."""
    nick, channel = printable(event.nick), printable(event.channel)
    return f"{nick} asks to be let into {channel}: /invite {nick} {channel}"


def away_changed(sight: Sight, event: events.AwayChanged) -> str:
    """Somebody near goes away or is back; ourselves, that is told by the command."""
    if event.mine or not sight.is_near(event.nick):
        return ""
    if event.away:
        return is_away(sight, events.IsAway(time=event.time, nick=event.nick, text=event.away))
    sight.is_news(event.nick, "")
    return f"{printable(event.nick)} is back"


def is_away(sight: Sight, event: events.IsAway) -> str:
    """Who we write to is away; once, until it is for another reason."""
    if not sight.is_news(event.nick, event.text):
        return ""
    return f"{printable(event.nick)} is away{because('' if event.text == '*' else event.text)}"


def account_changed(sight: Sight, event: events.AccountChanged) -> str:
    """We are logged in or out."""
    if not event.mine:
        return ""
    return f"you are logged in as {printable(event.account)}" if event.account else "you are logged out"


def online(sight: Sight, event: events.MonitorOnline) -> str:
    """Somebody we monitor came, or is there."""
    return f"{printable(event.nick)} is online"


def offline(sight: Sight, event: events.MonitorOffline) -> str:
    """Somebody we monitor left, or is not there."""
    return f"{printable(event.nick)} is offline"


def caller_blocked(sight: Sight, event: events.CallerIdBlocked) -> str:
    """Who we write to was told; that the message was refused is told with the message."""
    return f"{printable(event.nick)} was told that you want to talk" if event.told else ""


def caller_waiting(sight: Sight, event: events.CallerIdWaiting) -> str:
    """Somebody was kept out by our own mode, with what to type."""
    nick = printable(event.nick)
    return f"{nick} wants to talk to you: /raw ACCEPT {nick}"


def reaction(sight: Sight, event: events.Reaction) -> str:
    """Somebody reacts to a message."""
    quoted = sight.quotation(event.reply_to)
    to = f" to {quoted}" if quoted else ""
    verb = "takes back" if event.removed else "reacts with"
    return f"{printable(event.nick)} {verb} {start_of(event.reaction)}{to}"


def redacted(sight: Sight, event: events.Redacted) -> str:
    """A message was deleted."""
    what = sight.quotation(event.redacted)
    return f"{printable(event.by)} removed {f'the message {what}' if what else 'a message'}{because(event.reason)}"


def wallops(sight: Sight, event: events.Wallops) -> str:
    """An operator speaks to everybody who listens."""
    return f"{printable(event.nick)} to everybody: {printable(event.text)}"


# Numerics whose text alone would not be a sentence; {0} is the first parameter behind our nick.
NUMERIC_WORDS = {
    "328": "{0} has the address {1}",
    "396": "others see your host as {0}",
}


# Our own mode of that; AccountChanged tells the account as well.
LOGGED_IN = "r"
# Said to everybody who comes in; /mode shows it to those who want to know.
NUMERICS_UNTOLD = frozenset({"221"})


def numeric(sight: Sight, event: events.Numeric) -> str:
    """A numeric that nobody asked for."""
    if event.code in NUMERICS_UNTOLD:
        return ""
    pattern = NUMERIC_WORDS.get(event.code, "")
    try:
        return printable(pattern.format(*event.params) if pattern else event.text)
    except IndexError:
        return printable(event.text)


def standard_reply(sight: Sight, event: events.StandardReply) -> str:
    """FAIL, WARN or NOTE as a sentence."""
    about = "" if event.command == "*" else f" {printable(event.command)}"
    text = printable(event.text)
    if event.kind == "FAIL":
        return f"{about.strip()} failed: {text}" if about else f"the server refuses: {text}"
    return f"warning{about and f' about{about}'}: {text}" if event.kind == "WARN" else text


def server_text(sight: Sight, event: events.ServerText) -> str:
    """What the server says by itself."""
    return printable(event.text)


def server_error(sight: Sight, event: events.ServerError) -> str:
    """The server's last words."""
    return f"the server closes the connection{because(event.text)}"


def disconnected(sight: Sight, event: events.Disconnected) -> str:
    """One quiet line; what caused it only when it is more than a lost connection, or our own doing."""
    if event.deliberate:
        return printable(event.reason)
    again = event.retry_seconds is not None
    return "connection lost, trying again" if again else f"connection lost{because(event.reason)}"


def distrusted(sight: Sight, event: events.Distrusted) -> str:
    """Loud: the wrong server answers, or somebody who plays it."""
    return f"NOT CONNECTED: {printable(event.reason)}; trying again"


def caught_up(sight: Sight, event: events.CaughtUp) -> str:
    """We are back."""
    return "back, caught up" + (f" ({event.missed} missed)" if event.missed else "")


def gap(sight: Sight, event: events.Gap) -> str:
    """Something may be missing."""
    where = "" if event.channel == "*" else f"{printable(event.channel)}: "
    return f"{where}something may be missing here: {printable(event.reason)}"


HAPPENINGS: dict[type[Event], Callable[[Sight, Any], str]] = {
    events.Joined: joined,
    events.Parted: parted,
    events.Kicked: kicked,
    events.Quit: left_server,
    events.Netsplit: netsplit,
    events.Netjoin: netjoin,
    events.NickChanged: nick_changed,
    events.TopicChanged: topic_changed,
    events.ModeChanged: modes_changed,
    events.Invited: invited,
    events.InvitedOther: invited_other,
    events.ChannelRenamed: renamed,
    events.Knocked: knocked,
    events.AwayChanged: away_changed,
    events.IsAway: is_away,
    events.AccountChanged: account_changed,
    events.MonitorOnline: online,
    events.MonitorOffline: offline,
    events.CallerIdBlocked: caller_blocked,
    events.CallerIdWaiting: caller_waiting,
    events.Reaction: reaction,
    events.Redacted: redacted,
    events.Wallops: wallops,
    events.Numeric: numeric,
    events.StandardReply: standard_reply,
    events.ServerText: server_text,
    events.ServerError: server_error,
    events.Disconnected: disconnected,
    events.Distrusted: distrusted,
    events.CaughtUp: caught_up,
    events.Gap: gap,
}
