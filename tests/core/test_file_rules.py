"""Who may read a file: whose it is, and who may see a message that carries it (docs/files.md)."""

from __future__ import annotations

import pytest

from ipcchat.core.effects import Moment
from tests.core.deeds import comes, has_account, is_logged_in
from tests.core.net import ALL_CAPS, Net, Talker
from tests.core.uploads import address, reads, uploads


@pytest.fixture
def ann(net: Net) -> Talker:
    talker = net.join("ann", "#tea", ALL_CAPS)
    is_logged_in(net, talker, "ann")
    return talker


@pytest.fixture
def picture(ann: Talker) -> str:
    return uploads(ann)


def shows(talker: Talker, id: str, target: str = "#tea") -> None:
    talker.says(f"PRIVMSG {target} :look {address(id)}")


def test_what_nothing_carries_is_its_owners(net, ann, picture):
    bob = net.join("bob", "#tea")
    assert reads(net, picture, ann)
    assert reads(net, picture, "ANN")
    assert not any(reads(net, picture, who) for who in (bob, "bob", ""))


def test_in_an_open_channel_everybody_reads_it_who_could_come_in(net, ann, picture):
    shows(ann, picture)
    has_account(net, "eve")
    assert all(reads(net, picture, who) for who in (net.connect("bob"), "eve", ""))


@pytest.mark.parametrize("modes", ["+i", "+k key", "+s", "+R", "+l 1", "+b *!*@*", "+b ~account:0"])
def test_where_strangers_do_not_come_in_they_read_nothing(net, ann, picture, modes):
    ann.says(f"MODE #tea {modes}")
    shows(ann, picture)
    is_for_strangers = modes == "+b ~account:0"  # A mask of accounts hits nobody who has none.
    assert reads(net, picture, "") == is_for_strangers
    assert reads(net, picture, ann)


def test_in_a_private_channel_members_read_it_who_were_there(net, ann, picture):
    bob = net.join("bob", "#tea")
    ann.says("MODE #tea +i")
    shows(ann, picture)
    eve = net.connect("eve")
    assert reads(net, picture, bob)
    assert not reads(net, picture, eve)
    ann.says("INVITE eve #tea")
    eve.says("JOIN #tea")
    assert not reads(net, picture, eve)
    shows(ann, picture)
    assert reads(net, picture, eve)


def test_who_is_kicked_or_leaves_has_what_was_said_while_his_account_was_there(net, ann, picture):
    bob, eve = net.join("bob", "#tea"), net.join("eve", "#tea")
    is_logged_in(net, bob, "bob")
    ann.says("MODE #tea +i")
    shows(ann, picture)
    ann.says("KICK #tea bob", "KICK #tea eve")
    assert reads(net, picture, bob)
    assert not reads(net, picture, eve), "a guest has no past"
    later = uploads(ann, "another")
    shows(ann, later)
    assert not reads(net, later, bob)
    bob.says("QUIT :bye")
    assert reads(net, picture, "bob")
    assert not reads(net, later, "bob")


def test_an_account_reads_what_its_users_see(net, ann, picture):
    has_account(net, "bob")
    bob = comes(net, "bob")
    ann.says("MODE #tea +i")
    bob.says("JOIN #tea")
    shows(ann, picture)
    assert not reads(net, picture, "bob")
    ann.says("INVITE bob #tea")
    bob.says("JOIN #tea")
    shows(ann, picture)
    assert reads(net, picture, "bob")


def test_a_channel_that_shows_its_past_shows_it_to_who_can_come_in(net, ann, picture):
    ann.says("MODE #tea +i")
    shows(ann, picture)
    ann.says("MODE #tea -i")
    assert not reads(net, picture, ""), "it was said while the channel was private"
    ann.says("CS REGISTER #tea", "CS SET #tea history all")
    assert reads(net, picture, "")
    ann.says("CS SET #tea history joined")
    assert not reads(net, picture, "")


def test_in_private_it_is_for_both(net, ann, picture):
    bob, eve = net.connect("bob"), net.connect("eve")
    is_logged_in(net, bob, "bob")
    shows(ann, picture, "bob")
    assert all(reads(net, picture, who) for who in (ann, bob, "bob"))
    assert not any(reads(net, picture, who) for who in (eve, "eve", ""))


def test_a_guest_has_what_he_was_sent_while_he_is_here(net, ann, picture):
    bob = net.connect("bob")
    shows(ann, picture, "bob")
    assert reads(net, picture, bob)
    bob.hangs_up()
    assert not reads(net, picture, net.connect("bob"))


def test_what_guests_send_each_other_lasts_a_day(net):
    bob, eve = net.connect("bob"), net.connect("eve")
    id = uploads(bob)
    shows(bob, id, "eve")
    assert reads(net, id, eve)
    net.pass_time(24 * 3_600 - 120)
    assert reads(net, id, eve)
    net.now = Moment(net.now.wall + 130_000, net.now.ticks)
    assert not reads(net, id, eve), "before anybody has looked at the clock"
    assert net.engine.state.files.find(id) is not None
    net.pass_time(110)
    assert net.engine.state.files.find(id) is None


def test_the_name_of_a_deleted_account_opens_nothing(net, ann, picture):
    has_account(net, "bob")
    bob = comes(net, "bob")
    shows(ann, picture, "bob")
    assert reads(net, picture, "bob")
    account = net.engine.state.accounts.find("bob")
    account.since = len(net.journal.entries)
    assert not reads(net, picture, "bob")
    assert reads(net, picture, bob), "he is still the one who was written to"


def test_a_message_to_operators_is_for_them(net, ann, picture):
    bob, eve = net.join("bob", "#tea"), net.join("eve", "#tea")
    ann.says("MODE #tea +o bob")
    shows(ann, picture, "@#tea")
    assert reads(net, picture, bob)
    assert not any(reads(net, picture, who) for who in (eve, ""))
    ann.says("MODE #tea -o bob", "MODE #tea +o eve")
    assert not reads(net, picture, bob)
    assert reads(net, picture, eve), "it is an operator's now, and he was there"
    late = net.join("late", "#tea")
    ann.says("MODE #tea +o late")
    assert not reads(net, picture, late)
    eve.says("PART #tea")
    assert not reads(net, picture, eve)


def test_nobody_carries_what_he_may_not_read(net, ann, picture):
    bob = net.join("bob", "#tea")
    shows(bob, picture)
    assert not reads(net, picture, "")
    assert not reads(net, picture, bob)
    shows(ann, picture, "bob")
    shows(bob, picture)
    assert reads(net, picture, ""), "whom it was shown may show it"


def test_a_channel_with_another_name_has_the_same_files(net, ann, picture):
    shows(ann, picture)
    ann.says("RENAME #tea #coffee :stronger")
    assert reads(net, picture, net.connect("bob"))


def test_a_channel_that_is_forgotten_has_none(net, ann, picture):
    shows(ann, picture)
    channel = net.engine.state.channels["#tea"]
    ann.says("PART #tea")
    net.engine.state.remove_channel(channel)
    assert not reads(net, picture, "")
