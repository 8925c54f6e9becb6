"""STS is offered only while clients would get in by TLS (https://ircv3.net/specs/extensions/sts)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ipcchat.server.certificates import Certificate, read_certificate, today
from ipcchat.server.settings import Loaded, Mistake, load
from ipcchat.server.strict_transport import judged, sts_problem, without_tls
from tests.server.tls_files import Maker

NAME = "chat.example.org"


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


def configured(
    folder: Path, text: str = "port = 6697\nseconds = 2592000\n", listen: str = ""
) -> Loaded | list[Mistake]:
    """The settings of a server with this [sts]."""
    file = folder / "chat.toml"
    listen = listen or '"irc://127.0.0.1:6667", "ircs://127.0.0.1:6697"'
    file.write_text(f'[server]\nname = "{NAME}"\nlisten = [{listen}]\n[sts]\n{text}')
    return load(file, {})


def settings(folder: Path, text: str = "port = 6697\nseconds = 2592000\n", listen: str = "") -> Loaded:
    """The same, without a mistake."""
    loaded = configured(folder, text, listen)
    assert isinstance(loaded, Loaded), loaded
    return loaded


def trusted(maker: Maker, monkeypatch: pytest.MonkeyPatch, *names: str, days: int = 90) -> Certificate:
    """A certificate of an authority that this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(maker.authority))
    return read_certificate(maker.issue(*(names or (NAME,)), days=days))


def test_a_good_certificate_lets_it_be_offered(maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    loaded = settings(tmp_path)
    certificate = trusted(maker, monkeypatch)
    assert sts_problem(loaded, certificate, {6697}, today()) == ""
    assert judged(loaded, certificate, {6697}, today()) is loaded


@pytest.mark.parametrize(
    ("names", "days", "ports", "words"),
    [
        (("other.example",), 90, {6697}, r"is not for chat\.example\.org \(server\.name\), but for other\.example"),
        ((NAME,), 13, {6697}, "expires on"),
        ((NAME,), -3, {6697}, "expires on"),
        ((NAME,), 90, {7000}, "no ircs:// listener has the port 6697"),
    ],
)
def test_what_stands_against_it(
    maker: Maker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: tuple[str, ...],
    days: int,
    ports: set[int],
    words: str,
):  # T07
    import re

    loaded = settings(tmp_path)
    found = judged(loaded, trusted(maker, monkeypatch, *names, days=days), ports, today())
    assert (found.settings.sts_port, found.settings.sts_seconds) == (0, 0)
    assert re.search(words, found.remarks[-1]), found.remarks
    assert found.settings.server_name == NAME


def test_a_certificate_that_nobody_trusts_locks_people_out(maker: Maker, tmp_path: Path):  # T07
    certificate = read_certificate(maker.issue(NAME))
    assert "no authority that this machine trusts" in sts_problem(settings(tmp_path), certificate, {6697}, today())


def test_the_days_left_are_those_of_the_clock_that_is_given(
    maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    certificate = trusted(maker, monkeypatch)
    assert sts_problem(settings(tmp_path), certificate, {6697}, today() + timedelta(days=80))


def test_nobody_asked_for_it(tmp_path: Path):
    assert sts_problem(settings(tmp_path, ""), None, (), today()) == ""


def test_behind_a_proxy_nothing_is_judged(tmp_path: Path):
    loaded = settings(tmp_path, "port = 6697\nseconds = 60\nbehind_proxy = true\n", '"irc://127.0.0.1:6667"')
    assert without_tls(loaded).settings.sts_port == 6697


def test_a_listener_that_waits_for_a_restart_is_none(tmp_path: Path):
    assert without_tls(settings(tmp_path)).settings.sts_port == 0


@pytest.mark.parametrize(
    ("text", "listen"),
    [
        ("port = 6698\nseconds = 60\n", ""),
        ("port = 6667\nseconds = 60\n", ""),
        ("port = 6697\nseconds = 60\n", '"irc://127.0.0.1:6697"'),
    ],
    ids=["no listener", "not TLS", "no TLS at all"],
)
def test_a_port_without_tls_is_a_mistake(tmp_path: Path, text: str, listen: str):  # T07
    mistakes = configured(tmp_path, text, listen)
    assert isinstance(mistakes, list)
    assert [mistake.setting for mistake in mistakes] == ["sts.port"]
    assert "an ircs:// listener of server.listen, or sts.behind_proxy = true" in mistakes[0].text


def test_seconds_without_a_port_are_a_mistake(tmp_path: Path):  # T07
    mistakes = configured(tmp_path, "seconds = 60\n")
    assert isinstance(mistakes, list)
    assert [mistake.setting for mistake in mistakes] == ["sts.seconds"]


def test_zero_seconds_take_back_what_was_told(maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """duration=0 ends a policy, and is said by TLS only (sts, "The duration key")."""
    loaded = settings(tmp_path, "port = 6697\nseconds = 0\n")
    assert judged(loaded, trusted(maker, monkeypatch), {6697}, today()).settings.sts_port == 6697
