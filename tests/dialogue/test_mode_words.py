"""Modes in words: Modern IRC "Channel Modes" and "User Modes", with the server's PREFIX and CHANMODES."""

from __future__ import annotations

import pytest

from ipcchat.client.support import Support, user_changes
from ipcchat.dialogue.mode_words import OWN_MODES, SETTINGS, own_phrases, phrases


def words(*params: str, tokens: tuple[str, ...] = ()) -> list[str]:
    support = Support()
    support.accept(["PREFIX=(qaohv)~&@%+", "CHANMODES=beIg,k,lfx,imnstCMRSPQDcuz", *tokens])
    return phrases(support.channel_changes(list(params)))


@pytest.mark.parametrize(
    ("params", "sentences"),
    [
        (("+o", "ann"), ["made ann an operator"]),
        (("-o", "ann"), ["took the operator's rank from ann"]),
        (("+oo-v", "ann", "bob", "eve"), ["made ann and bob operators", "took voice from eve"]),
        (("+vvv", "ann", "bob", "eve"), ["gave ann, bob and eve voice"]),
        (("+qah", "ann", "ann", "ann"), ["made ann an owner", "made ann an admin", "made ann a half-operator"]),
        (("+b-b", "*!*@bad", "eve!*@*"), ["banned *!*@bad", "lifted the ban on eve!*@*"]),
        (("+eI", "*!*@a", "*!*@b"), ["exempted *!*@a from bans", "lets *!*@b in without an invitation"]),
        (("+k", "secret"), ["set the key secret"]),
        (("-k", "*"), ["removed the key"]),
        (("+l-l", "5"), ["limited the channel to 5 people", "removed the limit of people"]),
        (("+m-i", ), ["lets only people with voice speak", "lets people in without an invitation"]),
        (("+f", "#other"), ["leads people to #other instead"]),
        (("+x", "5:3"), ["set mode +x 5:3"]),
        (("-g", "mask"), ["removed mode -g mask"]),
        (("+b", "{0}\x1b[2J"), ["banned {0}␛[2J"]),
    ],
)  # fmt: skip
def test_channel_modes(params: tuple[str, ...], sentences: list[str]) -> None:
    assert words(*params) == sentences


def test_a_letter_means_what_the_server_says() -> None:
    """q is a rank on InspIRCd and a list of quiets on Solanum."""
    assert words("+q", "ann") == ["made ann an owner"]
    assert words("+q", "*!*@bad", tokens=("PREFIX=(ov)@+", "CHANMODES=bq,k,l,imnst")) == ["silenced *!*@bad"]


def test_our_own_modes() -> None:
    assert own_phrases(user_changes(["+io-wX"])) == [
        "you are invisible to strangers",
        "you are an IRC operator",
        "you do not hear what operators say to everybody",
        "your mode X is off",
    ]


def test_a_mode_and_its_end_are_told_differently() -> None:
    for on, off in (*SETTINGS.values(), *OWN_MODES.values()):
        assert on != off
