"""Who it is that shows a token beside the chat: somebody's connection (a pass), or an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ipcchat.core.mechanisms import unusable
from ipcchat.core.state import User
from ipcchat.core.tokens import digest_of

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine


class Holder(NamedTuple):
    """Who asks: an account ("": none), and the user who is here, where it is one. Neither: a stranger."""

    account: str = ""
    user: User | None = None


STRANGER = Holder()


def of_token(engine: Engine, token: str) -> Holder | None:
    """Whose token it is now; None for one that does not count."""
    session = engine.passes.holder(token, engine.now.ticks)
    if session is not None and session.user is not None:
        return Holder(session.user.account, session.user)
    account = engine.state.accounts.of_token(digest_of(token), engine.now.wall)
    if account is None or unusable(engine, account) is not None:
        return None
    return Holder(account.name)
