"""ChanServ SET: the settings of a registered channel that are no modes (https://modern.ircdocs.horse/#services)."""

from __future__ import annotations

import pytest

from ipcchat.core import channel_access, facts
from ipcchat.core.channel_settings import SETTINGS
from tests.core.deeds import happened
from tests.core.net import Net, Talker
from tests.core.tea import CS, joined
from tests.core.tea import chanserv as said


@pytest.fixture
def ann(net: Net) -> Talker:
    """The operator of #tea, logged in."""
    return joined(net, "ann")


@pytest.fixture
def bob(net: Net, ann: Talker) -> Talker:
    """Another member of #tea, logged in."""
    return joined(net, "bob")


def test_the_founder_sets_what_is_no_mode(net, ann, bob):
    ann.says("CS REGISTER #tea")
    bob.forget()
    assert said(ann, "SET #tea history JOINED") == ["history of #tea is joined now."]
    assert bob.lines == [f"{CS} NOTICE #tea :ann set history to joined"]
    assert "Settings: history joined." in said(bob, "INFO #tea")
    assert said(ann, "SET #tea history joined") == ["history of #tea is joined already"]
    assert said(ann, "SET #tea edits off") == ["edits of #tea is off now."]
    assert net.engine.state.channels["#tea"].settings == {"edits": "off", "history": "joined"}
    assert said(ann, "SET #tea history default") == ["history of #tea is default now."]
    assert said(ann, "SET #tea history default") == ["history of #tea is default already"]
    assert net.engine.state.channels["#tea"].settings == {"edits": "off"}


def test_a_founder_who_is_not_there_hears_of_it_from_chanserv_alone(net, ann, bob):
    ann.says("CS REGISTER #tea", "PART #tea")
    bob.forget()
    assert said(ann, "SET #tea keep-count 100") == ["keep-count of #tea is 100 now."]
    assert bob.hears(f"{CS} NOTICE #tea :ann set keep-count to 100")


def test_what_the_settings_are(net, ann):
    ann.says("CS REGISTER #tea", "CS SET #tea redactions off")
    lines = said(ann, "SET #tea")
    assert len(lines) >= len(SETTINGS)
    assert any(line.startswith("redactions: off. It says who may take messages away") for line in lines)
    assert said(ann, "SET #tea edits") == [
        "edits: default (on). It says whether people may edit what they said: on or off."
    ]
    assert said(ann, "SET #tea keep-age")[0].startswith("keep-age: default. It says how long")


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (
            "SET #tea history sometimes",
            "history is all or joined; by itself joined while the channel is +i, +k or +s, ",
        ),
        ("SET #tea keep-age never", "keep-age is a time like 30d, or default"),
        ("SET #tea keep-count 0", "keep-count is a number, or default"),
        ("SET #tea colour red", "There is SET for FOUNDER, history, edits, redactions, "),
    ],
)
def test_values_that_are_none(net, ann, command, answer):
    ann.says("CS REGISTER #tea")
    assert said(ann, command)[0].startswith(answer)


def test_only_the_founder_sets(net, ann, bob):
    assert said(ann, "SET #tea history all") == ["#tea is not registered; REGISTER #tea does that"]
    ann.says("CS REGISTER #tea", "CS ACCESS #tea ADD bob q")
    assert said(bob, "SET #tea history all") == ["Only the founder of #tea does that: log in to ann"]


def test_a_setting_that_there_is_not_is_refused_at_its_place(net, ann):
    ann.says("CS REGISTER #tea")
    happened(net, facts.ChannelSettingChanged, ann, channel="#tea", name="colour", value="red")
    assert net.engine.state.channels["#tea"].settings == {}


def test_settings_go_with_the_registration(net, ann):
    ann.says("CS REGISTER #tea", "CS SET #tea history joined")
    room = net.engine.state.channels["#tea"]
    ann.says(f"CS DROP #tea {channel_access.confirmation(room)}")
    assert not room.founder and room.settings == {}
    ann.says("CS REGISTER #tea", "CS SET #tea history joined")
    happened(net, facts.AccountDeleted, ann, account="ann")
    assert not room.founder and room.settings == {}
