"""What a client can ask of the server: CAP (IRCv3 capability-negotiation, sts) and ISUPPORT (IRCv3
draft/extended-isupport)."""

from __future__ import annotations

import pytest

from ipcchat.core import caps, support
from ipcchat.core.context import Context
from ipcchat.core.limits import Limits
from ipcchat.core.offers import words
from ipcchat.core.settings import Gateway, Settings
from ipcchat.wire.capabilities import CAPABILITIES, Capability
from ipcchat.wire.isupport import merge_isupport
from ipcchat.wire.message import parse
from tests.core.net import Net, Talker

SETTINGS = Settings(network="TestNet", server_name="test.net", motd=("Welcome.",))
OFFERED = caps.offered(SETTINGS)
ALL_WORDS = words(OFFERED, 302)
EVERYTHING = Settings(
    network="TestNet",
    server_name=f"{'a' * 58}.net",
    motd=(),
    mechanisms=("PLAIN",),
    sts_port=6697,
    sts_seconds=86_400,
    gateways=(Gateway(name="web", password="x", addresses=("127.0.0.1",)),),
)


@pytest.fixture
def many(monkeypatch) -> list[str]:
    """More capabilities than fit into a line; the names of all."""
    for number in range(6):
        name = f"example.org/capability-{number}"
        monkeypatch.setitem(CAPABILITIES, name, Capability(name, "https://example.org/"))
        monkeypatch.setitem(caps.BITS, name, 1 << len(caps.BITS))
    return list(caps.offered(SETTINGS))


def listed(lines: list[str]) -> list[str]:
    """The capabilities in some lines of CAP."""
    return [word for line in lines for word in parse(line).params[-1].split()]


# LS.


@pytest.mark.covers("CAP")
def test_cap_ls_holds_registration_back_until_cap_end(net):
    ann = net.dial()
    assert listed(ann.says("CAP LS 302", "NICK ann", "USER ann 0 * :Ann")) == ALL_WORDS
    assert ann.says("CAP REQ :server-time batch") == [":test.net CAP ann ACK :server-time batch"]
    ann.says("CAP END")
    assert "001" in ann.numerics


def test_a_request_holds_registration_back_too(net):  # "or CAP REQ to blindly request a particular set"
    ann = net.dial()
    assert ann.says("CAP REQ :example.org/none", "NICK ann", "USER ann 0 * :Ann")[1:] == []
    assert "001" not in ann.numerics
    ann.says("CAP END")
    assert "001" in ann.numerics


def test_asking_what_is_on_does_not(net):
    ann = net.dial()
    ann.says("CAP LIST", "NICK ann", "USER ann 0 * :Ann")
    assert "001" in ann.numerics


def test_the_end_may_come_before_nick_and_user(net):
    ann = net.dial()
    ann.says("CAP LS 302", "CAP END", "NICK ann", "USER ann 0 * :Ann")
    assert "001" in ann.numerics


@pytest.mark.parametrize("version", ["302", "303", "307", "99999999999999999999"])
def test_values_and_several_lines_are_for_version_302(many, net, version):  # "CAP LS Version"
    ann = net.dial()
    lines = ann.says(f"CAP LS {version}")
    assert [parse(line).params[:-1] for line in lines] == [["*", "LS", "*"], ["*", "LS"]]
    assert listed(lines) == words(caps.offered(SETTINGS), 302)
    assert [word.partition("=")[0] for word in listed(lines)] == many
    assert any(word.startswith("draft/multiline=max-bytes=") for word in listed(lines))


@pytest.mark.parametrize("version", ["", " 301", " 0", " nonsense", " -302", " ³02", " :"])
def test_others_get_one_line_without_values(net, version):
    known = [name for name in OFFERED if name != "draft/multiline"]
    (line,) = net.dial().says(f"CAP LS{version}")
    told = listed([line])
    assert told == known[: len(told)]  # what does not fit into one line is not told: a vendor's capabilities are last
    assert set(known[len(told) :]) <= {"ipc-chat/resume", "ipc-chat/catch-up", "soju.im/search"}


def test_the_answer_is_for_the_version_asked_for_and_the_highest_one_stays(many, net):
    ann = net.dial()
    newer = ann.says("CAP LS 302")
    assert len(ann.says("CAP LS")) == 1
    assert ann.says("CAP REQ -cap-notify") == [":test.net CAP * NAK :-cap-notify"]
    assert ann.says("CAP LS 302") == newer


def test_no_line_is_too_long_and_each_word_is_whole(many):
    net = Net(settings=EVERYTHING)
    ann = net.dial()
    ann.says(f"NICK {'a' * 32}")
    lines = ann.says("CAP LS 302")
    assert len(lines) > 1 and all(len(line.encode()) <= 510 for line in lines)
    assert listed(lines) == words(caps.offered(EVERYTHING), 302)
    (line,) = ann.says("CAP LS")
    assert len(line.encode()) <= 510
    known = words(caps.offered(EVERYTHING), 301)
    assert listed([line]) == known[: len(listed([line]))]
    assert "draft/chathistory" in listed([line])


def test_what_is_on_is_listed_in_lines_too(many, net):  # "Multiline replies to CAP LS and CAP LIST"
    ann, old = net.dial(), net.dial()
    for talker in (ann, old):
        talker.says(f"CAP REQ :{' '.join(many[:16])}", f"CAP REQ :{' '.join(many[16:])}")
    (line,) = old.says("CAP LIST")
    assert listed([line]) == many[: len(listed([line]))]
    ann.says("CAP LS 302")
    lines = ann.says("CAP LIST")
    assert [len(parse(line).params) for line in lines] == [4, 3]
    assert listed(lines) == many


def test_version_302_implies_cap_notify(net):
    ann = net.dial()
    ann.says("CAP LS 302")
    assert ann.says("CAP LIST", "CAP REQ cap-notify", "CAP REQ :batch -cap-notify", "CAP LIST") == [
        ":test.net CAP * LIST :cap-notify",
        ":test.net CAP * ACK :cap-notify",
        ":test.net CAP * NAK :batch -cap-notify",
        ":test.net CAP * LIST :cap-notify",
    ]


@pytest.mark.covers("cap-notify")
def test_old_clients_may_give_cap_notify_back(net):
    ann = net.dial()
    assert ann.says("CAP REQ cap-notify", "CAP REQ :-cap-notify", "CAP LIST") == [
        ":test.net CAP * ACK :cap-notify",
        ":test.net CAP * ACK :-cap-notify",
        ":test.net CAP * LIST :",
    ]


# REQ.


def test_a_request_is_granted_whole_or_not_at_all(net):
    ann = net.dial()
    assert ann.says("CAP REQ :batch example.org/none server-time", "CAP LIST") == [
        ":test.net CAP * NAK :batch example.org/none server-time",
        ":test.net CAP * LIST :",
    ]


@pytest.mark.parametrize("word", ["sts", "read-marker", "Batch", "batch=1", "--batch", "-", "-none"])
def test_what_is_not_offered_cannot_be_had(net, word):  # "names are case-sensitive"
    assert net.dial().says(f"CAP REQ :{word}") == [f":test.net CAP * NAK :{word}"]


def test_a_request_is_read_from_left_to_right_and_repeats_do_no_harm(net):
    ann = net.dial()
    assert ann.says("CAP REQ :batch setname -batch", "CAP REQ :setname -batch -sasl", "CAP LIST") == [
        ":test.net CAP * ACK :batch setname -batch",
        ":test.net CAP * ACK :setname -batch -sasl",
        ":test.net CAP * LIST :setname",
    ]


def test_an_empty_request_is_granted(net):
    assert net.dial().says("CAP REQ :", "CAP REQ") == [":test.net CAP * ACK :"] * 2


def test_a_request_names_each_capability_once_in_its_answer(net):
    ann = net.dial()
    assert ann.says("CAP REQ :" + "batch " * 80) == [":test.net CAP * ACK :batch"]


@pytest.mark.parametrize("verdict", ["ACK", "NAK"])
def test_a_long_answer_has_several_lines_of_whole_words(many, net, verdict):
    ann = net.dial()
    names = many + ["sts"] * (verdict == "NAK")
    lines = ann.says(f"CAP REQ :{' '.join(names)}")
    assert len(lines) == 2 and all(len(line.encode()) <= 510 for line in lines)
    assert all(parse(line).params[:-1] == ["*", verdict] for line in lines)
    assert listed(lines) == names
    assert bool(ann.session.caps) == (verdict == "ACK")


def test_capabilities_change_after_registration_too(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.forget()
    assert ann.says("CAP REQ :away-notify", "CAP LIST", "CAP END") == [
        ":test.net CAP ann ACK :away-notify",
        ":test.net CAP ann LIST :away-notify",
    ]
    bob.says("AWAY :out")
    assert ann.lines[2:] == [":bob!~bob@127.0.0.1 AWAY :out"]
    ann.says("CAP LS 302", "CAP REQ -away-notify")
    ann.forget()
    bob.says("AWAY", "PRIVMSG #tea hello")
    assert ann.lines == [":bob!~bob@127.0.0.1 PRIVMSG #tea :hello"]


def test_what_one_capability_needs_is_not_enforced(net):  # "The order ... MUST NOT be enforced" (labeled-response)
    ann = net.connect("ann", "labeled-response")
    assert ann.says("@label=1 PING x") == [":test.net PONG test.net :x"]
    ann.says("CAP REQ :batch message-tags")
    assert ann.says("@label=1 PING x") == ["@label=1 :test.net PONG test.net :x"]


def test_each_line_of_cap_is_one_response(many, net):  # labeled-response
    ann = net.connect("ann", "labeled-response batch")
    assert ann.says("@label=1 CAP REQ setname") == ["@label=1 :test.net CAP ann ACK :setname"]
    lines = ann.says("@label=2 CAP LS 302")
    assert lines[0] == "@label=2 :test.net BATCH +b1 labeled-response" and lines[-1] == ":test.net BATCH -b1"
    assert all(line.startswith("@batch=b1 :test.net CAP ann LS ") for line in lines[1:-1])
    assert ann.says("@label=3 CAP END") == ["@label=3 :test.net ACK"]
    assert ann.says("@label=4 CAP REQ none") == ["@label=4 :test.net CAP ann NAK :none"]
    assert ann.says("@label=5 CAP REQ -batch") == ["@label=5 :test.net CAP ann ACK :-batch"]
    assert ann.says("@label=6 CAP LIST") == [":test.net CAP ann LIST :labeled-response cap-notify setname"]


def test_the_welcome_is_the_response_to_a_labelled_end(net):
    ann = net.dial()
    ann.says("CAP REQ :labeled-response batch draft/extended-isupport", "NICK ann", "USER ann 8 * :Ann")
    lines = ann.says("@label=1 CAP END")
    assert lines[0] == "@label=1 :test.net BATCH +b2 labeled-response"
    assert lines[-2:] == ["@batch=b2 :test.net 221 ann +i", ":test.net BATCH -b2"]
    assert "@batch=b2 :test.net BATCH +b1 draft/isupport" in lines
    assert all(line.startswith("@batch=b") for line in lines[1:-1])


@pytest.mark.covers("ERR_INVALIDCAPCMD")
@pytest.mark.parametrize(
    ("said", "shown"), [("FOO", "FOO"), ("ACK :batch", "ACK"), (":", "*"), (":a b", "a,b"), (":::x", ",:x")]
)
def test_an_unknown_cap_subcommand_is_refused(net, said, shown):
    text = "Invalid CAP command: use LS, LIST, REQ, END"
    assert net.dial().says(f"CAP {said}") == [f":test.net 410 * {shown} :{text}"]
    assert net.connect("jw").says(f"CAP {said}") == [f":test.net 410 jw {shown} :{text}"]


def test_subcommands_have_no_case(net):
    assert net.dial().says("cap list") == [":test.net CAP * LIST :"]


def test_cap_without_subcommand_is_refused(net):
    assert net.dial().says("CAP") == [":test.net 461 * CAP :Not enough parameters: CAP <subcommand> [<argument>]"]


# sts.


def gateway_user(net: Net) -> Talker:
    """Somebody who comes by TLS."""
    talker = net.dial()
    talker.says("WEBIRC x web host.example 192.0.2.7 secure")
    assert talker.session.secure
    return talker


@pytest.mark.covers("sts")
def test_sts_says_where_to_go_and_how_long_to_stay():  # sts: "port" on insecure, "duration" on secure connections
    net = Net(settings=EVERYTHING)
    plain, secure = net.dial(), gateway_user(net)
    assert "sts=port=6697" in listed(plain.says("CAP LS 302"))
    assert "sts=duration=86400" in listed(secure.says("CAP LS 302"))
    for talker in (plain, secure):
        assert not any(word.startswith("sts") for word in listed(talker.says("CAP LS")))
        assert talker.says("CAP REQ sts")[0].endswith(" NAK :sts")
        assert talker.says("CAP REQ -sts")[0].endswith(" ACK :-sts")


def test_sts_is_there_only_with_a_port(net):
    assert not any(word.startswith("sts") for word in listed(net.dial().says("CAP LS 302")))


# ISUPPORT.


def tokens(lines: list[str]) -> dict[str, str]:
    """What some lines of 005 say."""
    found: dict[str, str] = {}
    for line in lines:
        message = parse(line)
        if message.command == "005":
            merge_isupport(found, message.params[1:-1])
    return found


@pytest.mark.covers("ISUPPORT", "draft/extended-isupport", "RPL_ISUPPORT")
@pytest.mark.parametrize("names", ["batch draft/extended-isupport", "draft/extended-isupport batch"])
def test_isupport_before_registration_and_not_twice(net, names):  # draft/extended-isupport
    ann = net.dial()
    ann.says(f"CAP REQ :{names}")
    lines = ann.says("ISUPPORT")
    assert lines[0] == ":test.net BATCH +b1 draft/isupport" and lines[-1] == ":test.net BATCH -b1"
    assert all(line.startswith("@batch=b1 :test.net 005 * ") for line in lines[1:-1])
    assert tokens(lines)["NETWORK"] == "TestNet"
    ann.says("NICK ann", "USER ann 0 * :Ann")
    ann.forget()
    ann.says("CAP END")
    assert ann.numerics[:5] == ["001", "002", "003", "004", "251"]
    assert tokens(ann.says("ISUPPORT")) == tokens(lines)
    assert tokens(ann.says("VERSION")) == tokens(lines)


def test_what_changes_in_between_is_told_at_once(net):
    ann = net.dial()
    ann.says("CAP REQ :draft/extended-isupport", "ISUPPORT", "NICK ann", "USER ann 0 * :Ann")
    node = net.nodes[0]
    node.perform(node.engine.reload(Settings(network="Other", server_name="test.net", motd=()), net.now))
    assert ann.lines[-1] == ":test.net 005 ann NETWORK=Other :are supported by this server"
    ann.forget()
    ann.says("CAP END")
    assert "005" not in ann.numerics


def test_what_changed_untold_is_told_in_the_welcome(net):  # whatever the reason, the last word is right
    ann = net.dial()
    ann.says("CAP REQ :draft/extended-isupport", "ISUPPORT", "NICK ann", "USER ann 0 * :Ann")
    net.engine.configure(Settings(network="Other", server_name="test.net", motd=()))
    ann.forget()
    ann.says("CAP END")
    assert tokens(ann.lines)["NETWORK"] == "Other"
    assert ann.numerics[4] == "005"


def test_isupport_twice_before_registration(net):
    ann = net.dial()
    ann.says("CAP REQ draft/extended-isupport")
    assert ann.says("ISUPPORT") == ann.says("ISUPPORT") != []


def test_isupport_before_registration_needs_its_capability(net):
    refusal = ":test.net 451 * :You have not registered: before that, ISUPPORT needs the capability"
    assert net.dial().says("ISUPPORT") == [f"{refusal} draft/extended-isupport"]


def test_isupport_without_capabilities_is_bare_lines(net):
    ann = net.connect("ann")
    lines = ann.says("ISUPPORT")
    assert lines and all(line.startswith(":test.net 005 ann ") for line in lines)


def test_a_labelled_isupport_is_one_batch(
    net,
):  # labeled-response: "An existing type applicable to the entire response"
    ann = net.connect("ann", "labeled-response batch draft/extended-isupport")
    number = net.engine.next_batch()[1:]
    batch = f"b{int(number) + 1}"
    lines = ann.says("@label=1 ISUPPORT")
    assert lines[0] == f"@label=1 :test.net BATCH +{batch} draft/isupport"
    assert lines[-1] == f":test.net BATCH -{batch}"
    ann.says("CAP REQ -draft/extended-isupport")
    assert ann.says("@label=2 ISUPPORT")[0].endswith(" labeled-response")


def test_no_line_of_005_is_too_long():
    settings = Settings(network="N" * 32, server_name=f"{'a' * 58}.net", motd=(), network_icon="https://x/" + "i" * 190)
    net = Net(settings=settings, limits=Limits(nick_bytes_max=64))
    ann = net.connect("é" * 32)
    lines = ann.says("ISUPPORT")
    assert all(len(line.encode()) <= 510 and line.endswith(" :are supported by this server") for line in lines)
    assert tokens(lines)["draft/ICON"] == "https://x/" + "i" * 190
    ann.forget()
    wide: dict[str, str | None] = {f"TOKEN{number}": "x" * 20 for number in range(10, 36)}
    support.tell_tokens(Context(net.engine, ann.session, "ISUPPORT", {}), wide)
    net.pass_time(0)
    assert all(len(line.encode()) <= 510 and line.endswith(" :are supported by this server") for line in ann.lines)
    assert tokens(ann.lines) == wide
