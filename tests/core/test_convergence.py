"""The design's proof: several engines fed by one journal are one chat.

Two and three engines read the same journal, each at its own pace, while sessions on all of them say random things
and the journal holds facts back, takes them in batches and interleaves the nodes' proposals unkindly. After every step:
1. nodes that have applied the same entries have the identical state (one digest for each sequence);
2. each nick has one owner, and the indexes of the state agree with each other;
3. every session's responses come in the order of its commands, one for each (every command carries a label);
4. what anybody hears of a channel is in journal order.
At the end, when all is delivered, every node has the same state, and a node that starts from a snapshot and the rest
of the journal has too.
"""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipcchat.backend.base import Boot
from ipcchat.core import facts
from ipcchat.core.channel_access import confirmation
from ipcchat.core.deliveries import Progress
from ipcchat.core.effects import Moment
from ipcchat.core.engine import Engine
from ipcchat.core.files import Files
from ipcchat.core.hooks import HookPost
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.settings import Operator, Settings
from ipcchat.core.state import Channel, State
from ipcchat.wire.casemap import fold
from ipcchat.wire.message import parse
from tests.core.deeds import comes, happened, has_account, is_logged_in
from tests.core.net import ALL_CAPS, Net, Node, Talker
from tests.core.uploads import uploads
from tests.core.webpush import KEYS

NICKS = ["ann", "Ann", "p0", "p1"]
CAPS = f"{ALL_CAPS} draft/message-redaction draft/message-edit"
ROOMS = ["#tea", "#Tea", "#ops"]
SETTINGS = Settings(
    network="TestNet",
    server_name="test.net",
    motd=(),
    operators={"op": Operator(password_hash="hash of tea")},
    web_url="https://chat.example",
    push_key="BKey",
)

_nick = st.sampled_from(NICKS)
_room = st.sampled_from(ROOMS)
_mode = st.sampled_from(
    ["+o", "-o", "+v", "+b", "-b", "+i", "-i", "+k", "-k", "+l", "-l", "+m", "+s", "-n", "+t", "-nt"]
)
_poem = "BATCH +1 draft/multiline {0}\n@batch=1 PRIVMSG {0} :one\n@batch=1 PRIVMSG {0} :two\nBATCH -1"
_post = st.builds(
    str.format,
    st.sampled_from(["PRIVMSG {} :hello"] * 5 + ["PRIVMSG @{} :ops", "PRIVMSG {} :\x02loud", "TAGMSG {}", _poem]),
    st.one_of(_room, _room, _room, _nick),
)
_change = st.one_of(
    st.builds("NICK {}".format, _nick),
    st.builds("JOIN {}".format, _room),
    st.builds("JOIN {},{} key".format, _room, _room),
    st.builds("PART {} :bye".format, _room),
    st.builds("TOPIC {} :about {}".format, _room, _nick),
    st.builds("TOPIC {}".format, _room),
    st.builds("KICK {} {} :out".format, _room, _nick),
    st.builds("KICK {},{} {},{}".format, _room, _room, _nick, _nick),
    st.builds("PART {},{}".format, _room, _room),
    st.builds("CYCLE {}".format, _room),
    st.builds("RENAME {} {} :better".format, _room, _room),
    st.builds("UNINVITE {} {}".format, _nick, _room),
    st.builds("KNOCK {} :please".format, _room),
    st.just("JOIN 0"),
    st.builds("INVITE {} {}".format, _nick, _room),
    st.builds("MODE {} {} {}".format, _room, _mode, _nick),
    st.builds("MODE {} +l {}".format, _room, st.integers(1, 2)),
    st.builds("MODE {} +i".format, _nick),
    st.builds("MODE {} {}".format, _nick, st.sampled_from(["+g", "-g", "+R", "+T"])),
    st.builds("MODE {} {}".format, _room, st.sampled_from(["+U", "-U", "+S", "+c", "+C", "+M"])),
    st.builds("MODE {} {}".format, _room, st.sampled_from(["+D", "-D", "+u", "-u", "+Du-t", "+P", "+R", "+Q", "+p"])),
    st.builds("MODE {} {} {}".format, _room, st.sampled_from(["+q", "-q", "+a", "+h", "-h", "+eI", "-e", "b"]), _nick),
    st.builds("MODE {} {}{}".format, _room, st.sampled_from(["+b ~m:", "+b ~c:#", "-b ~n:", "+f #"]), _nick),
    st.builds("MODE {} +f {}".format, _room, _room),
    st.builds("MODE {} {}".format, _nick, st.sampled_from(["+x", "-x", "+ix", "+s co", "-s"])),
    st.builds("ACCEPT {},-{}".format, _nick, _nick),
    st.builds("SILENCE {}{}".format, st.sampled_from("+-"), _nick),
    st.builds("AWAY :{}".format, _nick),
    st.sampled_from(["NICK p0_", "NICK pO", "NICK änn", "AWAY *", "CAP REQ :-multi-prefix setname"]),
    st.sampled_from(["CAP REQ :-away-notify -setname", "CAP REQ :away-notify multi-prefix"]),
    st.builds("SETNAME :{} again".format, _nick),
    st.sampled_from(["OPER op tea", "OPER op milk"]),
    st.builds("MODE {} -o+w".format, _nick),
    st.builds("WALLOPS :from {}".format, _nick),
    st.builds("KILL {} :out".format, _nick),
    st.builds(
        "UBAN {} {} FORCE 1h x".format, st.sampled_from(["ADD", "DEL"]), st.sampled_from(["p1!*@*", "192.0.2.7"])
    ),
    st.builds("SPAMFILTER {} *hello*".format, st.sampled_from(["ADD block", "ADD warn", "ADD kill", "DEL"])),
    st.builds("SAJOIN {} {}".format, _nick, _room),
    st.builds("SAPART {} {}".format, _nick, _room),
    st.builds("SANICK {} {}".format, _nick, _nick),
    st.builds("SAMODE {} {} {}".format, _room, _mode, _nick),
    st.builds("DEFCON {}".format, st.integers(1, 5)),
    st.builds("REGISTER {} * {}".format, st.sampled_from(["*", "p0", "tea"]), st.sampled_from(["correct-horse", "x"])),
    st.builds("VERIFY {} code".format, _nick),
)
_rank = st.sampled_from(["ADD tess o", "ADD tess q", "ADD olaf a", "ADD olaf v", "DEL tess", "DEL olaf", "LIST"])
_grant = st.sampled_from(["OP", "DEOP", "VOICE", "DEVOICE", "OWNER", "DEOWNER", "UNBAN", "STATUS"])
_drops = [
    f"CS DROP {name} {confirmation(Channel(name, 0, registered=Net().now.wall))}" for name in dict.fromkeys(ROOMS)
]
_registered = st.one_of(
    st.builds("CS REGISTER {}".format, _room),
    st.builds("CS REGISTER {}".format, _room),
    st.builds("CS ACCESS {} {}".format, _room, _rank),
    st.builds("CS {} {} {}".format, _grant, _room, _nick),
    st.builds("CS TRANSFER {} {}".format, _room, st.sampled_from(["tess", "olaf"])),
    st.builds("CS TRANSFER {} {}".format, st.sampled_from(["ACCEPT", "CANCEL"]), _room),
    st.builds("CS CLEAR {} {}".format, _room, st.sampled_from(["USERS", "BANS"])),
    st.builds("CS {} {}".format, st.sampled_from(["UP", "DOWN", "INFO", "INVITE"]), _room),
    st.builds("CS HOOK {} {}".format, _room, st.sampled_from(["ADD a", "ADD b POST https://ci.example ALL", "DEL a"])),
    st.sampled_from([*_drops, "NS LOGOUT"]),
)
_account = st.one_of(
    st.sampled_from(["NS REGISTER correct-horse", "NS LOGOUT", "NS GROUP", "NS UNGROUP", "NS CLOSE OTHERS", "NS INFO"]),
    st.builds("NS {} {}".format, st.sampled_from(["GHOST", "REGAIN", "UNGROUP", "STATUS"]), _nick),
    st.builds("NS IDENTIFY {} correct horse".format, st.sampled_from(["tess", "olaf"])),
    st.builds("NS SET ALWAYSON {}".format, st.sampled_from(["on", "off", "default"])),
    st.builds("NS {} {}".format, st.sampled_from(["SUSPEND", "UNSUSPEND", "RESETPASS"]), st.just("tess correct-horse")),
    st.builds("NS CERT {} {}".format, st.sampled_from(["ADD", "DEL"]), st.just("ab" * 32)),
    st.sampled_from(["NS PASSWD correct horse better-horse", "QUIT :bye", "NICK tess", "NICK olaf", "AWAY :later"]),
)
_query = st.one_of(
    st.builds("PRIVMSG {},{} :both".format, _room, _nick),
    st.builds("NOTICE {} :psst".format, _nick),
    st.builds("NAMES {}".format, _room),
    st.builds("WHO {}".format, _room),
    st.builds("WHOIS {}".format, _nick),
    st.builds("CHATHISTORY LATEST {} * 10".format, st.one_of(_room, _nick)),
    st.builds(
        "CHATHISTORY TARGETS timestamp=20{}-01-01T00:00:00.000Z timestamp=2024-01-01T00:00:00.000Z 9".format,
        st.integers(10, 40),
    ),
    st.builds("MARKREAD {} timestamp=20{}-01-01T00:00:00.000Z".format, st.one_of(_room, _nick), st.integers(10, 40)),
    st.builds("CURSOR SET {} journal-{:x}".format, st.sampled_from("ab"), st.integers(1, 40)),
    st.builds("CATCHUP {} {}".format, st.sampled_from(["*", "NOW", "journal-9"]), st.integers(1, 40)),
    st.builds("WEBPUSH REGISTER https://p.example/{} {}".format, st.sampled_from("abc"), st.just(KEYS)),
    st.builds("WEBPUSH UNREGISTER https://p.example/{}".format, st.sampled_from("abc")),
    st.sampled_from(["CURSOR SET a * #tea REWIND", "CURSOR DROP b", "CURSOR LIST", "MARKREAD #tea"]),
    st.sampled_from(["LIST", "LUSERS", "STATS *", "TRACE", "HELP JOIN", "REHASH"]),
    st.builds("MONITOR {} {},joe".format, st.sampled_from("+-CLS"), _nick),
    st.builds("{} {}".format, st.sampled_from(["WHOWAS", "USERHOST", "ISON", "WHO #tea %nat,1", "WHO"]), _nick),
    st.sampled_from(["ACCEPT", "SILENCE", "NS HELP", "PRIVMSG NickServ :IDENTIFY x", "NONSENSE"]),
    st.sampled_from(["WHO * o%nf", "WHO *n*", "LIST #t*,>0", "LIST !#t* C<9", "NAMES"]),
    st.just("PING token"),
    st.sampled_from(["CAP LS 302", "CAP LIST", "CAP END", "CAP REQ none", "ISUPPORT", "AUTHENTICATE PLAIN", "NICK 1"]),
)
_msgid = st.builds("<{}>".format, st.integers(0, 4))  # Of one of the latest posts; <own 0> is one's own, see Play.
_file = st.sampled_from(["{0}", "{1}", "{2}"])  # One of the latest uploads, see Play.
_value = st.sampled_from(["history joined", "history all", "edits off", "redactions operators", "redactions default"])
_older = st.one_of(
    st.builds("REDACT {} {} :why".format, st.one_of(_room, _room, _nick), _msgid),
    st.builds(
        "@+draft/edit={} PRIVMSG {} :better".format, st.just("<own 0>") | _msgid, st.just("#tea") | _room | _nick
    ),
    st.builds("@+reply={};{}=x TAGMSG {}".format, _msgid, st.sampled_from(["+draft/react", "+draft/unreact"]), _room),
    st.builds("{} {} {}".format, st.sampled_from(["PIN", "PIN", "UNPIN"]), _room, _msgid),
    st.builds("PINS {}".format, _room),
    st.builds("PRIVMSG {}{} :/files/{}".format, st.sampled_from(["", "", "@"]), _room | _nick, _file),
    st.builds("@+draft/edit=<own 0> PRIVMSG #tea :/files/{}".format, _file),
    st.builds("NS FILES DEL {}".format, _file),
    st.builds("ERASE {} x".format, st.sampled_from(["tess", "~p2"])),
    st.builds("CS SET {} {}".format, st.just("#ops") | _room, _value),
)
_kind = st.sampled_from(["says"] * 12 + ["order"] * 4 + ["step"] * 6 + ["leave"] + ["hook"] * 2 + ["upload"] * 2)
_command = st.sampled_from([_post, _change, _query, _registered, _account, _older]).flatmap(lambda family: family)
_steps = st.lists(st.tuples(_kind, st.integers(0, 11), _command), min_size=40, max_size=120)


class Play:
    """Four people on the nodes of one network, two of them with a second connection, and what was expected of their
    responses."""

    def __init__(self, nodes: int) -> None:
        self.net = Net(nodes, settings=SETTINGS)
        self.net.digesting = True
        self.talkers = [self.net.dial(number % nodes) for number in range(4)]
        self.asked: dict[Talker, list[str]] = {talker: [] for talker in self.talkers}
        self.uploaded: list[str] = []
        for number, talker in enumerate(self.talkers):
            wanted = f"{CAPS} draft/channel-rename" if number % 2 else f"{CAPS} draft/multiline"
            wanted += " ipc-chat/catch-up draft/read-marker draft/event-playback draft/webpush"
            talker.says(f"CAP REQ :{wanted}", f"NICK p{number}", "USER u 0 * :Person", "CAP END", "JOIN #tea")
            talker.forget()
        limits = NetworkLimits(rename_seconds=0, knock_seconds=0)
        happened(self.net, facts.LimitsChanged, self.talkers[0], limits=limits)
        for number, account in enumerate(("tess", "olaf")):
            has_account(self.net, account)
            is_logged_in(self.net, self.talkers[number], account)
            known = (
                CAPS.replace(" draft/chathistory", "") if number else CAPS
            )  # The other is told of the past by itself.
            self.talkers.append(comes(self.net, f"p{number}", account, known, (number + 1) % nodes))
            self.asked[self.talkers[-1]] = []
        self.talkers[0].says("JOIN #ops", "CS REGISTER #ops", "CS ACCESS #ops ADD olaf a", "CS TRANSFER #ops olaf")
        self.talkers[0].says("CS HOOK #ops ADD z", "CS HOOK #ops ADD y POST https://ci.example")
        self.net.forget()
        self.net.journal.holding = True

    def do(self, action: str, number: int, command: str) -> None:
        """One step of the play: somebody says something or leaves, the journal orders a few facts, or a node applies
        a few."""
        talker, node = self.talkers[number % len(self.talkers)], self.net.nodes[number % len(self.net.nodes)]
        if action == "says":
            self._say(talker, command)
        elif action == "upload":
            self._upload(talker, f"content {number % 3}")
        elif action == "leave":
            talker.hangs_up()
        elif action == "hook":
            self._use_hook(node, command)
        elif action == "order":
            self._order(node, 1 + number // 4)
        else:
            for _ in range(1 + number // 3):
                node.step()
            self.net.answer()

    def _say(self, talker: Talker, command: str) -> None:
        if talker.session.closed:
            return
        label = str(len(self.asked[talker]))
        self.asked[talker].append(label)
        author = talker.session.uid if "<own " in command else ""
        command = re.sub("<(?:own )?([0-9])>", lambda found: self._msgid(int(found[1]), author), command)
        command = re.sub("{([0-9])}", lambda found: self._file(int(found[1])), command)
        tags = f"@label={label};{command[1:]}" if command[0] == "@" else f"@label={label} {command}"
        talker.says(*tags.split("\n"))

    def _use_hook(self, node: Node, text: str) -> None:
        """One of the hooks that a node knows says something, or what was said went out by it."""
        engine, now = node.engine, self.net.now
        for digest in list(engine.state.hooks)[:1]:
            node.perform(engine.relay(digest, HookPost(text, key=text), now)[1])
            node.perform(engine.delivered(Progress(digest, engine.state.seq, off=len(text) > 20), now))

    def _upload(self, talker: Talker, content: str) -> None:
        if talker.session.user is not None:
            self.uploaded.append(uploads(talker, content))

    def _file(self, number: int) -> str:
        """The id of one of the latest uploads."""
        return self.uploaded[-1 - number % len(self.uploaded)] if self.uploaded else "x" * 22

    def _msgid(self, number: int, author: str) -> str:
        """The msgid of one of the latest posts, of all people or of one; that of nothing when there is none."""
        posted = [entry for entry in self.net.journal.entries if isinstance(entry.fact, facts.Posted)]
        posts = [entry.seq for entry in posted if not entry.fact.parent and author in ("", entry.fact.by)]
        return self.net.engine.tagger.msgid(posts[-1 - number % len(posts)] if posts else 1)

    def _order(self, node: Node, most: int) -> None:
        """Take this node's oldest proposals before the others'."""
        queue = self.net.journal.queue
        own = [item for item in queue if item[0] is node][:most]
        for item in own:
            queue.remove(item)
        queue.extendleft(reversed(own))
        self.net.journal.order(len(own))

    def check(self) -> None:
        """What must hold after every step."""
        digests: dict[int, str] = {}
        for node in self.net.nodes:
            for seq, digest in node.digests.items():
                assert digests.setdefault(seq, digest) == digest, f"states differ after entry {seq}"
            check_indexes(node.engine.state)
        for talker in self.talkers:
            check_transcript(talker, self.asked[talker])

    def finish(self) -> None:
        """Everything is delivered; nodes, responses and a restored node agree."""
        self.net.journal.holding = False
        self.net.settle()
        self.check()
        final = {node.engine.state.digest() for node in self.net.nodes}
        assert len(final) == 1
        for talker in self.talkers:
            if not talker.session.closed:
                assert responses(talker) == self.asked[talker]
        for cut in (0, len(self.net.journal.entries) // 2):
            assert restored(self.net, cut).state.digest() in final


def check_indexes(state: State) -> None:
    """Nicks have one owner; members and memberships, users and nicks tell the same."""
    assert sorted(fold(user.nick) for user in state.users.values()) == sorted(fold(nick) for nick in state.nicks)
    for channel in state.channels.values():
        for uid in channel.members:
            assert fold(channel.name) in state.users[uid].channels
        assert state.rooms[channel.history] is channel
        assert all(state.hooks[hook.digest] is channel for hook in channel.hooks.values())
    assert len(state.hooks) == sum(len(channel.hooks) for channel in state.channels.values())
    check_files(state)
    assert not state.renamed.keys() & {fold(name) for name in state.channels}
    for user in state.users.values():
        assert state.nicks[user.nick] is user
        assert len(user.since) == len(user.channels)
        for name in user.channels:
            assert user.uid in state.channels[name].members


def check_files(state: State) -> None:
    """What is counted of files is what there is."""
    files, counted = Files(state.files), state.files
    assert not counted.gone
    owners = {file.owner for file in files} | {""}
    assert (files.bytes, [files.used(each) for each in owners]) == (
        counted.bytes,
        [counted.used(each) for each in owners],
    )


def responses(talker: Talker) -> list[str]:
    """The labels of what was heard, in order."""
    return [message.tags["label"] for message in map(parse, talker.lines) if "label" in message.tags]


def check_transcript(talker: Talker, asked: list[str]) -> None:
    """Responses in the order of the commands, and broadcasts in the order of the journal."""
    heard = responses(talker)
    assert heard == asked[: len(heard)], f"responses out of order: {heard}"
    messages = [parse(line) for line in talker.lines]
    msgids = [message.tags["msgid"] for message in messages if "msgid" in message.tags and "batch" not in message.tags]
    seqs = [int(msgid.rpartition("-")[2], 16) for msgid in msgids]
    assert seqs == sorted(seqs), "heard out of journal order"


def restored(net: Net, cut: int) -> Engine:
    """A new engine that takes over from a snapshot after `cut` entries and the rest of the journal."""
    first, second = fresh_engine(net.now), fresh_engine(net.now)
    first.restore(Boot("journal", None, net.journal.entries[:cut]))
    second.restore(Boot("journal", first.snapshot(), net.journal.entries[cut:]))
    return second


def fresh_engine(now: Moment) -> Engine:
    """An engine that knows nothing yet."""
    return Engine(
        settings=Settings(network="TestNet", server_name="test.net", motd=()),
        version="ipc-chat test",
        incarnation="fresh000",
        started=now,
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(nodes=st.integers(2, 3), steps=_steps)
def test_engines_fed_by_one_journal_are_one_chat(nodes: int, steps: list[tuple[str, int, str]]) -> None:
    play = Play(nodes)
    for action, number, command in steps:
        play.do(action, number, command)
        play.check()
    play.finish()
