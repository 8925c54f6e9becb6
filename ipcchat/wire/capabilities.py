"""The table of IRCv3 capabilities that server and client of this project speak.

Rules:
1. A row names the specification and the commit of its text that was implemented: a moving draft stays checkable. What
   is specified elsewhere has no commit; ours stands in docs/.
2. A draft is spoken under its draft/ name only.
3. `requires` is what a capability's full effect needs. A client asks for all of it; a server refuses no REQ for it.
4. Ratified ones come first, then drafts by how many clients know them, then those of vendors: an old client gets one
   line, and loses its end.
5. One that is `valued` says nothing without its value: clients that get no values (CAP before 302) do not see it.

Message ids (the msgid tag) belong to message-tags and have no capability of their own.

Specification: IRCv3 capability negotiation (https://ircv3.net/specs/extensions/capability-negotiation).
"""

from __future__ import annotations

import msgspec

SPECIFICATIONS_REPOSITORY = "https://github.com/ircv3/ircv3-specifications"
SPECIFICATIONS_COMMIT = "22a8e8bb1e9809ce3ac75683642385ba79395bf2"
_EXTENSIONS = "https://ircv3.net/specs/extensions/"


class Capability(msgspec.Struct, frozen=True):
    """One capability: its name in CAP, the link to its specification, the commit of that text, what it needs, and
    whether it means nothing without its value."""

    name: str
    specification: str
    commit: str = SPECIFICATIONS_COMMIT
    requires: tuple[str, ...] = ()
    valued: bool = False


_ROWS = (
    Capability("message-tags", _EXTENSIONS + "message-tags"),
    Capability("server-time", _EXTENSIONS + "server-time"),
    Capability("echo-message", _EXTENSIONS + "echo-message"),
    Capability("batch", _EXTENSIONS + "batch"),
    Capability("labeled-response", _EXTENSIONS + "labeled-response", requires=("batch", "message-tags")),
    Capability("multi-prefix", _EXTENSIONS + "multi-prefix"),
    Capability("extended-join", _EXTENSIONS + "extended-join"),
    Capability("away-notify", _EXTENSIONS + "away-notify"),
    Capability("userhost-in-names", _EXTENSIONS + "userhost-in-names"),
    Capability("invite-notify", _EXTENSIONS + "invite-notify"),
    Capability("cap-notify", _EXTENSIONS + "capability-negotiation"),
    Capability("setname", _EXTENSIONS + "setname"),
    Capability("standard-replies", _EXTENSIONS + "standard-replies"),
    Capability("chghost", _EXTENSIONS + "chghost"),
    Capability("account-notify", _EXTENSIONS + "account-notify"),
    Capability("account-tag", _EXTENSIONS + "account-tag", requires=("message-tags",)),
    Capability("extended-monitor", _EXTENSIONS + "extended-monitor"),
    Capability("no-implicit-names", _EXTENSIONS + "no-implicit-names"),
    Capability("sasl", _EXTENSIONS + "sasl-3.2"),
    Capability("sts", _EXTENSIONS + "sts", valued=True),
    Capability(
        "draft/multiline",
        _EXTENSIONS + "multiline",
        requires=("batch", "message-tags", "standard-replies"),
        valued=True,
    ),
    Capability("draft/chathistory", _EXTENSIONS + "chathistory", requires=("batch", "server-time", "message-tags")),
    Capability("draft/event-playback", _EXTENSIONS + "chathistory", requires=("draft/chathistory",)),
    Capability(
        "draft/message-redaction",
        _EXTENSIONS + "message-redaction",
        requires=("echo-message", "message-tags", "standard-replies"),
    ),
    Capability(
        "draft/message-edit",
        "messages.md",
        commit="",
        requires=("echo-message", "message-tags", "standard-replies"),
    ),
    Capability("draft/metadata-2", _EXTENSIONS + "metadata", requires=("batch", "standard-replies")),
    Capability("draft/read-marker", _EXTENSIONS + "read-marker", requires=("standard-replies",)),
    Capability("draft/channel-rename", _EXTENSIONS + "channel-rename", requires=("standard-replies",)),
    Capability("draft/pre-away", _EXTENSIONS + "pre-away"),
    Capability("draft/extended-isupport", _EXTENSIONS + "extended-isupport", requires=("batch",)),
    Capability("draft/account-registration", _EXTENSIONS + "account-registration", requires=("standard-replies",)),
    Capability(
        "draft/authtoken",
        "https://github.com/ircv3/ircv3-specifications/pull/602",
        commit="",
        requires=("batch", "standard-replies"),
    ),
    Capability("draft/oper-tag", _EXTENSIONS + "oper-tag", requires=("message-tags",)),
    Capability(
        "draft/webpush",
        "https://github.com/ircv3/ircv3-specifications/pull/471",
        commit="",
        requires=("standard-replies",),
    ),
    Capability(
        "soju.im/search",
        "https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md",
        commit="",
        requires=("batch", "server-time", "message-tags", "standard-replies"),
    ),
    Capability(
        "soju.im/webpush",
        "https://codeberg.org/emersion/soju/src/branch/master/doc/ext/webpush.md",
        commit="",
        requires=("standard-replies",),
    ),
    Capability(
        "ipc-chat/catch-up",
        "catch-up.md",
        commit="",
        requires=("batch", "server-time", "message-tags", "standard-replies", "draft/chathistory"),
    ),
    Capability("ipc-chat/resume", "resume.md", commit="", requires=("standard-replies",)),
)

CAPABILITIES: dict[str, Capability] = {row.name: row for row in _ROWS}
