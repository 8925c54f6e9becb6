"""T01: what the scanners that people point at servers say of the TLS door: nothing at LOW or above.

Findings that are not the server's, each with its reason:
* `cert_chain_of_trust`: the certificate of the tests is signed by an authority that nobody knows.
* `cert_revocation`: that authority has neither CRL nor OCSP.
* `DNS_CAArecord`: the name of the tests is localhost, which has no records.

Both programs are Debian packages (sslscan, testssl.sh); without them the tests are skipped and say so.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.server_process import ServerProcess
from tests.hostile.siege import ends_well
from tests.server.tls_files import Maker

FULL = bool(os.environ.get("HOSTILE_FULL"))
SECONDS_MAX = 240 if FULL else 60
NOT_THE_SERVERS = {"cert_chain_of_trust", "cert_revocation", "DNS_CAArecord"}
HARMLESS = {"OK", "INFO", "DEBUG", "WARN"}
"""WARN is what testssl could not find out (that there is no web server to ask, for instance)."""

CHECKS = ("--protocols", "--std", "--server-defaults")
CHECKS_FULL = (*CHECKS, "--fs", "--server-preference", "--vulnerable", "--client-simulation")
"""Its start alone takes seconds, so that everything does not fit into a minute: HOSTILE_FULL=1 has all."""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a server's TLS door."""
    Maker(tmp_path).issue("localhost")
    file = tmp_path / "server.toml"
    file.write_text(
        '[tls]\ncertificate = "server.pem"\nkey = "server.key"\n[limits]\nattempts_per_address_max = 10000\n'
    )
    words = ("--config", str(file), "--listen", "ircs://127.0.0.1:0")
    with ServerProcess(tmp_path, *words, memory=True) as server:
        found = re.search(r"ircs://127\.0\.0\.1:(\d+)", (tmp_path / "server.out").read_text())
        assert found is not None
        yield int(found[1])
        ends_well(server)


def scanner(name: str) -> str:
    """Where a scanner is; skips the test where it is not."""
    return shutil.which(name) or pytest.skip(f"{name} is not installed: apt-get install {name.removesuffix('.sh')}")


@pytest.mark.timeout(SECONDS_MAX + 30)
def test_T01_testssl_finds_nothing(port: int, tmp_path: Path):
    findings = tmp_path / "findings.json"
    words = [shutil.which("testssl") or scanner("testssl.sh"), "--quiet", "--color", "0", "--warnings", "off"]
    words += [
        "--connect-timeout",
        "5",
        "--openssl-timeout",
        "5",
        "--jsonfile",
        str(findings),
        *(CHECKS_FULL if FULL else CHECKS),
    ]
    subprocess.run([*words, f"localhost:{port}"], capture_output=True, timeout=SECONDS_MAX)
    found = json.loads(findings.read_text())
    assert {each["id"] for each in found} >= {"TLS1", "TLS1_2", "TLS1_3", "cipherlist_NULL", "cert_notAfter"}
    bad = [each for each in found if each["severity"] not in HARMLESS and each["id"] not in NOT_THE_SERVERS]
    assert not bad, "\n".join(f"{each['severity']} {each['id']}: {each['finding']}" for each in bad)


def test_T01_sslscan_finds_what_is_meant_to_be_there(port: int):
    done = subprocess.run(
        [scanner("sslscan"), "--xml=-", f"localhost:{port}"], capture_output=True, text=True, timeout=SECONDS_MAX
    )
    tree = ElementTree.fromstring(done.stdout)
    protocols = {
        f"{each.get('type')}{each.get('version')}" for each in tree.iter("protocol") if each.get("enabled") == "1"
    }
    assert protocols == {"tls1.2", "tls1.3"}
    ciphers = {str(each.get("cipher")) for each in tree.iter("cipher")}
    assert ciphers
    assert all(re.search("GCM|CHACHA20", cipher) and re.match("ECDHE|TLS_", cipher) for cipher in ciphers), ciphers
    groups = {str(each.get("name")) for each in tree.iter("group")}
    assert groups <= {"x25519", "secp256r1 (NIST P-256)"}, groups
    assert {each.get("supported") for each in tree.iter("renegotiation")} <= {"0"}
    assert {each.get("supported") for each in tree.iter("compression")} <= {"0"}
    assert {each.get("vulnerable") for each in tree.iter("heartbleed")} == {"0"}
