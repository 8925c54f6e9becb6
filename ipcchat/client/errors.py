"""What the client library raises.

    ChatError
     +-- AddressError        the address cannot be used (also a ValueError)
     +-- ConnectFailed       no server answered in time, or it refused the registration
          +-- LoginFailed    the server did not take the account's name and password, or the certificate
          +-- Untrusted      the server cannot show that it is the one we mean, so nothing was said to it
     +-- ChatClosed          the Chat is closed, so nothing more can be sent or heard
     +-- TimedOut            the server did not answer in time (also a TimeoutError)
     +-- CommandRefused      the server refused a command
          +-- NotDelivered   the server refused a message
     +-- UploadFailed        a file could not be uploaded

The text of each is written for people; programs look at the class and at `code`.
"""

from __future__ import annotations


class ChatError(Exception):
    """Base of everything the library raises on purpose."""


class AddressError(ChatError, ValueError):
    """An address that cannot be parsed or is of a kind that is not supported."""


class ConnectFailed(ChatError):
    """The first connection did not come about; the text has the last reason."""


class LoginFailed(ConnectFailed):
    """The login to an account failed; the text has the server's reason and what to do."""


class Untrusted(ConnectFailed):
    """The server's certificate is not good for us. `place` is HOST:PORT, `fingerprint` that of the certificate;
    `stranger` says that it is in order but for being signed by nobody this machine knows, so that a person may decide
    to know it from now on; `known` is the fingerprint that was expected instead, "" for none."""

    def __init__(self, text: str, place: str, fingerprint: str, *, stranger: bool = False, known: str = "") -> None:
        super().__init__(text)
        self.place = place
        self.fingerprint = fingerprint
        self.stranger = stranger
        self.known = known


class ChatClosed(ChatError):
    """The Chat was closed, by `close()` or because the connection ended and `reconnect` is off."""


class TimedOut(ChatError, TimeoutError):
    """The server did not answer a command in time, or the connection was lost before it did."""


class CommandRefused(ChatError):
    """The server said no, or would. `code` is the numeric ("403") or the code of a standard reply ("INVALID_TARGET");
    "" when there is none. `context` are the parameters that say what it is about: ("#tea",)."""

    def __init__(self, text: str, code: str = "", context: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.code = code
        self.context = context


class NotDelivered(CommandRefused):
    """A message was not delivered, for certain; the text is the server's reason."""


class UploadFailed(ChatError):
    """A file is not on the server; the text is the server's reason, or ours. `status` is the server's by HTTP (413: too
    large), 0 where it did not come to that."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status
