"""The table of numerics.

Rules:
1. Each test names the text it checks: Modern IRC "Numerics", RFC 2812 5.
"""

from __future__ import annotations

import pytest

from ipcchat.wire import numerics
from ipcchat.wire.message import Message, format_message, parse
from ipcchat.wire.numerics import BY_NAME, NUMERICS, Numeric


def test_every_row_is_a_constant_under_its_name():
    rows = {name: value for name, value in vars(numerics).items() if isinstance(value, Numeric)}
    assert rows == BY_NAME
    assert all(name == row.name for name, row in rows.items())
    assert {row.code: row for row in rows.values()} == NUMERICS
    assert len(rows) == len(NUMERICS)


@pytest.mark.parametrize("row", NUMERICS.values(), ids=lambda row: f"{row.code} {row.name}")
def test_a_row_can_be_sent(row):  # RFC 2812 2.4: three digits
    assert len(row.code) == 3 and row.code.isdigit() and row.family
    assert row.name.startswith(("RPL_", "ERR_"))
    message = Message(row.code, ["ann", row.text], "irc.example.com")
    assert parse(format_message(message)) == message


@pytest.mark.parametrize(
    ("row", "code", "text"),
    [
        (numerics.RPL_WELCOME, "001", "Welcome to the {network} Network, {nick}"),
        (numerics.RPL_ENDOFWHO, "315", "End of WHO list"),
        (numerics.RPL_NAMREPLY, "353", ""),
        (numerics.ERR_INPUTTOOLONG, "417", "Input line was too long"),
        (numerics.ERR_NICKNAMEINUSE, "433", "Nickname is already in use"),
        (numerics.ERR_NOTONCHANNEL, "442", "You're not on that channel"),
        (numerics.ERR_NEEDMOREPARAMS, "461", "Not enough parameters"),
    ],
)
def test_customary_codes_and_texts(row, code, text):  # Modern IRC "Numerics"
    assert (row.code, row.text) == (code, text)


@pytest.mark.parametrize(("code", "name"), [("001", "RPL_OTHER"), ("999", "RPL_WELCOME")])
def test_a_second_row_of_a_code_or_name_is_refused(code, name):
    with pytest.raises(ValueError, match="in the table already"):
        numerics._add("test", code, name)
    assert "999" not in NUMERICS and "RPL_OTHER" not in BY_NAME
