"""WHOIS, WHOWAS, USERHOST, USERIP, ISON (Modern IRC "User-Based Queries" and "Optional Messages"; RFC 2812 3.6, 4.8,
4.9)."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.limits import Limits
from tests.core.deeds import happened, is_cloaked, is_logged_in, is_operator
from tests.core.net import ALL_CAPS, Net, Talker


def codes(lines: list[str]) -> list[str]:
    """The numerics of an answer."""
    return [line.split()[1] for line in lines]


def arrived(net: Net, nick: str, **fields: str) -> Talker:
    """Somebody who came with what others do not choose themselves: a certificate, TLS."""
    talker = net.dial()
    for name, value in fields.items():
        setattr(talker.session, name, value)
    talker.says(f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}")
    talker.forget()
    return talker


# WHOIS.


@pytest.mark.covers("WHOIS", "RPL_WHOISUSER", "RPL_WHOISCHANNELS", "RPL_WHOISSERVER", "RPL_WHOISIDLE", "RPL_ENDOFWHOIS")
def test_whois_tells_who_somebody_is(net):
    ann, bob = net.join("ann", "#tea,#ops"), net.join("bob", "#tea")
    ann.says("MODE #tea +v bob", "AWAY :at lunch")
    net.pass_time(60)
    net.forget()
    assert bob.says("WHOIS ANN") == [
        ":test.net 311 bob ann ~ann 127.0.0.1 * Ann",
        ":test.net 319 bob ann :@#tea @#ops",
        ":test.net 312 bob ann test.net :IPC Chat",
        ":test.net 301 bob ann :at lunch",
        ":test.net 317 bob ann 60 1700000000 :seconds idle, signon time",
        ":test.net 318 bob ANN :End of /WHOIS list",
    ]


@pytest.mark.covers(
    "RPL_WHOISACTUALLY",
    "RPL_WHOISHOST",
    "RPL_WHOISMODES",
    "RPL_WHOISCERTFP",
    "RPL_WHOISOPERATOR",
    "RPL_WHOISACCOUNT",
    "RPL_WHOISREGNICK",
    "RPL_WHOISBOT",
    "RPL_WHOISSECURE",
)
def test_all_that_can_be_told_of_somebody(net):  # Modern IRC, WHOIS; IRCv3 bot-mode
    ann, bob = arrived(net, "ann", certificate="5f4d", modes="Z"), net.connect("bob")
    ann.says("JOIN #tea", "MODE ann +Bi", "AWAY :lunch")
    is_cloaked(net, ann)
    is_logged_in(net, ann, "Ann")
    is_operator(net, ann)
    happened(net, facts.UserModesChanged, ann, added="s", notices="cn")
    assert bob.says("WHOIS ann") == [
        ":test.net 311 bob ann ~ann cloaked.example * Ann",
        ":test.net 312 bob ann test.net :IPC Chat",
        ":test.net 301 bob ann :lunch",
        ":test.net 313 bob ann :keeps the peace here",
        ":test.net 330 bob ann Ann :is logged in as",
        ":test.net 307 bob ann :has identified for this nick",
        ":test.net 335 bob ann :is a bot on TestNet",
        ":test.net 671 bob ann :is using a secure connection",
        ":test.net 317 bob ann 0 1700000000 :seconds idle, signon time",
        ":test.net 318 bob ann :End of /WHOIS list",
    ]
    private = [
        ":test.net 338 {} ann ~ann@127.0.0.1 127.0.0.1 :Actual user@host, actual IP",
        ":test.net 378 {} ann :is connecting from ~ann@127.0.0.1 127.0.0.1",
        ":test.net 379 {} ann :is using modes +BZiors +cn",
        ":test.net 276 {} ann :has client certificate fingerprint 5f4d",
    ]
    own = ann.says("WHOIS ann")
    assert [line for line in own if line.split()[1] in ("338", "378", "379", "276")] == [
        line.format("ann") for line in private
    ]
    is_operator(net, bob)
    seen = bob.says("WHOIS ann")
    assert [line.replace(" bob ", " ann ", 1) for line in seen] == own


def test_an_operator_without_a_title_is_one(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    is_operator(net, ann, title="")
    assert ":test.net 313 bob ann :is an IRC operator" in bob.says("WHOIS ann")


def test_an_account_of_another_name_is_no_owned_nick(net):  # Modern IRC, RPL_WHOISREGNICK
    ann, bob = net.connect("ann"), net.connect("bob")
    is_logged_in(net, ann, "Annabel")
    assert codes(bob.says("WHOIS ann"))[2:4] == ["330", "317"]


@pytest.mark.parametrize("server", ["test.net", "*.NET", "bob", "ANN"])
def test_the_server_may_be_named(net, server):  # Modern IRC, WHOIS: a server or a nick
    ann = net.connect("ann")
    net.connect("bob")
    assert codes(ann.says(f"WHOIS {server} bob"))[0] == "311"
    assert ann.lines[-1] == ":test.net 318 ann bob :End of /WHOIS list"


@pytest.mark.covers("ERR_NOSUCHSERVER")
def test_another_server_is_none(net):  # Modern IRC, ERR_NOSUCHSERVER
    ann = net.connect("ann")
    assert ann.says("WHOIS other.net ann") == [
        ":test.net 402 ann other.net :No such server; this one is test.net",
        ":test.net 318 ann ann :End of /WHOIS list",
    ]


def test_speaking_ends_idleness(net):
    ann = net.connect("ann")
    net.pass_time(60)
    ann.says("PRIVMSG ann :still here")
    assert ":test.net 317 ann ann 0 1700000000 :seconds idle, signon time" in ann.says("WHOIS ann")


def named(lines: list[str]) -> str:
    """The channels of a WHOIS."""
    return " ".join(line.split(maxsplit=4)[4].lstrip(":") for line in lines if line.split()[1] == "319")


def test_whois_names_no_channels_of_the_invisible_but_common_ones(net):  # Modern IRC, invisible user mode
    ann, bob = net.join("ann", "#tea,#ops,#hidden,#quiet"), net.join("bob", "#tea")
    ann.says("MODE #hidden +s", "MODE #quiet +p")
    assert named(bob.says("WHOIS ann")) == "@#tea @#ops"
    ann.says("MODE ann +i")
    assert named(bob.says("WHOIS ann")) == "@#tea"
    assert named(ann.says("WHOIS ann")) == "@#tea @#ops @#hidden @#quiet"
    eve = net.connect("eve")
    assert named(eve.says("WHOIS ann")) == ""
    is_operator(net, eve)
    assert named(eve.says("WHOIS ann")) == "@#tea @#ops"


def test_whois_names_no_channel_in_which_its_reader_does_not_see_him(net):  # modes +u and +D
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.join("eve", "#tea")
    ann.says("MODE #tea +u")
    assert named(eve.says("WHOIS bob")) == ""
    assert named(ann.says("WHOIS bob")) == named(bob.says("WHOIS bob")) == "#tea"
    assert named(eve.says("WHOIS ann")) == "@#tea"


@pytest.mark.covers("multi-prefix")
def test_all_prefixes_for_those_who_want_them(net):  # IRCv3 multi-prefix
    ann, bob = net.join("ann", "#tea"), net.connect("bob", "multi-prefix")
    ann.says("MODE #tea +v ann")
    assert named(bob.says("WHOIS ann")) == "@+#tea"
    bob.says("CAP REQ multi-prefix")
    assert named(ann.says("WHOIS ann")) == "@#tea"


def test_many_channels_take_several_lines(net):
    ann = net.connect("ann")
    names = [f"#{number:02d}{'x' * 60}" for number in range(10)]
    ann.says(f"JOIN {','.join(names[:7])}", f"JOIN {','.join(names[7:])}")
    ann.forget()
    lines = ann.says("WHOIS ann")
    assert codes(lines).count("319") == 2
    assert all(len(line.encode()) <= 510 for line in lines)
    assert named(lines).split() == [f"@{name}" for name in names]


@pytest.mark.parametrize("said", ["WHOIS nobody", "WHOIS test.net nobody", "WHOIS *", "WHOIS :a b"])
def test_whois_of_nobody(net, said):  # Modern IRC, RPL_ENDOFWHOIS: the nick as it was sent
    asked = said.split(maxsplit=1)[1].split(" ")[-1] if "a b" not in said else "a,b"
    assert net.connect("ann").says(said) == [
        f":test.net 401 ann {asked} :No such nick or channel",
        f":test.net 318 ann {asked} :End of /WHOIS list",
    ]


@pytest.mark.covers("NOTE * WHOIS_TRUNCATED")
def test_one_nick_at_a_time(net):  # ISUPPORT TARGMAX; Modern IRC, RPL_ENDOFWHOIS: the whole list
    ann = net.connect("ann", "standard-replies")
    net.connect("bob")
    assert ann.says("WHOIS ,nobody,bob") == [
        ":test.net 401 ann nobody :No such nick or channel",
        ":test.net NOTE WHOIS WHOIS_TRUNCATED :WHOIS tells of one nick; ask for the others one by one",
        ":test.net 318 ann ,nobody,bob :End of /WHOIS list",
    ]


@pytest.mark.covers("ERR_NONICKNAMEGIVEN")
@pytest.mark.parametrize("said", ["WHOIS", "WHOIS :", "WHOIS ,", "WHOWAS", "WHOWAS :"])
def test_no_nick_given(net, said):  # Modern IRC, ERR_NONICKNAMEGIVEN
    assert net.connect("ann").says(said) == [":test.net 431 ann :No nickname given"]


@pytest.mark.covers("RPL_WHOISSPECIAL")
def test_services_have_a_row(net):  # Modern IRC, RPL_WHOISSPECIAL
    lines = net.connect("ann").says("WHOIS chanserv")
    assert lines[0].startswith(":test.net 311 ann ChanServ ChanServ test.net * :About channels")
    assert lines[1:] == [
        ":test.net 312 ann ChanServ test.net :IPC Chat",
        ":test.net 320 ann ChanServ :is a service of this network: /msg ChanServ HELP",
        ":test.net 318 ann chanserv :End of /WHOIS list",
    ]


def test_two_nodes_tell_the_same(net):
    net = Net(2)
    ann, bob = net.join("ann", "#tea", ALL_CAPS), net.join("bob", "#tea", ALL_CAPS, node=1)
    eve = net.connect("eve")
    ann.says("AWAY :lunch")
    assert [line.replace(" bob ", " eve ", 1) for line in bob.asks("WHOIS ann")] == eve.says("WHOIS ann")
    ann.says("QUIT")
    assert [line.replace(" bob ", " eve ", 1) for line in bob.asks("WHOWAS ann")] == eve.says("WHOWAS ann")


@pytest.mark.parametrize("said", ["WHOIS ann", "WHOIS a,b", "WHOWAS nobody,ann", "USERHOST ann", "ISON a", "WHOIS"])
def test_labelled_answers_are_one_response(net, said):  # IRCv3 labeled-response
    ann = net.join("ann", "#tea", "labeled-response batch")
    ann.forget()
    lines = ann.says(f"@label=x {said}")
    assert sum(line.startswith("@label=x ") for line in lines) == 1
    assert lines[0].startswith("@label=x ")
    assert len(lines) == 1 or lines[-1].startswith(":test.net BATCH -")


# WHOWAS.


@pytest.mark.covers("WHOWAS", "RPL_WHOWASUSER", "RPL_ENDOFWHOWAS")
def test_whowas_tells_the_latest_first(net):  # Modern IRC, WHOWAS
    for realname in ("First", "Second"):
        ann = net.dial()
        ann.says("NICK ann", f"USER ann 0 * :{realname} Ann", "QUIT")
        net.pass_time(1)
    bob = net.connect("bob")
    second = [
        ":test.net 314 bob ann ~ann 127.0.0.1 * :Second Ann",
        ":test.net 312 bob ann test.net 2023-11-14T22:13:21.000Z",
    ]
    first = [
        ":test.net 314 bob ann ~ann 127.0.0.1 * :First Ann",
        ":test.net 312 bob ann test.net 2023-11-14T22:13:20.000Z",
    ]
    end = ":test.net 369 bob ANN :End of WHOWAS"
    assert bob.says("WHOWAS ANN") == [*second, *first, end]
    assert bob.says("WHOWAS ANN 1") == [*second, end]
    assert bob.says("WHOWAS ANN 0", "WHOWAS ANN -1", "WHOWAS ANN x") == [*second, *first, end] * 3
    bob.says("NICK joe")
    assert bob.says("WHOWAS bob")[-3] == ":test.net 314 joe bob ~bob 127.0.0.1 * Bob"


@pytest.mark.covers("ERR_WASNOSUCHNICK")
def test_whowas_of_nobody(net):
    assert net.connect("ann").says("WHOWAS ::a b") == [
        ":test.net 406 ann ,a,b :There was no such nickname",
        ":test.net 369 ann ,a,b :End of WHOWAS",
    ]


def test_whowas_of_several(net):  # RFC 2812 3.6.3
    net.connect("ann").says("QUIT")
    assert codes(net.connect("bob").says("WHOWAS ann,nobody,ANN")) == ["314", "312", "369", "406", "369"]


def test_a_cloak_stays_a_cloak(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    is_cloaked(net, ann)
    ann.says("QUIT")
    assert "127.0.0.1" not in " ".join(bob.says("WHOWAS ann"))
    is_operator(net, bob)
    assert ":test.net 338 bob ann ~ann@127.0.0.1 127.0.0.1 :Actual user@host, actual IP" in bob.says("WHOWAS ann")


def test_whowas_names_the_account(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    is_logged_in(net, ann, "Anna")
    ann.says("QUIT")
    assert ":test.net 330 bob ann Anna :is logged in as" in bob.says("WHOWAS ann")


@pytest.mark.covers("NOTE * WHOWAS_TRUNCATED")
def test_whowas_has_a_limit_of_rows_and_of_memory():
    net = Net(limits=Limits(whowas_entries_max=4, whowas_rows_max=1))
    ann = net.connect("ann", "standard-replies")
    for nick in ("bob", "ann", "joe", "ann", "bob"):
        ann.says(f"NICK {nick}")
    assert [departed.nick for departed in net.engine.state.departed] == ["bob", "ann", "joe", "ann"]
    ann.forget()
    note = ":test.net NOTE WHOWAS WHOWAS_TRUNCATED :Only the last 1 of 2 are shown"
    assert ann.says("WHOWAS ann")[2:] == [note, ":test.net 369 bob ann :End of WHOWAS"]
    assert ann.says("WHOWAS ann 2")[2] == note
    assert codes(ann.says("WHOWAS ann 1")) == ["314", "312", "369"]
    assert codes(ann.says("WHOWAS joe")) == ["314", "312", "369"]


def test_who_was_here_is_remembered_over_a_restart(net):
    net.connect("ann").says("QUIT")
    net.restart()
    assert codes(net.connect("bob").says("WHOWAS ann")) == ["314", "312", "369"]


# USERHOST, USERIP and ISON.


@pytest.mark.covers("USERHOST", "RPL_USERHOST")
def test_userhost_tells_operators_and_who_is_away(net):  # Modern IRC, RPL_USERHOST
    ann, bob = net.connect("ann"), net.connect("bob")
    bob.says("AWAY :at lunch")
    is_operator(net, bob)
    is_cloaked(net, bob)
    assert ann.says("USERHOST ANN nobody bob ann", "USERHOST nobody", "USERHOST :ann bob") == [
        ":test.net 302 ann :ann=+~ann@127.0.0.1 bob*=-~bob@cloaked.example",
        ":test.net 302 ann :",
        ":test.net 302 ann :ann=+~ann@127.0.0.1 bob*=-~bob@cloaked.example",
    ]


@pytest.mark.covers("USERIP", "RPL_USERIP")
def test_userip_tells_addresses_to_those_who_may_know(net):  # https://script.quakenet.org/wiki/Raw_340
    ann, bob = net.connect("ann"), net.connect("bob")
    is_cloaked(net, bob)
    assert ann.says("USERIP ann bob", "USERIP nobody") == [
        ":test.net 340 ann :ann=+~ann@127.0.0.1 bob=+~bob@255.255.255.255",
        ":test.net 340 ann :",
    ]
    is_operator(net, ann)
    assert ann.says("USERIP bob") == [":test.net 340 ann :bob=+~bob@127.0.0.1"]


@pytest.mark.covers("ISON", "RPL_ISON")
def test_ison_tells_who_of_some_is_here(net):  # RFC 2812 4.9
    ann = net.connect("ann")
    net.connect("bob")
    assert ann.says("ISON BOB nobody :ann joe", "ISON nobody", "ISON nickserv Bob bob") == [
        ":test.net 303 ann :bob ann",
        ":test.net 303 ann :",
        ":test.net 303 ann :NickServ bob",
    ]


@pytest.mark.parametrize(("verb", "count"), [("USERHOST", 12), ("USERIP", 12), ("ISON", 15)])
def test_an_answer_that_is_too_long_for_a_line_takes_several(net, verb, count):
    ann = net.dial()
    nicks = [f"{number:02d}".rjust(32, "x") for number in range(count)]
    for nick in nicks:
        talker = net.dial(host="h" * 63)
        talker.says(f"NICK {nick}", f"USER {'u' * 30} 0 * :x")
    ann.says("NICK ann", "USER ann 0 * :Ann")
    ann.forget()
    lines = ann.says(f"{verb} :{' '.join(nicks)}")
    assert len(lines) > 1
    assert all(len(line.encode()) <= 510 for line in lines)
    assert [word.partition("=")[0] for line in lines for word in line.split(" :")[1].split()] == nicks


@pytest.mark.covers("NOTE * NICKS_TRUNCATED")
@pytest.mark.parametrize("verb", ["USERHOST", "USERIP", "ISON"])
def test_too_many_nicks_are_said_to_be(verb):
    net = Net(limits=Limits(nicks_per_query_max=2))
    ann = net.connect("ann", "standard-replies")
    note, answer = ann.says(f"{verb} a b ann")
    text = "Only the first 2 nicks are looked for; ask for the others in another line"
    assert note == f":test.net NOTE {verb} NICKS_TRUNCATED :{text}"
    assert answer.endswith(" ann :")


@pytest.mark.covers("ERR_NEEDMOREPARAMS")
@pytest.mark.parametrize("verb", ["USERHOST", "USERIP", "ISON"])
def test_somebody_has_to_be_asked_for(net, verb):  # Modern IRC, ERR_NEEDMOREPARAMS
    assert net.connect("ann").says(verb) == [
        f":test.net 461 ann {verb} :Not enough parameters: {verb} <nick> [<more>...]"
    ]
