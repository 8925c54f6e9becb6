"""What people write and signal: RFC 2812 3.3, CTCP, IRCv3 server-time, message-ids, account-tag, bot-mode,
draft/oper-tag, client tags +reply, +channel-context, +typing, +draft/react, draft/message-redaction."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ipcchat.client import events
from ipcchat.client.events import Message, Reaction, TagMessage, Typing
from tests.client.play import START, SessionPlay, hear


def message(play: SessionPlay, line: str) -> Message:
    event = hear(play, line)
    assert isinstance(event, Message)
    return event


def test_a_message_has_the_servers_time_and_id(play: SessionPlay) -> None:
    """IRCv3 server-time, message-ids, account-tag."""
    event = message(
        play,
        "@time=2026-11-22T17:03:12.500Z;msgid=abc;+x=y;account=bob;+ipc-chat/key=k :bob!b@b.test PRIVMSG #tea :hello",
    )
    assert event == Message(
        time=datetime(2026, 11, 22, 17, 3, 12, 500_000, UTC),
        target="#tea",
        nick="bob",
        text="hello",
        msgid="abc",
        source="bob!b@b.test",
        account="bob",
        tags={"+x": "y"},
        prefixes="#&",
    )
    assert event.channel == "#tea" and event.place == "#tea"


@pytest.mark.parametrize("stamp", ["", "@time=yesterday ", "@time= "])
def test_without_a_time_it_is_when_it_came(play: SessionPlay, stamp: str) -> None:
    """IRCv3 server-time."""
    assert hear(play, f"{stamp}:bob!b@b PRIVMSG ann :hi").time == START


@pytest.mark.parametrize(
    ("line", "kind", "text"),
    [
        ("PRIVMSG ann :\x01ACTION waves\x01", "action", "waves"),
        ("PRIVMSG ann :\x01ACTION waves", "action", "waves"),
        ("PRIVMSG ann :\x01VERSION\x01", "ctcp", "VERSION"),
        ("NOTICE ann :\x01VERSION x\x01", "ctcp-reply", "VERSION x"),
        ("NOTICE ann :done", "notice", "done"),
        ("privmsg ann :hi", "message", "hi"),
    ],
)
def test_kinds_of_messages(play: SessionPlay, line: str, kind: str, text: str) -> None:
    """RFC 2812 3.3 and CTCP."""
    event = message(play, f":bob!b@b {line}")
    assert (event.kind, event.text, event.place) == (kind, text, "bob")


def test_what_the_server_says_is_nobodys_message(play: SessionPlay) -> None:
    """RFC 2812 3.3.2: a NOTICE of the server itself."""
    assert hear(play, ":irc.test NOTICE ann :careful") == events.ServerText(time=START, text="careful")


def test_a_status_message_is_said_in_its_channel_to_some(play: SessionPlay) -> None:
    """Modern IRC: STATUSMSG."""
    play.server(":irc.test 005 ann STATUSMSG=@+ :are supported")
    event = message(play, ":bob!b@b PRIVMSG @#tea :ops only")
    assert (event.channel, event.status, event.place) == ("#tea", "@", "#tea")
    assert message(play, ":bob!b@b PRIVMSG @ann :not a channel").status == ""


def test_our_own_messages_are_mine_in_any_case(play: SessionPlay) -> None:
    """Modern IRC: CASEMAPPING."""
    event = message(play, ":ANN!~a@home.test PRIVMSG bob :hi")
    assert event.mine and event.place == "bob"


def test_who_is_a_bot_and_who_an_operator(play: SessionPlay) -> None:
    """IRCv3 bot-mode (any value is ignored) and draft/oper-tag (with or without a name)."""
    event = message(play, "@bot=x;draft/oper=chief :bob!b@b PRIVMSG #tea :beep")
    assert (event.bot, event.oper, event.tags) == (True, "chief", {})
    assert message(play, "@draft/oper :bob!b@b PRIVMSG #tea :beep").oper == ""
    assert message(play, ":bob!b@b PRIVMSG #tea :beep").oper is None
    bob = play.session.view.people["bob"]
    assert (bob.bot, bob.operator) == (True, True)


def test_what_a_message_answers(play: SessionPlay) -> None:
    """IRCv3 +reply; the draft's name of it is read too."""
    assert message(play, "@+reply=m1 :bob!b@b PRIVMSG #tea :yes").reply_to == "m1"
    assert message(play, "@+draft/reply=m1 :bob!b@b PRIVMSG #tea :yes").reply_to == "m1"
    assert message(play, ":bob!b@b PRIVMSG #tea :yes").reply_to == ""


@pytest.mark.parametrize(
    ("line", "context"),
    [
        ("@+channel-context=#tea :bot!b@b NOTICE ann :help", "#tea"),
        ("@+channel-context=#tea :bot!b@b NOTICE #ops :help", ""),
        ("@+channel-context=tea :bot!b@b NOTICE ann :help", ""),
        (":bot!b@b NOTICE ann :help", ""),
    ],
)
def test_the_channel_a_private_message_belongs_to(play: SessionPlay, line: str, context: str) -> None:
    """IRCv3 +channel-context: only on messages to people, only a channel's name."""
    assert message(play, line).context == context


@pytest.mark.parametrize("state", ["active", "paused", "done"])
def test_somebody_is_typing(play: SessionPlay, state: str) -> None:
    """IRCv3 +typing."""
    event = hear(play, f"@+typing={state} :bob!b@b TAGMSG #tea")
    assert isinstance(event, Typing) and (event.nick, event.channel, event.state) == ("bob", "#tea", state)


def test_reactions_come_and_go(play: SessionPlay) -> None:
    """IRCv3 +draft/react and +draft/unreact: only together with +reply."""
    for tag, removed in (("react", False), ("unreact", True)):
        event = hear(play, f"@+reply=m1;+draft/{tag}=👋;msgid=m2 :bob!b@b TAGMSG #tea")
        assert isinstance(event, Reaction)
        assert (event.reaction, event.removed, event.reply_to, event.msgid) == ("👋", removed, "m1", "m2")
    assert type(hear(play, "@+draft/react=👋 :bob!b@b TAGMSG #tea")) is TagMessage
    assert message(play, "@+reply=m1;+draft/react=lol :bob!b@b PRIVMSG #tea :lol").reaction == "lol"


def test_other_tags_without_a_text(play: SessionPlay) -> None:
    """IRCv3 message-tags: TAGMSG."""
    event = hear(play, "@+example.org/colour=red;+typing=maybe :bob!b@b TAGMSG ann")
    assert type(event) is TagMessage and event.tags["+example.org/colour"] == "red" and event.place == "bob"


def test_a_message_is_deleted(play: SessionPlay) -> None:
    """IRCv3 draft/message-redaction."""
    assert hear(play, ":bob!b@b REDACT #tea m1 :spam") == events.Redacted(
        time=START, source="bob!b@b", target="#tea", redacted="m1", by="bob", reason="spam", channel="#tea"
    )
    private = hear(play, ":bob!b@b REDACT ann m1")
    assert isinstance(private, events.Redacted) and (private.channel, private.reason) == (None, "")


def test_a_message_gets_another_text(play: SessionPlay) -> None:
    """draft/message-edit: where the server looks after who may edit what; else the tag is anybody's claim."""
    line = "@+draft/edit=m1;msgid=m2 :bob!b@b PRIVMSG #tea :better"
    assert type(hear(play, line)) is events.Message
    play.session.view.enabled = play.session.enabled | {"draft/message-edit"}
    edited = hear(play, line)
    assert isinstance(edited, events.Edited)
    assert (edited.original, edited.text, edited.kind, edited.place, edited.msgid) == (
        "m1",
        "better",
        "message",
        "#tea",
        "m2",
    )
    action = hear(play, "@+draft/edit=m1 :bob!b@b PRIVMSG #tea :\x01ACTION waves\x01")
    assert isinstance(action, events.Edited) and (action.text, action.kind) == ("waves", "action")


@pytest.mark.parametrize(
    ("written", "until"),
    [
        ("timestamp=2026-01-02T03:04:05.000Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("*", None),
        ("timestamp=never", None),
    ],
)
def test_what_was_read_elsewhere(play: SessionPlay, written: str, until: datetime | None) -> None:
    """IRCv3 draft/read-marker."""
    assert hear(play, f":irc.test MARKREAD #tea {written}") == events.ReadMarked(time=START, target="#tea", until=until)


def test_an_operator_speaks_to_everybody(play: SessionPlay) -> None:
    """RFC 2812 4.7."""
    assert hear(play, ":bob!b@b WALLOPS :look out") == events.Wallops(
        time=START, source="bob!b@b", nick="bob", text="look out"
    )
