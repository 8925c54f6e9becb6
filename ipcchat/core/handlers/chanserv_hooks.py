"""ChanServ, for hooks: letting programs write into a registered channel by HTTP, and hear what is said there
(docs/webhooks.md).

Rules:
1. What a URL or a secret is, is shown once, to who made it, and only where nobody between could read it.
2. Where something goes is shown without its path, which is often a secret of the other side.
3. Every change is in the audit log.
"""

from __future__ import annotations

import re

from ipcchat.core import audit, channel_access, facts, hooks
from ipcchat.core.apply.hooks import MANAGERS_RANK
from ipcchat.core.facts import Hook
from ipcchat.core.handlers.chanserv import SERVICE, find_registered, manages_channels
from ipcchat.core.handlers.nickserv_settings import moment
from ipcchat.core.services import Asked, service_command
from ipcchat.core.state import Channel
from ipcchat.core.targets import quotable
from ipcchat.core.tokens import digest_of, new_token

URL_BYTES_MAX = 300
SYNTAX = "<channel> LIST | ADD <name> [SIGNED] | ADD <name> POST <url> [ALL] | ON <name> | DEL <name>"
_URL = re.compile(
    r"(?P<scheme>https?)://(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.?|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?][!-\"$-~]*)?",
    re.ASCII,
)
_OPEN_PORTS = (80, 443)
_FREE_PORTS = range(1024, 65_536)


@service_command(SERVICE, "HOOK", "HOOKS", "WEBHOOK", syntax=SYNTAX)
def hook(
    asked: Asked, channel: str, verb: str = "LIST", name: str = "", kind: str = "", url: str = "", all_: str = ""
) -> None:
    """Let programs write into your channel by HTTP, and send them what is said there: HOOK #build ADD grafana shows the
    URL to post to; with SIGNED behind it also the secret that must sign it (GitHub). HOOK #build ADD ci POST
    https://ci.example/chat sends what people say there to that URL, with ALL what programs say as well. HOOK #build
    LIST shows the hooks, HOOK #build DEL ci takes one away, HOOK #build ON ci lets one go on that was switched off. It
    takes access o or higher. docs/webhooks.md says what programs send and get."""
    room, wanted = find_registered(asked, channel), verb.upper()
    if wanted == "LIST":
        _list(asked, room)
    elif wanted == "ADD" and kind.upper() == "POST":
        _add_outgoing(asked, room, _new_name(asked, name), url, all_.upper() == "ALL")
    elif wanted == "ADD" and kind.upper() in ("", "SIGNED"):
        _add_incoming(asked, room, _new_name(asked, name), signed=bool(kind))
    elif wanted == "ON" and name:
        _switch_on(asked, room, name.lower())
    elif wanted in ("DEL", "DELETE", "REMOVE") and name:
        _drop(asked, room, name.lower())
    else:
        raise asked.refusal(f"Type HOOK {SYNTAX}")


def _new_name(asked: Asked, written: str) -> str:
    if not hooks.is_name(written.lower()):
        raise asked.refusal("The name of a hook has 1 to 20 of a-z 0-9 _ -: HOOK #build ADD grafana")
    return written.lower()


# Looking.


def _list(asked: Asked, room: Channel) -> None:
    if not manages_channels(asked):
        channel_access.require_access(room, asked.ctx.user, MANAGERS_RANK)
    for kept in room.hooks.values():
        asked.say(f"{kept.name}: {_described(kept)}, set by {kept.by} {moment(kept.at)}")
    if not room.hooks:
        asked.say(f"{room.name} has no hooks. HOOK {room.name} ADD <name> makes one.")


def _described(kept: Hook) -> str:
    if not kept.url:
        return "writes here, signed" if kept.secret else "writes here"
    goes = f"sends {'everything' if kept.everything else 'what people say'} to {hooks.shown_url(kept.url)}"
    if kept.off:
        return f"{goes}, is switched off: {kept.problem}"
    failing = f", fails since {moment(kept.failing_since)}: {kept.problem}" if kept.failing_since else ""
    return f"{goes}{failing}"


# Changing.


def _require_private(asked: Asked) -> None:
    """Nobody between can read what is shown. Raises Refusal."""
    if not asked.ctx.session.confidential:
        raise asked.refusal("What belongs to a hook may not travel unencrypted: connect with TLS and ask again")


def _add_incoming(asked: Asked, room: Channel, name: str, *, signed: bool) -> None:
    _require_private(asked)
    web_url = asked.ctx.engine.settings.web_url
    if not web_url:
        text = "This server has no address for browsers, so nobody could post to it; its administrator sets"
        raise asked.refusal(f"{text} server.web_url")
    token = new_token(asked.ctx.engine)
    secret = new_token(asked.ctx.engine) if signed else ""
    lines = [f"Programs write into {room.name} by POST {web_url}/hooks/{token}"]
    if signed:
        lines.append(f"What they send must be signed (X-Hub-Signature-256) with the secret {secret}")
    _add(asked, room, Hook(name, digest_of(token), secret=secret, by=asked.ctx.user.account), lines)


def _add_outgoing(asked: Asked, room: Channel, name: str, url: str, everything: bool) -> None:
    _require_private(asked)
    _require_url(asked, url)
    secret = new_token(asked.ctx.engine)
    lines = [
        f"What is said in {room.name} is sent to {hooks.shown_url(url)} from now on.",
        f"It is signed (X-IPC-Chat-Signature) with the secret {secret}",
    ]
    own = asked.ctx.user.account
    _add(asked, room, Hook(name, digest_of(secret), url=url, secret=secret, by=own, everything=everything), lines)


def _require_url(asked: Asked, url: str) -> None:
    """The server may send to it. Which addresses it has is looked at each time when something is sent. Raises
    Refusal."""
    schemes, found = asked.ctx.engine.settings.outbound, _URL.fullmatch(url)
    if not schemes:
        raise asked.refusal("This server sends nothing to others by itself (outbound.enabled in its configuration)")
    if found is None or len(url) > URL_BYTES_MAX:
        text = f"Write the URL as https://ci.example.org/chat, in ASCII, with at most {URL_BYTES_MAX} characters and"
        raise asked.refusal(f"{text} without a name, password or fragment in it")
    if found["scheme"] not in schemes:
        raise asked.refusal(f"Only {' and '.join(f'{scheme}://' for scheme in schemes)} here: it is sent over networks")
    port = int(found["port"]) if found["port"] else _OPEN_PORTS[0]
    if port not in _OPEN_PORTS and port not in _FREE_PORTS:
        raise asked.refusal("The port of the URL is 443, 80, or 1024 and above")


def _add(asked: Asked, room: Channel, made: Hook, lines: list[str]) -> None:
    words = f"{made.name}, to {hooks.shown_url(made.url)}" if made.url else made.name

    def tell() -> None:
        audit.write(asked.ctx.engine, audit.HOOK_SET, asked.ctx.session, room.name, words)
        for line in lines:
            asked.say(line)
        asked.say("Keep that, it is not shown again.")

    asked.ctx.then = tell
    asked.ctx.propose(facts.HookSet, channel=room.name, hook=made)


def _kept(asked: Asked, room: Channel, name: str) -> Hook:
    """A hook of the channel, for those who manage them. Raises Refusal."""
    if not manages_channels(asked):
        channel_access.require_access(room, asked.ctx.user, MANAGERS_RANK)
    kept = room.hooks.get(name)
    if kept is None:
        raise asked.refusal(f"{room.name} has no hook {quotable(name)}; HOOK {room.name} LIST shows them")
    return kept


def _switch_on(asked: Asked, room: Channel, name: str) -> None:
    kept = _kept(asked, room, name)

    def tell() -> None:
        audit.write(asked.ctx.engine, audit.HOOK_SET, asked.ctx.session, room.name, f"{name}, switched on")
        asked.say(f"The hook {name} of {room.name} goes on where it stopped.")

    asked.ctx.then = tell
    asked.ctx.propose(facts.HookSet, channel=room.name, hook=kept)


def _drop(asked: Asked, room: Channel, name: str) -> None:
    _kept(asked, room, name)

    def tell() -> None:
        audit.write(asked.ctx.engine, audit.HOOK_DROPPED, asked.ctx.session, room.name, name)
        asked.say(f"{room.name} has the hook {name} no longer.")

    asked.ctx.then = tell
    asked.ctx.propose(facts.HookDropped, channel=room.name, name=name)
