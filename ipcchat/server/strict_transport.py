"""Whether clients may be told to come back by TLS only (STS): the server looks at itself first.

A client that was told keeps to it for weeks. If TLS does not work for it, nobody can take that back: so a mistake here
locks people out, and what is wrong is said before anybody is told.

Specification: https://ircv3.net/specs/extensions/sts, "Server implementation considerations".
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from ipcchat.server.settings import Loaded

if TYPE_CHECKING:
    from ipcchat.server.certificates import Certificate

DAYS_MIN = 14
"""How long the certificate must be good for: whoever is told on its last day is locked out on the next."""


def without_tls(loaded: Loaded) -> Loaded:
    """The settings of a server that has no ircs:// listener."""
    return judged(loaded, None, (), datetime.now(UTC))


def judged(loaded: Loaded, certificate: Certificate | None, ports: Collection[int], now: datetime) -> Loaded:
    """The settings, without STS and with a remark when there is a problem."""
    problem = sts_problem(loaded, certificate, ports, now)
    if not problem:
        return loaded
    remark = f"clients are not told of strict transport security: {problem}"
    settings = msgspec.structs.replace(loaded.settings, sts_port=0, sts_seconds=0)
    return msgspec.structs.replace(loaded, settings=settings, remarks=(*loaded.remarks, remark))


def sts_problem(loaded: Loaded, certificate: Certificate | None, ports: Collection[int], now: datetime) -> str:
    """Why STS is not offered and what to do; "" when it can be, or when nobody asked for it. `ports` are those of the
    ircs:// listeners."""
    port, name = loaded.settings.sts_port, loaded.settings.server_name
    if not port or loaded.values["sts.behind_proxy"]:
        return ""
    if certificate is None or port not in ports:
        return f"no ircs:// listener has the port {port}; correct sts.port or server.listen, and start again"
    if not certificate.is_for(name):
        return f"the certificate is not for {name} (server.name), but for {', '.join(certificate.names) or 'no name'}"
    if certificate.days_left(now) < DAYS_MIN:
        return f"the certificate expires on {certificate.expires:%Y-%m-%d}; renew it"
    reason = _distrust(certificate)
    if reason:
        return (
            f"no authority that this machine trusts vouches for the certificate ({reason}); clients would not come in"
        )
    return ""


def _distrust(certificate: Certificate) -> str:
    """Why the trust store of this machine does not lead to the certificate; "" when it does."""
    from OpenSSL import SSL, crypto

    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_default_verify_paths()
    store = context.get_cert_store()
    leaf, *others = (crypto.X509.from_cryptography(each) for each in certificate.chain)
    if store is None:
        return "there is no trust store"
    try:
        crypto.X509StoreContext(store, leaf, others).verify_certificate()
    except crypto.X509StoreContextError as error:
        return str(error)
    return ""
