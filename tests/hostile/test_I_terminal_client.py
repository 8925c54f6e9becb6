"""I04 at the full-screen client: a hostile server, and hostile people, write terminal control into everything that is
shown; the real program, in a real terminal, writes none of it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.terminal_process import TerminalProcess

MARK = "31337"
INTRODUCERS = ("\x1b[", "\x1b]", "\x1bP", "\x1b_", "\x1b^", "\x1bX", "\u009b", "\u009d", "\u0090")
PAYLOAD = "".join(f"{introducer}{MARK}" for introducer in INTRODUCERS) + "\x07\x08\x7f\x0e\u202e\u2028\u2066"
# As a nick, a channel or a word, that is without spaces.
WORD = PAYLOAD.replace("\x07", "").replace(",", "")
FIELDS = {
    "text": f":bob!b@h PRIVMSG #tea :{PAYLOAD} end-of-text",
    "action": f":bob!b@h PRIVMSG #tea :\x01ACTION {PAYLOAD}\x01",
    "notice": f":bob!b@h NOTICE #tea :{PAYLOAD}",
    "nick": f":{WORD}!b@h PRIVMSG #tea :from a strange nick",
    "host": f":bob!{WORD}@{WORD} JOIN #tea",
    "topic": f":bob!b@h TOPIC #tea :{PAYLOAD} https://example.org/{WORD}",
    "kick": f":bob!b@h KICK #tea {WORD} :{PAYLOAD}",
    "part": f":eve!b@h PART #tea :{PAYLOAD}",
    "quit": f":{WORD}!b@h QUIT :{PAYLOAD}",
    "private": f":{WORD}!b@h PRIVMSG ann :{PAYLOAD}",
    "server notice": f":{WORD} NOTICE ann :{PAYLOAD}",
    "channel": f":ann!a@h JOIN #{WORD}",
    "numeric": f":irc.test 396 ann {WORD} :{PAYLOAD}",
    "standard reply": f":irc.test FAIL {WORD} {WORD} :{PAYLOAD}",
    "mode": f":bob!b@h MODE #tea +k {WORD}",
    "away": f":bob!b@h AWAY :{PAYLOAD}",
    "reaction": f"@+reply=m1;+draft/react={WORD} :bob!b@h TAGMSG #tea",
    "reply": f"@+reply={WORD};msgid={WORD} :bob!b@h PRIVMSG #tea :an answer",
    "redaction": f":{WORD}!b@h REDACT #tea m1 :{PAYLOAD}",
    "error": f":irc.test NOTE * {WORD} :{PAYLOAD}",
}
WELCOME = (
    f":irc.test 001 ann :Welcome {PAYLOAD}",
    f":irc.test 005 ann CASEMAPPING=ascii PREFIX=(ov)@+ NETWORK={WORD} :are supported",
    f":irc.test 372 ann :{PAYLOAD}",
    ":irc.test 422 ann :No MOTD",
)
CAPABILITIES = "message-tags server-time echo-message batch labeled-response"


class HostileServer(socketserver.StreamRequestHandler):
    """Registers everybody, lets him into every channel, then says FIELDS."""

    def handle(self) -> None:
        for line in self.rfile:
            text = line.decode().rstrip()
            tags, rest = text.split(" ", 1) if text.startswith("@") else ("", text)
            self._answer(f"{tags} " if "label=" in tags else "", rest)

    def _answer(self, label: str, line: str) -> None:
        words = line.split()
        match words[0]:
            case "CAP" if words[1] == "LS":
                self._say(f":irc.test CAP * LS :{CAPABILITIES}")
            case "CAP" if words[1] == "REQ":
                self._say(f":irc.test CAP * ACK {line.partition('REQ ')[2]}")
            case "CAP" if words[1] == "END":
                self._say(*WELCOME)
            case "PING":
                self._say(f"{label}:irc.test PONG irc.test {words[-1]}")
            case "JOIN":
                self._say(
                    f"{label}:ann!a@h JOIN #tea",
                    f":irc.test 332 ann #tea :{PAYLOAD}",
                    f":irc.test 353 ann = #tea :@bob ann {WORD}",
                    ":irc.test 366 ann #tea :End",
                    "@msgid=m1 :bob!b@h PRIVMSG #tea :a first message",
                    *FIELDS.values(),
                    ":bob!b@h PRIVMSG #tea :all-was-said",
                )
            case _ if label:
                self._say(f"{label}:irc.test 421 ann {words[0]} :Unknown command")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class Listener(socketserver.ThreadingTCPServer):
    """The server's side; each connection has a thread, which ends with it."""

    daemon_threads = True


@contextmanager
def hostile_server() -> Iterator[int]:
    """Such a server until the end of the block; its port."""
    with Listener(("127.0.0.1", 0), HostileServer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("columns", [80, 120])
def test_I04_nothing_that_others_write_acts_on_the_terminal(tmp_path: Path, columns: int) -> None:
    with hostile_server() as port:
        words = ("--server", f"irc://127.0.0.1:{port}/#tea", "--nick", "ann")
        with TerminalProcess(tmp_path, *words, columns=columns, rows=50) as client:
            client.shows(b"all-was-said")
            client.press(b"\x1b[1;3A")  # The buffer above, and the switcher: every name is shown there.
            client.press(b"\x0b")
            client.shows(b"go to")
            client.press(b"\x1b")
            client.press(b"\x1b[19~")  # F8: the members.
            while client.reads(0.5):
                pass
            written = client.written
    assert f"\u241b[{MARK}".encode() in written, "the texts were shown, in a visible form"
    for introducer in INTRODUCERS:
        assert f"{introducer}{MARK}".encode() not in written, repr(introducer)
    for character in ("\x0e", "\x7f", "\x08", "\u202e", "\u2028", "\u2066"):
        assert character.encode() not in written, repr(character)
