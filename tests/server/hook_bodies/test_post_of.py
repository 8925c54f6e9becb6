"""Which form a body has, and what of it is read (docs/webhooks.md). The payloads have the fields that the documentation
of these programs names."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.server.hook_bodies import Post, Unreadable, Unwanted, post_of

PAYLOADS = Path(__file__).parent.parent / "http" / "payloads"
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}

SAID = {
    "alertmanager": (
        {},
        "",
        "[FIRING:1] HighLatency http://alertmanager.example:9093\n"
        "firing critical api-1:8080: p99 is 2.4 s http://prometheus.example/graph?g0.expr=latency\n"
        "resolved critical api-2:8080: More than a second for ten minutes.",
    ),
    "alertmanager_slack": (
        {},
        "Alertmanager",
        "[FIRING:1] HighLatency (api-1:8080 critical)"
        " (http://alertmanager.example:9093/#/alerts?receiver=slack)\n"
        "p99 is 2.4 s > 1 s\nSeverity: critical",
    ),
    "grafana": (
        {},
        "",
        "[FIRING:1] Disk Hosts (db-1)\n**Firing**\n\nValue: A=97.5\nLabels:\n - alertname = Disk",
    ),
    "grafana_slack": (
        {},
        "Grafana",
        "[FIRING:1] Disk Hosts (db-1) (https://grafana.example/alerting/list)\n**Firing**\n\nValue: A=97.5",
    ),
    "slack_blocks": (
        {},
        "",
        "Build 17\n*failed* in the tests (https://ci.example/17)\nbranch: main\nby: @U024BE7LH\ntook 3 min logo\n"
        "graph\nhttps://ci.example/17.png",
    ),
    "github_push": (
        {"x-github-event": "push"},
        "",
        "[example/tea] ann pushed 2 commits to main:"
        " https://github.com/example/tea/compare/6113728f27ae...0d1a26e67d8f\n"
        "6a1b2c3 Green tea is hot (ann)\n0d1a26e Milk goes in last (Bob)",
    ),
    "github_pull_request": (
        {"x-github-event": "pull_request"},
        "",
        "[example/tea] ann merged pull request #12: Serve biscuits https://github.com/example/tea/pull/12",
    ),
    "github_issue_comment": (
        {"x-github-event": "issue_comment"},
        "",
        "[example/tea] eve commented on #7 The pot drips https://github.com/example/tea/issues/7#issuecomment-1\n"
        "Mine, too.",
    ),
    "github_workflow_run": (
        {"x-github-event": "workflow_run"},
        "",
        "[example/tea] Tests on main: timed out https://github.com/example/tea/actions/runs/30433642",
    ),
    "github_ping": (
        {"x-github-event": "ping"},
        "",
        "[example/tea] The webhook works. Keep it logically awesome.",
    ),
    "gitea_push": (
        {"x-github-event": "push", "x-gitea-event": "push"},
        "",
        "[example/tea] ann pushed 1 commit to main: https://gitea.example/example/tea/compare/28e1879...bffeb74\n"
        "bffeb74 A kettle (ann)",
    ),
}


def test_every_payload_is_looked_at():
    assert {path.stem for path in PAYLOADS.glob("*.json")} == set(SAID)


@pytest.mark.parametrize("name", SAID)
def test_what_known_programs_post(name):
    headers, caller, text = SAID[name]
    body = (PAYLOADS / f"{name}.json").read_bytes()
    assert post_of(JSON | headers, body) == Post(text, caller)
    assert post_of(FORM | headers, urlencode({"payload": body.decode()}).encode()) == Post(text, caller)


@pytest.mark.parametrize(
    ("headers", "body", "post"),
    [
        (JSON, b'{"text": "hello", "username": "ci"}', Post("hello", "ci")),
        ({"content-type": "Application/JSON; charset=utf-8"}, b'{"text": "hello"}', Post("hello")),
        ({"content-type": "application/vnd.x+json"}, b'{"text": "hello"}', Post("hello")),
        (JSON, b'\xef\xbb\xbf{"text": "hello"}', Post("hello")),
        ({}, b'{"text": "hello"}', Post("hello")),
        ({}, b"hello", Post("hello")),
        ({"content-type": "text/plain"}, "grüße\n".encode(), Post("grüße\n")),
        ({"content-type": "text/plain"}, b'{"text": "hello"}', Post('{"text": "hello"}')),
        (FORM, b"hello from curl -d", Post("hello from curl -d")),
        (FORM, b"100% of = and &", Post("100% of = and &")),
        (FORM, b'{"text": "curl -d without a type"}', Post("curl -d without a type")),
        (FORM, b"text=a+b&username=ci", Post("a b", "ci")),
        (JSON, b"{}", Post("")),
        (JSON, b'{"text": ["no"], "username": {}, "attachments": "x", "blocks": [1, null, {}]}', Post("")),
        (JSON, b'{"text": 42}', Post("42")),
        (JSON, b'{"alerts": []}', Post("[ALERT]")),
        (JSON, b'{"alerts": [{}], "status": "firing"}', Post("[FIRING]")),
        (JSON, b'{"attachments": [{"fallback": "only that"}]}', Post("only that")),
    ],
)
def test_other_forms(headers, body, post):
    assert post_of(headers, body) == post


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (JSON, b"", 400),
        (JSON, b"{", 400),
        (JSON, b"[]", 400),
        (JSON, b'"text"', 400),
        (JSON, b'{"text": "\xff"}', 400),
        (JSON, b"[" * 100_000, 400),
        (FORM, b"payload=x", 400),
        (FORM, b"&".join(b"a%d=1" % number for number in range(30)), 400),
        ({}, b"\xff", 400),
        ({"content-type": "image/png"}, b"x", 415),
        ({"content-type": "multipart/form-data; boundary=x"}, b"x", 415),
    ],
)
def test_what_is_none_of_them(headers, body, status):
    with pytest.raises(Unreadable) as caught:
        post_of(headers, body)
    assert caught.value.status == status


def event(name: str, **payload: object) -> str:
    """What is said of an event of GitHub."""
    return post_of(JSON | {"x-github-event": name}, json.dumps(payload).encode()).text


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("star", {"action": "created"}),
        ("push", {"commits": [], "ref": "refs/heads/x"}),
        ("push", {"commits": [{}], "deleted": True}),
        ("pull_request", {"action": "synchronize"}),
        ("issues", {"action": "labeled"}),
        ("issue_comment", {"action": "edited"}),
        ("release", {"action": "created"}),
        ("workflow_run", {"action": "requested"}),
        ("unheard-of", {}),
    ],
)
def test_what_nobody_wants_to_read(name, payload):
    with pytest.raises(Unwanted):
        event(name, **payload)


def test_more_of_github():
    who = {"sender": {"login": "ann"}}
    assert event("create", ref="v1", ref_type="tag", **who) == "ann created tag v1"
    assert event("delete", ref="old", ref_type="branch", **who) == "ann deleted branch old"
    issue = {"number": 3, "title": "Cold\nvery", "html_url": "https://x.example/3"}
    assert event("issues", action="reopened", issue=issue, **who) == "ann reopened issue #3: Cold https://x.example/3"
    pull = {"number": 4, "title": "Hot"}
    assert event("pull_request", action="closed", pull_request=pull) == "somebody closed pull request #4: Hot"
    assert event("pull_request", action="ready_for_review", pull_request=pull, **who).startswith("ann ready for review")
    release = {"tag_name": "v1", "html_url": "https://x.example/v1"}
    assert event("release", action="published", release=release, **who) == "ann published v1 https://x.example/v1"
    commits = [{"id": f"{number:040x}", "message": "x" * 300} for number in range(7)]
    said = event("push", ref="refs/tags/v1", forced=True, commits=commits, pusher={"name": "bob"}).split("\n")
    assert said[0] == "bob force-pushed 7 commits to v1"
    assert said[1] == f"0000000 {'x' * 200}…"
    assert said[-1] == "… and 2 more"
    assert len(said) == 7


def test_more_alerts_than_a_message_has_room_for():
    alerts = [{"status": "firing", "labels": {"alertname": f"A{number}"}} for number in range(500)]
    said = post_of(JSON, json.dumps({"status": "firing", "alerts": alerts}).encode()).text.split("\n")
    assert said[-1] == "… and 490 more"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<https://x.example/a?b=1&amp;c=2|a &amp; b>", "a & b (https://x.example/a?b=1&c=2)"),
        ("<https://x.example>", "https://x.example"),
        ("<https://x.example|https://x.example>", "https://x.example"),
        ("<mailto:ann@x.example|ann@x.example>", "ann@x.example"),
        (
            "<!channel> <!here> <!everyone> <!subteam^S1|@team> <!date^1^{date}|today>",
            "channel here everyone @team today",
        ),
        ("<@U1> <@U1|ann> <#C1|tea> <#C1>", "@U1 @ann #tea #C1"),
        ("1 &lt; 2 &amp;amp; &quot;", "1 < 2 &amp; &quot;"),
        ("*b* _i_ ~s~ `c` a < b > c <>", "*b* _i_ ~s~ `c` a < b > c <>"),
    ],
)
def test_slacks_markup_becomes_text(written, read):
    assert post_of(JSON, json.dumps({"text": written}).encode()).text == read


def test_what_another_server_sends_is_said_but_for_what_programs_said():
    sent = {"id": "x-1", "channel": "#a", "nick": "ann", "text": "hello", "bot": False}
    from_chat = JSON | {"x-ipc-chat-delivery": "x-1"}
    assert post_of(from_chat, json.dumps(sent).encode()) == Post("hello", "ann")
    for bot in (True, None, "no"):
        with pytest.raises(Unwanted):
            post_of(from_chat, json.dumps(sent | {"bot": bot}).encode())


KEYS = """text username attachments blocks type fields elements title value alerts status labels annotations commits id
message author ref action issue comment sender repository pull_request release workflow_run"""
NAMES = st.sampled_from(KEYS.split())
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)


@given(st.dictionaries(NAMES, ANYTHING, max_size=8), st.sampled_from(["", "push", "issues", "pull_request", "release"]))
def test_whatever_it_is_it_is_a_text_or_refused(payload, name):
    headers = JSON | ({"x-github-event": name} if name else {})
    try:
        post = post_of(headers, json.dumps(payload).encode())
    except (Unreadable, Unwanted):
        return
    assert isinstance(post.text, str)
    assert isinstance(post.name, str)
