"""What programs post to hooks, as texts: which of the forms it is, and what of it people want to read.

    {"text": "..."}                 Slack's incoming webhooks, and all that speak like them (slack.py)
    payload={"text": "..."}         the same, as a form
    X-GitHub-Event: push            GitHub and Gitea (github.py)
    {"version": "4", "alerts": []}  Alertmanager, and Grafana's own form (alerts.py)
    text/plain, or curl -d words    the text itself

Rules:
1. Nothing here trusts a type: what is not as it should be is left out, and only what is no object at all is refused.
2. What nobody wants to read (a star, a branch that is built) is no mistake: it is taken and not said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec

from ipcchat.server.hook_bodies import alerts, github, slack
from ipcchat.server.hook_bodies.parts import Post, Unreadable, Unwanted, at, words

__all__ = ["Post", "Unreadable", "Unwanted", "post_of"]

FORM, TEXT = "application/x-www-form-urlencoded", "text/plain"
FORM_FIELDS_MAX = 20
EVENT = "x-github-event"
DELIVERY = "x-ipc-chat-delivery"


def post_of(headers: Mapping[str, str], body: bytes) -> Post:
    """What a request says; names of `headers` are in small letters. Raises Unreadable and Unwanted."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    written = _decoded(body)
    if kind == FORM:
        return _of_form(headers, written)
    if kind == "application/json" or kind.endswith("+json") or (not kind and _looks_like_json(written)):
        return _of_object(headers, _object(written))
    if kind in (TEXT, ""):
        return Post(written)
    raise Unreadable(415, f"Send application/json, {TEXT} or {FORM}")


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(400, "The body is not UTF-8") from None


def _looks_like_json(written: str) -> bool:
    return written.lstrip()[:1] == "{"


def _of_form(headers: Mapping[str, str], written: str) -> Post:
    """A form with `payload`, or what `curl -d` sends as one although it is none."""
    if _looks_like_json(written):
        return _of_object(headers, _object(written))
    try:
        fields = parse_qs(written, max_num_fields=FORM_FIELDS_MAX)
    except ValueError:
        raise Unreadable(400, f"A form has at most {FORM_FIELDS_MAX} fields") from None
    if "payload" in fields:
        return _of_object(headers, _object(fields["payload"][0]))
    if "text" in fields:
        return Post(fields["text"][0], fields.get("username", [""])[0])
    return Post(written)


def _object(written: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(written)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Unreadable(400, "This is no JSON") from None
    if not isinstance(found, dict):
        raise Unreadable(400, 'This is no JSON object: send {"text": "..."}')
    return found


def _of_object(headers: Mapping[str, str], payload: dict[str, Any]) -> Post:
    if EVENT in headers:
        return Post(github.text_of(headers[EVENT], payload))
    if DELIVERY in headers:
        return _of_chat(payload)
    if isinstance(payload.get("alerts"), list):
        return Post(alerts.text_of(payload))
    return slack.post_of(payload)


def _of_chat(payload: dict[str, Any]) -> Post:
    """What another IPC Chat sends: nothing that a program said, or two of them would talk for ever. Raises Unwanted."""
    if at(payload, "bot") is not False:
        raise Unwanted
    return Post(words(payload, "text"), words(payload, "nick"))
