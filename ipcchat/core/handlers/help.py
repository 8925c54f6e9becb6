"""HELP and HELPOP: how a command is used, and topics for people who know nothing of IRC (core/help_topics.py)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ipcchat.core import help_topics, registry
from ipcchat.core.context import Context
from ipcchat.core.errors import Refusal
from ipcchat.core.registry import MODERN, command
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics

COMPARED_CHARACTERS_MAX = 64
SUGGESTIONS_MAX = 3
OVERVIEW = ("", "*", "INDEX", "COMMANDS", "TOPICS")


@command("HELP", spec=MODERN + "help-message")
def help_(ctx: Context, subject: str = "") -> None:
    """See what you can do here, how a command is used, or what there is to know about a topic: HELP, HELP JOIN, HELP
    CHANNELS."""
    settings, name = ctx.engine.settings, subject.upper()
    topic = help_topics.TOPICS.get(help_topics.ALIASES.get(name, name))
    row = registry.COMMANDS.get(name)
    if name in OVERVIEW:
        _tell(ctx, name, f"{settings.network}: what you can do here", help_topics.overview(settings))
    elif row is not None:
        _tell(ctx, name, row.syntax, [" ".join(row.help.split()), f"Specification: {row.spec}"])
    elif topic is not None:
        _tell(ctx, name, topic.title, topic.paragraphs(settings))
    else:
        raise Refusal(numerics.ERR_HELPNOTFOUND, _shown(subject), text=f"No help on that; {_advice(name)}")


@command("HELPOP", spec=MODERN + "help-message")
def helpop(ctx: Context, subject: str = "") -> None:
    """The same as HELP, for programs that know it by this name."""
    help_(ctx, subject)


def _tell(ctx: Context, subject: str, title: str, paragraphs: Iterable[str]) -> None:
    """704 with a title, an empty 705, the paragraphs in 705, and 706."""
    shown = _shown(subject)
    ctx.reply(numerics.RPL_HELPSTART, shown, text=title)
    for text in ("", *help_topics.lines(paragraphs)):
        ctx.reply_text(numerics.RPL_HELPTXT, shown, text)
    ctx.reply(numerics.RPL_ENDOFHELP, shown)


def _shown(subject: str) -> str:
    """The subject as replies repeat it; * for one that cannot stand there."""
    return subject if subject and quotable(subject) == subject else "*"


def _advice(name: str) -> str:
    """What to ask instead."""
    known = [*registry.COMMANDS, *help_topics.TOPICS]
    nearest = difflib.get_close_matches(name[:COMPARED_CHARACTERS_MAX], known, SUGGESTIONS_MAX)
    return f"did you mean {' or '.join(nearest)}? HELP lists everything" if nearest else "HELP lists everything"
