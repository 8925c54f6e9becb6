"""Somebody with an account who is pushed to, for tests of Web Push."""

from __future__ import annotations

from ipcchat.core.policy import Policy
from ipcchat.core.settings import Settings
from tests.core.deeds import comes, has_account
from tests.core.net import Net, Talker

CAPS = "soju.im/webpush standard-replies draft/read-marker message-tags"
ENDPOINT = "https://push.example.net/push/YBJNBIMwwA_Ag8EtD47J4A"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
"""The keys of the example in soju's specification."""

AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
KEYS = f"p256dh={P256DH};auth={AUTH}"
SETTINGS = Settings(
    network="TestNet",
    server_name="test.net",
    motd=(),
    push_key="BKey",
    outbound=("https",),
    web_url="https://chat.example",
    policy=Policy(always_on="mandatory"),
)


def pushing_net(nodes: int = 1) -> Net:
    """A network whose people stay when they are gone, and may be pushed to."""
    return Net(nodes, settings=SETTINGS)


def subscriber(net: Net, nick: str = "ann", endpoint: str = ENDPOINT, node: int = 0) -> Talker:
    """Somebody in #tea with an account of his nick, to whom is pushed."""
    has_account(net, nick)
    talker = comes(net, nick, caps=CAPS, node=node)
    assert talker.asks(f"WEBPUSH REGISTER {endpoint} {KEYS}") == [f":test.net WEBPUSH REGISTER {endpoint}"]
    talker.says("JOIN #tea")
    net.forget()
    return talker


def taken(net: Net) -> list[str]:
    """What was pushed since the last time, without tags."""
    lines = [push.line.decode() for push in net.pushed]
    net.pushed.clear()
    return [line.partition(" ")[2] if line.startswith("@") else line for line in lines]
