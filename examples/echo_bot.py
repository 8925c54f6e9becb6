"""A bot that repeats what it is told: `echo_bot: hello` in #lobby is answered with `ann: hello`."""

import asyncio
import sys

import ipcchat


async def main(address: str = "localhost") -> None:
    """Answer until interrupted; lost connections are repaired by the library, and nothing said meanwhile is missed."""
    async with ipcchat.connect(address, nick="echo_bot") as chat:
        async for event in chat:
            # Our own messages are events too, for everybody sees one order; and a program must answer no notice and
            # no other bot.
            match event:
                case ipcchat.Message(kind="message", mine=False, bot=False) if event.text.startswith(f"{chat.nick}: "):
                    await chat.reply(event, f"{event.nick}: {event.text.partition(': ')[2]}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
