"""Which capabilities we want of those that a server offers, and the talk about them.

Rules:
1. Nothing is asked for that this library does not understand.
2. What is refused together is asked for one by one; what is offered later is asked for then, what is taken back is
   not used any more.
3. One REQ stays so short that its answer fits into a line.

Specification: IRCv3 capability negotiation (https://ircv3.net/specs/extensions/capability-negotiation), version 302.
"""

from __future__ import annotations

from dataclasses import dataclass

from ipcchat.wire.message import Message

WANTED = (
    "message-tags",
    "server-time",
    "echo-message",
    "batch",
    "labeled-response",
    "multi-prefix",
    "standard-replies",
    "cap-notify",
    "account-notify",
    "account-tag",
    "away-notify",
    "chghost",
    "extended-join",
    "extended-monitor",
    "invite-notify",
    "setname",
    "userhost-in-names",
    "draft/chathistory",
    "draft/multiline",
    "draft/channel-rename",
    "draft/message-redaction",
    "draft/message-edit",
    "draft/read-marker",
    "soju.im/search",
    "ipc-chat/catch-up",
    "ipc-chat/resume",
    "draft/metadata-2",
    "draft/oper-tag",
    "draft/extended-isupport",
    "draft/pre-away",
    "sasl",
    "draft/account-registration",
)
# History then has more than messages: who came, topics, reactions.
PLAYBACK = "draft/event-playback"
CAPABILITIES_MAX = 1_000
REQUEST_BYTES_MAX = 300


@dataclass(frozen=True, slots=True)
class Change:
    """Capabilities that are used from now on, and those that are no longer."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Capabilities:
    """The capabilities of one connection. What is to be sent is taken with `requests`."""

    def __init__(self, wanted: tuple[str, ...] = WANTED) -> None:
        self.enabled: set[str] = set()
        self.offered: dict[str, str] = {}
        self.requests: list[str] = []
        self._wanted = wanted
        self._requested: set[str] = set()
        self._listed = False

    @property
    def settled(self) -> bool:
        """Whether everything that was offered at the beginning has been asked for and answered."""
        return self._listed and not self._requested

    def negotiate(self, message: Message) -> Change:
        """A CAP line of the server; what is other now."""
        if len(message.params) < 3:
            return Change()
        verb, words = message.params[1].upper(), message.params[-1].split()
        if verb in ("LS", "NEW"):
            self._offer(words)
            if message.params[2] != "*":
                self._request()
            return Change()
        if verb == "ACK":
            return self._settle(words)
        if verb == "NAK":
            self._denied(words)
        elif verb == "DEL":
            return self._withdraw(words)
        return Change()

    def _offer(self, words: list[str]) -> None:
        """Remember what the server offers, with values."""
        for word in words[:CAPABILITIES_MAX]:
            name, _, value = word.partition("=")
            if name in self.offered or len(self.offered) < CAPABILITIES_MAX:
                self.offered[name] = value

    def _request(self) -> None:
        """Ask for what we want of what is offered."""
        self._listed = True
        line = ""
        for name in self._wanted:
            if name not in self.offered or name in self.enabled | self._requested:
                continue
            self._requested.add(name)
            if line and len(line) + len(name) >= REQUEST_BYTES_MAX:
                self.requests.append(line)
                line = ""
            line = f"{line} {name}" if line else name
        if line:
            self.requests.append(line)

    def _settle(self, words: list[str]) -> Change:
        """The server agreed to a request."""
        added = tuple(word for word in words if word[0] != "-" and word not in self.enabled)
        removed = tuple(word[1:] for word in words if word[0] == "-" and word[1:] in self.enabled)
        self.enabled = self.enabled.union(added).difference(removed)
        self._requested.difference_update(words)
        return Change(added, removed)

    def _denied(self, words: list[str]) -> None:
        """A request for several is refused as a whole: ask for each alone."""
        if len(words) < 2:
            self._requested.difference_update(words)
        else:
            self.requests += [word for word in words if word in self._requested]

    def _withdraw(self, words: list[str]) -> Change:
        """The server gives up capabilities."""
        removed = tuple(word for word in words if word in self.enabled)
        self.enabled = self.enabled.difference(removed)
        self._requested.difference_update(words)
        for word in words:
            self.offered.pop(word, None)
        return Change(removed=removed)
