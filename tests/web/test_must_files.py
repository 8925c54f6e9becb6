"""What the web client must do with files: those that one sends, and those that others sent.

The server is real and has a data folder; requests that a test holds, cuts or answers itself are caught in the browser.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.browsing import NO_CONNECTION, People, Person, WebServer, expect, telephone, violations
from tests.web.conftest import ends_well

FILE_BYTES_MAX = 100_000
DROP = """([selector, files]) => {
  const transfer = new DataTransfer();
  for (const [name, type, text] of files) transfer.items.add(new File([text], name, {type}));
  const target = document.querySelector(selector);
  for (const name of ["dragenter", "dragover", ...(window.holds ? [] : ["drop"])]) {
    target.dispatchEvent(new DragEvent(name, {bubbles: true, cancelable: true, dataTransfer: transfer}));
  }
}"""
PASTE = """([name, type, bytes, text]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, {type}));
  if (text) transfer.setData("text/plain", text);
  const field = document.querySelector("#composer-text");
  field.dispatchEvent(new ClipboardEvent("paste", {bubbles: true, cancelable: true, clipboardData: transfer}));
}"""
WHERE = """(all) => all.map((box) => {
  const {x, y, width, height} = box.getBoundingClientRect();
  return [x, y, width, height];
})"""
IS_HELD = """(url) => new Promise((done) => {
  const image = new Image();
  image.onload = () => done(true);
  image.onerror = () => done(false);
  image.src = url;
})"""
LINK = re.compile(r"http://127\.0\.0\.1:\d+/files/[A-Za-z0-9_-]{22}/\S+")


def png(width: int, height: int, colour: bytes = b"\x30\x90\x60") -> bytes:
    """A picture of one colour (PNG, ISO/IEC 15948)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + colour * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


PICTURE = png(640, 100)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server that takes small files."""
    folder = tmp_path_factory.mktemp("server")
    settings = folder / "config.toml"
    settings.write_text(f"[files]\nfile_bytes_max = {FILE_BYTES_MAX}\nuploads_per_minute = 1000\n")
    with WebServer(folder, "--config", str(settings)) as started:
        yield started
        ends_well(started)


@pytest.fixture
def people(browser: Any, server: WebServer) -> Iterator[People]:
    """Who is there; a refused request is written to the console by Chromium itself."""
    found = People(browser, server)
    found.allowed = re.compile(f"status of 4\\d\\d|{NO_CONNECTION.pattern}")
    yield found
    found.leave()


def file(name: str, content: bytes = b"words", kind: str = "text/plain") -> dict[str, Any]:
    """As Playwright takes it."""
    return {"name": name, "mimeType": kind, "buffer": content}


def chooses(person: Person, *files: dict[str, Any]) -> None:
    """By the button."""
    with person.page.expect_file_chooser() as chooser:
        person.page.get_by_role("button", name="Send files").click()
    chooser.value.set_files(list(files))


def chip(person: Person, name: str) -> Any:
    """What stands above the field for a file."""
    return person.page.locator(".upload").filter(has=person.page.locator(".upload-name", has_text=name))


def is_ready(person: Person, *names: str) -> None:
    """These are uploaded."""
    for name in names:
        expect(chip(person, name)).to_have_class(re.compile("done"))


def sends(person: Person, text: str = "") -> Any:
    """The row of the message."""
    person.field.fill(text)
    person.field.press("Enter")
    expect(person.page.locator(".upload")).to_have_count(0)
    row = person.page.locator("li.row.said").last
    expect(row).not_to_have_class(re.compile("pending"))
    return row


def sees_picture(person: Person) -> Any:
    """The last picture, when it can be seen."""
    picture = person.page.locator(".picture img").last
    expect(picture).to_have_js_property("complete", True)
    expect(picture).to_have_attribute("src", re.compile("^blob:"))
    assert picture.evaluate("(image) => image.naturalWidth") > 0
    return picture


def is_first_post(route: Any, held: list[Any]) -> bool:
    """Whether nothing is held yet, and this would be sent."""
    return route.request.method == "POST" and not held


def test_a_picture_by_the_button(people: People) -> None:
    """UX row 9: chosen, uploaded, said with words in one message; the others see the picture, also after a reload."""
    ann, bob = people.comes("ann"), people.comes("bob")
    chooses(ann, file("tea time.png", PICTURE, "image/png"))
    is_ready(ann, "tea time.png")
    expect(ann.field).to_have_value("")
    row = sends(ann, "look:")
    expect(row.locator(".text")).to_have_text(re.compile(rf"^look: {LINK.pattern}$"))
    for person in (ann, bob):
        picture = sees_picture(person)
        expect(picture).to_have_attribute("alt", "tea time.png")
    bob.page.reload()
    bob.enters()
    sees_picture(bob)
    assert len(bob.texts()) == 1


def test_several_at_once_keep_their_order(people: People) -> None:
    """UX row 9: and a message without words."""
    ann = people.comes()
    names = ["c.txt", "a.txt", "b.txt"]
    chooses(ann, *[file(name, name.encode()) for name in names])
    is_ready(ann, *names)
    text = sends(ann).locator(".text").inner_text()
    assert [url.rpartition("/")[2] for url in LINK.findall(text)] == names
    assert len(text.split()) == 3


def test_dragged_over_the_page(people: People) -> None:
    """UX row 9: where it goes is shown; text that is dragged is not ours."""
    ann = people.comes()
    ann.page.evaluate("window.holds = true")
    ann.page.evaluate(DROP, ["#messages", [["notes.txt", "text/plain", "x"]]])
    cover = ann.page.locator(".drop-cover")
    expect(cover).to_be_visible()
    expect(cover).to_have_text(f"Drop files to send them to {people.channel}")
    ann.page.evaluate("window.holds = false")
    ann.page.evaluate(DROP, ["#messages", [["notes.txt", "text/plain", "x"], ["more.txt", "text/plain", "y"]]])
    expect(cover).to_be_hidden()
    is_ready(ann, "notes.txt", "more.txt")
    ann.page.keyboard.press("Control+k")
    expect(ann.dialog).to_be_visible()
    ann.page.evaluate(DROP, ["dialog", [["not here.txt", "text/plain", "x"]]])
    expect(ann.page.locator("#toasts")).to_contain_text("Files cannot be sent here")
    ann.presses("Escape")
    expect(ann.page.locator(".upload")).to_have_count(2)


def test_pasted(people: People) -> None:
    """UX row 9: a picture from the clipboard; a text with a picture of itself stays a text."""
    ann = people.comes()
    ann.page.evaluate(PASTE, ["image.png", "image/png", list(PICTURE), ""])
    is_ready(ann, "image.png")
    ann.page.evaluate(PASTE, ["cells.png", "image/png", list(PICTURE), "1 2 3"])
    expect(ann.page.locator(".upload")).to_have_count(1)
    sends(ann)
    sees_picture(ann)


def test_progress_and_cancel(people: People) -> None:
    """UX row 9: how far it is, and a way out; what is typed waits."""
    ann = people.comes()
    held: list[Any] = []
    ann.page.route("**/files", lambda route: held.append(route) if is_first_post(route, held) else route.continue_())
    chooses(ann, file("large.bin", b"x" * 90_000), file("next.txt"))
    expect(chip(ann, "large.bin")).to_contain_text("90 kB")
    expect(chip(ann, "large.bin").get_by_role("progressbar")).to_be_visible()
    expect(chip(ann, "large.bin")).to_contain_text(re.compile(r"\d+ %"))
    expect(chip(ann, "next.txt")).to_contain_text("waiting")
    ann.field.fill("see this")
    ann.field.press("Enter")
    expect(ann.page.locator("#toasts")).to_contain_text("still on its way")
    expect(ann.field).to_have_value("see this")
    assert violations(ann.page) == []
    chip(ann, "large.bin").get_by_role("button", name="Cancel large.bin").click()
    expect(chip(ann, "large.bin")).to_have_count(0)
    is_ready(ann, "next.txt")
    expect(sends(ann, "see this").locator(".text")).to_have_text(re.compile(r"^see this \S+/next\.txt$"))


def test_too_large(people: People) -> None:
    """UX row 9: it says so on the file, keeps what was written, and nothing is sent without it."""
    ann = people.comes()
    chooses(ann, file("large.bin", b"x" * (FILE_BYTES_MAX * 100)), file("small.txt"))
    large = chip(ann, "large.bin")
    expect(large).to_have_class(re.compile("failed"))
    expect(large).to_contain_text(re.compile("larger|large"))
    is_ready(ann, "small.txt")
    ann.field.fill("both of them")
    ann.field.press("Enter")
    expect(ann.page.locator("#toasts")).to_contain_text("could not be sent")
    expect(ann.page.locator("li.row.said")).to_have_count(0)
    assert violations(ann.page) == []
    large.get_by_role("button", name="Remove large.bin").click()
    expect(sends(ann, "one of them").locator(".text")).to_have_text(re.compile(r"^one of them \S+/small\.txt$"))


def test_offline_while_it_is_on_its_way(people: People) -> None:
    """UX row 9: it breaks off, says so, and goes on when it is tried again."""
    ann = people.comes()
    ann.page.route("**/files", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    chooses(ann, file("report.txt"))
    expect(chip(ann, "report.txt")).to_contain_text("broke off")
    ann.page.unroute("**/files")
    chip(ann, "report.txt").get_by_role("button", name="Try report.txt again").click()
    is_ready(ann, "report.txt")
    sends(ann, "there")


def test_a_token_that_does_not_count_any_more(people: People) -> None:
    """UX row 9: a pass ends with its connection, and nobody notices."""
    ann = people.comes()
    chooses(ann, file("one.txt"))
    is_ready(ann, "one.txt")
    ann.page.context.set_offline(True)
    ann.page.evaluate("dispatchEvent(new Event('offline'))")
    ann.page.context.set_offline(False)
    people.raw("oper").says(f"PRIVMSG {people.channel} :hello")
    ann.sees("hello")
    ann.page.evaluate(
        "async () => { const {client} = await import(document.querySelector('link[href$=\"/js/page.js\"]').href);"
        " client.link.chat._lose('a test'); client.link.chat.retryNow(); }"
    )
    expect(ann.page.locator("#banner")).to_be_hidden()
    chooses(ann, file("two.txt"))
    is_ready(ann, "one.txt", "two.txt")
    sends(ann)


def test_drafts_keep_their_files_and_leaving_asks(people: People) -> None:
    """UX row 9: chips stay where they were chosen, while the page is there; the browser asks before it goes."""
    ann = people.comes("ann", people.channel, f"{people.channel}b")
    ann.goes(people.channel)
    chooses(ann, file("here.txt"))
    ann.goes(f"{people.channel}b")
    expect(ann.page.locator(".upload")).to_have_count(0)
    ann.says("no file goes with this")
    assert LINK.search(ann.texts()[-1]) is None
    ann.goes(people.channel)
    is_ready(ann, "here.txt")
    asked: list[str] = []

    def leave(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    ann.page.remove_listener("dialog", people._refuse)
    ann.page.on("dialog", leave)
    ann.page.reload()
    assert asked == ["beforeunload"]
    ann.enters()
    ann.page.reload()
    assert asked == ["beforeunload"]


def test_a_picture_moves_nothing(people: People) -> None:
    """UX row 9: its box has its size before it is loaded, whatever it is, and when it cannot be loaded."""
    ann, bob = people.comes("ann"), people.opens("bob")
    chooses(ann, file("wide.png", png(2000, 20), "image/png"), file("tall.png", png(20, 2000), "image/png"))
    is_ready(ann, "wide.png", "tall.png")
    sends(ann, "before")
    chooses(ann, file("broken.png", b"\x89PNG no picture", "image/png"))
    is_ready(ann, "broken.png")
    sends(ann)
    ann.says("after")
    held: list[Any] = []
    bob.page.route("**/files/**", lambda route: held.append(route))
    bob.enters()
    bob.sees("after")
    boxes = bob.page.locator(".file.picture")
    expect(boxes).to_have_count(3)
    before = [boxes.evaluate_all(WHERE), bob.row("after").bounding_box()]
    expect(bob.page.locator(".picture img")).to_have_count(0)
    assert len(held) == 3
    for route in held:
        route.continue_()
    expect(bob.page.locator(".picture img").first).to_have_js_property("complete", True)
    expect(bob.page.get_by_role("button", name="Download broken.png")).to_be_visible()
    assert [boxes.evaluate_all(WHERE), bob.row("after").bounding_box()] == before
    assert {(round(width), round(height)) for _, _, width, height in before[0]} == {(320, 240)}


def test_the_large_view(people: People) -> None:
    """UX row 9: by mouse and by keys; Escape closes it, and the picture can be kept under its name."""
    ann = people.comes()
    chooses(ann, file("tea.png", PICTURE, "image/png"))
    is_ready(ann, "tea.png")
    sends(ann)
    sees_picture(ann)
    ann.page.get_by_role("button", name="Show tea.png").click()
    expect(ann.dialog.locator("img")).to_have_attribute("alt", "tea.png")
    expect(ann.dialog.locator("h2")).to_have_text("tea.png")
    assert violations(ann.page) == []
    with ann.page.expect_download() as download:
        ann.dialog.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "tea.png"
    assert Path(download.value.path()).read_bytes() == PICTURE
    ann.presses("Escape")
    expect(ann.dialog).to_have_count(0)
    ann.page.locator(".text a").click()
    expect(ann.dialog.locator("img")).to_be_visible()
    ann.presses("Escape")
    ann.field.focus()
    ann.presses("Shift+ArrowUp", "Enter")
    expect(ann.dialog.locator("img")).to_be_visible()
    assert len(ann.page.context.pages) == 1


def test_other_files_are_cards(people: People) -> None:
    """UX row 9: name, size, and a button; nothing of them is shown in place, whatever they say they are."""
    ann, bob = people.comes("ann"), people.comes("bob")
    vector = b"<svg xmlns='http://www.w3.org/2000/svg'><script>hit()</script></svg>"
    page = b"<!doctype html><script>hit()</script>"
    chooses(
        ann, file("a.svg", vector, "image/svg+xml"), file("b.html", page, "text/html"), file("c.png", page, "text/html")
    )
    is_ready(ann, "a.svg", "b.html", "c.png")
    sends(ann)
    for name, content in (("a.svg", vector), ("b.html", page), ("c.png", page)):
        button = bob.page.get_by_role("button", name=f"Download {name}")
        with bob.page.expect_download() as download:
            button.click()
        assert download.value.suggested_filename == name
        assert Path(download.value.path()).read_bytes() == content
    expect(bob.page.locator(".file", has_text="b.html")).to_contain_text(f"{len(page)} bytes")
    assert bob.page.locator(".files img").count() == 0
    bob.page.mouse.move(0, 0)  # The toolbar of the row under the mouse may lie over the end of a link.
    assert violations(bob.page) == []


def test_what_one_may_not_read(people: People) -> None:
    """UX row 9: a quiet word; and nothing of another host is ever asked for."""
    bob, asked = people.raw("bob"), []
    ann = people.comes()
    ann.page.on("request", lambda request: asked.append(request.url))
    bob.says(f"PRIVMSG {people.channel} :{people.server.address}files/{'x' * 22}/none.png")
    bob.says(f"PRIVMSG {people.channel} :http://evil.example/files/{'x' * 22}/else.png and some more")
    ann.sees("and some more")
    expect(ann.page.locator(".file")).to_have_count(1)
    expect(ann.page.locator(".file .aside")).to_contain_text("not there any more, or not for you")
    assert not [url for url in asked if "evil" in url]
    assert violations(ann.page) == []


def test_a_deleted_message_takes_its_picture_along(people: People) -> None:
    """UX row 9: and what was held of it is let go."""
    ann, bob = people.comes("ann"), people.comes("bob")
    chooses(ann, file("secret.png", PICTURE, "image/png"))
    is_ready(ann, "secret.png")
    row = sends(ann)
    url = sees_picture(bob).get_attribute("src")
    assert bob.page.evaluate(IS_HELD, url)
    row.hover()
    ann.page.get_by_role("button", name="Delete", exact=True).click()
    ann.dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(bob.page.locator(".file")).to_have_count(0)
    bob.page.wait_for_function(f"async (url) => !(await ({IS_HELD})(url))", arg=url)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_telephone(people: People, scheme: str) -> None:
    """UX row 9: the button is large enough, chips and pictures fit."""
    ann = people.comes("ann", color_scheme=scheme, **telephone("iPhone SE"))
    button = ann.page.get_by_role("button", name="Send files").bounding_box()
    assert button["width"] >= 44 and button["height"] >= 44
    chooses(ann, file("a name that is much too long for so small a screen.png", PICTURE, "image/png"))
    is_ready(ann, "a name that is much")
    assert violations(ann.page) == []
    assert ann.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for target in chip(ann, "a name").get_by_role("button").all():
        if target.is_visible():
            assert target.bounding_box()["height"] >= 44
    sends(ann)
    sees_picture(ann)
    assert violations(ann.page) == []
    box = ann.page.locator(".file").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 320


def test_a_server_that_takes_no_files(browser: Any, tmp_path: Path) -> None:
    """UX row 9: there is no button, and a dropped file does not take the place of the page."""
    with WebServer(tmp_path, memory=True) as server:
        people = People(browser, server)
        ann = people.comes()
        expect(ann.page.get_by_role("button", name="Send files")).to_have_count(0)
        ann.page.evaluate(DROP, ["#messages", [["notes.txt", "text/plain", "x"]]])
        expect(ann.page.locator("#toasts")).to_contain_text("Files cannot be sent here")
        people.leave()
        ends_well(server)
