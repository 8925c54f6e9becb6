"""The older message that a command is about: where it is looked up, and whose it is."""

from __future__ import annotations

import pytest

from ipcchat.core import past, references
from ipcchat.core.effects import HistoryAnswer, Past
from ipcchat.core.facts import Entry, Posted, Redacted
from ipcchat.core.references import Place
from tests.core.deeds import has_account, is_logged_in
from tests.core.net import Net


def posted(seq: int, about: int = 0, verb: str = "PRIVMSG", account: str = "") -> Entry:
    """A message, or what is said about one."""
    fact = Posted(b"%016d" % seq, seq, "n.1", verb=verb, target="#tea", account=account, about=about)
    return Entry(seq, seq, fact)


def thing(entry: Entry, *about: Entry) -> Past:
    """A message as a query gives it."""
    return Past(entry.seq, entry.at, "#tea", entry, about)


# Where.


def test_in_a_channel_its_members_look(net):
    ann, eve = net.join("ann", "#tea"), net.connect("eve")
    state = net.engine.state
    place = references.place_of(state, ann.user, "#TEA")
    assert place == Place("#tea", "#tea", past.of_channel(state, ann.user, state.channels["#tea"]))
    assert references.place_of(state, eve.user, "#tea") is None
    assert references.place_of(state, ann.user, "#none") is None


def test_in_private_between_accounts_and_guests(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    is_logged_in(net, ann, "Account")
    has_account(net, "cat")
    state = net.engine.state
    with_bob = references.place_of(state, ann.user, "BOB")
    assert with_bob == Place("bob", "@account ~bob", past.of_conversation(state, ann.user), bob.user.uid)
    of_bob = references.place_of(state, bob.user, "ann")
    assert of_bob == Place("ann", "@account ~bob", ((0, state.seq),), ann.user.uid, bob.user.uid)
    assert references.place_of(state, bob.user, "cat") is None
    away = references.place_of(state, ann.user, "cat")
    assert away is not None and (away.name, away.history, away.other) == ("cat", "@account cat", "")


# Whose.


@pytest.mark.parametrize(("fact", "author"), [(posted(1, account="Ann").fact, "ann"), (posted(1).fact, "n.1")])
def test_a_message_is_of_an_account_or_of_a_uid(fact, author):
    assert references.author_of(fact) == author


def test_an_account_has_what_was_said_since_it_is_there(net, monkeypatch):
    ann = net.connect("ann")
    state, uid = net.engine.state, ann.user.uid
    assert references.is_author(state, ann.user, uid, 3)
    assert not references.is_author(state, ann.user, "ann", 3)
    is_logged_in(net, ann, "Ann")
    monkeypatch.setattr(past, "account_after", lambda state, user: 2)
    assert references.is_author(state, ann.user, uid, 1)
    assert references.is_author(state, ann.user, "ann", 3)
    assert not references.is_author(state, ann.user, "ann", 2)
    assert not references.is_author(state, ann.user, "bob", 3)


@pytest.mark.parametrize(
    ("about", "verb", "is_one"),
    [(0, "PRIVMSG", False), (1, "PRIVMSG", True), (1, "NOTICE", True), (1, "TAGMSG", False)],
)
def test_what_is_an_edit(about, verb, is_one):
    assert references.is_edit(Posted(b"", 0, "n.1", verb=verb, about=about)) == is_one


def test_the_edits_of_a_message():
    reaction, edit = posted(2, 1, verb="TAGMSG"), posted(3, 1)
    message = references.Referred(posted(1), Posted(b"", 0, "n.1"), (reaction, edit))
    assert message.edits == [edit]


# What is left out until the backend has hidden it.


def test_what_is_hidden_is_left_out_with_what_is_about_it():
    one, two, reaction, edit = posted(1), posted(2), posted(3, 2, verb="TAGMSG"), posted(4, 1)
    redaction = Entry(5, 5, Redacted(b"%016d" % 5, 5, "n.1", place="#tea", about=1))
    answer = HistoryAnswer([thing(one, edit), thing(two, reaction), thing(edit), thing(reaction), thing(redaction)])
    assert references.without(answer, {1}).found == [thing(two, reaction), thing(reaction), thing(redaction)]
    assert references.without(answer, {3}).found == [thing(one, edit), thing(two), thing(edit), thing(redaction)]
    assert references.without(answer, {9}).found == answer.found


def test_events_stay():
    event = Past(7, 7, "#tea")
    assert references.without(HistoryAnswer([event]), {7}).found == [event]


def test_a_guest_finds_what_he_said_and_what_was_said_to_him():
    net = Net()
    ann, bob = net.connect("ann", "message-tags draft/message-redaction"), net.connect("bob")
    is_logged_in(net, bob, "bob")
    ann.says("PRIVMSG bob :mine")
    bob.says("PRIVMSG ann :yours")
    mine, yours = (net.engine.tagger.msgid(len(net.journal.entries) - back) for back in (1, 0))
    ann.forget()
    assert "REDACT_FORBIDDEN" in ann.asks(f"REDACT bob {yours}")[0]
    assert ann.asks(f"REDACT bob {mine}")[0].endswith(f"REDACT bob {mine}")
