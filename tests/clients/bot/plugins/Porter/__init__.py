"""A plugin for the bot framework Limnoria: the porter tells when tea is, and writes in #log who comes and goes.

It uses nothing but the framework's documented interface: a command is a method made by `wrap`, `doJoin` and the like
hear the commands of IRC.
"""

from __future__ import annotations

from typing import Any

from supybot import callbacks, ircmsgs
from supybot.commands import wrap

LOG = "#log"


class Porter(callbacks.Plugin):  # type: ignore[misc]
    """Tells when tea is, and writes in #log who comes and goes."""

    def _tea(self, irc: Any, msg: Any, args: list[str]) -> None:
        """takes no arguments

        Tells when tea is.
        """
        irc.reply("tea is at four")

    tea = wrap(_tea)

    def doJoin(self, irc: Any, msg: Any) -> None:
        """Somebody came."""
        self._note(irc, f"{msg.prefix} came to {msg.args[0]}")

    def doPart(self, irc: Any, msg: Any) -> None:
        """Somebody left a channel."""
        self._note(irc, f"{msg.nick} left {msg.args[0]}: {msg.args[1]}")

    def doQuit(self, irc: Any, msg: Any) -> None:
        """Somebody left for good."""
        self._note(irc, f"{msg.nick} is gone: {msg.args[0]}")

    def doNick(self, irc: Any, msg: Any) -> None:
        """Somebody has a new name."""
        self._note(irc, f"{msg.nick} is now {msg.args[0]}")

    def doKick(self, irc: Any, msg: Any) -> None:
        """Somebody was put out."""
        channel, nick, reason = msg.args
        self._note(irc, f"{msg.nick} put {nick} out of {channel}: {reason}")

    def doTopic(self, irc: Any, msg: Any) -> None:
        """A channel has a new topic."""
        self._note(irc, f"{msg.nick} set the topic of {msg.args[0]}: {msg.args[1]}")

    def _note(self, irc: Any, text: str) -> None:
        irc.queueMsg(ircmsgs.privmsg(LOG, text))


Class = Porter
