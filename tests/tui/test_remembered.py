"""What the terminal client keeps between two runs: bounded, shared by several clients, never in the way of a start."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.tui import remembered
from ipcchat.tui.remembered import Remembered, default_path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "terminal.json"


def test_nothing_is_remembered_at_first_and_nothing_is_written_for_it(path):
    found = Remembered(path)
    assert found.last_buffer("work") == found.draft("work", "#tea") == found.theme == found.complaint == ""
    assert found.is_hidden("members") is None and not found.is_muted("work", "#tea")
    assert found.save() == "" and not path.exists()


def test_everything_is_there_the_next_time(path):
    first = Remembered(path)
    first.look_at("work", "#Tea")
    first.mute("work", "#ops", True)
    first.mute("work", "#loud", True)
    first.mute("work", "#loud", False)
    assert first.keep_draft("work", "#Tea", "half a\nsentence")
    first.keep_draft("home", "bob", "gone")
    first.keep_draft("home", "bob", "")
    first.hide("members", True)
    first.hide("channels", False)
    first.choose_theme("nord")
    assert first.save() == ""

    again = Remembered(path)
    assert again.last_buffer("work") == "#Tea" and again.theme == "nord"
    assert again.is_muted("work", "#OPS") and not again.is_muted("work", "#loud") and not again.is_muted("home", "#ops")
    assert again.draft("work", "#tea") == "half a\nsentence" and again.draft("home", "bob") == ""
    assert again.is_hidden("members") is True and again.is_hidden("channels") is False
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["muted"] == {"work #ops": True}


def test_what_is_as_it_was_is_not_written_again(path):
    first = Remembered(path)
    first.choose_theme("nord")
    first.save()
    path.unlink()
    first.choose_theme("nord")
    first.keep_draft("work", "#tea", "")
    assert first.save() == "" and not path.exists()


def test_two_clients_lose_nothing_of_each_other(path):
    one, other = Remembered(path), Remembered(path)
    one.keep_draft("work", "#tea", "of one")
    one.choose_theme("nord")
    other.keep_draft("work", "#ops", "of the other")
    assert one.save() == other.save() == ""
    last = Remembered(path)
    assert (last.draft("work", "#tea"), last.draft("work", "#ops"), last.theme) == ("of one", "of the other", "nord")
    assert other.draft("work", "#tea") == "of one"


def test_everything_has_a_limit_and_the_oldest_goes_first(path):
    found = Remembered(path)
    for number in range(150):
        found.keep_draft("work", f"#{number}", "text")
    found.keep_draft("work", "#50", "changed")
    found.keep_draft("work", "#new", "text")
    assert found.draft("work", "#49") == found.draft("work", "#51") == ""
    assert found.draft("work", "#50") == "changed"
    assert not found.keep_draft("work", "#long", "x" * 10_001)
    assert len(found.draft("work", "#long")) == 10_000
    found.keep_draft("work", "#" + "x" * 2_000, "text")
    assert found.draft("work", "#" + "x" * 2_000) == ""
    found.save()
    assert len(json.loads(path.read_text())["drafts"]) == remembered.ENTRIES_MAX["drafts"]


def test_limits_hold_for_what_others_have_put_into_the_file(path):
    path.parent.mkdir()
    path.write_text(json.dumps({"drafts": {f"work #{number}": "x" * 20_000 for number in range(200)}, "other": 7}))
    found = Remembered(path)
    assert found.complaint == "" and found.draft("work", "#99") == ""
    assert len(found.draft("work", "#199")) == 10_000


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"last": []}', b'{"muted": {"a": "b"}}', b"\xff", b"[" * 100_000]
)
def test_a_damaged_file_is_set_aside_and_that_is_said(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    found = Remembered(path)
    assert "was damaged" in found.complaint and "terminal.json.damaged" in found.complaint
    assert found.complaint.isprintable()
    assert path.with_name("terminal.json.damaged").read_bytes() == content
    found.choose_theme("nord")
    assert found.save() == "" and Remembered(path).theme == "nord"


def test_a_file_that_is_too_long_is_set_aside(path):
    path.parent.mkdir()
    path.write_bytes(b" " * (remembered.BYTES_MAX + 1))
    assert "over 8,388,608 bytes long" in Remembered(path).complaint


@given(st.binary(max_size=100))
def test_whatever_stands_in_the_file_the_client_starts(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("state") / "terminal.json"
    path.write_bytes(content)
    assert isinstance(Remembered(path).theme, str)


def test_what_cannot_be_written_is_said_and_tried_again(tmp_path):
    (tmp_path / "state").write_text("a file where a folder should be")
    found = Remembered(tmp_path / "state" / "terminal.json")
    found.choose_theme("nord")
    assert "cannot be written: " in found.save()
    (tmp_path / "state").unlink()
    assert found.save() == "" and Remembered(found.path).theme == "nord"


def test_without_a_home_folder_it_lasts_as_long_as_the_client(monkeypatch):
    monkeypatch.setattr(remembered, "default_path", lambda: None)
    found = Remembered()
    found.choose_theme("nord")
    assert found.save() == "" and found.theme == "nord"


def test_the_file_is_where_it_belongs(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert default_path() == Path("/home/ann/.local/state/ipc-chat/terminal.json")
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert default_path() == Path("/state/ipc-chat/terminal.json")
