"""Links in texts: where they begin and end, and where they lead.

Rules:
1. Only the schemes of SCHEMES are links.
2. A full stop, comma or the like at the end belongs to the sentence, and so does a bracket that was not opened in the
   link.
3. A host that is not ASCII is shown in its true form too ("xn--..."), for two letters may look the same.
4. What a terminal or a browser is given is ASCII without spaces or controls, at most LINK_MAX characters.

Specifications: RFC 3986, RFC 3987, RFC 3492 by way of IDNA.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, urlsplit

SCHEMES = ("http://", "https://", "irc://", "ircs://", "mailto:")
# Characters of a host in DNS (RFC 1035, 2.3.4).
HOST_MAX = 253
HOSTS_KEPT = 1_000
# What is longer is a link as far as that.
LINK_MAX = 2_000
LINK = rf"(?<!\w)(?:https?://|ircs?://|mailto:)[^\s<>\"`\u2400-\u2421\ufffd]{{1,{LINK_MAX}}}"
_LINK = re.compile(LINK, re.IGNORECASE)
_CLOSING = {")": "(", "]": "[", "}": "{"}
_SENTENCE_ENDS = ".,;:!?'\u2026\u00bb\u201d\u2019*_"
_KEPT = "!#$%&'()*+,-./:;=?@[]_~"


def sane_end(link: str) -> str:
    """A link without what belongs to the sentence around it; "" when nothing but the scheme is left."""
    while link and (link[-1] in _SENTENCE_ENDS or _is_unopened(link)):
        link = link[:-1]
    return "" if link.lower() in SCHEMES or ":" not in link else link


def _is_unopened(link: str) -> bool:
    opening = _CLOSING.get(link[-1])
    return opening is not None and link.count(opening) < link.count(link[-1])


def target(link: str) -> str:
    """Where a link leads, as ASCII; "" when it leads nowhere."""
    if not link.isascii() and true_host(link) is None:
        return ""
    return quote(link, safe=_KEPT)


@lru_cache(HOSTS_KEPT)
def true_host(link: str) -> str | None:
    """A link's host as DNS writes it; None when that cannot be."""
    try:
        host = urlsplit(link).hostname or ""
        if host.isascii():
            return host
        return host.encode("idna").decode("ascii") if len(host) <= HOST_MAX else None
    except ValueError:
        return None


def links_in(text: str) -> list[str]:
    """Where the links of a text lead, in their order."""
    return [leads_to for match in _LINK.finditer(text) if (leads_to := target(sane_end(match[0])))]


def with_true_hosts(text: str) -> str:
    """A text with the true form behind each link whose host is not ASCII."""
    if text.isascii() or ":" not in text:
        return text
    return _LINK.sub(_with_true_host, text)


def _with_true_host(match: re.Match[str]) -> str:
    link = sane_end(match[0])
    host = urlsplit(link).hostname if link and true_host(link) else None
    if host is None or host.isascii():
        return match[0]
    return f"{link} ({true_host(link)}){match[0][len(link) :]}"
