"""Who may know of whom (Modern IRC "Invisible User Mode", "Secret Channel Mode"); the conversations about it are in
handlers/test_who.py, test_whois.py and test_lists.py."""

from __future__ import annotations

import pytest

from ipcchat.core import visibility
from tests.core.deeds import is_cloaked, is_operator
from tests.core.net import Net, Talker


def user_of(talker: Talker):
    """The user of somebody who is here."""
    assert talker.session.user is not None
    return talker.session.user


def test_a_search_finds_the_invisible_where_they_are_seen(net):
    ann, bob, eve, joe = (net.connect(nick) for nick in ("ann", "bob", "eve", "joe"))
    for talker in (joe, ann, bob):
        talker.says("JOIN #tea")
    ann.says("MODE ann +i")
    state = net.engine.state

    def finds(viewer: Talker) -> bool:
        return visibility.finds(state, user_of(viewer), user_of(ann))

    assert finds(ann) and finds(bob) and not finds(eve)
    joe.says("MODE #tea +u")
    assert finds(joe) and not finds(bob)
    bob.says("JOIN #ops")
    ann.says("JOIN #ops")
    assert finds(bob)
    is_operator(net, eve)
    assert finds(eve)
    ann.says("MODE ann -i")
    assert finds(net.connect("kim"))


@pytest.mark.parametrize(
    ("modes", "seen_inside", "seen_outside"),
    [
        ("", ["joe", "ann", "bob"], ["joe", "bob"]),
        ("+p", ["joe", "ann", "bob"], ["joe", "bob"]),
        ("+s", ["joe", "ann", "bob"], []),
        ("+u", ["joe", "bob"], ["joe"]),
        ("+D", ["joe", "ann", "bob"], ["joe", "bob"]),
    ],
)
def test_members_as_they_are_shown(net, modes, seen_inside, seen_outside):
    joe, ann, bob = (net.join(nick, "#tea") for nick in ("joe", "ann", "bob"))
    eve = net.connect("eve")
    ann.says("MODE ann +i")
    joe.says(f"MODE #tea {modes}")
    state, room = net.engine.state, net.engine.state.channels["#tea"]

    def seen(viewer: Talker) -> list[str]:
        return [user.nick for user, _ in visibility.members(state, room, user_of(viewer))]

    assert seen(bob) == seen_inside
    assert seen(eve) == seen_outside
    assert seen(joe) == ["joe", "ann", "bob"]


def test_channels_that_are_named(net):
    ann, bob, eve = net.join("ann", "#a,#b,#c"), net.join("bob", "#a,#b"), net.connect("eve")
    ann.says("MODE #a +s", "MODE #b +p")
    state = net.engine.state

    def named(viewer: Talker) -> list[str]:
        return [room.name for room in visibility.named_channels(state, user_of(viewer), user_of(ann))]

    assert named(ann) == named(bob) == ["#a", "#b", "#c"][:3]
    assert named(eve) == ["#c"]


def test_addresses(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    assert visibility.shown_address(user_of(bob), user_of(ann)) == "127.0.0.1"
    is_cloaked(net, ann)
    assert visibility.known_address(user_of(bob), user_of(ann)) == ""
    assert visibility.shown_address(user_of(bob), user_of(ann)) == visibility.ADDRESS_HIDDEN
    assert visibility.known_address(user_of(ann), user_of(ann)) == "127.0.0.1"
    user_of(ann).address = ""  # as in old journals
    assert visibility.known_address(user_of(ann), user_of(ann)) == "cloaked.example"


def test_somebody_by_nick():
    net = Net()
    ann = net.connect("ann")
    assert visibility.somebody(net.engine, "ANN") is user_of(ann)
    assert visibility.somebody(net.engine, "nobody") is None
    service = visibility.somebody(net.engine, "NICKSERV")
    assert service is not None
    assert (service.mask, service.uid) == ("NickServ!NickServ@test.net", "")


def test_whoever_may_see_addresses_is_told_where_somebody_is(net):  # hostile input N11
    ann, bob = net.connect("ann"), net.connect("bob")
    is_cloaked(net, ann)
    is_operator(net, bob)
    user_of(bob).privileges = ("kill",)
    assert not visibility.may_see_address(user_of(bob), user_of(ann))
    assert visibility.may_see_private(user_of(bob), user_of(ann))
    assert visibility.placed(user_of(bob), user_of(ann)) == "ann!~ann@cloaked.example"
    user_of(bob).privileges = ("addresses",)
    assert visibility.placed(user_of(bob), user_of(ann)) == "ann!~ann@cloaked.example [127.0.0.1]"
    assert visibility.placed(user_of(bob), user_of(ann), "192.0.2.1").endswith("[192.0.2.1]")
