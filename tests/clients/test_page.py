"""docs/clients.md tells people to type what the tests of this folder type, and names what each program negotiates."""

from __future__ import annotations

from tests.clients.bot_process import CONFIGURATION
from tests.clients.programs import TLS_WORDS, Program
from tests.e2e.server_process import ROOT

PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
ROWS = {row.strip() for row in PAGE.splitlines()}
DEFAULT_PORT, TLS_PORT = 6667, 6697


def test_the_page_has_the_lines_that_set_a_program_up(program: Program):
    wanted = [line.format(port=DEFAULT_PORT) for line in (program.started_by, *program.set_up)]
    assert [line for line in wanted if line not in ROWS] == []


def test_the_page_has_the_lines_for_an_account_by_tls(program: Program):
    words = {"pairs": "31:95:F2:...", "digits": "3195f2...", "password": "PASSWORD"}
    tls = TLS_WORDS.get(program.name, ("tls",))[0]
    wanted = [line.format(port=TLS_PORT, tls=tls, **words) for line in program.secure]
    assert [line for line in wanted if line not in ROWS] == []


def test_the_page_names_the_capabilities_that_a_program_uses(program: Program):
    sections = PAGE.split("\n## ")
    section = next(section for section in sections if section.lower().startswith(program.name))
    assert [name for name in program.capabilities if f"`{name}`" not in section] == []


def test_the_page_has_the_configuration_of_the_bot():
    assert [line for line in CONFIGURATION.read_text().splitlines() if line not in ROWS] == []
