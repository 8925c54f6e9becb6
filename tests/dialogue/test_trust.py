"""What a person is told about a certificate that nobody vouches for, and what a yes does."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcchat.client.errors import Untrusted
from ipcchat.client.known_servers import KnownServers
from ipcchat.dialogue.trust import COMPARE, explained, know, question

FINGERPRINT = "SHA256:" + ":".join(["1f2e"] * 15 + ["0000"])
STRANGER = Untrusted("the certificate of h:1 is not signed", "h:1", FINGERPRINT, stranger=True)
CHANGED = Untrusted("h:1 shows another certificate", "h:1", FINGERPRINT, known="SHA256:old")
EXPIRED = Untrusted("the certificate of h:1 has expired", "h:1", FINGERPRINT)
COMMAND = f"client.py trust ircs://h:1 {FINGERPRINT}"


def test_the_question_has_all_that_is_needed_to_decide() -> None:
    text = question(STRANGER)
    assert str(STRANGER) in text and COMPARE in text
    assert FINGERPRINT.removeprefix("SHA256:") in ":".join(text.split("\n")).replace("::", ":")
    assert max(map(len, text.split("\n"))) <= 65


def test_a_question_is_harmless() -> None:
    assert "\x1b" not in question(Untrusted("x\x1b[31m", "h:1", FINGERPRINT, stranger=True))


def test_a_yes_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    fingerprint = "SHA256:" + ":".join(["1f2e"] * 16)
    know(Untrusted("x", "h:1", fingerprint, stranger=True))
    assert KnownServers().pin("h:1") == fingerprint


def test_who_is_not_asked_is_told_what_to_type() -> None:
    assert COMMAND in explained(STRANGER, "client.py") and FINGERPRINT in explained(STRANGER, "client.py")
    assert COMMAND in explained(CHANGED, "client.py") and "another certificate" in explained(CHANGED, "client.py")
    assert explained(EXPIRED, "client.py") == str(EXPIRED)
    assert explained(STRANGER, "client.py", was_asked=True).startswith("not connected. If whoever runs the server")
