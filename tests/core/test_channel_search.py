"""What LIST looks for (Modern IRC "ELIST Parameter")."""

from __future__ import annotations

import pytest

from ipcchat.core.channel_search import ChannelSearch, Condition, parse
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.state import Channel, State

MINUTE = 60_000
NOW = 1_000 * MINUTE


def channel(name: str = "#tea", members: int = 1, age: int = 0, topic_age: int | None = None) -> Channel:
    """A channel of that many members, made and given its topic so many minutes ago."""
    found = Channel(name, NOW - age * MINUTE, members={str(number): "" for number in range(members)})
    if topic_age is not None:
        found.topic, found.topic_at = "x", NOW - topic_age * MINUTE
    return found


@pytest.mark.parametrize(
    ("written", "found", "missed"),
    [
        (">2", channel(members=3), channel(members=2)),
        ("<2", channel(members=1), channel(members=2)),
        ("C<60", channel(age=59), channel(age=60)),
        ("c>60", channel(age=61), channel(age=60)),
        ("T<60", channel(topic_age=59), channel(topic_age=60)),
        ("t>60", channel(topic_age=61), channel(topic_age=60)),
        ("T<60", channel(topic_age=0), channel(age=0)),
        ("T>0", channel(topic_age=1), channel(age=9)),
        ("#tea", channel("#Tea"), channel("#teas")),
        ("#T*", channel("#tea"), channel("#coffee")),
        ("*ea", channel("#tea"), channel("#team")),
        ("#t?a", channel("#tea"), channel("#tra-la")),
        ("!#t*", channel("#coffee"), channel("#tea")),
        ("!#tea", channel("#teas"), channel("#TEA")),
    ],
)
def test_each_kind_of_search(written, found, missed):
    search, strange = parse([written])
    assert strange == []
    assert search.finds(found, NOW)
    assert not search.finds(missed, NOW)


def test_all_conditions_and_one_of_the_masks():
    search, _ = parse(["#t*", "#co*", "!*ee", ">1", "C<60"])
    assert search == ChannelSearch(("#t*", "#co*"), ("*ee",), (Condition("", True, 1), Condition("C", False, 60)))
    assert search.finds(channel("#tea", members=2, age=1), NOW)
    assert search.finds(channel("#cocoa", members=2, age=1), NOW)
    for other in (
        channel("#milk", members=2, age=1),
        channel("#coffee", members=2, age=1),
        channel("#tea", members=1, age=1),
        channel("#tea", members=2, age=61),
    ):
        assert not search.finds(other, NOW)


def test_nothing_asked_for_finds_all():
    search, _ = parse([])
    assert search.finds(channel(), NOW)


@pytest.mark.parametrize("word", ["tea", ">", "<x", "C60", "T=5", "X<5", ">1234567890", "!tea", "!", "<-1", ">١"])
def test_words_that_mean_nothing(word):
    search, strange = parse([word, "#tea"])
    assert strange == [word]
    assert search.names == ("#tea",)


def test_names_without_wildcards_are_looked_up():
    state = State(NetworkLimits())
    for name in ("#tea", "#coffee"):
        state.add_channel(channel(name))
    assert [found.name for found in parse(["#TEA", "#none"])[0].candidates(state)] == ["#tea"]
    for words in ([], [">5"], ["#tea", "#c*"], ["#tea", "#c?"], ["!#tea"]):
        assert [found.name for found in parse(words)[0].candidates(state)] == ["#tea", "#coffee"]
