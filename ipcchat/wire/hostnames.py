"""Which host names a server may show for itself or for a user.

Rules:
1. Only the server side asks: a client takes what it is given, vhosts included.
2. A name has a dot, so that it is never mistaken for a nick.

Specification: RFC 1123 2.1, RFC 952; the dot by custom of IRC servers.
"""

from __future__ import annotations

import re

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOSTNAME = re.compile(rf"(?:{_LABEL}\.)+(?:{_LABEL})?")
HOSTNAME_BYTES_MAX = 253


def is_hostname(text: str) -> bool:
    """Whether this is letters, digits and inner hyphens in labels of 1 to 63, with a dot, at most 253 characters.

    Internationalised names are valid in their ASCII form (xn--) only.
    """
    return len(text) <= HOSTNAME_BYTES_MAX and _HOSTNAME.fullmatch(text) is not None
