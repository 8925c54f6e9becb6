"""The rows that conversations have to cover: what a client can say to the server and hear from it.

A row's name is what stands in `@pytest.mark.covers(...)`:

    TOPIC                            a command of the registry
    RPL_TOPIC                        a numeric that core sends
    draft/chathistory                a capability that the server offers, given what it needs
    ISUPPORT MODES                   a token of 005
    mode +m, user mode +i            a mode of channels and their members, of users
    extban m                         an extended mask
    FAIL CHATHISTORY INVALID_TARGET  a standard reply (FAIL, WARN or NOTE) with its code; * for a command that varies

Rows come from the tables of the code; numerics and standard replies are those that its source sends
(docs/answers.py).
"""

from __future__ import annotations

from functools import cache

from docs import answers
from ipcchat.core import caps, extbans, handlers, modes, support
from ipcchat.core.registry import COMMANDS
from ipcchat.core.settings import Settings

# A server that has whatever a capability or token waits for.
EVERYTHING = Settings(
    mechanisms=("PLAIN",),
    sts_port=6697,
    sts_seconds=86_400,
    tags_denied=("*",),
    network_icon="https://chat.example/icon.svg",
    account_required=True,
    files_url="https://chat.example/files",
    push_key="BKey",
)


@cache
def rows() -> dict[str, str]:
    """Every row with the kind of thing it is."""
    handlers.load()
    kinds = {
        "command": list(COMMANDS),
        "numeric": sorted(answers.sent_numerics()),
        "capability": list(caps.offered(EVERYTHING)),
        "ISUPPORT token": [f"ISUPPORT {token}" for token in support.supported(EVERYTHING)],
        "channel mode": [f"mode +{letter}" for letter in modes.CHANNEL_MODES],
        "user mode": [f"user mode +{letter}" for letter in modes.USER_MODES],
        "extban": [f"extban {letter}" for letter in extbans.EXTBANS],
        "standard reply": sorted(answers.sent_standard_replies()),
    }
    return {row: kind for kind, names in kinds.items() for row in names}
