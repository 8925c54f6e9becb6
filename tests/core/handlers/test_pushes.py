"""WEBPUSH (https://codeberg.org/emersion/soju/src/branch/master/doc/ext/webpush.md)."""

from __future__ import annotations

import msgspec
import pytest

from tests.core.net import Net
from tests.core.webpush import ENDPOINT, KEYS, SETTINGS, pushing_net, subscriber

FAIL = ":test.net FAIL WEBPUSH"


@pytest.mark.covers("WEBPUSH", "soju.im/webpush", "ISUPPORT VAPID")
def test_a_client_subscribes_and_takes_it_back():
    net = pushing_net()
    ann = subscriber(net)
    assert ann.asks(f"WEBPUSH register {ENDPOINT} {KEYS}") == [f":test.net WEBPUSH REGISTER {ENDPOINT}"]
    assert ann.asks(f"WEBPUSH UNREGISTER {ENDPOINT}") == [f":test.net WEBPUSH UNREGISTER {ENDPOINT}"]
    assert net.engine.state.pushes == {}
    assert " VAPID=BKey " in "".join(ann.asks("ISUPPORT"))


@pytest.mark.covers("draft/webpush")
def test_it_has_a_second_name():
    bob = pushing_net().connect("bob", "draft/webpush standard-replies")
    assert " VAPID=BKey " in "".join(bob.asks("ISUPPORT"))
    assert bob.asks("WEBPUSH REGISTER x y")[0].startswith(f"{FAIL} ACCOUNT_REQUIRED ")


def test_one_that_there_is_not_is_taken_back_without_a_word():  # "MUST silently ignore"
    ann = subscriber(pushing_net())
    assert ann.asks("WEBPUSH UNREGISTER https://push.example.net/other") == []


def test_who_learns_of_it_later_is_told_the_key():
    bob = pushing_net().connect("bob")
    assert "VAPID" not in "".join(bob.asks("ISUPPORT"))
    heard = bob.asks("CAP REQ soju.im/webpush")
    assert heard[0] == ":test.net CAP bob ACK :soju.im/webpush"
    assert heard[1:] == [":test.net 005 bob VAPID=BKey :are supported by this server"]
    assert len(bob.asks("CAP REQ draft/webpush")) == 1


def test_before_the_welcome_the_key_comes_with_the_rest():
    bob = pushing_net().dial()
    assert "VAPID" not in "".join(bob.says("CAP REQ :soju.im/webpush"))
    assert "".join(bob.says("NICK bob", "USER bob 0 * :Bob", "CAP END")).count("VAPID=BKey") == 1


def test_without_a_key_there_is_no_such_thing():
    net = Net()
    bob = net.connect("bob")
    assert bob.asks("CAP REQ soju.im/webpush") == [":test.net CAP bob NAK :soju.im/webpush"]
    assert "webpush" not in "".join(bob.asks("CAP LS 302"))


@pytest.mark.covers("FAIL WEBPUSH NEED_CAPABILITIES", "FAIL WEBPUSH ACCOUNT_REQUIRED")
def test_it_needs_the_capability_and_an_account():
    net = pushing_net()
    bob = net.connect("bob", "standard-replies")
    assert bob.asks("WEBPUSH")[0].startswith(f"{FAIL} NEED_CAPABILITIES :")
    bob.says("CAP REQ soju.im/webpush")
    assert bob.asks(f"WEBPUSH REGISTER {ENDPOINT} {KEYS}")[0].startswith(f"{FAIL} ACCOUNT_REQUIRED :")
    assert net.engine.state.pushes == {}


@pytest.mark.covers("FAIL WEBPUSH INVALID_PARAMS")
@pytest.mark.parametrize(
    ("said", "context"),
    [
        ("", "* *"),
        ("NONSENSE", "NONSENSE *"),
        (f"TEST {ENDPOINT}", f"TEST {ENDPOINT}"),
        ("REGISTER", "REGISTER *"),
        (f"REGISTER {ENDPOINT}", f"REGISTER {ENDPOINT}"),
        (f"REGISTER {ENDPOINT} {KEYS} more", f"REGISTER {ENDPOINT}"),
        (f"REGISTER {ENDPOINT} auth=x", f"REGISTER {ENDPOINT}"),
        (f"REGISTER http://push.example.net/ {KEYS}", "REGISTER http://push.example.net/"),
        ("UNREGISTER", "UNREGISTER *"),
        (f"UNREGISTER {ENDPOINT} more", f"UNREGISTER {ENDPOINT}"),
    ],
)
def test_what_is_wrong_is_said(said: str, context: str):
    net = pushing_net()
    bob = subscriber(net, "bob", "https://push.example.net/bob")
    assert bob.asks(f"WEBPUSH {said}")[0].startswith(f"{FAIL} INVALID_PARAMS {context} :")
    assert list(net.engine.state.pushes["bob"]) == ["https://push.example.net/bob"]


def test_an_endpoint_of_a_network_that_is_allowed_may_be_plain():
    net = Net(settings=msgspec.structs.replace(SETTINGS, outbound=("https", "http")))
    subscriber(net, endpoint="http://127.0.0.1:9/push")
    assert list(net.engine.state.pushes) == ["ann"]
