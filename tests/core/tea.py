"""Two people in #tea and what they say of each other's messages: what tests of redactions, pins and the like share."""

from __future__ import annotations

from tests.core.deeds import is_logged_in
from tests.core.net import ALL_CAPS, Net, Talker

CAPS = f"{ALL_CAPS} draft/message-redaction"
ANN, BOB = ":ann!~ann@127.0.0.1", ":bob!~bob@127.0.0.1"
CS = ":ChanServ!ChanServ@test.net"
PINNED = ":test.net NOTICE #tea :ann pinned a message; PINS #tea shows them"


def last(net: Net) -> str:
    """The msgid of what was journaled last."""
    return net.engine.tagger.msgid(len(net.journal.entries))


def says(talker: Talker, line: str) -> str:
    """Say something; its msgid."""
    talker.says(line)
    return last(talker.node.net)


def heard(talker: Talker) -> list[str]:
    """What somebody heard since the last time, without tags."""
    lines = talker.bare
    talker.forget()
    return lines


def history(talker: Talker, target: str = "#tea") -> list[str]:
    """What history gives somebody, without the batch."""
    found = [line for line in talker.asks(f"CHATHISTORY LATEST {target} * 50") if " BATCH " not in line]
    talker.forget()
    return found


def pinned(net: Net) -> list[int]:
    """The places of what is pinned in #tea."""
    return list(net.engine.state.channels["#tea"].pins)


def joined(net: Net, nick: str) -> Talker:
    """Somebody in #tea who is logged in to the account of that name."""
    talker = net.join(nick, "#tea")
    is_logged_in(net, talker, nick)
    return talker


def chanserv(talker: Talker, command: str) -> list[str]:
    """What ChanServ answers with NOTICEs."""
    notice = f"{CS} NOTICE {talker.session.nick} :"
    return [line.removeprefix(notice) for line in talker.asks(f"CS {command}") if line.startswith(notice)]
