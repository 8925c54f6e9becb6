"""Injection, I01, I02, I04 and I06: whatever comes in by whatever door, what leaves is one line of the sink's alphabet.

Doors are lines, Base64 in lines, tag values, configuration, command line, the kernel's names, the journal; sinks are
IRC lines, the plain door, the line client, the log and the audit log. What must not be is refused at one of three
places: `decode_fact` (the journal), the kinds of settings (configuration and flags), and the one door by which replies
leave (core/replies.py), whose WireError costs the session that asked, and nobody else.

Specifications: Modern IRC "Message Format", IRCv3 message-tags "Escaping values", labeled-response.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import dataclasses
import io
import json
import logging
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipcchat.cli.render import ChatLines, TailLines
from ipcchat.cli.serve import setting
from ipcchat.cli.style import Style
from ipcchat.client import events
from ipcchat.core.effects import Audit, Effect, Fan, Propose, Reloaded, Send
from ipcchat.core.facts import AnyFact, Entry, Posted, decode_fact, encode_fact
from ipcchat.core.limits import Limits
from ipcchat.core.peers import LocalUser, Peer
from ipcchat.core.registry import COMMANDS
from ipcchat.core.settings import Operator, Settings
from ipcchat.server import logs
from ipcchat.server.audit_chain import End, written
from ipcchat.server.plain_dialogue import Dialogue
from ipcchat.server.plain_input import Telnet
from ipcchat.server.settings import load
from ipcchat.server.settings_kinds import Lines, Unfit
from ipcchat.server.settings_table import SETTINGS
from ipcchat.wire.message import Message, WireError, escape_value, format_message, parse
from tests.core.deeds import has_account, is_operator
from tests.core.net import ALL_CAPS, Net, Talker
from tests.dialogue.test_happenings import SENTENCES
from tests.e2e.raw_client import OUR_CAPABILITIES, RawClient
from tests.e2e.server_process import ServerProcess
from tests.e2e.waiting import until
from tests.hostile.siege import Siege

SERVED = Settings(
    network="TestNet", server_name="test.net", motd=(), operators={"op": Operator(password_hash="hash of tea")}
)
CAPS = f"{ALL_CAPS} account-notify account-tag extended-monitor draft/metadata-2 draft/multiline"
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

ENDS = ["\r\n:evil PRIVMSG #tea :forged", "a\rb", "a\nb", "a\0b", "\r\nQUIT", "x\r\n"]
EVIL = st.one_of(
    st.sampled_from(ENDS),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.builds(
        lambda a, end, b: a + end + b,
        st.text("ab ,:@!", max_size=3),
        st.sampled_from(["\r", "\n", "\0"]),
        st.text(max_size=3),
    ),
).filter(lambda text: text.isascii() or text.encode(errors="ignore").decode() == text)


def one_line(written: bytes) -> None:
    """What leaves is one line of IRC."""
    assert written.endswith(b"\r\n")
    body = written[:-2]
    assert not set(b"\r\n\0") & set(body), written
    parse(body)


def lines_of(effects: Iterable[Effect]) -> Iterator[bytes]:
    for effect in effects:
        if isinstance(effect, Send | Fan):
            yield effect.line


class House:
    """Ann, an operator who gets every notice, and bob, who watches; both in #tea."""

    def __init__(self) -> None:
        self.net = Net(settings=SERVED)
        has_account(self.net, "dan")
        self.ann = self.net.join("ann", "#tea,#pot", CAPS)
        self.bob = self.net.join("bob", "#tea", CAPS)
        is_operator(self.net, self.ann)
        self.ann.says("MODE ann +sw cfknor", "MONITOR + bob,eve,dan", "METADATA * SUB display-name")
        self.bob.says("MONITOR + ann,eve,dan", "AWAY :out", "KNOCK #tea")
        self.refusals = 0
        self.net.forget()

    def apply(self, fact: AnyFact) -> None:
        """The journal says so; the fact did not go through `decode_fact`."""
        journal, engine = self.net.journal, self.net.engine
        entry = Entry(len(journal.entries) + 1, self.net.now.wall, fact)
        journal.entries.append(entry)
        self.performs(lambda: engine.apply(entry, self.net.now))

    def hears(self, talker: Talker, message: Message) -> None:
        """A door that has no lines gives a message to core, and core's facts come back from the journal."""
        engine = self.net.engine
        self.performs(lambda: engine.receive(talker.session, message, self.net.now))

    def performs(self, call: Any) -> None:
        """Every line that leaves is one; else a WireError says that it does not leave. What was announced to nobody
        may be missed later: then anything may be raised, and the shell catches it."""
        try:
            effects = call()
        except Exception as error:
            if not self.refusals and not isinstance(error, WireError):
                raise
            self.refusals += 1
            return
        for line in lines_of(effects):
            one_line(line)
        for fact in [effect.fact for effect in effects if isinstance(effect, Propose)]:
            self.apply(fact)

    def still_serves(self) -> None:
        """Somebody else is answered."""
        eve = self.net.connect("bystander")
        assert eve.says("PING 1") == [":test.net PONG test.net :1"]


# I01: the journal.

KINDS = get_args(AnyFact)
ANN, BOB = "ann!~ann@127.0.0.1", "bob!~bob@127.0.0.1"
ID = b"0123456789abcdef"


def text_fields(kind: type[Any]) -> list[str]:
    blank = kind(ID, 1, "node.1")
    return [name for name in kind.__struct_fields__ if isinstance(getattr(blank, name), str)]


@pytest.mark.parametrize(("kind", "field"), [(kind, name) for kind in KINDS for name in text_fields(kind)])
def test_I01_a_journal_that_others_wrote_to_is_damaged(kind: type[Any], field: str):
    """Every text of every kind of fact. What is said has line ends of its own; NUL it has not."""
    for evil in ENDS:
        if issubclass(kind, Posted) and field == "text" and "\0" not in evil:
            continue
        fact = msgspec.structs.replace(kind(ID, 1, "node.1"), **{field: evil})
        with pytest.raises(msgspec.ValidationError):
            decode_fact(encode_fact(fact))


@st.composite
def hostile_facts(draw: st.DrawFn, people: tuple[str, ...]) -> AnyFact:
    """A fact about people and channels that there are, with hostile texts in some of its fields."""
    kind = draw(st.sampled_from(KINDS))
    known: dict[str, st.SearchStrategy[str]] = {
        "channel": st.sampled_from(["#tea", "#pot"]),
        "target": st.sampled_from(["#tea", "ann"]),
        "victim": st.sampled_from(people),
        "guest": st.sampled_from(people),
        "recipient": st.sampled_from(["", *people]),
        "account": st.sampled_from(["dan", ""]),
        "letter": st.just("b"),
        "verb": st.sampled_from(["PRIVMSG", "NOTICE", "TAGMSG"]),
        "source": st.sampled_from([ANN, BOB]),
        "action": st.sampled_from(["block", "warn"]),
        "forced_by": st.sampled_from(["", people[0]]),
    }
    fields: dict[str, Any] = {}
    for name in text_fields(kind)[1:]:
        fields[name] = draw(EVIL if draw(st.booleans()) else known.get(name, EVIL))
    if draw(st.booleans()) and "tags" in kind.__struct_fields__:
        fields["tags"] = draw(st.dictionaries(EVIL, EVIL, max_size=2))
    by = f"evil.{draw(st.integers(1, 99))}" if kind.__name__ == "UserArrived" else draw(st.sampled_from(people))
    if kind.__name__ == "UserArrived":
        fields["modes"] = ""
    return kind(draw(st.binary(min_size=16, max_size=16)), 1, by, **fields)  # type: ignore[no-any-return]


ASKED = [
    "NAMES #tea",
    "WHO #tea",
    "WHO * %tcuihsnfdlaor,7",
    "WHOIS ann",
    "LIST",
    "TOPIC #tea",
    "MODE #tea b",
    "STATS p",
]
ASKED += ["LUSERS", "WHOWAS ann", "MONITOR S", "STATS *", "CHATHISTORY LATEST #tea * 9", "UBAN LIST", "SPAMFILTER LIST"]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_I01_facts_with_hostile_texts_make_no_second_line(data: st.DataObject):
    """Were they applied: core refuses, or raises WireError, which its shell catches; it never writes two lines. Nor
    does it write them when somebody asks afterwards."""
    house = House()
    people = (house.ann.session.uid, house.bob.session.uid)
    for _ in range(data.draw(st.integers(1, 4))):
        house.apply(data.draw(hostile_facts(people)))
    for talker in (house.ann, house.bob):
        if talker.session.user is not None and not talker.session.pending:
            for question in ASKED:
                house.hears(talker, parse(question))


def test_I01_the_property_is_not_empty():
    """Texts that cannot be written are met by a WireError, others are written."""
    house = House()
    said = Posted(ID, 1, house.bob.session.uid, BOB, "PRIVMSG", "#tea", "whole")
    house.apply(said)
    assert house.refusals == 0
    house.apply(msgspec.structs.replace(said, id=b"x" * 16, text="two\0lines"))
    assert house.refusals == 1
    house.still_serves()


def test_I01_a_row_of_the_database_that_was_changed(tmp_path: Path):
    """Somebody writes to the database while the server is down: it starts, says that the row cannot be read, and gives
    nobody a forged line."""
    _says_something_real(tmp_path, killed=False)
    _forge(tmp_path)
    with ServerProcess(tmp_path) as server, RawClient(server.port) as bob:
        bob.registers("bob", OUR_CAPABILITIES).joins("#tea")
        answers = bob.answers_to("CHATHISTORY LATEST #tea * 10", "PRIVMSG #tea :after")
        assert not [line for line in answers if "forged" in line.text]
        assert [line.params[1] for line in answers if line.command == "FAIL"] == ["MESSAGE_ERROR"]
        assert "a query failed" in server.log
        assert server.terminate() == 0


def test_I01_a_changed_row_that_the_state_is_made_of(tmp_path: Path):
    """What happened since the last checkpoint is applied again at a start: a server that cannot read it does not start,
    says which entry it is, and what to do."""
    _says_something_real(tmp_path, killed=True)
    _forge(tmp_path)
    with pytest.raises(AssertionError, match="the server ended with 73"), ServerProcess(tmp_path):
        pass
    log = (tmp_path / "server.log").read_text()
    assert "of the journal cannot be read" in log and "restore a backup" in log
    assert "forged" not in log and "Traceback" not in log


def _says_something_real(folder: Path, killed: bool) -> None:
    with ServerProcess(folder) as server:
        with RawClient(server.port).registers("ann", OUR_CAPABILITIES).joins("#tea") as ann:
            ann.says("PRIVMSG #tea :real")
            ann.hears("PRIVMSG")
        server.kill() if killed else server.terminate()


def _forge(folder: Path) -> None:
    """The message has another target: two lines."""
    with contextlib.closing(sqlite3.connect(folder / "journal" / "chat.db")) as database, database:
        rows = database.execute("SELECT seq, fact FROM journal").fetchall()
        ((seq, fact),) = [(seq, fact) for seq, fact in rows if b"real" in fact]
        forged = msgspec.structs.replace(decode_fact(fact), target="#tea\r\n:root!r@h PRIVMSG ann :forged")
        database.execute("UPDATE journal SET fact = ?, sum = NULL WHERE seq = ?", (encode_fact(forged), seq))


# I01: configuration, flags, names of the kernel.


@pytest.mark.parametrize("name", sorted(SETTINGS))
@pytest.mark.parametrize("evil", ENDS)
def test_I01_no_setting_has_a_second_line(name: str, evil: str):
    kind = SETTINGS[name].kind
    if name.rpartition(".")[2] in FILES and "\0" not in evil:
        return
    for value in (evil, [evil], f"x{evil}", [f"x{evil}", "y"]):
        try:
            found = kind.read(value)
        except Unfit as error:
            assert not set("\r\n\0") & set(str(error)), "a mistake is one line, too"
            continue
        assert isinstance(kind, Lines), f"{name} takes {value!r}"
        assert isinstance(found, tuple)
        assert not [line for line in found if set("\r\n\0") & set(line)], "every line of it is one"


FILES = {"folder", "certificate", "key", "socket", "path", "mail_command", "verify_command", "command"}
FILES |= {"authority", "certificate_key", "nkey"}
"""Names of files are for the system; they are in no line."""


@pytest.mark.parametrize("evil", ENDS)
@pytest.mark.parametrize("name", ["server.network", "server.threads", "server.log_level"])
def test_I01_flags_are_read_like_settings(name: str, evil: str):
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        setting(name)(evil)
    assert not set("\r\n\0") & set(str(refused.value))


@pytest.mark.parametrize("evil", ENDS)
def test_I01_mistakes_of_the_configuration_are_lines(tmp_path: Path, evil: str):
    """REHASH tells mistakes, with what stood there."""
    key = json.dumps(evil.replace("\0", "\x01"))
    file = tmp_path / "server.toml"
    file.write_text(f"[server]\n{key} = {key}\nnetwork = {key}\n[{key}]\nx = {key}\n[operators.{key}]\ntitle = {key}\n")
    mistakes = load(file, {})
    assert isinstance(mistakes, list)
    house = House()
    house.net.reloading = lambda node: Reloaded(f"{evil}.toml", tuple(map(str, mistakes)))  # type: ignore[method-assign]
    assert all(str(mistake).isprintable() for mistake in mistakes)
    house.performs(lambda: house.net.engine.receive(house.ann.session, parse("REHASH"), house.net.now))


@given(st.text(max_size=40) | st.sampled_from(ENDS), st.integers(0, 2**32))
def test_I01_names_of_local_users(name: str, uid: int):
    """passwd has any bytes: the user name becomes letters, digits, dot, dash and underscore."""
    net = Net(settings=SERVED)
    local = net.dial(peer=Peer(f"local:{uid}", local=LocalUser(uid, name)))
    local.says("NICK ann", "USER x 0 * :x")
    user = local.session.user
    assert user is not None
    assert re.fullmatch(r"~?[A-Za-z0-9._-]+", user.user)
    assert local.says("WHOIS ann")


# I01 and I02: what comes by lines, but hides in them.

WORDS = st.sampled_from(
    ["#tea", "ann", "bob", "*", "LATEST", "+o", "ADD", "SET", "INFO", "NickServ", "1h", "LS", "REQ"]
)


@QUICK
@given(
    st.sampled_from(sorted(COMMANDS)),
    st.lists(WORDS | EVIL, max_size=4),
    st.dictionaries(
        st.sampled_from(["label", "+x", "batch", "msgid", "+draft/reply", "+ipc-chat/key", "a\r"]), EVIL, max_size=2
    ),
)
def test_I01_a_door_without_lines_gives_core_anything(command: str, params: list[str], tags: dict[str, str]):
    """Every command with CR, LF and NUL in every parameter, as if a door had not looked: one line, or WireError."""
    house = House()
    house.hears(house.ann, Message(command, params, None, tags))
    if house.bob.session.user is not None:
        for question in ("NAMES #tea", "WHO #tea", "TOPIC #tea", "LIST", "METADATA * LIST"):
            house.hears(house.bob, parse(question))
    house.still_serves()


@QUICK
@given(st.binary(max_size=60) | st.sampled_from([end.encode() for end in ENDS]))
def test_I01_base64_hides_no_line(payload: bytes):
    """SASL: names and passwords come decoded (IRCv3 sasl-3.1)."""
    net = Net(settings=SERVED)
    has_account(net, "ann")
    for secret in (payload, b"\0ann\0" + payload, b"\0" + payload + b"\0x", payload + b"\0ann\0x"):
        for mechanism in ("PLAIN", "SCRAM-SHA-256", "EXTERNAL"):
            eve = net.dial(peer=Peer("127.0.0.1", secure=True))
            coded = base64.b64encode(secret).decode()
            eve.says("CAP REQ :sasl standard-replies", f"AUTHENTICATE {mechanism}", f"AUTHENTICATE {coded or '+'}")
            assert eve.lines


TAG_VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
AWKWARD = [
    ";",
    " ",
    "\\",
    "\r",
    "\n",
    "\r\n",
    "\\s",
    "\\:",
    "a;b c\\d\re\nf",
    "\\",
    "\\\\",
    "=",
    "@",
    ":",
    ",",
    "a=b;c=d",
]


def value_of(line: str, key: str) -> str:
    """A tag's value as it is written."""
    tags = dict(item.partition("=")[::2] for item in line[1:].partition(" ")[0].split(";"))
    return tags[key]


@QUICK
@given(TAG_VALUES | st.sampled_from(AWKWARD))
def test_I02_labels_come_back_as_they_went(label: str):  # IRCv3 labeled-response
    net = Net(settings=SERVED)
    ann = net.connect("ann", CAPS)
    coded = escape_value(label)
    for asked in ("PING 1", "LUSERS", "PRIVMSG nobody :hi", "TOPIC", "NOSUCH", "AWAY :x"):
        (first, *_) = ann.says(f"@label={coded} {asked}")
        if label and len(label.encode()) <= 64:
            assert value_of(first, "label") == coded
            assert parse(first).tags["label"] == label
        else:
            assert "label" not in parse(first).tags


@QUICK
@given(TAG_VALUES | st.sampled_from(AWKWARD))
def test_I02_client_tags_arrive_as_they_were_sent(value: str):  # IRCv3 message-tags "Escaping values"
    """Live, echoed, in history, in one line and in several."""
    net = Net(settings=SERVED)
    ann, bob = net.join("ann", "#tea", CAPS), net.join("bob", "#tea", CAPS)
    net.forget()
    coded = escape_value(value)
    ann.says(f"@+x={coded} PRIVMSG #tea :hi", f"@+x={coded} TAGMSG #tea")
    ann.says(
        f"@+x={coded} BATCH +1 draft/multiline #tea",
        "@batch=1 PRIVMSG #tea :one",
        "@batch=1 PRIVMSG #tea :two",
        "BATCH -1",
    )
    bob.says("CHATHISTORY LATEST #tea * 9")
    for talker in (ann, bob):
        tagged = [line for line in talker.lines if "+x" in parse(line).tags]
        assert len(tagged) == (5 if talker is bob else 3)
        assert {parse(line).tags["+x"] for line in tagged} == {value}
        if value:
            assert {value_of(line, "+x") for line in tagged} == {coded}


def test_I02_an_unknown_escape_is_no_new_one():  # IRCv3 message-tags: a lone backslash goes, \b is b
    net = Net(settings=SERVED)
    ann, bob = net.join("ann", "#tea", CAPS), net.join("bob", "#tea", CAPS)
    bob.forget()
    ann.says("@+x=a\\b\\;+y=c\\ PRIVMSG #tea :hi")
    assert (value_of(bob.lines[0], "+x"), value_of(bob.lines[0], "+y")) == ("ab", "c")


# I04: terminals.

ESCAPES = [
    "\x1b[2J",
    "\x1b]52;c;eA==\x07",
    "\x9b6n",
    "\x1bP1$r\x1b\\",
    "\x08",
    "\r",
    "\x7f",
    "\u2028",
    "\u202e",
    "\x85",
    "\0",
    "\n",
]
ESCAPING = st.one_of(
    st.sampled_from(ESCAPES), st.text(max_size=20), st.builds("".join, st.lists(st.sampled_from(ESCAPES), max_size=4))
)
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def harmless(text: str) -> None:
    """No control character, no line or paragraph separator, no bidi control."""
    bad = [character for character in text if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")]
    assert not bad and not BIDI & set(text), ascii(text)


HEARD = [
    "PRIVMSG",
    "NOTICE",
    "JOIN",
    "PART",
    "KICK",
    "QUIT",
    "NICK",
    "TOPIC",
    "MODE",
    "INVITE",
    "ERROR",
    "WALLOPS",
    "PONG",
]
HEARD += ["FAIL", "001", "301", "311", "319", "330", "332", "353", "366", "401", "404", "433", "470", "900"]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(HEARD), st.lists(ESCAPING, max_size=4), ESCAPING)
def test_I04_the_plain_door(command: str, params: list[str], source: str):
    """Any field of any line that core could write: text, nick, channel, topic, the server's name."""
    dialogue = Dialogue(Limits(), Telnet(), may_ask_password=True)
    dialogue.typed(b"ann")
    dialogue.heard(b":s 001 ann :Welcome\r\n:ann!a@h JOIN #lobby\r\n")
    for middle in ("#lobby", "ann"):
        with contextlib.suppress(WireError):
            line = format_message(Message(command, [middle, *params], source or None))
            for text in dialogue.heard(line.encode() + b"\r\n").decode().split("\r\n"):
                harmless(text)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([event for event, _ in SENTENCES]), ESCAPING, st.data())
def test_I04_the_line_client(event: events.Event, text: str, data: st.DataObject):
    """Every event with escapes in all its texts."""
    texts = [field.name for field in dataclasses.fields(event) if isinstance(getattr(event, field.name), str)]
    chosen = data.draw(st.sets(st.sampled_from(texts or ["time"])))
    hostile = dataclasses.replace(event, **{name: text for name in chosen if name in texts})  # type: ignore[arg-type]
    lines = ChatLines(Style(colours=False), lambda: "bob", lambda: "#lobby", lambda nick: True)
    for line in lines.lines(hostile):
        harmless(line)


TIME = SENTENCES[0][0].time


@given(ESCAPING, ESCAPING, ESCAPING, st.sampled_from(["message", "notice", "action"]))
def test_I04_what_people_say_in_the_line_client_and_in_tail(nick: str, target: str, text: str, kind: Any):
    said = events.Message(time=TIME, target=target, nick=nick, text=text, kind=kind, status=text[:1], msgid="m")
    lines = ChatLines(Style(colours=False), lambda: "bob", lambda: "#lobby")
    answer = dataclasses.replace(said, tags={"+reply": "m"}, msgid="n")
    for line in (*lines.lines(said), *lines.lines(answer)):
        harmless(line)
        assert not line.startswith("-- ") or "day" in line, "nobody writes the mark of our own words (N12)"
    for line in TailLines(Style(colours=False), as_json=False).line(said).split("\n"):
        harmless(line)
    assert TailLines(Style(colours=False), as_json=True).line(said).isprintable()


# I06: the log and the audit log.

LOGGED = [
    "a\r\nb",
    "\x1b[31mred",
    "%s%n%d%(x)s",
    "{0.__class__}",
    "{frames}",
    "x" * 2**20,
    "\x9b2J",
    "\u2028",
    "\u202e",
    "\ud800",
    "\0",
]


@contextlib.contextmanager
def log_to(stream: io.StringIO) -> Iterator[None]:
    logs.start("debug", stream)
    try:
        yield
        logs.stop()
    finally:
        logs.start("info", io.StringIO())


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["peer", "reason", "conn"]), st.sampled_from(LOGGED) | st.text(), min_size=1))
def test_I06_a_record_of_the_log_is_one_line(fields: dict[str, str]):
    stream = io.StringIO()
    with log_to(stream):
        logs.event(logging.WARNING, "connection refused", **fields)
    line = stream.getvalue()
    assert line.count("\n") == 1 and line[:-1].isprintable()
    record = json.loads(line)
    assert record["text"] == "connection refused"
    for name in fields:
        assert len(record[name]) <= logs.TEXT_CHARACTERS_MAX
        assert record[name] == logs.escape(fields[name])


@pytest.mark.parametrize("text", LOGGED, ids=lambda text: ascii(text)[:12])
def test_I06_a_record_of_the_audit_log_is_one_line(text: str):
    line = written(End(), 0, Audit("login", text, text, text, text))
    assert b"\n" not in line and line.decode().isprintable()
    record = json.loads(line)
    for name in ("actor", "address", "target", "text"):
        assert len(record[name]) <= 1_024
        assert record[name][:100] == logs.escape(text)[:100]


SHOUTED = ["%s%n%d", "{0.__class__}", "\x1b[31mred\x1b[0m", "a\x9bb", "\u202eevil", "x" * 200]


def test_I06_whatever_people_call_themselves_and_say(siege: Siege, tmp_path: Path):
    """Through real sockets; that every line of the log is printable is a part of the post-condition."""
    _shout(siege)
    siege.measure_memory()
    _shout(siege)
    for line in siege.server.log.splitlines():
        assert isinstance(json.loads(line), dict)
    audit = tmp_path / "journal" / "audit.jsonl"
    until(lambda: audit.exists() and audit.read_bytes().count(b"oper failed") >= 1, "attempts in the audit log")
    for line in audit.read_bytes().decode().splitlines():
        assert line.isprintable() and json.loads(line)["seq"]


def _shout(siege: Siege) -> None:
    for text in SHOUTED:
        with siege.stranger() as eve:
            eve.says(f"USER {text} 0 * :{text}", f"NICK {text}", f"PASS :{text}", "NICK eve")
            eve.hears("001")
            eve.says(
                f"JOIN #{text[:40]}",
                f"OPER {text} {text}",
                f"PRIVMSG #lobby :{text}",
                f"AWAY :{text}",
                f"NOSUCH {text}",
                f"PRIVMSG NickServ :IDENTIFY {text}",
                f"WEBIRC {text} {text} {text} {text}",
                f"QUIT :{text}",
            )
            eve.hears_bytes_to_end()
    with siege.stranger() as eve:
        eve.sends(b"x" * 20_000)
        eve.hears_bytes_to_end()
