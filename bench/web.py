"""The web client as a person feels it: `python -m bench.web`.

A real server and Chromium, each visit with an empty cache. Medians of VISITS:

* bytes on the wire (header fields, too), files and the server's answers, until one can type and until all is there
* the first paint, when one can type, and when everything is there, in milliseconds since the page was asked for
* the same for a second visit
* how long a message takes to be drawn at the end of a full window of messages: median and maximum of MESSAGES

The promises: 100,000 bytes for the first screen, a first paint within 500 ms.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.web.browsing import WebServer, chromium
from tests.web.loading import Visit, Visitor
from tests.web.page_server import PAGE, page_server

VISITS = 5
MESSAGES = 100
ENTRIES = 700
APPEND = """(messages) => Array.from({length: messages}, (_, number) => {
  const start = performance.now();
  chat.host.hear("#many", "bob", `message ${number} of many`);
  chat.app.draw();
  document.body.getBoundingClientRect();
  return performance.now() - start;
})"""
FIGURES: tuple[tuple[str, str, Callable[[Visit], float], str], ...] = (
    ("first screen", "bytes", lambda visit: visit.first_bytes, "at most 100,000"),
    ("first screen", "files", lambda visit: len(visit.first), ""),
    ("the whole page", "bytes", lambda visit: visit.all_bytes, ""),
    ("the whole page", "answers", lambda visit: len(visit.answers), ""),
    ("first paint", "ms", lambda visit: visit.paint, "at most 500"),
    ("one can type", "ms", lambda visit: visit.typing, ""),
    ("everything is there", "ms", lambda visit: visit.loaded, ""),
)


def visits(browser: Any, address: str) -> tuple[list[Visit], list[Visit]]:
    """So many first visits, and the second one after each."""
    first, second = [], []
    for _ in range(VISITS):
        context = browser.new_context()
        visitor = Visitor(context.new_page())
        first.append(visitor.visit(address))
        second.append(visitor.visit(address))
        context.close()
    return first, second


def show(heading: str, found: list[Visit], promised: bool) -> None:
    """The medians of visits."""
    print(heading)
    for name, unit, figure, promise in FIGURES:
        note = f"   ({promise})" if promise and promised else ""
        print(f"  {name:<20}{statistics.median(map(figure, found)):10,.0f} {unit}{note}")


def append(browser: Any) -> None:
    """How long messages take, over the view's own fixtures."""
    server = page_server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}{PAGE}?entries={ENTRIES}")
    page.wait_for_selector("li.row.said")
    spent = page.evaluate(APPEND, MESSAGES)
    page.close()
    server.shutdown()
    server.server_close()
    thread.join()
    print("A message at the end of a full window")
    print(f"  median {statistics.median(spent):.1f} ms, at most {max(spent):.1f} ms")


def main(arguments: list[str]) -> int:
    """Measure and print; the exit code."""
    argparse.ArgumentParser(prog="python -m bench.web", description=__doc__.partition("\n")[0]).parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, WebServer(Path(folder), memory=True) as server, chromium() as browser:
        first, second = visits(browser, server.address)
        show("A first visit", first, promised=True)
        show("A second visit", second, promised=False)
        append(browser)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
