"""NickServ FILES: seeing and dropping what was uploaded (docs/files.md)."""

from __future__ import annotations

import pytest

from tests.core.deeds import comes, has_account, is_logged_in, is_operator
from tests.core.handlers.test_nickserv import answers
from tests.core.net import Net, Talker
from tests.core.uploads import address, file_of, uploads


@pytest.fixture
def ann(net: Net) -> Talker:
    has_account(net, "ann")
    talker = comes(net, "ann")
    talker.says("JOIN #tea")
    return talker


def test_one_sees_ones_own(net, ann):
    assert answers(ann, "FILES") == ["You have uploaded no files that are still here."]
    first, second = uploads(ann), uploads(ann, "another", until=net.now.wall + 86_400_000)
    uploads(net.connect("bob"), "of bob")
    for _ in range(2):
        ann.says(f"PRIVMSG #tea :{address(second)}")
    assert answers(ann, "FILES") == [
        f"{first} tea.png: 9 bytes, since 2023-11-14 22:13 UTC, in no message yet, until 2023-11-14 23:13 UTC",
        f"{second} tea.png: 7 bytes, since 2023-11-14 22:13 UTC, in 2 messages, until 2023-11-15 22:13 UTC",
        "Files: 2, with 16 bytes. FILES DEL <id> drops one.",
    ]
    ann.says(f"PRIVMSG #tea :{address(first)}")
    assert "in a message" in answers(ann, "FILES LIST")[0]


def test_a_guest_sees_those_of_his_connection(net):
    bob = net.connect("bob")
    id = uploads(bob)
    assert answers(bob, "FILES")[0].startswith(f"{id} tea.png: 9 bytes")
    assert answers(net.connect("eve"), "FILES") == ["You have uploaded no files that are still here."]


def test_one_drops_ones_own(net, ann):
    id = uploads(ann)
    ann.says(f"PRIVMSG #tea :{address(id)}")
    eve = net.connect("eve")
    for talker, which in ((eve, id), (ann, "nothing"), (ann, "")):
        shown = which or "*"
        assert answers(talker, f"FILES DEL {which}") == [f"You have no file {shown}; FILES shows them"]
    assert answers(ann, f"FILES DEL {id}") == [f"The file {id} is gone."]
    assert file_of(net, id) is None
    assert "file dropped" not in [each.kind for each in net.audited]


def test_an_operator_for_others_and_that_is_written_down(net, ann):
    id = uploads(ann)
    peace = net.connect("peace")
    assert "not an IRC operator" in answers(peace, "FILES LIST ann")[0]
    is_operator(net, peace)
    assert answers(peace, "FILES LIST ann")[0].startswith(id)
    assert answers(peace, f"FILES DEL {id}") == [f"The file {id} is gone."]
    assert [(each.target, each.text) for each in net.audited if each.kind == "file dropped"] == [
        ("ann", f"{id} tea.png")
    ]
    assert answers(peace, "FILES LIST ann") == ["There are none."]


def test_of_many_the_last_are_told(net, ann, monkeypatch):
    monkeypatch.setattr("ipcchat.core.handlers.nickserv_files.ROWS_MAX", 2)
    ids = [uploads(ann, str(number)) for number in range(3)]
    told = answers(ann, "FILES")
    assert [line.split()[0] for line in told[:2]] == ids[1:]
    assert told[2:] == ["These are the last 2 of 3.", "Files: 3, with 3 bytes. FILES DEL <id> drops one."]


def test_what_else_can_be_said(net, ann):
    is_logged_in(net, ann, "ann")
    assert answers(ann, "FILES KEEP") == ["Say FILES, or FILES DEL <id>"]
