"""The table of permissions: its rows, and how they are read. tests/hostile/test_P_matrix.py walks every cell."""

from __future__ import annotations

import pytest

from ipcchat.core import permissions
from ipcchat.core.modes import CHANNEL_MODES, PREFIX_MODES
from ipcchat.core.permissions import TABLE, Standing, obstacle, rows, standing


def test_every_row_can_be_read():
    for row in TABLE:
        assert row.action in permissions.COMMANDS
        assert row.condition in ("", *permissions.RELATIONS) or row.condition[1:] in CHANNEL_MODES
        assert set(row.unless) <= set(permissions.RELATIONS)
        assert row.text
    assert {row.action for row in TABLE} == set(permissions.COMMANDS)
    assert set(permissions.RELATION_WORDS) == set(permissions.RELATIONS)


def test_standings_are_in_the_order_of_the_prefixes():
    ordered = [permissions.OF_PREFIX[letter] for letter in PREFIX_MODES]
    assert ordered == sorted(ordered, reverse=True)
    assert set(permissions.WORDS) == set(Standing)


def test_only_rows_whose_mode_is_set_count():
    assert [row.condition for row in rows("speak", "nt")] == ["+n", "muted"]
    assert [row.condition for row in rows("speak", "")] == ["muted"]
    assert [row.condition for row in rows("kick", "Q")] == ["", "+Q"]


def test_the_highest_prefix_is_the_standing(net):
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    ann.says("MODE #tea +v ann")
    channel = net.engine.state.channels["#tea"]
    assert standing(channel, ann.session.user) is Standing.OPERATOR
    assert standing(channel, bob.session.user) is Standing.OUTSIDER
    bob.says("JOIN #tea")
    assert standing(channel, bob.session.user) is Standing.MEMBER


@pytest.mark.parametrize(
    ("modes", "action", "condition"),
    [
        ("-n", "speak", None),
        ("+m", "speak", "+m"),
        ("+M", "speak", "+M"),
        ("+b bob!*@*", "speak", "muted"),
        ("+b ~n:bob!*@*", "speak", None),
        ("+b ~n:bob!*@*", "change nick", "nick locked"),
        ("+t", "topic", "+t"),
        ("-t", "topic", None),
        ("-t", "kick", ""),
    ],
)
def test_the_first_row_that_is_not_passed_says_why(net, modes, action, condition):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says(f"MODE #tea {modes}")
    state = net.engine.state
    row = obstacle(action, state, state.channels["#tea"], bob.session.user)
    assert (row.condition if row else None) == condition
    assert obstacle(action, state, state.channels["#tea"], ann.session.user) is None


def test_an_account_is_as_good_as_a_prefix_under_M(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +M")
    bob.session.user.account = "bob"
    state = net.engine.state
    assert obstacle("speak", state, state.channels["#tea"], bob.session.user) is None


@pytest.mark.parametrize(("flags", "expected"), [("nt", True), ("", True), ("ntm", False), ("M", False), ("Cis", True)])
def test_where_members_speak_without_further_questions(flags, expected):
    assert permissions.members_speak(flags) == expected
