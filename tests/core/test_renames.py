"""Where old names of channels lead (IRCv3 draft/channel-rename, "Channel redirection"); the conversations are in
apply/test_renaming.py."""

from __future__ import annotations

from ipcchat.core import renames
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.state import Channel, Seat, State, User


def network(**limits: int) -> State:
    """A state with a channel that two people know."""
    state = State(NetworkLimits(**limits))
    state.add_user(User("u1", "ann", "a", "h", "Ann", "node", 0, 0))
    state.add_user(User("u2", "bob", "b", "h", "Bob", "node", 0, 0))
    state.add_channel(Channel("#Tea", 0, members={"u1": "o"}))
    return state


def test_an_old_name_leads_to_who_is_there():
    state = network()
    renames.lead(state, "#tee", "#tea")
    assert renames.successor(state, "#TEE", 0) is state.channels["#tea"]
    assert renames.successor(state, "#none", 0) is None
    assert renames.successor(state, "", 0) is None
    state.channels["#tea"].members.clear()
    assert renames.successor(state, "#tee", 0) is None


def test_a_place_that_is_kept_keeps_the_name_too():
    state = network(seat_minutes_max=1)
    renames.lead(state, "#tee", "#tea")
    channel = state.channels["#tea"]
    channel.members, channel.seats = {}, {"bob!b@h": Seat("", 0)}
    assert renames.successor(state, "#tee", 60_000) is channel
    assert renames.successor(state, "#tee", 60_001) is None


def test_chains_are_flat_and_a_name_in_use_leads_nowhere():
    state = network()
    for old, new in (("#a", "#b"), ("#b", "#c"), ("#c", "#a")):
        renames.lead(state, old, new)
    assert state.renamed == {"#b": "#a", "#c": "#a"}


def test_the_oldest_names_give_way():
    state = network(renamed_entries_max=1)
    renames.lead(state, "#a", "#b")
    renames.lead(state, "#c", "#d")
    assert state.renamed == {"#c": "#d"}


def test_nothing_leads_to_a_channel_that_is_founded_anew():
    state = network()
    renames.lead(state, "#tee", "#tea")
    renames.lead(state, "#x", "#y")
    renames.forget(state, state.channels["#tea"])
    assert state.renamed == {"#x": "#y"}


def test_who_may_be_told_where_a_secret_channel_is():
    state = network()
    channel, ann, bob = state.channels["#tea"], state.users["u1"], state.users["u2"]
    assert renames.may_follow(state, channel, bob, 0)
    channel.flags = "ns"
    assert renames.may_follow(state, channel, ann, 0)
    assert not renames.may_follow(state, channel, bob, 0)
    assert renames.refusal(state, channel, bob, "#tee", 0).numeric.code == "437"
    channel.invited["u2"] = None
    assert renames.may_follow(state, channel, bob, 0)
    no = renames.refusal(state, channel, bob, "#tee", 0)
    assert (no.numeric.code, no.params) == ("470", ("#tee", "#Tea"))
    assert no.text == renames.word_of(channel) == "The channel has been renamed; it is #Tea now"
