"""What the reference says beyond the tables is complete and says nothing of what is not there."""

from __future__ import annotations

import pytest

from ipcchat.core import caps, glossary, support
from ipcchat.core.settings import Settings
from ipcchat.wire.capabilities import CAPABILITIES
from ipcchat.wire.numerics import BY_NAME
from tests.core.rows import EVERYTHING


def test_every_token_has_its_meaning_and_nothing_else_has():
    assert set(glossary.TOKENS) == set(support.supported(EVERYTHING))
    assert list(glossary.TOKENS) == sorted(glossary.TOKENS)


def test_tokens_that_are_not_always_there_say_what_they_need():
    needy = {name for name, row in glossary.TOKENS.items() if row.needs}
    assert needy == set(glossary.TOKENS) - set(support.supported(Settings()))


def test_every_capability_that_is_not_offered_says_what_it_needs():
    assert set(glossary.CAPABILITIES_NEED) == set(CAPABILITIES) - set(caps.offered(Settings()))


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("RPL_TOPIC", "https://modern.ircdocs.horse/#rpltopic-332"),
        ("ERR_NOSUCHNICK", "https://modern.ircdocs.horse/#errnosuchnick-401"),
        ("RPL_MONONLINE", "https://ircv3.net/specs/extensions/monitor"),
        ("RPL_KEYVALUE", "https://ircv3.net/specs/extensions/metadata"),
        ("RPL_ISON", "https://www.rfc-editor.org/rfc/rfc2812#section-4.9"),
        ("RPL_VISIBLEHOST", "https://defs.ircdocs.horse/defs/numerics"),
    ],
)
def test_a_numeric_leads_to_the_text_that_describes_it(name, link):
    assert glossary.numeric_specification(BY_NAME[name]) == link


def test_only_numerics_of_the_table_are_specified_elsewhere():
    assert glossary._SPECIFICATIONS.keys() <= BY_NAME.keys()
    assert {row.family for row in BY_NAME.values()} >= glossary._FAMILIES.keys()
    assert BY_NAME.keys() >= glossary.ANSWERS_TO_ANY
