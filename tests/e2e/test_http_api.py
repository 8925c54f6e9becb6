"""The HTTP API of the real server, as a program uses it: sending, reading, searching, and hearing across kill -9."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ServerProcess, free_port
from tests.e2e.waiting import until

PASSWORD = "four words in a row"
SECONDS_MAX = 20


class ApiServer(ServerProcess):
    """The server with a listener for HTTP that keeps its port."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        self.http_port = free_port()
        super().__init__(
            folder, "--listen", f"http://127.0.0.1:{self.http_port}", threads=threads, throttled=False, port=free_port()
        )

    def __enter__(self) -> ApiServer:
        super().__enter__()
        return self

    def token(self, account: str, name: str = "bot") -> str:
        """A new account's token."""
        with RawClient(self.port).registers(account) as client:
            client.says(f"REGISTER * * :{PASSWORD}")
            client.hears("900")
            client.says(f"NICKSERV TOKEN ADD {name}")
            line = client.hears("NOTICE", where=lambda line: "ipc_" in line.params[-1])
            found = re.search(r"ipc_[\w-]{32}", line.params[-1])
            assert found is not None
            return found[0]


class Program:
    """A program with a token."""

    def __init__(self, server: ApiServer, token: str) -> None:
        self._server = server
        self.token = token

    def asks(
        self, method: str, path: str, body: Any = None, /, *, headers: dict[str, str] | None = None, **query: Any
    ) -> tuple[int, Any]:
        """One request by a connection of its own: status and JSON."""
        link = http.client.HTTPConnection("127.0.0.1", self._server.http_port, timeout=SECONDS_MAX)
        fields = {"Authorization": f"Bearer {self.token}"} | (headers or {})
        written = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        place = f"/api/v1/{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        try:
            link.request(method, place, written, fields)
            answer = link.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            link.close()

    def says(self, text: str, target: str = "#tea", **others: Any) -> dict[str, Any]:
        """Send a message; what was stored."""
        status, said = self.asks("POST", "messages", {"target": target, "text": text} | others)
        assert status == 201, said
        told: dict[str, Any] = said
        return told

    def texts(self, **query: Any) -> list[str]:
        """A page of #tea."""
        status, page = self.asks("GET", "messages", target="#tea", **query)
        assert status == 200, page
        return [message["text"] for message in page["messages"]]

    @contextmanager
    def hears(self, *channels: str, after: str = "") -> Iterator[Stream]:
        """A stream."""
        link = http.client.HTTPConnection("127.0.0.1", self._server.http_port, timeout=SECONDS_MAX)
        fields = {"Authorization": f"Bearer {self.token}"} | ({"Last-Event-ID": after} if after else {})
        try:
            link.request("GET", "/api/v1/stream?" + urlencode({"channel": channels}, doseq=True), headers=fields)
            answer = link.getresponse()
            assert answer.status == 200, answer.read()
            assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
            yield Stream(answer)
        finally:
            link.close()


class Stream:
    """Server-sent events, read by the rules of the HTML specification."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self._answer = answer
        self._line = ""
        self.last_id = ""

    def next(self) -> dict[str, Any]:
        """The next event with its name; {} at the end."""
        event: dict[str, str] = {}
        while not (event and self._line == ""):
            try:
                raw = self._answer.readline()
            except (http.client.HTTPException, ConnectionError):
                return {}
            if not raw:
                return {}
            self._line = raw.decode().rstrip("\n")
            name, _, value = self._line.partition(": ")
            if name:
                event[name] = value
        self.last_id = event.get("id", self.last_id)
        return {"event": event["event"], **json.loads(event["data"])}

    def texts(self, count: int) -> list[str]:
        """The texts of the next messages."""
        return [self.next()["text"] for _ in range(count)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ApiServer]:
    """A server with the API."""
    with ApiServer(tmp_path) as server:
        yield server
        assert "Traceback" not in server.log


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program of a server that many tests share: they change nothing."""
    with ApiServer(tmp_path_factory.mktemp("lasting")) as server:
        yield Program(server, server.token("ci"))
        assert "Traceback" not in server.log


@pytest.fixture(params=[0, 2], ids=["same-loop", "two-threads"])
def mortal(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ApiServer]:
    """A server that a test kills."""
    with ApiServer(tmp_path, request.param) as server:
        yield server
        assert "Traceback" not in server.log


@pytest.fixture
def program(server: ApiServer) -> Program:
    return Program(server, server.token("ci"))


def test_what_is_sent_is_in_the_room_and_on_disk(mortal: ApiServer):
    server, program = mortal, Program(mortal, mortal.token("ci"))
    with RawClient(server.port).registers("ann", "message-tags account-tag").joins("#tea") as ann:
        said = program.says("the build is green")
        heard = ann.hears("PRIVMSG")
        assert (heard.nick, heard.params, heard.tags["account"]) == ("ci", ["#tea", "the build is green"], "ci")
        assert said.items() >= {"target": "#tea", "nick": "ci", "text": "the build is green", "id": heard.msgid}.items()
        server.kill()
    server.start()
    assert program.texts() == ["the build is green"]


def test_who_speaks_by_http_is_a_bot(server: ApiServer, program: Program):
    program.says("here I am")
    with RawClient(server.port).registers("ann") as ann:
        ann.says("WHOIS ci")
        assert ann.hears("335").params[1] == "ci"


def test_many_lines_and_long_ones_are_one_message(program: Program):
    text = "one\n\n" + "ä" * 1_000 + "\nlast one  with spaces "
    said = program.says(text)
    assert said["text"] == text
    assert program.texts() == [text]


def test_an_answer_to_a_message_and_a_notice(program: Program):
    first = program.says("a question")
    answer = program.says("an answer", reply_to=first["id"], notice=True)
    assert answer.items() >= {"reply_to": first["id"], "kind": "notice"}.items()


def test_the_same_key_is_one_message(program: Program):
    key = "0123456789abcdef-build-7"
    first, again = (program.says("once", key=key) for _ in range(2))
    assert first == again
    assert program.texts() == ["once"]


def test_pages_before_after_and_around(program: Program):
    ids = [program.says(f"n{number}")["id"] for number in range(9)]
    assert program.texts(limit=2) == ["n7", "n8"]
    assert program.texts(before=ids[3], limit=2) == ["n1", "n2"]
    assert program.texts(after=ids[6]) == ["n7", "n8"]
    assert program.texts(around=ids[4], limit=3) == ["n3", "n4", "n5"]
    assert program.texts(after="2026-01-01T00:00:00.000Z", limit=1) == ["n0"]


def test_words_are_found(program: Program):
    program.says("the green build")
    program.says("the red one")
    program.says("green elsewhere", target="#ops")

    def found(query: str, **others: Any) -> list[str]:
        status, answer = program.asks("GET", "search", query=query, **others)
        assert status == 200, answer
        return [message["text"] for message in answer["messages"]]

    assert until(lambda: found("green in:#tea"), "what was said is found") == ["the green build"]
    assert set(found("green")) == {"the green build", "green elsewhere"}
    assert found("the", limit=1) == ["the red one"]


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "status", "word"),
    [
        ("POST", "messages", {"target": "#tea"}, {}, 400, "text"),
        ("POST", "messages", {"target": "", "text": "x"}, {}, 400, "target"),
        ("POST", "messages", {"target": "nobody", "text": "x"}, {}, 404, "No such nick"),
        ("POST", "messages", {"target": "#tea,#ops", "text": "x"}, {}, 400, "one target"),
        ("POST", "messages", {"target": "#tea x", "text": "x"}, {}, 400, "one target"),
        ("POST", "messages", {"target": "#tea", "text": "x", "colour": "red"}, {}, 400, "colour"),
        ("POST", "messages", {"target": "#tea", "text": 5}, {}, 400, "text"),
        ("POST", "messages", {"target": "#tea", "text": "a\0b"}, {}, 400, "NUL"),
        ("POST", "messages", {"target": "#tea", "text": ""}, {}, 403, "No text"),
        ("POST", "messages", {"target": "#tea", "text": "x" * 20_000}, {}, 403, "8192 bytes"),
        ("POST", "messages", b'{"target": "#tea", "text": "\xff"}', {}, 400, "JSON"),
        ("POST", "messages", b"x" * 70_000, {}, 413, "65536 bytes"),
        ("GET", "messages", None, {}, 400, "target"),
        ("GET", "messages", None, {"target": "#tea", "before": "x", "after": "y"}, 400, "one of"),
        ("GET", "messages", None, {"target": ["#tea", "#ops"]}, 400, "once"),
        ("GET", "messages", None, {"target": "#tea", "colour": "red"}, 400, "colour"),
        ("GET", "messages", None, {"target": "#tea", "limit": "-1"}, 400, "limit"),
        ("GET", "messages", None, {"target": "#tea", "before": "nothing"}, 404, "msgid"),
        ("GET", "search", None, {}, 400, "look for"),
        ("GET", "search", None, {"query": "!!!"}, 400, "letters"),
        ("GET", "stream", None, {"channel": "tea"}, 400, "channel"),
        ("GET", "stream", None, {"after": "x-1"}, 410, "not of this journal"),
        ("GET", "other", None, {}, 404, "/api/v1/messages"),
        ("DELETE", "messages/1", None, {}, 404, "/api/v1/messages"),
    ],
)
def test_a_refusal_says_what_to_do(lasting: Program, method, path, body, query, status, word):
    found, answer = lasting.asks(method, path, body, **query)
    assert found == status, answer
    if word == "colour":
        assert "colour" in answer["error"]["text"] or "Each parameter once" in answer["error"]["text"]
    else:
        assert word in answer["error"]["text"]
    assert answer["error"]["code"]


def test_the_rules_of_a_channel_count_for_programs(server: ApiServer, program: Program):
    with RawClient(server.port).registers("ann").joins("#tea") as ann:
        ann.says("MODE #tea +mi")
        ann.hears("MODE")
        status, answer = program.asks("POST", "messages", {"target": "#tea", "text": "let me in"})
        assert (status, answer["error"]["code"]) == (403, "473")
        ann.says("MODE #tea -i")
        ann.hears("MODE")
        status, answer = program.asks("POST", "messages", {"target": "#tea", "text": "let me speak"})
        assert (status, answer["error"]["code"]) == (403, "404")


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer x", "Bearer ipc_" + "0" * 32, "Basic Y2k6eA==", "Digest x"]
)
def test_without_a_token_that_counts_there_is_nothing(lasting: Program, authorization: str):
    status, answer = lasting.asks("GET", "messages", target="#tea", headers={"Authorization": authorization})
    assert status == 401
    assert "TOKEN ADD" in answer["error"]["text"]


def test_a_token_that_was_taken_back_ends_at_once(server: ApiServer, program: Program):
    program.says("here")
    with RawClient(server.port) as client:
        client.says("CAP REQ :sasl", "AUTHENTICATE PLAIN")
        client.hears("AUTHENTICATE")
        client.says("AUTHENTICATE Y2kAY2kAZm91ciB3b3JkcyBpbiBhIHJvdw==")
        client.hears("903")
        client.says("CAP END")
        client.registers("ci2")
        client.says("NICKSERV TOKEN DEL bot")
        client.hears("NOTICE", where=lambda line: "any more" in line.params[-1])
    assert program.asks("GET", "messages", target="#tea")[0] == 401


def test_a_stream_goes_on_where_it_was_after_a_kill(mortal: ApiServer):
    server, program = mortal, Program(mortal, mortal.token("ci"))
    with program.hears("#tea") as stream:
        for number in range(3):
            program.says(f"n{number}")
        assert stream.texts(3) == ["n0", "n1", "n2"]
        server.kill()
        assert stream.next() == {}
    server.start()
    program.says("while it was away")
    program.says("elsewhere", target="#ops")
    with program.hears("#tea", after=stream.last_id) as again:
        program.says("and now")
        assert again.texts(2) == ["while it was away", "and now"]


def test_a_stream_tells_edits_reactions_and_redactions(server: ApiServer, program: Program):
    needed = "message-tags echo-message batch draft/message-edit draft/message-redaction"
    with RawClient(server.port).registers("ann", needed).joins("#tea") as ann, program.hears("#tea") as stream:
        ann.says("PRIVMSG #tea :gren")
        place = ann.hears("PRIVMSG").msgid
        ann.says(
            f"@+draft/edit={place} PRIVMSG #tea :green",
            f"@+reply={place};+draft/react=yes TAGMSG #tea",
            f"REDACT #tea {place} :never mind",
        )
        events = [stream.next() for _ in range(4)]
        assert [event["event"] for event in events] == ["message", "edit", "reaction", "redaction"]
        assert {event.get("about", place) for event in events} == {place}
        assert (events[1]["text"], events[2]["reaction"], events[3]["reason"]) == ("green", "yes", "never mind")


def test_a_private_message_is_heard_without_a_channel(server: ApiServer, program: Program):
    with program.hears() as stream, RawClient(server.port).registers("ann") as ann:
        ann.says("PRIVMSG ci :psst")
        assert stream.next().items() >= {"target": "ann", "text": "psst"}.items()
        program.says("heard you", target="ann")
        assert stream.next().items() >= {"target": "ann", "nick": "ci"}.items()


def test_many_missed_messages_come_in_pages(program: Program):
    first = program.says("the first")
    for start in range(0, 1_500, 100):
        program.says("\n".join(f"n{number}" for number in range(start, start + 100)))
    for number in range(1_100):
        if number % 50 == 0:
            last = program.says(f"m{number}")
    with program.hears("#tea", after=first["id"]) as stream:
        heard: list[str] = []
        while not heard or heard[-1] != last["text"]:
            heard.append(stream.next()["text"])
    assert len(heard) == 15 + 22
    assert heard[15:] == [f"m{number}" for number in range(0, 1_100, 50)]


def test_too_many_requests_at_once_are_told_so(program: Program):
    from contextlib import ExitStack

    with ExitStack() as stack:
        for _ in range(16):
            stack.enter_context(program.hears("#tea"))
        status, answer = program.asks("GET", "messages", target="#tea")
        assert status == 429
        assert "16 requests" in answer["error"]["text"]
    until(lambda: program.asks("GET", "messages", target="#tea")[0] == 200, "the streams have ended")
