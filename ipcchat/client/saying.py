"""What a Chat says: messages, replies, reactions; and what was said before.

Specifications: RFC 2812 3.3, IRCv3 echo-message, draft/multiline, draft/chathistory, draft/message-redaction, client
tags +reply, +typing, +channel-context, +draft/react.
"""

from __future__ import annotations

import asyncio
import uuid

from ipcchat.client.catchup import CONTEXT_TAG
from ipcchat.client.errors import CommandRefused, NotDelivered
from ipcchat.client.events import Act, Addressed, Message
from ipcchat.client.hearing import hear_past
from ipcchat.client.hearing.messages import TYPING_STATES
from ipcchat.client.outbox import pieces
from ipcchat.client.receipt import Receipt
from ipcchat.client.running import Running, now
from ipcchat.wire import message as wire

# IRCv3 +typing: no second notification for a target within three seconds.
TYPING_SECONDS = 3.0
TYPING_TARGETS_MAX = 1_000


class Saying(Running):
    """The methods that speak, and those that read what was spoken."""

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
        session = self._conversation.view_session
        multiline = session.multiline if session is not None else None
        parts = pieces(target, text, kind, self._view.source_bytes, multiline)
        keys = [uuid.uuid4().hex for _ in parts]
        tags = {"+reply": reply_to, "+channel-context": context}
        try:
            tickets = self._conversation.post(kind, target, parts, keys, {k: v for k, v in tags.items() if v})
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
        """React to a message with a sign or a word. Raises CommandRefused (also when the server or the message has no
        ids, or the server does not pass reactions on), TimedOut, ChatClosed."""
        await self._tag_reaction(to, "draft/react", reaction)

    async def unreact(self, to: Addressed, reaction: str) -> None:
        """Take a reaction back; see `react`."""
        await self._tag_reaction(to, "draft/unreact", reaction)

    async def tag_message(self, target: str, tags: dict[str, str]) -> None:
        """Send client-only tags ("+example.org/colour") without a text. Raises CommandRefused (also when the server
        has no tags), TimedOut, ChatClosed."""
        if self.connected and "message-tags" not in self.capabilities:
            raise CommandRefused("the server passes on no tags")
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

    async def redact(self, message: Addressed, reason: str = "") -> None:
        """Delete a message (draft/message-redaction). Raises CommandRefused, TimedOut, ChatClosed."""
        await self.command("REDACT", message.place, message.msgid or "*", *([reason] if reason else []))

    async def history(self, target: str, limit: int = 50, *, before: str = "", after: str = "") -> list[Message]:
        """At most `limit` messages of a channel, oldest first: the newest ones, or the last ones before the msgid
        `before`, or the first ones after the msgid `after`. Raises CommandRefused (also when the server keeps no
        history), TimedOut, ChatClosed.
        """
        found: list[Message] = []
        while len(found) < limit:
            page = await self._history_page(target, limit - len(found), before, after)
            messages = [act for act in page if isinstance(act, Message)]
            found = found + messages if after else messages + found
            places = [act.msgid for act in page if act.msgid and CONTEXT_TAG not in act.tags]
            if not places:
                break
            before, after = ("", places[-1]) if after else (places[0], "")
        return found

    async def _history_page(self, target: str, limit: int, before: str, after: str) -> list[Act]:
        """One CHATHISTORY."""
        if self.connected and not self.keeps_history:
            raise CommandRefused("the server keeps no history")
        count = str(min(limit, self._view.support.history_limit))
        if before or after:
            lines = await self.command(
                "CHATHISTORY", "AFTER" if after else "BEFORE", target, f"msgid={after or before}", count
            )
        else:
            lines = await self.command("CHATHISTORY", "LATEST", target, "*", count)
        past = hear_past(self._view, target, lines, now().wall)
        return [event for event in past if isinstance(event, Act)]

    async def _tag_reaction(self, to: Addressed, tag: str, reaction: str) -> None:
        """TAGMSG with +reply and the reaction."""
        if not to.msgid:
            raise CommandRefused("that message has no id to react to")
        if self._view.support.denies_tag(tag) or self._view.support.denies_tag("reply"):
            raise CommandRefused("the server passes on no reactions")
        await self.tag_message(to.place, {"+reply": to.msgid, f"+{tag}": reaction})
