"""What `search` does: join the channel that is asked about, ask, print."""

from __future__ import annotations

import argparse
import sys

from ipcchat.cli import exits
from ipcchat.cli.client_run import chat_for, complain
from ipcchat.cli.parsing import plain_of
from ipcchat.cli.render import TailLines
from ipcchat.cli.style import Style, wants_colours


async def search(options: argparse.Namespace) -> int:
    """Connect, search, print what was found."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    style = Style(wants_colours(sys.stdout, plain_of(options)))
    lines = TailLines(style, as_json=options.json, names_channel=not options.target)
    channels = [options.target] if options.target[:1] in ("#", "&") else []
    words = " ".join(options.words)
    async with chat_for(options, channels) as chat:
        is_somewhere = bool(options.target or chat.account)
        found = await chat.search(words, target=options.target, nick=options.author, limit=options.lines)
    for message in found:
        print(lines.line(message), flush=True)
    if found:
        return exits.OK
    hint = "" if is_somewhere else "; without an account name a channel: --in '#ops'"
    return complain(f"nothing has {words}{hint}", exits.FAILED)
