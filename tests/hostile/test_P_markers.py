"""What somebody has read is nobody else's business (P13): neither told to others nor to be asked for or set by them."""

from __future__ import annotations

import pytest

from tests.core.deeds import is_logged_in
from tests.core.net import ALL_CAPS, Net

CAPS = f"{ALL_CAPS} draft/read-marker draft/event-playback ipc-chat/catch-up draft/metadata-2"
MINE, HIS = "timestamp=2023-11-14T22:13:01.000Z", "timestamp=2023-11-14T22:13:02.000Z"


@pytest.mark.parametrize("accounts", [("", ""), ("ann", "eve"), ("ann", ""), ("", "eve")])
def test_P13_read_markers_are_ones_own(accounts):  # IRCv3 read-marker, "Security Considerations"; CVE-2023-42453
    net = Net()
    ann, eve = net.join("ann", "#tea", CAPS), net.join("eve", "#tea", CAPS)
    for talker, account in zip((ann, eve), accounts, strict=True):
        if account:
            is_logged_in(net, talker, account)
    eve.says("MONITOR + ann", "METADATA * SUB read marker")
    net.forget()
    ann.says(f"MARKREAD #tea {MINE}", f"MARKREAD eve {MINE}")
    assert eve.lines == []
    assert eve.asks("MARKREAD #tea", "MARKREAD ann") == [":test.net MARKREAD #tea *", ":test.net MARKREAD ann *"]
    eve.says(f"MARKREAD #tea {HIS}", f"MARKREAD ann {HIS}", "CATCHUP *")
    assert not [line for line in eve.lines if MINE in line]
    assert ann.asks("MARKREAD #tea", "MARKREAD eve") == [
        f":test.net MARKREAD #tea {MINE}",
        f":test.net MARKREAD eve {MINE}",
    ]


def test_P13_nothing_that_others_hear_depends_on_what_somebody_reads():
    heard = []
    for line in (f"MARKREAD #tea {MINE}", "PING nothing"):
        net = Net()
        ann, eve = net.join("ann", "#tea", CAPS), net.join("eve", "#tea")
        ann.says(line, line.replace("#tea", "eve"), "PRIVMSG #tea :hello", "PART #tea", "JOIN #tea")
        eve.says("WHO #tea", "WHOIS ann ann", "NAMES #tea", "METADATA ann LIST", "MARKREAD #tea")
        heard.append(eve.lines)
    assert heard[0] == heard[1] and len(heard[0]) > 10
