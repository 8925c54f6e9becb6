"""Makes the pictures of the web client: a real server, a real Chromium, and people who talk.

    python -m docs.pictures.make_web_pictures            writes them here
    python -m docs.pictures.make_web_pictures FOLDER     writes them there

Needs the development requirements and Chromium (apt install chromium fonts-noto-color-emoji).
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.async_api import Browser, Page, async_playwright

import ipcchat
from tests.e2e.server_process import ROOT, ServerProcess, free_port

FOLDER = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
CODE = "this is all it took:\n```\ndef brew(leaves, minutes=3):\n    return leaves.steep(minutes)\n```"


class Shot(NamedTuple):
    """A picture: its name, the size of the window, and the colours."""

    name: str
    width: int
    height: int
    colours: Literal["dark", "light"] = "dark"


ADMIN_SHOTS = (Shot("admin-light", 1_200, 710, "light"), Shot("admin-dark", 1_200, 710))
SHOTS = (Shot("web-dark", 1_200, 640), Shot("web-light", 1_200, 640, "light"), Shot("web-phone", 390, 844))
SCALE = 1.5
"""Pixels of a picture for each of the page."""

SECRET = "tea leaves and honey"
BUSY_SECONDS = 45
"""How long people talk before the administration page is taken, so that there are curves."""


def main(arguments: list[str]) -> int:
    """Write the pictures; returns the exit code."""
    folder = Path(arguments[0]).resolve() if arguments else FOLDER
    with tempfile.TemporaryDirectory() as name:
        page = f"http://127.0.0.1:{free_port()}"
        options = ["--listen", page, "--config", str(configuration(Path(name)))]
        with ServerProcess(Path(name), *options, throttled=False) as server:
            asyncio.run(take(server.url, page, folder))
    return 0


def configuration(folder: Path) -> Path:
    """A file with an operator."""
    command = [sys.executable, str(ROOT / "server.py"), "password"]
    made = subprocess.run(command, input=f"{SECRET}\n", capture_output=True, text=True, check=True)
    file = folder / "ipc-chat.toml"
    file.write_text(f'[operators.root]\npassword_hash = "{made.stdout.split()[-1]}"\n')
    return file


async def take(server: str, url: str, folder: Path) -> None:
    """The conversation, seen by one browser after the other."""
    async with AsyncExitStack() as stack:
        bob, mia, build = [
            await stack.enter_async_context(ipcchat.connect(server, nick=nick, channels=["#lobby", "#ops"]))
            for nick in ("bob", "mia", "buildbot")
        ]
        await bob.topic("#lobby", "Release on Friday, plan: https://example.org/plan")
        await build.send("#ops", "build 42 is green")
        browser = await stack.enter_async_context(chromium())
        page = await visitor(browser, url)
        await talk(page, bob, mia)
        await page.locator("#messages").get_by_text("bring cups, we celebrate").wait_for()
        await photograph(page, SHOTS, folder)
        admin = await administrator(browser, url)
        await chatter((bob, mia, build))
        await photograph(admin, ADMIN_SHOTS, folder)


async def photograph(page: Page, shots: tuple[Shot, ...], folder: Path) -> None:
    """The same page in other sizes and colours."""
    for shot in shots:
        await page.set_viewport_size({"width": shot.width, "height": shot.height})
        await page.emulate_media(color_scheme=shot.colours)
        await page.screenshot(path=folder / f"{shot.name}.png", animations="disabled")


async def administrator(browser: Browser, url: str) -> Page:
    """An operator on the administration page."""
    context = await browser.new_context(device_scale_factor=SCALE, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{url}/admin")
    await page.get_by_text("Join as a guest").click()
    await page.locator("#welcome-nick").fill("root")
    await page.keyboard.press("Enter")
    await page.locator("#oper-name").fill("root")
    await page.locator("#oper-password").fill(SECRET)
    await page.keyboard.press("Enter")
    await page.locator(".graph").first.wait_for()
    return page


async def chatter(chats: tuple[ipcchat.Chat, ...]) -> None:
    """People talk, now more, now less."""
    for second in range(BUSY_SECONDS):
        for chat in chats[: 1 + second // 10 % 3]:
            await chat.send("#ops", f"build {43 + second} is green")
        await asyncio.sleep(1)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def visitor(browser: Browser, url: str) -> Page:
    """Somebody who opens the page and joins."""
    context = await browser.new_context(device_scale_factor=SCALE, locale="en-GB")
    page = await context.new_page()
    await page.goto(url)
    await page.locator("#welcome-nick").fill("ann")
    await page.keyboard.press("Enter")
    await page.locator("#composer textarea").wait_for()
    await page.get_by_placeholder("Message #lobby").wait_for()
    return page


async def talk(page: Page, bob: ipcchat.Chat, mia: ipcchat.Chat) -> None:
    """Ann types in the browser, the others are programs."""
    await says(page, "morning! is the build done?")
    asked = await heard(bob)
    await mia.send("#lobby", "two minutes")
    await bob.send("#lobby", CODE)
    answer = await bob.send("#lobby", "it is: 42 is green", reply_to=asked.msgid)
    await mia.react(answer, "\N{PARTY POPPER}")
    await mia.send("#lobby", "ann: bring cups, we celebrate")


async def heard(chat: ipcchat.Chat) -> ipcchat.Message:
    """The next message in the lobby."""
    async for event in chat:
        if isinstance(event, ipcchat.Message) and event.channel == "#lobby":
            return event
    raise AssertionError("the connection was closed")


async def says(page: Page, text: str) -> None:
    """Ann says something, and it stands there."""
    await page.locator("#composer textarea").fill(text)
    await page.keyboard.press("Enter")
    await page.locator("#messages").get_by_text(text).wait_for()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
