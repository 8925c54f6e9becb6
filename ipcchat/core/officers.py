"""Notices of the server to operators who want them (+s) about what is in no journal; about facts see
apply/telling.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import replies, visibility
from ipcchat.core.effects import Send
from ipcchat.core.state import User

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine


def tell_officers(
    engine: Engine, kind: str, text: str, about: User | None = None, address: str = "", more: str = ""
) -> None:
    """Tell the operators on this node who want notices of that kind. Somebody whom it is `about` stands between `text`
    and `more`, with his `address` for those who may know it."""
    for session in engine.officers:
        user = session.user
        if user is not None and kind in user.notices:
            whom = visibility.placed(user, about, address) if about is not None else ""
            line = replies.line(engine.server_name, "NOTICE", user.nick, f"*** {text}{whom}{more}")
            tags = engine.tagger.tags(session.caps, engine.now.wall)
            engine.effects.append(Send(session.link, replies.encoded(tags, line)))
