"""`ipc-chat certificate`: what it prints, where it writes, what it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ipcchat.cli.main import main

FINGERPRINT = re.compile(r"SHA256(?::[0-9a-f]{4}){16}")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """The exit code and what was printed."""
    code = main(["certificate", *words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_it_makes_one_and_shows_how_clients_trust_it(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    code, out, err = run(capsys, "--make", "chat.lan", "192.168.1.10", "--data", str(tmp_path / "data"))
    assert (code, err) == (0, "")
    found = FINGERPRINT.search(out)
    assert found is not None
    assert f"ipc-chat trust ircs://chat.lan:6697 {found[0]}" in out
    digits = found[0].removeprefix("SHA256:").replace(":", "")
    pairs = ":".join(re.findall("..", digits.upper()))
    assert f"-tls_pinned_cert {pairs}\n" in out and f"tls_fingerprint {digits}\n" in out
    assert "for          chat.lan, 192.168.1.10\n" in out
    assert run(capsys, "--data", str(tmp_path / "data")) == (0, out, "")


def test_it_replaces_one_only_when_told_to(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    words = ("--make", "chat.lan", "--data", str(tmp_path))
    _, first, _ = run(capsys, *words)
    code, out, err = run(capsys, *words)
    assert (code, out) == (1, "")
    assert "--replace makes a new one" in err
    code, second, _ = run(capsys, *words, "--replace")
    assert code == 0
    assert second != first


def test_without_one_it_says_what_to_do(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    code, out, err = run(capsys, "--data", str(tmp_path))
    assert (code, out) == (1, "")
    assert err == "ipc-chat: there is no certificate; make one with: ipc-chat certificate --make HOST\n"


def test_the_port_is_that_of_the_listener(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    file = tmp_path / "chat.toml"
    file.write_text('[server]\nlisten = ["ircs://[::1]:7000"]\n[storage]\nfolder = "data"\n')
    _, out, _ = run(capsys, "--make", "::1", "--config", str(file))
    assert "ipc-chat trust ircs://[::1]:7000 SHA256:" in out
    assert (tmp_path / "data" / "key.pem").exists()


def test_a_certificate_of_the_configuration_is_shown_without_advice_to_trust_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    run(capsys, "--make", "chat.lan", "--data", str(tmp_path / "data"))
    file = tmp_path / "chat.toml"
    file.write_text('[tls]\ncertificate = "data/certificate.pem"\nkey = "data/key.pem"\n')
    code, out, _ = run(capsys, "--config", str(file))
    assert code == 0
    assert FINGERPRINT.search(out)
    assert "trust" not in out
    _, _, err = run(capsys, "--make", "chat.lan", "--config", str(file), "--data", str(tmp_path / "other"))
    assert "the configuration names another certificate, which stays in use" in err


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--replace"], 2, "--replace goes with --make HOST"),
        (["--make", "chat lan"], 1, "'chat lan' is no host name and no address"),
        (["--config", "/nonexistent"], 78, "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str], code: int, text: str
):
    found, out, err = run(capsys, *words, "--data", str(tmp_path))
    assert (found, out) == (code, "")
    assert text in err


def test_in_memory_there_is_no_place_for_one(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "chat.toml").write_text("[storage]\nmemory = true\n")
    code, _, err = run(capsys, "--make", "chat.lan", "--config", str(tmp_path / "chat.toml"))
    assert code == 1
    assert "has no data folder; name one with --data" in err
