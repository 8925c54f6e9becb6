"""BATCH as people write it (IRCv3 client-batch; what it does is in tests/core/test_client_batches.py)."""

from __future__ import annotations

import pytest

from tests.core.net import Net

CAPS = "batch draft/multiline labeled-response standard-replies"
INVALID = ":test.net FAIL BATCH INVALID_REFTAG"


@pytest.mark.covers("BATCH", "FAIL BATCH INVALID_REFTAG")
@pytest.mark.parametrize("reference", ["1", "=1", "1+", ":x", "#tea"])
def test_a_reference_has_a_sign(net, reference):
    ann = net.connect("ann", CAPS)
    shown = reference.replace(":x", "x")
    assert ann.says(f"BATCH {reference} draft/multiline #tea" if reference != ":x" else "BATCH :x") == [
        f"{INVALID} {shown} :Write BATCH +reference to begin a batch, BATCH -reference to end it"
    ]


@pytest.mark.parametrize("sign", ["+", "-"])
def test_and_letters_digits_and_hyphens(net, sign):  # IRCv3 batch: "only ASCII letters, numbers, and/or hyphen"
    ann = net.connect("ann", CAPS)
    assert ann.says(f"BATCH {sign}a/b draft/multiline #tea")[0].startswith(f"{INVALID} a/b :")
    assert ann.says("BATCH +aZ-09 draft/multiline #tea") == []


def test_too_few_parameters_are_answered_with_how_it_is_written(net):  # Modern IRC, ERR_NEEDMOREPARAMS
    assert net.connect("ann").says("BATCH") == [
        ":test.net 461 ann BATCH :Not enough parameters: BATCH <reference> [<kind>] [<parameters>...]"
    ]


def test_on_two_nodes_each_connection_has_its_own():
    net = Net(2)
    ann, bob = net.join("ann", "#tea", CAPS), net.join("bob", "#tea", CAPS, node=1)
    net.forget()
    for talker in (ann, bob):
        talker.says("BATCH +1 draft/multiline #tea")
    for talker, text in ((ann, "from ann"), (bob, "from bob")):
        talker.says(f"@batch=1 PRIVMSG #tea :{text}", "BATCH -1")
    assert ann.lines == [":bob!~bob@127.0.0.1 PRIVMSG #tea :from bob"]
    assert bob.lines == [":ann!~ann@127.0.0.1 PRIVMSG #tea :from ann"]
