"""TOKEN: what is shown to services beside the chat (IRCv3 draft/authtoken, ircv3-specifications pull request 602)."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core import facts, passes
from ipcchat.core.holders import Holder
from ipcchat.core.settings import Settings
from ipcchat.core.tokens import digest_of
from tests.core.deeds import comes, happened, has_account, is_operator
from tests.core.net import Net

WEB, FILES = "https://chat.example", "https://chat.example/files"
CAPS = "batch standard-replies draft/authtoken"
FAIL = ":test.net FAIL TOKEN"


@pytest.fixture
def net() -> Net:
    """A network with all services."""
    return Net(settings=Settings(network="TestNet", server_name="test.net", motd=(), web_url=WEB, files_url=FILES))


@pytest.fixture
def ann(net):
    """Ann, who has an account."""
    has_account(net, "ann")
    return comes(net, "ann", caps=CAPS)


def given(talker, service: str) -> str:
    """The token of an answer."""
    (line,) = talker.says(f"TOKEN GENERATE {service}")
    written: str = line
    head, _, token = written.rpartition(" ")
    assert head.startswith(":test.net TOKEN GENERATE ")
    return token


@pytest.mark.covers("TOKEN", "draft/authtoken")
def test_the_services_are_told_when_somebody_comes_and_when_he_asks(net: Net):
    told = [
        f"TOKEN SERVICE ipc-chat/LOGIN {WEB} :Stay logged in to your account",
        f"TOKEN SERVICE FILEHOST {FILES} :Upload files, and read what others uploaded",
    ]
    ann = net.dial()
    ann.says(f"CAP REQ :{CAPS}", "NICK ann", "USER ann 0 * :Ann", "CAP END")
    lines = [line for line in ann.lines if " TOKEN " in line]
    assert [line.split(" ", 2)[2] for line in lines] == told
    places = [
        number for number, line in enumerate(ann.lines) if " 005 " in line or " TOKEN " in line or " 251 " in line
    ]
    assert " 251 " in ann.lines[places[-1]], "between ISUPPORT and LUSERS"
    answer = ann.says("TOKEN SERVICELIST")
    assert answer[0].endswith("draft/authtoken * *")
    assert [line.split(" ", 2)[2] for line in answer[1:-1]] == told


@pytest.mark.covers("NOTE * NO_SERVICES")
def test_there_may_be_none(net: Net):
    net.nodes[0].engine.configure(Settings(network="TestNet", server_name="test.net"))
    ann = net.connect("ann", CAPS)
    assert ann.says("TOKEN SERVICELIST") == [
        ":test.net NOTE TOKEN NO_SERVICES :This server has no services beside the chat"
    ]


def test_a_pass_stands_for_the_connection_that_asked(net: Net):
    guest = net.connect("guest", CAPS)
    token = given(guest, "filehost")
    engine = net.engine
    assert engine.holder(token, net.now) == Holder("", guest.session.user)
    assert given(guest, "FILEHOST") != token
    net.pass_time(passes.PASS_SECONDS)
    assert engine.holder(token, net.now) is None


def test_a_pass_ends_with_its_connection(net: Net, ann):
    token = given(ann, "FILEHOST")
    assert net.engine.holder(token, net.now) == Holder("ann", ann.session.user)
    ann.says("QUIT")
    assert net.engine.holder(token, net.now) is None
    assert not len(net.engine.passes)


def test_a_token_of_a_device_logs_in_again(net: Net, ann):
    token = given(ann, "ipc-chat/LOGIN")
    account = net.engine.state.accounts.find("ann")
    assert account is not None
    (kept,) = account.tokens
    assert kept.device and kept.name == f"web-{digest_of(token)[:6]}"
    assert kept.until - kept.at == 30 * 86_400_000
    assert net.engine.holder(token, net.now) == Holder("ann")
    is_operator(net, ann)
    happened(net, facts.AccountSuspended, ann, account="ann", author="peace")
    assert net.engine.holder(token, net.now) is None


@pytest.mark.covers(
    "FAIL TOKEN ACCOUNT_REQUIRED",
    "FAIL TOKEN NEED_CAPABILITY",
    "FAIL TOKEN UNKNOWN_SERVICE",
    "FAIL TOKEN INVALID_SCOPE",
    "FAIL TOKEN NO_PERMISSIONS",
    "FAIL TOKEN UNKNOWN_COMMAND",
)
def test_what_is_refused(net: Net, ann):
    guest, bare = net.connect("guest", CAPS), net.connect("bare", "standard-replies")
    far = net.connect("far", CAPS, host="192.0.2.1")
    stranger = net.dial()
    stranger.says("CAP REQ :standard-replies")
    assert guest.says("TOKEN GENERATE ipc-chat/LOGIN") == [
        f"{FAIL} ACCOUNT_REQUIRED :Log in to an account first: that is what the token is for"
    ]
    assert bare.says("TOKEN GENERATE FILEHOST") == [
        f"{FAIL} NEED_CAPABILITY batch :Ask for the capability first: CAP REQ batch"
    ]
    assert ann.says("TOKEN GENERATE QDB") == [f"{FAIL} UNKNOWN_SERVICE QDB :TOKEN SERVICELIST shows the services"]
    assert ann.says("TOKEN GENERATE FILEHOST #tea") == [
        f"{FAIL} INVALID_SCOPE #tea :A token here stands for you, and for no channel"
    ]
    assert ann.says("TOKEN GENERATE FILEHOST Ann")[0].startswith(":test.net TOKEN GENERATE FILEHOST")
    assert far.says("TOKEN GENERATE FILEHOST") == [
        f"{FAIL} NO_PERMISSIONS FILEHOST :A token may not travel unencrypted; connect with TLS"
    ]
    for line in ("TOKEN SERVICELIST", "TOKEN GENERATE FILEHOST"):
        assert "NO_PERMISSIONS * :Register with NICK and USER first" in stranger.says(line)[0]
    assert "NO_PERMISSIONS FILEHOST" in stranger.says(f"TOKEN VALIDATE FILEHOST {FILES} :x")[0]
    assert ann.says("TOKEN EAT") == [f"{FAIL} UNKNOWN_COMMAND EAT :Use SERVICELIST or GENERATE"]


def test_who_knows_the_capability_hears_of_changes(net: Net, ann):
    bare = net.connect("bare")
    engine, settings = net.engine, net.engine.settings
    net.forget()
    net.nodes[0].perform(engine.reload(msgspec.structs.replace(settings, files_url="", web_url="https://b"), net.now))
    tokens = [line for line in ann.lines if "TOKEN" in line]
    assert tokens == [":test.net TOKEN NEW ipc-chat/LOGIN https://b", ":test.net TOKEN DEL FILEHOST"]
    assert not [line for line in bare.lines if "TOKEN" in line]
