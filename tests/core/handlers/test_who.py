"""WHO and WHOX (Modern IRC "WHO message", IRCv3 whox, multi-prefix and bot-mode)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipcchat.core import facts
from ipcchat.core.handlers.who import FIELDS, Question, parsed
from ipcchat.core.limits import Limits
from ipcchat.wire import masks
from ipcchat.wire.casemap import fold
from tests.core.deeds import happened, is_cloaked, is_logged_in, is_operator
from tests.core.net import ALL_CAPS, Net


def row(reader: str, channel: str, nick: str, flags: str, host: str = "127.0.0.1") -> str:
    """One 352 line of the people in these tests."""
    return f":test.net 352 {reader} {channel} ~{nick} {host} test.net {nick} {flags} :0 {nick.title()}"


def nicks(lines: list[str]) -> list[str]:
    """Whom an answer names, in its order."""
    return [line.split()[7] for line in lines if line.split()[1] == "352"]


# Of a channel.


@pytest.mark.covers("WHO", "RPL_WHOREPLY", "RPL_ENDOFWHO")
def test_who_of_a_channel(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +v ann", "AWAY :at lunch")
    bob.forget()
    end = ":test.net 315 bob #TEA :End of WHO list"
    assert bob.says("WHO #TEA") == [row("bob", "#tea", "ann", "G@"), row("bob", "#tea", "bob", "H"), end]
    bob.says("CAP REQ multi-prefix")
    bob.forget()
    assert bob.says("WHO #TEA")[0] == row("bob", "#tea", "ann", "G@+")
    assert bob.says("WHO #none") == [":test.net 315 bob #none :End of WHO list"]


def test_the_flags_stand_in_their_order(net):  # Modern IRC, RPL_WHOREPLY; IRCv3 bot-mode
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("AWAY :at lunch", "MODE ann +B")
    is_operator(net, ann)
    assert bob.says("WHO #tea")[0] == row("bob", "#tea", "ann", "G*@B")
    assert bob.says("WHO #tea %f")[0] == ":test.net 354 bob G*@B"


def test_a_secret_channel_is_like_none_to_outsiders(net):  # Modern IRC, secret channel mode
    ann, eve = net.join("ann", "#tea"), net.connect("eve")
    ann.says("MODE #tea +s")
    assert eve.says("WHO #tea") == [":test.net 315 eve #tea :End of WHO list"]
    assert eve.says("WHO ann")[0] == row("eve", "*", "ann", "H")
    assert ann.says("WHO ann")[0] == row("ann", "#tea", "ann", "H@")


def test_a_private_channel_answers_to_its_name_only(net):  # Modern IRC, RPL_NAMREPLY: a private channel
    ann, eve = net.join("ann", "#tea"), net.connect("eve")
    ann.says("MODE #tea +p")
    assert eve.says("WHO #tea")[0] == row("eve", "#tea", "ann", "H@")
    assert eve.says("WHO ann")[0] == row("eve", "*", "ann", "H")


# By a mask.


@pytest.mark.parametrize("mask", ["", " :", " *", " 0", " ???", " ~*", " 127.*", " Bo*", " *!*@127.0.0.1", " ???@*"])
def test_who_by_nick_user_host_and_realname(net, mask):
    net.join("ann", "#tea")
    bob = net.connect("bob")
    assert (row("bob", "*", "bob", "H") in bob.says(f"WHO{mask}")) == (mask != " ???@*")
    assert bob.hears(row("bob", "#tea", "ann", "H@")) == (mask not in (" Bo*", " ???@*"))
    assert bob.lines[-1] == f":test.net 315 bob {mask.strip(' :') or '*'} :End of WHO list"


def test_who_of_an_exact_nick(net):
    net.join("ann", "#tea")
    net.connect("ann2")
    assert net.connect("bob").says("WHO ANN") == [
        row("bob", "#tea", "ann", "H@"),
        ":test.net 315 bob ANN :End of WHO list",
    ]


def test_a_long_mask_is_repeated_as_it_was_sent(net):  # Modern IRC, RPL_ENDOFWHO
    ann, mask = net.connect("ann"), "*" + "x" * 100
    assert ann.says(f"WHO {mask}", "WHO :a b", "WHO ::a") == [
        f":test.net 315 ann {mask} :End of WHO list",
        ":test.net 315 ann a,b :End of WHO list",
        ":test.net 315 ann ,a :End of WHO list",
    ]


def test_the_letters_of_a_mask_are_looked_for_in_one_place(net):
    ann = net.connect("ann")
    assert nicks(ann.says("WHO a*n?n")) == []
    assert nicks(ann.says("WHO a?n")) == ["ann"]
    assert nicks(ann.says("WHO *n*127*")) == []


PLACES = [("n", "ann"), ("u", "~ann"), ("h", "127.0.0.1"), ("r", "Ann"), ("a", "Annabel"), ("i", "127.0.0.1")]


@pytest.mark.parametrize(("letter", "text"), PLACES)
def test_where_to_search(net, letter, text):
    ann, bob = net.connect("ann"), net.connect("bob")
    is_logged_in(net, ann, "Annabel")
    assert "ann" in nicks(bob.says(f"WHO {text} {letter}"))
    others = "".join(other for other, value in PLACES if value.lower() != text.lower())
    assert nicks(bob.says(f"WHO {text[:-1]}? {others}")) == []
    assert nicks(bob.says(f"WHO {text[:-1]}? {others}{letter}"))[:1] == ["ann"]


def test_who_is_logged_in(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    is_logged_in(net, ann, "Annabel")
    assert nicks(bob.says("WHO * a")) == ["ann"]
    assert nicks(bob.says("WHO ann r", "WHO bob z")) == ["ann", "bob"]


def test_a_place_that_is_named_is_the_only_one(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    ann.says("SETNAME :ann@home!")
    assert nicks(bob.says("WHO *@home! r")) == ["ann"]
    assert nicks(bob.says("WHO *@home!")) == []


@settings(max_examples=60, deadline=None)
@given(st.text("ab1.*?!@", min_size=1, max_size=8).filter(lambda mask: mask != "*"))
def test_a_search_finds_what_looking_at_everybody_finds(mask):
    net = Net()
    people = [net.connect(nick) for nick in ("a", "ab", "b1b", "bab")]
    people[0].says("SETNAME :B.1 ab")
    users = [talker.session.user for talker in people]
    assert all(user is not None for user in users)
    if "!" in mask or "@" in mask:
        wanted = masks.normalize_mask(mask)
        expected = [user.nick for user in users if user and masks.match(wanted, fold(user.mask))]
    else:
        places = [(user.nick, (user.nick, user.user, user.host, user.realname)) for user in users if user]
        expected = [nick for nick, texts in places if any(masks.match(mask, fold(text)) for text in texts)]
        expected = [mask] if mask in [nick for nick, _ in places] else expected
    assert nicks(people[0].says(f"WHO {mask}")) == expected


def test_operators_only(net):  # RFC 2812 3.6.1
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    is_operator(net, ann)
    for said in ("WHO * o", "WHO #tea o", "WHO ann o", "WHO 0 o", "WHO ??? o"):
        assert nicks(eve.says(said)) == ["ann"], said
    assert nicks(eve.says("WHO bob o")) == []
    assert bob.session.user is not None


def test_services_answer_to_their_names(net):
    ann = net.connect("ann")
    line, end = ann.says("WHO nickserv")
    assert line.startswith(":test.net 352 ann * NickServ test.net test.net NickServ H :0 About accounts")
    assert end == ":test.net 315 ann nickserv :End of WHO list"
    assert nicks(ann.says("WHO *")) == ["ann"]


# Who is shown to whom.


@pytest.mark.covers("user mode +i")
def test_the_invisible_are_found_by_their_nick_or_in_common_channels(net):  # Modern IRC, invisible user mode
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    ann.says("MODE ann +i")
    net.forget()
    assert row("bob", "#tea", "ann", "H@") in bob.says("WHO *")
    assert row("bob", "#tea", "ann", "H@") in bob.says("WHO #tea")
    assert not [line for line in eve.says("WHO *", "WHO #tea") if " ann " in line]
    assert row("eve", "*", "ann", "H") in eve.says("WHO ann")
    assert [line for line in ann.says("WHO *") if " ann " in line]
    is_operator(net, eve)
    assert row("eve", "#tea", "ann", "H@") in eve.says("WHO *")
    assert row("eve", "#tea", "ann", "H@") in eve.says("WHO #tea")


def test_auditoriums_and_delayed_joins_hide_their_members(net):
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.join("eve", "#tea")
    ann.says("MODE #tea +u")
    bob.says("MODE bob +i")
    assert nicks(eve.says("WHO #tea")) == ["ann", "eve"]
    assert nicks(ann.says("WHO #tea")) == ["ann", "bob", "eve"]
    assert nicks(eve.says("WHO *")) == ["ann", "eve"]
    assert row("eve", "*", "bob", "H") in eve.says("WHO bob")
    assert bob.says("WHO bob")[0] == row("bob", "#tea", "bob", "H")
    ann.says("MODE #tea -u", "MODE #tea +D")
    joe = net.join("joe", "#tea")
    assert nicks(eve.says("WHO #tea")) == ["ann", "bob", "eve"]
    assert nicks(joe.says("WHO #tea")) == ["ann", "bob", "eve", "joe"]


def test_the_real_address_is_for_oneself_and_operators(net):  # IRCv3 whox, field i
    ann, bob, eve = net.connect("ann"), net.connect("bob"), net.connect("eve")
    is_cloaked(net, ann)
    is_operator(net, eve)
    assert ann.says("WHO ann %ih")[0] == ":test.net 354 ann 127.0.0.1 cloaked.example"
    assert bob.says("WHO ann %ih")[0] == ":test.net 354 bob 255.255.255.255 cloaked.example"
    assert eve.says("WHO ann %ih")[0] == ":test.net 354 eve 127.0.0.1 cloaked.example"
    assert bob.says("WHO bob %i")[0] == ":test.net 354 bob 127.0.0.1"
    for said in ("WHO 127.0.0.1 i", "WHO 127.0.0.1", "WHO *!*@127.*"):
        assert nicks(bob.says(said)) == ["bob", "eve"]
        assert nicks(eve.says(said)) == ["ann", "bob", "eve"]
    assert nicks(bob.says("WHO 255.255.255.255 i")) == []
    assert nicks(bob.says("WHO *!*@cloaked.*")) == ["ann"]


# WHOX.


@pytest.mark.covers("RPL_WHOSPCRPL", "ISUPPORT WHOX")
def test_whox_has_all_fields_in_the_order_of_the_specification(net):  # IRCv3 whox
    ann = net.join("ann", "#tea")
    ann.says("AWAY :lunch")
    net.pass_time(60)
    is_logged_in(net, ann, "Annabel")
    bob = net.dial()
    bob.says("NICK bob", "USER bob 0 * :Bob")
    want = ":test.net 354 bob 42 #tea ~ann 127.0.0.1 127.0.0.1 test.net ann G@ 0 60 Annabel n/a Ann"
    assert bob.says("WHO ann %tcuihsnfdlaor,42")[0] == want
    assert bob.says("WHO ann %roaldfnshiuct,42")[0] == want
    assert bob.says("WHO #tea %nat,007") == [
        ":test.net 354 bob 007 ann Annabel",
        ":test.net 315 bob #tea :End of WHO list",
    ]


@pytest.mark.parametrize("letter", FIELDS)
def test_every_field_alone(net, letter):  # IRCv3 whox: exactly the fields requested
    ann = net.connect("ann")
    ann.says("SETNAME :Ann the Second")
    expected = {"t": "0", "c": "*", "u": "~ann", "i": "127.0.0.1", "h": "127.0.0.1", "s": "test.net", "n": "ann"}
    expected |= {"f": "H", "d": "0", "l": "0", "a": "0", "o": "n/a", "r": ":Ann the Second"}
    assert ann.says(f"WHO ann %{letter}")[0] == f":test.net 354 ann {expected[letter]}"


def test_fields_that_are_unknown_are_ignored(net):  # IRCv3 whox
    ann = net.connect("ann")
    assert ann.says("WHO ann %nXYZ9", "WHO ann o%n") == [
        ":test.net 354 ann ann",
        ":test.net 315 ann ann :End of WHO list",
        ":test.net 315 ann ann :End of WHO list",
    ]


def test_no_known_field_is_no_row(net):  # IRCv3 whox: never RPL_WHOREPLY
    ann = net.connect("ann")
    for said in ("WHO ann %", "WHO ann %XYZ", "WHO * %,1"):
        assert [line.split()[1] for line in ann.says(said)] == ["315"]


@pytest.mark.parametrize(
    ("written", "question"),
    [
        ("", Question()),
        ("o", Question(operators=True)),
        ("nxu", Question(places="nu")),
        ("%", Question(fields=frozenset())),
        ("%tn,1", Question(fields=frozenset("tn"), token="1")),
        ("on%tn,999", Question("n", True, frozenset("tn"), "999")),
        ("%tn,1000", Question(fields=frozenset("tn"))),
        ("%tn,x1", Question(fields=frozenset("tn"))),
        ("%tn,", Question(fields=frozenset("tn"))),
        ("%tn,١", Question(fields=frozenset("tn"))),
    ],
)
def test_how_the_second_parameter_is_read(written, question):
    assert parsed(written) == question


# Bounds.


@pytest.mark.covers("NOTE * WHO_TRUNCATED")
def test_a_who_that_is_cut_short_says_so():
    net = Net(limits=Limits(who_rows_max=1))
    ann = net.connect("ann", "standard-replies")
    net.connect("bob")
    assert ann.says("WHO") == [
        row("ann", "*", "ann", "H"),
        ":test.net NOTE WHO WHO_TRUNCATED :Only the first 1 are shown; give a narrower mask",
        ":test.net 315 ann * :End of WHO list",
    ]
    assert len(ann.says("WHO ann")) == 2


def test_a_search_is_paid_for_by_the_number_of_people():
    net = Net(throttled=True, limits=Limits(flood_lines_burst=4.0, flood_lines_per_second=1.0))
    ann = net.connect("ann")
    for number in range(1, 500):
        net.connect(f"bob{number}")
    net.pass_time(10)
    ann.says("WHO *zzz*")
    assert 1.4 < ann.session.tokens < 1.6
    ann.says("WHO ann")
    assert ann.session.tokens > 1.4
    free = Net()
    joe = free.connect("joe")
    before = joe.session.tokens
    joe.says("WHO *zzz*")
    assert joe.session.tokens == before


def test_two_nodes_give_the_same_rows():
    net = Net(2)
    ann, bob = net.join("ann", "#tea", ALL_CAPS), net.join("bob", "#tea", ALL_CAPS, node=1)
    happened(net, facts.AwayChanged, ann, text="lunch")
    for said in ("WHO #tea %tcuihsnfdlaor,1", "WHO ann", "WHO *"):
        rows = [line.partition(" ann ")[2] for line in ann.asks(said)[:-1]]
        assert rows == [line.partition(" bob ")[2] for line in bob.asks(said)[:-1]] != []


def test_labelled_answers_are_one_response(net):  # IRCv3 labeled-response
    ann = net.join("ann", "#tea", "labeled-response batch")
    net.join("bob", "#tea")
    ann.forget()
    assert [line.split()[-1] for line in ann.says("@label=x WHO nobody")] == ["list"]
    assert ann.lines[0].startswith("@label=x :test.net 315")
    opening, *rows, closing = ann.says("@label=y WHO #tea")
    assert opening.startswith("@label=y :test.net BATCH +")
    assert closing.startswith(":test.net BATCH -")
    assert [line.split()[2] for line in rows] == ["352", "352", "315"]
