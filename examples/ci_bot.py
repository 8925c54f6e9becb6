"""A bot that misses nothing: it counts the builds that are reported in #build, and says how many failed.

    IPCCHAT_PASSWORD=... python -m examples.ci_bot irc://localhost ci-bot

It needs an account (`/register` in the client). The server keeps its place: killed and started again, it goes on
with the first message that it has not worked on.
"""

import asyncio
import contextlib
import os
import sys

import ipcchat


async def main(address: str = "localhost", account: str = "ci-bot") -> None:
    """Work until interrupted."""
    failed = 0
    connection = ipcchat.connect(
        address, nick=account, account=account, password=os.environ["IPCCHAT_PASSWORD"], channels=()
    )
    async with connection as chat:
        # Who asks for the next event says that the one before is done.
        async for event in chat.subscribe("ci-bot", channels=["#build"]):
            match event:
                case ipcchat.Message(mine=False, bot=False) if "failed" in event.text:
                    failed += 1
                    await chat.reply(event, f"{failed} failed since I came")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(*sys.argv[1:]))
