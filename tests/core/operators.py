"""A network whose configuration names operators: one who may do everything, and one who may only read."""

from __future__ import annotations

from ipcchat.core.settings import Operator, Settings

SETTINGS = Settings(
    network="TestNet",
    server_name="test.net",
    motd=(),
    operators={
        "op": Operator(password_hash="hash of tea"),
        "clerk": Operator(password_hash="hash of ink", privileges=("audit",)),
    },
)
