"""`ipc-chat trust`: know a server's certificate from now on, or no longer.

Rules:
1. A certificate is shown by its fingerprint and taken only from a person who said so, or whose command names it.
2. What is shown is what counts: the fingerprint that was confirmed is kept, whatever the server shows later.
"""

from __future__ import annotations

import argparse

from ipcchat.cli.parsing import server_of

SUMMARY = "know a server's certificate from now on"
DESCRIPTION = """\
Know a server's TLS certificate from now on, although no authority that this
machine knows has signed it. Without FINGERPRINT the certificate that the server
shows is fetched, and you are asked: compare its fingerprint with the one that
the server shows when it starts. Any other certificate is refused from then on."""
EPILOG = """\
examples:
  {prog} ircs://chat.example
  {prog} ircs://chat.example SHA256:1f2e:3d4c:...
  {prog} --forget ircs://chat.example

What is known stands in ~/.local/share/ipc-chat/known-servers.

exit codes:
  0 done   1 not confirmed, or nothing was known   2 wrong usage
  69 no server there   130 interrupted"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of trust."""
    parser.add_argument("address", metavar="URL", nargs="?", help="ircs://HOST:PORT (default: $IPCCHAT_SERVER)")
    parser.add_argument("fingerprint", metavar="FINGERPRINT", nargs="?", help="SHA256:... as the operator told you")
    parser.add_argument("--forget", action="store_true", help="know no certificate of this server any longer")


def run(options: argparse.Namespace) -> int:
    """Know or forget, and return the exit code."""
    from ipcchat.cli.client_run import run_client
    from ipcchat.cli.trusting import trust

    options.address, options.password = options.address or server_of(options), ""
    return run_client(trust, options)
