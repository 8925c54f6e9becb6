"""Which nicks, channel names and user names are allowed, and what is wrong with those that are not.

Rules:
1. Two names are the same when their ASCII letters fold to the same: CASEMAPPING=ascii. Names that only look the same
   are a matter of skeletons.
2. A nick has ASCII letters, digits and ``[]\\`_^{|}-`` (RFC 2812 2.3.1), and letters, digits and marks of any script:
   PRECIS UsernameCasePreserved (RFC 8265 3.4), the bidi rule (RFC 5893 2) included. It begins with none of digit, dash
   and mark. Its letters are of scripts that go together, its digits of one kind (UTS 39 5.2, 5.3).
3. A channel name is # and what can be seen: PRECIS FreeformClass (RFC 8264 4.3) in Unicode normal form C, without
   spaces, blanks, commas and colons.
4. No letter carries more than four marks, nor one of them twice (UTS 39 5.4): what is written stays in its line.
5. A name is refused and never altered. Limits count bytes of UTF-8.
6. An ASCII name costs one pattern; nothing is imported for it.

What is allowed depends on the Unicode version of Python and of the libraries: ask before a fact is proposed, never when
one is applied.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from ipcchat.core.limits import Limits
from ipcchat.core.scripts import go_together, scripts_of
from ipcchat.core.skeletons import folded, skeleton

if TYPE_CHECKING:
    from precis_i18n.profile import Profile

# Nicks that people take for the server or its services. Names of people in charge are left to people.
RESERVED = frozenset(
    {"nickserv", "chanserv", "histserv", "hostserv", "memoserv", "operserv", "botserv", "server", "services"}
)
_IN_ALL_RESERVED = "serv"  # nothing else in ASCII looks like one of these letters
MARKS_MAX = 4

_NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]*")
_NICK_UNFIT = re.compile(r"[\x00-,./:-@~\x7f]")
_NICK_ADVICE = "use letters, digits and _ - [ ] \\ ` ^ { | }"
_CHANNEL = re.compile(r"#[!-+\--9;-~]+")
_CHANNEL_ADVICE = "use what can be seen, but no comma and no colon"
_DRAWN_AS_NOTHING = "\u2800\ufffc\U0001d159"
_WORDS = {" ": "a space", ",": "a comma", ":": "a colon"}
_USER_UNWANTED = re.compile(r"[^A-Za-z0-9._-]")


def is_nick(name: str, limits: Limits) -> bool:
    """Whether a user may have this nick."""
    return not nick_problem(name, limits)


def is_channel(name: str, limits: Limits) -> bool:
    """Whether a channel may have this name."""
    return not channel_problem(name, limits)


def nick_problem(name: str, limits: Limits) -> str:
    """Why nobody may have this nick, and what to do: a sentence for people, without its full stop. "" when it is fine.

    What cannot be seen in `name` is in the sentence as U+ and a number.
    """
    if _NICK.fullmatch(name) and len(name) <= limits.nick_bytes_max:
        return _reserved_problem(name) if _IN_ALL_RESERVED in name.lower() else ""
    problem = _length_problem("A nick", name, limits.nick_bytes_max)
    if problem:
        return problem
    plain = unicodedata.normalize("NFKC", name)
    if plain != name:
        return nick_problem(plain, limits) or _form_problem(name, plain)
    return _first_problem(_NICK_RULES, name)


def channel_problem(name: str, limits: Limits) -> str:
    """Why no channel may have this name, and what to do, like nick_problem."""
    if _CHANNEL.fullmatch(name) and len(name) <= limits.channel_bytes_max:
        return ""
    problem = _length_problem("A channel's name", name, limits.channel_bytes_max)
    if problem:
        return problem
    composed = unicodedata.normalize("NFC", name)
    if composed != name:
        return channel_problem(composed, limits) or _form_problem(name, composed)
    return _first_problem(_CHANNEL_RULES, name)


def username(given: str, limits: Limits) -> str:
    """The user part of nick!user@host: what the client said, reduced to safe characters and marked with ~ as
    unproven."""
    kept = _USER_UNWANTED.sub("", given)[: limits.user_characters_max - 1]
    return f"~{kept or 'user'}"


# The rules, each "" or the problem.


def _length_problem(what: str, name: str, most: int) -> str:
    length = len(name.encode("utf-8", "surrogatepass"))
    if length <= most:
        return ""
    hint = "" if name.isascii() else "; a letter outside ASCII has 2 to 4"
    return f"{what} has at most {most} bytes: this one has {length}{hint}"


def _form_problem(name: str, form: str) -> str:
    normal = "NFC" if unicodedata.normalize("NFC", name) == form else "NFKC"
    return f"Write it as {form} (Unicode normal form {normal})"


def _first_problem(rules: tuple[Callable[[str], str], ...], name: str) -> str:
    return next(filter(None, (rule(name) for rule in rules)), "")


def _nick_beginning(name: str) -> str:
    if not name:
        return "A nick has at least one character"
    if name[0] == "-" or name[0].isdecimal() or _is_mark(name[0]):
        return f"A nick cannot begin with {_shown(name[0])}: begin with a letter"
    return ""


def _nick_characters(name: str) -> str:
    unfit = _NICK_UNFIT.search(name)
    if unfit:
        return _unfit_character("A nick", unfit[0], _NICK_ADVICE)
    return "" if name.isascii() else _precis_problem("A nick", "UsernameCasePreserved", name, _NICK_ADVICE)


def _nick_digits(name: str) -> str:
    """UTS 39 5.3."""
    zeros = {ord(character) - unicodedata.decimal(character) for character in name if character.isdecimal()}
    return "A nick has digits of one kind: write them all as 0 to 9" if len(zeros) > 1 else ""


def _nick_scripts(name: str) -> str:
    """UTS 39 5.2."""
    scripts = scripts_of(name)
    if go_together(scripts):
        return ""
    return f"A nick is written in one script: this one mixes {' and '.join(scripts)}"


def _reserved_problem(name: str) -> str:
    if skeleton(name).replace("i", "l") in _RESERVED_LOOKS:
        return "This nick looks like that of the server or one of its services: choose another"
    return ""


def _channel_beginning(name: str) -> str:
    if not name.startswith("#"):
        return "A channel's name begins with #"
    if len(name) == 1:
        return "A channel's name has at least one character after the #"
    if _is_mark(name[1]):
        return f"A channel's name cannot begin with # and {_shown(name[1])}: begin with a letter"
    return ""


def _channel_characters(name: str) -> str:
    unfit = next((character for character in name if character in ",:" or _is_blank(character)), "")
    if unfit:
        return _unfit_character("A channel's name", unfit, _CHANNEL_ADVICE)
    return _precis_problem("A channel's name", "FreeFormClass", name, _CHANNEL_ADVICE)


def _marks(name: str) -> str:
    """UTS 39 5.4."""
    for are_marks, run in groupby(unicodedata.normalize("NFD", name), _is_nonspacing):
        marks = list(run)
        if are_marks and (len(marks) > MARKS_MAX or len(set(marks)) < len(marks)):
            return f"A letter carries at most {MARKS_MAX} marks, and each once: leave some out"
    return ""


def _precis_problem(what: str, profile: str, name: str, advice: str) -> str:
    """What PRECIS refuses. Names come here normalised, so that it changes none."""
    try:
        _profile(profile).enforce(name)
    except UnicodeEncodeError as refused:
        if refused.reason.endswith("bidi_rule"):
            return (
                "A nick written from right to left begins with such a letter, ends with one or with a digit, and has "
                "none that are written from left to right"
            )
        return _unfit_character(what, name[refused.start], advice)
    return ""


@cache
def _profile(name: str) -> Profile:
    from precis_i18n import get_profile

    return get_profile(name)


def _unfit_character(what: str, character: str, advice: str) -> str:
    return f"{what} cannot contain {_shown(character)}: {advice}"


def _shown(character: str) -> str:
    """A character as it can stand in a sentence."""
    code = f"U+{ord(character):04X}"
    if character in _WORDS:
        return _WORDS[character]
    if unicodedata.category(character)[0] not in "LNPS" or _is_blank(character) or not folded(character):
        return code
    return character if character.isascii() else f"{character} ({code})"


def _is_blank(character: str) -> bool:
    return unicodedata.category(character).startswith("Z") or character in _DRAWN_AS_NOTHING


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _is_nonspacing(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Me")


_NICK_RULES = (_nick_beginning, _nick_digits, _nick_characters, _marks, _nick_scripts, _reserved_problem)
_CHANNEL_RULES = (_channel_beginning, _channel_characters, _marks)
_RESERVED_LOOKS = frozenset(skeleton(name).replace("i", "l") for name in RESERVED)
