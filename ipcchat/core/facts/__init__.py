"""What happened: the facts of the journal.

A handler proposes a fact, the journal orders it and makes it durable, `apply` changes the shared state by it.

Rules:
1. A fact is past tense and complete: every node that applies it in the same order reaches the same state.
2. It names people by `uid` (one user for the time he is here), never by nick: nicks change, uids do not.
3. It carries an idempotency id of 16 bytes; the journal keeps the first fact of an id and drops the others.
4. Fields are only ever added at the end and with a default, so that old journals stay readable.
5. Durability: a KEPT fact is shown to nobody before it is on disk. A PASSING one is ordered like all others but need
   not wait for the disk; it is written with the next commit, or tried at once where a crash right after it should not
   undo it (`is_prompt`). A FLEETING one is ordered and never written; a Hinted may even come outside of the order,
   and has no place then (`seq` 0).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from ipcchat.core.facts.accounts import (
    AccountDeleted,
    AccountRegistered,
    AccountRestored,
    AccountSet,
    AccountSuspended,
    AccountVerified,
    CertificatesChanged,
    Credentials,
    NicksGrouped,
    PasswordChanged,
    Token,
    TokensChanged,
)
from ipcchat.core.facts.base import Durability, Fact
from ipcchat.core.facts.channels import (
    AccessChanged,
    ChannelMetadataChanged,
    ChannelModesChanged,
    ChannelRegistered,
    ChannelRenamed,
    ChannelSettingChanged,
    ChannelTransferred,
    ChannelUnregistered,
    Invited,
    Joined,
    Kicked,
    Knocked,
    ModeChange,
    Parted,
    TopicChanged,
    Uninvited,
)
from ipcchat.core.facts.files import FileDropped, FileUploaded
from ipcchat.core.facts.hooks import Hook, HookDelivered, HookDropped, HookSet, Relayed
from ipcchat.core.facts.messages import (
    LINE_BREAK,
    SEAM,
    CursorDropped,
    CursorMoved,
    Erased,
    Hinted,
    Pinned,
    Posted,
    ReadMarked,
    Redacted,
    conversation,
    parties,
    party,
)
from ipcchat.core.facts.network import (
    BanLifted,
    BanSet,
    FilterLifted,
    FilterSet,
    Killed,
    LimitsChanged,
    LockdownChanged,
    PolicyChanged,
    Walloped,
)
from ipcchat.core.facts.people import (
    AccountChanged,
    AwayChanged,
    CallerRefused,
    CallersChanged,
    HostChanged,
    NickChanged,
    NodeDown,
    OperatorChanged,
    RealnameChanged,
    ResumptionEnded,
    SessionAttached,
    UserArrived,
    UserLeft,
    UserMetadataChanged,
    UserModesChanged,
)
from ipcchat.core.facts.pushes import PushDropped, PushRegistered

__all__ = [
    "LINE_BREAK",
    "SEAM",
    "AccessChanged",
    "AccountChanged",
    "AccountDeleted",
    "AccountRegistered",
    "AccountRestored",
    "AccountSet",
    "AccountSuspended",
    "AccountVerified",
    "AnyFact",
    "AwayChanged",
    "BanLifted",
    "BanSet",
    "CallerRefused",
    "CallersChanged",
    "CertificatesChanged",
    "ChannelMetadataChanged",
    "ChannelModesChanged",
    "ChannelRegistered",
    "ChannelRenamed",
    "ChannelSettingChanged",
    "ChannelTransferred",
    "ChannelUnregistered",
    "Credentials",
    "CursorDropped",
    "CursorMoved",
    "Durability",
    "Entry",
    "Erased",
    "Fact",
    "FileDropped",
    "FileUploaded",
    "FilterLifted",
    "FilterSet",
    "Hinted",
    "Hook",
    "HookDelivered",
    "HookDropped",
    "HookSet",
    "HostChanged",
    "Invited",
    "Joined",
    "Kicked",
    "Killed",
    "Knocked",
    "LimitsChanged",
    "LockdownChanged",
    "ModeChange",
    "NickChanged",
    "NicksGrouped",
    "NodeDown",
    "OperatorChanged",
    "Parted",
    "PasswordChanged",
    "Pinned",
    "PolicyChanged",
    "Posted",
    "PushDropped",
    "PushRegistered",
    "ReadMarked",
    "RealnameChanged",
    "Redacted",
    "Relayed",
    "ResumptionEnded",
    "SessionAttached",
    "Token",
    "TokensChanged",
    "TopicChanged",
    "Uninvited",
    "UserArrived",
    "UserLeft",
    "UserMetadataChanged",
    "UserModesChanged",
    "Walloped",
    "conversation",
    "decode_fact",
    "encode_fact",
    "parties",
    "party",
]

AnyFact = (
    NodeDown
    | UserArrived
    | SessionAttached
    | ResumptionEnded
    | UserLeft
    | NickChanged
    | AwayChanged
    | RealnameChanged
    | HostChanged
    | UserModesChanged
    | AccountChanged
    | OperatorChanged
    | CallerRefused
    | CallersChanged
    | UserMetadataChanged
    | Joined
    | Parted
    | Kicked
    | Invited
    | Uninvited
    | TopicChanged
    | ChannelModesChanged
    | ChannelRenamed
    | Knocked
    | ChannelMetadataChanged
    | ChannelRegistered
    | ChannelUnregistered
    | ChannelTransferred
    | AccessChanged
    | ChannelSettingChanged
    | Posted
    | Hinted
    | Redacted
    | Pinned
    | ReadMarked
    | CursorMoved
    | CursorDropped
    | Erased
    | FileUploaded
    | FileDropped
    | HookSet
    | HookDropped
    | Relayed
    | HookDelivered
    | PushRegistered
    | PushDropped
    | AccountRegistered
    | AccountVerified
    | PasswordChanged
    | AccountSet
    | CertificatesChanged
    | TokensChanged
    | NicksGrouped
    | AccountSuspended
    | AccountRestored
    | AccountDeleted
    | Walloped
    | LimitsChanged
    | PolicyChanged
    | LockdownChanged
    | BanSet
    | BanLifted
    | Killed
    | FilterSet
    | FilterLifted
)


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A fact with its place in the journal: `seq` (rising, from 1; 0 for none, see rule 5) and `at` (Unix ms, never
    falling along seq)."""

    seq: int
    at: int
    fact: AnyFact


encode_fact = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(AnyFact).decode
_as_json = msgspec.json.Encoder().encode
_suspect = re.compile(rb"\\(?:[rn]|u0000)").search
_LINE_ENDS, _NUL = re.compile(r"[\r\n\0]"), re.compile(r"\0")


def decode_fact(written: bytes) -> AnyFact:
    """A fact as a journal keeps it. Raises msgspec.DecodeError, also for a text that cannot stand in a line: a journal
    that somebody else wrote to is damaged, and not obeyed."""
    fact: AnyFact = _decode(written)
    if _suspect(_as_json(fact)):  # JSON escapes CR, LF and NUL: this look at all texts at once rules out most facts.
        _require_lines(fact)
    return fact


def _require_lines(fact: AnyFact) -> None:
    """No text would be two lines, but what is said, which has ends of lines of its own, and values of client tags."""
    fields = {name: getattr(fact, name) for name in fact.__struct_fields__}
    said: tuple[str, ...] = ()
    if isinstance(fact, Posted):
        said = (fact.text, *fact.tags.values())
        fields |= {"text": "", "tags": tuple(fact.tags)}
    for values, unfit in ((fields, _LINE_ENDS), (said, _NUL)):
        if any(unfit.search(text) for text in _texts(values)):
            raise msgspec.ValidationError("a text in it has NUL, CR or LF")


def _texts(value: object) -> Iterator[str]:
    """All texts in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts((*value, *value.values()))
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, msgspec.Struct):
        yield from _texts(msgspec.structs.astuple(value))
