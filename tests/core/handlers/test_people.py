"""Asking about people: WHO, WHOIS, WHOWAS, USERHOST, ISON (Modern IRC "User-Based Queries"; RFC 2812 3.6, 4.8, 4.9)."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from tests.core.net import Net


def row(reader: str, channel: str, nick: str, flags: str) -> str:
    """One 352 line of the people in these tests."""
    return f":test.net 352 {reader} {channel} ~{nick} 127.0.0.1 test.net {nick} {flags} :0 {nick.title()}"


# WHO.


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


@pytest.mark.parametrize("mask", ["", " *", " 0", " ???", " ~*", " 127.*", " Bo*"])
def test_who_by_nick_user_host_and_realname(net, mask):
    net.join("ann", "#tea")
    bob = net.connect("bob")
    assert row("bob", "*", "bob", "H") in bob.says(f"WHO{mask}")
    assert bob.hears(row("bob", "#tea", "ann", "H@")) == (mask != " Bo*")
    assert bob.lines[-1] == f":test.net 315 bob {mask.strip() or '*'} :End of WHO list"


def test_who_of_an_exact_nick(net):
    net.join("ann", "#tea")
    net.connect("ann2")
    assert net.connect("bob").says("WHO ANN") == [
        row("bob", "#tea", "ann", "H@"),
        ":test.net 315 bob ANN :End of WHO list",
    ]


def test_the_invisible_are_found_by_their_nick_or_in_common_channels(net):  # user mode +i
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    ann.says("MODE ann +i")
    net.forget()
    assert row("bob", "#tea", "ann", "H@") in bob.says("WHO *")
    assert row("bob", "#tea", "ann", "H@") in bob.says("WHO #tea")
    assert not [line for line in eve.says("WHO *", "WHO #tea") if " ann " in line]
    assert row("eve", "#tea", "ann", "H@") in eve.says("WHO ann")
    assert [line for line in ann.says("WHO *") if " ann " in line]


def test_a_who_that_is_cut_short_says_so():
    net = Net(limits=Limits(who_rows_max=1))
    ann = net.connect("ann", "standard-replies")
    net.connect("bob")
    assert ann.says("WHO") == [
        row("ann", "*", "ann", "H"),
        ":test.net NOTE WHO WHO_TRUNCATED :Only the first 1 are shown; give a narrower mask",
        ":test.net 315 ann * :End of WHO list",
    ]


# WHOIS.


def test_whois_tells_who_somebody_is(net):
    ann, bob = net.join("ann", "#tea,#ops"), net.join("bob", "#tea")
    ann.says("MODE #tea +v bob", "AWAY :at lunch")
    net.pass_time(60)
    net.forget()
    assert bob.says("WHOIS ANN") == [
        ":test.net 311 bob ann ~ann 127.0.0.1 * Ann",
        ":test.net 319 bob ann :@#tea @#ops",
        ":test.net 312 bob ann test.net TestNet",
        ":test.net 301 bob ann :at lunch",
        ":test.net 317 bob ann 60 1700000000 :seconds idle, signon time",
        ":test.net 318 bob ann :End of /WHOIS list",
    ]
    assert ann.says("WHOIS test.net bob")[1] == ":test.net 319 ann bob :+#tea"


def test_speaking_ends_idleness(net):
    ann = net.connect("ann")
    net.pass_time(60)
    ann.says("PRIVMSG ann :still here")
    assert ":test.net 317 ann ann 0 1700000000 :seconds idle, signon time" in ann.says("WHOIS ann")


def test_whois_names_no_channels_of_the_invisible_but_common_ones(net):
    ann, bob = net.join("ann", "#tea,#ops,#hidden"), net.join("bob", "#tea")
    ann.says("MODE #hidden +s")
    assert ":test.net 319 bob ann :@#tea @#ops" in bob.says("WHOIS ann")
    ann.says("MODE ann +i")
    assert ":test.net 319 bob ann :@#tea" in bob.says("WHOIS ann")
    assert ":test.net 319 ann ann :@#tea @#ops @#hidden" in ann.says("WHOIS ann")
    assert "319" not in [line.split()[1] for line in net.connect("eve").says("WHOIS ann")]


def test_many_channels_take_several_lines(net):
    ann = net.connect("ann")
    names = [f"#{number:02d}{'x' * 60}" for number in range(10)]
    ann.says(f"JOIN {','.join(names[:7])}", f"JOIN {','.join(names[7:])}")
    ann.forget()
    rows = [line for line in ann.says("WHOIS ann") if line.split()[1] == "319"]
    assert len(rows) == 2
    assert " ".join(line.split(" :")[1] for line in rows).split() == [f"@{name}" for name in names]


@pytest.mark.parametrize("said", ["WHOIS nobody", "WHOIS test.net nobody", "WHOIS nobody,ann"])
def test_whois_of_nobody(net, said):
    assert net.connect("ann").says(said) == [
        ":test.net 401 ann nobody :No such nick or channel",
        ":test.net 318 ann nobody :End of /WHOIS list",
    ]


@pytest.mark.parametrize("said", ["WHOIS", "WHOIS :", "WHOWAS", "WHOWAS :"])
def test_no_nick_given(net, said):
    assert net.connect("ann").says(said) == [":test.net 431 ann :No nickname given"]


# WHOWAS.


def test_whowas_tells_the_latest_first(net):
    for realname in ("First", "Second"):
        ann = net.dial()
        ann.says("NICK ann", f"USER ann 0 * :{realname} Ann", "QUIT")
    bob = net.connect("bob")
    rows = [f":test.net 314 bob ann ~ann 127.0.0.1 * :{realname} Ann" for realname in ("Second", "First")]
    end = ":test.net 369 bob ANN :End of WHOWAS"
    assert bob.says("WHOWAS ANN") == [*rows, end]
    assert bob.says("WHOWAS ANN 1") == [rows[0], end]
    assert bob.says("WHOWAS ANN 0", "WHOWAS ANN -1", "WHOWAS ANN x") == [*rows, end] * 3
    bob.says("NICK joe")
    assert bob.says("WHOWAS bob")[-2] == ":test.net 314 joe bob ~bob 127.0.0.1 * Bob"


def test_whowas_of_nobody(net):
    assert net.connect("ann").says("WHOWAS ::a b") == [
        ":test.net 406 ann ,a,b :There was no such nickname",
        ":test.net 369 ann ,a,b :End of WHOWAS",
    ]


def test_whowas_has_a_limit_of_rows_and_of_memory():
    net = Net(limits=Limits(whowas_entries_max=3, whowas_rows_max=2))
    ann = net.connect("ann")
    for nick in ("bob", "ann", "joe", "ann", "bob"):
        ann.says(f"NICK {nick}")
    assert len(net.engine.state.departed) == 3
    assert ann.says("WHOWAS ann")[-1] == ":test.net 369 bob ann :End of WHOWAS"
    assert [departed.nick for departed in net.engine.state.departed] == ["ann", "joe", "ann"]


# USERHOST and ISON.


def test_userhost_of_up_to_five(net):
    ann = net.connect("ann")
    net.connect("bob").says("AWAY :at lunch")
    ann.forget()
    assert ann.says("USERHOST ANN nobody bob", "USERHOST nobody", "USERHOST a b c d e ann", "USERHOST :ann bob") == [
        ":test.net 302 ann :ann=+~ann@127.0.0.1 bob=-~bob@127.0.0.1",
        ":test.net 302 ann :",
        ":test.net 302 ann :",
        ":test.net 302 ann :ann=+~ann@127.0.0.1 bob=-~bob@127.0.0.1",
    ]


def test_ison_tells_who_of_some_is_here(net):
    ann = net.connect("ann")
    net.connect("bob")
    assert ann.says("ISON BOB nobody :ann joe", "ISON nobody") == [":test.net 303 ann :bob ann", ":test.net 303 ann :"]


@pytest.mark.parametrize(("verb", "count"), [("USERHOST", 5), ("ISON", 20)])
def test_an_answer_in_one_line_names_nobody_by_half(net, verb, count):
    ann = net.dial()
    nicks = [f"{number:02d}".rjust(32, "x") for number in range(count)]
    for nick in nicks:
        talker = net.dial(host="h" * 63)
        talker.says(f"NICK {nick}", f"USER {'u' * 30} 0 * :x")
    ann.says("NICK ann", "USER ann 0 * :Ann")
    ann.forget()
    (line,) = ann.says(f"{verb} :{' '.join(nicks[:15])}")
    assert len(line.encode()) <= 510
    named = [word.partition("=")[0] for word in line.split(" :")[1].split()]
    assert named == nicks[: len(named)] != []


@pytest.mark.parametrize("verb", ["USERHOST", "ISON"])
def test_somebody_has_to_be_asked_for(net, verb):
    assert net.connect("ann").says(verb) == [
        f":test.net 461 ann {verb} :Not enough parameters: {verb} <nick> [<more>...]"
    ]
