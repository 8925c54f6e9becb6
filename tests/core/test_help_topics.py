"""The texts of HELP: complete, short enough, and made from the tables (Modern IRC "HELP message")."""

from __future__ import annotations

import pytest

from ipcchat.core import extbans, handlers, help_topics, modes
from ipcchat.core.registry import COMMANDS, command
from ipcchat.core.settings import Settings


def told(name: str) -> str:
    """The lines of a topic as one text."""
    return "\n".join(help_topics.lines(help_topics.TOPICS[name].paragraphs(Settings())))


def test_every_command_stands_in_the_overview_once():
    handlers.load()
    listed = [name for names in help_topics.grouped_commands().values() for name in names]
    assert sorted(listed) == sorted(COMMANDS)


def test_groups_name_files_that_there_are():
    families = {row.handler.__module__.rpartition(".")[2] for row in COMMANDS.values()}
    assert {family for group in help_topics.GROUPS.values() for family in group} <= families


def test_a_command_of_a_new_family_comes_last(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ipcchat.core.registry.COMMANDS", COMMANDS)
    try:

        @command("TOY", spec="https://example.org/toy")
        def toy(ctx: object) -> None:
            """Play."""

        assert list(help_topics.grouped_commands().items())[-1] == (help_topics.OTHERS, ["TOY"])
    finally:
        del COMMANDS["TOY"]


@pytest.mark.parametrize("name", help_topics.TOPICS)
def test_topics_fit_into_narrow_windows(name):
    lines = help_topics.lines(help_topics.TOPICS[name].paragraphs(Settings()))
    assert max(len(line.encode()) for line in lines) <= help_topics.LINE_BYTES_MAX
    assert len(lines) <= 60


def test_topics_and_aliases_are_no_commands():
    handlers.load()
    names = {*help_topics.TOPICS, *help_topics.ALIASES}
    assert names.isdisjoint(COMMANDS)
    assert set(help_topics.ALIASES.values()) <= set(help_topics.TOPICS)
    assert names == {name.upper() for name in names}


def test_every_mode_and_extended_mask_is_explained():
    for row in modes.CHANNEL_MODES.values():
        assert f"+{row.letter} " in told("CMODES")
    for mode in modes.USER_MODES.values():
        assert f"+{mode.letter} {mode.name}: " in told("UMODES")
    for letter in modes.SERVER_NOTICES:
        assert f"\n{letter}: " in told("UMODES")
    for extban in extbans.EXTBANS.values():
        assert f"{extbans.MARK}{extban.letter}: " in told("EXTBANS")


def test_who_may_change_a_mode_is_said():
    assert "+P (operators of the network): " in told("CMODES")
    assert "+q <nick> (~ and above): " in told("CMODES")


def test_later_lines_of_a_paragraph_are_indented():
    text = "word " * 40
    first, *others = help_topics.lines([text.strip(), "", "end"])
    assert not first.startswith(" ")
    assert [line[:4] for line in others[:-2]] == ["    "] * (len(others) - 2)
    assert others[-2:] == ["", "end"]
