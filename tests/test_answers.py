"""What docs/answers.py finds in the source: the numerics of each command, and the codes of standard replies."""

from __future__ import annotations

import ast

import pytest

from docs import answers
from ipcchat.core.registry import COMMANDS


@pytest.mark.parametrize(
    ("command", "answered"),
    [
        ("TIME", "RPL_TIME ERR_NOSUCHSERVER"),
        ("PONG", ""),
        ("TOPIC", "RPL_NOTOPIC RPL_TOPIC RPL_TOPICWHOTIME ERR_NOSUCHCHANNEL ERR_NOTONCHANNEL ERR_CHANOPRIVSNEEDED"),
        ("MOTD", "RPL_MOTDSTART RPL_MOTD RPL_ENDOFMOTD ERR_NOMOTD ERR_NOSUCHSERVER"),
    ],
)
def test_a_command_is_answered_with_what_its_handler_leads_to(command, answered):
    assert answers.answers()[command] == set(answered.split())


def test_what_facts_mean_is_followed():
    found = answers.answers()
    assert found["JOIN"] >= {"ERR_BANNEDFROMCHAN", "ERR_BADCHANNELKEY", "RPL_TOPIC", "RPL_NAMREPLY"}
    assert found["USER"] >= {"RPL_WELCOME", "RPL_ISUPPORT", "ERR_NICKNAMEINUSE"}


def test_what_others_are_told_and_what_is_only_looked_at_is_no_answer():
    found = answers.answers()
    assert "RPL_MONONLINE" not in found["USER"]
    assert "ERR_CANNOTSENDTOCHAN" not in found["CHATHISTORY"]


def test_every_command_and_only_numerics_that_are_sent():
    assert answers.answers().keys() == COMMANDS.keys()
    assert set().union(*answers.answers().values()) <= answers.sent_numerics()


def test_standard_replies_have_their_command_and_code():
    assert answers.sent_standard_replies() >= {
        "FAIL CHATHISTORY INVALID_TARGET",
        "FAIL SETNAME INVALID_REALNAME",
        "FAIL * INVALID_UTF8",
        "NOTE * WHO_TRUNCATED",
    }


MODULE = """
LATE = "TOO_LATE"
def one(ctx):
    code = "A_A" if ctx else "B_B"
    raise Failure(n, "X", code)
def two(ctx, code):
    raise Failure(n, "X", code)
def three(ctx):
    two(ctx, "C_C")
    two(ctx, code="D_D")
    raise Failure(n, ctx.command, LATE)
def four(ctx):
    ctx.note("E_E", "text")
    ctx.warn(code="no code in the place of one")
def five(ctx, error):
    raise Failure(n, "*", error.code)
"""


def test_codes_are_found_where_they_are_strings_variables_constants_or_passed(monkeypatch):
    monkeypatch.setattr(answers, "sources", lambda: {"handlers/x.py": ast.parse(MODULE)})
    assert answers.sent_standard_replies() == {
        *(f"FAIL X {code}" for code in ("A_A", "B_B", "C_C", "D_D")),
        "FAIL * TOO_LATE",
        "NOTE * E_E",
        *(f"FAIL * {code}" for code in answers.UNREADABLE),
    }


@pytest.mark.parametrize("code", ["ctx.code", "make()", "code", '"A" + "B"'])
def test_a_code_that_cannot_be_found_is_refused(monkeypatch, code):
    source = f"def one(ctx, code):\n    raise Failure(n, 'X', {code})\n"
    monkeypatch.setattr(answers, "sources", lambda: {"handlers/x.py": ast.parse(source)})
    with pytest.raises(
        ValueError, match=r"ipcchat/core/handlers/x\.py, line 2: write the code of this FAIL as a string"
    ):
        answers.sent_standard_replies()
