"""What the server can say, found in the source of ipcchat/core: its numerics, the codes of its standard replies, and
which command is answered with which.

Nothing declares the answers of a command: they are where they are sent. So a command's handler is read, and what it
calls, what it looks up in tables, and what the facts mean that it proposes. Rules for the code that is read:

1. A numeric is written as `numerics.RPL_TOPIC`, also in tables. `numerics.RPL_TOPIC.code` is told to others and is no
   answer.
2. The command and the code of a `Failure`, and the code of `ctx.note` and `ctx.warn`, are strings, parameters that the
   module's own callers fill with strings, or `error.code` of a line that could not be read.
3. A context is called `ctx`.
4. The action that `rules.require` and `obstacle` are asked for is a string.
5. A handler asks for a privilege by itself, before it proposes a fact whose check asks again.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import msgspec

from ipcchat.core import apply, handlers, permissions, registry, rules
from ipcchat.core.apply.meaning import MEANINGS
from ipcchat.core.context import Context
from ipcchat.core.manual import Sent
from ipcchat.wire import numerics
from ipcchat.wire.numerics import Numeric

CORE = Path(__file__).resolve().parent.parent / "ipcchat" / "core"
# Where the code of a reply is that of the line that could not be read: those that wire/message.py has for a line.
UNREADABLE = ("BAD_SOURCE", "FORBIDDEN_CHARACTER", "INVALID_UTF8")
VARIES = "*"

Function = ast.FunctionDef | ast.AsyncFunctionDef


# All of core.


@cache
def sources() -> dict[str, ast.Module]:
    """The syntax tree of each module of core, by its path from there."""
    paths = sorted(CORE.rglob("*.py"))
    return {path.relative_to(CORE).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def sent_numerics() -> set[str]:
    """The names of the numerics that core mentions."""
    return {name for tree in sources().values() for name in _numerics_in(tree)}


def _numerics_in(tree: ast.AST) -> Iterator[str]:
    """The numerics written in a piece of source: `numerics.X`, or X imported from that module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "numerics":
            if node.attr in numerics.BY_NAME:
                yield node.attr
        elif isinstance(node, ast.ImportFrom) and node.module == "ipcchat.wire.numerics":
            yield from (alias.name for alias in node.names if alias.name in numerics.BY_NAME)


def sent_standard_replies() -> set[str]:
    """The standard replies of core as "FAIL CHATHISTORY INVALID_TARGET"; the command is * where it varies.

    Raises ValueError for a code that cannot be found in the source.
    """
    return {
        f"{kind} {command} {code}"
        for module, tree in sources().items()
        for function, call in calls(tree)
        for kind, command, code in _standard_replies(module, tree, function, call)
    }


def _standard_replies(
    module: str, tree: ast.Module, function: Function | None, call: ast.Call
) -> Iterator[tuple[str, str, str]]:
    """(FAIL, WARN or NOTE; command; code) of a call that makes such a reply."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "Failure" and len(call.args) >= 3:
        kind, command, code = "FAIL", strings(tree, function, call.args[1]), strings(tree, function, call.args[2])
    elif name in ("note", "warn") and isinstance(call.func, ast.Attribute) and call.args:
        kind, command, code = name.upper(), {VARIES}, strings(tree, function, call.args[0])
    else:
        return
    if VARIES in code:
        raise ValueError(f"ipcchat/core/{module}, line {call.lineno}: write the code of this {kind} as a string")
    yield from ((kind, one, each) for one in command for each in code)


def calls(tree: ast.AST, function: Function | None = None) -> Iterator[tuple[Function | None, ast.Call]]:
    """Every call with the function that it stands in."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield function, node
        yield from calls(node, node if isinstance(node, Function) else function)


def strings(tree: ast.Module, function: Function | None, node: ast.expr) -> set[str]:
    """The strings that an expression can be; "*" among them for what cannot be known from the source."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return strings(tree, function, node.body) | strings(tree, function, node.orelse)
    if isinstance(node, ast.Attribute) and (node.attr, getattr(node.value, "id", "")) == ("code", "error"):
        return set(UNREADABLE)
    if isinstance(node, ast.Name):
        return _assigned(tree, function, node.id) or _passed(tree, function, node.id) or {VARIES}
    return {VARIES}


def _assigned(tree: ast.Module, function: Function | None, name: str) -> set[str]:
    """What a variable of the function or a constant of the module is."""
    assignments = [node for node in ast.walk(function or tree) if isinstance(node, ast.Assign)]
    assignments += [node for node in tree.body if isinstance(node, ast.Assign)]
    values = [node.value for node in assignments if [getattr(one, "id", "") for one in node.targets] == [name]]
    return {text for value in values for text in strings(tree, function, value)}


def _passed(tree: ast.Module, function: Function | None, name: str) -> set[str]:
    """What the module's own calls of a function pass for one of its parameters."""
    names = [argument.arg for argument in function.args.args] if function else []
    if function is None or name not in names:
        return set()
    place = names.index(name)
    given: set[str] = set()
    for caller, call in calls(tree):
        if getattr(call.func, "id", "") == function.name and caller is not function:
            values = [word.value for word in call.keywords if word.arg == name] or call.args[place : place + 1]
            given |= {text for value in values for text in strings(tree, caller, value)}
    return given


# One command.


@cache
def answers() -> dict[str, frozenset[str]]:
    """The names of the numerics that each command can be answered with by its own code; those of the table's runner
    (461 and the like) are left out."""
    handlers.load()
    apply.load()
    return {name: frozenset(_reached(row.handler)) for name, row in registry.COMMANDS.items()}


def _reached(handler: Any) -> set[str]:
    """The names of the numerics that a handler leads to."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting: list[Any] = [handler]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, Numeric):
            found.add(thing.name)
        elif id(thing) not in seen:
            seen.add(id(thing))
            waiting.extend(_leads_to(thing))
    return found


def _leads_to(thing: Any) -> Iterable[Any]:
    """What a function, a kind of fact, a table or a row of one leads to."""
    if isinstance(thing, FunctionType):
        return _mentioned(inspect.unwrap(thing)) if _is_followed(thing) else ()
    if isinstance(thing, type):
        return _of_class(thing)
    if any(thing is table for table in (registry.COMMANDS, MEANINGS, numerics.NUMERICS, numerics.BY_NAME)):
        return ()
    if isinstance(thing, dict):
        return thing.values()
    if isinstance(thing, list | tuple | set | frozenset):
        return thing
    if isinstance(thing, msgspec.Struct):
        return [getattr(thing, name) for name in thing.__struct_fields__]
    return ()


def _is_followed(function: FunctionType) -> bool:
    """Whether a function of core says something for one command: not those that hand on what others say."""
    general = (Context.put, Context.propose, Context.refused, Context.finish)
    return function.__module__.startswith("ipcchat.core.") and function not in general


def _of_class(kind: type) -> Iterable[Any]:
    """What a kind of fact means; the methods of a class of the handlers."""
    if kind in MEANINGS:
        return (MEANINGS[kind].check, MEANINGS[kind].announce)
    if kind.__module__.startswith(handlers.__name__):
        return [value for value in vars(kind).values() if isinstance(value, FunctionType)]
    return ()


def _mentioned(function: FunctionType) -> Iterator[Any]:
    """What the source of a function names: numerics, functions, tables and facts, and the methods of `ctx`."""
    in_context = function.__qualname__.startswith("Context.")
    asks_again = function.__module__.startswith(apply.__name__)
    for node in ast.walk(_source(function)):
        if isinstance(node, ast.Call):
            yield from _permissions_asked(node)
        elif isinstance(node, ast.Name):
            yield function.__globals__.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = function.__globals__.get(node.value.id)
            if node.value.id == "ctx" or (node.value.id == "self" and in_context):
                yield getattr(Context, node.attr, None)
            elif isinstance(owner, ModuleType) and not (asks_again and node.attr == rules.require_privilege.__name__):
                yield getattr(owner, node.attr, None)


def _permissions_asked(call: ast.Call) -> Iterator[permissions.Row]:
    """The rows of the action that `require` or `obstacle` is asked for by its name."""
    asked = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if asked in ("require", "obstacle") and call.args and isinstance(call.args[0], ast.Constant):
        yield from (row for row in permissions.TABLE if row.action == call.args[0].value)


@cache
def _source(function: FunctionType) -> ast.AST:
    """The syntax tree of a function, without what says nothing to the one who gave the command."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return ast.Module([_Answering().visit(node) for node in tree.body], [])


class _Answering(ast.NodeTransformer):
    """Takes out decorators, annotations, the kinds that `isinstance` asks for, and `numerics.X.code`, which others
    are told."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        """Keep the body."""
        node.decorator_list, node.returns = [], None
        node.args = ast.arguments([], [], None, [], [], None, [])
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """Keep the value."""
        return self.generic_visit(ast.Assign([node.target], node.value or ast.Constant(None)))

    def visit_Call(self, node: ast.Call) -> Any:
        """Keep what `isinstance` looks at."""
        if getattr(node.func, "id", "") == "isinstance":
            return self.visit(node.args[0])
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        """Forget `numerics.X.code`."""
        if node.attr == "code" and ast.unparse(node.value).startswith("numerics."):
            return ast.Constant(None)
        return self.generic_visit(node)


def sent() -> Sent:
    """All of it, as the reference wants it."""
    return Sent(answers(), frozenset(sent_numerics()), frozenset(sent_standard_replies()))
