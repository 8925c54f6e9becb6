"""What the web client must do with texts of others: they stay texts, and nothing is loaded by itself."""

from __future__ import annotations

import pytest

from tests.web.browsing import People, expect


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "&lt;b&gt;",
        "{{7*7}} ${7*7}",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "ftp://example.org/ file:///etc/passwd",
    ],
)
def test_a_text_is_text(people: People, text: str) -> None:
    """UX row 14: it is seen as it was written, and nothing in it is a link; tests/web/test_xss.py has hundreds more."""
    bob = people.raw("bob")
    ann = people.comes()
    bob.says(f"PRIVMSG {people.channel} :{text}")
    row = ann.sees(text)
    assert row.locator(".text").inner_text() == text
    assert row.locator(".text a, .text img, .text script").count() == 0


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("see https://example.org/a?b=c#d.", "https://example.org/a?b=c#d"),
        ("http://example.org", "http://example.org/"),
        ("(https://en.example.org/wiki/Tea_(drink))", "https://en.example.org/wiki/Tea_(drink)"),
        ("irc://example.org/tea", "irc://example.org/tea"),
        ("mailto:ann@example.org", "mailto:ann@example.org"),
    ],
)
def test_a_link_leads_where_it_says(people: People, text: str, href: str) -> None:
    """UX row 14: in a tab of its own, without a word of where it was found."""
    bob = people.raw("bob")
    ann = people.comes()
    bob.says(f"PRIVMSG {people.channel} :{text}")
    link = ann.sees(text).locator(".text a")
    assert link.evaluate("(link) => link.href") == href
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("target", "_blank")


def test_a_host_that_looks_like_another_is_shown_as_it_is(people: People) -> None:
    """UX row 14: letters of other alphabets."""
    bob = people.raw("bob")
    ann = people.comes()
    bob.says(f"PRIVMSG {people.channel} :https://ex\u0430mple.org/login")
    expect(ann.page.locator("li.row.said .text")).to_contain_text("xn--exmple-4nf.org")


def test_nothing_is_loaded_because_somebody_names_it(people: People) -> None:
    """UX row 14: no picture, no preview, no icon of another host."""
    bob = people.raw("bob")
    ann = people.comes()
    asked: list[str] = []
    ann.page.on("request", lambda request: asked.append(request.url))
    bob.says(f"PRIVMSG {people.channel} :https://example.org/cat.png and https://example.org/files/cat.png")
    ann.sees("cat.png").hover()
    ann.says("seen")
    assert [url for url in asked if not url.startswith(people.server.address)] == []
    assert ann.page.locator("#messages img").count() == 0


def test_direction_controls_turn_nothing_around_them(people: People) -> None:
    """UX row 14: what follows them stands where it stood."""
    bob = people.raw("bob")
    ann = people.comes()
    bob.says(f"PRIVMSG {people.channel} :\u202eturned \u2067and again", f"PRIVMSG {people.channel} :straight")
    ann.sees("straight")
    turned = ann.page.locator("li.row.said .text").first.inner_text()
    assert not set(turned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    place = ann.row("straight").locator("time").bounding_box()
    assert place["x"] < ann.row("straight").locator(".text").bounding_box()["x"]
