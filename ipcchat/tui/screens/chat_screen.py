"""The one screen: channels, timeline, composer, members, and the keys that move between them.

Rules:
1. The composer has the focus unless a message is selected; what is typed then goes to the composer, too.
2. A key that has nothing to act on says so in the status line; nothing happens in silence.
3. What the server cannot do is not offered.

What is said and what is done to messages stands in `speaking` and `message_actions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from ipcchat.client import events as chat_events
from ipcchat.client.past_calls import SEARCH
from ipcchat.client.text import printable
from ipcchat.tui import paths
from ipcchat.tui.commands import in_order, offered
from ipcchat.tui.link import Link, moment
from ipcchat.tui.model.buffer import Buffer, Draft, Kind
from ipcchat.tui.model.completion import Candidate, candidates
from ipcchat.tui.model.network import Network
from ipcchat.tui.room import Room
from ipcchat.tui.screens.uploads import Uploads
from ipcchat.tui.widgets.channel_list import ChannelList
from ipcchat.tui.widgets.completion_popup import CompletionPopup
from ipcchat.tui.widgets.composer import Composer
from ipcchat.tui.widgets.composer_document import Drawing
from ipcchat.tui.widgets.draft_banner import DraftBanner
from ipcchat.tui.widgets.member_list import MemberList
from ipcchat.tui.widgets.status_line import StatusLine
from ipcchat.tui.widgets.timeline_view import TimelineView
from ipcchat.tui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from ipcchat.tui.screens.switcher import Destination

# Narrower than this the people are folded away unless they were asked for; narrower than that the channels, too.
MEMBERS_COLUMNS_MIN = 100
CHANNELS_COLUMNS_MIN = 60
FOUND_MESSAGES = 50


class ChatScreen(Uploads):
    """What is always there. It shows what the desk says; the app tells it when to look again."""

    def compose(self) -> ComposeResult:
        """The panes."""
        settings = self.app.settings
        with Horizontal(id="panes"):
            yield ChannelList(settings.display.channels_columns, id="channels")
            with Vertical(id="middle"):
                yield TitleBar(id="title")
                yield TimelineView(self.app.painter, id="timeline")
                yield DraftBanner(id="banner")
                yield CompletionPopup(id="completions")
                yield Composer(drawing=Drawing(reorder=settings.display.reorder_right_to_left), id="composer")
            yield MemberList(id="members")
        yield StatusLine(id="status")

    def on_mount(self) -> None:
        """Give everybody their keys, and begin typing."""
        keymap = self.app.keymap
        keymap.bind(self, "everywhere")
        keymap.bind(self.composer, "composer")
        keymap.bind(self.timeline, "timeline")
        self.composer.completer = self.candidates
        self.status.keys = {name: keymap.first(name) for name in self.status.keys}
        self.timeline.bottom_key = keymap.first("bottom")
        self.composer.focus()
        self.fit()
        self.show_buffer()

    # Showing.

    def show(self) -> None:
        """Draw what has changed."""
        desk, now = self.app.desk, moment()
        self.query_one(ChannelList).show(desk, now)
        self._show_title()
        self.timeline.refresh_entries()
        self.query_one(MemberList).show(desk.network, desk.current)
        self.query_one(DraftBanner).show(self.draft)
        self.status.show(desk, now, self.hint())
        self.note_read()

    def _show_title(self) -> None:
        """The title leaves it to the list of members to count them."""
        desk, counts = self.app.desk, not self.query_one(MemberList).display
        self.query_one(TitleBar).show(desk.network, desk.current, counts=counts)

    def show_buffer(self) -> None:
        """Another buffer is looked at."""
        buffer = self.app.desk.current
        self.timeline.show(buffer)
        if buffer is not None and buffer is not self.composer.buffer:
            if self.composer.buffer is None:
                self.take_along(buffer)
            self.composer.load(buffer)
        self.show()

    def take_along(self, buffer: Buffer) -> None:
        """The program itself is about to look at a buffer: what our user is typing already goes there, too."""
        draft = self.composer.keep()
        if draft.text and not buffer.draft.text and draft.changes is None and draft.answers is None:
            buffer.draft = Draft(draft.text, draft.cursor)
            self.composer.clear()

    def candidates(self, before: str, asked: bool) -> list[Candidate]:
        """How what is typed may go on."""
        desk = self.app.desk
        if desk.current is None or desk.network is None:
            return []
        takes_files = desk.network.takes_files
        if asked and takes_files and (found := paths.candidates(before)):
            return found
        return candidates(before, desk.network, desk.current, asked=asked, table=offered(takes_files))

    def hint(self) -> str:
        """What the status line says about keys, by where the focus is."""
        shown = self.app.keymap.first
        if self.timeline.has_focus:
            actions = (("reply", "reply"), ("react", "react"), ("edit", "edit"), ("delete", "remove"), ("copy", "copy"))
            return "  ".join(f"{shown(action)} {word}" for action, word in actions if self.offers(action))
        return f"{shown('switcher')} switch  {shown('help')} help"

    def on_descendant_focus(self) -> None:
        """Other keys can be pressed now."""
        self.changed()

    def note_read(self) -> None:
        """What is seen is read: at the end of the timeline, while the terminal has the focus."""
        buffer = self.app.desk.current
        if buffer is None or not self.reads(buffer):
            return
        buffer.trim()
        until = buffer.read()
        if until is not None and (link := self.app.link_of(buffer)) is not None:
            link.mark_read(buffer, until)

    def reads(self, buffer: Buffer) -> bool:
        """Whether our user looks at the end of a buffer just now."""
        looked_at = buffer is self.app.desk.current and self.is_active and self.app.app_focus
        return looked_at and self.timeline.at_bottom and buffer.timeline.live

    def fit(self) -> None:
        """Show the panes that were asked for and that there is room for."""
        columns, panes = self.app.size.width, self.app.panes
        members = panes.members if panes.members is not None else columns >= MEMBERS_COLUMNS_MIN
        channels = panes.channels if panes.channels is not None else columns >= CHANNELS_COLUMNS_MIN
        bare = self.timeline.bare
        self.query_one(MemberList).display = members and not bare
        self.query_one(ChannelList).display = channels and not bare
        self.query_one(TitleBar).display = not bare
        self._show_title()

    def on_resize(self) -> None:
        """There is more room, or less."""
        self.fit()

    # Going somewhere.

    def go(self, buffer: Buffer) -> None:
        """Look at a buffer; what was typed stays in the one that is left."""
        desk = self.app.desk
        self.composer.keep()
        desk.go(buffer)
        self.app.save_soon()
        self.timeline.leave_message()
        self.set_focus(self.composer)
        self.show_buffer()
        if (link := self.app.link_of(buffer)) is not None and buffer.kind is not Kind.SERVER:
            link.do(buffer, link.load(buffer))

    def _go_if(self, buffer: Buffer | None, otherwise: str) -> None:
        if buffer is not None:
            self.go(buffer)
        else:
            self.flash(otherwise)

    def action_previous_buffer(self) -> None:
        """The buffer above."""
        self._go_if(self.app.desk.neighbour(-1), "there is no other place")

    def action_next_buffer(self) -> None:
        """The buffer below."""
        self._go_if(self.app.desk.neighbour(1), "there is no other place")

    def action_next_unread(self) -> None:
        """Where something was not read."""
        self._go_if(self.app.desk.next_unread(), "everything is read")

    def action_last_buffer(self) -> None:
        """Where we were before."""
        self._go_if(self.app.desk.previous, "you were nowhere else yet")

    def action_numbered_buffer(self, number: int) -> None:
        """A buffer by its number."""
        self._go_if(self.app.desk.numbered(number), f"there is no place number {number}")

    def action_switcher(self) -> None:
        """Go somewhere by name."""
        from ipcchat.tui.screens.switcher import Switcher

        self.app.push_screen(Switcher(self.app.desk), self._switched)

    def _switched(self, chosen: Destination | None) -> None:
        if chosen is None:
            return
        if chosen.buffer is not None:
            self.go(chosen.buffer)
        elif chosen.network.is_channel(chosen.name):
            self.run_command(f"/join {chosen.name}", chosen.network.server)
        else:
            self.go(chosen.network.buffer(chosen.name))

    @on(ChannelList.Chosen)
    def _channel_clicked(self, event: ChannelList.Chosen) -> None:
        self.go(event.buffer)

    @on(TitleBar.TopicWanted)
    def _topic_wanted(self) -> None:
        """The whole topic, in the timeline."""
        network, buffer = self.app.desk.network, self.app.desk.current
        room = network.channel(buffer) if network is not None and buffer is not None else None
        if network is not None and buffer is not None and room is not None:
            network.note(buffer, f"topic: {printable(room.topic)}", moment())
            self.changed()

    @on(TitleBar.LinkClicked)
    def _title_link_clicked(self, event: TitleBar.LinkClicked) -> None:
        self.app.open_url(event.url)

    @on(MemberList.Chosen)
    def _member_clicked(self, event: MemberList.Chosen) -> None:
        self.talk_to(event.nick)

    @on(TimelineView.NickClicked)
    def _nick_clicked(self, event: TimelineView.NickClicked) -> None:
        self.talk_to(event.nick)

    @on(TimelineView.ChannelClicked)
    def _channel_name_clicked(self, event: TimelineView.ChannelClicked) -> None:
        """Go to a channel that somebody named; join it when we are not there."""
        network = self.app.desk.network
        if network is None or not network.is_channel(event.channel):
            return
        if event.channel in network.buffers and network.buffers[event.channel].joined:
            self.go(network.buffers[event.channel])
        else:
            self.run_command(f"/join {event.channel}", network.server)

    def talk_to(self, nick: str) -> None:
        """Look at the conversation with somebody."""
        network = self.app.desk.network
        if network is not None and nick and nick != network.nick:
            self.go(network.buffer(nick))

    # Reading.

    def action_scroll_up(self) -> None:
        """A page up."""
        self.timeline.scroll_page(-1)

    def action_scroll_down(self) -> None:
        """A page down."""
        self.timeline.scroll_page(1)

    def action_oldest(self) -> None:
        """The oldest message that is loaded."""
        self.timeline.scroll_to_oldest()

    def action_bottom(self) -> None:
        """The latest message; an older window is left for it."""
        buffer = self.app.desk.current
        self.timeline.clear_selection()
        if buffer is not None and self.timeline.at_bottom:
            buffer.line = None
        self.timeline.scroll_to_bottom()
        self.show()

    def action_unread_line(self) -> None:
        """The line above what was not read."""
        if not self.timeline.jump_to_unread():
            self.flash("there is no unread line here")

    def action_next_mention(self) -> None:
        """The next message that mentions us, here or else where one was not read."""
        if not self.timeline.jump_to_mention(1):
            self._go_if(self.app.desk.next_mention(), "no later message mentions you")

    def action_previous_mention(self) -> None:
        """The message before that mentions us."""
        if not self.timeline.jump_to_mention(-1):
            self.flash("no earlier message mentions you here, as far as it is loaded")

    def action_mute(self) -> None:
        """Mute the buffer, or hear it again."""
        buffer = self.app.desk.current
        if buffer is not None:
            buffer.muted = not buffer.muted
            self.flash(f"{printable(buffer.name)} is {'muted' if buffer.muted else 'heard again'}")
            self.show()

    def action_search(self, text: str = "") -> None:
        """Search all that was said, or this place."""
        network, buffer = self.app.desk.network, self.app.desk.current
        link = self.app.link_of(buffer) if buffer is not None else None
        if network is None or link is None or not network.offers(SEARCH):
            self.flash("this server has no search")
            return
        from ipcchat.tui.screens.results import Results

        here = f"in:{buffer.name} " if buffer is not None and buffer.kind is Kind.CHANNEL else ""
        find = partial(link.chat.search, limit=FOUND_MESSAGES)

        async def older(words: str, last: chat_events.Message) -> list[chat_events.Message]:
            return await link.chat.search(words, before=last.time, limit=FOUND_MESSAGES)

        results = Results("Search", find, words=text or here, older=older)
        self.app.push_screen(results, partial(self._jump, network))

    def show_results(self, network: Network, title: str, messages: Sequence[chat_events.Message]) -> None:
        """Messages of the past, to read and to jump to."""
        from ipcchat.tui.screens.results import Results

        self.app.push_screen(Results(title, messages=messages), partial(self._jump, network))

    def _jump(self, network: Network, message: chat_events.Message | None) -> None:
        if message is not None and (link := self.app.links.get(network.name)) is not None:
            buffer = network.buffer(message.channel or message.place)
            self.go(buffer)
            link.do(buffer, self.jump_to(link, buffer, message.msgid))

    async def jump_to(self, link: Link, buffer: Buffer, msgid: str) -> None:
        """Show a message with what stands around it."""
        said = await link.show_around(buffer, msgid)
        if said is None:
            self.flash("this message cannot be had any more")
        elif buffer is self.app.desk.current:
            self.timeline.jump_to(said)

    @on(TimelineView.NeedsOlder)
    def _needs_older(self, event: TimelineView.NeedsOlder) -> None:
        if (link := self.app.link_of(event.buffer)) is not None:
            link.do(event.buffer, link.load_older(event.buffer))

    @on(TimelineView.NeedsNewer)
    def _needs_newer(self, event: TimelineView.NeedsNewer) -> None:
        if (link := self.app.link_of(event.buffer)) is not None:
            link.do(event.buffer, link.load_newer(event.buffer))

    @on(TimelineView.NeedsPresent)
    def _needs_present(self, event: TimelineView.NeedsPresent) -> None:
        if (link := self.app.link_of(event.buffer)) is not None:
            link.do(event.buffer, link.return_to_present(event.buffer))

    @on(TimelineView.ReachedBottom)
    def _reached_bottom(self) -> None:
        self.show()

    def room(self, link: Link, buffer: Buffer) -> Room:
        """What a command that is typed in a buffer sees."""
        return Room(self, link, buffer, self.app.start.program)

    # Panes.

    def action_fold_channels(self) -> None:
        """Hide or show the channels."""
        self.app.panes.channels = not self.query_one(ChannelList).display
        self.fit()

    def action_fold_members(self) -> None:
        """Hide or show the people."""
        self.app.panes.members = not self.query_one(MemberList).display
        self.fit()
        self.show()

    def action_copy_mode(self) -> None:
        """Bare text for the terminal's own selection; and back."""
        self.timeline.bare = not self.timeline.bare
        self.app.release_mouse(self.timeline.bare)
        self.fit()
        back = self.app.keymap.first("copy_mode")
        self.flash(f"the mouse is your terminal's now; {back} gives it back" if self.timeline.bare else "back")

    def action_redraw(self) -> None:
        """Draw everything anew."""
        self.refresh(layout=True)

    def action_theme(self) -> None:
        """The next theme."""
        self.choose_theme("")

    def choose_theme(self, name: str) -> None:
        """A theme by its name, or the next one. Raises ChatError when there is none."""
        if name:
            self.app.choose_theme(name)
        else:
            self.app.next_theme()
        self.flash(f"theme: {self.app.theme}")

    # The program.

    def action_help(self) -> None:
        """Keys and commands."""
        from ipcchat.tui.screens.help import HelpScreen

        network = self.app.desk.network
        known = offered(network is not None and network.takes_files)
        commands = [entry for entry in in_order() if entry.name in known]
        self.app.push_screen(HelpScreen(self.app.keymap, commands))

    def action_reconnect(self) -> None:
        """Try to connect now."""
        for link in self.app.links.values():
            if not link.chat.connected:
                link.try_again()
                self.flash("trying to connect")
                return
        self.flash("you are connected")

    async def close_buffer(self) -> None:
        """Leave the buffer and take it off the list; the server's own: disconnect."""
        desk = self.app.desk
        buffer, network = desk.current, desk.network
        if buffer is None or network is None:
            return
        link = self.app.link_of(buffer)
        if buffer.kind is Kind.SERVER:
            await self.app.remove_server(network)
        else:
            if buffer.kind is Kind.CHANNEL and buffer.joined and link is not None:
                await link.chat.part(buffer.name)
            self.go(desk.previous if desk.previous in desk.buffers() and desk.previous else network.server)
            network.close(buffer)
        self.show()

    def connect_to(self, address: str, nick: str) -> None:
        """One more server. Raises ChatError when the address is none."""
        self.app.connect_to(address, nick)

    def action_quit(self) -> None:
        """End the program."""
        self.leave()

    def action_interrupt(self) -> None:
        """Copy what is selected, else empty the composer; never end anything."""
        selected = self.timeline.selected_text() or self.composer.selected_text
        if selected:
            self.copy(selected)
            self.timeline.clear_selection()
        elif not self.composer.put_away():
            self.flash(f"{self.app.keymap.first('quit')} quits")

    def on_key(self, event: events.Key) -> None:
        """What is typed while nobody takes it goes to the composer, which lets nothing come here."""
        if self.timeline.focused_entry is not None:
            return
        event.stop()
        self.set_focus(self.composer)
        self.composer._forward_event(events.Key(event.key, event.character))
