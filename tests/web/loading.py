"""What it takes to load the page: bytes, requests and moments of one visit, from the browser's own records.

A byte is one on the wire, header fields included. One can type when the field of the first question has the focus.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MOMENTS = """addEventListener("focusin", (event) => {
  if (event.target.id === "welcome-nick") performance.mark("typing");
});"""
FIGURES = """() => {
  const typing = performance.getEntriesByName("typing")[0].startTime;
  const resources = performance.getEntriesByType("resource");
  const before = resources.filter(({ startTime }) => startTime <= typing);
  return {
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
    typing,
    loaded: Math.max(...resources.map(({ responseEnd }) => responseEnd)),
    first: [location.href, ...before.map(({ name }) => name)],
    preloaded: [...document.querySelectorAll('link[rel="modulepreload"]')].map(({ href }) => href),
  };
}"""


@dataclass(frozen=True)
class Answer:
    """One file, as it came from the server."""

    status: int
    wire_bytes: int


@dataclass(frozen=True)
class Visit:
    """One load of the page. Moments are in milliseconds since it began."""

    answers: dict[str, Answer]
    first: list[str]
    """The addresses of what was asked for before one could type."""
    preloaded: list[str]
    paint: float
    typing: float
    loaded: float
    """When all was there."""

    @property
    def first_bytes(self) -> int:
        """What the first screen took."""
        return sum(self.answers[address].wire_bytes for address in self.first if address in self.answers)

    @property
    def all_bytes(self) -> int:
        """What the whole page took."""
        return sum(answer.wire_bytes for answer in self.answers.values())


class Visitor:
    """A page whose loads are recorded. Begin with a context of its own, and its cache is cold."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._asked: dict[str, str] = {}
        self._status: dict[str, int] = {}
        self._bytes: dict[str, int] = {}
        page.add_init_script(MOMENTS)
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._began)
        session.on("Network.responseReceivedExtraInfo", self._answered)
        session.on("Network.loadingFinished", self._ended)
        session.send("Network.enable")

    def visit(self, address: str) -> Visit:
        """Load the page until nothing more comes."""
        self._bytes.clear()
        self._page.goto(address)
        self._page.wait_for_selector("#welcome-nick:focus")
        self._page.wait_for_load_state("networkidle")
        found = self._page.evaluate(FIGURES)
        came = {number: size for number, size in self._bytes.items() if size > 0}  # 0: it was in the cache.
        return Visit(
            answers={self._asked[number]: Answer(self._status[number], size) for number, size in came.items()},
            first=found["first"],
            preloaded=found["preloaded"],
            paint=found["paint"],
            typing=found["typing"],
            loaded=found["loaded"],
        )

    def _began(self, event: Any) -> None:
        self._asked[event["requestId"]] = event["request"]["url"]

    def _answered(self, event: Any) -> None:
        self._status[event["requestId"]] = event["statusCode"]

    def _ended(self, event: Any) -> None:
        self._bytes[event["requestId"]] = int(event["encodedDataLength"])
