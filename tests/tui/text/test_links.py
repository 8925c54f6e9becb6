"""Links: sane ends, an allow-list of schemes, true hosts, and nothing but ASCII for the terminal (RFC 3986, IDNA)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.tui.text.formatting import line_of
from ipcchat.tui.text.links import LINK_MAX, sane_end, target, with_true_hosts


def links(text: str) -> list[tuple[str, str]]:
    """The links of a text: what is shown and where it leads."""
    line = line_of(text)
    ends = [*(place for place, _ in line.turns[1:]), len(line.text)]
    return [
        (line.text[place:end], marks.url)
        for (place, marks), end in zip(line.turns, ends, strict=True)
        if marks.url and end > place
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://example.org.", "https://example.org"),
        ("(https://example.org/a)", "https://example.org/a"),
        ("https://example.org/a_(b)", "https://example.org/a_(b)"),
        ("<https://example.org/>", "https://example.org/"),
        ("https://example.org/?q=1,2!", "https://example.org/?q=1,2"),
        ("HTTPS://EXAMPLE.ORG", "HTTPS://EXAMPLE.ORG"),
        ("irc://irc.example.org/#tea", "irc://irc.example.org/#tea"),
        ("ircs://irc.example.org", "ircs://irc.example.org"),
        ("mailto:ann@example.org", "mailto:ann@example.org"),
        ("http://example.org:80]", "http://example.org:80"),
    ],
)
def test_a_link_ends_where_the_sentence_goes_on(text: str, found: str) -> None:
    assert links(text) == [(found, found)]


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "https://", "http://...", "xhttp://a.b", "a:b"],
)
def test_nothing_else_is_a_link(text: str) -> None:
    assert links(text) == []


def test_a_host_that_only_looks_like_another_is_shown_as_it_is() -> None:
    looks_like_apple = "http://\u0430\u0440\u0440\u04cf\u0435.com/"
    assert with_true_hosts(f"see {looks_like_apple}.") == f"see {looks_like_apple} (xn--80ak6aa92e.com)."
    assert links(looks_like_apple)[0][1].isascii()


def test_a_host_that_cannot_be_is_no_link() -> None:
    assert links("http://\u0430" + "\u0430" * 300 + ".com") == []


def test_an_endless_link_ends() -> None:
    assert len(target(links("http://" + "a" * 10_000)[0][0])) <= LINK_MAX + len("http://")


@given(st.text(max_size=60))
def test_what_a_terminal_is_given_as_a_link_is_plain_ascii(text: str) -> None:
    for _, url in links(f"http://{text} mailto:{text}"):
        assert url.isascii()
        assert url.isprintable()
        assert " " not in url


@given(st.text(alphabet="a.,)(]['*_h", max_size=30))
def test_a_sane_end_is_a_beginning_of_the_link(text: str) -> None:
    assert ("http://" + text).startswith(sane_end("http://" + text))
