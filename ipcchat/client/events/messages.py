"""What people say and signal.

Specifications: RFC 2812 3.3, CTCP (https://modern.ircdocs.horse/ctcp), IRCv3 message-tags (TAGMSG), draft/multiline,
draft/message-redaction, draft/message-edit, draft/read-marker, client tags +reply, +channel-context, +typing,
+draft/react, +draft/edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ipcchat.client.events.basis import Act, Addressed, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Addressed):
    """A message to a channel or to a person.

    `kind` is "message", "notice" (RFC 2812 3.3.2: must never be answered by a program), "action" (/me), "ctcp" (a
    program asks ours: "VERSION") or "ctcp-reply". `text` has line breaks ("\\n") where it was sent as one message of
    several lines. `elsewhere`: our user said it by another connection, from his telephone for instance. `edited`: it
    comes from history, and its author has changed the text since it was said.
    """

    text: str
    kind: str = "message"
    elsewhere: bool = False
    edited: bool = False

    @property
    def context(self) -> str:
        """The channel in which a message to a person belongs (IRCv3 +channel-context); "" for none."""
        context = self.tags.get("+channel-context", "")
        return context if self.channel is None and context[:1] != "" and context[0] in self.prefixes else ""

    @property
    def reaction(self) -> str:
        """What this message says as a reaction to the one it answers (IRCv3 +draft/react), "" when it is none."""
        return self.tags.get("+draft/react", "") if self.reply_to else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited(Addressed):
    """The author of the message `original` (a msgid) gives it another `text`; `kind` as in Message."""

    original: str
    text: str
    kind: str = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMessage(Addressed):
    """A message that has tags and no text, of a kind that has no event of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing(TagMessage):
    """Somebody is typing: `state` is "active", "paused" or "done".

    Without a further word "active" is over after 6 s and "paused" after 30 s; so it is with a message of the same
    person.
    """

    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction(TagMessage):
    """Somebody reacts to the message `reply_to`, or takes the reaction back (`removed`)."""

    reaction: str
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted(Act):
    """The message `redacted` (a msgid) in `target` was deleted by somebody (`by`)."""

    target: str
    redacted: str
    by: str
    reason: str = ""
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMarked(Event):
    """Our user has read a channel, or what he and another person wrote to each other (`target`), up to that time, by
    this connection or another of his. `until` is None when nothing is known to be read."""

    target: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallops(Act):
    """A message to everybody with user mode +w (RFC 2812 4.7)."""

    nick: str
    text: str
