"""What may stand where somebody types (UX, terminal client, row 4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.dialogue.commands import COMMANDS
from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.completion import CANDIDATES_MAX, Candidate, candidates
from ipcchat.tui.model.network import Network
from tests.tui.desks import NOON, FakeServer, network_of


class Place:
    """#tea, where ann (we), bob, Bert, carl and zoe are."""

    def __init__(self) -> None:
        self.network: Network
        self.server: FakeServer
        self.network, self.server = network_of("test", "#tea", "#team", nick="ann")
        self.server.enter("#tea", "@bob", "Bert", "carl", "zoe")
        self.buffer: Buffer = self.network.buffer("#tea")

    def spoke(self, *nicks: str) -> None:
        """They spoke, in this order."""
        for minutes, nick in enumerate(nicks):
            self.buffer.speakers.pop(nick, None)
            self.buffer.speakers[nick] = NOON + timedelta(minutes=minutes)

    def found(self, before: str, *, asked: bool = True) -> list[Candidate]:
        """How it goes on."""
        return candidates(before, self.network, self.buffer, asked=asked)

    def texts(self, before: str, *, asked: bool = True) -> list[str]:
        """What would be put in."""
        return [candidate.text for candidate in self.found(before, asked=asked)]


@pytest.fixture
def place() -> Place:
    return Place()


def test_who_spoke_last_comes_first_then_the_others_by_name(place: Place):
    place.spoke("zoe", "bob")
    assert place.texts("") == ["bob: ", "zoe: ", "Bert: ", "carl: "]


def test_case_does_not_matter_and_our_own_nick_is_never_offered(place: Place):
    assert place.texts("b") == ["Bert: ", "bob: "]
    assert place.texts("an") == []


def test_behind_a_nick_is_a_colon_only_at_the_start_of_a_line(place: Place):
    assert place.texts("bo") == ["bob: "]
    assert place.texts("hello bo") == ["bob "]
    assert place.texts("hello\nbo") == ["bob: "]
    assert [candidate.start for candidate in place.found("hello bo")] == [6]


def test_at_is_for_nicks_without_being_asked_and_is_not_part_of_them(place: Place):
    assert place.texts("@c", asked=False) == ["carl: "]
    assert place.texts("hi @c", asked=False) == ["carl "]
    assert len(place.texts("@", asked=False)) == 4
    assert place.texts("c", asked=False) == []


def test_who_spoke_and_left_is_not_offered_while_the_members_are_known(place: Place):
    place.spoke("gone", "bob")
    assert "gone: " not in place.texts("")
    place.network.chat = None
    assert place.texts("g") == ["gone: "]


def test_in_a_conversation_it_is_the_other_one(place: Place):
    place.buffer = place.network.buffer("dora")
    assert place.texts("d") == ["dora: "]


def test_the_servers_own_buffer_knows_everybody(place: Place):
    place.buffer = place.network.server
    assert place.texts("/msg ca") == ["carl "]
    assert place.texts("hi ca") == ["carl "]


def test_who_is_away_is_told_as_such(place: Place):
    place.server.meet("carl", away="lunch\x1b[31m")
    place.server.meet("zoe", away="*")
    assert [candidate.detail for candidate in place.found("ca")] == ["away: lunch\u241b[31m"]
    assert [candidate.detail for candidate in place.found("zo")] == ["away"]


def test_channels_by_their_sign_those_we_are_in_first(place: Place):
    place.network.buffer("#tables").joined = False
    assert place.texts("see #t", asked=False) == ["#tea ", "#team ", "#tables "]
    assert place.texts("see #", asked=False) == []
    assert place.texts("see #") == ["#tea ", "#team ", "#tables "]
    assert place.found("#tea")[0].complete


def test_a_channel_is_described_by_its_topic(place: Place):
    place.server.channels["#tea"].topic = "leaves\x07"
    assert [candidate.detail for candidate in place.found("#tea")] == ["leaves\u2407", ""]


def test_commands_at_the_start_of_the_text_with_their_help(place: Place):
    assert len(place.texts("/", asked=False)) == len(COMMANDS)
    found = place.found("/jo", asked=False)
    assert [(one.text, one.shown, one.detail) for one in found] == [
        ("/join ", "/join #CHANNEL [KEY]", COMMANDS["join"].summary)
    ]
    assert place.texts("/bac") == ["/back"]
    assert place.texts("a /jo") == []
    assert place.texts("\n/jo") == []


def test_a_command_that_is_meant_already_is_complete_also_by_its_other_name(place: Place):
    first = place.found("/q", asked=False)[0]
    assert (first.text, first.complete) == ("/query ", True)
    assert not place.found("/quer", asked=False)[0].complete


@pytest.mark.parametrize(
    ("before", "texts"),
    [
        ("/join te", ["#tea ", "#team "]),
        ("/join #te", ["#tea ", "#team "]),
        ("/whois ca", ["carl "]),
        ("/invite carl te", ["#tea ", "#team "]),
        ("/help joi", ["join "]),
        ("/react bob tad", ["\U0001f389 "]),
        ("/topic hello ca", ["carl "]),
        ("//join te", []),
        ("/nothing ca", ["carl "]),
    ],
)
def test_arguments_are_what_the_usage_of_the_command_names(place: Place, before: str, texts: list[str]):
    assert place.texts(before) == texts
    assert texts == [] or place.texts(before, asked=False) in ([], texts)


def test_a_table_of_more_commands_is_used_instead(place: Place):
    table = {"join": COMMANDS["join"]}
    found = candidates("/", place.network, place.buffer, asked=False, table=table)
    assert [candidate.text for candidate in found] == ["/join "]


def test_emoji_need_two_letters_unless_somebody_asks(place: Place):
    assert place.texts(":s", asked=False) == []
    assert place.texts(":smi", asked=False)[0] == "\U0001f604 "
    assert place.found(":smi")[0].shown == "\U0001f604 :smile:"
    assert place.texts("a:smi", asked=False) == []
    assert place.texts(":-)", asked=False) == []


def test_an_emoji_is_never_complete_so_that_enter_takes_it(place: Place):
    assert not place.found(":smile")[0].complete


def test_what_was_shown_is_harmless_and_what_is_put_in_is_the_nick(place: Place):
    place.server.enter("#tea", "d\x1b[2J")
    assert [(one.text, one.shown) for one in place.found("d")] == [("d\x1b[2J: ", "d\u241b[2J")]


def test_ten_thousand_members_are_some_candidates(place: Place):
    place.server.enter("#tea", *(f"user{number}" for number in range(10_000)))
    place.spoke("user777")
    found = place.texts("@u", asked=False)
    assert len(found) == CANDIDATES_MAX
    assert found[:2] == ["user777: ", "user0: "]


@given(st.text(), st.booleans())
def test_any_text_is_answered_with_what_replaces_its_end(before: str, asked: bool):
    place = Place()
    for candidate in place.found(before, asked=asked):
        assert 0 <= candidate.start <= len(before)
        assert not any(character.isspace() for character in before[candidate.start :])


def test_a_long_text_without_spaces_is_no_word(place: Place):
    assert place.found("@" + "b" * 100_000) == []
