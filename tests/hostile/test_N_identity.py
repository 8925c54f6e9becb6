"""Attacks on who somebody is, N01 and N03 to N12: names that are other names, the server's tags and marks in other
hands, and where somebody really is. N02 stands in test_N_account_names.py, N10 in test_U_unix_and_plain.py.

Specifications: Modern IRC "CASEMAPPING" and "NICK message", IRCv3 message-tags, account-tag, WHOX; RFC 8265.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipcchat.client.support import Support
from ipcchat.core import facts
from ipcchat.core.cloaks import cloaked
from ipcchat.core.peers import LocalUser, Peer
from ipcchat.core.privileges import ADDRESSES, PRIVILEGES
from ipcchat.core.settings import Operator, Settings, Throttles
from ipcchat.core.state import User
from ipcchat.server.secret_file import SECRET_BYTES, secret_in
from ipcchat.wire.message import WireError, parse
from tests.core.deeds import comes, happened, has_account
from tests.core.net import ALL_CAPS, Net, Talker

MOTD: tuple[str, ...] = ()
SETTINGS = Settings(network="TestNet", server_name="test.net", motd=MOTD)
STRANGER = ("432", "433")


def nick_of(talker: Talker) -> str:
    return talker.session.user.nick if talker.session.user else ""


def user_of(talker: Talker) -> User:
    assert talker.session.user is not None
    return talker.session.user


def code(line: str) -> str:
    return line.split(" ")[1]


# N01: one casemapping.

PAIRS = [("a[", "a{"), ("a\\", "a|"), ("a]", "a}"), ("a^", "A^x"), ("a^b", "a~b")]
"""What the old RFC 1459 table made one name. The last one is no name at all: ~ cannot stand in a nick."""


@pytest.mark.parametrize(("name", "other"), PAIRS[:3])
def test_N01_brackets_and_braces_are_two_names_everywhere(name: str, other: str):
    net = Net(settings=SETTINGS)
    for each in (name, other):
        has_account(net, each)
    ann, bob, eve = comes(net, name), comes(net, other), net.connect("eve", "draft/account-registration")
    assert (user_of(ann).account, user_of(bob).account) == (name, other)
    assert eve.asks(f"ISON {name.upper()}") == [f":test.net 303 eve :{name}"]
    assert eve.says(f"NICK {name.upper()}")[0].startswith(f":test.net 433 eve {name.upper()} ")
    assert eve.says(f"REGISTER {name.upper()} * correct-horse")[0].startswith(":test.net FAIL REGISTER ACCOUNT_EXISTS ")

    ann.says("JOIN #tea", f"MODE #tea +b {name.upper()}!*@*")
    eve.says(f"MONITOR + {name}", f"SILENCE +{name.upper()}!*@*", "JOIN #tea")
    assert code(bob.says("JOIN #tea")[0]) == "JOIN", "the ban is another's"
    net.forget()
    ann.says(f"PRIVMSG {nick_of(eve)} :silenced")
    bob.says(f"PRIVMSG {nick_of(eve)} :heard")
    assert [line.rpartition(":")[2] for line in eve.bare] == ["heard"]
    ann.says(f"KICK #tea {other.upper()} :x")
    assert f" KICK #tea {other} " in eve.bare[-1]

    ann.says("PRIVMSG ChanServ :REGISTER #tea", f"PRIVMSG ChanServ :ACCESS #tea ADD {other.upper()} operator")
    assert net.engine.state.channels["#tea"].access == {other: "o"}


def test_N01_our_client_goes_by_the_servers_word():
    net = Net()
    talker = net.dial()
    talker.says("NICK ann", "USER ann 0 * :Ann")
    support = Support()
    for line in talker.lines:
        message = parse(line)
        if message.command == "005":
            support.accept(message.params[1:-1])
    assert support.mapping == "ascii"
    for name, other in PAIRS:
        assert not support.same(name, other)
        assert support.same(name, name.upper())


# N03: what cannot be seen or is something else.

UNSEEN = [
    "an\u200bn",  # zero width space
    "an\u200dn",  # zero width joiner
    "\u202eann",  # right-to-left override
    "ann\u2066",  # isolate
    "a\u0301\u0301nn",  # one mark twice
    "\u0301ann",
    "a" + "\u0300\u0301\u0302\u0303\u0304\u0305",
    "\ufb01sh",  # a ligature, which NFKC takes apart
    "\u212aelvin",  # the Kelvin sign
    "\uff41nn",  # full width
    "\U0001f600",
    "an\ufe0fn",  # a variation selector
    "an\u00adn",  # a soft hyphen
    "an\u2028n",
    "an\x1bn",
    "an\x9bn",
    "аnn",  # Cyrillic and Latin
    "ann٣3",  # digits of two kinds
]


@pytest.mark.parametrize("name", UNSEEN, ids=ascii)
def test_N03_what_cannot_be_seen_is_no_name(name: str):
    net = Net(settings=SETTINGS)
    eve = net.connect("eve", "draft/account-registration")
    (refusal,) = eve.says(f"NICK {name}")
    assert code(refusal) == "432"
    assert name not in refusal or name.isprintable()
    (refusal,) = eve.says(f"REGISTER {name} * correct-horse")
    assert refusal.split(" ")[3] == "BAD_ACCOUNT_NAME"
    assert nick_of(eve) == "eve" and not net.engine.state.accounts.all()


# N04: names that are something else already.

TAKEN = [
    "*",
    ":",
    "0",
    "#x",
    "&x",
    "$srv",
    "$*",
    "@ops",
    "+v",
    "~q",
    "a.b",
    "a!b",
    "a@b",
    "a,b",
    "a:b",
    "-a",
    "1a",
    "a b",
]
SERVED = ["NickServ", "nickserv", "ChanServ", "ch\u0430nserv", "HistServ", "server", "services", "N1ckServ", "test.net"]


@pytest.mark.parametrize("name", [*TAKEN, *SERVED])
def test_N04_names_that_mean_something(name: str):
    net = Net(settings=SETTINGS)
    eve = net.connect("eve")
    assert code(eve.says(f"NICK :{name}")[0]) in STRANGER
    assert nick_of(eve) == "eve"
    stranger = net.dial()
    assert code(stranger.says(f"NICK :{name}", "USER x 0 * :x")[0]) in STRANGER
    assert not stranger.session.registered


def test_N04_no_name_at_all():
    net = Net(settings=SETTINGS)
    eve = net.connect("eve")
    assert code(eve.says("NICK :")[0]) == "431"
    assert nick_of(eve) == "eve"


@pytest.mark.parametrize("name", ["chathost", "ChatHost", "chath0st"])
def test_N04_the_servers_name_without_a_dot(name: str):
    net = Net(settings=Settings(network="TestNet", server_name="chathost", motd=MOTD))
    eve = net.connect("eve")
    (refusal,) = eve.says(f"NICK {name}")
    assert code(refusal) == "432" and refusal.endswith(":This nick looks like the name of the server: choose another")
    assert code(net.dial().says(f"NICK {name}")[0]) == "432"


@pytest.mark.parametrize("name", ["root", "ROOT", "r00t", "r\u03bf\u03bft"])
def test_N04_root_at_the_plain_door(name: str):
    net = Net(settings=SETTINGS)
    plain = net.dial(peer=Peer("127.0.0.1", plain=True))
    assert code(plain.says(f"NICK {name}", "USER x 0 * :x")[0]) == "432"
    assert not plain.session.registered
    plain.says("NICK rooty")
    assert code(plain.says(f"NICK {name}")[-1]) == "432"
    assert nick_of(plain) == "rooty"


def test_N04_root_is_root_at_the_unix_door():
    root = Net(settings=SETTINGS).dial(peer=Peer("local:0", local=LocalUser(0, "root")))
    root.says("NICK root", "USER x 0 * :x")
    assert nick_of(root) == "root"
    assert user_of(root).mask == "root!root@local"


# N05: one nick, wanted twice.


def hears_no_death(*talkers: Talker) -> None:
    """Nobody was put off the network for his name."""
    for talker in talkers:
        assert not talker.closed
        assert not [line for line in talker.bare if " KILL " in line or line.startswith("ERROR")]


@pytest.mark.parametrize("first", [0, 1])
def test_N05_two_nodes_one_nick_one_owner(first: int):
    net = Net(2, settings=SETTINGS)
    net.journal.holding = True
    claims = [net.dial(node) for node in (first, 1 - first)]
    for claim in claims:
        claim.says("NICK ann", "USER x 0 * :x")
        assert not claim.session.registered, "nobody is welcomed before the journal has spoken"
    net.journal.holding = False
    net.settle()
    winner, loser = claims
    assert nick_of(winner) == "ann"
    assert [code(line) for line in loser.lines] == ["433"]
    hears_no_death(winner, loser)
    loser.says("NICK bob")
    assert nick_of(loser) == "bob"
    assert len({node.engine.state.digest() for node in net.nodes}) == 1


def test_N05_during_a_partition_the_journal_decides():
    """The second node hears nothing for a while; what was wanted there meanwhile is decided when it is back."""
    net = Net(2, settings=SETTINGS)
    ann, bob = net.connect("ann", node=0), net.connect("bob", node=1)
    net.journal.holding = True
    ann.says("NICK eve")
    net.journal.order()
    while net.nodes[0].step():
        pass
    assert nick_of(ann) == "eve"
    bob.says("NICK eve")
    dan = net.dial(1)
    dan.says("NICK eve", "USER x 0 * :x")
    assert net.nodes[1].engine.state.nicks.find("eve") is None, "there it is not known yet"
    net.journal.holding = False
    net.settle()
    assert (nick_of(ann), nick_of(bob), nick_of(dan)) == ("eve", "bob", "")
    assert [code(line) for line in (*bob.lines, *dan.lines)] == ["433", "433"]
    hears_no_death(ann, bob, dan)
    assert len({node.engine.state.digest() for node in net.nodes}) == 1


# N06 and N07: changes that are none, and too many.


def test_N06_a_change_that_fails_changes_nothing():
    net = Net(settings=SETTINGS)
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    for wanted in ("bob", "BOB", "a.b", "NickServ", ""):
        assert code(ann.says(f"NICK :{wanted}")[-1]) in ("431", "432", "433")
    assert not bob.lines
    bob.says("PRIVMSG ann :still there?")
    assert ann.hears(":bob!~bob@127.0.0.1 PRIVMSG ann :still there?")
    assert net.connect("eve").says("NICK ann")[0].startswith(":test.net 433 ")


def test_N06_case_is_one_event_and_nothing_is_none():
    net = Net(settings=SETTINGS)
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    bob.says("MONITOR + ann")
    net.forget()
    assert ann.says("NICK ann") == []
    assert not bob.lines
    ann.says("NICK Ann")
    assert ann.lines == bob.lines == [":ann!~ann@127.0.0.1 NICK Ann"]
    assert bob.asks("NAMES #tea")[0].endswith(":@Ann bob")
    assert net.connect("eve").says("NICK aNN")[0].startswith(":test.net 433 ")


def test_N07_three_nicks_in_a_minute():
    net = Net(settings=SETTINGS, throttled=True)
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    for number in range(60):
        ann.says(f"NICK ann{number}")
        net.pass_time(0.5)
    assert len([line for line in bob.lines if " NICK " in line]) == 3
    assert {code(line) for line in ann.lines} == {"NICK", "438"}
    assert nick_of(ann) == "ann2"


# N08: tags of the server in other hands.

FORGED = [
    "account=root",
    "msgid=forged",
    "time=1999-01-01T00:00:00.000Z",
    "bot",
    "batch=b1",
    "draft/oper=root",
    "oper",
    "label=mine",
    "draft/multiline-concat",
    "server-time=0",
    "-account=root",
    "*account=root",
    "\uff0baccount=root",
    "draft/+account=root",
]
MINE = "+account=root;+time=0;+draft/oper"
"""With a + in front they are a client's own, and everybody can see that."""
TAG_CAPS = f"{ALL_CAPS} account-tag draft/oper-tag draft/multiline"


def tags_of(line: str) -> dict[str, str]:
    return parse(line).tags


@pytest.mark.parametrize("forged", [*FORGED, ";".join(FORGED), "msgid=a;msgid=b;+x=1;msgid=c;account=root;account=a"])
@pytest.mark.parametrize("verb", ["PRIVMSG", "NOTICE", "TAGMSG"])
def test_N08_tags_without_a_plus_are_the_servers(forged: str, verb: str):
    net = Net(settings=SETTINGS)
    eve, bob = net.join("eve", "#tea", TAG_CAPS), net.join("bob", "#tea", TAG_CAPS)
    text = "" if verb == "TAGMSG" else " :hi"
    tags = ";".join(tag for tag in forged.split(";") if not tag.startswith("batch="))
    for each in [f"{tags};{MINE}"] if verb == "TAGMSG" else [tags or "x", f"{tags};{MINE}"]:
        net.forget()
        eve.says(f"@{each} {verb} #tea{text}")
        sent = parse(f"@{each} {verb} #tea{text}").tags
        own = {key: value for key, value in sent.items() if key.startswith("+")}
        for talker in (eve, bob):
            (line,) = talker.lines
            found = tags_of(line)
            label = {"label": sent["label"]} if talker is eve and "label" in sent else {}
            assert found.pop("time") == "2023-11-14T22:13:20.000Z"
            assert found.pop("msgid").startswith("journal-")
            assert found == own | label, "neither account nor bot nor oper: she is none of these"


def test_N08_a_batch_that_was_never_opened():  # IRCv3 batch
    net = Net(settings=SETTINGS)
    eve, bob = net.join("eve", "#tea", TAG_CAPS), net.join("bob", "#tea", TAG_CAPS)
    net.forget()
    eve.says("@batch=b1;msgid=x PRIVMSG #tea :hi")
    assert all("batch" not in tags_of(line) and tags_of(line).get("msgid") != "x" for line in bob.lines)


def test_N08_the_servers_own_tags_win_over_look_alikes():  # IRCv3 account-tag, bot-mode
    net = Net(settings=SETTINGS)
    has_account(net, "ann")
    ann, bob = comes(net, "ann", caps=TAG_CAPS), net.join("bob", "#tea", TAG_CAPS)
    ann.says("JOIN #tea", "MODE ann +B")
    net.forget()
    ann.says("@account=root;account=root;+account=root;bot=no PRIVMSG #tea :hi")
    found = tags_of(bob.lines[0])
    assert (found["account"], found["bot"], found["+account"]) == ("ann", "", "root")
    history = [tags_of(line) for line in bob.says("CHATHISTORY LATEST #tea * 1")]
    assert [tags["account"] for tags in history if "account" in tags] == ["ann"]


# N09: the nick of who is away, and of who was lost.


def test_N09_the_nick_of_who_stays_is_his():
    net = Net(settings=SETTINGS)
    has_account(net, "ann")
    comes(net, "ann").says("QUIT :bye")
    user = net.engine.state.nicks["ann"]
    guest = net.dial()
    assert code(guest.says("NICK ann", "USER x 0 * :x")[0]) == "433"
    assert code(net.connect("eve").says("NICK ANN")[0]) == "433"
    assert net.engine.state.nicks["ann"] is user and not user.sessions
    assert nick_of(comes(net, "ann")) == "ann"


def test_N09_a_ghost_goes_with_its_node():
    net = Net(2, settings=SETTINGS)
    has_account(net, "bob")
    ann, bob, dan = net.connect("ann", node=1), comes(net, "bob", node=1), net.join("dan", "#tea")
    ann.says("JOIN #tea")
    bob.says("JOIN #tea")
    net.forget()
    dead = net.nodes.pop()
    dead.links.clear()
    happened(net, facts.NodeDown, dan, incarnation=dead.engine.incarnation)
    assert dan.bare == [":ann!~ann@127.0.0.1 QUIT :Connection to the server was lost"]
    assert nick_of(net.connect("ann")) == "ann"
    assert code(net.dial().says("NICK bob", "USER x 0 * :x")[0]) == "433", "bob stays: he has an account"


def test_N09_after_a_restart_no_ghost_is_left():
    net = Net(settings=SETTINGS)
    has_account(net, "bob")
    comes(net, "bob")
    net.connect("ann")
    net.restart()
    assert list(net.engine.state.nicks) == ["bob"]
    assert nick_of(net.connect("ann")) == "ann"


# N11: where somebody really is.

ADDRESS, ELSEWHERE = "203.0.113.77", "198.51.100.9"
OPERATORS = {
    "blind": Operator(password_hash="hash of tea", privileges=tuple(set(PRIVILEGES) - {ADDRESSES})),
    "seeing": Operator(password_hash="hash of tea", privileges=(ADDRESSES, "accounts")),
}
QUESTIONS = [
    "WHOIS victim",
    "WHOIS victim victim",
    "WHO victim",
    "WHO #tea",
    "WHO * %tcuihsnfdlaor,7",
    "WHO victim %tcuihsnfdlaor,7",
    f"WHO {ADDRESS} i",
    f"WHO {ADDRESS}",
    f"WHO *!*@{ADDRESS}",
    "WHO 203.0.113.*",
    "USERHOST victim",
    "USERIP victim",
    "WHOWAS victim",
    "WHOWAS gone",
    "NAMES #tea",
    "MODE #tea b",
    "MODE #tea I",
    "TOPIC #tea",
    "STATS *",
    "STATS l",
    "STATS L",
    "STATS p",
    "TRACE",
    "TRACE victim",
    "LIST",
    "MONITOR + victim",
    "ISON victim",
    "CHATHISTORY LATEST #tea * 50",
    "METADATA victim LIST",
    "PRIVMSG NickServ :INFO victim",
    "PRIVMSG NickServ :SESSIONS victim",
    "PRIVMSG NickServ :SESSIONS owner",
    "UBAN INFO victim",
    "UBAN LIST",
    "UBAN ADD victim 1h spam",
    "SPAMFILTER LIST",
]
EVENTS = f"{ALL_CAPS} account-notify account-tag extended-monitor draft/metadata-2"


class House:
    """A victim and an account's owner behind cloaks, and somebody who wants to know where they are."""

    def __init__(self, operator: str) -> None:
        settings = Settings(
            network="TestNet",
            server_name="test.net",
            motd=MOTD,
            operators=OPERATORS,
            throttles=Throttles(lines=False, commands=False, logins=False),
        )
        self.net = Net(settings=settings, cloaked=True)
        self.net.engine.secret = "a secret of 256 bits"
        has_account(self.net, "owner")
        self.viewer = self.net.dial(peer=Peer("192.0.2.1", secure=True))
        assert " ACK " in self.viewer.says(f"CAP REQ :{EVENTS}")[0]
        self.viewer.says("NICK viewer", "USER viewer 0 * :Viewer", "CAP END")
        if operator:
            self.viewer.says(f"OPER {operator} tea", "MODE viewer +s +cfknor")
            assert user_of(self.viewer).operator == operator
        self.viewer.says("JOIN #tea", "MONITOR + victim,owner")

    def live(self) -> None:
        """Everything that others are told of."""
        net = self.net
        victim = net.dial(peer=Peer(ADDRESS, secure=True))
        victim.says("NICK victim", "USER victim 0 * :Victim")
        owner = comes(net, "owner", address=ELSEWHERE, secure=True)
        gone = net.connect("gone", host=ADDRESS)
        for talker in (victim, owner, gone):
            talker.says("JOIN #tea", "PRIVMSG #tea :hi", "AWAY :out", "AWAY", "SETNAME :Somebody else")
        self.viewer.says("MODE #tea +o victim")
        victim.says("TOPIC #tea :hot", "MODE #tea +b *!*@x", "INVITE stranger #tea", "NICK victim2", "NICK victim")
        victim.says("OPER nobody wrong", "KNOCK #tea", "WHOIS viewer", "KICK #tea gone :out")
        gone.says("NICK gone2", "NICK gone", "QUIT :bye")
        owner.says("PART #tea :bye", "JOIN #tea")

    def asks(self) -> list[str]:
        """Every question, and how the victim ends."""
        for question in QUESTIONS:
            self.viewer.says(question)
        self.viewer.says("KILL victim :out")
        return self.viewer.lines


def is_asked(line: str, place: str) -> bool:
    """Whether an answer has the address only because the question had it."""
    words = parse(line).params
    return code(line.partition(" ")[2] if line[0] == "@" else line) == "315" and place in " ".join(words)


@pytest.mark.parametrize("operator", ["", "blind"])
def test_N11_nobody_is_told_where_somebody_is(operator: str):
    house = House(operator)
    house.live()
    told = [line for line in house.asks() if ADDRESS in line or ELSEWHERE in line]
    assert [line for line in told if not is_asked(line, ADDRESS)] == []


def test_N11_operators_who_may_are_told():
    house = House("seeing")
    house.live()
    told = [parse(line) for line in house.asks() if ADDRESS in line or ELSEWHERE in line]
    assert {"338", "378", "354", "340", "211", "262", "205", "NOTICE"} - {message.command for message in told} <= {
        "262"
    }
    notices = [message.params[-1] for message in told if message.command == "NOTICE"]
    for words in ("Client connecting", "Client exiting", "Failed OPER"):
        assert any(words in notice for notice in notices), words


def test_N11_one_sees_where_oneself_is():
    net = Net(settings=SETTINGS, cloaked=True)
    ann = net.connect("ann", host=ADDRESS)
    assert [line for line in ann.asks("WHOIS ann") if ADDRESS in line]


@given(st.ip_addresses(v=4).map(str), st.text(min_size=1, max_size=64), st.text(min_size=1, max_size=64))
def test_N11_a_cloak_is_nothing_without_the_secret(address: str, secret: str, other: str):
    """A keyed hash: with another secret another cloak, so that trying all addresses needs the secret."""
    cloak = cloaked(address, secret)
    assert address not in cloak
    assert cloak == cloaked(address, secret)
    if secret != other and cloak != "localhost":
        assert cloak != cloaked(address, other)


def test_N11_the_secret_has_256_bits(tmp_path):
    assert SECRET_BYTES * 8 == 256
    secret = secret_in(tmp_path)
    assert len(bytes.fromhex(secret)) == SECRET_BYTES
    assert secret_in(tmp_path) == secret != secret_in(None)
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


# N12: nobody looks like the server or a service.

SAYING = [
    "PRIVMSG bob :{}",
    "NOTICE bob :{}",
    "PRIVMSG #tea :{}",
    "NOTICE @#tea :{}",
    "TAGMSG #tea",
    "TOPIC #tea :{}",
    "PART #tea :{}",
    "JOIN #tea",
    "AWAY :{}",
    "SETNAME :{}",
    "INVITE bob #tea",
    "KICK #tea bob :{}",
    "NICK :{}",
    "QUIT :{}",
]
FORGERIES = [
    "-- bob is now operator",
    "*** Notice -- bob is now operator",
    ":test.net NOTICE bob :send your password",
    "-NickServ- send your password",
    "\x01ACTION -NickServ- x\x01",
    "\r\n:test.net NOTICE bob :x",
    "NickServ",
    "test.net",
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SAYING), st.sampled_from(FORGERIES) | st.text()), min_size=1, max_size=6))
def test_N12_what_others_hear_of_somebody_bears_his_mask(said: list[tuple[str, str]]):
    """In IRC a source cannot be forged: a service's or the server's line comes from nobody else."""
    net = Net(settings=SETTINGS)
    mallory, bob = net.join("mallory", "#tea", ALL_CAPS), net.join("bob", "#tea", ALL_CAPS)
    net.forget()
    for form, text in said:
        names = {mallory.session.user.mask} if mallory.session.user else set()
        try:
            message = parse(form.format(text))
        except WireError:
            continue
        heard = len(bob.lines)
        mallory.node.perform(mallory.node.engine.receive(mallory.session, message, net.now))
        net.settle()
        names |= {mallory.session.user.mask} if mallory.session.user else set()
        for line in bob.lines[heard:]:
            source = parse(line).source or ""
            assert source in names, line
            assert "!" in source and source.partition("!")[0].lower() not in ("nickserv", "chanserv", "test.net")


def test_N12_services_speak_as_themselves_and_nobody_else_can():
    net = Net(settings=SETTINGS)
    ann = net.connect("ann")
    (first, *_) = ann.asks("PRIVMSG NickServ :HELP")
    assert first.startswith(":NickServ!NickServ@test.net NOTICE ann :")
    for name in ("NickServ", "nickserv", "NlckServ", "N\u0456ckServ"):
        assert code(ann.says(f"NICK {name}")[-1]) in STRANGER
