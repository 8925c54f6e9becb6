"""Who may be here: KILL (Modern IRC "KILL message"), UBAN, KLINE and their like, DEFCON (as Ergo has them)."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.core.settings import Operator, Settings
from tests.core.deeds import comes, has_account
from tests.core.net import Net, Talker

CAPS = "standard-replies labeled-response batch message-tags"
SETTINGS = Settings(
    network="TestNet",
    server_name="test.net",
    motd=(),
    operators={
        "op": Operator(password_hash="hash of tea"),
        "clerk": Operator(password_hash="hash of ink", privileges=("audit",)),
        "guard": Operator(password_hash="hash of keys", privileges=("ban",)),
    },
)
HOUR_MS = 3_600_000


@pytest.fixture
def net() -> Net:
    """A network with operators in its configuration."""
    return Net(settings=SETTINGS)


def operator(net: Net, nick: str = "op", said: str = "OPER op tea", node: int = 0, caps: str = CAPS) -> Talker:
    """An operator who hears of what happens."""
    talker = net.connect(nick, caps, node)
    talker.says(said)
    assert "381" in talker.numerics
    talker.forget()
    return talker


def person(net: Net, nick: str, address: str = "192.0.2.7", node: int = 0, caps: str = "") -> Talker:
    """Somebody from that address."""
    talker = net.dial(node, peer=Peer(address))
    if caps:
        talker.says(f"CAP REQ :{caps}")
    talker.says(f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}", *(["CAP END"] if caps else []))
    return talker


def banned(talker: Talker) -> bool:
    """Whether somebody was told that he is banned, and is not here."""
    return "465" in talker.numerics and talker.session.user is None


def nicks(net: Net) -> list[str]:
    """Who is here."""
    return sorted(user.nick for user in net.engine.state.users.values())


# KILL.


@pytest.mark.covers("KILL", "NOTE * KILLED")
def test_kill_puts_somebody_off_on_every_node():
    net = Net(2, settings=SETTINGS)
    op, bob = operator(net), net.join("bob", "#tea")
    eve = person(net, "eve", node=1)
    eve.says("JOIN #tea")
    net.forget()
    assert op.says("KILL eve :Enough of that") == [":test.net NOTE KILL KILLED :eve was put off the network"]
    assert eve.lines == [
        ":op!~op@127.0.0.1 KILL eve :Enough of that",
        "ERROR :Closing link: Killed (op (Enough of that))",
    ]
    assert eve.closed == "Killed (op (Enough of that))"
    assert bob.lines == [":eve!~eve@192.0.2.7 QUIT :Killed (op (Enough of that))"]
    assert nicks(net) == ["bob", "op"]
    assert [(each.kind, each.target, each.text) for each in net.audited][-1] == (
        "kill",
        "eve!~eve@192.0.2.7 [192.0.2.7]",
        "Enough of that",
    )


def test_kill_ends_all_connections_and_who_stays_without_one(net):
    op = operator(net)
    has_account(net, "eve")
    first, second = comes(net, "eve"), comes(net, "eve")
    op.says("KILL eve")
    assert first.closed == second.closed == "Killed (op (no reason was given))"
    has_account(net, "ann")
    comes(net, "ann").says("QUIT")
    assert "ann" in nicks(net)
    op.says("KILL ann")
    assert nicks(net) == ["op"]


@pytest.mark.covers("KILL", "ERR_NOSUCHNICK", "ERR_NEEDMOREPARAMS", "ERR_CANTKILLSERVER", "labeled-response")
def test_whom_nobody_kills(net):
    op = operator(net)
    assert op.says("@label=1 KILL nobody :x") == ["@label=1 :test.net 401 op nobody :No such nick or channel"]
    assert op.says("KILL") == [":test.net 461 op KILL :Not enough parameters: KILL <nickname> [<reason>]"]
    for name in ("test.net", "NickServ"):
        assert op.says(f"KILL {name} :x") == [f":test.net 483 op :{name} is the server itself, and stays"]


def test_an_operator_may_kill_himself(net):
    op = operator(net)
    op.says("@label=1 KILL op :bye")
    assert op.closed == "Killed (op (bye))"
    assert nicks(net) == []


def test_who_is_gone_by_then_is_not_killed(net):
    op, eve = operator(net), person(net, "eve")
    net.journal.holding = True
    op.says("KILL eve :x")
    eve.says("QUIT")
    net.journal.queue.rotate(1)
    net.journal.holding = False
    net.settle()
    assert op.lines == []
    assert nicks(net) == ["op"]


ALL = ["KILL op :x", "UBAN LIST", "KLINE a!*@*", "GLINE a!*@*", "DLINE 192.0.2.7", "ZLINE 192.0.2.7", "UNKLINE a!*@*"]
ALL += ["UNDLINE 192.0.2.7", "DEFCON 1"]


@pytest.mark.covers("ERR_NOPRIVILEGES", "ERR_NOPRIVS")
@pytest.mark.parametrize("said", ALL)
def test_it_takes_an_operator_with_the_privilege(net, said):
    op, ann, clerk = operator(net), net.connect("ann"), operator(net, "clerk", "OPER clerk ink")
    op.forget()
    assert ann.says(said) == [":test.net 481 ann :Permission denied: you are not an IRC operator"]
    assert clerk.says(said)[0].split(" ")[1] == "723"
    assert nicks(net) == ["ann", "clerk", "op"]
    assert (net.engine.state.bans, net.engine.state.lockdown) == ({}, 5)


def test_a_privilege_that_is_lost_meanwhile_counts_at_its_place(net):
    op, eve = operator(net), person(net, "eve")
    net.journal.holding = True
    op.says("UBAN ADD 192.0.2.0/24")
    net.journal.holding = False
    net.engine.state.nicks["op"].modes = ""
    net.settle()
    assert not eve.closed
    assert "481" in op.numerics


# UBAN.


@pytest.mark.covers("UBAN", "NOTE * BAN_SET", "ERR_YOUREBANNEDCREEP", "labeled-response")
def test_a_ban_puts_off_and_keeps_out_on_every_node():
    net = Net(2, settings=SETTINGS)
    op, bob, eve = operator(net), net.join("bob", "#tea"), person(net, "eve", node=1)
    eve.says("JOIN #tea")
    net.forget()
    until = "2023-11-14T23:13:20.000Z"
    assert op.says("@label=1 UBAN ADD 192.0.2.0/24 1h :no spam") == [
        f"@label=1 :test.net NOTE UBAN BAN_SET :192.0.2.0/24 is banned until {until}: no spam (1 user put off)"
    ]
    told = "You are banned from this network until 2023-11-14T23:13Z: no spam. Its administrator can lift that"
    assert eve.lines == [f":test.net 465 eve :{told}", "ERROR :Closing link: Banned: no spam"]
    assert bob.lines == [":eve!~eve@192.0.2.7 QUIT :Banned: no spam"]
    again = person(net, "eve2", "0::ffff:192.0.2.99")
    assert banned(again)
    net.pass_time(3_600)
    assert not banned(person(net, "eve3"))
    assert [(each.kind, each.target) for each in net.audited][-1] == ("ban", "192.0.2.0/24")


def test_bans_survive_a_restart(net):
    op = operator(net)
    op.says("UBAN ADD 192.0.2.0/24", "UBAN ADD account:eve", "DEFCON 4")
    snapshot, seq = net.engine.snapshot(), net.engine.state.seq
    for checkpoint, after in ((None, 0), (snapshot, seq)):
        net.restart(checkpoint, after)
        assert banned(person(net, "eve"))
        assert list(net.engine.state.bans) == ["192.0.2.0/24", "account:eve"]
        assert net.engine.state.lockdown == 4


@pytest.mark.covers("UBAN", "NOTE * BAN_LIFTED", "ERR_LISTMODENOTSET")
def test_a_ban_is_lifted_however_it_is_written(net):
    op = operator(net)
    for written in ("192.0.2.0/24", "*!*@192.0.2.7/24", "::ffff:192.0.2.0/120"):
        op.says("UBAN ADD 192.0.2.0/24")
        op.forget()
        assert op.says(f"UBAN DEL {written}") == [":test.net NOTE UBAN BAN_LIFTED :192.0.2.0/24 is banned no more"]
    assert not banned(person(net, "eve"))
    assert op.says("UBAN DEL 192.0.2.0/24") == [
        ":test.net 698 op * * 192.0.2.0/24 :There is no ban of 192.0.2.0/24; UBAN LIST shows those that there are"
    ]


def test_an_account_is_banned_with_all_its_connections(net):
    op = operator(net)
    has_account(net, "eve")
    here, there = (
        comes(net, "eve", secure=True, address="192.0.2.7"),
        comes(net, "eve", secure=True, address="198.51.100.7"),
    )
    op.says("UBAN ADD ~account:Eve forever :Out")
    assert here.closed == there.closed == "Banned: Out"
    assert "eve" not in nicks(net)
    back = net.dial(peer=Peer("203.0.113.9", secure=True))
    back.says("PASS :eve:correct horse", "NICK other", "USER eve 0 * :Eve")
    assert back.session.user is None


def test_an_address_is_banned_without_the_users_other_connections(net):
    op, bob = operator(net), net.join("bob", "#tea")
    has_account(net, "eve")
    here, there = (
        comes(net, "eve", secure=True, address="192.0.2.7"),
        comes(net, "eve", secure=True, address="198.51.100.7"),
    )
    here.says("JOIN #tea")
    net.forget()
    op.says("UBAN ADD 192.0.2.7")
    assert (here.closed, there.closed) == ("Banned: no reason was given", "")
    assert bob.lines == []
    assert "465" in here.numerics


def test_who_sets_bans_is_not_put_off_by_those_of_others(net):
    op = operator(net)
    guard = person(net, "guard", "0::1")
    guard.says("OPER guard keys")
    assert "381" in guard.numerics
    op.says("UBAN ADD guard!*@* :x")
    assert not guard.closed


@pytest.mark.covers("ERR_BADMASK")
def test_nobody_bans_himself(net):
    op = operator(net)
    for target in ("127.0.0.1", "op!*@*", "127.0.0.0/8", "*!*@*"):
        assert op.says(f"UBAN ADD {target} FORCE x") == [
            f":test.net 415 op {target} :That would hit yourself; ban something narrower"
        ]
    assert not net.engine.state.bans


@pytest.mark.covers("ERR_BADMASK")
def test_what_hits_many_needs_a_word_more():
    net = Net(settings=SETTINGS, limits=Limits(ban_users_max=2))
    op = operator(net)
    crowd = [person(net, f"p{number}", f"192.0.2.{number}") for number in range(3)]
    text = "That hits 3 of 4 users now, and perhaps many more; to mean it, say FORCE behind it"
    assert op.says("UBAN ADD 192.0.2.0/24 1d") == [f":test.net 415 op 192.0.2.0/24 :{text}"]
    assert "say FORCE" in op.says("UBAN ADD 160.0.0.0/3")[0]
    assert not any(each.closed for each in crowd)
    op.says("UBAN ADD 192.0.2.0/24 FORCE 1d :sorry")
    assert all(each.closed == "Banned: sorry" for each in crowd)


@pytest.mark.covers("FAIL UBAN UNKNOWN_SUBCOMMAND", "ERR_NEEDMOREPARAMS")
def test_what_is_wrong_is_said(net):
    op = operator(net)
    text = "No such address or network; write for instance 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32"
    assert op.says("UBAN ADD 0x7f.1") == [f":test.net 415 op 0x7f.1 :{text}"]
    assert op.says("UBAN EAT 192.0.2.7") == [
        ":test.net FAIL UBAN UNKNOWN_SUBCOMMAND EAT :UBAN knows ADD, DEL, LIST, INFO; see HELP UBAN"
    ]
    assert op.says("UBAN DEL") == [
        ":test.net 461 op UBAN :Not enough parameters: UBAN DEL needs an address, network, account, mask or nick"
    ]
    assert "461" in op.says("UBAN")[0]


def test_no_target_is_proposed_that_hits_the_one_who_asks(net):
    op = operator(net)
    person(net, "eve", "127.0.0.1")
    first, last = op.says("UBAN ADD eve")
    assert first.endswith(":his user name and the host that others see: UBAN ADD *!~eve@127.0.0.1 <duration> <reason>")
    assert "NICK_IS_NO_TARGET" in last
    (only,) = op.says("UBAN ADD op")
    assert only.endswith(":op can take another nick; and whatever else there is to ban of him would hit you too")


@pytest.mark.covers("NOTE * TARGET", "FAIL UBAN NICK_IS_NO_TARGET", "ERR_NOSUCHNICK", "labeled-response")
def test_a_nick_is_no_target_but_leads_to_some(net):
    op, guard = operator(net), operator(net, "guard", "OPER guard keys")
    has_account(net, "eve")
    comes(net, "eve", secure=True, address="192.0.2.7")
    assert op.says("@label=1 UBAN ADD eve 1d spam") == [
        "@label=1 :test.net BATCH +b1 labeled-response",
        "@batch=b1 :test.net NOTE UBAN TARGET :his account: UBAN ADD account:eve <duration> <reason>",
        "@batch=b1 :test.net NOTE UBAN TARGET :an address of his: UBAN ADD 192.0.2.7 <duration> <reason>",
        "@batch=b1 :test.net NOTE UBAN TARGET :his user name and the host that others see: "
        "UBAN ADD *!~eve@192.0.2.7 <duration> <reason>",
        "@batch=b1 :test.net FAIL UBAN NICK_IS_NO_TARGET eve :eve can take another nick; ban one of these instead",
        ":test.net BATCH -b1",
    ]
    assert not any("address" in line for line in guard.says("UBAN ADD eve"))
    bob = person(net, "bob", "192.0.2.8")
    assert not any("account" in line for line in op.says("UBAN ADD bob"))
    assert not bob.closed
    assert op.says("UBAN ADD nobody") == [
        ":test.net 401 op nobody :Nobody here is called that; to ban everybody who is: UBAN ADD nobody!*@*"
    ]


@pytest.mark.covers("NOTE * BAN", "NOTE * END_OF_BANS")
def test_the_list_and_words_in_it(net):
    op = operator(net)
    op.says("UBAN ADD 192.0.2.0/24 1h :No spam", "UBAN ADD account:eve :Rude", "UBAN ADD a!*@x 1s")
    net.pass_time(2)
    op.forget()
    first = (
        ":test.net NOTE UBAN BAN :192.0.2.0/24 by op since 2023-11-14T22:13:20.000Z until 2023-11-14T23:13:20.000Z: "
        "No spam"
    )
    second = ":test.net NOTE UBAN BAN :account:eve by op since 2023-11-14T22:13:20.000Z until it is lifted: Rude"
    assert op.says("UBAN LIST") == [first, second, ":test.net NOTE UBAN END_OF_BANS :2 bans"]
    assert op.says("UBAN LIST *SPAM*") == [first, ":test.net NOTE UBAN END_OF_BANS :1 ban"]
    assert op.says("UBAN LIST account:") == [second, ":test.net NOTE UBAN END_OF_BANS :1 ban"]


def test_a_long_list_is_cut_and_says_so():
    net = Net(settings=SETTINGS, limits=Limits(list_rows_max=2))
    op = operator(net)
    op.says(*(f"UBAN ADD 192.0.2.{number}" for number in range(3)))
    op.forget()
    assert op.says("UBAN LIST")[2:] == [
        ":test.net NOTE UBAN END_OF_BANS :3 bans, of which 2 are shown; give a word to find others: UBAN LIST <word>"
    ]


def test_nobody_is_cut_off_because_he_asked():
    net = Net(settings=SETTINGS, limits=Limits(send_queue_bytes_max=1_200))
    op = operator(net)
    op.says(*(f"UBAN ADD 192.0.2.{number}" for number in range(5)))
    op.forget()
    assert "of which 2 are shown" in op.says("UBAN LIST")[-1]


@pytest.mark.covers("STATS", "RPL_STATSKLINE", "ERR_NOPRIVILEGES")
def test_stats_k_has_the_bans_in_the_fields_of_k_lines(net):  # RFC 2812 3.4.4, 216
    op, ann = operator(net), net.connect("ann")
    op.says(
        "UBAN ADD 192.0.2.7 :spam",
        "UBAN ADD eve!~x@*.example :rude",
        "UBAN ADD ~x@*.org :rude",
        "UBAN ADD account:eve :out",
        "UBAN ADD bad!*@* :x",
    )
    op.forget()
    assert op.says("STATS k") == [
        ":test.net 216 op K 192.0.2.7 * * 0 spam",
        ":test.net 216 op K eve!~x@*.example * * 0 rude",
        ":test.net 216 op K *.org * ~x 0 rude",
        ":test.net 216 op K account:eve * * 0 out",
        ":test.net 216 op K bad!*@* * * 0 x",
        ":test.net 219 op k :End of /STATS report",
    ]
    assert ann.says("STATS k")[0].split(" ")[1] == "481"


@pytest.mark.covers("NOTE * HITS", "NOTE * NO_BAN")
def test_what_there_is_to_know_of_a_target(net):
    op, eve = operator(net), person(net, "eve")
    assert op.says("UBAN INFO 192.0.2.0/24") == [
        ":test.net NOTE UBAN HITS :192.0.2.0/24 hits 1 of those who are here: eve",
        ":test.net NOTE UBAN NO_BAN :No ban is about 192.0.2.0/24",
    ]
    assert not eve.closed
    op.says("UBAN ADD 192.0.2.0/24 1h", "UBAN ADD 192.0.0.0/16 1s")
    op.forget()
    net.pass_time(2)
    assert [line.split(" ")[3] for line in op.says("UBAN INFO 192.0.2.7")] == ["HITS", "BAN"]
    assert [line.split(" ")[3] for line in op.says("UBAN INFO account:eve")] == ["HITS", "NO_BAN"]
    assert [line.split(" ")[3] for line in op.says("UBAN INFO op")] == ["TARGET", "TARGET", "NO_BAN"]


def test_many_who_are_hit_are_not_all_named():
    net = Net(settings=SETTINGS, limits=Limits(ban_users_max=1))
    op = operator(net)
    person(net, "p1"), person(net, "p2")
    assert op.says("UBAN INFO 192.0.2.0/24")[0].endswith("hits 2 of those who are here: p1 ...")


@pytest.mark.covers("ERR_BANLISTFULL")
def test_there_are_only_so_many_and_what_is_over_makes_room():
    net = Net(settings=SETTINGS, limits=Limits(bans_max=10))
    op = operator(net)
    op.says(*(f"UBAN ADD 192.0.2.{number} 1m" for number in range(10)))
    op.forget()
    assert op.says("UBAN ADD 192.0.2.77") == [
        ":test.net 478 op * * :There are 10 bans, as many as there may be; lift some (UBAN DEL)"
    ]
    assert "BAN_SET" in op.says("UBAN ADD 192.0.2.9 2h")[0]
    net.pass_time(61)
    assert "BAN_SET" in op.says("UBAN ADD 192.0.2.77")[0]
    assert list(net.engine.state.bans) == ["192.0.2.9", "192.0.2.77"]


def test_operators_who_want_it_hear_of_it(net):
    op, guard = operator(net), operator(net, "guard", "OPER guard keys")
    guard.says("MODE guard +s k")
    eve = person(net, "eve")
    net.forget()
    op.says("UBAN ADD 192.0.2.7 1h :spam", "UBAN DEL 192.0.2.7")
    person(net, "bob")
    op.says("KILL bob :x")
    assert eve.closed
    assert guard.lines == [
        ":test.net NOTICE guard :*** op banned 192.0.2.7 until 2023-11-14T23:13:20.000Z: spam (1 user put off)",
        ":test.net NOTICE guard :*** op lifted the ban of 192.0.2.7",
        ":test.net NOTICE guard :*** op killed bob!~bob@192.0.2.7 [192.0.2.7]: x",
    ]


# Other spellings.


@pytest.mark.parametrize(
    ("said", "mask", "minutes", "reason"),
    [
        ("KLINE 60 *@192.0.2.7 :spam", "192.0.2.7", 60, "spam"),
        ("KLINE ~eve@*.example.org :spam", "*!~eve@*.example.org", 0, "spam"),
        ("KLINE ~eve@*.example.org 1d :spam", "*!~eve@*.example.org", 1440, "spam"),
        ("GLINE 1h eve!*@*", "eve!*@*", 60, "no reason was given"),
        ("DLINE 10 192.0.2.0/24 bad people", "192.0.2.0/24", 10, "bad people"),
        ("ZLINE 192.0.2.0/24", "192.0.2.0/24", 0, "no reason was given"),
    ],
)
def test_other_spellings_are_the_same_ban(net, said, mask, minutes, reason):
    op = operator(net)
    assert "BAN_SET" in op.says(said)[0]
    (ban,) = net.engine.state.bans.values()
    assert (ban.mask, ban.reason, ban.by) == (mask, reason, "op")
    assert ban.until == (net.now.wall + minutes * 60_000 if minutes else 0)
    op.says("UNDLINE 192.0.2.0/24" if "/" in mask else f"UNKLINE {mask}")
    assert not net.engine.state.bans


@pytest.mark.covers("KLINE", "DLINE", "GLINE", "ZLINE", "UNKLINE", "UNDLINE")
def test_a_ban_by_one_spelling_is_lifted_by_another(net):
    op = operator(net)
    op.says("KLINE 1 192.0.2.7", "UNDLINE 192.0.2.7", "DLINE 192.0.2.7", "UNKLINE *@192.0.2.7", "GLINE eve!*@*")
    op.says("ZLINE 5 ::2 colons", "ZLINE ::3 1d colons")
    assert list(net.engine.state.bans) == ["eve!*@*", "0::2", "0::3"]
    assert {ban.reason for ban in net.engine.state.bans.values()} == {"no reason was given", "colons"}


# DEFCON.


@pytest.mark.covers("DEFCON", "NOTE * LOCKDOWN", "FAIL DEFCON INVALID_LEVEL", "labeled-response")
def test_the_levels_are_told_and_changed():
    net = Net(2, settings=SETTINGS)
    op, guard, ann = operator(net), operator(net, "guard", "OPER guard keys", 1), net.connect("ann", node=1)
    assert op.says("DEFCON") == [":test.net NOTE DEFCON LOCKDOWN :DEFCON 5: the network is open"]
    words = "nobody registers an account or a channel; and who has no account writes to nobody but operators in private"
    line = f":test.net NOTICE {{}} :*** DEFCON 3, set by op: {words}"
    assert op.asks("@label=1 DEFCON 3") == [line.format("op")]
    assert guard.lines == [line.format("guard")]
    assert ann.lines == []
    assert op.says("DEFCON 3") == [":test.net NOTE DEFCON LOCKDOWN :DEFCON is 3 already"]
    assert {node.engine.state.lockdown for node in net.nodes} == {3}
    assert op.says("DEFCON 9") == [
        ":test.net FAIL DEFCON INVALID_LEVEL 9 :The level is a number from 1 (closed) to 5 (open); see HELP DEFCON"
    ]
    assert [(each.kind, each.target) for each in net.audited][-1] == ("lockdown", "3")


@pytest.mark.covers("ERR_CANTSENDTOUSER")
def test_at_level_three_strangers_write_to_operators_only(net):
    op, ann, bob = operator(net), net.connect("ann"), net.connect("bob")
    has_account(net, "eve")
    eve = comes(net, "eve")
    op.says("DEFCON 3")
    net.forget()
    assert ann.says("PRIVMSG bob :hi") == [
        ":test.net 531 ann bob :The network is locked down: only people with an account write to others in private"
    ]
    ann.says("PRIVMSG op :help", "PRIVMSG ann :note")
    assert op.hears(":ann!~ann@127.0.0.1 PRIVMSG op :help")
    assert ann.hears(":ann!~ann@127.0.0.1 PRIVMSG ann :note")
    eve.says("PRIVMSG bob :hi")
    op.says("PRIVMSG bob :hi")
    bob.says("ACCEPT ann")
    ann.says("PRIVMSG bob :thanks", "JOIN #tea", "PRIVMSG #tea :hi")
    assert [line.rpartition(":")[2] for line in bob.lines] == ["hi", "hi", "thanks"]


@pytest.mark.covers("ERR_YOUREBANNEDCREEP")
def test_at_level_two_it_takes_an_account_and_at_one_this_machine(net):
    op = operator(net)
    has_account(net, "ann")
    op.says("DEFCON 2")
    assert banned(person(net, "eve"))
    comes(net, "ann", secure=True, address="192.0.2.9").says("QUIT :bye")
    op.says("KILL ann", "DEFCON 1")
    back = net.dial(peer=Peer("192.0.2.9", secure=True))
    back.says("PASS :ann:correct horse", "NICK ann", "USER ann 0 * :Ann")
    assert back.session.user is None
    assert not banned(person(net, "bob", "127.0.0.1"))
    op.says("DEFCON 5")
    assert not banned(person(net, "eve"))
