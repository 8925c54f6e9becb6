"""`ipc-chat password`: make the hash of a password for the configuration file.

Rules:
1. The password comes from a terminal without echo, twice, or as one line of standard input; never from the command
   line, where everybody on the machine can read it.
2. Standard output gets the hash and nothing else. The password is printed nowhere, not even when it is refused.
"""

from __future__ import annotations

import argparse
import sys

from ipcchat.cli import exits

SUMMARY = "make the hash of a password for the configuration file"
DESCRIPTION = """\
Make the hash of an operator's password. It asks for the password twice, or
reads it as one line of standard input when that is no terminal. Put the hash
into the configuration file:

  [operators.ann]
  password_hash = "$argon2id$..."
"""
EPILOG = """\
examples:
  {prog}
  {prog} < password.txt

exit codes:
  0 printed   1 no password, or one that cannot be used   2 wrong usage
  130 interrupted"""

CHARACTERS_MIN = 8


class Refused(Exception):
    """There is no password, or it cannot be used; the text says why."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Catch a password on the command line, which argparse would repeat in its message."""
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Print the hash, and return the exit code."""
    if options.words:
        return complain(
            "the command line is no place for a password: others can read it; type it when asked", exits.USAGE
        )
    try:
        password = ask() if sys.stdin and sys.stdin.isatty() else read()
        check(password)
    except Refused as refused:
        return complain(str(refused), exits.FAILED)
    from ipcchat.server.passwords import hash_password

    print(hash_password(password))
    return exits.OK


def ask() -> str:
    """The password, typed twice without echo. Raises Refused."""
    import getpass
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            password = getpass.getpass("Password: ")
            check(password)
            if getpass.getpass("Once more: ") != password:
                raise Refused("these were two different passwords; try again")
    except EOFError:
        print(file=sys.stderr)
        raise Refused("there was no password") from None
    except getpass.GetPassWarning:
        raise Refused("this terminal would show the password; pipe it in instead") from None
    return password


def read() -> str:
    """The password, from the first line of standard input. Raises Refused."""
    from ipcchat.server.passwords import PASSWORD_BYTES_MAX

    if sys.stdin is None:
        return ""
    line = sys.stdin.buffer.readline(PASSWORD_BYTES_MAX + 3).removesuffix(b"\n").removesuffix(b"\r")
    if len(line) > PASSWORD_BYTES_MAX:
        raise too_long()
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise Refused("the password is not UTF-8") from None


def check(password: str) -> None:
    """Whether the password can be said in a line. Raises Refused."""
    from ipcchat.server.passwords import PASSWORD_BYTES_MAX
    from ipcchat.server.settings_kinds import has_control

    if not password:
        raise Refused("there was no password")
    if has_control(password):
        raise Refused("a password has no control characters: no client can send them")
    if len(password) < CHARACTERS_MIN:
        raise Refused(f"a password has at least {CHARACTERS_MIN} characters; this one is too easy to guess")
    if len(password.encode()) > PASSWORD_BYTES_MAX:
        raise too_long()


def too_long() -> Refused:
    """The refusal of a password that OPER could not say."""
    from ipcchat.server.passwords import PASSWORD_BYTES_MAX

    return Refused(f"a password has at most {PASSWORD_BYTES_MAX} bytes; a longer one does not fit into a line")


def complain(text: str, code: int) -> int:
    """Say on standard error what is wrong; returns `code`."""
    print(f"ipc-chat: {text}", file=sys.stderr)
    return code
