"""The program as a whole: help and keys, terminals of all sizes (UX rows 15 and 17)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from rich.cells import cell_len

import ipcchat
from ipcchat.dialogue.command_table import Command
from ipcchat.tui import commands, settings
from ipcchat.tui.keymap import ACTIONS, Keymap
from ipcchat.tui.screens.help import HelpScreen
from ipcchat.tui.widgets.channel_list import ChannelList
from ipcchat.tui.widgets.member_list import MemberList
from tests.tui.conftest import Place
from tests.tui.program import Person, at, terminal_client

SIZES = [(80, 24), (60, 20), (40, 12), (200, 60)]


@pytest.mark.parametrize("how", ["f1", "alt+h", "/help"])
async def test_help_lists_all_keys_and_commands(place: Place, tmp_path: Path, how: str) -> None:
    """UX row 15: F1 and /help show what is in the table of keys and in the table of commands, all of it."""
    channel = place.channel()
    async with terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path, size=(110, 50)) as ann:
        await ann.arrives(channel)
        if how.startswith("/"):
            await ann.types(how)
        else:
            await ann.presses(how)
        await ann.until(lambda: isinstance(ann.app.screen, HelpScreen))
        seen: set[str] = set()
        keymap = ann.app.keymap
        for _ in range(10):
            await ann.pilot.pause()
            seen.update(ann.screen.splitlines())
            await ann.presses("pagedown")
        whole = "\n".join(seen)
        assert [action.name for action in ACTIONS if action.summary not in whole] == []
        assert [action.name for action in ACTIONS if keymap.first(action.name) not in whole] == []
        assert [command.name for command in all_commands() if f"/{command.name}" not in whole] == []


def all_commands() -> list[Command]:
    """Those that a server without files has."""
    return [entry for entry in commands.in_order() if entry.name in commands.offered(False)]


@pytest.mark.parametrize("name", [action.name for action in ACTIONS])
def test_every_key_can_be_another_one(name: str) -> None:
    """UX row 15: each action of the table takes another key, and is shown with it."""
    keymap = Keymap.of({name: ["f24"]})
    assert keymap.keys(name) == ("f24",) and keymap.first(name) == "F24"


async def test_keys_from_the_settings(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """UX row 15: keys are set in TOML, for the screen, the input, selected messages and lists; help shows them."""
    channel, nick = place.channel(), place.nick("ann")
    file = tmp_path / "terminal.toml"
    keys = {"mute": "F9", "delete_to_start": "Ctrl+G", "reply": "x", "list_close": "F10", "switcher": "F11"}
    file.write_text("[keys]\n" + "".join(f'{name} = ["{key}"]\n' for name, key in keys.items()))
    monkeypatch.setenv("IPCCHAT_TERMINAL_CONFIG", str(file))
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, nick, channel), folder=tmp_path, settings=settings.load()) as ann,
    ):
        await ann.arrives(channel)
        await ann.presses("f9")
        await ann.shows("is muted")
        await ann.presses("alt+m")
        assert ann.current.muted
        await ann.presses("a", "b", "ctrl+g")
        assert ann.typed == ""
        await bob.send(channel, "question")
        await ann.shows("question")
        await ann.bursts("alt+s", "x", *"yes")
        await ann.shows("answering")
        await ann.until(lambda: ann.typed == "yes")
        await ann.presses("f1", *"mute this")
        await ann.shows("F9")
        await ann.presses("escape")
        assert isinstance(ann.app.screen, HelpScreen)
        await ann.presses("f10")
        await ann.until(lambda: not isinstance(ann.app.screen, HelpScreen))


async def test_ctrl_c_never_ends_the_program(place: Place, tmp_path: Path) -> None:
    """UX row 15: Ctrl+C empties the line, which Up brings back, and then says which key quits; that one does."""
    channel = place.channel()
    async with terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann:
        await ann.arrives(channel)
        await ann.types("half a thought", enter=False)
        await ann.presses("ctrl+c")
        assert ann.typed == "" and ann.app.is_running
        await ann.presses("up")
        assert ann.typed == "half a thought"
        await ann.presses("ctrl+c", "ctrl+c", "ctrl+c")
        await ann.shows("Ctrl+Q quits")
        assert ann.app.is_running
        await ann.presses("ctrl+q")
        await ann.until(lambda: not ann.app.is_running)
    assert ann.app.return_value == 0


def fits(person: Person, columns: int, rows: int) -> bool:
    """Whether the screen is full and nothing is beyond its edges."""
    lines = person.screen.splitlines()
    return len(lines) == rows and {cell_len(line) for line in lines} == {columns}


@pytest.mark.parametrize("size", SIZES)
async def test_everything_is_there_in_all_terminals(place: Place, tmp_path: Path, size: tuple[int, int]) -> None:
    """UX row 17: 80 by 24, and smaller and larger: the texts, the input, the state of the connection."""
    channel, nick = place.channel(), place.nick("ann")
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, nick, channel), folder=tmp_path, size=size) as ann,
    ):
        await ann.arrives(channel)
        await bob.send(channel, "a text that is longer than the smallest of these terminals is wide, and still whole")
        await ann.shows("whole")
        await ann.types("draft", enter=False)
        await ann.shows("draft")
        assert fits(ann, *size), ann.screen
        assert f"connected as {nick}" in ann.screen.splitlines()[-1] and channel in ann.screen.splitlines()[0]
        for key in ("ctrl+k", "ctrl+f", "f1"):
            await ann.presses(key)
            await ann.pilot.pause()
            assert fits(ann, *size), ann.screen
            await ann.presses("escape")


async def test_the_terminal_changes_its_size_while_one_talks(place: Place, tmp_path: Path) -> None:
    """UX row 17: panes go when there is no room and come back when there is; what is read and typed stays."""
    channel = place.channel()
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        await bob.send(channel, "still here")
        await ann.shows("still here")
        await ann.types("draft", enter=False)
        shown = {}
        for size in ((200, 60), (40, 12), (1, 1), (60, 20), (80, 24), (200, 60)):
            await ann.pilot.resize_terminal(*size)
            await ann.until(partial(fits, ann, *size))
            shown[size] = panes(ann)
        assert shown == {
            (200, 60): (True, True),
            (40, 12): (False, False),
            (1, 1): (False, False),
            (60, 20): (True, False),
            (80, 24): (True, False),
        }
        assert "still here" in ann.screen and ann.typed == "draft"


def panes(person: Person) -> tuple[bool, bool]:
    """Whether the channels and the people are shown."""
    screen = person.app.chat_screen
    return screen.query_one(ChannelList).display, screen.query_one(MemberList).display


async def test_panes_fold_by_keys_and_stay_so(place: Place, tmp_path: Path) -> None:
    """UX row 17: F7 folds the channels, F8 the people, in any terminal; the next start has them as they were."""
    channel, nick = place.channel(), place.nick("ann")
    async with terminal_client(at(place.url, nick, channel), folder=tmp_path) as ann:
        await ann.arrives(channel)
        assert panes(ann) == (True, False)
        await ann.presses("f8")
        assert panes(ann) == (True, True)
        await ann.until(lambda: nick in ann.screen.splitlines()[1][-20:] + ann.screen.splitlines()[0][-20:])
        await ann.presses("f7")
        assert panes(ann) == (False, True)
        ann.app.save()
    async with terminal_client(at(place.url, nick, channel), folder=tmp_path) as ann:
        await ann.arrives(channel)
        assert panes(ann) == (False, True)
        await ann.presses("f7", "f8")
        assert panes(ann) == (True, False)
