"""Groups of links: who is in which channel on this node, by capabilities and lane."""

from __future__ import annotations

from ipcchat.core import caps
from ipcchat.core.audience import Audience
from ipcchat.core.peers import Peer
from ipcchat.core.session import Session
from ipcchat.core.state import Channel, User

TEA, OPS = Channel("#Tea", 0), Channel("#ops", 0)


def session(link: str, bits: int = 0, lane: int = 0) -> Session:
    """A connection whose link is a word."""
    made = Session(link, lane, Peer("host"), 0.0, 20.0)
    made.caps = bits
    return made


def test_members_are_grouped_by_capabilities_and_lane():
    audience = Audience()
    for one in (session("a"), session("b", caps.SERVER_TIME), session("c", lane=1), session("d", caps.ECHO_MESSAGE)):
        audience.enter(TEA, one)
    assert audience.of_channel(TEA) == {
        (0, 0): ["a", "d"],
        (caps.SERVER_TIME, 0): ["b"],
        (0, 1): ["c"],
    }
    assert audience.of_channel(OPS) == {}


def test_leaving_takes_the_link_out_and_empty_groups_away():
    audience = Audience()
    one, other = session("a"), session("b")
    audience.enter(TEA, one)
    audience.enter(TEA, other)
    handed = audience.of_channel(TEA)[0, 0]
    audience.leave(TEA, one)
    assert audience.of_channel(TEA) == {(0, 0): ["b"]}
    assert handed == ["a", "b"]
    audience.leave(TEA, one)
    audience.enter(TEA, session("c", caps.SERVER_TIME))
    audience.leave(TEA, other)
    assert audience.of_channel(TEA) == {(caps.SERVER_TIME, 0): ["c"]}
    audience.leave(TEA, session("d", caps.SERVER_TIME))
    audience.leave(OPS, other)
    assert list(audience.of_channel(TEA)) == [(caps.SERVER_TIME, 0)]


def test_the_last_one_takes_the_channel_along():
    audience = Audience()
    one = session("a")
    audience.enter(TEA, one)
    audience.leave(TEA, one)
    assert audience.of_channel(TEA) == {}
    audience.leave(TEA, one)
    assert audience._channels == {}


def test_changed_capabilities_move_a_session_to_another_group():
    audience = Audience()
    one = session("a")
    audience.enter(TEA, one)
    audience.enter(OPS, one)
    audience.regroup(one, caps.SERVER_TIME | caps.ECHO_MESSAGE, iter([TEA, OPS]))
    assert one.caps == caps.SERVER_TIME | caps.ECHO_MESSAGE
    assert audience.of_channel(TEA) == audience.of_channel(OPS) == {(caps.SERVER_TIME, 0): ["a"]}


def test_several_channels_have_each_link_once():
    audience = Audience()
    one, both, timed = session("a"), session("b"), session("c", caps.SERVER_TIME)
    for channel, people in ((TEA, (one, both)), (OPS, (both, timed))):
        for person in people:
            audience.enter(channel, person)
    assert audience.of_channels([TEA]) == audience.of_channel(TEA)
    assert audience.of_channels([TEA, OPS], [timed]) == {(0, 0): ["a", "b"], (caps.SERVER_TIME, 0): ["c"]}
    assert audience.of_channels([], [one]) == {(0, 0): ["a"]}
    assert audience.of_channels([]) == {}


def test_groups_are_united_with_each_link_once():
    audience = Audience()
    one, both, timed = session("a"), session("b"), session("c", caps.SERVER_TIME)
    groups = [audience.of_sessions([one, both]), audience.of_sessions([both, timed])]
    assert audience.united(groups) == {(0, 0): ["a", "b"], (caps.SERVER_TIME, 0): ["c"]}
    assert groups[0] == {(0, 0): ["a", "b"]}


def test_a_channel_takes_its_links_to_another_name():
    audience = Audience()
    audience.enter(TEA, session("a"))
    audience.rename("#Tea", "#coffee")
    assert audience.of_channel(Channel("#coffee", 0)) == {(0, 0): ["a"]}
    assert audience.of_channel(TEA) == {}
    audience.rename("#nobody", "#tea")
    assert audience.of_channel(Channel("#tea", 0)) == {}


def test_users_of_other_nodes_are_not_here():
    audience = Audience()
    audience.add("u1", session("a"))
    users = [User(uid, uid, "u", "h", "r", "i", 0, 0) for uid in ("u1", "u2")]
    assert audience.of_users(users) == {(0, 0): ["a"]}


def test_a_user_may_have_several_sessions():
    audience, users = Audience(), [User("u1", "ann", "u", "h", "r", "i", 0, 0)]
    phone, laptop = session("a"), session("b", caps.SERVER_TIME)
    for one in (phone, laptop):
        audience.add("u1", one)
        audience.enter(TEA, one)
    assert (audience.of("u1"), audience.uids(), audience.count) == ((phone, laptop), ["u1"], 2)
    assert audience.of_users(users) == audience.of_channel(TEA) == {(0, 0): ["a"], (caps.SERVER_TIME, 0): ["b"]}
    for _ in range(2):
        audience.remove("u1", phone, [TEA])
        assert (audience.of("u1"), audience.count) == ((laptop,), 1)
    assert audience.of_channel(TEA) == {(caps.SERVER_TIME, 0): ["b"]}
    audience.remove("u1", laptop, [TEA])
    assert (audience.of("u1"), audience.uids(), audience.count) == ((), [], 0)


def test_a_line_for_all_others():
    audience = Audience()
    ann, bob = session("a"), session("b")
    audience.add("u1", ann)
    groups = audience.of_sessions([ann, bob])
    assert audience.without(groups, "u1") == {(0, 0): ["b"]}
    assert audience.without(groups, "u2") == groups
    assert audience.without(audience.of_sessions([ann]), "u1") == {}
