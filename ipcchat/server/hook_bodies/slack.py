"""Slack's incoming webhooks: text, attachments and blocks as one text.

Rules:
1. Where there are blocks they are the message, and `text` is what stands for them elsewhere; attachments come behind.
2. Links are written out, mentions of people and channels are words, and calls for everybody call nobody.
3. *bold*, _italic_, ~struck~ and `code` stay as they are: people read them.

Specification: https://docs.slack.dev/messaging/formatting-message-text, and "Incoming webhooks" there.
"""

from __future__ import annotations

import re
from typing import Any

from ipcchat.server.hook_bodies.parts import Post, items, joined, words

_MARKED = re.compile(r"<([^<>|\s][^<>|\n]{0,3000})(?:\|([^<>\n]{0,3000}))?>")


def post_of(payload: dict[str, Any]) -> Post:
    """What it says, and under which name."""
    body = _of_blocks(payload) or plain(words(payload, "text"))
    attached = [_of_attachment(each) for each in items(payload, "attachments")]
    return Post(joined([body, *attached]), words(payload, "username"))


def plain(text: str) -> str:
    """A text without Slack's markup (mrkdwn)."""
    replaced = _MARKED.sub(_unmarked, text)
    return replaced.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _unmarked(found: re.Match[str]) -> str:
    target, label = found[1], found[2] or ""
    if target[0] == "!":
        return label or target[1:].partition("^")[0]
    if target[0] in "@#":
        return f"{target[0]}{(label or target[1:]).lstrip(target[0])}"
    if not label or label == target or target == f"mailto:{label}":
        return label or target
    return f"{label} ({target})"


def _of_blocks(value: dict[str, Any]) -> str:
    return joined([_of_block(each) for each in items(value, "blocks")])


def _of_block(block: dict[str, Any]) -> str:
    kind = words(block, "type")
    if kind in ("section", "header"):
        return joined([_text(block), *[plain(words(field, "text")) for field in items(block, "fields")]])
    if kind == "context":
        parts = [plain(words(part, "text") or words(part, "alt_text")) for part in items(block, "elements")]
        return joined(parts, " ")
    if kind == "image":
        return joined([plain(words(block, "title", "text") or words(block, "alt_text")), words(block, "image_url")])
    return ""


def _text(block: dict[str, Any]) -> str:
    return plain(words(block, "text", "text"))


def _of_attachment(attachment: dict[str, Any]) -> str:
    """An attachment line by line; its fallback when there is nothing else."""
    title, link = plain(words(attachment, "title")), words(attachment, "title_link")
    fields = [_of_field(field) for field in items(attachment, "fields")]
    lines = [
        plain(words(attachment, "pretext")),
        f"{title} ({link})" if title and link else title or link,
        plain(words(attachment, "text")),
        *fields,
        _of_blocks(attachment),
    ]
    return joined(lines) or plain(words(attachment, "fallback"))


def _of_field(field: dict[str, Any]) -> str:
    return joined([plain(words(field, "title")), plain(words(field, "value"))], ": ")
