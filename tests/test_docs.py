"""The documentation is true: links resolve, commands and options exist, generated pages are up to date.

All Markdown files of the project are checked. A page made from a table in the code gets a line in docs/make_pages.py.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from docs import make_pages

ROOT = Path(__file__).parent.parent
FOLDERS = ("docs", "examples", "bench")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])
REQUIRED = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE")

FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
NAMED_FILE = re.compile(r"(?<![\w/.:-])((?:docs|examples|bench|tests|ipcchat)/[\w./-]*\w|[A-Z]{4,}\.md)(?![\w/])")
SEPARATORS = re.compile(r"\s(?:\||&&|&|;)(?:\s|$)")
SUBCOMMANDS = (
    *("serve", "chat", "send", "tail", "search", "audit", "certificate", "version"),
    *("backup", "restore", "verify", "export", "import"),
)
RUN_PROGRAMS = {
    "serve": ["server.py"],
    "chat": ["client.py"],
    "docs": ["-m", "docs.make_pages"],
    "bench": ["-m", "bench"],
    "crash": ["-m", "tests.crash"],
    "powerloss": ["-m", "tests.powerloss"],
}
PYTEST_COMMANDS = ("test",)  # Their options are pytest's.


@cache
def help_of(*command: str) -> str:
    """What `COMMAND --help` prints. Fails clearly when the program does not start."""
    done = subprocess.run(
        [sys.executable, *command, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command)} --help exits with {done.returncode}:\n{done.stderr[-600:]}")
    return done.stdout


def code_lines(page: Path) -> Iterator[str]:
    """Every line of fenced code and every piece of inline code on a page."""
    text = page.read_text(encoding="utf-8")
    for fence in FENCE.findall(text):
        yield from fence.splitlines()[1:-1]
    yield from INLINE_CODE.findall(FENCE.sub("", text))


def commands_on(page: Path) -> Iterator[list[str]]:
    """The words of each shell command on a page that starts one of our programs, without prompt and `python`."""
    for line in code_lines(page):
        for part in SEPARATORS.split(line.strip().removeprefix("$ ")):
            words = words_of(part)
            while words and (words[0] in ("python", "python3") or re.fullmatch(r"[A-Z_]+=.*", words[0])):
                words = words[1:]
            if starts_ours(words):
                yield words


def starts_ours(words: list[str]) -> bool:
    """Whether a command starts one of our programs."""
    if words[:1] == ["-m"] and words[1:]:
        return words[1].partition(".")[0] in ("ipcchat", "bench", "tests")
    return bool(words) and words[0].removeprefix("./") in ("run", "server.py", "client.py", "ipc-chat")


def words_of(command: str) -> list[str]:
    """The words as a shell would see them; none when it is no shell command."""
    try:
        return shlex.split(command, comments=True)
    except ValueError:
        return []


def program_of(words: list[str]) -> tuple[list[str], list[str]]:
    """Splits a command into the program behind it (its Python arguments, [] for pytest) and the words left for it."""
    first = words[0].removeprefix("./")
    if first == "-m":
        return words[:2], words[2:]
    if first == "ipc-chat":
        return ["-m", "ipcchat"], words[1:]
    if first != "run":
        return [first], words[1:]
    if words[1:2] and words[1] in PYTEST_COMMANDS:
        return [], words[2:]
    return RUN_PROGRAMS.get(words[1] if words[1:] else "", ["run"]), words[2:]


def unknown_options(words: list[str]) -> list[str]:
    """The options of a command that its program's help does not mention."""
    program, rest = program_of(words)
    options = [word.partition("=")[0] for word in rest if re.match(r"--?[A-Za-z]", word)]
    if not program or not options:
        return []
    text = help_of(*program) + "".join(help_of(*program, word) for word in rest if word in SUBCOMMANDS)
    return [option for option in options if not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text)]


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ +(.*?) *#*$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> Iterator[str]:
    """The relative links of a page that lead nowhere."""
    text = INLINE_CODE.sub("", FENCE.sub("", page.read_text(encoding="utf-8")))
    for target in LINK.findall(text):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors_of(file)):
            yield target


@pytest.mark.parametrize("name", REQUIRED)
def test_the_pages_of_a_project_are_there(name):
    assert (ROOT / name).is_file(), f"write {name}"


def test_relative_links_resolve():
    broken = [f"{page.relative_to(ROOT)}: {target}" for page in PAGES for target in broken_links(page)]
    assert not broken, "correct these links:\n" + "\n".join(broken)


def test_files_named_in_the_text_exist():
    named = [(page, name) for page in PAGES for name in NAMED_FILE.findall(page.read_text(encoding="utf-8"))]
    missing = [f"{page.relative_to(ROOT)}: {name}" for page, name in named if not exists(name)]
    assert not missing, "these files are named and do not exist:\n" + "\n".join(missing)


def exists(name: str) -> bool:
    """Whether a named file, folder or module (with or without .py) exists."""
    return any((ROOT / candidate).exists() for candidate in (name, f"{name}.py", f"{name}.md"))


def test_run_commands_exist(run_script):
    known = {*run_script.COMMANDS, "COMMAND"}
    used = [(page, words) for page in PAGES for words in commands_on(page) if words[0].removeprefix("./") == "run"]
    unknown = [f"{page.relative_to(ROOT)}: {words[1]}" for page, words in used if words[1:] and words[1] not in known]
    assert not unknown, "`run` has no such command:\n" + "\n".join(unknown)


def test_options_exist():
    used = [(page, words) for page in PAGES for words in commands_on(page)]
    found = [(page, words, option) for page, words in used for option in unknown_options(words)]
    unknown = [f"{page.relative_to(ROOT)}: {' '.join(words)}: {option}" for page, words, option in found]
    assert not unknown, "these options are in no --help:\n" + "\n".join(unknown)


def test_the_readme_shows_how_to_start_and_how_to_test():
    shown = [" ".join(words[:2]) for words in commands_on(ROOT / "README.md")]
    assert "./run serve" in shown, "the README says how to set up and start in one command: ./run serve"
    assert "./run test" in shown, "the README says how to set up and test in one command: ./run test"


def test_pages_made_from_the_code_are_up_to_date():
    stale = sorted(str(file.relative_to(ROOT)) for file in make_pages.stale())
    assert not stale, f"run ./run docs, which writes {', '.join(stale)}"


def test_pages_are_written_when_they_differ_and_only_named_for_a_check(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(make_pages, "PAGES", {"one.md": lambda: "one\n", "two.md": lambda: "two é\n"})
    (tmp_path / "one.md").write_text("one\n", encoding="utf-8")
    assert make_pages.main(["--check"], tmp_path) == 1
    assert capsys.readouterr().out == "out of date: two.md\n"
    assert not (tmp_path / "two.md").exists()
    assert make_pages.main([], tmp_path) == 0
    assert capsys.readouterr().out == "written: two.md\n"
    assert (tmp_path / "two.md").read_text(encoding="utf-8") == "two é\n"
    assert make_pages.main(["--check"], tmp_path) == 0
    assert capsys.readouterr().out == "2 pages are up to date\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("$ python3 server.py --data DIR", ["server.py", "--data", "DIR"]),
        ("echo hello | python client.py send '#ops'", ["client.py", "send", "#ops"]),
        ("IPCCHAT_NICK=ann ./run chat  # a comment", ["./run", "chat"]),
        ("python -m bench.peers --rounds 3", ["-m", "bench.peers", "--rounds", "3"]),
        ("grep server.py README.md", None),
    ],
)
def test_commands_are_found_in_pages(tmp_path, line, words):
    page = tmp_path / "page.md"
    page.write_text(f"Text.\n\n```sh\n{line}\n```\n", encoding="utf-8")
    assert list(commands_on(page)) == ([words] if words else [])


def test_an_option_that_is_not_there_is_found():
    assert unknown_options(["server.py", "--data", "DIR", "--no-such-option"]) == ["--no-such-option"]


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A title\n\n[a](#a-title) [b](#b) [c](page.md#a-title) [d](no.md) [e](https://example.org)\n")
    assert list(broken_links(page)) == ["#b", "no.md"]
