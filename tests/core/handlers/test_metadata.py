"""Conversations about METADATA (IRCv3 draft/metadata-2, https://ircv3.net/specs/extensions/metadata)."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.metadata import SYNC_MEMBERS_MAX
from tests.core.net import Net, Talker

CAPS = "batch standard-replies draft/metadata-2"
LABELS = f"{CAPS} labeled-response message-tags"


def body(lines: list[str]) -> list[str]:
    """Lines without their tags, batches without their references."""
    texts = [line.partition(" ")[2] if line.startswith("@") else line for line in lines]
    return [text.rstrip("0123456789") if " BATCH " in text else text for text in texts]


def names(text: str) -> str:
    """`:test.net BATCH +b7 metadata ann` without the reference."""
    words = text.split()
    return " ".join(words[3:]) if " BATCH +" in text else text


def subscribed(net: Net, nick: str, channel: str, keys: str) -> Talker:
    """Somebody in a channel who wants to hear of some keys."""
    talker = net.join(nick, channel, CAPS)
    talker.says(f"METADATA * SUB {keys}")
    talker.forget()
    return talker


@pytest.mark.covers("METADATA", "RPL_KEYVALUE", "RPL_KEYNOTSET", "draft/metadata-2")
def test_a_key_is_set_seen_and_taken_away(net):
    ann, bob = net.connect("ann", CAPS), net.connect("bob")
    assert ann.says("METADATA * SET url :http://a.example/x y") == [":test.net 761 ann ann url * :http://a.example/x y"]
    assert bob.says("METADATA ANN GET url im.xmpp") == [
        ":test.net 761 bob ann url * :http://a.example/x y",
        ":test.net 766 bob ann im.xmpp :key not set",
    ]
    assert ann.says("METADATA ann SET url") == [":test.net 766 ann ann url :key not set"]
    assert bob.says("METADATA ann LIST") == []
    assert ann.says("METADATA * SET url") == [":test.net FAIL METADATA KEY_NOT_SET ann url :key not set"]


def test_an_empty_value_is_a_value(net):
    ann = net.connect("ann", CAPS)
    assert ann.says("METADATA * SET url :") == [":test.net 761 ann ann url * :"]
    assert body(ann.says("METADATA * LIST"))[1] == ":test.net 761 ann ann url * :"


def test_lists_come_in_a_batch_that_names_the_target(net):
    ann = net.connect("ann", CAPS)
    first, last = ann.says("METADATA * LIST")
    assert names(first) == "metadata ann"
    assert last.split()[2].removeprefix("-") == first.split()[2].removeprefix("+")
    ann.says("METADATA * SET a :1", "METADATA * SET b :2")
    lines = ann.says("METADATA * GET a $ b")
    assert [line.partition(" ")[2] for line in lines[1:-1]] == [
        ":test.net 761 ann ann a * 1",
        ":test.net FAIL METADATA KEY_INVALID $ :Invalid key: 1 to 64 of a-z 0-9 _ . / -",
        ":test.net 761 ann ann b * 2",
    ]


def test_clear_takes_all_keys_away_and_tells_what_they_were(net):
    ann, bob = net.join("ann", "#tea", CAPS), subscribed(net, "bob", "#tea", "a b")
    ann.says("METADATA * SET a :1", "METADATA * SET b :2")
    bob.forget()
    lines = ann.says("METADATA * CLEAR")
    assert [line.partition(" ")[2] for line in lines[1:-1]] == [
        ":test.net 761 ann ann a * 1",
        ":test.net 761 ann ann b * 2",
    ]
    assert bob.lines == [":ann!~ann@127.0.0.1 METADATA ann a * :", ":ann!~ann@127.0.0.1 METADATA ann b * :"]
    assert len(ann.says("METADATA * LIST")) == len(ann.says("METADATA * CLEAR")) == 2


@pytest.mark.covers(
    "FAIL METADATA SUBCOMMAND_INVALID",
    "FAIL METADATA INVALID_TARGET",
    "FAIL METADATA KEY_INVALID",
    "FAIL METADATA KEY_NO_PERMISSION",
    "FAIL METADATA KEY_NOT_SET",
    "FAIL METADATA VALUE_INVALID",
)
@pytest.mark.parametrize("node", [0, 1])
def test_refusals(node):
    net = Net(nodes=2)
    ann = net.join("ann", "#tea")
    ann.says("MODE #tea +s")
    net.join("eve", "#ops")
    bob = net.join("bob", "#ops", CAPS, node=node)

    def refused(said: str) -> str:
        (line,) = bob.says(f"METADATA {said}")
        return line.removeprefix(":test.net FAIL METADATA ").partition(" :")[0]

    assert refused("* destr0y") == "SUBCOMMAND_INVALID destr0y"
    assert refused("nobody GET x") == "INVALID_TARGET nobody"
    assert refused("#tea LIST") == "INVALID_TARGET #tea"
    assert refused("#none LIST") == "INVALID_TARGET #none"
    assert refused("ann!x LIST") == "INVALID_TARGET ann!x"
    assert refused("* SET") == "KEY_INVALID *"
    assert refused("* SET Url :x") == "KEY_INVALID Url"
    assert refused("* SET " + "k" * 65 + " :x").startswith("KEY_INVALID kkk")
    assert refused("ann SET url :x") == "KEY_NO_PERMISSION ann url"
    assert refused("ann CLEAR") == "KEY_NO_PERMISSION ann *"
    assert refused("#ops SET url :x") == "KEY_NO_PERMISSION #ops url"
    assert refused("* SET url") == "KEY_NOT_SET bob url"
    assert refused("* SET url :" + "x" * 241) == "VALUE_INVALID"
    assert refused("ann SUB url") == "INVALID_TARGET ann"
    assert refused("#ops SUBS") == "INVALID_TARGET #ops"
    assert bob.says("METADATA *") == [
        ":test.net 461 bob METADATA :Not enough parameters: METADATA <target> <subcommand> [<params>...]"
    ]


@pytest.mark.covers("FAIL METADATA LIMIT_REACHED", "FAIL METADATA TOO_MANY_SUBS")
def test_limits(net):
    net = Net(limits=Limits(metadata_keys_max=2, subscriptions_max=3))
    ann = net.join("ann", "#tea", CAPS)
    ann.says("METADATA * SET a :1", "METADATA * SET b :2", "METADATA * SET a :3")
    assert ann.says("METADATA * SET c :1") == [
        ":test.net FAIL METADATA LIMIT_REACHED ann :There are 2 keys already; take one away first"
    ]
    assert net.engine.state.nicks["ann"].metadata == {"a": "3", "b": "2"}
    assert ann.says("METADATA * SUB a b $ c d a")[:2] == [
        ":test.net FAIL METADATA KEY_INVALID $ :Invalid key: 1 to 64 of a-z 0-9 _ . / -",
        ":test.net FAIL METADATA TOO_MANY_SUBS d :Too many subscriptions: at most 3",
    ]
    assert ann.says("METADATA * SUBS")[1].endswith(":test.net 772 ann a b c")


@pytest.mark.covers("RPL_METADATASUBOK", "RPL_METADATAUNSUBOK", "RPL_METADATASUBS")
def test_subscriptions(net):
    ann = net.connect("ann", CAPS)
    assert ann.says("METADATA * SUB avatar website avatar foo") == [":test.net 770 ann avatar website foo"]
    assert ann.says("METADATA * UNSUB foo bar %") == [
        ":test.net FAIL METADATA KEY_INVALID % :Invalid key: 1 to 64 of a-z 0-9 _ . / -",
        ":test.net 771 ann foo bar",
    ]
    first, row, _ = ann.says("METADATA * SUBS")
    assert (names(first), row.partition(" ")[2]) == ("metadata-subs", ":test.net 772 ann avatar website")
    keys = " ".join(f"{number:064d}" for number in range(10))
    lines = ann.says(f"METADATA * SUB {keys}")
    assert [len(line.split()) for line in lines] == [3 + 7, 3 + 3]
    assert all(len(line) <= 510 for line in lines)


@pytest.mark.parametrize("node", [0, 1])
def test_who_hears_of_a_users_key(node):
    net = Net(nodes=2)
    ann = net.join("ann", "#tea", CAPS)
    ann.says("JOIN #more", "METADATA * SUB url")
    bob = subscribed(net, "bob", "#tea", "url")
    bob.says("JOIN #more")
    others = [
        subscribed(net, "eve", "#tea", "other"),
        subscribed(net, "kim", "#else", "url"),
        net.join("lou", "#tea"),
    ]
    mia = net.connect("mia", CAPS, node)
    mia.says("METADATA * SUB url", "MONITOR + ann")
    net.forget()
    ann.says("METADATA * SET url :x")
    assert bob.lines == [":ann!~ann@127.0.0.1 METADATA ann url * x"]
    assert mia.lines == [":ann!~ann@127.0.0.1 METADATA ann url * x"]
    assert [talker.lines for talker in others] == [[], [], []]
    assert len(ann.lines) == 1


def test_hidden_members_are_not_told_of(net):  # +u
    ann = subscribed(net, "ann", "#tea", "url")
    ann.says("MODE #tea +u")
    bob, eve = subscribed(net, "bob", "#tea", "url"), net.join("eve", "#tea", CAPS)
    net.forget()
    eve.says("METADATA * SET url :x")
    assert (len(ann.lines), len(bob.lines)) == (1, 0)
    assert [line for line in net.join("kim", "#tea", CAPS).says("METADATA * SUB url") if " eve " in line] == []


def test_a_channels_keys_belong_to_its_operators_and_survive_a_restart(net):
    ann, bob = subscribed(net, "ann", "#tea", "topic"), subscribed(net, "bob", "#tea", "topic")
    assert ann.says("METADATA #TEA SET topic :green") == [":test.net 761 ann #tea topic * green"]
    assert bob.lines == [":ann!~ann@127.0.0.1 METADATA #tea topic * green"]
    net.restart()
    eve = net.connect("eve", CAPS)
    assert eve.says("METADATA #tea GET topic")[1].endswith(" 761 eve #tea topic * green")
    ann = net.join("ann", "#tea", CAPS)
    ann.says("METADATA #tea CLEAR")
    assert len(eve.says("METADATA #tea LIST")) == 2


def test_who_joins_gets_what_he_subscribed_to(net):
    ann = net.join("ann", "#tea", CAPS)
    ann.says("METADATA #tea SET a :1", "METADATA * SET a :2", "METADATA * SET b :3")
    bob = net.connect("bob", CAPS)
    assert not [line for line in bob.says("JOIN #tea") if "METADATA" in line]
    bob.says("PART #tea", "METADATA * SUB a")
    lines = bob.says("JOIN #tea")
    start = next(index for index, line in enumerate(lines) if " BATCH +" in line)
    assert names(lines[start]) == "metadata #tea"
    assert [line.partition(" ")[2] for line in lines[start + 1 : -1]] == [
        ":test.net METADATA #tea a * 1",
        ":test.net METADATA ann a * 2",
    ]
    assert " 366 " in lines[start - 1]


def test_who_subscribes_gets_the_present_values(net):
    ann, kim = net.join("ann", "#tea", CAPS), net.connect("kim", CAPS)
    ann.says("METADATA #tea SET a :1", "METADATA * SET a :2")
    kim.says("METADATA * SET a :3")
    bob = net.join("bob", "#tea", CAPS)
    bob.says("MONITOR + kim,ann,nobody")
    assert bob.says("METADATA * SUB a") == [
        ":test.net 770 bob a",
        ":test.net METADATA #tea a * 1",
        ":test.net METADATA ann a * 2",
        ":test.net METADATA kim a * 3",
    ]
    lines = bob.says("METADATA #tea SYNC")
    assert [line.partition(" ")[2] for line in lines[1:-1]] == [
        ":test.net METADATA #tea a * 1",
        ":test.net METADATA ann a * 2",
    ]
    assert [line.partition(" ")[2] for line in bob.says("METADATA kim SYNC")[1:-1]] == [":test.net METADATA kim a * 3"]
    assert len(kim.says("METADATA #tea SYNC")) == 2


@pytest.mark.covers("RPL_METADATASYNCLATER")
def test_large_channels_are_synchronized_later(net):
    ann = net.join("ann", "#tea", CAPS)
    ann.says("METADATA #tea SET a :1")
    room = net.engine.state.channels["#tea"]
    bob = net.connect("bob", CAPS)
    bob.says("METADATA * SUB a")
    for number in range(SYNC_MEMBERS_MAX):
        net.connect(f"guest{number}").says("JOIN #tea")
    assert len(room.members) > SYNC_MEMBERS_MAX
    assert bob.says("JOIN #tea")[-1] == ":test.net 774 bob #tea 5"
    assert bob.says("METADATA * SUB b")[-1] == ":test.net 774 bob #tea 5"
    assert any(" METADATA #tea a * 1" in line for line in bob.says("METADATA #tea SYNC"))


def test_before_registration_it_is_about_oneself(net):  # before-connect
    ann = net.dial()
    ann.says(f"CAP REQ :{CAPS}", "NICK ann")
    ann.forget()
    assert ann.says("METADATA * SET url :x") == [":test.net 761 ann * url * x"]
    assert ann.says("METADATA * SET url") == [":test.net 766 ann * url :key not set"]
    assert ann.says("METADATA ann SET url :x")[0].endswith(
        "INVALID_TARGET ann :Invalid target: a nick, a channel, or * for yourself"
    )
    ann.says("METADATA * SET url :y", "METADATA * SUB url")
    ann.forget()
    lines = ann.says("USER ann 0 * :Ann", "CAP END")
    opening = next(index for index, line in enumerate(lines) if " BATCH +" in line and " metadata ann" in line)
    assert lines[opening + 1].endswith(":test.net METADATA ann url * y")
    assert any(" 376 " in line for line in lines[opening + 2 :])
    assert net.engine.state.nicks["ann"].metadata == {"url": "y"}


def test_the_limit_counts_before_registration_too():
    net = Net(limits=Limits(metadata_keys_max=1))
    ann = net.dial()
    ann.says(f"CAP REQ :{CAPS}")
    ann.says("METADATA * SET a :1", "METADATA * SET a :2")
    assert ann.says("METADATA * SET b :1")[-1].split()[1:5] == ["FAIL", "METADATA", "LIMIT_REACHED", "*"]


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("METADATA * SET a :1", "761"),
        ("METADATA * LIST", "BATCH"),
        ("METADATA * CLEAR", "BATCH"),
        ("METADATA * SUBS", "BATCH"),
        ("METADATA * SUB a b", "770"),
        ("METADATA * SUB", "ACK"),
        ("METADATA nobody LIST", "FAIL"),
    ],
)
def test_one_labelled_response(net, said, word):  # IRCv3 labeled-response
    ann = net.connect("ann", LABELS)
    lines = ann.says(f"@label=L {said}")
    assert lines[0].startswith("@label=L :test.net " + word)
    assert not [line for line in lines[1:] if "label=" in line]
    if word != "BATCH":
        assert len(lines) == 1


def test_without_the_capability_answers_come_bare_and_nothing_by_itself(net):
    ann, bob = net.join("ann", "#tea", CAPS), net.join("bob", "#tea")
    assert bob.says("METADATA * SUB a") == [":test.net 770 bob a"]
    bob.forget()
    ann.says("METADATA * SET a :1")
    assert bob.lines == []
    assert bob.says("METADATA ann GET a") == [":test.net 761 bob ann a * 1"]
    assert bob.says("METADATA * SET $ :1")[0].startswith(":test.net 400 bob METADATA ")


def test_subscriptions_end_with_the_connection(net):
    ann = net.connect("ann", CAPS)
    ann.says("METADATA * SUB a b", "QUIT")
    assert (net.engine.subscriptions.of("a"), net.engine.subscriptions.keys(ann.session)) == ([], [])


def test_who_monitors_somebody_gets_the_values_at_once_and_when_he_comes(net):
    kim, bob = net.connect("kim", CAPS), net.connect("bob", CAPS)
    kim.says("METADATA * SET a :1", "METADATA * SET b :2")
    bob.says("METADATA * SUB a")
    assert bob.says("MONITOR + kim,lou")[-1] == ":test.net METADATA kim a * 1"
    lou = net.dial()
    lou.says(f"CAP REQ :{CAPS}", "METADATA * SET a :3", "METADATA * SET b :4")
    bob.forget()
    lou.says("NICK lou", "USER lou 0 * :Lou", "CAP END")
    assert bob.lines == [":test.net 730 * :lou!~lou@127.0.0.1", ":test.net METADATA lou a * 3"]
    eve = net.connect("eve", "batch")
    eve.says("METADATA * SUB a")
    assert [line for line in eve.says("MONITOR + kim") if "METADATA" in line] == []
