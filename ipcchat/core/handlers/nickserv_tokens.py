"""NickServ: tokens, which programs and devices log in with in place of the password.

Rules:
1. A token is shown once, to who made it.
2. It is made only where nobody between could read it.
3. Whoever has it is logged in to the account: by SASL (OAUTHBEARER, IRCV3BEARER, or PLAIN in place of the password),
   and by HTTP (Authorization: Bearer).
"""

from __future__ import annotations

import re

from ipcchat.core import facts
from ipcchat.core.accounts import Account
from ipcchat.core.facts import Token
from ipcchat.core.handlers.nickserv import SERVICE, own_account, require_confidential
from ipcchat.core.handlers.nickserv_settings import moment
from ipcchat.core.services import Asked, service_command
from ipcchat.core.targets import quotable
from ipcchat.core.tokens import digest_of, new_token

MS_PER_DAY = 86_400_000
DAYS_MAX = 3_650
_NAME = re.compile(r"[a-z0-9_.-]{1,32}", re.ASCII)
_DAYS = re.compile(r"[0-9]{1,4}", re.ASCII)


@service_command(SERVICE, "TOKEN", shown=True, syntax="ADD <name> [<days>]|DEL <name>|LIST")
def token(asked: Asked, action: str, name: str = "", days: str = "0") -> None:
    """Let a program log in without your password: TOKEN ADD ci-bot shows a token, once. Programs give it as their
    password, or as Authorization: Bearer. TOKEN ADD ci-bot 30 counts for thirty days. TOKEN LIST shows the names of
    those that you have, TOKEN DEL removes one."""
    account, wanted = own_account(asked), action.upper()
    if wanted == "LIST":
        _list(asked, account)
    elif wanted == "ADD":
        _add(asked, account, _name(asked, name), days)
    elif wanted in ("DEL", "DELETE", "REMOVE"):
        _remove(asked, account, name)
    else:
        raise asked.refusal("Say TOKEN ADD, TOKEN DEL or TOKEN LIST")


def _list(asked: Asked, account: Account) -> None:
    for kept in account.tokens:
        end = f", until {moment(kept.until)}" if kept.until else ""
        device = ", a browser that stays logged in" if kept.device else ""
        asked.say(f"{kept.name}: since {moment(kept.at)}{end}{device}")
    if not account.tokens:
        asked.say("Your account has no tokens. TOKEN ADD <name> makes one.")


def _name(asked: Asked, written: str) -> str:
    if not _NAME.fullmatch(written.lower()):
        raise asked.refusal("The name of a token has 1 to 32 of a-z 0-9 _ . -: TOKEN ADD ci-bot")
    return written.lower()


def _add(asked: Asked, account: Account, name: str, days: str) -> None:
    require_confidential(asked)
    if not _DAYS.fullmatch(days) or int(days) > DAYS_MAX:
        raise asked.refusal(f"Write for how many days it counts, at most {DAYS_MAX}, or nothing: TOKEN ADD {name} 30")
    now = asked.ctx.engine.now.wall
    made = new_token(asked.ctx.engine)
    until = now + int(days) * MS_PER_DAY if int(days) else 0
    asked.then_say(f"Keep this, it is not shown again: {made} logs in to {account.name} as {name}.")
    asked.ctx.propose(facts.TokensChanged, account=account.name, added=Token(name, digest_of(made), now, until))


def _remove(asked: Asked, account: Account, name: str) -> None:
    found = tuple(kept.digest for kept in account.tokens if kept.name == name.lower())
    if not found:
        raise asked.refusal(f"Your account has no token {quotable(name)}; TOKEN LIST shows them")
    asked.then_say(f"The token {quotable(name.lower())} does not log in to {account.name} any more.")
    asked.ctx.propose(facts.TokensChanged, account=account.name, removed=found)
