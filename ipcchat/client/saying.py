"""What a Chat says: messages, replies, reactions; and what becomes of messages: other texts, deletions, pins.

Specifications: RFC 2812 3.3, IRCv3 echo-message, draft/multiline, draft/message-redaction, draft/message-edit, client
tags +reply, +typing, +channel-context, +draft/react, +draft/edit.
"""

from __future__ import annotations

import asyncio
import uuid

from ipcchat.client.errors import CommandRefused, NotDelivered
from ipcchat.client.events import Addressed, Message
from ipcchat.client.hearing.messages import EDIT_TAG, EDITS, TYPING_STATES
from ipcchat.client.multiline import Line
from ipcchat.client.outbox import KINDS, pieces
from ipcchat.client.receipt import Receipt
from ipcchat.client.running import Running
from ipcchat.wire import message as wire

# IRCv3 +typing: no second notification for a target within three seconds.
TYPING_SECONDS = 3.0
TYPING_TARGETS_MAX = 1_000


class Saying(Running):
    """The methods that speak, and those about what was spoken."""

    async def send(
        self, target: str, text: str, kind: str = "message", *, reply_to: str = "", context: str = ""
    ) -> Message:
        """Send a text and wait until the server has confirmed it, through reconnects if need be: exactly one message
        on an IPC Chat server, at least one on others. `kind` is "message", "notice" or "action" (/me); `target` a
        channel, a nick, or a channel behind a rank ("@#tea": its operators). `reply_to` is the msgid of the message it
        answers, `context` the channel in which a message to a person belongs; both only where the server has tags.

        Returns the message as everybody sees it, with `msgid` and `time`. A text of several lines is one message
        where the server takes such (draft/multiline), else several; so is a text over one line. The last is
        returned. Raises NotDelivered with the server's reason, ChatClosed.
        """
        return await self.post(target, text, kind, reply_to=reply_to, context=context)

    def post(self, target: str, text: str, kind: str = "message", *, reply_to: str = "", context: str = "") -> Receipt:
        """Send a text without waiting; see `send`. Messages posted one after the other arrive in that order.

        At most 10,000 messages may wait to be confirmed. Raises NotDelivered when the text or target cannot be sent at
        all, ChatError when too many wait, ChatClosed.
        """
        self._require_open()
        tags = {"+reply": reply_to, "+channel-context": context}
        return self._post(target, self._pieces(target, text, kind), kind, {k: v for k, v in tags.items() if v})

    def _pieces(self, target: str, text: str, kind: str) -> list[tuple[Line, ...]]:
        """A text as messages that this server takes."""
        session = self._conversation.view_session
        multiline = session.multiline if session is not None else None
        return pieces(target, text, kind, self._view.source_bytes, multiline)

    def _post(self, target: str, parts: list[tuple[Line, ...]], kind: str, tags: dict[str, str]) -> Receipt:
        """Give messages to the outbox, each with a key of its own."""
        keys = [uuid.uuid4().hex for _ in parts]
        try:
            tickets = self._conversation.post(kind, target, parts, keys, tags)
        except wire.WireError as error:
            raise NotDelivered(str(error), error.code) from None
        receipt = Receipt([self._future(ticket) for ticket in tickets])
        self._pump()
        return receipt

    async def say(self, target: str, text: str) -> Message:
        """`send` of a plain message."""
        return await self.send(target, text)

    async def notice(self, target: str, text: str, *, context: str = "") -> Message:
        """`send` of a notice, which programs must not answer (RFC 2812 3.3.2)."""
        return await self.send(target, text, "notice", context=context)

    async def action(self, target: str, text: str) -> Message:
        """`send` of an action: "waves" is shown as "* ann waves"."""
        return await self.send(target, text, "action")

    async def reply(self, to: Message, text: str, kind: str = "message") -> Message:
        """Answer a message in the place where it was said; see `send`."""
        return await self.send(to.place, text, kind, reply_to=to.msgid)

    async def react(self, to: Addressed, reaction: str) -> None:
        """React to a message with a sign or a word, through reconnects if need be; see `send`. Raises CommandRefused
        (also when the server or the message has no ids, or the server does not pass reactions on), ChatClosed."""
        await self._tag_reaction(to, "draft/react", reaction)

    async def unreact(self, to: Addressed, reaction: str) -> None:
        """Take a reaction back; see `react`."""
        await self._tag_reaction(to, "draft/unreact", reaction)

    async def tag_message(self, target: str, tags: dict[str, str]) -> None:
        """Send client-only tags ("+example.org/colour") without a text. Raises CommandRefused (also when the server
        has no tags), TimedOut, ChatClosed."""
        self._require_tags()
        await self.command("TAGMSG", target, tags=tags)

    def typing(self, target: str, state: str = "active") -> None:
        """Tell that our user types a message to `target` ("active", to be repeated while he does), has stopped
        ("paused") or given it up ("done"). Nothing is sent within 3 s of the last time, while there is no connection,
        or when the server does not pass it on. Raises ValueError for another state."""
        if state not in TYPING_STATES:
            raise ValueError(f"{state!r} is no state of typing; these are {', '.join(TYPING_STATES)}")
        session, ticks = self._conversation.session, asyncio.get_running_loop().time()
        recent = {name: then for name, then in self._typed.items() if ticks - then < TYPING_SECONDS}
        able = session is not None and session.registered and "message-tags" in session.enabled
        if not able or session is None or session.view.support.denies_tag("typing") or target in recent:
            return
        try:
            session.tell("TAGMSG", target, tags={"+typing": state})
        except wire.WireError as error:
            raise ValueError(str(error)) from None
        self._typed = recent | ({target: ticks} if len(recent) < TYPING_TARGETS_MAX else {})
        self._pump()

    async def edit(self, message: Message, text: str) -> Message:
        """Give a message of ours another text, through reconnects if need be; see `send`. Returns the message that the
        server has confirmed: who knows no edits sees it as another one. Raises NotDelivered with the server's reason
        (also when it has no edits, or the text does not fit into one message), ChatClosed."""
        if self.connected and EDITS not in self.capabilities:
            raise NotDelivered("on this server messages cannot be edited")
        if not message.msgid:
            raise NotDelivered("that message has no id, so it cannot be edited")
        self._require_open()
        kind = message.kind if message.kind in KINDS else "message"
        parts = self._pieces(message.place, text, kind)
        if len(parts) > 1:
            raise NotDelivered("that is too long for one message; an edited message stays one")
        return await self._post(message.place, parts, kind, {EDIT_TAG: message.msgid})

    async def pin(self, message: Addressed) -> None:
        """Keep a message of a channel at hand for everybody; see `Chat.pins`. Raises CommandRefused, TimedOut,
        ChatClosed."""
        await self.command("PIN", message.place, message.msgid or "*")

    async def unpin(self, message: Addressed) -> None:
        """Take a pin away."""
        await self.command("UNPIN", message.place, message.msgid or "*")

    async def redact(self, message: Addressed, reason: str = "") -> None:
        """Delete a message (draft/message-redaction), through reconnects if need be; see `send`. Raises CommandRefused,
        ChatClosed."""
        await self._do("REDACT", message.place, message.msgid or "*", *([reason] if reason else []))

    async def _tag_reaction(self, to: Addressed, tag: str, reaction: str) -> None:
        """TAGMSG with +reply and the reaction."""
        if not to.msgid:
            raise CommandRefused("that message has no id to react to")
        if self._view.support.denies_tag(tag) or self._view.support.denies_tag("reply"):
            raise CommandRefused("the server passes on no reactions")
        self._require_tags()
        await self._do("TAGMSG", to.place, tags={"+reply": to.msgid, f"+{tag}": reaction})

    async def _do(self, command: str, *params: str, tags: dict[str, str] | None = None) -> None:
        """Do something once, and wait until the server has confirmed it."""
        self._require_open()
        try:
            ticket = self._conversation.do(command, params, uuid.uuid4().hex, tags or {})
        except wire.WireError as error:
            raise CommandRefused(str(error), error.code) from None
        done = self._future(ticket)
        self._pump()
        await done

    def _require_tags(self) -> None:
        """Raises CommandRefused when the server has no tags."""
        if self.connected and "message-tags" not in self.capabilities:
            raise CommandRefused("the server passes on no tags")
