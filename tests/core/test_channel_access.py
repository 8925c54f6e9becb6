"""Which rank an account has in a registered channel, and who may change that."""

from __future__ import annotations

import re

import pytest

from ipcchat.core import channel_access
from ipcchat.core.channel_access import OFFERED
from ipcchat.core.errors import Refusal
from ipcchat.core.state import Channel, User

ACCESS = {"olga": "q", "adam": "a", "otto": "o", "hal": "h", "vera": "v", "new": "v" + OFFERED, "heir": OFFERED}
TEA = Channel("#tea", 0, founder="Fay", registered=1, access=ACCESS)
CUP = Channel("#cup", 0)


def somebody(account: str) -> User:
    """A user who is logged in to that account."""
    return User("n.1", account or "guest", "u", "h", "", "n", 0, 0, account=account)


@pytest.mark.parametrize(
    ("account", "modes"),
    [("fay", "q"), ("FAY", "q"), ("olga", "q"), ("Otto", "o"), ("new", "v"), ("heir", ""), ("nobody", ""), ("", "")],
)
def test_the_rank_of_an_account(account, modes):
    assert channel_access.modes_of(TEA, account) == modes
    assert channel_access.modes_of(CUP, account) == ""


def test_the_founder_is_an_account():
    assert channel_access.is_founder(TEA, "FAY")
    for channel, account in ((TEA, "olga"), (TEA, ""), (CUP, ""), (CUP, "fay")):
        assert not channel_access.is_founder(channel, account)


def test_to_whom_the_channel_is_offered():
    offered = [name for name in [*ACCESS, "", "nobody"] if channel_access.is_offered(TEA, name)]
    assert offered == ["new", "heir"]


def test_levels_rise_from_the_founder():
    levels = [channel_access.level(TEA, name) for name in ("fay", "olga", "adam", "otto", "hal", "vera", "nobody")]
    assert levels == [0, 1, 2, 3, 4, 5, channel_access.NO_ACCESS]


@pytest.mark.parametrize(
    ("account", "other", "may"),
    [
        ("fay", "olga", "qaohv-"),
        ("olga", "nobody", "aohv-"),
        ("olga", "olga", "-"),
        ("adam", "otto", "ohv-"),
        ("adam", "olga", ""),
        ("otto", "vera", ""),
        ("otto", "OTTO", "-"),
        ("nobody", "vera", ""),
        ("adam", "fay", ""),
    ],
)
def test_ranks_below_ones_own_are_given_and_taken(account, other, may):
    found = [rank for rank in "qaohv-" if channel_access.may_edit(TEA, account, other, rank.strip("-"))]
    assert "".join(found) == may


def test_who_may_learn_of_a_secret_channel():
    secret = Channel("#tea", 0, flags="s", founder="Fay", access=ACCESS, members={"n.2": ""})
    assert [
        name for name in ("fay", "vera", "heir", "nobody", "") if channel_access.may_know(secret, somebody(name))
    ] == [
        "fay",
        "vera",
        "heir",
    ]


def test_what_is_required_is_said():
    channel_access.require_registered(TEA)
    with pytest.raises(Refusal, match="ERR_CHANOPRIVSNEEDED"):
        channel_access.require_registered(CUP)
    channel_access.require_access(TEA, somebody("otto"), "h")
    with pytest.raises(Refusal) as refused:
        channel_access.require_access(TEA, somebody("vera"), "h")
    assert refused.value.text == "You need access h or higher to #tea for that; STATUS #tea shows yours"


def test_each_registration_has_its_confirmation():
    codes = {
        channel_access.confirmation(Channel(name, 0, founder="fay", registered=at))
        for name, at in (("#tea", 1), ("#TEA", 1), ("#tea", 2), ("#cup", 1))
    }
    assert len(codes) == 3
    assert all(re.fullmatch(r"[0-9a-f]{6}", code) for code in codes)


def test_channels_of_a_founder(net):
    for number, founder in enumerate(["fay", "", "FAY", "otto"]):
        net.engine.state.add_channel(Channel(f"#c{number}", 0, founder=founder))
    assert [channel.name for channel in channel_access.founded(net.engine.state, "Fay")] == ["#c0", "#c2"]


def test_a_channel_is_found_by_who_may_know_of_it(net):
    state = net.engine.state
    state.add_channel(Channel("#tea", 0, flags="s", founder="Fay", access={"vera": "v"}))
    state.add_channel(Channel("#cup", 0))
    assert channel_access.registered_channel(state, somebody("vera"), "#TEA").name == "#tea"
    for name in ("#tea", "#none"):
        with pytest.raises(Refusal, match="ERR_NOSUCHCHANNEL") as refused:
            channel_access.registered_channel(state, somebody(""), name)
        assert refused.value.text == f"There is no channel {name}"
    assert channel_access.known_channel(state, somebody(""), "#cup").name == "#cup"
    with pytest.raises(Refusal, match="ERR_CHANOPRIVSNEEDED"):
        channel_access.registered_channel(state, somebody(""), "#cup")
