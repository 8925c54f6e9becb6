"""NickServ: the files that one uploaded, and dropping them (docs/files.md).

Rules:
1. One sees and drops one's own: those of one's account, or who has none those of this connection.
2. An operator who manages accounts sees and drops those of others, which goes into the audit log. He reads no file by
   that.
"""

from __future__ import annotations

from collections.abc import Iterable

from ipcchat.core import audit, facts, rules
from ipcchat.core.file_rules import is_owner
from ipcchat.core.files import File
from ipcchat.core.handlers.nickserv import SERVICE, then_record
from ipcchat.core.handlers.nickserv_settings import find_account, moment
from ipcchat.core.holders import Holder
from ipcchat.core.privileges import ACCOUNTS
from ipcchat.core.services import Asked, service_command
from ipcchat.core.targets import quotable
from ipcchat.wire.casemap import fold

ROWS_MAX = 100
NAME_CHARACTERS_MAX = 60


@service_command(SERVICE, "FILES", shown=True, syntax="[DEL <id>]")
def files(asked: Asked, action: str = "LIST", which: str = "") -> None:
    """See the files that you uploaded: id, name, size, since when, and in how many messages each is. FILES DEL drops
    one: it is gone for everybody. Operators who manage accounts also see those of another account: FILES LIST ann."""
    wanted = action.upper()
    if wanted == "LIST":
        _list(asked, which)
    elif wanted in ("DEL", "DELETE", "REMOVE"):
        _drop(asked, which)
    else:
        raise asked.refusal("Say FILES, or FILES DEL <id>")


def _list(asked: Asked, account: str) -> None:
    state, user = asked.ctx.state, asked.ctx.user
    holder = Holder(user.account, user)
    if account and fold(account) != fold(user.account):
        rules.require_privilege(user, ACCOUNTS)
        holder = Holder(find_account(asked, account).name)
    found = [file for file in state.files if is_owner(holder, file)]
    _tell(asked, found[-ROWS_MAX:])
    if len(found) > ROWS_MAX:
        asked.say(f"These are the last {ROWS_MAX} of {len(found)}.")
    if found:
        size = sum(file.bytes for file in found)
        asked.say(f"Files: {len(found)}, with {size:,} bytes. FILES DEL <id> drops one.")
    else:
        asked.say("There are none." if account else "You have uploaded no files that are still here.")


def _tell(asked: Asked, found: Iterable[File]) -> None:
    for file in found:
        where = f"in {len(file.carriers)} messages" if len(file.carriers) > 1 else "in a message"
        end = f", until {moment(file.ends)}" if file.ends else ""
        state = where if file.carriers else "in no message yet"
        name = file.name[:NAME_CHARACTERS_MAX]
        asked.say(f"{file.id} {name}: {file.bytes:,} bytes, since {moment(file.at)}, {state}{end}")


def _drop(asked: Asked, id: str) -> None:
    ctx = asked.ctx
    file = ctx.state.files.find(id)
    is_own = file is not None and is_owner(Holder(ctx.user.account, ctx.user), file)
    if file is None or not (is_own or rules.has_privilege(ctx.user, ACCOUNTS)):
        raise asked.refusal(f"You have no file {quotable(id)}; FILES shows them")
    done = f"The file {file.id} is gone."
    if is_own:
        asked.then_say(done)
    else:
        then_record(asked, audit.FILE_DROPPED, file.account or file.nick, done, f"{file.id} {file.name}")
    ctx.propose(facts.FileDropped, file=file.id)
