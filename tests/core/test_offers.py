"""What clients are told when the settings change: CAP NEW and CAP DEL (IRCv3 capability-negotiation, "cap-notify"; sts;
sasl-3.2 "Integration with cap-notify")."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core import caps, sasl
from ipcchat.core.limits import Limits
from ipcchat.core.offers import announce_offers
from ipcchat.core.policy import Policy
from ipcchat.core.settings import Gateway, Settings
from ipcchat.wire.capabilities import CAPABILITIES, Capability
from ipcchat.wire.message import parse
from tests.core.net import Net, Talker

SETTINGS = Settings(
    network="TestNet",
    server_name="test.net",
    motd=(),
    mechanisms=(),
    policy=Policy(accounts_open=False),
    gateways=(Gateway(name="web", password="x", addresses=("127.0.0.1",)),),
)


def change(net: Net, **fields: object) -> None:
    """The settings are others."""
    node = net.nodes[0]
    before, after = node.engine.settings, msgspec.structs.replace(node.engine.settings, **fields)
    node.engine.configure(after)
    announce_offers(node.engine, before, after)
    node.perform(node.engine.tick(net.now))


@pytest.fixture
def net() -> Net:
    """A network with a gateway whose users have TLS."""
    return Net(settings=SETTINGS)


def newer(net: Net, nick: str, *first: str) -> Talker:
    """Somebody who knows version 302."""
    talker = net.dial()
    talker.says(*first, "CAP LS 302", f"NICK {nick}", f"USER {nick} 0 * :x", "CAP END")
    talker.forget()
    return talker


def test_a_new_capability_is_told_with_its_value_and_without(net):
    ann, old, oldest, coming = newer(net, "ann"), net.connect("old", "cap-notify"), net.connect("oldest"), net.dial()
    coming.says("CAP LS 302")
    coming.forget()
    far = net.dial(host="192.0.2.7")
    far.says("CAP LS 302")
    far.forget()
    change(net, mechanisms=("SCRAM-SHA-256", "PLAIN", "EXTERNAL"))
    assert ann.lines == [":test.net CAP ann NEW :sasl=SCRAM-SHA-256,PLAIN"]
    assert coming.lines == [":test.net CAP * NEW :sasl=SCRAM-SHA-256,PLAIN"]
    assert far.lines == [":test.net CAP * NEW :sasl=SCRAM-SHA-256"]
    assert old.lines == [":test.net CAP old NEW :sasl"]
    assert oldest.lines == []
    assert ann.says("CAP REQ sasl") == [":test.net CAP ann ACK :sasl"]


def test_another_value_is_told_to_who_knows_values(net):
    ann, old = newer(net, "ann"), net.connect("old", "cap-notify")
    change(net, limits=Limits(multiline_lines_max=5, metadata_keys_max=7))
    (line,) = ann.lines
    multiline, metadata = parse(line).params[-1].split()
    assert line.startswith(":test.net CAP ann NEW :") and multiline == "draft/multiline=max-bytes=8192,max-lines=5"
    assert metadata.startswith("draft/metadata-2=") and ",max-keys=7," in metadata
    assert old.lines == []


def test_nothing_is_told_when_nothing_changed(net):
    ann = newer(net, "ann")
    change(net, motd=("Another day.",))
    assert ann.lines == []


def test_a_capability_that_is_gone_is_off(net):
    change(net, mechanisms=("PLAIN",))
    ann, old, oldest = newer(net, "ann"), net.connect("old", "cap-notify sasl"), net.connect("oldest", "sasl")
    ann.says("CAP REQ :sasl batch")
    net.forget()
    change(net, mechanisms=())
    assert ann.lines == [":test.net CAP ann DEL :sasl"]
    assert old.lines == [":test.net CAP old DEL :sasl"]
    assert oldest.lines == []
    assert ann.says("CAP LIST") == [":test.net CAP ann LIST :batch cap-notify"]
    assert not any(talker.session.caps & caps.SASL for talker in (ann, old, oldest))
    assert ann.says("CAP REQ sasl", "CAP REQ -sasl") == [
        ":test.net CAP ann NAK :sasl",
        ":test.net CAP ann ACK :-sasl",
    ]


def test_a_login_that_goes_on_ends_with_the_capability(net, monkeypatch):
    def plain(engine: object, session: object) -> sasl.Exchange:
        yield b""
        return "ann"

    monkeypatch.setitem(sasl.MECHANISMS, "PLAIN", plain)
    change(net, mechanisms=("PLAIN",))
    ann = net.connect("ann", "sasl")
    ann.says("AUTHENTICATE PLAIN")
    change(net, mechanisms=())
    assert (
        ann.says("AUTHENTICATE +")[-1] == ":test.net 904 ann :SASL authentication failed: this server has no accounts"
    )


def test_what_is_heard_in_channels_changes_too(net, monkeypatch):
    ann, bob = net.join("ann", "#tea", "away-notify cap-notify"), net.join("bob", "#tea")
    monkeypatch.setitem(caps.OFFERS, "away-notify", lambda settings, way: settings.description or None)
    net.forget()
    change(net, description="")
    assert ann.lines == [":test.net CAP ann DEL :away-notify"]
    bob.says("AWAY :out", "PRIVMSG #tea :hello")
    assert ann.lines[1:] == [":bob!~bob@127.0.0.1 PRIVMSG #tea :hello"]
    change(net, description="back")
    assert ann.lines[2:] == [":test.net CAP ann NEW :away-notify"]


def test_many_changes_are_told_in_lines_that_fit(net, monkeypatch):
    names = [f"example.org/capability-{number:02d}" for number in range(40)]
    for name in names:
        monkeypatch.setitem(CAPABILITIES, name, Capability(name, "https://example.org/"))
        monkeypatch.setitem(caps.BITS, name, 1 << len(caps.BITS))
        monkeypatch.setitem(caps.OFFERS, name, lambda settings, way: settings.description or None)
    ann = newer(net, "ann")
    for description, subcommand in (("", "DEL"), ("x", "NEW")):
        ann.forget()
        change(net, description=description)
        rows = [parse(line).params for line in ann.lines]
        assert len(rows) == 3 and all(len(line.encode()) <= 510 for line in ann.lines)
        assert all(row[:-1] == ["ann", subcommand] for row in rows)
        told = [word.partition("=")[0] for row in rows for word in row[-1].split()]
        assert told == names


def test_sts_changes_are_for_those_who_are_encrypted_and_it_is_never_taken_back(net):  # sts: "MUST NOT send CAP DEL"
    plain, secure = newer(net, "ann"), newer(net, "bob", "WEBIRC x web host.example 192.0.2.7 secure")
    old = net.dial()
    old.says("WEBIRC x web host.example 192.0.2.7 secure", "CAP REQ cap-notify")
    net.forget()
    change(net, sts_port=6697, sts_seconds=60)
    change(net, sts_port=6697, sts_seconds=0)
    change(net, sts_port=0)
    assert secure.lines == [":test.net CAP bob NEW :sts=duration=60", ":test.net CAP bob NEW :sts=duration=0"]
    assert plain.lines == old.lines == []
