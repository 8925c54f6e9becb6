"""The program: networks with their links, and the one screen that shows them.

Rules:
1. The first frame does not wait for any server.
2. What changes is drawn together: at most one drawing in FRAME_SECONDS, and none when nothing changed.
3. What is asked of our user (a password, a certificate) is asked over the screen, one question at a time.
4. Leaving is never kept up by a server: what was sent has CLOSE_SECONDS to be confirmed.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from textual import events
from textual.app import App
from textual.binding import Binding, BindingsMap
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.timer import Timer

from ipcchat.client.chat import Chat
from ipcchat.client.errors import ChatError, LoginFailed, Untrusted
from ipcchat.client.text import printable
from ipcchat.client.urls import parse_address
from ipcchat.dialogue.command_table import Command
from ipcchat.tui import commands, terminal_keys
from ipcchat.tui.driver import TerminalDriver
from ipcchat.tui.housekeeping import Housekeeping
from ipcchat.tui.keymap import Keymap
from ipcchat.tui.link import Link, moment
from ipcchat.tui.logins import Logins
from ipcchat.tui.model.buffer import Buffer, Draft
from ipcchat.tui.model.desk import Desk
from ipcchat.tui.model.entries import Tone
from ipcchat.tui.model.network import Alert, Network, State
from ipcchat.tui.notifying import Notifier, should_notify
from ipcchat.tui.screens.chat_screen import ChatScreen
from ipcchat.tui.start import ServerEntry, Start
from ipcchat.tui.terminal import Terminal
from ipcchat.tui.text.cells import draws_clusters
from ipcchat.tui.text.comings import Joins
from ipcchat.tui.text.look import Look
from ipcchat.tui.text.rows import Painter
from ipcchat.tui.themes import OURS, first_theme
from ipcchat.tui.widgets.pane import Pane

FRAME_SECONDS = 1 / 50
# While something on the screen depends on the time alone: a countdown, somebody who types.
TICK_SECONDS = 1.0
CLOSE_SECONDS = 3.0
SAVE_SECONDS = 2.0


@dataclass(slots=True)
class Panes:
    """Which panes our user wants to see; None leaves it to the room there is."""

    channels: bool | None = None
    members: bool | None = None


class ChatApp(App[int], inherit_bindings=False):
    """The terminal client. `start` is all that the command line and the settings say."""

    TITLE = "IPC Chat"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = "chat.tcss"
    AUTO_FOCUS = None

    def __init__(self, start: Start, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class, ansi_color=start.is_ansi)
        self.start = start
        self.settings = start.settings
        self.remembered = start.remembered
        self.keymap: Keymap = start.settings.keymap
        self.commands: Mapping[str, Command] = commands.ALL
        self.desk = Desk()
        self.links: dict[str, Link] = {}
        self.logins = Logins(start, self)
        self.terminal = Terminal(self)
        self.panes = self._panes_wanted()
        self._notifier = Notifier(self.settings.notifications)
        self._tasks: set[asyncio.Task[None]] = set()
        self._asking = asyncio.Lock()
        self.housekeeping = Housekeeping()
        self._drawing: asyncio.TimerHandle | None = None
        self._drawn_at = 0.0
        self._saving: asyncio.TimerHandle | None = None
        self._complaint = ""
        self._is_leaving = False
        self._ticking: Timer | None = None
        self._has_focus: bool | None = None
        """Whether the terminal's window has the focus; None while the terminal has never said."""
        self._bindings = BindingsMap([Binding(key, "leave", priority=True) for key in self.keymap.keys("quit")])
        for theme in OURS:
            self.register_theme(theme)
        self.theme = self._theme_at_first()

    def _panes_wanted(self) -> Panes:
        """What the settings say, and what was folded the last time."""
        members = {"shown": True, "hidden": False}.get(self.settings.display.members)
        hidden = {pane: self.remembered.is_hidden(pane) for pane in ("channels", "members")}
        return Panes(
            None if hidden["channels"] is None else not hidden["channels"],
            members if hidden["members"] is None else not hidden["members"],
        )

    def _theme_at_first(self) -> str:
        wanted = first_theme(self.settings.display.theme, self.remembered.theme, is_ansi=self.start.is_ansi)
        return wanted if wanted in self.available_themes else first_theme("auto", "", is_ansi=self.start.is_ansi)

    @property
    def chat_screen(self) -> ChatScreen:
        """The one screen, whatever lies over it."""
        screen = self.screen_stack[1] if len(self.screen_stack) > 1 else self.screen
        assert isinstance(screen, ChatScreen)
        return screen

    def link_of(self, buffer: Buffer) -> Link | None:
        """The link of a buffer's network."""
        return self.links.get(buffer.network)

    # Beginning and ending.

    async def on_mount(self) -> None:
        """Show the screen, then connect."""
        Pane.reorders = self.settings.display.reorder_right_to_left
        self.terminal.begin(reorders=Pane.reorders)
        await self.push_screen(ChatScreen())
        self._ticking = self.set_interval(TICK_SECONDS, self._tick, pause=True)
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self.leave)
        if self.start.servers:
            self._connect_all()
        else:
            self._ask_first()

    def _connect_all(self) -> None:
        for entry in self.start.servers:
            self._run(self.add_server(entry))

    def _ask_first(self) -> None:
        """Nobody said who to be: ask."""
        from ipcchat.tui.screens.first_run import FirstRun

        def answered(entry: ServerEntry | None) -> None:
            if entry is None:
                self.exit(0)
            else:
                self._run(self.add_server(entry, is_new=True))

        self.push_screen(FirstRun(self.start.proposal), answered)

    async def add_server(self, entry: ServerEntry, *, is_new: bool = False) -> None:
        """One more network, and its Chat; a mistake is said in its buffer."""
        network = Network(self._free_name(entry), self._reads, self.settings.notifications.words, self.adopt)
        self.desk.add(network)
        self.chat_screen.show_buffer()
        try:
            make = await self.logins.begin(network.name, entry, is_new=is_new)
            link = Link(network, make, self) if make is not None else None
        except ChatError as error:
            network.state, network.reason = State.CLOSED, str(error)
            network.note(network.server, printable(str(error)), moment(), Tone.WARNING)
            self.changed()
            return
        if link is None:
            self.desk.remove(network)
            return
        self.links[network.name] = link
        await link.run()

    def connect_to(self, address: str, nick: str) -> None:
        """One more server, by what our user typed. Raises AddressError."""
        parse_address(address)
        present = self.desk.network
        self._run(self.add_server(ServerEntry(address=address, nick=nick or (present.nick if present else ""))))

    async def remove_server(self, network: Network) -> None:
        """Disconnect from a server and take it off the list."""
        link = self.links.pop(network.name, None)
        if link is not None:
            link.stop()
            await link.close()
        self.desk.remove(network)
        self.chat_screen.show_buffer()

    def _free_name(self, entry: ServerEntry) -> str:
        """What a network is called in the list: by the settings, else by its host."""
        address = parse_address(entry.address) if entry.address else None
        wanted = entry.name or (address.host or "local" if address is not None else "local")
        names = {network.name for network in self.desk.networks}
        numbered = (wanted if number == 1 else f"{wanted} {number}" for number in itertools.count(1))
        return next(name for name in numbered if name not in names)

    def adopt(self, buffer: Buffer) -> None:
        """A buffer is new: it has what was remembered of it."""
        buffer.muted = self.remembered.is_muted(buffer.network, buffer.name)
        text = self.remembered.draft(buffer.network, buffer.name)
        buffer.draft = Draft(text, len(text))

    async def action_quit(self) -> None:
        """End the program, also from a question that lies over the screen."""
        self.leave()

    def action_leave(self) -> None:
        """The key that ends the program, whatever lies over the screen."""
        self.leave()

    def leave(self) -> None:
        """End the program: save what is kept, close the connections."""
        if not self._is_leaving:
            self._is_leaving = True
            self._run(self._leave())

    async def _leave(self) -> None:
        self.save()
        for link in self.links.values():
            link.stop()
        closing = [asyncio.ensure_future(link.close()) for link in self.links.values()]
        if closing:
            await asyncio.wait(closing, timeout=CLOSE_SECONDS)
        self.housekeeping.end()
        self.terminal.end()
        self.exit(0)

    def save_soon(self) -> None:
        """Keep what is to be known the next time, a moment later, once for all that happens meanwhile."""
        if self._saving is None:
            self._saving = asyncio.get_running_loop().call_later(SAVE_SECONDS, self.save)

    def save(self) -> None:
        """Keep what is to be known the next time. What cannot be kept is said once."""
        self._saving = None
        if len(self.screen_stack) < 2 or not self.chat_screen.children:
            return
        self.chat_screen.composer.keep()
        if self.desk.current is not None:
            self.remembered.look_at(self.desk.current.network, self.desk.current.name)
        for buffer in self.desk.buffers():
            self.remembered.keep_draft(buffer.network, buffer.name, "" if buffer.draft.changes else buffer.draft.text)
            self.remembered.mute(buffer.network, buffer.name, buffer.muted)
        for pane in ("channels", "members"):
            wanted = getattr(self.panes, pane)
            if wanted is not None:
                self.remembered.hide(pane, not wanted)
        problem = self.remembered.save() or self.remembered.complaint
        if problem and problem != self._complaint and self.desk.network is not None:
            self._complaint = problem
            self.desk.network.note(self.desk.network.server, printable(problem), moment(), Tone.WARNING)

    def _run(self, work: object) -> None:
        """Do something beside everything else; an error of ours ends the program and is seen."""
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._ran)

    def _ran(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._handle_exception(error if isinstance(error, Exception) else Exception(error))

    # Drawing.

    def changed(self) -> None:
        """Something is to be drawn, see rule 2."""
        if self._drawing is not None or not self.is_running:
            return
        loop = asyncio.get_running_loop()
        wait = max(0.0, self._drawn_at + FRAME_SECONDS - loop.time())
        self._drawing = loop.call_later(wait, self._draw)

    async def on_event(self, event: events.Event) -> None:
        """Everything that happens comes through here."""
        self.housekeeping.active()
        await super().on_event(event)

    def _draw(self) -> None:
        self._drawing = None
        self.housekeeping.active()
        if not self.is_running or len(self.screen_stack) < 2:
            return
        self._drawn_at = asyncio.get_running_loop().time()
        try:
            self.chat_screen.show()
        except NoMatches:
            return  # The program ends, and the screen is being taken apart.
        if self._ticking is not None:
            self._ticking.resume() if self._depends_on_time() else self._ticking.pause()

    def _tick(self) -> None:
        self.changed()

    def _depends_on_time(self) -> bool:
        """Whether the screen changes by itself: a countdown runs, or somebody types."""
        current = self.desk.current
        waiting = any(network.retry_at is not None for network in self.desk.networks)
        return waiting or (current is not None and bool(current.active_typing(moment())))

    def _reads(self, buffer: Buffer) -> bool:
        return self.chat_screen.reads(buffer) if len(self.screen_stack) > 1 else False

    def on_app_focus(self) -> None:
        """Our user looks at the terminal again: what he sees is read now."""
        self._has_focus = True
        self.changed()

    def on_app_blur(self) -> None:
        """Our user looks elsewhere."""
        self._has_focus = False

    def release_mouse(self, released: bool) -> None:
        """Let the terminal have the mouse, or take it back."""
        self.terminal.release_mouse(released)

    def next_theme(self) -> str:
        """Take the next theme; its name."""
        names = sorted(self.available_themes)
        self.choose_theme(names[(names.index(self.theme) + 1) % len(names)])
        return self.theme

    def choose_theme(self, name: str) -> None:
        """Take a theme, from now on. Raises ChatError when there is none of that name."""
        if name not in self.available_themes:
            raise ChatError(f"there is no theme {name}; there are {', '.join(sorted(self.available_themes))}")
        self.theme = name
        self.remembered.choose_theme(name)

    # For the links.

    def ready(self, network: Network) -> None:
        """The first connection: look at the channel that was looked at the last time, else at the first one."""
        link = self.links[network.name]
        chat = link.chat
        self._run(self._keep_login(network))
        last = self.remembered.last_buffer(network.name)
        first = next(iter(chat.asked_channels), next(iter(chat.channels), ""))
        name = last if last in chat.channels else first
        if self.desk.current is network.server and name:
            self.chat_screen.take_along(network.buffer(name))
            self.chat_screen.go(network.buffer(name))
        if chat.nick_refusal and chat.nick != chat.wanted_nick:
            self._say_other_name(network, chat)

    def _say_other_name(self, network: Network, chat: Chat) -> None:
        """Our user has another name than he wanted: say so where he looks, and how to get it when it is his."""
        wanted, current = printable(chat.wanted_nick), self.desk.current
        advice = f"; if it is yours, type: /login {wanted}" if "sasl" in chat.capabilities and not chat.account else ""
        where = current if current is not None and network.has(current) else network.server
        network.note(where, f"the name {wanted} is taken, you are {printable(chat.nick)}{advice}", moment())

    async def _keep_login(self, network: Network) -> None:
        """The login worked: it may be kept."""
        if complaint := await self.logins.worked(network.name):
            network.note(network.server, complaint, moment(), Tone.WARNING)
            self.changed()

    def alerted(self, alerts: Sequence[Alert]) -> None:
        """Something calls for our user: ring, and tell the desktop, unless he sees it."""
        looked_at = self.desk.current if self.chat_screen.timeline.at_bottom else None
        wanted, loop = self.settings.notifications, asyncio.get_running_loop()
        for alert in alerts:
            if should_notify(alert, looked_at, self._has_focus, wanted):
                self.terminal.write(self._notifier.call(alert, loop.time()))

    async def trusts(self, error: Untrusted) -> str:
        """Whether our user knows a certificate from now on: why not, "" when he does."""
        return await self.logins.trusts(error)

    async def other_password(self, network: Network, error: LoginFailed) -> Callable[[], Chat] | None:
        """A login failed: another password makes another Chat."""
        return await self.logins.again(network.name, error)

    async def ask_secret(self, question: str) -> str:
        """What is typed without being shown."""
        from ipcchat.tui.screens.question import ask

        async with self._asking:
            return await ask(self, question, secret=True)

    async def ask_whether(self, question: str, *, yes: str, no: str) -> bool:
        """Yes or no; no is what Enter says."""
        from ipcchat.tui.screens.question import confirm

        async with self._asking:
            return await confirm(self, question, yes=yes, no=no)

    def painter(self, columns: int) -> Painter:
        """What draws entries in so many columns, by the settings."""
        display = self.settings.display
        few = self.start.is_ansi
        look = Look.of(self.theme_variables, self.current_theme.dark, not self.no_color, sixteen=few)
        return Painter(
            look,
            columns,
            joins=cast(Joins, display.joins),
            knows=self._knows,
            reorder=display.reorder_right_to_left,
            clusters=draws_clusters(os.environ),
            clock=display.clock,
        )

    def _knows(self, nick: str) -> bool:
        """Whether somebody of that nick is in the channel that is looked at."""
        network, buffer = self.desk.network, self.desk.current
        room = network.channel(buffer) if network is not None and buffer is not None else None
        return room is not None and nick in room.members

    def on_resize(self, event: events.Resize) -> None:
        """The terminal has another size."""
        self.changed()


def run(start: Start) -> int:
    """Run the terminal client until our user leaves; the exit code."""
    terminal_keys.install()
    app = ChatApp(start, TerminalDriver)
    app.housekeeping.begin()
    code = app.run(mouse=start.settings.display.mouse)
    return app.return_code or 0 if code is None else code
