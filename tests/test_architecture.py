"""The budgets and habits that keep the code readable, held by the machine (CONTRIBUTING.md, "Budgets").

Layers and import cycles are held by the import-linter contracts in pyproject.toml. Everything here reads the source and
runs none of it; each message says what to do.
"""

from __future__ import annotations

import ast
import io
import re
import statistics
import tokenize
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "ipcchat"
MODULES = sorted(PACKAGE.rglob("*.py"))
PURE = ("wire", "core")

FUNCTION_LINES_MEDIAN = 8
FUNCTION_LINES_P90 = 30
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 700
FILE_LINES_AIM = 400
FILES_OVER_AIM_SHARE_MAX = 0.1

BANNED_WORDS = {"data", "info", "manager", "utils", "util", "helpers", "helper", "misc", "common", "stuff"}
# INFO is a command's name, and get_extra_info is asyncio's.
NAMES_ALLOWED = {PACKAGE / "core" / "handlers": {"info"}, PACKAGE / "server" / "http": {"get_extra_info"}}
BANNED_CALLS = {
    "eval": "parse what you expect instead",
    "exec": "call a function instead",
    "pickle.load": "use msgspec: a pickle runs code",
    "pickle.loads": "use msgspec: a pickle runs code",
    "yaml.load": "use yaml.safe_load",
    "yaml.unsafe_load": "use yaml.safe_load",
    "os.system": "use subprocess.run with a list",
    "os.popen": "use subprocess.run with a list",
}
BANNED_IMPORTS = {"pickle", "marshal", "shelve"}
CLOCK_CALLS = {"now", "utcnow", "today", "monotonic", "perf_counter"}
BANNER = re.compile(r"^#\s*[-=#*~_]{3,}|[-=#*~_]{4,}\s*$")
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    """The path as people write it in this project."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def functions_of(path: Path) -> list[Function]:
    """All functions and methods of one file, nested ones too."""
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, Function)]


def lines_of(function: Function) -> int:
    """The lines of a function's body without its docstring and decorators: what a reader has to follow."""
    body = function.body
    if ast.get_docstring(function, clean=False) is not None:
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def problems(paths: Iterable[Path], judge: Callable[[Path], Iterable[str]]) -> str:
    """What `judge` says against each file, one line each; "" when nothing."""
    return "\n".join(f"{name_of(path)}: {problem}" for path in paths for problem in judge(path))


def calls_of(path: Path) -> list[ast.Call]:
    """All calls of one file."""
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]


def imports_of(path: Path) -> set[str]:
    """The top-level packages that one file imports."""
    nodes = list(ast.walk(tree_of(path)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.partition(".")[0] for name in plain | named}


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a call's function, or ""."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return ""


def source_files() -> list[Path]:
    """Every Python file of the project, its tools and tests included."""
    folders = ("ipcchat", "bench", "examples", "tests")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted([*found, ROOT / "bootstrap.py", ROOT / "server.py", ROOT / "client.py", ROOT / "run"])


def comments_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line number, comment) of one file."""
    with io.StringIO(path.read_text(encoding="utf-8")) as source:
        for token in tokenize.generate_tokens(source.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def test_the_median_function_is_short():
    median = statistics.median(lines_of(function) for path in MODULES for function in functions_of(path))
    assert median <= FUNCTION_LINES_MEDIAN, f"the median function has {median} lines: pull steps out and name them"


def test_nine_functions_of_ten_fit_a_screen():
    lengths = sorted(lines_of(function) for path in MODULES for function in functions_of(path))
    p90 = lengths[int(len(lengths) * 0.9)]
    assert p90 <= FUNCTION_LINES_P90, f"p90 is {p90} lines, at most {FUNCTION_LINES_P90}: split the longest functions"


def test_no_function_is_too_long():
    def judge(path):
        long = [function for function in functions_of(path) if lines_of(function) > FUNCTION_LINES_MAX]
        return [f"split {f.name} (line {f.lineno}, {lines_of(f)} lines, at most {FUNCTION_LINES_MAX})" for f in long]

    assert not (found := problems(MODULES, judge)), found


def test_no_file_is_too_long():
    def judge(path):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        return [f"{lines} lines, at most {FILE_LINES_MAX}: split it by subject"] if lines > FILE_LINES_MAX else []

    assert not (found := problems(MODULES, judge)), found


def test_few_files_are_over_the_aim():
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    over = [f"{name} ({lines})" for name, lines in lengths.items() if lines > FILE_LINES_AIM]
    assert len(over) <= len(lengths) * FILES_OVER_AIM_SHARE_MAX, f"aim at {FILE_LINES_AIM} lines; split some of {over}"


def test_each_family_of_commands_and_facts_is_a_short_file():
    families = [*(PACKAGE / "core" / "handlers").glob("*.py"), *(PACKAGE / "core" / "apply").glob("*.py")]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in families}
    over = {name: lines for name, lines in lengths.items() if lines > FILE_LINES_AIM}
    assert families and not over, f"split into families: {over}"


def test_every_module_says_what_it_is_for():
    def judge(path):
        if not ast.get_docstring(tree_of(path)):
            return ["start it with a docstring: what it is for and which rules it keeps"]
        return []

    assert not (found := problems(MODULES, judge)), found


def test_every_folder_is_a_package():
    folders = {path.parent for path in MODULES}
    missing = [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()]
    assert not missing, f"add an __init__.py with a docstring to {missing}"


@pytest.mark.parametrize("layer", PURE)
def test_every_pure_module_has_its_own_test_file(layer):
    modules = [path for path in (PACKAGE / layer).rglob("*.py") if path.stem != "__init__"]
    present = {path.name for path in (ROOT / "tests" / layer).rglob("test_*.py")}
    missing = sorted(name_of(path) for path in modules if f"test_{path.name}" not in present)
    assert not missing, f"write tests/{layer}/test_<module>.py for {', '.join(missing)}"


def test_names_say_something():
    def judge(path):
        classes = [node.name for node in ast.walk(tree_of(path)) if isinstance(node, ast.ClassDef)]
        names = [path.stem, *classes, *(function.name for function in functions_of(path))]
        empty = [name for name in names if words_of(name)[-1:] and words_of(name)[-1] in BANNED_WORDS]
        allowed = NAMES_ALLOWED.get(path.parent, set())
        return [f"rename {name} by the caller's task or the field's term" for name in empty if name not in allowed]

    assert not (found := problems(MODULES, judge)), found


def words_of(name: str) -> list[str]:
    """The words of a snake_case or CamelCase name; the last one says what the thing is."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


def test_nothing_dangerous_is_called():
    def judge(path):
        yield from (f"line {call.lineno}: {advice}" for call in calls_of(path) if (advice := advice_on(call)))
        yield from (f"use msgspec: {name} runs code" for name in imports_of(path) & BANNED_IMPORTS)

    assert not (found := problems(source_files(), judge)), found


def advice_on(call: ast.Call) -> str:
    """What to do instead of this call; "" when it is fine."""
    for keyword in call.keywords:
        if keyword.arg == "shell" and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value):
            return "pass a list, without shell=True"
    return BANNED_CALLS.get(dotted(call.func), "")


def test_pure_layers_read_no_clock():
    def judge(path):
        clocks = [call for call in calls_of(path) if dotted(call.func).rpartition(".")[2] in CLOCK_CALLS]
        return [f"line {call.lineno}: core and wire are told the time, they never ask for it" for call in clocks]

    assert not (found := problems([path for layer in PURE for path in (PACKAGE / layer).rglob("*.py")], judge)), found


def test_core_runs_to_completion():
    def judge(path):
        waits = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.AsyncFunctionDef | ast.Await)]
        return [f"line {node.lineno}: no async and no await in core; return an effect" for node in waits]

    assert not (found := problems((PACKAGE / "core").rglob("*.py"), judge)), found


def test_comments_are_sentences():
    def judge(path):
        for line, comment in comments_of(path):
            if BANNER.search(comment):
                yield f"line {line}: no banner comments; a module that needs them is two modules"
            if EMOJI.search(comment):
                yield f"line {line}: no emoji in comments"

    assert not (found := problems(source_files(), judge)), found


def test_tests_do_not_sleep():
    def judge(path):
        sleeps = [call for call in calls_of(path) if dotted(call.func) in ("time.sleep", "asyncio.sleep")]
        fixed = [call for call in sleeps if not is_zero(call) and not inside_loop(call, tree_of(path))]
        return [f"line {call.lineno}: wait on a condition with a deadline, sleep only between looks" for call in fixed]

    assert not (found := problems((ROOT / "tests").rglob("*.py"), judge)), found


def is_zero(call: ast.Call) -> bool:
    """Whether the call is sleep(0): a step of the loop and no wait."""
    return bool(call.args) and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0


def inside_loop(call: ast.Call, tree: ast.Module) -> bool:
    """Whether the call stands in a while or for loop, where it is the pause between two looks."""
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.While | ast.For | ast.AsyncFor)]
    return any(node is call for loop in loops for node in ast.walk(loop))
