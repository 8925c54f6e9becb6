"""What is said, and what is done to messages: the part of the screen below its panes.

Rules:
1. What was typed leaves the composer only when it was handed over; a refusal is shown where it was said.
2. A command is the line after "/"; "//" says a text that begins with one.
3. What the server cannot do is not offered, and who asks for it all the same is told.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from textual import on
from textual.screen import Screen

from ipcchat.client.hearing.messages import EDITS
from ipcchat.dialogue.commands import obey
from ipcchat.tui.link import Link
from ipcchat.tui.model.buffer import Buffer, Draft, Kind
from ipcchat.tui.model.entries import Delivery, Said
from ipcchat.tui.room import Room
from ipcchat.tui.widgets.composer import Composer
from ipcchat.tui.widgets.edit_area import TEXT_CHARACTERS_MAX
from ipcchat.tui.widgets.status_line import StatusLine
from ipcchat.tui.widgets.timeline_view import TimelineView

if TYPE_CHECKING:
    from ipcchat.tui.app import ChatApp

# What a server must offer so that something can be done to a message.
NEEDS = {"react": "message-tags", "reply": "message-tags", "edit": EDITS, "delete": "draft/message-redaction"}
SIGNS = ("\U0001f44d", "\u2764\ufe0f", "\U0001f604", "\U0001f389", "\U0001f440", "\U0001f64f", "\U0001f44e")
OTHER_SIGN = "another one ..."


class MessageActions(Screen[None]):
    """The methods of the screen that speak."""

    app: ChatApp

    @property
    def composer(self) -> Composer:
        """Where our user types."""
        return self.query_one(Composer)

    @property
    def timeline(self) -> TimelineView:
        """What was said."""
        return self.query_one(TimelineView)

    @property
    def status(self) -> StatusLine:
        """The line at the bottom."""
        return self.query_one(StatusLine)

    @property
    def draft(self) -> Draft:
        """What is typed in the present buffer, with what it answers or changes."""
        buffer = self.app.desk.current
        return buffer.draft if buffer is not None else Draft()

    def copy(self, text: str) -> None:
        """Put a text onto the terminal's clipboard (OSC 52)."""
        self.app.copy_to_clipboard(text)
        self.flash("copied")

    def flash(self, text: str) -> None:
        """Say something short in the status line."""
        self.status.flash(text)

    def changed(self) -> None:
        """Something is to be drawn."""
        self.app.changed()

    def offers(self, action: str) -> bool:
        """Whether the server of the present buffer can do what a key means."""
        network = self.app.desk.network
        return action not in NEEDS or (network is not None and network.offers(NEEDS[action]))

    # Saying.

    @on(Composer.Submitted)
    def _submitted(self, event: Composer.Submitted) -> None:
        buffer = event.buffer
        if buffer is None:
            return
        text, draft = event.text, buffer.draft
        buffer.draft = Draft()
        if text.startswith("/") and not text.startswith("//") and "\n" not in text and draft.changes is None:
            self.run_command(text, buffer)
        else:
            self._say(buffer, draft, text[1:] if text.startswith("//") else text)
        self.timeline.scroll_to_bottom()
        self.changed()

    def _say(self, buffer: Buffer, draft: Draft, text: str) -> None:
        """Send a text, as an answer or as another text of a message where the draft is that."""
        link = self.app.link_of(buffer)
        if link is None or buffer.kind is Kind.SERVER:
            self.flash("this is no channel; /join one, or write /help")
            return
        if draft.changes is not None:
            link.do(buffer, link.chat.edit(draft.changes.message, text))
            return
        if not buffer.timeline.live:
            link.do(buffer, link.return_to_present(buffer))
        link.say(buffer, text, reply_to=draft.answers.message.msgid if draft.answers is not None else "")
        buffer.line = None

    def run_command(self, line: str, buffer: Buffer) -> None:
        """Do what a line says that begins with "/"."""
        link = self.app.link_of(buffer)
        if link is not None:
            link.do(buffer, self._obey(link, line, buffer))

    async def _obey(self, link: Link, line: str, buffer: Buffer) -> None:
        await obey(self.room(link, buffer), line, self.app.commands)

    def room(self, link: Link, buffer: Buffer) -> Room:
        """What a command that is typed in a buffer sees."""
        raise NotImplementedError

    async def ask_secret(self, question: str) -> str:
        """What is typed without being shown."""
        return await self.app.ask_secret(question)

    def leave(self) -> None:
        """End the program."""
        self.app.leave()

    @on(Composer.TypingChanged)
    def _typing(self, event: Composer.TypingChanged) -> None:
        buffer = event.buffer
        link = self.app.link_of(buffer) if buffer is not None else None
        if buffer is None or link is None or buffer.kind is Kind.SERVER:
            return
        if self.app.settings.privacy.typing:
            link.chat.typing(buffer.name, "active" if event.active else "done")

    @on(Composer.TooLong)
    def _too_long(self, event: Composer.TooLong) -> None:
        most = f"a text has at most {TEXT_CHARACTERS_MAX:,} characters"
        self.flash(f"left out: {most}, and this would be {event.characters:,}")

    @on(Composer.Cancelled)
    def _cancelled(self) -> None:
        """Escape: give up an answer or a change, else go to the latest message."""
        draft = self.draft
        if draft.answers is None and draft.changes is None:
            self.action_bottom()
            return
        if draft.changes is not None:
            self.composer.put_away()
        draft.answers = draft.changes = None
        self.changed()

    def action_bottom(self) -> None:
        """Go to the latest message."""
        raise NotImplementedError

    async def jump_to(self, link: Link, buffer: Buffer, msgid: str) -> None:
        """Show a message with what stands around it."""
        raise NotImplementedError

    def _with_link(self, work: Callable[[Link, Buffer], Coroutine[Any, Any, None]]) -> None:
        """Do something with the present buffer's server; a refusal is said in the buffer."""
        buffer = self.app.desk.current
        link = self.app.link_of(buffer) if buffer is not None else None
        if link is not None and buffer is not None:
            link.do(buffer, work(link, buffer))

    # Messages.

    @on(TimelineView.MessageAction)
    def _message_action(self, event: TimelineView.MessageAction) -> None:
        if not self.offers(event.action):
            self.flash(f"this server cannot do that: {event.action}")
            return
        match event.action:
            case "react" if event.value:
                self._with_link(lambda link, buffer: self._toggle(link, event.said, event.value))
            case "quoted":
                self._with_link(lambda link, buffer: self.jump_to(link, buffer, event.value))
            case action:
                getattr(self, f"_{action}")(event.said)

    def action_focus_message(self) -> None:
        """Select the last message."""
        if not self.timeline.focus_message(-1):
            self.flash("there is no message to select")

    def action_edit_last(self) -> None:
        """Change the last message of ours."""
        buffer = self.app.desk.current
        if buffer is None or not self.offers("edit"):
            self.flash("messages cannot be changed on this server")
            return
        said = next((said for said in buffer.timeline.said_backwards() if said.message.mine), None)
        if said is None:
            self.flash("you have said nothing here that could be changed")
        else:
            self._edit(said)

    def _reply(self, said: Said) -> None:
        self.draft.answers, self.draft.changes = said, None
        self.timeline.leave_message()
        self.set_focus(self.composer)
        self.changed()

    def _edit(self, said: Said) -> None:
        buffer = self.app.desk.current
        if not said.message.mine or buffer is None:
            self.flash("only your own messages can be changed")
            return
        kept = self.composer.keep()
        if kept.text:
            buffer.typed(kept.text)
        buffer.draft = Draft(said.message.text, len(said.message.text), changes=said)
        self.composer.load(buffer)
        self.timeline.leave_message()
        self.set_focus(self.composer)
        self.changed()

    def _react(self, said: Said) -> None:
        self._with_link(lambda link, buffer: self._ask_for_sign(link, said))

    async def _ask_for_sign(self, link: Link, said: Said) -> None:
        from ipcchat.tui.emoji import by_name
        from ipcchat.tui.screens.question import ask, choose

        sign = await choose(self.app, "React with", [*SIGNS, OTHER_SIGN])
        if sign == OTHER_SIGN:
            typed = (await ask(self.app, "A sign, a word, or the :name: of an emoji")).strip()
            sign = by_name(typed.strip(":")) or typed
        if sign:
            await self._toggle(link, said, sign)

    async def _toggle(self, link: Link, said: Said, sign: str) -> None:
        """React with a sign, or take it back."""
        await (link.chat.unreact if sign in said.ours else link.chat.react)(said.message, sign)

    def _delete(self, said: Said) -> None:
        if said.delivery is Delivery.FAILED:
            self._discard(said)
        else:
            self._with_link(lambda link, buffer: self._ask_to_delete(link, said))

    def _discard(self, said: Said) -> None:
        buffer = self.app.desk.current
        if buffer is not None:
            buffer.timeline.drop(said)
            buffer.typed(said.message.text)
            self.flash("taken back; Up brings the text again")
            self.changed()

    async def _ask_to_delete(self, link: Link, said: Said) -> None:
        from ipcchat.dialogue.phrases import start_of
        from ipcchat.tui.screens.question import confirm

        if await confirm(
            self.app, f"Delete this message for everybody?\n\n{start_of(said.message.text)}", yes="Delete"
        ):
            await link.chat.redact(said.message)

    def _pin(self, said: Said) -> None:
        self._with_link(lambda link, buffer: self._toggle_pin(link, said))

    async def _toggle_pin(self, link: Link, said: Said) -> None:
        pinned = {message.msgid for message in await link.chat.pins(said.message.place)}
        await (link.chat.unpin if said.message.msgid in pinned else link.chat.pin)(said.message)

    def _resend(self, said: Said) -> None:
        buffer = self.app.desk.current
        link = self.app.link_of(buffer) if buffer is not None else None
        if link is not None and buffer is not None and said.delivery is Delivery.FAILED:
            link.say_again(buffer, said)

    def _open(self, said: Said) -> None:
        if said.delivery is Delivery.FAILED:
            self._resend(said)
        elif said.message.reply_to:
            self._with_link(lambda link, buffer: self.jump_to(link, buffer, said.message.reply_to))
        else:
            self._open_link(said)

    def _open_link(self, said: Said) -> None:
        from ipcchat.tui.text.links import links_in

        found = links_in(said.message.text)
        if found:
            self.app.open_url(found[0])
        else:
            self.flash("there is no link in it")

    @on(TimelineView.LinkClicked)
    def _link_clicked(self, event: TimelineView.LinkClicked) -> None:
        self.app.open_url(event.url)

    @on(TimelineView.CopyRequested)
    def _copy_requested(self, event: TimelineView.CopyRequested) -> None:
        self.copy(event.text)

    @on(TimelineView.Left)
    def _left_messages(self) -> None:
        self.set_focus(self.composer)
