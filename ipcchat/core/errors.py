"""A no, with its reason.

    Exception
      Refusal          a command or fact is refused; carries the reply to send
        Numeric refusal   Refusal(numeric, *params)
        Failure           a standard reply: FAIL command code context :text
      Ignored          a command or fact has nothing to do; nobody hears anything
      NotYet           a command must wait until the session's earlier facts have been applied

Anything else that leaves core is our bug: the shell logs it once and ends that one session.
"""

from __future__ import annotations

from ipcchat.wire.numerics import Numeric


class Refusal(Exception):
    """Refused with a numeric reply; `params` stand between the client's nick and the text, which defaults to the
    numeric's."""

    def __init__(self, numeric: Numeric, *params: str, text: str | None = None) -> None:
        super().__init__(numeric.name, *params)
        self.numeric = numeric
        self.params = params
        self.text = numeric.text if text is None else text


class Failure(Refusal):
    """Refused with `FAIL command code context... :text` (IRCv3 standard replies); numeric 400 for clients that do
    not know those. With `about`, the place of a message, its msgid is the last of the context."""

    def __init__(self, numeric: Numeric, command: str, code: str, *context: str, text: str, about: int = 0) -> None:
        super().__init__(numeric, command, *context, text=text)
        self.command = command
        self.code = code
        self.context = context
        self.about = about


class Ignored(Exception):
    """There is nothing to do, and nothing to say."""


class NotYet(Exception):
    """The command has to be asked again when the session's earlier facts are applied."""
