"""Capabilities as bits, so that a session's set is one integer and a rendering can be shared by all sessions with
equal bits."""

from __future__ import annotations

from ipcchat.wire.capabilities import CAPABILITIES

BITS: dict[str, int] = {name: 1 << place for place, name in enumerate(CAPABILITIES)}

MESSAGE_TAGS = BITS["message-tags"]
SERVER_TIME = BITS["server-time"]
ECHO_MESSAGE = BITS["echo-message"]
LABELED_RESPONSE = BITS["labeled-response"]
BATCH = BITS["batch"]
MULTI_PREFIX = BITS["multi-prefix"]
EXTENDED_JOIN = BITS["extended-join"]
AWAY_NOTIFY = BITS["away-notify"]
USERHOST_IN_NAMES = BITS["userhost-in-names"]
INVITE_NOTIFY = BITS["invite-notify"]
CAP_NOTIFY = BITS["cap-notify"]
SETNAME = BITS["setname"]
STANDARD_REPLIES = BITS["standard-replies"]
CHGHOST = BITS["chghost"]
CHATHISTORY = BITS["draft/chathistory"]

LABELS = LABELED_RESPONSE | BATCH
BROADCAST = MESSAGE_TAGS | SERVER_TIME | EXTENDED_JOIN | AWAY_NOTIFY | INVITE_NOTIFY | SETNAME | CHGHOST


def names(bits: int) -> list[str]:
    """The names of the capabilities in `bits`, in the order of the table."""
    return [name for name, bit in BITS.items() if bits & bit]
