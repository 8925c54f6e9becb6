"""/upload under Pilot, with the real server: the URL where one types, progress, mistakes, and where it is offered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import ipcchat
from ipcchat.tui.commands import ALL, offered
from ipcchat.tui.model.desk import Upload
from ipcchat.tui.screens.help import HelpScreen
from ipcchat.tui.widgets.status_line import uploads_of
from tests.client.fake_file_host import answer, file_host
from tests.client.fake_server import FakeServer
from tests.e2e.server_process import ServerProcess, free_port
from tests.tui.conftest import Place
from tests.tui.program import Person, at, terminal_client

URL = re.compile(r"http://127\.0\.0\.1:\d+/files/[\w-]{22}/tea\.png")


@pytest.fixture(scope="module")
def filing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with a place for files."""
    folder = tmp_path_factory.mktemp("server")
    with ServerProcess(folder, "--listen", f"http://127.0.0.1:{free_port()}", throttled=False) as running:
        yield running


@pytest.fixture
def picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "tea.png"
    path.write_bytes(b"picture" * 10_000)
    return path


async def is_told(person: Person, text: str) -> None:
    """A sentence that stands in the place and stays there."""
    await person.until(lambda: any(text in getattr(entry, "text", "") for entry in person.entries()), text)


async def test_the_url_is_put_where_one_types_and_is_not_sent(
    filing: ServerProcess, picture: Path, tmp_path: Path
) -> None:
    async with terminal_client(at(filing.url, "ann", "#tea"), folder=tmp_path) as ann:
        await ann.arrives("#tea")
        await ann.types("/upload ~/te", enter=False)
        await ann.presses("tab")
        assert ann.typed == "/upload ~/tea.png"
        await ann.presses("enter")
        await ann.until(lambda: URL.search(ann.typed))
        assert re.fullmatch(rf"{URL.pattern} ", ann.typed) and ann.said() == []
        assert ann.app.desk.uploads == []
        await ann.types("nice", enter=False)
        await ann.presses("enter")
        await ann.until(lambda: ann.said())
        assert re.fullmatch(rf"{URL.pattern} nice", ann.said()[0])


async def test_it_goes_to_the_place_where_the_command_was_typed(tmp_path: Path) -> None:
    async with (
        FakeServer() as server,
        terminal_client(at(server.url, "ann", "#tea", "#ops"), folder=tmp_path) as ann,
    ):
        await ann.arrives("#tea")
        screen = ann.app.chat_screen
        buffer, other = ann.buffer("#tea"), ann.buffer("#ops")
        other.draft.text, other.draft.cursor = "see here", 3
        screen.put_in(other, "http://x/1")
        assert (other.draft.text, other.draft.cursor) == ("see http://x/1 here", 15)
        await ann.types("ab", enter=False)
        await ann.presses("left")
        screen.put_in(buffer, "http://x/2")
        assert ann.typed == "a http://x/2 b"


async def test_a_mistake_stays_to_be_read(filing: ServerProcess, picture: Path, tmp_path: Path) -> None:
    async with terminal_client(at(filing.url, "bob", "#tea"), folder=tmp_path) as bob:
        await bob.arrives("#tea")
        await bob.types("/upload no such file")
        await is_told(bob, "/upload: no such file cannot be read: No such file or directory")
        assert bob.typed == ""


async def test_how_far_it_is_and_why_not(picture: Path, tmp_path: Path) -> None:
    async with FakeServer() as server, file_host(server) as host:
        host.answers = [answer("413 Content Too Large", "At most 25 MB")]
        async with terminal_client(at(server.url, "ann", "#tea"), folder=tmp_path) as ann:
            await ann.arrives("#tea")
            seen: list[float] = []
            progress = ann.app.chat_screen._progress

            def note(upload: Upload, sent: int, size: int) -> None:
                progress(upload, sent, size)
                seen.append(upload.part)

            ann.app.chat_screen._progress = note  # type: ignore[method-assign]
            await ann.types("/upload ~/tea.png")
            await is_told(ann, "/upload: At most 25 MB")
            assert seen[0] == 0.0 and seen[-1] == 1.0 and ann.app.desk.uploads == []
            ann.app.desk.uploads.append(Upload("tea.png", 0.456))
            ann.app.changed()
            await ann.shows("uploading tea.png 45 %")


def test_several_are_counted() -> None:
    assert uploads_of([Upload("a.png", 1.0), Upload("b.png"), Upload("c.png")]) == "uploading a.png 100 % and 2 more"


async def test_where_the_server_takes_no_files_it_is_not_offered(place: Place, tmp_path: Path) -> None:
    channel = place.channel()
    async with terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path, size=(110, 50)) as ann:
        await ann.arrives(channel)
        assert ann.app.chat_screen.candidates("/uplo", False) == []
        await ann.presses("f1")
        await ann.until(lambda: isinstance(ann.app.screen, HelpScreen))
        await ann.types("/upload", enter=False)
        assert "Upload a file" not in ann.screen
        await ann.presses("escape")
        await ann.types("/upload ~/tea.png")
        await is_told(ann, "/upload: this server takes no files")


def test_what_is_offered() -> None:
    assert set(ALL) - set(offered(False)) == {"upload"} and offered(True) == ALL


async def test_the_library_and_the_real_server_agree(filing: ServerProcess, picture: Path) -> None:
    async with ipcchat.connect(filing.url, nick="eve", channels=["#files"]) as eve:
        assert eve.takes_files
        url = await eve.upload(picture)
        assert URL.fullmatch(url)
        assert (await eve.send("#files", url)).text == url
