"""Paths behind /upload: what is meant, and how they go on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ipcchat.tui import paths
from ipcchat.tui.paths import candidates, in_words, path_of


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with a few files, in which our user stands."""
    for name in ("tea.png", "tea for two.png", "it's.txt", ".secret", "Teapot.txt", "bad\x1b[31m.txt", "bad\u202e.txt"):
        (tmp_path / name).write_bytes(b"x" * 1_234)
    (tmp_path / "tea-pictures").mkdir()
    (tmp_path / "tea-pictures" / "one.gif").write_bytes(b"")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("tea.png", "tea.png"),
        (" tea for two.png ", "tea for two.png"),
        ('"tea for two.png"', "tea for two.png"),
        ("'tea for two.png'", "tea for two.png"),
        ("tea\\ for\\ two.png", "tea for two.png"),
        ("~/tea.png", "{home}/tea.png"),
        ("'~/tea for two.png'", "{home}/tea for two.png"),
        ("file://{home}/tea%20for%20two.png", "{home}/tea for two.png"),
        ("it's.txt", "it's.txt"),
        ("no such file", "no such file"),
        ("no'such", "no'such"),
    ],
)
def test_what_is_meant(home: Path, typed: str, found: str) -> None:
    assert path_of(typed.format(home=home)) == found.format(home=home)


def texts(before: str) -> list[str]:
    return [before[: candidate.start] + candidate.text for candidate in candidates(before)]


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("/upload tea", ["/upload tea for two.png", "/upload tea-pictures/", "/upload tea.png"]),
        ("/upload tea-pictures/", ["/upload tea-pictures/one.gif"]),
        ("/upload ~", ["/upload ~/"]),
        ("/upload ~/T", ["/upload ~/Teapot.txt"]),
        ("/upload .s", ["/upload .secret"]),
        ("/upload tea f", ["/upload tea for two.png"]),
        ('/upload "tea f', ['/upload "tea for two.png']),
        ("/upload none/", []),
        ("/upload bad", []),
        ("/upload \0/", []),
        ("/uploads tea", []),
        ("tea", []),
        ("/upload tea\ntea", []),
    ],
)
def test_how_it_may_go_on(before: str, found: list[str]) -> None:
    assert texts(before) == found


def test_hidden_files_and_what_a_terminal_acts_on_are_not_offered(home: Path) -> None:
    assert texts("/upload ") == [
        f"/upload {name}" for name in ("it's.txt", "tea for two.png", "tea-pictures/", "tea.png", "Teapot.txt")
    ]
    [only] = candidates("/upload tea.")
    assert (only.shown, only.detail) == ("tea.png", "1.2 kB")


def test_a_link_that_leads_nowhere_is_offered_all_the_same(home: Path) -> None:
    os.symlink("nowhere", home / "loop")
    [only] = candidates("/upload loop")
    assert (only.text, only.detail) == ("loop", "")


def test_a_large_folder_is_looked_at_for_a_moment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "LOOKED_AT_MAX", 3)
    assert len(candidates("/upload ")) <= 3


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (3e12, "3000 GB"),
    ],
)
def test_sizes(size: float, words: str) -> None:
    assert in_words(size) == words
