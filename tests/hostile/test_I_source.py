"""What the source must not have, I01, I06 and I13: read with `ast`, nothing is run.

One place writes lines; what people wrote is a field of a log record and never its text; secrets are compared in
constant time; nothing that is read can run (pickle, eval and the like are looked for in all files of the project by
tests/test_architecture.py).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "ipcchat"
SOURCES = {path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py"))}

LINE_WRITERS = {
    "core/replies.py": "IRC lines of the server, all of them",
    "server/plain_dialogue.py": "lines of text at the plain door",
    "server/plain_input.py": "a telnet answer",
    "client/session.py": "IRC lines of the client",
    "client/file_host.py": "the header fields of an upload, each of which was checked",
    "server/http/websocket.py": "messages as lines, when CR, LF and NUL in them were refused",
    "server/http/listener.py": "the header fields of a refusal, constants all of them",
}
"""Who ends a line by CR LF. Whoever joins this list has to refuse what would become two."""

LOG_CALLS = {"debug", "info", "warning", "error", "critical", "exception", "event", "failure", "log"}
LOGGERS = {"logs", "log", "_log", "LOG", "logger"}
OUR_WORDS = {
    ("server/configuration.py", "text"): "one of our own sentences",
    ("server/shell.py", "text"): "one of our own sentences, from the caller",
    ("server/shell.py", "f'core failed in {name}'"): "the name of a call of core",
    ("server/ready.py", "hint"): "one of our own sentences",
    ("server/logs.py", "text"): "the door itself: text from the caller",
}
"""Texts of log records that are no constants: why nobody else can choose them."""

SECRET = re.compile(r"(?:^|_)(?:token|secret|hash|mac|password|proof|signature|digest)$")
COMPARED_IN_THE_OPEN = {
    (
        "backend/sqlite_verify.py",
        "self._hashes[target] != chain.hash",
    ): "a chain that stands in the file for all to see",
    ("server/audit_chain.py", "record.previous != end.hash"): "hashes that stand in the file for all to see",
    (
        "core/handlers/operators.py",
        "operator.password_hash != password_hash",
    ): "two hashes of ours: is it still the same",
    ("core/accounts.py", "token.digest == digest"): "a hash that was looked up by itself just before",
    ("core/hooks.py", "hook.digest == digest"): "likewise",
    ("core/apply/hooks.py", "kept.digest != fact.hook.digest"): "two hashes of ours: is it still the same",
    ("core/deliveries.py", "fact.by == hook.digest"): "two hashes of ours, likewise",
    ("server/backup.py", "hashed.digest != path.name"): "the hash of a file's content, which is its name",
    ("server/backup.py", "digest != member.name"): "the hash of a file's content, which is its name",
    ("backend/cluster/epochs.py", "own.digest == stream.base_digest"): "digests of journals, which all nodes tell",
    ("backend/cluster/membership.py", "other.points.get(point, digest) != digest"): "digests of journals, likewise",
    ("backend/cluster/votes.py", "first == digest"): "digests of journals, likewise",
    ("backend/cluster/stream.py", "stream.base_digest != NO_DIGEST"): "digests of journals, likewise",
    (
        "backend/cluster/snapshots.py",
        "_digest_of(file) != offer.digest",
    ): "the hash of a file's content, against damage",
    ("core/mechanisms.py", "account.credentials.password_hash != password_hash"): "two hashes of ours, likewise",
    ("server/plain_dialogue.py", "token == _HELP"): "a word of PING",
    ("server/plain_dialogue.py", "token == _ASK_NAME"): "a word of PING",
    ("client/hearing/people.py", "message.params[1] != WHOX_TOKEN"): "a number of WHOX",
    ("client/results.py", "line[0] == WHOX_TOKEN"): "a number of WHOX",
    ("dialogue/account_commands.py", "await room.ask_secret('once more') == password"): "one person typed both",
    ("cli/password.py", "getpass.getpass('Once more: ') != password"): "one person typed both",
}
"""Comparisons of what is called like a secret, and why the time they take tells nothing."""

RUNS_CODE = {"eval", "exec", "compile", "__import__", "pickle.load", "pickle.loads", "marshal.loads", "shelve.open"}
RUNS_CODE |= {"yaml.load", "yaml.unsafe_load", "os.system", "os.popen", "subprocess.getoutput", "jsonpickle.decode"}


def nodes(name: str) -> Iterator[ast.AST]:
    """The nodes of a module's syntax tree."""
    return ast.walk(ast.parse(SOURCES[name]))


def dotted(node: ast.AST) -> str:
    """`a.b.c`, or "" for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def found(judge: Callable[[str], Iterator[str]]) -> list[str]:
    """What `judge` says against the modules."""
    return [f"ipcchat/{name}: {problem}" for name in SOURCES for problem in judge(name)]


def test_I01_lines_are_ended_in_one_place_for_each_sink():
    def judge(name: str) -> Iterator[str]:
        for node in nodes(name) if name[:4] != "cli/" else ():  # A terminal's lines are printed, not sent.
            text = node.value if isinstance(node, ast.Constant) else None
            ended = (
                text.endswith("\r\n") if isinstance(text, str) else isinstance(text, bytes) and text.endswith(b"\r\n")
            )
            if ended and name not in LINE_WRITERS | READERS.keys():
                yield f"line {node.lineno}: write lines by core/replies.py, which refuses two in one"  # type: ignore[attr-defined]

    assert found(judge) == []


READERS = {
    "server/proxy_header.py": "looks for the end of a header",
    "server/settings_kinds.py": "takes a text of several lines apart",
    "wire/framing.py": "looks for the end of a line",
    "server/frames.py": "takes whole lines apart",
    "server/inner.py": "takes whole lines apart",
    "server/http/fields.py": "counts what ends a line of a head",
    "client/urls.py": "refuses it in an address",
    "server/nats/launching.py": "looks for the end of a greeting",
    "tui/widgets/edit_area.py": "takes it off what is pasted",
}


def test_I01_the_one_place_refuses_two_lines():
    tree = ast.parse(SOURCES["core/replies.py"])
    (encoded,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "encoded"]
    assert [node for node in ast.walk(encoded) if isinstance(node, ast.Raise)]
    assert SOURCES["core/replies.py"].count('\\r\\n".encode()') == 1


def test_I01_core_sends_only_what_it_encoded():
    """Send and Fan get their bytes from `encoded` or `labelled`, or from a name that was assigned by them."""

    def judge(name: str) -> Iterator[str]:
        for node in nodes(name):
            if isinstance(node, ast.Call) and dotted(node.func) in ("Send", "effects.Send", "Fan", "effects.Fan"):
                line = node.args[2 if dotted(node.func).endswith("Fan") else 1]
                if not isinstance(line, ast.Name) and not (
                    isinstance(line, ast.Call) and dotted(line.func).endswith("encoded")
                ):
                    yield f"line {node.lineno}: {ast.unparse(line)} is no line of replies.encoded"

    assert [problem for problem in found(judge) if "ipcchat/core" in problem] == []


def test_I06_texts_of_log_records_are_our_own():
    def judge(name: str) -> Iterator[str]:
        for node in nodes(name):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            if dotted(node.func.value).rpartition(".")[2] not in LOGGERS or node.func.attr not in LOG_CALLS:
                continue
            text = node.args[1 if node.func.attr in ("event", "log") else 0]
            if not isinstance(text, ast.Constant) and (name, ast.unparse(text)) not in OUR_WORDS:
                yield f"line {node.lineno}: {ast.unparse(text)} is no constant; put it into a field"

    assert found(judge) == []


def test_I06_no_text_is_a_format_of_somebody_elses():
    """`.format`, `format_map` and % only on constants and on texts of our tables (numerics, permissions, glossary)."""

    def judge(name: str) -> Iterator[str]:
        for node in nodes(name):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("format", "format_map")
            ):
                shape = ast.unparse(node.func.value)
                if (
                    not isinstance(node.func.value, ast.Constant)
                    and (name, shape) not in OUR_SHAPES
                    and not OF_TABLES.fullmatch(shape)
                ):
                    yield f"line {node.lineno}: {shape}.format"
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.JoinedStr):
                yield f"line {node.lineno}: % on {ast.unparse(node.left)}"

    assert found(judge) == []


OF_TABLES = re.compile(r"numerics\.[A-Z_]+\.text|(?:\w+\.)?_?[A-Z][A-Z_]+|row\.text|rule\.text")
OUR_SHAPES = {
    ("backend/sqlite_verify.py", "problem"): "from the table _INDEXES",
    ("backend/cluster/memory.py", "msgspec.json"): "a function that indents JSON",
    ("server/backup.py", "msgspec.json"): "a function that indents JSON",
    ("server/nats/config.py", "msgspec.json"): "a function that indents JSON",
    ("server/worker_plan.py", "msgspec.json"): "a function that indents JSON",
    ("tui/remembered.py", "msgspec.json"): "a function that indents JSON",
    ("tui/screens/help.py", "HEADINGS.get(action.where, '{}')"): "from the table HEADINGS",
    ("dialogue/happenings.py", "pattern"): "from the table NUMERIC_WORDS",
    ("dialogue/mode_words.py", "several or found[not added]"): "from the tables of words",
    ("client/connection.py", "found"): "from the table TLS_REASONS",
    ("core/handlers/services.py", "text"): "the help of a command, from its docstring",
    ("server/logs.py", "self"): "a method of logging.Handler",
    ("server/plain_dialogue.py", "form"): "{} or an action around it, from the two callers in the file",
    ("server/settings_kinds.py", "form"): "one of two sentences of ours",
}


def test_I13_nothing_that_is_read_runs():
    def judge(name: str) -> Iterator[str]:
        for node in nodes(name):
            if isinstance(node, ast.Call):
                if dotted(node.func) in RUNS_CODE:
                    yield f"line {node.lineno}: {dotted(node.func)}"
                if any(word.arg == "shell" for word in node.keywords) or dotted(node.func).endswith(
                    "create_subprocess_shell"
                ):
                    yield f"line {node.lineno}: a shell"
            if isinstance(node, ast.Import) and {"pickle", "marshal", "shelve"} & {alias.name for alias in node.names}:
                yield f"line {node.lineno}: a module that runs what it reads"

    assert found(judge) == []


def test_A08_secrets_are_compared_in_constant_time():
    """== and != on what is called like a secret; `hmac.compare_digest` instead."""

    def judge(name: str) -> Iterator[str]:
        for node in nodes(name):
            if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
                sides = [node.left, *node.comparators]
                if any(isinstance(side, ast.Constant) for side in sides):
                    continue
                named = [side for side in sides if SECRET.search(dotted(side).rpartition(".")[2].lower())]
                if named and (name, ast.unparse(node)) not in COMPARED_IN_THE_OPEN:
                    yield f"line {node.lineno}: {ast.unparse(node)}"

    assert found(judge) == []


@pytest.mark.parametrize("table", [OUR_WORDS, COMPARED_IN_THE_OPEN, OUR_SHAPES], ids=["words", "compared", "shapes"])
def test_exceptions_are_still_needed(table: dict[tuple[str, str], str]):
    for name, text in table:
        written = {ast.unparse(node) for node in nodes(name) if isinstance(node, ast.expr)}
        assert text in written, f"{text} is not in ipcchat/{name} any more: take it off the list"
