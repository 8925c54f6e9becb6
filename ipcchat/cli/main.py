"""The entries of the command line: `main` (ipc-chat), `server_main` (server.py) and `client_main` (client.py).

Rules:
1. One table names the commands; a command's module gives SUMMARY, DESCRIPTION, EPILOG, `configure(parser)` and
   `run(options)`.
2. Only the module of a command is imported, and what it runs only when it runs.
3. Ctrl-C that reaches this place ends with exit code 130 and without a traceback, and so does a reader of our output
   who has gone, with 141.
4. An address of a server where a command could stand means: chat there; `tui` is another name of chat.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from ipcchat.cli import (
    audit,
    backup,
    certificate,
    chat,
    cluster,
    exits,
    export,
    import_,
    password,
    restore,
    search,
    send,
    serve,
    tail,
    trust,
    verify,
    version,
)
from ipcchat.cli.parsing import Parser

COMMANDS: dict[str, ModuleType] = {
    "serve": serve,
    "chat": chat,
    "send": send,
    "tail": tail,
    "search": search,
    "trust": trust,
    "password": password,
    "audit": audit,
    "cluster": cluster,
    "certificate": certificate,
    "backup": backup,
    "restore": restore,
    "verify": verify,
    "export": export,
    "import": import_,
    "version": version,
}
SERVER_COMMANDS: dict[str, ModuleType] = {
    "cluster": cluster,
    "certificate": certificate,
    "password": password,
    "audit": audit,
    "backup": backup,
    "restore": restore,
    "verify": verify,
    "export": export,
    "import": import_,
}
CLIENT_COMMANDS: dict[str, ModuleType] = {"chat": chat, "send": send, "tail": tail, "search": search, "trust": trust}
CHAT_ALIAS = "tui"

DESCRIPTION = "A chat server and its clients. People and programs talk; nothing said is lost."
EPILOG = """\
examples:
  ipc-chat serve                      start a server on this machine
  ipc-chat chat                       join it, in another terminal
  echo "build 42 is green" | ipc-chat send '#ops'
  ipc-chat tail '#ops' --follow | grep deploy

`ipc-chat COMMAND --help` tells more about each.

exit codes:
  0 done   1 failed   2 wrong usage   69 no server there
  77 not let in, or the server is not to be trusted   130 interrupted"""

CLIENT_DESCRIPTION = "Talk in a chat room. Without a command: chat."
CLIENT_EPILOG = """\
examples:
  client.py --nick ann                join #lobby on this machine
  client.py irc://chat.example:6667/#tea
  echo "build 42 is green" | client.py send '#ops'
  client.py tail '#ops' --follow | grep deploy

`client.py COMMAND --help` tells more about each.

exit codes:
  0 done   1 failed, or not all was delivered   2 wrong usage
  69 no server there   77 not let in, or the server is not to be trusted
  130 interrupted"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run `ipc-chat` with `argv` (default: the process's arguments) and return the exit code."""
    return run(main_parser(), with_chat(argv))


def server_main(argv: Sequence[str] | None = None) -> int:
    """Run `server.py`: serve, unless one of SERVER_COMMANDS is named."""
    return run(server_parser(), argv)


def client_main(argv: Sequence[str] | None = None) -> int:
    """Run `client.py`: chat, send, tail, search or trust; chat when none is given."""
    return run(client_parser(), with_chat(argv))


def main_parser() -> argparse.ArgumentParser:
    """The parser of `ipc-chat` and its commands."""
    parser = Parser(prog="ipc-chat", description=DESCRIPTION, epilog=EPILOG)
    add_commands(parser, COMMANDS)
    return parser


def server_parser() -> argparse.ArgumentParser:
    """The parser of `server.py`, whose options are those of serve until a command is named."""
    parser = Parser(prog="server.py", description=serve.DESCRIPTION, epilog=epilog(serve, "server.py"))
    command_parser(parser, serve)
    add_commands(parser, SERVER_COMMANDS)
    return parser


def client_parser() -> argparse.ArgumentParser:
    """The parser of `client.py`, whose options are those of chat until a command is named."""
    parser = Parser(prog="client.py", description=CLIENT_DESCRIPTION, epilog=CLIENT_EPILOG)
    parser.set_defaults(run=chat.run, address="")
    chat.add_options(parser)
    add_commands(parser, CLIENT_COMMANDS)
    return parser


def with_chat(argv: Sequence[str] | None) -> list[str]:
    """The arguments with the command that rule 4 means."""
    words = list(sys.argv[1:] if argv is None else argv)
    for place, word in enumerate(words):
        is_value = place > 0 and words[place - 1].startswith("--") and words[place - 1] != "--plain"
        if word.startswith("-") or is_value:
            continue
        if word == CHAT_ALIAS:
            return [*words[:place], "chat", *words[place + 1 :]]
        return [*words[:place], "chat", *words[place:]] if "://" in word else words
    return words


def add_commands(parser: Parser, commands: dict[str, ModuleType]) -> None:
    """Give `parser` one sub-parser for each command."""
    parser.command_names = tuple(commands)
    choices = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for name, module in commands.items():
        prog = f"{parser.prog} {name}"
        command_parser(
            choices.add_parser(
                name,
                help=module.SUMMARY,
                description=module.DESCRIPTION,
                epilog=epilog(module, prog),
            ),
            module,
        )


def command_parser(parser: Parser, module: ModuleType) -> Parser:
    """Let a command's module add its options to `parser`."""
    parser.set_defaults(run=module.run)
    module.configure(parser)
    return parser


def epilog(module: ModuleType, prog: str) -> str:
    """The epilog of a command's help, with the program's name in the examples."""
    return str(module.EPILOG).replace("{prog}", prog)


def run(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> int:
    """Parse `argv`, run the command it names and return the exit code."""
    try:
        options = parser.parse_args(argv)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else exits.USAGE
    if not hasattr(options, "run"):
        parser.print_help(sys.stderr)
        return exits.USAGE
    try:
        return flushed(int(options.run(options)))
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        return leave_broken_pipe()


def flushed(code: int) -> int:
    """The exit code, once all output has gone where it goes. Raises BrokenPipeError."""
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()
    return code


def leave_broken_pipe() -> int:
    """Whoever read our output is gone: end without a word, as other tools do."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return exits.BROKEN_PIPE
