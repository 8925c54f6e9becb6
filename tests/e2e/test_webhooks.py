"""Hooks of a real server: curl-like programs post to it, and what is said goes out, whatever breaks meanwhile
(docs/webhooks.md)."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ends_well
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ServerProcess, free_port
from tests.e2e.waiting import until

PASSWORD = "four-words-in-a-row"
CAPABILITIES = "message-tags batch echo-message"
STALL_SECONDS = 1.0


class Elsewhere(ThreadingHTTPServer):
    """Where messages are sent. `behave` says what happens to the next request: a status, "stall", or "cut"."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.behaviour: list[int | str] = []
        self.pause = 0.0
        self.over = threading.Event()
        self.answer = b""
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def texts(self) -> list[str]:
        """What came, each as often as it came."""
        return [json.loads(body)["text"] for _, body in self.came]

    def end(self) -> None:
        """Nobody listens any more."""
        self.over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The other side was killed."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Elsewhere

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
        behaviour = self.server.behaviour.pop(0) if self.server.behaviour else 200
        self.server.over.wait(STALL_SECONDS if behaviour == "stall" else self.server.pause)
        if isinstance(behaviour, str):
            self.close_connection = True
            return
        self.send_response(behaviour)
        if behaviour in (301, 307):
            self.send_header("location", f"http://127.0.0.1:{self.server.server_address[1]}/elsewhere")
        if self.server.answer:
            self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """A place of this machine."""
    place = Elsewhere()
    yield place
    place.end()


class Town:
    """A server with a door for HTTP, and its people."""

    def __init__(self, folder: Path, networks: str = '"127.0.0.0/8"') -> None:
        self.web = free_port()
        self.people: list[RawClient] = []
        configuration = folder / "ipc-chat.toml"
        configuration.write_text(f"[outbound]\nenabled = true\nnetworks = [{networks}]\n")
        door = f"http://127.0.0.1:{self.web}"
        self.server = ServerProcess(folder, "--config", str(configuration), "--listen", door, throttled=False)

    def comes(self, nick: str, more: str = "") -> RawClient:
        """Somebody is here."""
        self.people.append(RawClient(self.server.port))
        return self.people[-1].registers(nick, CAPABILITIES + more)

    def end(self) -> None:
        """The server ends well, and everybody goes."""
        ends_well(self.server)
        for person in self.people:
            person.close()

    def founder(self) -> RawClient:
        """Who founded #build, in it."""
        ann = self.comes("ann")
        ann.answers_to(f"NS REGISTER {PASSWORD}")
        ann.joins("#build")
        ann.answers_to("CS REGISTER #build")
        return ann

    def posts(self, path: str, body: str, **fields: str) -> tuple[int, bytes]:
        """The answer to a POST."""
        connection = HTTPConnection("127.0.0.1", self.web, timeout=20)
        connection.request("POST", path, body.encode(), {"content-type": "application/json"} | fields)
        answer = connection.getresponse()
        said = answer.status, answer.read()
        connection.close()
        return said


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town whose server ends well."""
    town = Town(tmp_path)
    with town.server:
        yield town
        town.end()


def hook(founder: RawClient, words: str) -> str:
    """What is shown of a new hook: the path of a URL, or a secret."""
    told = " ".join(line.params[-1] for line in founder.answers_to(f"CS HOOK #build ADD {words}"))
    found = re.search(r"/hooks/ipc_\S+", told) or re.search(r"ipc_\S+", told)
    assert found is not None, told
    return found[0]


def distinct(texts: list[str]) -> list[str]:
    """The texts without those that came again at once."""
    return [text for number, text in enumerate(texts) if text not in texts[:number]]


def more_than(place: Elsewhere, count: int) -> bool:
    """Whether so much came."""
    return len(place.came) > count


def test_what_is_posted_is_said_and_outlives_a_crash(town):
    ann = town.founder()
    path = hook(ann, "grafana")
    for number in range(3):
        assert town.posts(path, f'{{"text": "alert {number}"}}') == (200, b"ok")
        town.server.kill()
        town.server.start()
    bob = town.comes("bob", " draft/chathistory server-time").joins("#build")
    told = [line for line in bob.answers_to("CHATHISTORY LATEST #build * 10") if line.command == "PRIVMSG"]
    assert [(line.nick, line.params[-1]) for line in told] == [("grafana/hook", f"alert {n}") for n in range(3)]
    assert all("bot" in line.tags for line in told)


def test_what_is_said_goes_out_signed_and_the_answer_comes_back(town, elsewhere):
    ann = town.founder()
    secret = hook(ann, f"ci POST http://127.0.0.1:{elsewhere.server_port}/chat?x=1")
    elsewhere.answer = b'{"text": "42"}'
    ann.says("PRIVMSG #build :what is it?")
    answer = ann.hears_text("42")
    ((fields, body),) = elsewhere.came
    signed = hmac.new(secret.encode(), fields["x-ipc-chat-timestamp"].encode() + b"." + body, hashlib.sha256)
    assert fields["x-ipc-chat-signature"] == f"sha256={signed.hexdigest()}"
    assert abs(int(fields["x-ipc-chat-timestamp"]) - time.time()) < 60
    assert json.loads(body)["nick"] == "ann"
    assert (answer.nick, answer.tags["+reply"]) == ("ci/hook", json.loads(body)["id"])
    ann.says("PRIVMSG #build :thanks")
    until(lambda: len(elsewhere.came) > 1, "that to go out")
    assert elsewhere.texts == ["what is it?", "thanks"], "what a hook says does not go out to it"


def test_everything_goes_out_in_order_although_the_other_side_breaks_and_the_server_is_killed(town, elsewhere):
    ann = town.founder()
    hook(ann, f"ci POST http://127.0.0.1:{elsewhere.server_port}/")
    elsewhere.pause = 0.02
    elsewhere.behaviour = [200, 200, "cut", 500, 200, 307, 200, "stall", 200]
    said = [f"message {number}" for number in range(60)]
    for round_ in range(3):
        for text in said[round_ * 20 : round_ * 20 + 20]:
            ann.says(f"PRIVMSG #build :{text}")
            ann.hears_text(text)
        came = len(elsewhere.came)
        until(partial(more_than, elsewhere, came + 3), "some more to go out")
        town.server.end(signal.SIGKILL if round_ else signal.SIGTERM)
        town.server.start()
        ann = town.comes(f"guest{round_}").joins("#build")
    until(lambda: distinct(elsewhere.texts) == said, "all of them to go out", seconds_max=60)
    assert len(elsewhere.texts) < 2 * len(said), "what was taken comes again only where nobody wrote that down yet"


def test_while_nobody_listens_it_waits(town):
    port = free_port()
    ann = town.founder()
    hook(ann, f"ci POST http://127.0.0.1:{port}/")
    for number in range(5):
        ann.says(f"PRIVMSG #build :{number}")
    until(
        lambda: any("fails since" in line.params[-1] for line in ann.answers_to("CS HOOK #build LIST")),
        "the failure to be told",
    )
    late = Elsewhere(port)
    try:
        until(lambda: late.texts == [str(number) for number in range(5)], "them to go out", seconds_max=30)
        assert not any("fails" in line.params[-1] for line in ann.answers_to("CS HOOK #build LIST"))
    finally:
        late.end()


def test_a_server_without_leave_sends_nothing_into_its_own_networks(tmp_path, elsewhere):
    town = Town(tmp_path, networks="")
    with town.server:
        ann = town.founder()
        for name, place in (("a", "127.0.0.1"), ("b", "localhost"), ("c", "[::ffff:127.0.0.1]"), ("d", "0x7f.1")):
            hook(ann, f"{name} POST https://{place}:{elsewhere.server_port}/")
        ann.says("PRIVMSG #build :secret")
        told = until(
            lambda: (
                (lines := ann.answers_to("CS HOOK #build LIST"))
                and sum("is not on the internet" in line.params[-1] for line in lines) == 4
            ),
            "all four to be refused",
        )
        assert told
        assert elsewhere.came == []
        town.end()
