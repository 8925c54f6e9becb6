"""The table of capabilities.

Rules:
1. Each test names the text it checks: IRCv3 capability negotiation and the specification of each row.
"""

from __future__ import annotations

import re

import pytest

from ipcchat.wire.capabilities import CAPABILITIES, SPECIFICATIONS_COMMIT

# What is specified in a pull request, by a vendor, or by ourselves.
UNRATIFIED = (
    *("draft/message-edit", "draft/authtoken", "draft/webpush", "soju.im/search", "soju.im/webpush"),
    *("ipc-chat/catch-up", "ipc-chat/resume"),
)


@pytest.mark.parametrize("row", CAPABILITIES.values(), ids=lambda row: row.name)
def test_a_row_says_where_it_is_specified(row):  # capability negotiation: names have no space, '-' or '=' at the edges
    assert re.fullmatch(r"(draft/|soju\.im/|ipc-chat/)?[a-z][a-z-]*[a-z](-[0-9])?", row.name)
    if row.commit:
        assert row.specification.startswith("https://ircv3.net/specs/extensions/")
        assert re.fullmatch(r"[0-9a-f]{40}", row.commit) and row.commit == SPECIFICATIONS_COMMIT
    else:
        assert row.name in UNRATIFIED
    assert all(needed in CAPABILITIES and needed != row.name for needed in row.requires)


def test_the_capabilities_of_this_version():
    assert set(CAPABILITIES) == {
        *("message-tags", "server-time", "echo-message", "labeled-response", "batch", "multi-prefix", "extended-join"),
        *("away-notify", "userhost-in-names", "invite-notify", "cap-notify", "setname", "standard-replies", "chghost"),
        *("account-notify", "account-tag", "extended-monitor", "no-implicit-names", "sasl", "sts"),
        *("draft/multiline", "draft/chathistory", "draft/event-playback", "draft/message-redaction"),
        *("draft/metadata-2", "draft/read-marker", "draft/channel-rename", "draft/pre-away"),
        "draft/account-registration",
        *("draft/extended-isupport", "draft/oper-tag", "draft/message-edit"),
        *("draft/authtoken", "draft/webpush", "soju.im/webpush"),
        *("soju.im/search", "ipc-chat/catch-up", "ipc-chat/resume"),
    }


def test_ratified_ones_come_first():
    ranks = [1 if name.startswith("draft/") else 2 if "/" in name else 0 for name in CAPABILITIES]
    assert ranks == sorted(ranks)


def test_what_means_nothing_without_its_value():  # sts "REQUIRED value"; multiline "max-bytes ... REQUIRED"
    assert {row.name for row in CAPABILITIES.values() if row.valued} == {"sts", "draft/multiline"}


def test_labeled_response_needs_batch_and_tags():  # labeled-response "Dependencies"
    assert CAPABILITIES["labeled-response"].requires == ("batch", "message-tags")


def test_message_ids_are_no_capability():  # message-ids: part of message-tags
    assert "msgid" not in CAPABILITIES
