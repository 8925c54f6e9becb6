"""What becomes of a text that a program posts to a hook: cleaned, cut to one message, said once and not too often
(docs/webhooks.md)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core import hooks
from ipcchat.core.facts import LINE_BREAK, SEAM, Posted
from ipcchat.core.hooks import CUT, Obstacle
from ipcchat.core.limits import Limits
from tests.core.hooking import SETTINGS, comes_in, founder, goes_out, says
from tests.core.net import Net, Talker


@pytest.fixture
def net() -> Net:
    """A network that browsers find."""
    return Net(settings=SETTINGS)


@pytest.fixture
def ann(net: Net) -> Talker:
    """The founder of #tea."""
    return founder(net)


def names_heard(net: Net, ann: Talker, *names: str) -> list[str]:
    """Under which nicks a hook is heard that wants to be called that."""
    digest = comes_in(ann)
    for name in names:
        says(net, digest, "hello", name=name)
    return [line[1:].partition("!")[0] for line in ann.bare]


def test_it_is_called_as_it_wants_as_far_as_that_is_a_name(net, ann):
    assert names_heard(net, ann, "", "Alert Manager", "a/b!c@d e", "x" * 30, "äöü", "\r\nQUIT", "--", "ann") == [
        "grafana/hook",
        "Alert-Manager/hook",
        "a-b-c-d-e/hook",
        "x" * 20 + "/hook",
        "grafana/hook",
        "QUIT/hook",
        "grafana/hook",
        "ann/hook",
    ]


def test_nobody_is_called_that(net):
    talker = net.dial()
    assert " 432 " in talker.says("NICK grafana/hook")[0]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\x01\x02\x7f", "\r"])
def test_what_is_nothing_is_not_said(net, ann, text):
    assert says(net, comes_in(ann), text).obstacle is Obstacle.EMPTY


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\x01ACTION dances\x01", "ACTION dances"),
        ("\x02bold\x03 04red\x0f", "bold 04red"),
        ("a\r\nb\rc\n\nd \n", f"a{LINE_BREAK}b{LINE_BREAK}c{LINE_BREAK}{LINE_BREAK}d"),
        ("a\tb", "a    b"),
        ("a\ud800b", "a?b"),
        ("a\0b\x85c", f"ab{LINE_BREAK}c"),
    ],
)
def test_control_characters_are_taken_out(text, cleaned):
    assert hooks.cleaned(text) == cleaned


def test_a_long_line_is_several_that_are_one_again_in_the_end():
    text = hooks.written("word " * 100, 100, 100, 8_192)
    assert max(len(piece) for piece in text.split(SEAM)) <= 100
    assert text.replace(SEAM, "") == ("word " * 100).rstrip()


def test_what_is_too_much_ends_in_a_mark():
    assert hooks.written("a\nb\nc\nd", 100, 3, 8_192) == f"a{LINE_BREAK}b{LINE_BREAK}c{CUT}"
    assert hooks.written("x" * 5_000, 100, 1_000, 1_024).endswith(f"x{CUT}")


@given(st.text(max_size=3_000), st.integers(60, 510), st.integers(2, 50), st.integers(1_024, 4_096))
def test_a_text_is_always_within_the_limits(text, room_bytes, lines_max, bytes_max):
    written = hooks.written(text, room_bytes, lines_max, bytes_max)
    pieces = written.replace(SEAM, LINE_BREAK).split(LINE_BREAK)
    assert len(pieces) <= lines_max
    assert max(len(piece.encode()) for piece in pieces) <= room_bytes
    assert len(written.replace(SEAM, "").encode()) <= bytes_max
    assert not set(written) & {"\0", "\x01", "\x02", "\x7f"}


def test_a_line_always_fits_with_the_longest_names():
    net = Net(settings=SETTINGS)
    ann = founder(net)
    ann.says(f"RENAME #tea #{'t' * 63}")
    ann.says(f"CS HOOK #{'t' * 63} ADD grafana")
    (digest,) = net.engine.state.hooks
    net.forget()
    says(net, digest, "ä" * 3_000, name="n" * 20)
    assert 500 < max(len(line.encode()) for line in ann.bare) <= 510


def test_with_a_key_it_is_said_once(net, ann):
    digest = comes_in(ann)
    for text in ("deployed", "deployed", "deployed again"):
        assert says(net, digest, text, key="delivery-1").obstacle is None
    assert says(net, digest, "deployed", key="delivery-2").obstacle is None
    assert [line.partition(":")[2].partition(" :")[2] for line in ann.bare] == [
        "deployed",
        "deployed again",
        "deployed",
    ]


def test_keys_of_two_hooks_are_two(net, ann):
    for name in ("one", "two"):
        says(net, comes_in(ann, name), "deployed", key="delivery-1")
    said = [entry.fact for entry in net.journal.entries if isinstance(entry.fact, Posted)]
    assert [fact.source.partition("/")[0] for fact in said] == ["one", "two"]


def test_a_hook_that_went_wild_has_to_wait():
    net = Net(settings=SETTINGS, throttled=True)
    ann = founder(net)
    digest = comes_in(ann)
    for _ in range(hooks.HOOK_POSTS.times):
        assert says(net, digest, "again").obstacle is None
    refused = says(net, digest, "again")
    assert (refused.obstacle, refused.wait) == (Obstacle.TOO_FAST, 30)
    assert says(net, comes_in(ann, "other"), "calm").obstacle is None
    net.pass_time(31)
    assert says(net, digest, "again").obstacle is None


def test_while_the_disk_is_slow_it_has_to_wait():
    net = Net(settings=SETTINGS, limits=Limits(waiting_facts_max=2))
    ann = founder(net)
    digest = comes_in(ann)
    net.journal.holding = True
    assert [says(net, digest, "again").obstacle for _ in range(3)] == [None, None, Obstacle.BUSY]
    net.journal.holding = False
    net.settle()
    assert says(net, digest, "again").obstacle is None
    assert (net.engine.awaited.facts, net.engine.awaited.bytes) == (0, 0)


def test_an_answer_says_to_what(net, ann):
    bob = net.join("bob", "#tea", "message-tags")
    says(net, goes_out(ann), "42", answers="journal-1")
    assert "+reply=journal-1" in bob.lines[-1]


def test_a_token_leads_to_hooks_that_come_in_only(net, ann):
    comes_in(ann), goes_out(ann)
    state = net.engine.state
    (kept,) = (hook for hook in state.channels["#tea"].hooks.values() if hook.url)
    assert hooks.of_token(state, kept.secret) is None
    assert hooks.of_token(state, "ipc_" + "x" * 32) is None
    assert hooks.of_token(state, "x") is None


def test_urls_are_shown_without_what_may_be_secret():
    assert hooks.shown_url("https://h.example:8443/services/T0/B0?x=1") == "https://h.example:8443"
    assert hooks.shown_url("nonsense") == ""
