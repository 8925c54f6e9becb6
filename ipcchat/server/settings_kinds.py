"""What the value of a setting may be: a number in a range, a text for one line, a list of masks, and so on.

Rules:
1. Nothing is converted silently: "6697" is no number and 1 is no switch.
2. `Unfit` says what is expected and what was found; of a secret it never says what was found.
3. Every text can stand in an IRC line: no CR, LF, NUL, and no control character but formatting where it is of use.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from ipcchat.server.addresses import ListenError, parse_listen_url
from ipcchat.server.passwords import is_hash
from ipcchat.wire.hostnames import is_hostname

SHOWN_CHARACTERS_MAX = 48
SHOWN_NUMBER_MAX = 10**18
GROUPED_FROM = 10_000
HOST_NAME_BYTES_MAX = 63
"""What clients expect at most (RFC 2812 2.3.1)."""

_FORMATTING = "\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f\t"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CREDENTIALS = re.compile(r"//[^/]*@")
_TAG = re.compile(r"-?(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9-]+")


class Unfit(Exception):
    """A value that cannot be; the text says what is expected."""


class Hint(ValueError):
    """What is expected instead of this very text."""


class Kind(Protocol):
    """What a value may be."""

    @property
    def expected(self) -> str:
        """What is expected, as it follows the word "expected"."""

    def read(self, value: object) -> object:
        """The value as the server uses it. Raises Unfit."""


def unfit(expected: str, value: object) -> Unfit:
    """The exception for a value that is no secret."""
    return Unfit(f"expected {expected}, got {shown(value)}")


def shown(value: object) -> str:
    """A value of a TOML file as it may be shown in one line."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value) if abs(value) < SHOWN_NUMBER_MAX else "a very large number"
        case float():
            return str(value)
        case str():
            text = _CREDENTIALS.sub("//...@", value)
            return repr(text) if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[:SHOWN_CHARACTERS_MAX]!r}..."
        case _:
            return type_name(value)


def type_name(value: object) -> str:
    """What kind of TOML value this is."""
    names: dict[type, str] = {bool: "a switch", int: "a number", float: "a number", str: "a text"}
    names |= {list: "a list", tuple: "a list", dict: "a section"}
    return names.get(type(value), "a date or time")


def number_text(number: float) -> str:
    """A number as TOML can have it, with _ where that helps to read it."""
    return f"{number:_}" if abs(number) >= GROUPED_FROM else str(number)


class Number(msgspec.Struct, frozen=True):
    """A whole number in a range."""

    least: int
    most: int

    @property
    def expected(self) -> str:
        """The range."""
        return f"a number from {number_text(self.least)} to {number_text(self.most)}"

    def read(self, value: object) -> int:
        """The number. Raises Unfit."""
        if isinstance(value, float):
            raise unfit(f"{self.expected} without a fraction", value)
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            raise unfit(self.expected, value)
        return value


class Fraction(msgspec.Struct, frozen=True):
    """A number in a range that need not be whole."""

    least: float
    most: float

    @property
    def expected(self) -> str:
        """The range."""
        return f"a number from {number_text(self.least)} to {number_text(self.most)}"

    def read(self, value: object) -> float:
        """The number. Raises Unfit, also for nan."""
        if not isinstance(value, int | float) or isinstance(value, bool) or not self.least <= value <= self.most:
            raise unfit(self.expected, value)
        return float(value)


class Switch(msgspec.Struct, frozen=True):
    """On or off."""

    expected: str = "true or false"

    def read(self, value: object) -> bool:
        """The switch. Raises Unfit."""
        if not isinstance(value, bool):
            raise unfit(self.expected, value)
        return value


class Choice(msgspec.Struct, frozen=True):
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def expected(self) -> str:
        """The words."""
        return "one of " + ", ".join(f'"{word}"' for word in self.words)

    def read(self, value: object) -> str:
        """The word. Raises Unfit."""
        if not isinstance(value, str) or value not in self.words:
            raise unfit(self.expected, value)
        return value


class Pattern(msgspec.Struct, frozen=True):
    """A text of a certain form; `expected` describes it."""

    expected: str
    pattern: str

    def read(self, value: object) -> str:
        """The text. Raises Unfit."""
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise unfit(self.expected, value)
        return value


class Checked(msgspec.Struct, frozen=True):
    """A text for which `read_text` answers: it gives the value, or raises ValueError; a Hint knows better than
    `expected`."""

    expected: str
    read_text: Callable[[str], str]

    def read(self, value: object) -> str:
        """The value. Raises Unfit."""
        if not isinstance(value, str):
            raise unfit(self.expected, value)
        try:
            return self.read_text(value)
        except Hint as hint:
            raise unfit(str(hint), value) from None
        except ValueError:
            raise unfit(self.expected, value) from None


class Text(msgspec.Struct, frozen=True):
    """A text for one line; `formatted` lets the control characters of formatting pass, and tabs."""

    bytes_max: int
    formatted: bool = False

    @property
    def expected(self) -> str:
        """The limit."""
        return f"a text in one line, at most {self.bytes_max} bytes"

    def read(self, value: object) -> str:
        """The text. Raises Unfit."""
        if not isinstance(value, str):
            raise unfit(self.expected, value)
        if has_control(value, _FORMATTING if self.formatted else ""):
            raise unfit(f"{self.expected}, without control characters", value)
        if len(value.encode()) > self.bytes_max:
            raise unfit(self.expected, value)
        return value


class Lines(msgspec.Struct, frozen=True):
    """A text of several lines, written as one TOML text (usually between three quotes)."""

    lines_max: int
    bytes_max: int

    @property
    def expected(self) -> str:
        """The limits."""
        return f"a text of at most {self.lines_max} lines, each at most {self.bytes_max} bytes"

    def read(self, value: object) -> tuple[str, ...]:
        """The lines, without empty ones at the end. Raises Unfit, which shows the line that does not fit."""
        if not isinstance(value, str):
            raise unfit(self.expected, value)
        text = value.rstrip()
        lines = text.replace("\r\n", "\n").split("\n") if text else []
        if len(lines) > self.lines_max:
            raise Unfit(f"expected {self.expected}, got {len(lines)} lines")
        line = Text(self.bytes_max, formatted=True)
        return tuple(line.read(each.rstrip()) for each in lines)


class Items(msgspec.Struct, frozen=True):
    """A list; `identity` of an item says what no two may have in common ("": nothing), None that all may be equal."""

    item: Kind
    count_max: int
    count_min: int = 0
    identity: Callable[[str], str] | None = str

    @property
    def expected(self) -> str:
        """How many of what."""
        count = f"{self.count_min} to {self.count_max}" if self.count_min else f"at most {self.count_max}"
        return f"a list of {count}: {self.item.expected}"

    def read(self, value: object) -> tuple[str, ...]:
        """The items. Raises Unfit for the first that does not fit, and for one that stands there twice."""
        if not isinstance(value, list | tuple):
            raise unfit(f"{self.expected}, in [ ]", value)
        if not self.count_min <= len(value) <= self.count_max:
            raise Unfit(f"expected {self.expected}; got {len(value)}")
        items = tuple(str(self.item.read(each)) for each in value)
        if self.identity is not None:
            seen: set[str] = set()
            for each in items:
                identity = self.identity(each)
                if identity and identity in seen:
                    raise Unfit(f"{shown(each)} stands there twice; take one away")
                seen.add(identity)
        return items


class Numbers(msgspec.Struct, frozen=True):
    """A list of whole numbers in a range, each once."""

    least: int
    most: int
    count_max: int

    @property
    def expected(self) -> str:
        """How many of what."""
        return f"a list of at most {self.count_max}: {Number(self.least, self.most).expected}"

    def read(self, value: object) -> tuple[int, ...]:
        """The numbers. Raises Unfit for the first that does not fit, and for one that stands there twice."""
        if not isinstance(value, list | tuple):
            raise unfit(f"{self.expected}, in [ ]", value)
        if len(value) > self.count_max:
            raise Unfit(f"expected {self.expected}; got {len(value)}")
        numbers = tuple(Number(self.least, self.most).read(each) for each in value)
        if len(set(numbers)) < len(numbers):
            raise Unfit("a number stands there twice; take one away")
        return numbers


class Secret(msgspec.Struct, frozen=True):
    """A shared password; never shown. A `word` has no space and no colon in front, and is never empty."""

    bytes_max: int
    word: bool = False

    @property
    def expected(self) -> str:
        """The limit."""
        form = "1 to {} bytes without spaces and without a colon in front" if self.word else "at most {} bytes"
        return f"a text in one line, {form.format(self.bytes_max)}"

    def read(self, value: object) -> str:
        """The password. Raises Unfit, which does not show it."""
        if not isinstance(value, str):
            raise Unfit(f"expected {self.expected}, got {type_name(value)}")
        too_long = len(value.encode(errors="surrogatepass")) > self.bytes_max
        if too_long or has_control(value) or (self.word and not re.fullmatch(r"[^\s:]\S*", value)):
            raise Unfit(f"expected {self.expected}; what stands there is not shown")
        return value


class PasswordHash(msgspec.Struct, frozen=True):
    """An argon2id hash, or nothing; never shown, because it may be a password that was put into the wrong place."""

    expected: str = "a hash that `ipc-chat password` prints ($argon2id$...)"

    def read(self, value: object) -> str:
        """The hash. Raises Unfit, which does not show it."""
        if not isinstance(value, str):
            raise Unfit(f"expected {self.expected}, got {type_name(value)}")
        if value and not is_hash(value):
            raise Unfit(f"expected {self.expected}; what stands there is not shown")
        return value


def has_control(text: str, allowed: str = "") -> bool:
    """Whether a text has control characters, line ends or lone surrogates other than the allowed ones."""
    return any(found not in allowed for found in _CONTROL.findall(text))


def host_name(text: str) -> str:
    """A server's name. Raises ValueError."""
    if len(text) > HOST_NAME_BYTES_MAX or not is_hostname(text):
        raise ValueError
    return text


def network_address(text: str) -> str:
    """A network as ipaddress writes it; an address is a network of one. Raises ValueError."""
    network = ipaddress.ip_network(text, strict=False)
    if ipaddress.ip_interface(text).ip != network.network_address:
        raise Hint(f'the network "{network}", or an address without /{network.prefixlen}')
    return str(network)


def listen_url(text: str) -> str:
    """Where to listen. Raises ValueError."""
    if not text.isascii() or not text.isprintable() or "@" in text:
        raise ValueError
    try:
        parse_listen_url(text)
    except ListenError:
        raise ValueError from None
    return text


def admin_url(text: str) -> str:
    """Where the admin listener is: http with a port. Raises ValueError."""
    listen_url(text)
    if urlsplit(text).scheme != "http" or urlsplit(text).port is None:
        raise ValueError
    return text


def listen_place(url: str) -> str:
    """What two listeners cannot share: the address and the port, unless any free port will do."""
    address = parse_listen_url(url)
    return address.url if address.port or address.path else ""


def web_origin(text: str) -> str:
    """Where a web page came from, as browsers write it. Raises ValueError."""
    parts = urlsplit(text)
    bare = f"{parts.scheme}://{parts.netloc}".lower()
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or bare != text.lower():
        raise ValueError
    return bare


def tls_ports(urls: tuple[str, ...]) -> set[int]:
    """The ports of the ircs:// listeners among these."""
    addresses = map(parse_listen_url, urls)
    return {address.port for address in addresses if address.scheme == "ircs"}


def web_url(text: str) -> str:
    """An https or http URL that fits into a line, or "". Raises ValueError."""
    if text:
        parts = urlsplit(text)
        web = parts.scheme in ("https", "http") and parts.hostname
        if not web or not text.isascii() or not text.isprintable() or " " in text or len(text) > 200:
            raise ValueError
    return text


def push_contact(text: str) -> str:
    """Where somebody is reached, as a push service takes it (RFC 8292 2.1)."""
    if text and not re.fullmatch(r"(?:mailto:[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,190}|https://[!-~]{1,250})", text):
        raise ValueError("it begins with mailto: or https://")
    return text


def folder(text: str) -> str:
    """A folder, with ~ for the home folder. Raises ValueError."""
    if not text or "\0" in text:
        raise ValueError
    try:
        return str(Path(text).expanduser())
    except RuntimeError:
        raise Hint("a folder; there is no such user") from None


def optional_file(text: str) -> str:
    """A file, with ~ for the home folder, or "". Raises ValueError."""
    return folder(text) if text else ""


def denied_tag(text: str) -> str:
    """An item of CLIENTTAGDENY: a client tag without its +, * for all, or -tag for an exception. Raises ValueError."""
    if text != "*" and not _TAG.fullmatch(text):
        raise ValueError
    return text


def fingerprint(text: str) -> str:
    """A SHA-256 fingerprint in small hexadecimal digits, with or without colons. Raises ValueError."""
    digits = text.replace(":", "").lower()
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise ValueError
    return digits
