"""An upload as a fact: whose it is, and an id that nobody can guess."""

from __future__ import annotations

from ipcchat.core.effects import Moment, Propose
from ipcchat.core.engine import Engine
from ipcchat.core.holders import Holder
from ipcchat.core.settings import Settings
from ipcchat.core.uploads import Upload
from tests.core.deeds import has_account
from tests.core.net import Net

UPLOAD = Upload("0" * 64, 7, "a.txt", "text/plain", 99)


def test_it_says_whose_it_is(net):
    has_account(net, "ann")
    bob = net.connect("bob")
    fact, effects = net.engine.upload(Holder("", bob.user), UPLOAD, net.now)
    assert effects == [Propose(fact)]
    assert (fact.by, fact.account, fact.uid, fact.nick) == (bob.user.uid, "", bob.user.uid, "bob")
    assert (fact.digest, fact.bytes, fact.name, fact.media_type, fact.until) == ("0" * 64, 7, "a.txt", "text/plain", 99)
    fact, _ = net.engine.upload(Holder("ann"), UPLOAD, net.now)
    assert (fact.by, fact.account, fact.uid, fact.nick) == (net.engine.incarnation, "ann", "", "")


def test_who_has_not_the_secret_knows_no_id():
    def made(secret: str) -> str:
        engine = Engine(
            settings=Settings(), version="", incarnation="node0000", started=Moment(1_000, 1.0), secret=secret
        )
        return engine.upload(Holder("ann"), UPLOAD, Moment(2_000, 2.0))[0].file

    assert made("one") == made("one")
    assert made("one") != made("other")


def test_what_becomes_of_it_is_told_once(net: Net):
    net.journal.failing = "the disk is full"
    bob = net.connect("bob")
    fact, _ = net.engine.upload(Holder("", bob.user), UPLOAD, net.now)
    told = net.engine.failed(fact, "the disk is full", net.now)
    assert [(each.id, each.seq) for each in told] == [(fact.id, 0)]  # type: ignore[union-attr]
    assert "the disk is full" in told[0].problem  # type: ignore[union-attr]
    assert net.engine.failed(fact, "the disk is full", net.now) == []
