"""Logging in from the terminal client: nothing is kept before it has worked, and who said no is not asked again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ipcchat.client.errors import ChatError, LoginFailed, Untrusted
from ipcchat.client.known_servers import KnownServers
from ipcchat.tui.logins import Logins
from ipcchat.tui.remembered import Remembered
from ipcchat.tui.settings import Settings
from ipcchat.tui.start import ServerEntry, Start

ANN = ServerEntry(address="ircs://chat.example", nick="ann", account="ann")
FINGERPRINT = "SHA256:" + ":".join(["1f2e"] * 16)
STRANGER = Untrusted("nobody signed it", "h:1", FINGERPRINT, stranger=True)


class Person:
    """Our user: what he types (one after the other) and says, and what he was asked."""

    def __init__(self, *typed: str, sure: bool = True) -> None:
        self.typed = list(typed)
        self.sure = sure
        self.asked: list[str] = []

    async def ask_secret(self, question: str) -> str:
        self.asked.append(question)
        return self.typed.pop(0)

    async def ask_whether(self, question: str, *, yes: str, no: str) -> bool:
        self.asked.append(question)
        return self.sure


class World:
    """What a Start is made of: which passwords are found, what was made, kept and remembered."""

    def __init__(self, folder: Path, found: str | None = None, *, keyring: bool = True) -> None:
        self.chats: list[ServerEntry] = []
        self.kept: list[str] = []
        self.remembered: list[ServerEntry] = []
        self.fails = False
        self.start = Start(
            servers=(),
            proposal=ServerEntry(),
            chat=self.chat,
            password=lambda entry: found if entry.account and not entry.password else entry.password,
            can_keep=lambda: keyring,
            keep=self.keep,
            remember=self.remembered.append,
            settings=Settings(),
            remembered=Remembered(folder / "terminal.json"),
        )

    def chat(self, entry: ServerEntry) -> Any:
        self.chats.append(entry)

    def keep(self, entry: ServerEntry, password: str) -> None:
        if self.fails:
            raise ChatError("the keyring is locked")
        self.kept.append(password)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_a_password_that_is_found_is_not_asked_for(tmp_path: Path) -> None:
    world, person = World(tmp_path, "found"), Person()
    logins = Logins(world.start, person)
    make = await logins.begin("work", ANN)
    assert make is not None
    make()
    assert world.chats[0].password == "found" and await logins.worked("work") == ""
    assert (person.asked, world.kept, world.remembered) == ([], [], [])


async def test_one_that_is_typed_may_be_kept_once_it_has_worked(world: World) -> None:
    person = Person("wrong", "right")
    logins = Logins(world.start, person)
    assert await logins.begin("work", ANN)
    make = await logins.again("work", LoginFailed("the login to ann failed"))
    assert make is not None
    make()
    assert world.chats[0].password == "right" and world.kept == [] and "login to ann failed" in person.asked[1]
    assert await logins.worked("work") == "" and world.kept == ["right"]
    assert await logins.worked("work") == "" and len(person.asked) == 3


async def test_who_would_rather_not_gets_no_chat(world: World) -> None:
    logins = Logins(world.start, Person("", "typed", ""))
    assert await logins.begin("work", ANN) is None and await logins.worked("work") == ""
    assert await logins.begin("work", ANN) is not None
    assert await logins.again("work", LoginFailed("no")) is None


async def test_a_no_is_for_ever(world: World, tmp_path: Path) -> None:
    first, second = Person("typed", sure=False), Person("typed")
    for person in (first, second):
        logins = Logins(world.start, person)
        await logins.begin("work", ANN)
        await logins.worked("work")
    assert len(first.asked) == 2 and len(second.asked) == 1 and world.kept == []
    assert world.start.remembered.save() == ""
    assert Remembered(tmp_path / "terminal.json").is_declined(first.asked[1])


async def test_without_a_keyring_nobody_is_asked(tmp_path: Path) -> None:
    world, person = World(tmp_path, keyring=False), Person("typed")
    logins = Logins(world.start, person)
    await logins.begin("work", ANN)
    assert await logins.worked("work") == "" and len(person.asked) == 1


async def test_a_new_login_is_remembered_and_a_guest_is_not(world: World) -> None:
    logins = Logins(world.start, Person())
    await logins.begin("work", ServerEntry(nick="ann", account="ann", password="typed"), is_new=True)
    await logins.begin("guest", ServerEntry(nick="eve"), is_new=True)
    assert world.remembered == []
    await logins.worked("work")
    await logins.worked("guest")
    assert [entry.account for entry in world.remembered] == ["ann"] and world.kept == ["typed"]


async def test_what_could_not_be_kept_is_said(world: World) -> None:
    world.fails = True
    logins = Logins(world.start, Person("typed"))
    await logins.begin("work", ANN)
    assert "keyring is locked" in await logins.worked("work")


async def test_a_certificate_is_known_when_our_user_says_so(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    no = await Logins(world.start, Person(sure=False)).trusts(STRANGER)
    assert no.startswith("not connected") and "trust ircs://h:1" in no and KnownServers().pin("h:1") == ""
    assert await Logins(world.start, Person()).trusts(STRANGER) == "" and KnownServers().pin("h:1") == FINGERPRINT
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "terminal.json"))
    (tmp_path / "terminal.json").write_text("a file")
    assert "cannot be" in await Logins(world.start, Person()).trusts(STRANGER)


async def test_nobody_is_asked_about_a_certificate_that_has_changed(world: World) -> None:
    person = Person()
    changed = Untrusted("another certificate", "h:1", FINGERPRINT, known="SHA256:old")
    assert "trust ircs://h:1" in await Logins(world.start, person).trusts(changed) and person.asked == []
