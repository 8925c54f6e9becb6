"""Coming back into channels, several by one line: RFC 2812 3.2.1, Modern IRC TARGMAX. What else presence does is in
test_conversation.py, test_missed.py and test_catchup.py."""

from __future__ import annotations

import pytest

from ipcchat.client import events
from ipcchat.client.presence import lines_about, together
from ipcchat.wire.casemap import FoldedDict
from ipcchat.wire.message import parse
from tests.client.play import ConversationPlay, label_of

TARGMAX = ":irc.test 005 ann TARGMAX=PRIVMSG:4,JOIN:3 :are supported"


def connected(play: ConversationPlay) -> list[str]:
    """A connection to a server that takes three channels in a JOIN; the JOINs that are sent."""
    play.conversation.opened(play.moment)
    play.server(f":irc.test CAP * LS :{play.capabilities}", f":irc.test CAP * ACK :{play.capabilities}")
    play.sent()
    play.server(":irc.test 001 ann :Welcome", TARGMAX, ":irc.test 422 ann :No MOTD")
    return [line for line in play.sent() if " JOIN " in line]


def answered(play: ConversationPlay, line: str, *lines: str) -> None:
    """The answer to a labelled command."""
    rows = [f"@batch=j {row}" for row in lines]
    play.server(f"@label={label_of(line)} :irc.test BATCH +j labeled-response", *rows, ":irc.test BATCH -j")


def joined(channel: str) -> tuple[str, str]:
    return f":ann!a@a JOIN {channel}", f":irc.test 353 ann = {channel} :ann"


def test_channels_are_joined_by_as_few_lines_as_the_server_takes() -> None:
    play = ConversationPlay("#a", "#b", "#c", "#d")
    play.conversation.presence.want("#k", "sesame")
    lines = connected(play)
    assert [line.split(" ", 1)[1] for line in lines] == ["JOIN #k sesame", "JOIN #a,#b,#c", "JOIN #d"]
    for line in lines:
        for channel in line.split()[2].split(","):
            assert not play.conversation.is_live, channel
        answered(play, line, *(row for channel in line.split()[2].split(",") for row in joined(channel)))
    assert play.conversation.is_live
    assert sorted(play.conversation.presence.wanted) == ["#a", "#b", "#c", "#d", "#k"]


def test_a_refusal_is_of_the_channel_that_it_names() -> None:
    play = ConversationPlay("#a", "#b", "#c")
    (line,) = connected(play)
    answered(play, line, *joined("#a"), ":irc.test 474 ann #B :Cannot join channel (+b)", *joined("#c"))
    assert list(play.conversation.presence.wanted) == ["#a", "#c"]
    assert [error.code for error in play.conversation.presence.refusals.values()] == ["474"]
    assert [event.channel for event in play.happened if isinstance(event, events.Joined)] == ["#a", "#c"]


def test_a_refusal_that_names_none_is_of_all_that_were_not_joined() -> None:
    play = ConversationPlay("#a", "#b")
    (line,) = connected(play)
    answered(play, line, *joined("#a"), ":irc.test FAIL JOIN TEMPORARILY_UNAVAILABLE * :Later")
    assert list(play.conversation.presence.refusals) == ["#b"]


@pytest.mark.parametrize(("most", "groups"), [(1, 3), (2, 2), (10, 1)])
def test_groups(most: int, groups: int) -> None:
    wanted = FoldedDict({"#a": "", "#b": "", "#c": ""})
    assert len(list(together(wanted, most))) == groups
    assert [name for names, _ in together(wanted, most) for name in names] == ["#a", "#b", "#c"]


def test_long_names_do_not_make_a_line_that_is_too_long() -> None:
    wanted = FoldedDict({f"#{number:060}": "" for number in range(10)})
    assert all(len(",".join(names)) <= 400 for names, _ in together(wanted, 10))


def test_lines_about_one_of_several() -> None:
    lines = [parse(":s 353 ann = #a :ann"), parse(":s 474 ann #b :no"), parse(":s NOTE JOIN * :all of you")]
    assert lines_about("#a", ["#b"], lines, lambda one, other: one == other) == [lines[0], lines[2]]
