"""GitHub's events, and Gitea's, which are like them: who did what, with a link.

Specification: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipcchat.server.hook_bodies.parts import Unwanted, at, count, first_line, items, joined, words

COMMITS_SHOWN = 5
DIGITS_OF_COMMIT = 7

Payload = dict[str, Any]


def text_of(event: str, payload: Payload) -> str:
    """An event in words. Raises Unwanted for those that are not told."""
    tell = _EVENTS.get(event)
    if tell is None:
        raise Unwanted
    repository = words(payload, "repository", "full_name")
    return joined([f"[{repository}]" if repository else "", tell(payload)], " ")


def _who(payload: Payload) -> str:
    return words(payload, "sender", "login") or words(payload, "pusher", "name") or "somebody"


def _require_action(payload: Payload, *known: str) -> str:
    """What was done, where that is told. Raises Unwanted."""
    action = words(payload, "action")
    if action not in known:
        raise Unwanted
    return action.replace("_", " ")


def _ping(payload: Payload) -> str:
    return joined(["The webhook works.", words(payload, "zen")], " ")


def _push(payload: Payload) -> str:
    """The commits; branches that are made and deleted have events of their own."""
    commits, size = items(payload, "commits"), count(payload, "commits")
    if at(payload, "deleted") is True or not size:
        raise Unwanted
    kind, branch = "pushed", words(payload, "ref").removeprefix("refs/heads/").removeprefix("refs/tags/")
    if at(payload, "forced") is True:
        kind = "force-pushed"
    link = words(payload, "compare") or words(payload, "compare_url")
    noun = "commit" if size == 1 else "commits"
    lines = [_commit(commit) for commit in commits[:COMMITS_SHOWN]]
    more = f"… and {size - len(lines)} more" if size > len(lines) else ""
    return joined([joined([f"{_who(payload)} {kind} {size} {noun} to {branch}", link], ": "), *lines, more])


def _commit(commit: Payload) -> str:
    author = words(commit, "author", "username") or words(commit, "author", "name")
    said = first_line(words(commit, "message"))
    return joined([words(commit, "id")[:DIGITS_OF_COMMIT], said, f"({author})" if author else ""], " ")


def _pull_request(payload: Payload) -> str:
    done = _require_action(payload, "opened", "closed", "reopened", "ready_for_review")
    if done == "closed" and at(payload, "pull_request", "merged") is True:
        done = "merged"
    return _titled(payload, "pull_request", f"{done} pull request")


def _issues(payload: Payload) -> str:
    return _titled(payload, "issue", f"{_require_action(payload, 'opened', 'closed', 'reopened')} issue")


def _titled(payload: Payload, name: str, done: str) -> str:
    """Who did what to something with a number and a title."""
    number, title = words(payload, name, "number"), first_line(words(payload, name, "title"))
    return joined([f"{_who(payload)} {done} #{number}: {title}", words(payload, name, "html_url")], " ")


def _issue_comment(payload: Payload) -> str:
    _require_action(payload, "created")
    number, title = words(payload, "issue", "number"), first_line(words(payload, "issue", "title"))
    said = first_line(words(payload, "comment", "body"))
    first = joined([f"{_who(payload)} commented on #{number} {title}", words(payload, "comment", "html_url")], " ")
    return joined([first, said])


def _release(payload: Payload) -> str:
    _require_action(payload, "published")
    name = words(payload, "release", "name") or words(payload, "release", "tag_name")
    return joined([f"{_who(payload)} published {name}", words(payload, "release", "html_url")], " ")


def _workflow_run(payload: Payload) -> str:
    _require_action(payload, "completed")
    name, branch = words(payload, "workflow_run", "name"), words(payload, "workflow_run", "head_branch")
    result = words(payload, "workflow_run", "conclusion").replace("_", " ") or "completed"
    return joined([f"{name} on {branch}: {result}", words(payload, "workflow_run", "html_url")], " ")


def _create(payload: Payload) -> str:
    return f"{_who(payload)} created {words(payload, 'ref_type')} {words(payload, 'ref')}"


def _delete(payload: Payload) -> str:
    return f"{_who(payload)} deleted {words(payload, 'ref_type')} {words(payload, 'ref')}"


_EVENTS: dict[str, Callable[[Payload], str]] = {
    "ping": _ping,
    "push": _push,
    "pull_request": _pull_request,
    "issues": _issues,
    "issue_comment": _issue_comment,
    "release": _release,
    "workflow_run": _workflow_run,
    "create": _create,
    "delete": _delete,
}
