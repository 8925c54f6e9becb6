"""Certificates in files, as a server's administrator has them, and clients that know who signed them."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from ipcchat.server.certificates import Files


class Maker:
    """An authority that signs certificates into a folder. Its own certificate is in `authority`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = folder / "authority.pem"
        self._ca = trustme.CA(key_type=trustme.KeyType.ECDSA)
        self._ca.cert_pem.write_to_path(self.authority)

    def issue(self, *names: str, days: int = 90, file: str = "server") -> Files:
        """A certificate for these names that is good for so many days (less than 0: it expired so long ago), in two
        files that are replaced when they are there."""
        end = datetime.now(UTC) + timedelta(days=days, minutes=5)
        made = self._ca.issue_cert(
            *(names or ("localhost", "127.0.0.1")),
            not_before=min(datetime.now(UTC), end) - timedelta(days=400),
            not_after=end,
            key_type=trustme.KeyType.ECDSA,
        )
        files = Files(self.folder / f"{file}.pem", self.folder / f"{file}.key")
        replace(files.certificate, b"".join(pem.bytes() for pem in made.cert_chain_pems))
        replace(files.key, made.private_key_pem.bytes())
        return files

    def client(self, name: str) -> Path:
        """A client's certificate with its key, in one file."""
        file = self.folder / f"{name}.client.pem"
        self._ca.issue_cert(f"{name}@example.test").private_key_and_cert_chain_pem.write_to_path(file)
        return file

    def trusting(self, *, protocols: tuple[str, ...] = (), certificate: Path | None = None) -> ssl.SSLContext:
        """A client's side of TLS that trusts this authority."""
        context = ssl.create_default_context(cafile=str(self.authority))
        if protocols:
            context.set_alpn_protocols(protocols)
        if certificate is not None:
            context.load_cert_chain(certificate)
        return context


def replace(path: Path, content: bytes) -> None:
    """Put a file that only its owner can read into the place of another, as renewing programs do."""
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(content)
    unfinished.chmod(0o600)
    unfinished.replace(path)
