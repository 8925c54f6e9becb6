"""Files: what /upload does, and how far each is.

Rules:
1. An upload keeps nobody from typing, and its URL is never sent by itself: it is put where the cursor is, in the place
   where the command was typed, so that words can be written around it.
2. A mistake is said in that place and stays there; how far it is, is said in the status line.
"""

from __future__ import annotations

import asyncio
import os

from ipcchat.client.text import printable
from ipcchat.tui.link import Link
from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.desk import Upload
from ipcchat.tui.paths import path_of
from ipcchat.tui.screens.message_actions import MessageActions


class Uploads(MessageActions):
    """The methods of the screen about files."""

    async def upload(self, link: Link, buffer: Buffer, typed: str) -> None:
        """Upload a file, and put its URL into the text of the buffer. Raises ChatError."""
        path = await asyncio.to_thread(path_of, typed)
        upload = Upload(printable(os.path.basename(path)))
        uploads = self.app.desk.uploads
        uploads.append(upload)
        self.changed()
        try:
            url = await link.upload(path, lambda sent, size: self._progress(upload, sent, size))
        finally:
            uploads.remove(upload)
            self.changed()
        self.put_in(buffer, url)
        self.flash(f"{upload.name} is uploaded; Enter says where it is")

    def _progress(self, upload: Upload, sent: int, size: int) -> None:
        upload.part = sent / size if size else 1.0
        self.changed()

    def put_in(self, buffer: Buffer, word: str) -> None:
        """Put a word where the cursor is in the text of a buffer, apart from what stands around it."""
        if buffer is self.composer.buffer:
            self.composer.put_word(word)
            return
        draft = buffer.draft
        before, behind = draft.text[: draft.cursor], draft.text[draft.cursor :]
        before = f"{before}{' ' if before and not before[-1].isspace() else ''}{word} "
        draft.text, draft.cursor = before + behind.lstrip(" "), len(before)
