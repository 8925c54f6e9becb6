"""The process under stress: killed while people talk, stopped with many of them, with nobody to read its log."""

from __future__ import annotations

import os
from pathlib import Path

from tests.e2e.bystander import Bystander
from tests.e2e.raw_client import Line, RawClient, history
from tests.e2e.server_process import SERVER, ServerProcess
from tests.hostile.siege import ends_well


def test_X01_killed_while_people_talk(tmp_path: Path, threads: int):  # the whole of it: tests/crash
    with ServerProcess(tmp_path, threads=threads, throttled=False) as server:
        echoed: list[Line] = []
        with RawClient(server.port).registers("ann", "message-tags echo-message batch").joins("#lobby") as ann:
            ann.says(*[f"PRIVMSG #lobby :{number}" for number in range(400)])
            echoed += [ann.hears("PRIVMSG") for _ in range(100)]
            server.kill()
            rest = ann.hears_end()
            echoed += [line for line in rest if line.command == "PRIVMSG" and line.params[1:]]
        server.start()
        with RawClient(server.port).registers("bob", "message-tags batch draft/chathistory").joins("#lobby") as bob:
            kept = everything(bob, "#lobby")
        whole = [(line.msgid, line.params[-1]) for line in echoed if line.msgid]
        assert [(line.msgid, line.params[-1]) for line in kept][: len(whole)] == whole
        assert [line.params[-1] for line in kept] == [str(number) for number in range(len(kept))]
        ends_well(server)


def everything(client: RawClient, channel: str) -> list[Line]:
    """All of a channel's history, page by page."""
    found = history(client, channel)
    page = found
    while page:
        answers = client.answers_to(f"CHATHISTORY BEFORE {channel} msgid={found[0].msgid} 100")
        page = [line for line in answers if line.command == "PRIVMSG"]
        found = page + found
    return found


def test_X02_stopped_with_two_hundred_people(server: ServerProcess):
    crowd = [RawClient(server.port) for _ in range(200)]
    for number, client in enumerate(crowd):
        client.says(f"NICK guest{number}", f"USER g{number} 0 * :g", "JOIN #lobby")
    for client in crowd:
        client.hears("366")
    started = os.times().elapsed
    assert server.terminate() == 0
    assert os.times().elapsed - started < 5.0
    for client in crowd:
        last = client.hears_end()[-1]
        assert (last.command, "stopping" in last.text) == ("ERROR", True)
        client.close()
    server.start()


def serves_without_a_log(server: ServerProcess) -> None:
    """The server answers people, and logs what nobody can read."""
    with Bystander(server.port) as bystander:
        for _ in range(3):
            with RawClient(server.port) as mallory:
                mallory.sends(b"\x16\x03\x01")
                assert mallory.hears_bytes_to_end() == b""
            bystander.is_served()
    assert server.terminate() == 0


def test_X09_standard_error_is_closed(tmp_path: Path, threads: int):
    command = ("/bin/sh", "-c", 'exec "$@" 2>&-', "sh", *SERVER)
    with ServerProcess(tmp_path, threads=threads, command=command) as server:
        serves_without_a_log(server)


def test_X09_nobody_reads_standard_error(tmp_path: Path, threads: int):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        with ServerProcess(tmp_path, threads=threads, standard_error=writer) as server:
            serves_without_a_log(server)
    finally:
        os.close(writer)


def test_X09_the_log_pipe_is_full(tmp_path: Path, threads: int):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4_096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    try:
        with ServerProcess(tmp_path, threads=threads, standard_error=writer) as server:
            serves_without_a_log(server)
    finally:
        os.close(writer)
        os.close(reader)
