"""What the server tells about itself and its channels: the welcome and ISUPPORT (Modern IRC "RPL_ISUPPORT
Parameters")."""

from __future__ import annotations

from ipcchat.core import describe
from ipcchat.core.context import Context
from ipcchat.core.effects import Send
from ipcchat.core.limits import Limits
from ipcchat.wire.isupport import merge_isupport
from ipcchat.wire.message import parse
from ipcchat.wire.modes import mode_classes
from ipcchat.wire.numerics import RPL_ISON


def told(net) -> dict[str, str]:
    """The tokens that somebody who connects is told."""
    ann = net.dial()
    ann.says("NICK ann", "USER ann 0 * :Ann")
    tokens: dict[str, str] = {}
    rows = [parse(line) for line in ann.lines if " 005 " in line]
    assert all(row.params[-1] == "are supported by this server" and len(row.params) <= 15 for row in rows)
    for row in rows:
        merge_isupport(tokens, row.params[1:-1])
    return tokens


def test_the_tokens_are_those_of_the_table(net):
    assert told(net) == describe.supported("TestNet", Limits())


def test_the_tokens(net):
    assert told(net) == {
        "NETWORK": "TestNet",
        "CASEMAPPING": "ascii",
        "CHANTYPES": "#",
        "CHANMODES": "b,k,l,imnst",
        "PREFIX": "(ov)@+",
        "CHANLIMIT": "#:100",
        "CHANNELLEN": "64",
        "NICKLEN": "32",
        "USERLEN": "20",
        "NAMELEN": "150",
        "TOPICLEN": "390",
        "AWAYLEN": "390",
        "KICKLEN": "390",
        "KEYLEN": "32",
        "MAXLIST": "b:100",
        "MODES": "6",
        "MAXTARGETS": "4",
        "TARGMAX": "JOIN:10,PART:10,NAMES:10,KICK:10,WHOIS:1,LIST:10,PRIVMSG:4,NOTICE:4,TAGMSG:4",
        "CHATHISTORY": "100",
        "MSGREFTYPES": "msgid,timestamp",
        "SAFELIST": "",
        "UTF8ONLY": "",
    }


def test_the_modes_advertised_are_the_modes_understood():
    tokens = describe.supported("TestNet", Limits())
    assert mode_classes(tokens["CHANMODES"], tokens["PREFIX"]) == describe.CHANNEL_CLASSES


def test_secret_channels_are_marked_for_their_members(net):  # Modern IRC, RPL_NAMREPLY
    ann = net.join("ann", "#tea")
    ann.says("MODE #tea +s")
    assert ann.says("NAMES #tea")[0] == ":test.net 353 ann @ #tea :@ann"


def test_words_in_one_line(net):
    ann = net.connect("ann")
    ctx = Context(net.engine, ann.session, "ISON", {})
    describe.words_in_a_line(ctx, RPL_ISON, ["x" * 300, "y" * 300])
    describe.words_in_a_line(ctx, RPL_ISON, [])
    assert [effect.line for effect in net.engine._take() if isinstance(effect, Send)] == [
        b":test.net 303 ann :" + b"x" * 300 + b"\r\n",
        b":test.net 303 ann :\r\n",
    ]


def test_nobody_is_not_away(net):
    ctx = Context(net.engine, net.connect("ann").session, "PRIVMSG", {})
    describe.away_if_so(ctx, None)
    assert net.engine._take() == []
