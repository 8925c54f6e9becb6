"""ircs:// among the doors: what it needs, what it says when that is not there, what is shown at the start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ipcchat.server.addresses import EXIT_CONFIGURATION, ListenError
from ipcchat.server.certificates import today
from ipcchat.server.doors import open_listeners, tls_of, trust_hints
from ipcchat.server.self_signed import make_certificate
from ipcchat.server.settings import Loaded, load
from tests.server.tls_files import Maker


def settings(folder: Path, *listen: str, text: str = "") -> Loaded:
    """The settings of a server whose data are in a folder."""
    file = folder / "chat.toml"
    file.write_text(f'{text}\n[storage]\nfolder = "data"\n')
    loaded = load(file, {"server.listen": list(listen)})
    assert isinstance(loaded, Loaded), loaded
    return loaded


def test_without_a_certificate_it_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(ListenError) as raised:
        open_listeners(settings(tmp_path, "irc://127.0.0.1:0", "ircs://127.0.0.1:0"))
    assert raised.value.exit_code == EXIT_CONFIGURATION
    advice = f"ipc-chat certificate --make 127.0.0.1 --data {tmp_path / 'data'}"
    assert str(raised.value).endswith(f"name one in [tls] of the configuration file, or make one here: {advice}")


def test_one_made_here_is_used_and_shown_with_what_makes_clients_trust_it(tmp_path: Path):
    make_certificate(tmp_path / "data", ("chat.lan",), today())
    listeners = open_listeners(settings(tmp_path, "ircs://127.0.0.1:0", "irc://127.0.0.1:0"))
    try:
        tls = tls_of(listeners)
        assert tls is not None
        (trust,) = trust_hints(listeners)
        place = f"ircs://chat.lan:{listeners[0].address.port}"
        assert trust.endswith(f"ipc-chat trust {place} {tls.certificate.fingerprint}")
    finally:
        for listener in listeners:
            listener.close()


def test_one_that_an_authority_signed_needs_no_trust_and_all_listeners_share_it(tmp_path: Path):
    Maker(tmp_path).issue("chat.example.org")
    text = '[tls]\ncertificate = "server.pem"\nkey = "server.key"'
    listeners = open_listeners(settings(tmp_path, "ircs://127.0.0.1:0", "ircs://127.0.0.2:0", text=text))
    try:
        assert listeners[0].tls is listeners[1].tls is tls_of(listeners)
        assert trust_hints(listeners) == []
    finally:
        for listener in listeners:
            listener.close()


def test_a_certificate_that_cannot_be_used_is_an_error_of_the_listener(tmp_path: Path):
    files = Maker(tmp_path).issue("chat.example.org")
    files.key.unlink()
    text = '[tls]\ncertificate = "server.pem"\nkey = "server.key"'
    with pytest.raises(ListenError, match=r"^ircs://127\.0\.0\.1:0: .*server\.key cannot be read: No such file"):
        open_listeners(settings(tmp_path, "ircs://127.0.0.1:0", text=text))


def test_a_server_without_tls_has_none_and_never_imports_openssl(tmp_path: Path):
    listeners = open_listeners(settings(tmp_path, "irc://127.0.0.1:0"))
    try:
        assert tls_of(listeners) is None
        assert trust_hints(listeners) == []
    finally:
        listeners[0].close()
    program = "import sys, ipcchat.server.app; print({'OpenSSL', 'cryptography', 'ssl'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert "OpenSSL" not in done.stdout and "cryptography" not in done.stdout, done.stdout + done.stderr
