"""Who quotes whom: an answer shows the beginning of what it answers, as that is now.

Rules:
1. An answer may be loaded before what it answers; it quotes that as soon as both are there.
2. When what was said is changed or deleted, so is every quotation of it.
3. Of one message at most ANSWERS_MAX answers are kept up to date, the latest.
"""

from __future__ import annotations

from ipcchat.tui.model.entries import Said

ANSWERS_MAX = 1_000
DELETED = "a deleted message"


class Quotes:
    """The answers that are loaded, by the msgid that they name."""

    def __init__(self) -> None:
        self._answers: dict[str, list[Said]] = {}

    def quote(self, answer: Said, answered: Said | None) -> None:
        """A message is loaded; `answered` is the one that it answers, where that is known."""
        if not answer.message.reply_to:
            return
        answers = self._answers.setdefault(answer.message.reply_to, [])
        answers.append(answer)
        del answers[:-ANSWERS_MAX]
        if answered is not None:
            answer.quoted = quotation(answered)

    def renew(self, answered: Said) -> None:
        """A message is loaded, or is another than it was."""
        if not self._answers:
            return
        words = quotation(answered)
        for msgid in (answered.message.msgid, *answered.edits):
            for answer in self._answers.get(msgid, ()):
                if answer.quoted != words:
                    answer.quoted = words
                    answer.changed()

    def forget(self, answer: Said) -> None:
        """A message is loaded no longer."""
        answers = self._answers.get(answer.message.reply_to, [])
        if answer in answers:
            answers.remove(answer)
            if not answers:
                del self._answers[answer.message.reply_to]


def quotation(said: Said) -> tuple[str, str]:
    """The author and the text, as they are quoted."""
    return said.message.nick, DELETED if said.removed_by else said.message.text
