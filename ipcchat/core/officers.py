"""Notices of the server to operators who want them (+s) about what is in no journal; about facts see
apply/telling.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import replies
from ipcchat.core.effects import Send

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine


def tell_officers(engine: Engine, kind: str, text: str) -> None:
    """Tell the operators on this node who want notices of that kind."""
    for session in engine.officers:
        user = session.user
        if user is not None and kind in user.notices:
            line = replies.line(engine.server_name, "NOTICE", user.nick, f"*** {text}")
            tags = engine.tagger.tags(session.caps, engine.now.wall)
            engine.effects.append(Send(session.link, replies.encoded(tags, line)))
