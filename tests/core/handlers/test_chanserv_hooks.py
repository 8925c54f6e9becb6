"""ChanServ's HOOK: who lets programs in and out of a channel, and what he is shown of it (docs/webhooks.md)."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core import audit
from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.core.tokens import digest_of
from tests.core.deeds import is_logged_in, is_operator
from tests.core.hooking import SETTINGS, TOKEN, URL, WEB, comes_in, founder, goes_out, token_in
from tests.core.net import Net, Talker
from tests.core.tea import CS, joined
from tests.core.tea import chanserv as said


@pytest.fixture
def net() -> Net:
    """A network that browsers find."""
    return Net(settings=SETTINGS)


@pytest.fixture
def ann(net: Net) -> Talker:
    """The founder of #tea."""
    return founder(net)


def hooks_of(net: Net) -> list[str]:
    """The names of #tea's hooks."""
    return list(net.engine.state.channels["#tea"].hooks)


def test_a_url_is_shown_once(net, ann):
    told = said(ann, "HOOK #tea ADD grafana")
    token = token_in(told)
    assert told == [f"Programs write into #tea by POST {WEB}/hooks/{token}", "Keep that, it is not shown again."]
    assert net.engine.state.channels["#tea"].hooks["grafana"].digest == digest_of(token)
    (listed,) = said(ann, "HOOK #tea LIST")
    assert listed == "grafana: writes here, set by ann 2023-11-14 22:13 UTC"
    assert token not in net.engine.snapshot().decode(errors="replace")


def test_a_signed_one_has_a_secret_besides(net, ann):
    told = said(ann, "HOOK #tea ADD github signed")
    token, secret = (TOKEN.findall(line)[0] for line in told[:2])
    assert told[1] == f"What they send must be signed (X-Hub-Signature-256) with the secret {secret}"
    assert token != secret
    assert net.engine.state.channels["#tea"].hooks["github"].secret == secret
    assert said(ann, "HOOK #tea") == ["github: writes here, signed, set by ann 2023-11-14 22:13 UTC"]


def test_one_that_goes_out_has_a_secret_and_hides_its_path(net, ann):
    told = said(ann, f"HOOK #tea ADD ci POST {URL}")
    assert told[0] == "What is said in #tea is sent to https://ci.example from now on."
    assert told[1] == f"It is signed (X-IPC-Chat-Signature) with the secret {token_in(told)}"
    assert said(ann, f"HOOK #tea ADD all POST {URL} ALL")[0] == told[0]
    assert said(ann, "HOOK #tea LIST") == [
        "ci: sends what people say to https://ci.example, set by ann 2023-11-14 22:13 UTC",
        "all: sends everything to https://ci.example, set by ann 2023-11-14 22:13 UTC",
    ]


def test_members_are_told_who_speaks_and_who_listens(net, ann):
    bob = joined(net, "bob")
    comes_in(ann), goes_out(ann)
    ann.says("CS HOOK #tea DEL grafana")
    assert bob.bare == [f"{CS} NOTICE #tea :ann took away the hook grafana"]
    bob.forget()
    ann.says("CS HOOK #tea ADD x", f"CS HOOK #tea ADD y POST {URL}")
    assert bob.bare == [
        f"{CS} NOTICE #tea :ann let programs write here by the hook x",
        f"{CS} NOTICE #tea :ann let the hook y send what is said here to https://ci.example",
    ]


def test_operators_of_the_channel_manage_them_and_nobody_else(net, ann):
    bob, eve = joined(net, "bob"), joined(net, "eve")
    ann.says("CS ACCESS #tea ADD bob o", "CS ACCESS #tea ADD eve h")
    comes_in(bob, "bobs")
    refused = ["You need access o or higher to #tea for that; STATUS #tea shows yours"]
    for command in ("HOOK #tea", "HOOK #tea ADD x", f"HOOK #tea ADD x POST {URL}", "HOOK #tea DEL bobs"):
        assert said(eve, command) == refused
    assert said(bob, "HOOK #tea DEL bobs") == ["#tea has the hook bobs no longer."]
    assert hooks_of(net) == []


def test_operators_of_the_network_take_them_away(net, ann):
    comes_in(ann)
    eve = net.connect("eve")
    is_operator(net, eve)
    assert said(eve, "HOOK #tea")[0].startswith("grafana: writes here")
    assert said(eve, "HOOK #tea ADD x") == ["You need access o or higher to #tea for that; STATUS #tea shows yours"]
    assert said(eve, "HOOK #tea DEL grafana") == ["#tea has the hook grafana no longer."]
    kinds = [(row.kind, row.target, row.text) for row in net.audited if row.kind.startswith("hook")]
    assert kinds == [(audit.HOOK_SET, "#tea", "grafana"), (audit.HOOK_DROPPED, "#tea", "grafana")]


def test_nothing_secret_is_shown_where_somebody_may_listen(net, ann):
    zoe = net.dial(peer=Peer("192.0.2.7"))
    zoe.says("NICK zoe", "USER zoe 0 * :Zoe")
    is_logged_in(net, zoe, "zoe")
    zoe.says("JOIN #milk", "CS REGISTER #milk")
    private = "What belongs to a hook may not travel unencrypted: connect with TLS and ask again"
    assert said(zoe, "HOOK #milk ADD x") == [private]
    assert said(zoe, f"HOOK #milk ADD x POST {URL}") == [private]
    assert said(zoe, "HOOK #milk LIST") == ["#milk has no hooks. HOOK #milk ADD <name> makes one."]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://ci.example", "Write the URL as https://ci.example.org/chat"),
        ("https://", "Write the URL as"),
        ("https://ann:pw@ci.example/", "Write the URL as"),
        ("https://ci.example/#part", "Write the URL as"),
        ("https://ci.exämple/", "Write the URL as"),
        ("https://ci.example:x/", "Write the URL as"),
        ("https://ci.example\\@10.0.0.1/", "Write the URL as"),
        ("https://ci.example/" + "x" * 290, "Write the URL as"),
        ("http://ci.example/", "Only https:// here: it is sent over networks"),
        ("https://ci.example:22/", "The port of the URL is 443, 80, or 1024 and above"),
        ("https://ci.example:65536/", "The port of the URL is 443"),
    ],
)
def test_a_url_is_one_that_something_can_be_sent_to(net, ann, url, told):
    assert said(ann, f"HOOK #tea ADD ci POST {url}")[0].startswith(told)
    assert hooks_of(net) == []


@pytest.mark.parametrize("url", ["https://[2001:db8::1]:8443/x?y=z", "https://10.0.0.1", "https://a.example.:1024/"])
def test_where_a_name_leads_is_looked_at_when_something_is_sent(net, ann, url):
    assert said(ann, f"HOOK #tea ADD ci POST {url}")[0].startswith("What is said in #tea is sent to https://")


def test_a_closed_server_sends_nothing_and_a_home_may_do_without_tls():
    closed = Net(settings=msgspec.structs.replace(SETTINGS, outbound=(), web_url=""))
    ann = founder(closed)
    assert said(ann, f"HOOK #tea ADD ci POST {URL}") == [
        "This server sends nothing to others by itself (outbound.enabled in its configuration)"
    ]
    assert said(ann, "HOOK #tea ADD x") == [
        "This server has no address for browsers, so nobody could post to it; its administrator sets server.web_url"
    ]
    home = Net(settings=msgspec.structs.replace(SETTINGS, outbound=("https", "http")))
    ann = founder(home)
    assert said(ann, "HOOK #tea ADD ci POST http://10.0.0.1:8123/x")[0].endswith("http://10.0.0.1:8123 from now on.")


def test_names_are_plain_and_each_is_there_once(net, ann):
    assert said(ann, "HOOK #tea ADD Grafana")[0].startswith("Programs write into #tea")
    assert hooks_of(net) == ["grafana"]
    assert said(ann, "HOOK #tea ADD grafana") == ["#tea has a hook grafana already; HOOK #tea DEL grafana"]
    for name in ("a/b", "", "x" * 21, "ä"):
        assert said(ann, f"HOOK #tea ADD {name}") == [
            "The name of a hook has 1 to 20 of a-z 0-9 _ -: HOOK #build ADD grafana"
        ]
    assert said(ann, "HOOK #tea DEL nobody") == ["#tea has no hook nobody; HOOK #tea LIST shows them"]
    assert said(ann, "HOOK #tea ON grafana") == ["The hook grafana of #tea is on already"]
    for wrong in ("HOOK #tea NONSENSE", "HOOK #tea DEL", "HOOK #tea ON", "HOOK #tea ADD x GET https://x.example"):
        assert said(ann, wrong)[0].startswith("Type HOOK <channel> LIST | ADD <name> [SIGNED]")


def test_a_channel_has_so_many():
    net = Net(settings=SETTINGS, limits=Limits(hooks_per_channel_max=1))
    ann = founder(net)
    comes_in(ann)
    assert said(ann, "HOOK #tea ADD x") == [
        "#tea has 1 hooks, as many as there may be: HOOK #tea DEL one of them first"
    ]


def test_only_registered_channels_have_them(net):
    joined(net, "bob")
    assert said(joined(net, "ann"), "HOOK #tea ADD x") == ["#tea is not registered; REGISTER #tea does that"]
