"""`ipc-chat certificate`: show the server's certificate, or make one for a network without an authority.

Rules:
1. It is shown as clients show it, so that two people can compare it, with what makes a client trust it.
2. A certificate is never overwritten unless asked for: clients that know the old one refuse the new one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ipcchat.cli import exits

if TYPE_CHECKING:
    from ipcchat.server.certificates import Certificate, Files
    from ipcchat.server.settings import Loaded

SUMMARY = "show the server's TLS certificate, or make one"
DESCRIPTION = """\
Show the certificate of this server's ircs:// listeners: for whom it is, how
long, and its fingerprint. With --make a new one is written into the data folder
for the names and addresses under which clients know the server; no authority
signs it, so clients trust it by its fingerprint. A server that is started with
--listen ircs://... uses it."""
EPILOG = """\
examples:
  {prog} --make chat.lan 192.168.1.10
  {prog}
  {prog} --config ipc-chat.toml

exit codes:
  0 shown or made   1 there is none, or it cannot be used   2 wrong usage
  78 a mistake in the configuration"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of certificate."""
    parser.add_argument("--make", metavar="HOST", nargs="+", help="make one for these host names and addresses")
    parser.add_argument("--replace", action="store_true", help="with --make: in the place of the one that is there")
    never = argparse.SUPPRESS
    parser.add_argument("--config", metavar="FILE", type=Path, default=never, help="the server's configuration file")
    parser.add_argument("--data", metavar="DIR", type=Path, default=never, help="the server's data folder")


def run(options: argparse.Namespace) -> int:
    """Make or show, and return the exit code."""
    from ipcchat.cli.serve import config_file
    from ipcchat.server.addresses import EXIT_CONFIGURATION
    from ipcchat.server.settings import load

    if options.replace and not options.make:
        return complain("--replace goes with --make HOST", exits.USAGE)
    folder = getattr(options, "data", None)
    flags = {"storage.folder": str(folder.absolute()), "storage.memory": False} if folder else {}
    loaded = load(config_file(options), flags)
    if isinstance(loaded, list):
        print(*loaded, sep="\n", file=sys.stderr)
        return EXIT_CONFIGURATION
    from ipcchat.server.certificates import CertificateError, read_certificate

    try:
        files = make(options, loaded) if options.make else present(loaded)
        show(files, read_certificate(files), loaded)
    except CertificateError as error:
        return complain(str(error), exits.FAILED)
    return exits.OK


def make(options: argparse.Namespace, loaded: Loaded) -> Files:
    """Write a new certificate into the data folder. Raises CertificateError."""
    from ipcchat.server.certificates import CertificateError, today
    from ipcchat.server.self_signed import make_certificate

    if loaded.folder is None:
        raise CertificateError("the server keeps everything in memory and has no data folder; name one with --data")
    files = make_certificate(loaded.folder, tuple(options.make), today(), replace=options.replace)
    if loaded.values["tls.certificate"]:
        print("ipc-chat: the configuration names another certificate, which stays in use", file=sys.stderr)
    return files


def present(loaded: Loaded) -> Files:
    """The files of the certificate in use. Raises CertificateError."""
    from ipcchat.server.certificates import CertificateError, files_of

    files = files_of(loaded)
    if files is None:
        from ipcchat.server.entries import server_program

        raise CertificateError(f"there is no certificate; make one with: {server_program()} certificate --make HOST")
    return files


def show(files: Files, certificate: Certificate, loaded: Loaded) -> None:
    """Print what people want to know of a certificate, and on standard error what is to be done."""
    from ipcchat.server.addresses import DEFAULT_PORTS
    from ipcchat.server.certificates import expiry_warning, today
    from ipcchat.server.settings_kinds import tls_ports

    port = min(tls_ports(loaded.listen), default=0) or DEFAULT_PORTS["ircs"]
    name = next((name for name in certificate.names if "*" not in name), loaded.settings.server_name)
    host = f"[{name}]" if ":" in name else name
    print(f"file         {files.certificate}")
    print(f"for          {', '.join(certificate.names)}")
    print(f"until        {certificate.expires:%Y-%m-%d}")
    print(f"fingerprint  {certificate.fingerprint}")
    if files.made_here:
        from ipcchat.server.entries import client_program

        digits = bytes.fromhex(certificate.fingerprint.partition(":")[2].replace(":", ""))
        print("\nNo authority vouches for it; clients trust it by the fingerprint:")
        print(f"  {client_program()} trust ircs://{host}:{port} {certificate.fingerprint}")
        print(f"  irssi    -tls_pinned_cert {digits.hex(':').upper()}")
        print(f"  WeeChat  tls_fingerprint {digits.hex()}")
    warning = expiry_warning(certificate, today())
    if warning:
        complain(warning, exits.OK)


def complain(text: str, code: int) -> int:
    """Say on standard error what is wrong; returns `code`."""
    print(f"ipc-chat: {text}", file=sys.stderr)
    return code
