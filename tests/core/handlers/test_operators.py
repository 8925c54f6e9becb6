"""Being an operator of the network: OPER, REHASH, WALLOPS (Modern IRC "Operator Messages" and "Optional Messages")."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core.effects import Reload, Reloaded, Verified, Verify
from ipcchat.core.facts import encode_fact
from ipcchat.core.peers import LocalUser, Peer
from ipcchat.core.privileges import PRIVILEGES
from ipcchat.core.settings import Operator, Settings, Throttles
from ipcchat.core.state import User
from tests.core.net import Net, Talker

OPERATORS = {
    "op": Operator(password_hash="hash of tea", title="looks after the tea"),
    "far": Operator(password_hash="hash of milk", hosts=("*@10.0.0.0/8", "tea@*.example.org")),
}
SETTINGS = Settings(network="TestNet", server_name="test.net", motd=(), operators=OPERATORS)
WRONG = "464 {} :Password incorrect, or there is no operator of that name in the server's configuration"
CANARY = "canary-in-the-mine"


@pytest.fixture
def net() -> Net:
    """A network with operators in its configuration."""
    return Net(settings=SETTINGS)


def operator(net: Net, nick: str, caps: str = "", node: int = 0) -> Talker:
    """Somebody who is an operator."""
    talker = net.connect(nick, caps, node)
    talker.says("OPER op tea")
    assert "381" in talker.numerics
    talker.forget()
    return talker


# OPER.


@pytest.mark.covers("OPER", "RPL_YOUREOPER", "user mode +o")
def test_a_name_and_its_password_make_an_operator(net):
    ann = net.connect("ann")
    assert ann.says("OPER op tea") == [
        ":ann!~ann@127.0.0.1 MODE ann +o",
        ":test.net 381 ann :You are now an IRC operator",
    ]
    assert (ann.session.user.operator, ann.session.user.title) == ("op", "looks after the tea")


@pytest.mark.covers("OPER", "labeled-response")
def test_the_response_is_one_batch(net):  # IRCv3 labeled-response
    ann = net.connect("ann", "labeled-response batch")
    assert ann.says("@label=1 OPER op tea") == [
        "@label=1 :test.net BATCH +b1 labeled-response",
        "@batch=b1 :ann!~ann@127.0.0.1 MODE ann +o",
        "@batch=b1 :test.net 381 ann :You are now an IRC operator",
        ":test.net BATCH -b1",
    ]
    assert ann.says("@label=2 OPER op tea")[0].startswith("@label=2 :test.net 381 ann :")
    bob = net.connect("bob", "labeled-response batch")
    assert bob.says("@label=3 OPER op x") == [f"@label=3 :test.net {WRONG.format('bob')}"]


@pytest.mark.covers("ERR_PASSWDMISMATCH")
@pytest.mark.parametrize("said", ["OPER op Tea", "OPER op milk", "OPER nobody tea", "OPER OP tea"])
def test_a_wrong_name_and_a_wrong_password_are_one_answer(net, said):  # OWASP: no enumeration of names
    ann = net.connect("ann")
    net.journal.holding = True
    assert ann.says(said) == []
    ((_, _, query),) = net.queries
    assert isinstance(query, Verify)
    assert query.password_hash in ("hash of tea", "hash of milk")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [f":test.net {WRONG.format('ann')}"]
    assert not ann.session.user.modes


def test_somebody_elses_hash_never_opens_a_name_that_nobody_has(net):
    ann = net.connect("ann")
    assert ann.says("OPER nobody tea") == [f":test.net {WRONG.format('ann')}"]


def test_where_there_are_no_operators_nobody_becomes_one():
    net = Net()
    ann = net.connect("ann")
    assert ann.says("OPER op tea") == [f":test.net {WRONG.format('ann')}"]


@pytest.mark.covers("ERR_NEEDMOREPARAMS")
def test_a_name_is_needed(net):
    assert net.connect("ann").says("OPER") == [
        ":test.net 461 ann OPER :Not enough parameters: OPER <name> [<password>]"
    ]


@pytest.mark.covers("ERR_NOOPERHOST")
def test_the_host_counts_and_is_told_only_to_who_knows_the_password(net):
    ann = net.connect("ann")
    assert ann.says("OPER far tea") == [f":test.net {WRONG.format('ann')}"]
    net.pass_time(10)
    assert ann.says("OPER far milk") == [
        ":test.net 491 ann :far may not come from your host; the setting operators.far.hosts says from where"
    ]


@pytest.mark.parametrize(("host", "username"), [("10.1.2.3", "any"), ("chat.example.org", "tea")])
def test_a_host_may_be_a_mask_or_a_network(net, host, username):
    ann = net.dial(peer=Peer(host, secure=True))
    ann.says("NICK ann", f"USER {username} 0 * :Ann")
    ann.session.user.user = username
    ann.says("OPER far milk")
    assert "381" in ann.numerics


def test_an_operator_is_told_that_he_is_one(net):
    ann = operator(net, "ann")
    assert ann.says("OPER op wrong") == [":test.net 381 ann :You are an operator already, as op; MODE ann -o ends it"]


@pytest.mark.covers("RPL_TRYAGAIN")
def test_an_address_tries_once_in_a_while(net):
    ann, bob, eve = net.connect("ann"), net.connect("bob"), net.dial(peer=Peer("192.0.2.7", secure=True))
    eve.says("NICK eve", "USER eve 0 * :Eve")
    assert ann.says("OPER op x") == [f":test.net {WRONG.format('ann')}"]
    paused = ":test.net 263 {} OPER :Your address tried to become operator just now: try again in {} seconds"
    assert bob.says("OPER op tea") == [paused.format("bob", 10)]
    net.pass_time(4)
    assert ann.says("OPER op tea") == [paused.format("ann", 6)]
    eve.says("OPER op tea")
    assert "381" in eve.numerics
    net.pass_time(6)
    bob.says("OPER op tea")
    assert "381" in bob.numerics


def test_who_succeeds_keeps_nobody_waiting(net):
    for nick in ("ann", "bob"):
        assert "381" in operator_numerics(net, nick)


def operator_numerics(net: Net, nick: str) -> list[str]:
    """What OPER with the right password answers."""
    talker = net.connect(nick)
    talker.says("OPER op tea")
    return talker.numerics


def test_many_attempts_at_once_are_no_way_around_the_pause(net):
    crowd = [net.connect(f"p{number}") for number in range(6)]
    net.journal.holding = True
    for talker in crowd:
        talker.says("OPER op x")
    assert len(net.queries) == 1
    net.journal.holding = False
    net.settle()
    assert [talker.numerics for talker in crowd] == [["464"]] + [["263"]] * 5


def test_the_pause_can_be_switched_off(net):  # docs/settings.md: throttles.logins
    net.engine.configure(msgspec.structs.replace(SETTINGS, throttles=Throttles(lines=False, logins=False)))
    ann = net.connect("ann")
    ann.says(*["OPER op x"] * 20)
    assert ann.numerics == ["464"] * 20


def test_a_password_that_nobody_looked_at_is_told(net, monkeypatch):
    ann = net.connect("ann")
    monkeypatch.setattr(net, "answer_to", lambda node, query: Verified(False, error="there are too many"))
    assert ann.says("OPER op tea") == [":test.net 263 ann OPER :Your password was not looked at: there are too many"]


def test_his_own_lines_wait_for_the_answer_and_those_of_others_do_not(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    net.journal.holding = True
    assert ann.says("OPER op tea", "PING one") == []
    assert bob.says("PING two") == [":test.net PONG test.net :two"]
    net.journal.holding = False
    net.settle()
    assert [line.split()[1] for line in ann.lines] == ["MODE", "381", "PONG"]


def test_who_is_gone_before_the_answer_becomes_nothing(net):
    ann = net.connect("ann")
    net.journal.holding = True
    ann.says("OPER op tea")
    ann.hangs_up()
    net.release()
    net.answer()
    net.journal.holding = False
    net.settle()
    assert not any(type(entry.fact).__name__ == "OperatorChanged" for entry in net.journal.entries)


@pytest.mark.parametrize("now", [{}, {"op": Operator(password_hash="hash of coffee")}])
def test_what_the_settings_say_at_the_end_counts(net, now):
    ann = net.connect("ann")
    net.journal.holding = True
    ann.says("OPER op tea")
    net.engine.configure(msgspec.structs.replace(net.engine.settings, operators=now))
    net.journal.holding = False
    net.settle()
    assert ann.lines == [f":test.net {WRONG.format('ann')}"]


def connected(net: Net, nick: str, peer: Peer) -> Talker:
    """Somebody who came that way; what he heard is kept."""
    talker = net.dial(peer=peer)
    talker.says(f"NICK {nick}", f"USER {nick} 0 * :Somebody")
    return talker


def user_of(talker: Talker) -> User:
    """Who this is."""
    assert talker.session.user is not None, talker.lines
    return talker.session.user


FINGERPRINT = "ab" * 32


@pytest.fixture
def known() -> Net:
    """A network with operators who need no password."""
    operators = {
        "cert": Operator(certificates=(FINGERPRINT,), privileges=("kill",)),
        "root": Operator(uids=(0,)),
        "far": Operator(uids=(7,), hosts=("*@192.0.2.7",)),
        "wheel": Operator(),
    }
    return Net(settings=msgspec.structs.replace(SETTINGS, operators=operators))


@pytest.mark.covers("OPER", "RPL_YOUREOPER", "ERR_PASSWDMISMATCH")
def test_a_certificate_is_enough(known):
    ann = connected(known, "ann", Peer("192.0.2.7", secure=True, certificate=FINGERPRINT))
    eve = connected(known, "eve", Peer("192.0.2.8", secure=True, certificate="cd" * 32))
    known.forget()
    assert ann.says("OPER cert")[-1] == ":test.net 381 ann :You are now an IRC operator"
    assert user_of(ann).privileges == ("kill",)
    text = "No operator of that name has your certificate, or your user; OPER <name> <password>"
    assert eve.says("OPER cert") == [f":test.net 464 eve :{text}"]
    known.pass_time(10)
    eve.forget()
    assert eve.says("OPER nobody") == [f":test.net 464 eve :{text}"]
    known.pass_time(10)
    assert eve.says("OPER cert x")[0].split(" ")[1] == "464"
    assert not known.queries


@pytest.mark.parametrize(
    ("local", "name"),
    [(LocalUser(0, "root"), "root"), (LocalUser(1, "ann", operator="wheel"), "wheel"), (LocalUser(1, "eve"), "")],
)
def test_a_local_user_is_an_operator_from_the_beginning(known, local, name):
    ann = connected(known, "ann", Peer(f"local:{local.uid}", local=local))
    assert user_of(ann).operator == name
    assert ("381" in ann.numerics) == bool(name)
    if name:
        assert user_of(ann).privileges == tuple(PRIVILEGES)
        ann.says("MODE ann -o")
        ann.forget()
        assert ann.says(f"OPER {name}")[-1] == ":test.net 381 ann :You are now an IRC operator"


def test_a_local_user_who_comes_back_is_one_again(known):
    peer = Peer("local:0", local=LocalUser(0, "root"))
    ann = connected(known, "ann", peer)
    ann.says("QUIT")
    again = connected(known, "ann", peer)
    assert again.numerics.count("381") == 1


def test_a_local_user_is_shown_with_his_number(known):
    ann = connected(known, "ann", Peer("local:7", local=LocalUser(7, "ann")))
    (told,) = (line for line in ann.says("WHOIS ann") if line.split(" ")[1] == "378")
    assert told == ":test.net 378 ann ann :is connecting from ann@local (user 7 of this machine)"


@pytest.mark.covers("ERR_NOOPERHOST")
def test_a_local_user_whose_host_is_another_is_not(known):
    ann = connected(known, "ann", Peer("local:7", local=LocalUser(7, "ann")))
    assert ("491" in ann.numerics, user_of(ann).operator) == (True, "")


@pytest.mark.covers("ERR_NOOPERHOST")
def test_a_password_is_not_taken_where_others_can_read_along(net):  # OWASP: no credentials in clear text
    eve = connected(net, "eve", Peer("192.0.2.7"))
    eve.forget()
    assert eve.says("OPER op tea") == [
        ":test.net 491 eve :An operator's password is taken only over TLS or from this machine: others could read it. "
        "Change it"
    ]
    assert not user_of(eve).operator


def test_every_attempt_is_in_the_audit_log(net):
    ann = net.connect("ann")
    ann.says("OPER op x")
    net.pass_time(10)
    ann.says("OPER op tea", "WALLOPS :hi", "REHASH")
    assert [(record.kind, record.actor, record.target) for record in net.audited] == [
        ("oper failed", "ann!~ann@127.0.0.1", ""),
        ("oper", "ann!~ann@127.0.0.1", "op"),
        ("wallops", "ann!~ann@127.0.0.1 (op)", ""),
        ("rehash", "ann!~ann@127.0.0.1 (op)", ""),
    ]


@pytest.mark.covers("ERR_NOPRIVS")
@pytest.mark.parametrize(("said", "privilege"), [("REHASH", "rehash"), ("WALLOPS :hi", "announce")])
def test_what_an_operator_may_not_do_is_said(known, said, privilege):  # numeric 723
    ann = connected(known, "ann", Peer("192.0.2.7", secure=True, certificate=FINGERPRINT))
    ann.says("OPER cert")
    ann.forget()
    assert ann.says(said) == [
        f":test.net 723 ann {privilege} :Insufficient operator privileges: you lack '{privilege}', which is needed to "
        f"{PRIVILEGES[privilege]}"
    ]


@pytest.mark.covers("user mode +o")
def test_mode_o_ends_it(net):
    ann = operator(net, "ann")
    assert ann.says("MODE ann -o") == [":ann!~ann@127.0.0.1 MODE ann -o"]
    (user,) = net.engine.state.users.values()
    assert (user.operator, user.title, user.modes) == ("", "", "")
    assert ann.asks("WALLOPS :hi", "MODE ann +o")[0] == (
        ":test.net 481 ann :Permission denied: you are not an IRC operator"
    )
    assert user.modes == ""
    ann.says("OPER op tea")
    assert "381" in ann.numerics


def test_every_node_knows_it_and_a_restart_ends_it():
    net = Net(2, settings=SETTINGS)
    operator(net, "ann", node=1)
    assert [user.operator for user in net.engine.state.users.values()] == ["op"]
    alone = Net(settings=SETTINGS)
    operator(alone, "ann")
    alone.restart()
    ann = alone.connect("ann")
    assert ann.says("WALLOPS :hi") == [":test.net 481 ann :Permission denied: you are not an IRC operator"]


def test_operators_hear_of_it_but_not_of_what_was_typed(net):
    ann, bob = operator(net, "ann"), net.connect("bob")
    ann.asks("MODE ann +s o")
    ann.forget()
    for said in (f"OPER {CANARY} tea", "OPER far milk", "OPER op tea"):
        bob.says(said)
        net.pass_time(10)
    assert ann.lines == [
        ":test.net NOTICE ann :*** Failed OPER of bob!~bob@127.0.0.1 [127.0.0.1] with a name or password that is wrong",
        ":test.net NOTICE ann :*** Failed OPER of bob!~bob@127.0.0.1 [127.0.0.1] as far, from a host that is not his",
        ":test.net NOTICE ann :*** bob!~bob@127.0.0.1 is now an operator (op)",
    ]


def test_a_password_is_in_no_reply_and_no_fact():
    operators = {"op": Operator(password_hash=f"hash of {CANARY}")}
    net = Net(settings=msgspec.structs.replace(SETTINGS, operators=operators))
    watcher, ann = net.connect("watcher"), net.connect("ann", "labeled-response batch")
    watcher.says("JOIN #tea")
    ann.says("JOIN #tea")
    ann.forget()
    for said in (f"OPER {CANARY}", f"OPER op {CANARY}x", f"OPER {CANARY} op", f"@label=1 OPER op {CANARY}"):
        ann.says(said)
        net.pass_time(10)
    assert ann.numerics == ["464", "464", "464", "381"]
    assert CANARY not in str(net.audited)
    assert CANARY not in "".join(ann.lines + watcher.lines)
    assert CANARY.encode() not in b"".join(encode_fact(entry.fact) for entry in net.journal.entries)
    assert CANARY.encode() not in net.engine.snapshot()


@pytest.mark.covers("draft/oper-tag")
def test_what_an_operator_says_is_marked_for_those_who_want_it(net):  # IRCv3 draft/oper-tag
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea", "draft/oper-tag"), net.join("eve", "#tea")
    ann.says("OPER op tea")
    net.forget()
    ann.says("PRIVMSG #tea :hello", "PRIVMSG bob :psst")
    assert [line.split(" ")[0] for line in bob.lines] == ["@draft/oper"] * 2
    assert eve.lines == [":ann!~ann@127.0.0.1 PRIVMSG #tea :hello"]
    net.forget()
    ann.says("MODE ann -o", "PRIVMSG #tea :hello")
    assert bob.lines == [":ann!~ann@127.0.0.1 PRIVMSG #tea :hello"]


# REHASH.


@pytest.mark.covers("REHASH", "RPL_REHASHING")
def test_an_operator_lets_the_file_be_read_again(net):
    ann = operator(net, "ann")
    net.journal.holding = True
    assert ann.says("REHASH", "PING after") == []
    ((_, _, query),) = net.queries
    assert query == Reload()
    net.journal.holding = False
    net.settle()
    assert ann.lines == [":test.net 382 ann test.toml Rehashing", ":test.net PONG test.net :after"]


@pytest.mark.covers("ERR_NOPRIVILEGES")
def test_nobody_else_does(net):
    ann = net.connect("ann")
    assert ann.says("REHASH") == [":test.net 481 ann :Permission denied: you are not an IRC operator"]
    assert not net.queries


@pytest.mark.covers("REHASH", "NOTE * MISTAKE", "RPL_REHASHING")
def test_mistakes_are_told_one_by_one(net):  # IRCv3 standard-replies
    mistakes = ("a file.toml: server.motd: expected a text, got 1", "a file.toml: x: no such setting")
    net.reloading = lambda node: Reloaded(f"/{'etc/' * 40}a file.toml", mistakes)
    ann, bob = operator(net, "ann", "standard-replies labeled-response batch"), operator(net, "bob")
    outcome = "Rehashing failed: the file has mistakes, and nothing was changed"
    assert ann.says("@label=1 REHASH") == [
        "@label=1 :test.net BATCH +b1 labeled-response",
        f"@batch=b1 :test.net 382 ann a,file.toml :{outcome}",
        f"@batch=b1 :test.net NOTE REHASH MISTAKE :{mistakes[0]}",
        f"@batch=b1 :test.net NOTE REHASH MISTAKE :{mistakes[1]}",
        ":test.net BATCH -b1",
    ]
    assert bob.says("REHASH") == [
        f":test.net 382 bob a,file.toml :{outcome}",
        *(f":test.net NOTICE bob :{mistake}" for mistake in mistakes),
    ]


@pytest.mark.covers("REHASH", "NOTE * NEEDS_RESTART")
def test_what_needs_a_restart_is_told(net):
    net.reloading = lambda node: Reloaded("test.toml", (), ("server.listen", "storage.folder"))
    ann = operator(net, "ann", "standard-replies")
    assert ann.says("REHASH test.net") == [
        ":test.net 382 ann test.toml Rehashing",
        ":test.net NOTE REHASH NEEDS_RESTART :server.listen will change when the server is started again",
        ":test.net NOTE REHASH NEEDS_RESTART :storage.folder will change when the server is started again",
    ]


@pytest.mark.covers("REHASH", "FAIL REHASH NO_FILE", "ERR_FILEERROR")
def test_without_a_file_there_is_nothing_to_read(net):
    net.reloading = lambda node: Reloaded("")
    ann, bob = operator(net, "ann", "standard-replies"), operator(net, "bob")
    text = "There is no configuration file to read: start the server with --config FILE"
    assert ann.says("REHASH") == [f":test.net FAIL REHASH NO_FILE :{text}"]
    assert bob.says("REHASH") == [f":test.net 424 bob REHASH :{text}"]


@pytest.mark.covers("ERR_NOSUCHSERVER")
def test_it_is_this_server_that_reads(net):
    ann = operator(net, "ann")
    assert ann.says("REHASH other.net") == [":test.net 402 ann other.net :No such server; this one is test.net"]


# WALLOPS.


@pytest.mark.covers("WALLOPS", "user mode +w")
def test_everybody_with_w_on_every_node_hears_an_operator():
    net = Net(2, settings=SETTINGS)
    ann, bob, eve = operator(net, "ann"), net.connect("bob", node=1), net.connect("eve", node=1)
    bob.says("MODE bob +w")
    net.forget()
    ann.says("WALLOPS :the server stops at noon")
    line = ":ann!~ann@127.0.0.1 WALLOPS :the server stops at noon"
    assert (ann.lines, bob.lines, eve.lines) == ([line], [line], [])


@pytest.mark.covers("WALLOPS", "ERR_NOPRIVILEGES")
def test_nobody_else_speaks_to_all(net):
    ann = net.connect("ann", "labeled-response batch")
    assert ann.says("@label=1 WALLOPS :hi") == [
        "@label=1 :test.net 481 ann :Permission denied: you are not an IRC operator"
    ]


@pytest.mark.covers("WALLOPS", "ERR_NEEDMOREPARAMS", "ERR_INPUTTOOLONG")
def test_there_is_a_text_and_it_fits(net):
    ann = operator(net, "ann")
    assert ann.says("WALLOPS") == [":test.net 461 ann WALLOPS :Not enough parameters: WALLOPS <text>"]
    assert ann.says("WALLOPS : ") == [":test.net 461 ann WALLOPS :Not enough parameters: there is no text"]
    most = 510 - len(":ann!~ann@127.0.0.1 WALLOPS :")
    assert ann.says(f"WALLOPS :{'é' * (most // 2)}é") == [
        f":test.net 417 ann :The text is {2 - most % 2} bytes too long for others to receive; shorten it"
    ]
    assert ann.says(f"WALLOPS :{'x' * most}") == [f":ann!~ann@127.0.0.1 WALLOPS {'x' * most}"]


@pytest.mark.covers("WALLOPS", "draft/oper-tag")
def test_a_labelled_one_is_its_own_answer(net):  # IRCv3 labeled-response
    ann, bob = operator(net, "ann", "labeled-response batch"), net.connect("bob", "draft/oper-tag")
    ann.says("MODE ann +w")
    bob.says("MODE bob +w")
    net.forget()
    assert ann.says("@label=1 WALLOPS :hi") == ["@label=1 :ann!~ann@127.0.0.1 WALLOPS hi"]
    assert bob.lines == ["@draft/oper :ann!~ann@127.0.0.1 WALLOPS hi"]
