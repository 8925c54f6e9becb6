"""The page about settings and the example file say what the table of settings says, and the example works."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ipcchat.core.limits import Limits
from ipcchat.server.settings import Loaded, load
from ipcchat.server.settings_chosen import CHOSEN_SECTIONS
from ipcchat.server.settings_kinds import Choice, Fraction, Number, Switch, Text
from ipcchat.server.settings_limits import FIXED_LIMITS
from ipcchat.server.settings_reference import CHOSEN_EXAMPLES, example, reference, toml, toml_of
from ipcchat.server.settings_row import Setting
from ipcchat.server.settings_table import FLAGS, ROWS, WORKER_FLAG

ROOT = Path(__file__).parents[2]
PAGES = {"docs/settings.md": reference, "examples/ipc-chat.toml": example}
COMMENTED = re.compile(r"^#(?! |$)|^#$", re.MULTILINE)
SETTING_IN_EXAMPLE = re.compile(r"^#(\w+) = ", re.MULTILINE)


def name_in_file(row: Setting) -> str:
    """The row's name with an example's name in place of NAME."""
    return row.name.replace("NAME", CHOSEN_EXAMPLES.get(row.section, ""))


def load_text(folder: Path, text: str) -> Loaded:
    """Load this as a file; it has no mistake."""
    file = folder / "ipc-chat.toml"
    file.write_text(text, encoding="utf-8")
    found = load(file, {})
    assert isinstance(found, Loaded), [str(mistake) for mistake in found]
    return found


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_up_to_date(page):
    assert (ROOT / page).read_text(encoding="utf-8") == PAGES[page](), "write it again with ./run docs"


def test_the_example_is_a_server_with_the_defaults(tmp_path):
    found = load_text(tmp_path, example())
    plain = load(None, {})
    assert isinstance(plain, Loaded)
    assert (found.settings, found.values) == (plain.settings, plain.values)


def test_every_setting_can_be_set_from_the_example(tmp_path):
    """Each comment that is a setting is taken out: every setting is set, to its default or to what is shown."""
    text = COMMENTED.sub("", example())
    found = load_text(tmp_path, text)
    assert set(found.values) == {name_in_file(row) for row in ROWS}
    for row in ROWS:
        shown = row.default if row.example is None else row.example
        value = found.values[name_in_file(row)]
        assert value == shown or row.key == "addresses", row.name
    set_in_file = tomllib.loads(text)
    for row in ROWS:
        tables: Any = set_in_file
        for part in name_in_file(row).split("."):
            assert part in tables, f"{row.name} is not in the example"
            tables = tables[part]


def test_each_setting_of_the_example_works_by_itself(tmp_path):
    lines = example().split("\n")
    places = [number for number, line in enumerate(lines) if re.match(r"#\w+ = |#\[", line)]
    tried = 0
    for place in places:
        head = max(number for number in range(place + 1) if re.match(r"#?\[", lines[number]))
        if lines[head].startswith("#["):
            continue  # A section with a chosen name needs all that is needed; the test above sets it.
        end = next(number for number in range(place, len(lines)) if not lines[number])
        taken = [line.removeprefix("#") if place <= number < end else line for number, line in enumerate(lines)]
        if not re.match("#(seconds|port|key) = ", lines[place]):  # They need sts.port, a listener, tls.certificate.
            load_text(tmp_path, "\n".join(taken))
            tried += 1
    assert tried == sum(row.section not in CHOSEN_SECTIONS for row in ROWS) - 3


def strategy(row: Setting) -> st.SearchStrategy[object]:
    """Values that the setting may have."""
    match row.kind:
        case Number(least, most):
            return st.integers(least, most)
        case Fraction(least, most):
            return st.floats(least, most)
        case Switch():
            return st.booleans()
        case Choice(words):
            return st.sampled_from(words)
        case Text(bytes_max):
            return st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=bytes_max // 4)
        case _:
            return st.just(row.default if row.example is None else row.example)


# Settings that a rule binds to others are tried with those in test_settings.py.
FREE_ROWS = [
    row
    for row in ROWS
    if row.section not in CHOSEN_SECTIONS
    and row.name not in ("limits.ping_seconds", "limits.silence_seconds_max", "sts.seconds", "sts.port", "tls.key")
]


@hypothesis_settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.sampled_from(FREE_ROWS), choice=st.data())
def test_every_value_that_the_page_allows_is_taken(tmp_path, row, choice):
    value = choice.draw(strategy(row))
    found = load_text(tmp_path, f"{row.name} = {toml_of(row, value)}")
    assert found.values[row.name] == value


SHOWN_OTHERWISE = ("server.motd", "operators.NAME.password_hash")
"""Their defaults are several lines, or none."""


def test_the_page_has_every_setting_flag_and_limit():
    page = reference()
    sections = dict(re.findall(r"^## \[([\w.]+)\]\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    for row in ROWS:
        section = row.name.rpartition(".")[0]
        (line,) = re.findall(rf"^\| `{row.key}` \|.*$", sections[section], re.MULTILINE)
        assert row.kind.expected in line
        assert ("*Restart.*" in line) is row.restart
        assert row.default is None or row.name in SHOWN_OTHERWISE or toml(row.default) in line
    assert all(f"`{flag}`" in page for flag in FLAGS.values() if flag != WORKER_FLAG)
    assert all(f"`{name}` = {toml(getattr(Limits(), name))}" in page for name in FIXED_LIMITS)


def test_every_row_of_the_page_has_four_cells():
    rows = [line for line in reference().splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows} == {5}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (9_999, "9999"),
        (262_144, "262_144"),
        (0.5, "0.5"),
        (20.0, "20.0"),
        (('a"b', "c"), '["a\\"b", "c"]'),
        ("é\x7f\x02\\", '"é\\u007f\\u0002\\\\"'),
    ],
)
def test_values_are_written_so_that_toml_reads_them(value, written):
    assert toml(value) == written
    read = tomllib.loads(f"x = {written}")["x"]
    assert read == (list(value) if isinstance(value, tuple) else value)
