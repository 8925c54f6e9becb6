"""What is done to a message after it was said: other texts, reactions, deletion.

Rules:
1. Acts come in any order, for history is loaded backwards: the text is that of the latest edit by its time, and an act
   whose message is not loaded is kept (`Unplaced`) until it is.
2. The text of a deleted message is gone, here as everywhere.
3. What others can do without end has a limit: signs, who reacted, msgids of edits, acts that wait.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from ipcchat.client.events import Edited, Reaction, Redacted
from ipcchat.tui.model.entries import Said

REACTIONS_MAX = 100
# How many are named for one sign; a channel where more react is counted no further.
REACTORS_MAX = 1_000
SIGN_CHARACTERS_MAX = 64
EDITS_MAX = 50
UNPLACED_MAX = 500
UNPLACED_CHARACTERS_MAX = 20_000
SOMEBODY = "somebody"

Change = Edited | Reaction | Redacted


def edit(said: Said, event: Edited) -> bool:
    """Give a message another text; False when it has that edit already, or stands no more."""
    if said.removed_by or event.msgid in (said.message.msgid, *said.edits):
        return False
    if event.msgid:
        said.edits = (*said.edits, event.msgid)[-EDITS_MAX:]
    if said.edited_at is None or event.time >= said.edited_at:
        said.message = replace(said.message, text=event.text, edited=True)
        said.edited_at = event.time
    return True


def react(said: Said, event: Reaction) -> bool:
    """Add somebody's reaction, or take it back; False when nothing changes by it, or there are too many already."""
    sign = event.reaction[:SIGN_CHARACTERS_MAX]
    return taken_back(said, sign, event) if event.removed else added(said, sign, event)


def added(said: Said, sign: str, event: Reaction) -> bool:
    """Somebody reacts."""
    nicks = said.reactions.get(sign)
    if nicks is None:
        if len(said.reactions) >= REACTIONS_MAX:
            return False
        nicks = said.reactions[sign] = []
    if event.nick in nicks or len(nicks) >= REACTORS_MAX:
        return False
    nicks.append(event.nick)
    if event.mine:
        said.ours |= {sign}
    return True


def taken_back(said: Said, sign: str, event: Reaction) -> bool:
    """Somebody takes a reaction back."""
    nicks = said.reactions.get(sign, [])
    if event.nick not in nicks:
        return False
    nicks.remove(event.nick)
    if not nicks:
        del said.reactions[sign]
    if event.mine:
        said.ours -= {sign}
    return True


def remove(said: Said, event: Redacted) -> bool:
    """Delete a message; False when it was already."""
    if said.removed_by:
        return False
    said.removed_by, said.removal_reason = event.by or SOMEBODY, event.reason
    said.message = replace(said.message, text="")
    said.reactions, said.ours = {}, frozenset()
    return True


def changed_id(change: Change) -> str:
    """The msgid of the message that a change is about; it may be that of one of its edits."""
    match change:
        case Edited():
            return change.original
        case Reaction():
            return change.reply_to
    return change.redacted


class Unplaced:
    """Changes of messages that are not loaded: at most UNPLACED_MAX, of which the oldest go first. They are of no
    consequence then, for history tells them with their message."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque(maxlen=UNPLACED_MAX)
        self._ids: set[str] = set()

    def keep(self, change: Change) -> None:
        """Keep a change until its message is loaded."""
        if changed_id(change) and not (isinstance(change, Edited) and len(change.text) > UNPLACED_CHARACTERS_MAX):
            self._changes.append(change)
            self._ids.add(changed_id(change))
            if len(self._ids) > 2 * UNPLACED_MAX:
                self._ids = set(map(changed_id, self._changes))

    def take(self, msgid: str) -> list[Change]:
        """The changes of a message, the earliest first; they are not kept any longer."""
        if msgid not in self._ids:
            return []
        self._ids.discard(msgid)
        taken = [change for change in self._changes if changed_id(change) == msgid]
        self._changes = deque((c for c in self._changes if changed_id(c) != msgid), maxlen=UNPLACED_MAX)
        return sorted(taken, key=lambda change: change.time)

    def take_all(self) -> list[Change]:
        """All of them, as they came."""
        taken = list(self._changes)
        self._changes.clear()
        self._ids.clear()
        return taken
