"""Modes of channels as facts: all or nothing, what is so already, old journals, and lines that hold (Modern IRC "MODE
message")."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core import facts
from ipcchat.core.apply.channel_modes import list_is_full, spelling
from ipcchat.core.apply.meaning import MEANINGS, check
from ipcchat.core.errors import Refusal
from ipcchat.core.facts import Entry, ModeChange, decode_fact
from ipcchat.core.limits import Limits
from tests.core.net import Net, Talker

ANN = ":ann!~ann@127.0.0.1"


def changes(net: Net, talker: Talker, *rows: tuple[bool, str, str]) -> facts.ChannelModesChanged:
    """The fact that somebody changed modes of #tea."""
    uid, made = talker.session.uid, tuple(ModeChange(*row) for row in rows)
    return facts.ChannelModesChanged(
        b"modes%011d" % len(net.journal.entries), net.now.wall, uid, channel="#tea", changes=made
    )


def happens(net: Net, fact: facts.AnyFact) -> None:
    """The journal has the fact, although no command on this node proposed it."""
    net.journal.queue.append((net.nodes[0], fact))
    net.settle()


def test_a_fact_is_refused_as_a_whole(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +h bob")
    net.forget()
    happens(net, changes(net, bob, (True, "m", ""), (True, "u", ""), (True, "b", "eve!*@*")))
    assert ann.lines == bob.lines == []
    room = net.engine.state.channels["#tea"]
    assert (room.flags, room.lists) == ("nt", {})
    happens(net, changes(net, bob, (True, "m", ""), (True, "b", "eve!*@*")))
    assert ann.lines == [":bob!~bob@127.0.0.1 MODE #tea +mb eve!*@*"]


def test_a_change_comes_back_as_it_has_to_be_told(net):
    ann = net.join("ann", "#tea")
    state, uid = net.engine.state, ann.session.uid
    fact = changes(
        net, ann, (True, "b", "Eve!*@*"), (True, "b", "eve!*@*"), (False, "b", "EVE!*@*"), (True, "v", uid),
        (True, "v", uid), (False, "v", "gone"), (True, "t", ""), (True, "l", "5"), (True, "l", "5"), (False, "k", ""),
    )  # fmt: skip
    outcome = MEANINGS[type(fact)].change(state, fact, Entry(1, 1, fact))
    assert outcome.changed == [
        ModeChange(True, "b", "Eve!*@*"),
        ModeChange(False, "b", "Eve!*@*"),
        ModeChange(True, "v", uid),
        ModeChange(True, "l", "5"),
    ]
    assert outcome.full == {}
    assert outcome.before is None


def test_a_full_list_is_told_once_and_only_when_it_was_full_then():
    net = Net(limits=Limits(masks_per_list_max=1))
    ann = net.join("ann", "#tea")
    state = net.engine.state
    fact = changes(net, ann, (True, "b", "1!*@*"), (True, "b", "2!*@*"), (True, "b", "3!*@*"), (False, "b", "1!*@*"))
    outcome = MEANINGS[type(fact)].change(state, fact, Entry(1, 1, fact))
    assert outcome.full == {"b": None}
    assert [change.argument for change in outcome.changed] == ["1!*@*", "1!*@*"]
    assert str(list_is_full(state, outcome.channel, "b")) == "('ERR_BANLISTFULL', '#tea', 'b')"


def test_masks_are_found_in_any_case():
    assert spelling(["joe!*@*", "Eve!*@*"], "eVE!*@*") == "Eve!*@*"
    assert spelling(["joe!*@*"], "eve!*@*") == ""


def test_who_set_a_mask_and_when_is_of_the_entry(net):
    ann = net.join("ann", "#tea")
    net.pass_time(5)
    ann.says("MODE #tea +b eve")
    listed = net.engine.state.channels["#tea"].lists["b"]["eve!*@*"]
    assert (listed.by, listed.at) == ("ann!~ann@127.0.0.1", net.now.wall)


@pytest.mark.covers("mode +o")
def test_prefixes_are_kept_highest_first(net):  # Modern IRC, PREFIX parameter
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", "multi-prefix")
    net.forget()
    ann.says("MODE #tea +vohaq bob bob bob bob bob")
    assert net.engine.state.channels["#tea"].members[bob.session.uid] == "qaohv"
    assert bob.says("NAMES #tea")[0] == ":test.net 353 bob = #tea :@ann ~&@%+bob"
    assert ann.says("NAMES #tea")[0] == ":test.net 353 ann = #tea :@ann ~bob"


@pytest.mark.covers("mode +D")
def test_who_gets_a_prefix_is_hidden_no_longer(net):  # https://docs.inspircd.org/4/modules/delayjoin/
    ann = net.join("ann", "#tea")
    assert ann.says("MODE #tea +D") == [f"{ANN} MODE #tea +D"]
    bob, eve = net.join("bob", "#tea"), net.join("eve", "#tea")
    net.forget()
    ann.says("MODE #tea -v bob", "MODE #tea +v bob")
    assert eve.lines == [":bob!~bob@127.0.0.1 JOIN #tea", f"{ANN} MODE #tea +v bob"]
    assert list(net.engine.state.channels["#tea"].hidden) == [eve.session.uid]
    bob.forget()
    ann.says("MODE #tea -D")
    assert bob.lines == [":eve!~eve@127.0.0.1 JOIN #tea", f"{ANN} MODE #tea -D"]


def test_a_longest_mask_leaves_room_in_the_line():  # hostile input F10
    net = Net()
    nick, room = "a" * 32, "#" + "c" * 63
    ann = net.join(nick, room)
    mask = "m" * 252
    assert ann.says(f"MODE {room} +b {mask}") == [f":{nick}!~{'a' * 19}@127.0.0.1 MODE {room} +b {mask}!*@*"]


def test_facts_of_older_journals_still_happen(net):
    """They knew o, v, b, k, l and flags, by people with +o."""
    ann = net.join("ann", "#tea")
    written = msgspec.msgpack.encode(
        [14, b"x" * 16, net.now.wall, ann.session.uid, "#tea", [[True, "b", "eve!*@*"], [True, "m"], [False, "t"]]]
    )
    fact = decode_fact(written)
    check(net.engine.state, fact)
    happens(net, fact)
    assert ann.lines == [f"{ANN} MODE #tea +bm-t eve!*@*"]


def test_who_is_not_in_the_channel_changes_nothing(net):
    net.join("ann", "#tea")
    bob = net.connect("bob")
    with pytest.raises(Refusal) as refused:
        check(net.engine.state, changes(net, bob, (True, "m", "")))
    assert refused.value.numeric.code == "442"
