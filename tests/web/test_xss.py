"""Hostile texts through every way in: nothing of them runs, loads or becomes an element, and what is seen is the text.

Rules:
1. What runs is counted by hit(), and by every function that a text might call. A violation of the policy counts, too:
   the client must not need it.
2. Ways that the real server bars are tried by lines put into the WebSocket behind it.
3. All payloads go through one page, in portions that stay in its window.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.raw_client import RawClient
from tests.web.browsing import People, Person, WebServer, expect
from tests.web.payloads import NAMES, NICKS, payloads

PORTION = 100
FILES_MAX = 20
# Each upload takes a moment; all of them are names of files in messages.
UPLOADED_SHARE = 4
TOPIC_MAX, REASON_MAX = 280, 200
TAGS = "message-tags echo-message setname away-notify server-time"
SCHEMES = re.compile(r"https?:|ircs?:|mailto:")
WATCH = """
window.hits = [];
window.hit = () => hits.push("hit");
for (const name of ["alert", "confirm", "prompt", "open", "print"]) window[name] = () => hits.push(name);
document.addEventListener("securitypolicyviolation", (event) => hits.push(`policy: ${event.violatedDirective}`));
"""
# Whatever the page has that it never makes itself, and links that lead where none may.
FOREIGN = """() => {
  const own = "script, style, link, meta, svg.icon, form#composer, input[type=file], .file-open > img[src^='blob:'], "
    + "img.large-picture[src^='blob:']";
  const odd = "img, iframe, object, embed, script, style, link, meta, base, math, svg, template, form, input, video, "
    + "audio, xmp, table, select, marquee, details, body *[srcdoc], *[style*=url], font";
  const found = [...document.querySelectorAll(odd)].filter((part) => !part.matches(own));
  for (const part of document.querySelectorAll("*")) {
    if ([...part.attributes].some(({name}) => name.startsWith("on"))) found.push(part);
    if (document.querySelectorAll(`[id="${CSS.escape(part.id)}"]`).length > 1 && part.id) found.push(part);
  }
  return found.map((part) => part.outerHTML.slice(0, 200));
}"""
# Files are dropped, for a field takes only what has a name on a disk; the picture is one pixel.
DROP_NAMED = """(names) => {
  const dataTransfer = new DataTransfer();
  for (const name of names) dataTransfer.items.add(new File(["x"], name, {type: name.slice(0, 30)}));
  document.body.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer}));
}"""
DROP_PICTURE = """(name) => {
  const gif = Uint8Array.from(atob("R0lGODlhAQABAAAAACwAAAAAAQABAAA="), (sign) => sign.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([gif], name, {type: "image/gif"}));
  document.body.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer}));
}"""
POLLUTED = "() => Object.keys(Object.prototype).concat(Object.keys(Array.prototype), Object.keys(Map.prototype))"


class Stage:
    """A page that watches itself, and a WebSocket into which lines can be put."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.asked: list[str] = []
        self._sockets: list[Any] = []
        # First, so that they are the channel's operator.
        self.mallory = people.raw("mallory", TAGS)
        self.ann = people.opens("ann")
        page = self.ann.page
        page.context.add_init_script(WATCH)
        page.context.route_web_socket(re.compile("/ws$"), self._between)
        page.context.on("request", lambda request: self.asked.append(request.url))
        page.context.on("page", lambda other: self.asked.append(f"a new page: {other.url}"))
        page.reload()
        self.ann.enters()

    def _between(self, socket: Any) -> None:
        socket.connect_to_server()
        self._sockets.append(socket)

    def hears(self, *lines: str) -> None:
        """The page hears these lines from its server, and shows them."""
        for line in lines:
            self._sockets[-1].send(line)

    def is_unharmed(self) -> None:
        """Nothing ran, nothing was loaded, nothing is there that the page does not make; and it works."""
        page = self.ann.page
        assert page.evaluate("hits") == []
        assert page.evaluate(FOREIGN) == []
        assert page.evaluate(POLLUTED) == []
        links = page.locator("a[href]:not(.skips a)").evaluate_all("(all) => all.map((link) => [link.href, link.rel])")
        for href, relation in links:
            assert SCHEMES.match(href) and relation == "noopener noreferrer", href
        own = self.people.server.address
        assert [url for url in self.asked if not url.removeprefix("blob:").startswith(own)] == []
        self.ann.says(f"still here {self.people.number}")


@pytest.fixture
def stage(people: People) -> Stage:
    """One for each test."""
    return Stage(people)


def plain(text: str) -> str:
    """What must be seen of a text, whatever becomes of characters that cannot be seen, and of the marks of code."""
    bare = re.sub("\x03(?:\\d{1,2}(?:,\\d{1,2})?)?|\x04[0-9a-f]{6}", "", text)
    return "".join(character for character in bare if "!" <= character <= "~" and character != "`")


def cut(text: str, size: int) -> str:
    """As many characters as fit into so many bytes."""
    return text.encode()[:size].decode(errors="ignore")


def texts_of(person: Person, count: int) -> list[str]:
    """The last so many texts, as they are seen."""
    found: list[str] = person.page.locator("li.row.said .text").evaluate_all(
        "(all, count) => all.slice(-count).map((text) => text.textContent)", count
    )
    return found


def in_portions(texts: list[str]) -> list[list[str]]:
    """So many at a time."""
    return [texts[start : start + PORTION] for start in range(0, len(texts), PORTION)]


def test_there_are_enough() -> None:
    """And each fits into a line."""
    assert len(payloads()) >= 500
    assert max(len(text.encode()) for text in payloads()) < REASON_MAX


def test_the_stage_sees_what_runs(stage: Stage) -> None:
    """Or the tests below could not fail."""
    stage.people.allowed = re.compile("Content Security Policy|TrustedHTML|status of 404")
    page = stage.ann.page
    page.evaluate("() => { try { document.body.innerHTML += '<b>x</b>'; } catch (error) { hits.push(error.name); } }")
    assert "TypeError" in page.evaluate("hits")
    page.evaluate("() => { hits.length = 0; hit(); }")
    assert page.evaluate("hits") == ["hit"]
    page.evaluate("() => document.body.append(Object.assign(document.createElement('img'), {src: '//evil.example/x'}))")
    page.wait_for_function("() => hits.some((what) => what.startsWith('policy'))")
    assert page.evaluate(FOREIGN) != []
    page.evaluate("() => document.querySelector('img').remove()")


@pytest.mark.parametrize("form", ["PRIVMSG {} :{}", "NOTICE {} :{}", "PRIVMSG {} :\x01ACTION {}\x01"])
def test_messages(stage: Stage, form: str) -> None:
    """What one says, announces and does; each is seen as it is."""
    mallory = stage.mallory
    mallory.says(f"MODE {stage.people.channel} -C")
    for number, portion in enumerate(in_portions(payloads())):
        mallory.says(*[form.format(stage.people.channel, text) for text in portion])
        mallory.says(f"PRIVMSG {stage.people.channel} :portion {number} ends")
        mallory.hears_text(f"portion {number} ends")  # Who never reads is paused by the server.
        stage.ann.sees(f"portion {number} ends")
        seen = texts_of(stage.ann, len(portion) + 1)[:-1]
        assert [plain(text) for text in seen] == [plain(text) for text in portion]
    stage.is_unharmed()


def test_texts_around_messages(stage: Stage) -> None:
    """Topics, real names, away texts, reasons of parting and kicking, reactions, answers, typing."""
    people, ann = stage.people, stage.ann
    mallory = stage.mallory
    victim = people.raw("victim")
    ids = one_message(mallory, people.channel)
    ann.page.click("[aria-label=Settings]")
    ann.page.select_option("#preference-joins", "all")
    ann.dialog.get_by_role("button", name="Done").click()
    for number, text in enumerate(payloads()):
        tag = escaped(text)
        mallory.says(
            f"@+draft/reply={tag} PRIVMSG {people.channel} :answer {number}",
            f"@+draft/reply={ids};+draft/react={tag} TAGMSG {people.channel}",
            f"@+typing={tag};+draft/reply={tag} TAGMSG {people.channel}",
            f"@+{number}x={tag} TAGMSG {people.channel}",
        )
        if number % 4 == 0:
            mallory.hears_up_to_pong(f"{number}")
            victim.hears_up_to_pong(f"{number}")
            mallory.says(
                f"TOPIC {people.channel} :{cut(text, TOPIC_MAX)}", f"AWAY :{text}", f"SETNAME :{cut(text, 140)}"
            )
            victim.says(f"PART {people.channel} :{text}", f"JOIN {people.channel}")
            mallory.says(f"KICK {people.channel} victim{people.number} :{text}")
            victim.says(f"JOIN {people.channel}")
    mallory.says(f"PRIVMSG {people.channel} :the end")
    ann.sees("the end")
    topic = next(text for text in reversed(payloads()[::4]))
    assert plain(ann.page.locator("#topic").inner_text()) == plain(topic)
    stage.is_unharmed()


def test_names(stage: Stage) -> None:
    """Nicks and channels: those that every object has, and those that look like code; in lists and texts."""
    people, ann = stage.people, stage.ann
    mallory = stage.mallory
    for nick in NICKS:
        mallory.says(
            f"NICK {nick}",
            f"PRIVMSG {people.channel} :I am {nick}",
            f"PRIVMSG {people.channel} :look into #{nick} and {nick}",
            f"@+typing=active TAGMSG {people.channel}",
        )
    ann.sees(f"look into #{NICKS[-1]}")
    for nick in NICKS:
        if "`" not in nick:  # That is code, in a text.
            expect(ann.row(f"I am {nick}").first).to_be_attached()
    for nick in NAMES[:3]:
        people.raw_named(nick).says(f"PRIVMSG {ann.nick} :psst from {nick}")
        expect(ann.place(nick)).to_have_count(1)
    channels = [f"#{name}{people.number}" for name in NAMES[:6]] + ["#<img/src=x/onerror=hit()>", "#<svg/onload=hit()>"]
    for channel in channels:
        ann.commands(f"/join {channel}")
        ann.stands_in(channel)
        expect(ann.place(channel)).to_have_count(1)
    ann.goes("__proto__")
    ann.sees("psst from __proto__")
    ann.field.fill("")
    ann.types("@__pro")
    ann.presses("Tab", "Escape")
    ann.field.fill("")
    for name in NAMES:
        ann.commands(f"/{name} x")
    ann.goes(people.channel)
    mallory.says(f"QUIT :{payloads()[0]}")
    expect(ann.page.locator("#members")).not_to_contain_text(NICKS[-1])
    stage.is_unharmed()


def test_whatever_a_server_says(stage: Stage) -> None:
    """Lines that no honest server sends: sources, names and texts without any limit."""
    people, ann = stage.people, stage.ann
    for number, text in enumerate(payloads()):
        word = re.sub(r"[\s,:!@\0]+", "", text) or "x"
        tag = escaped(text)
        stage.hears(
            f"NOTICE * :{text}",
            f":chat.local NOTICE {ann.nick} :{text}",
            f":chat.local 372 {ann.nick} :{text}",
            f":chat.local FAIL {word} {word} :{text}",
            f":chat.local 404 {ann.nick} {word} :{text}",
            f":chat.local 332 {ann.nick} {people.channel} :{text}",
            f":{word}!{word}@{word} JOIN {people.channel} {word} :{text}",
            f"@msgid={tag};account={tag};time={tag} :{word}!{word}@{word} PRIVMSG {people.channel} :number {number}.",
            f":{word}!{word}@{word} MODE {people.channel} +b {word}",
            f":{word}!{word}@{word} AWAY :{text}",
            f":{word}!{word}@{word} QUIT :{text}",
            f":{word} WALLOPS :{text}",
            f":{word}!{word}@{word} INVITE {ann.nick} #{word}",
            f":chat.local 352 {ann.nick} {people.channel} {word} {word} {word} {word} H :0 {text}",
        )
    ann.sees(f"number {len(payloads()) - 1}.")
    ann.page.locator("#channels .place").first.click()
    assert ann.page.evaluate(FOREIGN) == []
    ann.goes(people.channel)
    stage.is_unharmed()


def test_names_of_files(browser: Any, tmp_path: Path) -> None:
    """On their way, in messages, and in the large view."""
    settings = tmp_path / "config.toml"
    settings.write_text("[files]\nuploads_per_minute = 10000\n")
    with WebServer(tmp_path, "--config", str(settings)) as server:
        people = People(browser, server)
        people.allowed = re.compile("status of 404")
        stage = Stage(people)
        page = stage.ann.page
        for start in range(0, len(payloads()), FILES_MAX * UPLOADED_SHARE):
            names = payloads()[start : start + FILES_MAX * UPLOADED_SHARE : UPLOADED_SHARE]
            page.evaluate(DROP_NAMED, names)
            expect(page.locator(".upload.done")).to_have_count(len(names))
            assert page.evaluate(FOREIGN) == []
            shown = page.locator(".upload-name").all_inner_texts()
            assert [plain(text) for text in shown] == [plain(text) for text in names]
            stage.ann.field.press("Enter")
            expect(page.locator(".upload")).to_have_count(0)
        page.evaluate(DROP_PICTURE, f"{payloads()[0]}.png")
        expect(page.locator(".upload.done")).to_have_count(1)
        stage.ann.field.press("Enter")
        page.locator(".picture .file-open").last.click()
        expect(stage.ann.dialog.locator("h2")).to_be_visible()
        assert page.evaluate(FOREIGN) == []
        stage.ann.presses("Escape")
        stage.is_unharmed()
        people.leave()


def test_names_of_files_that_are_gone(stage: Stage) -> None:
    """They stand in links, and in the boxes below them."""
    stage.people.allowed = re.compile("status of 40[14]")
    stage.mallory.says(f"PRIVMSG {stage.people.channel} :ready")
    stage.ann.sees("ready")
    for number, name in enumerate(payloads()):
        place = f"{stage.people.server.address}files/{number:022}/{quote(name, safe='')}"
        stage.hears(f":mallory!m@m PRIVMSG {stage.people.channel} :gone {number}. {place} {place}.png")
    stage.ann.sees(f"gone {len(payloads()) - 1}.")
    expect(stage.ann.page.locator(".file").last).to_contain_text("not there any more")
    stage.is_unharmed()


def one_message(client: RawClient, channel: str) -> str:
    """The msgid of a message of this client."""
    client.says(f"PRIVMSG {channel} :react to this")
    return client.hears("PRIVMSG").msgid


def escaped(text: str) -> str:
    """As the value of a tag (IRCv3 message-tags)."""
    for character, written in (("\\", "\\\\"), (";", "\\:"), (" ", "\\s"), ("\r", "\\r"), ("\n", "\\n")):
        text = text.replace(character, written)
    return text
