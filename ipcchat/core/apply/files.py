"""Files come, are carried by messages, and go (files.py has the rules; file_rules.py who may read them).

What an author may not read himself his message does not carry. A file that is gone leaves its address in messages: it
leads nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import facts, rules
from ipcchat.core.apply.meaning import means
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import Entry, conversation, party
from ipcchat.core.file_rules import is_owner, may_read
from ipcchat.core.files import MS_PER_HOUR, UNKEPT_HOURS, Carrier, File, mentioned
from ipcchat.core.holders import Holder
from ipcchat.core.privileges import ACCOUNTS
from ipcchat.core.state import State
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

FULL = "There are as many files here as there may be: drop some, or let the administrator raise limits.files_max"
GONE = "You left, or your account is gone: log in and upload it again"
FOREIGN = "This file is not yours"


def carry(state: State, fact: facts.Posted, entry: Entry) -> None:
    """A change: a message whose text may have addresses of files was said."""
    user = state.users[fact.by]
    for id in mentioned(fact.text):
        file = state.files.find(id)
        if file is None or len(file.carriers) >= state.limits.places_per_file_max:
            continue
        if may_read(state, Holder(user.account, user), file, entry.at):
            state.files.carry(file, _carrier(state, fact, entry))


def _carrier(state: State, fact: facts.Posted, entry: Entry) -> Carrier:
    history, until = fact.place, 0
    if history is None:
        until = entry.at + UNKEPT_HOURS * MS_PER_HOUR
        room = None if fact.recipient else state.channels.find(fact.target)
        other = party(fact.recipient_account, fact.target)
        history = room.history if room is not None else conversation(fact.sender, other)
    between = (fact.by, fact.recipient) if fact.recipient else ()
    return Carrier(history, entry.seq, fact.about, fact.sender, between, fact.status, until)


def _check_uploaded(state: State, fact: facts.FileUploaded) -> None:
    if len(state.files) >= state.limits.files_max:
        raise Refusal(numerics.ERR_UNKNOWNERROR, "FILES", text=FULL)
    is_here = state.accounts.find(fact.account) is not None if fact.account else fact.uid in state.users
    if not is_here:
        raise Refusal(numerics.ERR_UNKNOWNERROR, "FILES", text=GONE)
    if state.files.find(fact.file) is not None:
        raise Ignored


def _upload(state: State, fact: facts.FileUploaded, entry: Entry) -> None:
    uid = "" if fact.account else fact.uid
    what = (fact.file, fact.digest, fact.name, fact.media_type, fact.bytes)
    state.files.add(File(*what, entry.at, entry.seq, fact.account, uid, fact.nick, fact.until))


def _check_dropped(state: State, fact: facts.FileDropped) -> None:
    file = state.files.find(fact.file)
    if file is None:
        raise Ignored
    if fact.places:
        if not any(carrier.seq in fact.places for carrier in file.carriers):
            raise Ignored
    elif fact.due:
        if not 0 < file.ends <= fact.at:
            raise Ignored
    else:
        user = rules.actor(state, fact)
        if not is_owner(Holder(user.account, user), file) and not rules.has_privilege(user, ACCOUNTS):
            raise Refusal(numerics.ERR_UNKNOWNERROR, "FILES", text=FOREIGN)


def _drop(state: State, fact: facts.FileDropped, entry: Entry) -> None:
    file = state.files[fact.file]
    if fact.places:
        state.files.uncarry(file, [carrier for carrier in file.carriers if carrier.seq in fact.places])
    else:
        state.files.remove(file)


def _tell_nobody(engine: Engine, fact: facts.Fact, entry: Entry, nothing: None, ctx: Context | None) -> None:
    """Who asked for it is answered by what he asked."""


means(facts.FileUploaded, check=_check_uploaded, change=_upload, announce=_tell_nobody)
means(facts.FileDropped, check=_check_dropped, change=_drop, announce=_tell_nobody)
