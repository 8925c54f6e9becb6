"""What a server tells by ISUPPORT: Modern IRC "RPL_ISUPPORT Parameters", IRCv3 message-tags (CLIENTTAGDENY)."""

from __future__ import annotations

import pytest

from ipcchat.client.support import HISTORY_LIMIT_DEFAULT, HISTORY_LIMIT_MAX, MODES_PER_LINE_MAX, Support
from tests.client.play import SessionPlay


def support(*tokens: str) -> Support:
    told = Support()
    told.accept(list(tokens))
    return told


@pytest.mark.parametrize(
    ("token", "limit"),
    [
        ("CHATHISTORY=5", 5),
        ("draft/CHATHISTORY=7", 7),
        ("CHATHISTORY=0", HISTORY_LIMIT_DEFAULT),
        ("CHATHISTORY=x", HISTORY_LIMIT_DEFAULT),
        ("CHATHISTORY=99999999999", HISTORY_LIMIT_DEFAULT),
        ("CHATHISTORY=99999999", HISTORY_LIMIT_MAX),
        ("CHATHISTORY=²", HISTORY_LIMIT_DEFAULT),
    ],
)
def test_how_much_history_may_be_asked_for(token: str, limit: int) -> None:
    """IRCv3 draft/chathistory: 0 is no limit; numbers of a hostile server are clamped."""
    assert support(token).history_limit == limit


@pytest.mark.parametrize(
    ("token", "most"), [("X", 3), ("MODES=6", 6), ("MODES=", 3), ("MODES=500", MODES_PER_LINE_MAX)]
)
def test_how_many_modes_fit_into_a_line(token: str, most: int) -> None:
    """Modern IRC: MODES; 3 where it is not told."""
    assert support(token).modes_per_line == most


@pytest.mark.parametrize(
    ("token", "denied"),
    [
        ("CLIENTTAGDENY=", []),
        ("CLIENTTAGDENY=*", ["typing", "reply", "draft/react"]),
        ("CLIENTTAGDENY=*,-reply,-draft/react", ["typing"]),
        ("CLIENTTAGDENY=typing,x", ["typing"]),
        ("X", []),
    ],
)
def test_tags_that_are_not_passed_on(token: str, denied: list[str]) -> None:
    """IRCv3 message-tags: CLIENTTAGDENY."""
    told = support(token)
    assert [tag for tag in ("typing", "reply", "draft/react") if told.denies_tag(tag)] == denied


def test_targets_behind_a_rank() -> None:
    """Modern IRC: STATUSMSG and CHANTYPES."""
    told = support("STATUSMSG=@+", "CHANTYPES=#")
    assert told.split_target("@#tea") == ("@", "#tea")
    assert told.split_target("@+#tea") == ("@+", "#tea")
    assert told.split_target("@ann") == ("", "@ann")
    assert support("CHANTYPES=#").split_target("@#tea") == ("", "@#tea")


def test_a_server_with_another_casemapping() -> None:
    """Modern IRC: CASEMAPPING; rfc1459 where none is told, unknown ones count as ascii. Channels, their members and
    people are found by it."""
    play = SessionPlay().registered()
    play.server(":irc.test 005 ann CASEMAPPING=rfc1459 :are supported")
    play.in_channel("#tea[1]")
    play.server(":b[1]!b@b JOIN #tea[1]")
    view = play.session.view
    assert "#TEA{1}" in view.channels and "B{1}" in view.channels["#tea[1]"].members and "B{1}" in view.people
    play.server(":irc.test 005 ann CASEMAPPING=klingon :are supported")
    assert "#TEA{1}" not in view.channels
    assert "B{1}" not in view.channels["#tea[1]"].members and "B{1}" not in view.people
    assert support("NETWORK=x").mapping == "rfc1459" and Support().mapping == "ascii"


def test_a_server_that_never_stops_telling_is_limited() -> None:
    told = Support()
    for number in range(3_000):
        told.accept([f"TOKEN{number}=x"])
    assert len(told.tokens) <= 1_000


@pytest.mark.parametrize(
    ("token", "most"),
    [("TARGMAX=PRIVMSG:4,JOIN:5", 5), ("TARGMAX=JOIN:", 10), ("TARGMAX=PRIVMSG:4", 1), ("X", 1), ("TARGMAX=JOIN:0", 1)],
)
def test_how_many_targets_a_command_may_have(token: str, most: int) -> None:
    """Modern IRC TARGMAX: no number is no limit."""
    support = Support()
    support.accept([token])
    assert support.targets_of("JOIN") == most
