"""IRC programs that come by TLS and log in (SASL), to a server whose certificate was made as docs/tls.md says: they
talk to the certificate that they were told of and to no other, and are who they were before.

Specifications: IRCv3 sasl-3.2; draft/account-registration is what NickServ REGISTER does.
"""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.person import Person, opens, set_up_securely
from tests.clients.programs import SECURE_PROGRAMS, STATUS, Program
from tests.e2e.conftest import ends_well
from tests.e2e.raw_client import Line, RawClient
from tests.e2e.server_process import SERVER, ServerProcess, free_port
from tests.e2e.tmux import Tmux
from tests.e2e.waiting import until

PASSWORD = "kettle-9-blue"
TLS_PORT = free_port()
LOOK_AGAIN_SECONDS = 1.0


@pytest.fixture(params=SECURE_PROGRAMS, ids=lambda program: program.name)
def program(request: pytest.FixtureRequest) -> Program:
    """Each of the programs that know TLS and SASL."""
    found: Program = request.param
    return found


@pytest.fixture
def fingerprint(tmp_path: Path) -> str:
    """That of a certificate that was made for the server."""
    words = ("certificate", "--make", "chat.lan", "--data", str(tmp_path / "journal"))
    made = subprocess.run([*SERVER, *words], capture_output=True, text=True, check=True).stdout
    found = re.search(r"^fingerprint +(\S+)$", made, re.MULTILINE)
    assert found is not None, made
    return found[1]


@pytest.fixture
def server(tmp_path: Path, fingerprint: str) -> Iterator[ServerProcess]:
    """A server with a door for TLS, on which iris has an account. She was operator of #lobby when she left."""
    with ServerProcess(tmp_path, "--listen", f"ircs://127.0.0.1:{TLS_PORT}") as server:
        with RawClient(server.port).registers("iris").joins("#lobby") as iris:
            iris.says(f"NS REGISTER {PASSWORD}")
            assert iris.hears("900").params[2] == "iris"
        yield server
        ends_well(server)


@pytest.fixture
def wendy(server: ServerProcess) -> Iterator[RawClient]:
    """The witness, in #lobby."""
    with RawClient(server.port).registers("wendy").joins("#lobby") as wendy:
        until(lambda: is_gone(wendy), "the end of the connection of iris")
        yield wendy


def whois(client: RawClient) -> dict[str, Line]:
    """What WHOIS says of iris, by numeric."""
    return {line.command: line for line in client.answers_to("WHOIS iris")}


def is_gone(client: RawClient) -> bool:
    """Whether iris has no connection."""
    return "301" in whois(client)


def finds_lobby(iris: Person) -> bool:
    """Go to #lobby; whether its window is there already."""
    iris.looks_at("#lobby")
    try:
        until(lambda: iris.has_seen("present", channel="#lobby", nick="wendy"), "wendy", LOOK_AGAIN_SECONDS)
    except AssertionError:
        return False
    return True


def typed(program: Program, fingerprint: str, password: str = PASSWORD) -> list[str]:
    """What is typed to come in."""
    return set_up_securely(program, TLS_PORT, fingerprint, password)


def test_she_comes_back_as_who_she_was(
    tmux: Tmux, program: Program, server: ServerProcess, wendy: RawClient, fingerprint: str
):
    iris = Person(tmux, program, TLS_PORT, typed(program, fingerprint))
    until(lambda: not is_gone(wendy), "the connection of iris")
    about = whois(wendy)
    assert about["330"].params[1:3] == ["iris", "iris"]  # logged in,
    assert "671" in about  # by TLS,
    assert about["319"].params[-1] == "@#lobby"  # and where and what she was.
    until(lambda: finds_lobby(iris), "a window for #lobby, which she did not join herself")
    wendy.says("PRIVMSG #lobby :welcome back")
    iris.sees("said", channel="#lobby", nick="wendy", text="welcome back")
    iris.says("it is good to be back")
    assert wendy.hears("PRIVMSG").params[-1] == "it is good to be back"


def test_after_a_crash_of_the_server_she_is_who_she_was(
    tmux: Tmux, program: Program, server: ServerProcess, wendy: RawClient, fingerprint: str
):
    iris = Person(tmux, program, TLS_PORT, typed(program, fingerprint))
    until(lambda: finds_lobby(iris), "a window for #lobby, which she did not join herself")
    iris.says("before the crash")
    wendy.hears_text("before the crash")
    server.end(signal.SIGKILL)
    iris.looks_at(STATUS)
    iris.sees("cut")
    server.start()
    with RawClient(server.port).registers("eve").joins("#lobby") as eve:
        until(lambda: not is_gone(eve), "the connection of iris")
        assert whois(eve)["319"].params[-1] == "@#lobby"
        eve.says("PRIVMSG #lobby :after the crash")
        iris.looks_at("#lobby")
        iris.sees("said", channel="#lobby", nick="eve", text="after the crash")


def test_she_does_not_talk_to_another_certificate(
    tmux: Tmux, program: Program, server: ServerProcess, wendy: RawClient, fingerprint: str
):
    wrong = f"{fingerprint[:-1]}{'0' if fingerprint[-1] != '0' else '1'}"
    window = opens(tmux, program, TLS_PORT)
    for line in typed(program, wrong):
        window.types(line)
    window.types(program.look_at_status)
    until(lambda: re.search(program.shows["not its certificate"], window.everything), "that she is warned")
    assert is_gone(wendy)


def test_a_wrong_password_is_said(
    tmux: Tmux, program: Program, server: ServerProcess, wendy: RawClient, fingerprint: str
):
    iris = Person(tmux, program, TLS_PORT, typed(program, fingerprint, "not-the-kettle"))
    iris.looks_at(STATUS)
    iris.sees("login failed")
    assert is_gone(wendy)
