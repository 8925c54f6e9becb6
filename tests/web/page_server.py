"""Serves the web client's files with the headers of the real server, and the view's fixtures in the place of main.js.

`python -m tests.web.page_server [PORT]` shows it: http://127.0.0.1:PORT/ipcchat/web/index.html
"""

from __future__ import annotations

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = "/ipcchat/web/index.html"
MAIN, FIXTURES = "/ipcchat/web/js/main.js", "/tests/web/fixture_page.js"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'; "
    "require-trusted-types-for 'script'"
)


class Files(SimpleHTTPRequestHandler):
    """The repository's files."""

    def do_GET(self) -> None:
        """A file; for main.js the fixtures' address, so that modules are found from there."""
        if self.path.split("?")[0] == MAIN:
            self.send_response(302)
            self.send_header("Location", FIXTURES)
            self.end_headers()
        else:
            super().do_GET()

    def end_headers(self) -> None:
        """The headers of every answer."""
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is told of each request."""


def page_server(port: int = 0) -> ThreadingHTTPServer:
    """A server on loopback; port 0 for any that is free."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(Files, directory=str(ROOT)))


if __name__ == "__main__":
    page_server(int(sys.argv[1]) if len(sys.argv) > 1 else 8000).serve_forever()
