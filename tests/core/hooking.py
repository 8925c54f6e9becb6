"""A registered channel with hooks, for tests of them."""

from __future__ import annotations

import re

from ipcchat.core.hooks import HookPost, Relaying
from ipcchat.core.settings import Settings
from ipcchat.core.tokens import digest_of
from tests.core.net import Net, Talker
from tests.core.tea import chanserv, joined

WEB = "https://chat.example"
SETTINGS = Settings(network="TestNet", server_name="test.net", motd=(), web_url=WEB, outbound=("https",))
URL = "https://ci.example/chat/secret-path"
TOKEN = re.compile(r"ipc_[A-Za-z0-9_-]{32}")


def founder(net: Net, nick: str = "ann") -> Talker:
    """The founder of #tea, who is in it."""
    talker = joined(net, nick)
    talker.says("CS REGISTER #tea")
    talker.forget()
    return talker


def token_in(lines: list[str]) -> str:
    """The token, or the secret, that was shown."""
    (found,) = {each for line in lines for each in TOKEN.findall(line)}
    return str(found)


def comes_in(talker: Talker, name: str = "grafana") -> str:
    """The digest of a new hook by which messages come into #tea."""
    found = digest_of(token_in(chanserv(talker, f"HOOK #tea ADD {name}")))
    talker.node.net.forget()
    return found


def goes_out(talker: Talker, name: str = "ci", more: str = "") -> str:
    """The digest of a new hook by which messages of #tea go out."""
    found = digest_of(token_in(chanserv(talker, f"HOOK #tea ADD {name} POST {URL} {more}")))
    talker.node.net.forget()
    return found


def says(net: Net, digest: str, text: str, node: int = 0, **fields: str) -> Relaying:
    """A hook says that, and everything settles."""
    relaying, effects = net.nodes[node].engine.relay(digest, HookPost(text, **fields), net.now)
    net.nodes[node].perform(effects)
    net.settle()
    return relaying
