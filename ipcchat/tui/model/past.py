"""History as entries: what the acts of a page are in a timeline.

Rules:
1. A message stands with what was done to it since, wherever in the page that stands, or in an earlier one.
2. The past alerts nobody, and says nothing about who is here now.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ipcchat.client import events
from ipcchat.client.events import Event
from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.entries import Entry, Said
from ipcchat.tui.model.hearing import UNSHOWN_KINDS, coming_of, pin_of, tell_pin

if TYPE_CHECKING:
    from ipcchat.tui.model.network import Network


def entries_of(network: Network, acts: Iterable[Event], buffer: Buffer | None) -> list[Entry]:
    """The entries of a page, oldest first; changes of messages of other pages go to the `buffer`."""
    page = Buffer(network.name, buffer.name if buffer is not None else "", Kind.CHANNEL)
    for act in acts:
        take(network, page, act)
    for entry in page.timeline.entries:
        if isinstance(entry, Said):
            network.judge(entry)
    if buffer is not None:
        for change in page.timeline.changes_of_others():
            buffer.timeline.change(change)
    return page.timeline.entries


def take(network: Network, page: Buffer, act: Event) -> None:
    """One act of the past."""
    match act:
        case events.Message(kind=kind) if kind in UNSHOWN_KINDS:
            return
        case events.Message() if pin_of(act):
            tell_pin(page, act)
        case events.Message():
            said = network.said(act)
            if page.timeline.add(said):
                page.spoke(said)
        case events.Edited() | events.Reaction() | events.Redacted():
            page.timeline.change(act)
        case events.Joined() | events.Parted() | events.Quit() | events.NickChanged():
            come(page, act)
        case _:
            network.tell_in(page, act)


def come(page: Buffer, act: events.Joined | events.Parted | events.Quit | events.NickChanged) -> None:
    """Somebody came, went, or had another nick from then on."""
    nick = act.old if isinstance(act, events.NickChanged) else act.nick
    if (coming := coming_of(act, page.knows(nick, act.time))) is not None:
        page.came(coming)
    if isinstance(act, events.NickChanged):
        page.renamed(act.old, act.new)
