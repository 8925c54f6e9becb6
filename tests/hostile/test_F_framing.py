"""Hostile bytes on a line port: framing, encoding, and protocols that are not IRC.

Every test has a healthy bystander in #lobby who is answered within a second during and after, hears nothing that he
should not, and a server that lives on, logs no exception and is as small as before (siege.py).
"""

from __future__ import annotations

import os
import ssl
import subprocess
from pathlib import Path
from random import Random

import pytest

from tests.e2e.bystander import Bystander
from tests.e2e.raw_client import Line, RawClient, commands, history
from tests.e2e.server_process import ServerProcess
from tests.e2e.tmux import need
from tests.e2e.waiting import until
from tests.hostile.siege import Siege, ends_well

MEANINGLESS = ("400", "421", "451", "461", "FAIL INVALID_UTF8", "FAIL FORBIDDEN_CHARACTER")
VOLATILE = ("001", "002", "003", "004", "005", "251", "254", "255", "265", "266")


def client_hello() -> bytes:
    """The first thing that a TLS client says (RFC 8446 4.1.2)."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def test_F01_line_without_end(siege: Siege):  # RFC 1459 2.3, 417 of Modern IRC
    with siege.connect("mallory") as mallory:
        for size in (511, 600, 16_384):
            mallory.sends(b"x" * size, b"\r\n")
            assert commands(mallory.hears_up_to_pong(f"after {size}")) == ["417"]


def test_F01_endless_line(siege: Siege):
    before = siege.server.cpu_seconds
    with siege.connect("mallory") as mallory:
        try:
            mallory.sends(*[b"x" * 100_000] * 100)
        except ConnectionError:
            pass
        mallory.hears_bytes_to_end()
    siege.bystander.is_served()
    assert siege.server.cpu_seconds - before < 1.0


def test_F01_endless_line_is_told_why(siege: Siege):
    with siege.connect("mallory") as mallory:
        mallory.sends(b"x" * 16_385)
        last = mallory.hears_end()[-1]
        assert last.command == "ERROR"
        assert "end of line" in last.params[-1]


def test_F02_tls_handshake(siege: Siege):
    for said in (client_hello(), client_hello()[:3]):
        with siege.stranger() as mallory:
            mallory.sends(said)
            assert mallory.hears_bytes_to_end() == b""
    siege.logs("TLS on a port for IRC", times=2)


def test_F03_http_request(siege: Siege):
    with siege.stranger() as mallory:
        mallory.sends(b"POST / HTTP/1.1\r\nHost: x\r\n\r\nNICK web\r\nUSER web 0 * :web\r\nJOIN #lobby\r\n")
        assert mallory.hears_bytes_to_end() == b""
    siege.bystander.is_served()
    assert siege.bystander.heard == []
    siege.logs("HTTP on a port for IRC", times=1)


FOREIGN = {
    "ssh": b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    "smtp": b"EHLO mail.example.org\r\n",
    "redis": b"*1\r\n$4\r\nPING\r\n",
    "rdp": b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00",
    "noise": Random(1).randbytes(1_000).replace(b"\x16", b"."),
}


def test_F04_other_protocols(siege: Siege):
    for name, said in FOREIGN.items():
        with siege.stranger() as mallory:
            mallory.sends(said, b"\r\nPING :after\r\n")
            mallory.hears("PONG", where=lambda line: line.params[-1] == "after")
            assert set(commands(mallory.heard)) <= {"409", "417", *MEANINGLESS}, name
            try:
                mallory.sends(*[b"EHLO again\r\n"] * 100)
            except ConnectionError:
                pass
            assert set(commands(mallory.hears_end())) <= {"ERROR", *MEANINGLESS}, name
    siege.bystander.is_served()
    assert siege.bystander.heard == []


def test_F05_bare_cr(siege: Siege):
    with siege.member("mallory") as mallory:
        answers = mallory.answers_to("PRIVMSG #lobby :a\r:srv 001 bystander :b")
        assert commands(answers) == ["FAIL FORBIDDEN_CHARACTER"]
        siege.hears_only("JOIN")
        assert history(mallory, "#lobby") == []


def test_F06_nul(siege: Siege):
    with siege.member("mallory") as mallory:
        for line in (b"NICK ma\0l", b"PRIVMSG #lobby :a\0b", b"@+a=\0b PRIVMSG #lobby :c", b"\0"):
            mallory.sends(line + b"\r\n")
            assert commands(mallory.hears_up_to_pong("after")) == ["FAIL FORBIDDEN_CHARACTER"], line
        siege.hears_only("JOIN")


SPOKEN = "NICK {0}\r\nUSER {0} 0 * :{0}\r\nJOIN #lobby\r\nPRIVMSG #lobby :zażółć 👋 gęślą\r\nPING done\r\n"


CUTS = ("one segment", "one byte each", "inside a character", "between CR and LF", "LF only", "CR CR LF")


def slices(text: bytes) -> dict[str, list[bytes]]:
    """The same conversation, cut and ended in different ways."""
    inside = text.index("👋".encode()) + 2
    return {
        "one segment": [text],
        "one byte each": [text[i : i + 1] for i in range(len(text))],
        "inside a character": [text[:inside], text[inside:]],
        "between CR and LF": [part for line in text.split(b"\n") if line for part in (line, b"\n")],
        "LF only": [text.replace(b"\r\n", b"\n")],
        "CR CR LF": [text.replace(b"\r\n", b"\r\r\n")],
    }


def test_F07_cut_anywhere(siege: Siege):
    told: dict[str, list[str]] = {}
    for number, cut in enumerate(CUTS):
        nick = f"nick{number}"
        with siege.stranger() as client:
            client.sends(*slices(SPOKEN.format(nick).encode())[cut])
            client.hears("PONG", where=lambda line: line.params[-1] == "done")
            told[cut] = [line.text.replace(nick, "NICK") for line in client.heard if line.command not in VOLATILE]
        siege.bystander.hears("QUIT", nick)
    assert len({tuple(lines) for lines in told.values()}) == 1, told
    assert siege.bystander.heard_text("zażółć 👋 gęślą") == len(told)


TEN_THOUSAND = b"".join(b"PING %d\r\n" % number for number in range(10_000))


def test_F08_ten_thousand_lines_at_once_are_paced(tmp_path: Path, threads: int):
    with ServerProcess(tmp_path, threads=threads) as server:
        with Bystander(server.port), RawClient(server.port).registers("mallory") as mallory:
            mallory.sends(TEN_THOUSAND)
            answered = [mallory.hears("PONG").params[-1] for _ in range(24)]
            assert answered == [str(number) for number in range(24)]
        ends_well(server)


@pytest.mark.parametrize("throttled", [False])
def test_F08_ten_thousand_lines_at_once_are_in_order(siege: Siege):
    with siege.connect("mallory") as mallory:
        mallory.sends(TEN_THOUSAND)
        answered = [mallory.hears("PONG").params[-1] for _ in range(10_000)]
        assert answered == [str(number) for number in range(10_000)]


def test_F09_invalid_utf8(siege: Siege):  # IRCv3 UTF8ONLY
    with siege.member("mallory") as mallory:
        for wrong in (b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82", b"\xff\xfe"):
            mallory.sends(b"PRIVMSG #lobby :canary" + wrong + b"\r\n")
            fails = mallory.hears_up_to_pong("after")
            assert commands(fails) == ["FAIL INVALID_UTF8"], wrong
            assert fails[0].params[0] == "*"
        siege.hears_only("JOIN")
        assert history(mallory, "#lobby") == []
    assert "canary" not in siege.server.log


def test_F10_fits_in_but_not_out(siege: Siege):
    with siege.member("mallory") as mallory:
        room = 510 - len("PRIVMSG #lobby :")
        text = "a" * (room - 8) + "👋👋"
        assert commands(mallory.answers_to(f"PRIVMSG #lobby :{text}")) == ["417"]
        siege.hears_only("JOIN")
        fitting = "a" * (510 - len(":mallory!~mallory@localhost PRIVMSG #lobby :") - 4) + "👋"
        mallory.says(f"PRIVMSG #lobby :{fitting}")
        until(lambda: siege.bystander.heard_text(fitting), "the longest text that fits, whole")


@pytest.mark.parametrize("throttled", [False])
def test_F11_lines_without_a_command(siege: Siege):
    with siege.connect("mallory") as mallory:
        for line in ("", "   ", ":", ":x", ": x", "@", "@ ", "@a", "@a=\\ ", "@;;;", "@=;+= ", "@a :b "):
            assert set(commands(mallory.answers_to(line))) <= {"421", "FAIL BAD_SOURCE"}, line


@pytest.mark.parametrize("throttled", [False])
def test_F12_arity_of_every_command(siege: Siege):
    with siege.connect("mallory") as mallory:
        names = [word for line in mallory.answers_to("HELP") if line.command == "705" for word in known(line)]
        assert {"PRIVMSG", "JOIN", "PART", "KICK", "MODE", "CHATHISTORY", "CAP", "QUIT"} <= set(names)
        for name in names:
            for params in PARAMETERS:
                answer_is_sane(mallory, name, params)
    for number, params in enumerate(PARAMETERS):
        with siege.stranger().registers(f"leaver{number}") as leaver:
            leaver.says(f"QUIT{params}")
            assert leaver.hears_end()[-1].command == "ERROR"


PARAMETERS = (
    "",
    " :",
    " ::",
    " : leading space",
    " x",
    " #x",
    " #x y",
    " x y z",
    " #x  :  ",
    " + + + +",
    " 1 2 3 4 5 6 7",
    " " + " ".join(map(str, range(40))),
)


def known(line: Line) -> list[str]:
    """The commands that a line of HELP names."""
    return [word for word in line.params[-1].split() if word.isupper() and len(word) > 2]


def answer_is_sane(mallory: RawClient, name: str, params: str) -> None:
    """Said wrongly, a command is refused or does something small; the connection goes on."""
    if name != "QUIT":
        answers = mallory.answers_to(f"{name}{params}")
        assert "ERROR" not in commands(answers)
        if not params and name in NEEDING:
            assert [line.command for line in answers] == [NEEDING[name]], name


NEEDING = {
    **dict.fromkeys(("JOIN", "PART", "TOPIC", "KICK", "MODE", "USERHOST", "ISON", "CAP"), "461"),
    **dict.fromkeys(("PRIVMSG", "TAGMSG"), "411"),
    **dict.fromkeys(("NICK", "WHOIS", "WHOWAS"), "431"),
    **dict.fromkeys(("USER", "PASS"), "462"),
    "PING": "409",
    "CHATHISTORY": "FAIL",
}


def test_F13_tags(siege: Siege):  # IRCv3 message-tags
    many = ";".join(f"+k{number}" for number in range(500))
    cases = {
        "+a=1;+a=2": {"+a": "2"},
        "+a=x=y=z": {"+a": "x=y=z"},
        "+a=b\\b": {"+a": "bb"},
        "+a=tail\\": {"+a": "tail"},
        "+a=;+b": {"+a": "", "+b": ""},
        "+a=semi\\:space\\sback\\\\cr\\rlf\\n": {"+a": "semi;space back\\cr\rlf\n"},
        many: {f"+k{number}": "" for number in range(500)},
        "account=root;msgid=x;time=now;bot;+ok=1": {"+ok": "1"},
    }
    with siege.member("mallory") as mallory:
        for number, (written, wanted) in enumerate(cases.items()):
            mallory.says(f"@{written} PRIVMSG #lobby :case {number}")
            echoed = mallory.hears_text(f"case {number}")
            siege.bystander.is_served()
            heard = siege.bystander.heard[-1]
            own = {"time", "msgid"}
            assert {name: value for name, value in heard.tags.items() if name not in own} == wanted
            assert {name: value for name, value in echoed.tags.items() if name not in own} == wanted
            assert heard.msgid == echoed.msgid != "x"


def test_F14_a_prefix_from_a_client_is_ignored(siege: Siege):  # RFC 1459 2.3
    with siege.member("mallory") as mallory:
        mallory.says(":admin!root@chat.local PRIVMSG #lobby :it is me")
        assert mallory.hears_text("it is me").source == "mallory!~mallory@localhost"
        assert siege.bystander.hears("PRIVMSG", "mallory").params == ["#lobby", "it is me"]


SERVER_LINES = (
    "001 mallory :Welcome",
    "433 * x :taken",
    "SERVER evil.example 1 :hello",
    "CAPAB :QS EX",
    "UID x 1 1 +i x x 0 00A :x",
    "ENCAP * LOGIN admin",
    "SVSNICK bystander loser",
)


def test_F15_there_is_no_server_protocol(siege: Siege):
    with siege.member("mallory") as mallory:
        for line in SERVER_LINES:
            assert commands(mallory.answers_to(line)) == ["421"], line
        assert commands(mallory.answers_to("PASS secret TS 6 :00A")) == ["462"]
        siege.hears_only("JOIN")
    with siege.stranger() as stranger:
        stranger.says("PASS secret TS 6 :00A", *SERVER_LINES, "PING done")
        stranger.hears("PONG")
        assert set(commands(stranger.heard)) == {"451"}


@pytest.mark.parametrize("half", [True, False], ids=["half-close", "close"])
def test_F17_a_line_that_was_cut_off_is_not_a_message(siege: Siege, half: bool):
    with siege.member("mallory") as mallory:
        mallory.sends(b"PRIVMSG #lobby :rm -rf /tmp/old\r\nPRIVMSG #lobby :rm -rf /")
        mallory.hears_text("rm -rf /tmp/old")
        if half:
            mallory.shuts_down()
            mallory.hears_end()
    siege.bystander.hears("QUIT", "mallory")
    siege.hears_only("JOIN", "PRIVMSG", "QUIT")
    with siege.member("witness") as witness:
        assert [line.params[-1] for line in history(witness, "#lobby")] == ["rm -rf /tmp/old"]


def test_F18_netcat_that_stops_sending(siege: Siege):
    said = "NICK a\nUSER a 0 * :a\nJOIN #lobby\nPRIVMSG #lobby :from a pipe\nQUIT\n"
    port = str(siege.server.port)
    for ending in ("", "QUIT\n"):
        done = subprocess.run(
            [need("nc"), "-N", "127.0.0.1", port],
            input=said.removesuffix("QUIT\n") + ending,
            capture_output=True,
            text=True,
            timeout=20,
        )
        heard = done.stdout.splitlines()
        assert done.returncode == 0
        assert heard[0].startswith(":chat.local 001 a ")
        assert ":a!~a@localhost JOIN #lobby" in heard
        assert heard[-1].startswith("ERROR :")
        siege.bystander.hears("QUIT", "a")
    until(lambda: siege.bystander.heard_text("from a pipe") == 2, "both messages")


def test_F19_commands_are_ascii(siege: Siege):
    with siege.member("mallory") as mallory:
        for command in ("\ufeffPRIVMSG", "PRIV\u200bMSG", "\u202ePRIVMSG", "ＰＲＩＶＭＳＧ"):
            assert commands(mallory.answers_to(f"{command} #lobby :x")) == ["421"], command
        siege.hears_only("JOIN")


def test_foreign_bytes_never_reach_the_log(siege: Siege):
    canary = os.urandom(8).hex()
    with siege.stranger() as mallory:
        mallory.says(f"\x1b]0;{canary}\x07 x", f"NICK {canary}\x1b[2J", "PING done")
        mallory.hears("PONG")
    siege.bystander.is_served()
    assert canary not in siege.server.log
    assert "\x1b" not in siege.server.log
