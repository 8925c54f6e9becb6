"""The line above the timeline: what the buffer is about.

Rule: it is one line; a click shows the whole topic, a click on a link in it opens the link.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from ipcchat.client.people import Person
from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.network import Network
from ipcchat.tui.text.cells import cut
from ipcchat.tui.text.links import LINK, sane_end, target, with_true_hosts
from ipcchat.tui.widgets.pane import Pane, Piece, plain

GAP = "  "
AWAY_COLUMNS = 30
TEXT_COLUMNS_MIN = 24
LINKS = re.compile(LINK, re.IGNORECASE)


class Title(NamedTuple):
    """What the line shows; `facts` stand at the right, the most important last."""

    name: str = ""
    text: str = ""
    facts: tuple[str, ...] = ()


class TitleBar(Pane):
    """The line."""

    DEFAULT_CSS = "TitleBar { height: 1; background: $panel; }"

    class TopicWanted(Message):
        """Somebody wants to read the whole topic."""

    class LinkClicked(Message):
        """Somebody clicked a link."""

        def __init__(self, url: str) -> None:
            super().__init__()
            self.url = url

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = Title()

    def show(self, network: Network | None, buffer: Buffer | None, *, counts: bool = True) -> None:
        """Show what is true now; draws when it is something else. `counts`: it says how many members there are."""
        title = title_of(network, buffer, counts=counts) if network is not None and buffer is not None else Title()
        if title != self._title:
            self._title = title
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line. Facts are left out where the text would have no room."""
        columns = self.size.width
        quiet, space = self.look("quiet"), (" ", Style.null())
        name = cut(self._title.name, columns - 2)
        facts = list(self._title.facts)
        needed = cell_len(name) + min(cell_len(self._title.text), TEXT_COLUMNS_MIN) + len(GAP) + 2
        while facts and needed + sum(cell_len(fact) + len(GAP) for fact in facts) > columns:
            del facts[0]
        left = [space, (name, self.look("strong")), (GAP, quiet), *with_links(self._title.text, quiet)]
        return self.line(left, [(" " + GAP.join(facts) if facts else "", quiet), space], self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """A link is opened; elsewhere the topic is wanted."""
        event.stop()
        if url := event.style.meta.get("url"):
            self.post_message(self.LinkClicked(url))
        elif self._title.text:
            self.post_message(self.TopicWanted())


def with_links(text: str, style: Style) -> list[Piece]:
    """A plain text in which links can be clicked."""
    pieces, end = [], 0
    for match in LINKS.finditer(text):
        link = sane_end(match[0])
        if url := target(link):
            pieces += [
                (text[end : match.start()], style),
                (link, style + Style(underline=True, link=url, meta={"url": url})),
            ]
            end = match.start() + len(link)
    return [*pieces, (text[end:], style)]


def title_of(network: Network, buffer: Buffer, *, counts: bool) -> Title:
    """What is to be said of a buffer."""
    if buffer.kind is Kind.CHANNEL:
        return title_of_channel(network, buffer, counts=counts)
    if buffer.kind is Kind.PERSON:
        person = network.chat.people.get(buffer.name) if network.chat is not None else None
        return Title(plain(buffer.name), *(about(person) if person is not None else ("", ())))
    called = network.chat.support.get("NETWORK", "") if network.chat is not None else ""
    return Title(plain(network.name), plain(called) if called != network.name else "", (network.state.value,))


def title_of_channel(network: Network, buffer: Buffer, *, counts: bool) -> Title:
    """A channel's topic, its modes without their arguments (one may be a key), and how many are there."""
    channel = network.channel(buffer)
    if channel is None:
        return Title(plain(buffer.name), "", ("not joined",))
    modes = ("+" + plain("".join(sorted(channel.modes))),) if channel.modes else ()
    amount = len(channel.members)
    members = (f"{amount:,} member{'s' if amount != 1 else ''}",) if counts else ()
    return Title(plain(buffer.name), with_true_hosts(plain(channel.topic)), (*modes, *members))


def about(person: Person) -> tuple[str, tuple[str, ...]]:
    """Who somebody is, unless his name says it already, and how it is with him just now."""
    realname = plain(person.realname or "")
    facts = [("bot", person.bot), (f"account {plain(person.account or '')}", person.account)]
    if person.away:
        facts.append(("away" if person.away == "*" else f"away: {cut(plain(person.away), AWAY_COLUMNS)}", True))
    return "" if realname == plain(person.nick) else realname, tuple(text for text, is_so in facts if is_so)
