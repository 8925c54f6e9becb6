"""Commands that can be typed: the table, its help, what each does, refusals in one line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

import ipcchat
from ipcchat.dialogue.command_table import HELP_COLUMNS
from ipcchat.dialogue.commands import COMMANDS, commands_in_order, obey
from ipcchat.wire.message import Message, parse
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer, Peer

NAMES = (
    "me msg query notice reply react edit delete search history unread pins pin unpin recent "
    "join part topic names list invite kick ban unban mode op deop voice devoice knock "
    "rename whois who nick setname away back monitor register verify login logout oper raw help quit"
)

OTHERS = (
    "setname away-notify sasl draft/account-registration draft/message-redaction draft/message-edit draft/read-marker "
    "soju.im/search"
)


class FakeRoom:
    """Notes what a command does."""

    def __init__(self, chat: ipcchat.Chat) -> None:
        self.chat = chat
        self.current = "#lobby"
        self.program = "ipc-chat chat"
        self.told: list[str] = []
        self.said: list[tuple[str, ...]] = []
        self.latest: dict[str, ipcchat.Message] = {}
        self.shown: list[str] = []
        self.left = False
        self.secrets: list[str] = []
        self.asked: list[str] = []

    def tell(self, text: str) -> None:
        self.told.append(text)

    async def say(self, target: str, text: str, kind: str = "message", reply_to: str = "") -> None:
        self.said.append((target, text, kind, *([reply_to] if reply_to else [])))

    async def enter(self, channel: str, key: str = "") -> None:
        self.current = (await self.chat.join(channel, key)).name

    def look_at(self, target: str) -> None:
        self.current = target

    def last_of(self, nick: str) -> ipcchat.Message | None:
        return self.latest.get(nick)

    def show_past(self, title: str, messages: Sequence[ipcchat.Message]) -> None:
        self.shown += [f"<{message.nick}> {message.text}" for message in messages]

    async def tell_unread(self) -> None:
        self.told.append(f"what {self.chat.account} has not read")

    async def ask_secret(self, question: str) -> str:
        self.asked.append(question)
        return self.secrets.pop(0)

    def leave(self) -> None:
        self.left = True


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer(f"{ALL_CAPABILITIES} {OTHERS}") as running:
        running.values["sasl"], running.accounts["eve"] = "SCRAM-SHA-256", "hush"
        running.tokens += ["MONITOR=10", "WHOX"]
        yield running


@pytest.fixture
async def room(server: FakeServer) -> AsyncIterator[FakeRoom]:
    async with ipcchat.connect(server.url, nick="ann") as chat:
        yield FakeRoom(chat)


async def told(room: FakeRoom, line: str) -> list[str]:
    room.told.clear()
    await obey(room, line)
    return room.told


async def with_bob(room: FakeRoom, server: FakeServer) -> ipcchat.Message:
    """bob is in #lobby and has said something."""
    server.everybody(parse(":bob!b@bob.test JOIN #lobby"))
    said = server.say("bob", "#lobby", "tea?")
    room.latest["bob"] = (await room.chat.history("#lobby"))[-1]
    assert room.latest["bob"].msgid == said.msgid
    return room.latest["bob"]


async def test_help_lists_every_command_aligned(room: FakeRoom) -> None:
    lines = await told(room, "/help")
    assert [line.split()[0] for line in lines[:-1]] == [f"/{name}" for name in NAMES.split()]
    assert sorted(COMMANDS) == sorted(NAMES.split()) == sorted(entry.name for entry in commands_in_order())
    assert all(line[HELP_COLUMNS - 1] == " " and line[HELP_COLUMNS] != " " and len(line) <= 79 for line in lines)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/help topic", ["/topic [TEXT]: Show the topic of this channel, or set it", 'A single "-" removes it.']),
        ("/help /me", ["/me TEXT: Say what you do: /me waves"]),
        ("/help tpoic", ["there is no /tpoic; did you mean /topic?"]),
    ],
)
async def test_more_about_one_command(room: FakeRoom, line: str, answer: list[str]) -> None:
    assert await told(room, line) == answer


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/jion #tea", "did you mean /join?"),
        ("/whoi bob", "did you mean /whois?"),
        ("/devoic bob", "did you mean /devoice?"),
        ("/xyzzy", "/help lists"),
        ("/", "/help lists"),
    ],
)
async def test_a_mistyped_command(room: FakeRoom, line: str, answer: str) -> None:
    assert answer in (await told(room, line))[0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/me waves", ("#lobby", "waves", "action")),
        ("/ME waves", ("#lobby", "waves", "action")),
        ("/msg bob hi  there", ("bob", "hi  there", "message")),
        ("/m bob hi", ("bob", "hi", "message")),
        ("/notice bob hi", ("bob", "hi", "notice")),
        ("/query bob hi", ("bob", "hi", "message")),
        ("/reply bob yes please", ("#lobby", "yes please", "message", "fake-1")),
    ],
)
async def test_saying(room: FakeRoom, server: FakeServer, line: str, said: tuple[str, ...]) -> None:
    await with_bob(room, server)
    assert await told(room, line) == []
    assert room.said == [said]


async def test_reacting(room: FakeRoom, server: FakeServer) -> None:
    """IRCv3 +draft/react."""
    await with_bob(room, server)
    assert await told(room, "/react bob 👍") == []
    (line,) = [line for line in server.peer("ann").received if "TAGMSG" in line]
    assert "+draft/react=👍" in line and "+reply=fake-1" in line and line.endswith("TAGMSG #lobby")
    assert await told(room, "/react eve 👍") == ["eve has said nothing here that you could react to"]
    assert await told(room, "/reply eve yes") == ["eve has said nothing here that you could answer"]


async def with_ann(room: FakeRoom) -> ipcchat.Message:
    """ann herself has said something."""
    room.latest["ann"] = await room.chat.send("#lobby", "coffee?")
    return room.latest["ann"]


async def test_editing(room: FakeRoom, server: FakeServer) -> None:
    """Another text for the last message of one's own."""
    assert await told(room, "/edit tea") == ["you have said nothing here that you could edit"]
    original = await with_ann(room)
    assert await told(room, "/edit tea, please") == []
    assert (server.history[-1].text, server.history[-1].tags["+draft/edit"]) == ("tea, please", original.msgid)


async def test_deleting(room: FakeRoom, server: FakeServer) -> None:
    """IRCv3 draft/message-redaction."""
    assert await told(room, "/delete") == ["you have said nothing here that could be deleted"]
    assert await told(room, "/delete eve") == ["eve has said nothing here that could be deleted"]
    bobs, own = await with_bob(room, server), await with_ann(room)
    server.scripted[f"REDACT #lobby {own.msgid}"] = []
    server.scripted[f"REDACT #lobby {bobs.msgid} be nice"] = [":f FAIL REDACT REDACT_FORBIDDEN #lobby x :You may not"]
    assert await told(room, "/delete") == []
    assert await told(room, "/delete bob be nice") == ["/delete: You may not"]


def retold(kind: str, *messages: str, target: str = "#lobby") -> list[str]:
    """A batch of the past."""
    rows = [
        f"@batch=h;msgid=h{number};time=2026-01-02T03:04:{number:02}.000Z :{message}"
        for number, message in enumerate(messages, 1)
    ]
    return [f":f BATCH +h {kind} {target}", *rows, ":f BATCH -h"]


async def test_searching(room: FakeRoom, server: FakeServer) -> None:
    """soju.im/search."""
    query = r"SEARCH text=green\stea;limit=20"
    server.scripted[query] = retold("soju.im/search", "bob!b@b PRIVMSG #lobby :green tea", "ann!a@a PRIVMSG bob :green")
    assert await told(room, "/search green tea") == []
    assert room.shown == ["<bob> green tea", "<ann> green"]
    server.scripted["SEARCH text=x;limit=20"] = []
    assert await told(room, "/search x") == ["nothing has x"]
    server.scripted["SEARCH text=y;limit=20"] = retold("soju.im/search", *["bob!b@b PRIVMSG #lobby :y"] * 20)
    assert await told(room, "/search y") == ["these are the newest 20; more words find fewer"]


async def test_the_history_of_here_and_of_a_person(room: FakeRoom, server: FakeServer) -> None:
    """IRCv3 draft/chathistory."""
    for number in range(5):
        server.say("bob", "#lobby", f"text {number}")
    assert await told(room, "/history 2") == []
    assert room.shown == ["<bob> text 3", "<bob> text 4"]
    server.scripted["CHATHISTORY LATEST bob * 3"] = retold("chathistory", "bob!b@b PRIVMSG ann :psst", target="bob")
    server.scripted["CHATHISTORY BEFORE bob msgid=h1 3"] = []
    room.shown.clear()
    assert await told(room, "/history bob") == [] and room.shown == ["<bob> psst"]
    server.scripted["CHATHISTORY LATEST eve * 1"] = []
    assert await told(room, "/history eve 1") == ["nothing is known of eve"]
    room.current = ""
    assert await told(room, "/history") == ["/history: you are in no channel; /join one"]


async def test_what_was_not_read_yet(room: FakeRoom, server: FakeServer) -> None:
    """IRCv3 draft/read-marker."""
    for number in range(3):
        server.say("bob", "#lobby", f"text {number}")
    first, last = server.history[0].time, server.history[-1].time
    server.scripted["MARKREAD #lobby"] = [f":f MARKREAD #lobby timestamp={first}"]
    server.scripted[f"MARKREAD #lobby timestamp={last}"] = [f":f MARKREAD #lobby timestamp={last}"]
    assert await told(room, "/unread") == ["2 unread"]
    assert room.shown == ["<bob> text 1", "<bob> text 2"]
    assert any(f"MARKREAD #lobby timestamp={last}" in line for line in server.peer("ann").received)
    server.scripted["MARKREAD #lobby"] = [f":f MARKREAD #lobby timestamp={last}"]
    assert await told(room, "/unread") == ["you have read everything here"]


async def test_pins(room: FakeRoom, server: FakeServer) -> None:
    """docs/messages.md."""
    said = await with_bob(room, server)
    server.scripted |= {f"PIN #lobby {said.msgid}": [], "UNPIN #lobby h1": []}
    server.scripted["PINS #lobby"] = retold("ipc-chat/pins", "bob!b@b PRIVMSG #lobby :tea?")
    assert await told(room, "/pin bob") == [] == await told(room, "/pins") == await told(room, "/unpin BOB")
    assert room.shown == ["<bob> tea?"]
    assert await told(room, "/pin eve") == ["eve has said nothing here that you could pin"]
    assert await told(room, "/unpin eve") == ["nothing of eve is pinned here"]
    received = [line.partition(" ")[2] for line in server.peer("ann").received]
    assert [line for line in received if line.startswith(("PIN ", "UNPIN "))] == [
        f"PIN #lobby {said.msgid}",
        "UNPIN #lobby h1",
    ]


async def test_where_something_was_said_lately(room: FakeRoom, server: FakeServer) -> None:
    """IRCv3 draft/chathistory TARGETS."""
    query = "CHATHISTORY TARGETS timestamp=9999-12-31T00:00:00.000Z timestamp=1970-01-01T00:00:00.000Z 20"
    rows = [f"@batch=t :f CHATHISTORY TARGETS {name} 2026-01-02T03:04:05.000Z" for name in ("#tea", "bob")]
    server.scripted[query] = [":f BATCH +t draft/chathistory-targets", *rows, ":f BATCH -t"]
    assert await told(room, "/recent") == ["lately, the latest first: bob and #tea"]
    server.scripted[query] = []
    assert await told(room, "/recent") == ["nothing was said that you may read"]


async def test_talking_to_one_person(room: FakeRoom) -> None:
    assert await told(room, "/query bob") == [] and room.current == "bob"
    assert await told(room, "/topic") == ["/topic: you are talking to bob, not in a channel; /join one"]
    assert await told(room, "/query") == [] and room.current == "#lobby"
    await told(room, "/query bob")
    assert await told(room, "/part") == [] and room.current == "#lobby" and "#lobby" in room.chat.channels


async def test_channels(room: FakeRoom) -> None:
    assert await told(room, "/join tea") == [] and room.current == "#tea"
    assert await told(room, "/topic five o'clock") == []
    assert await told(room, "/topic") == ["topic of #tea: five o'clock"]
    assert await told(room, "/names") == ["1 here: ann"]
    assert await told(room, "/part see you") == []
    assert room.current == "#lobby" and "#tea" not in room.chat.channels


async def test_the_last_channel_is_left(room: FakeRoom) -> None:
    assert await told(room, "/part") == []
    assert room.current == ""


async def test_who_somebody_is(room: FakeRoom, server: FakeServer) -> None:
    """RFC 2812 5.1: 311, 319, 312, 317, 318; Modern IRC 330; what has no words of its own is shown as it is."""
    server.scripted["WHOIS bob"] = [
        ":f 311 ann bob ~b host.test * :Bob B.",
        ":f 330 ann bob bobby :is logged in as",
        ":f 301 ann bob :lunch",
        ":f 319 ann bob :#tea @#ops",
        ":f 312 ann bob fake.test :A server",
        ":f 317 ann bob 7500 1767323045 :x",
        ":f 313 ann bob :is an IRC operator",
        ":f 335 ann bob :is a bot",
        ":f 671 ann bob :is using a secure connection",
        ":f 320 ann bob :likes \x02tea\x02",
        ":f 318 ann bob :End",
    ]
    lines = await told(room, "/whois bob")
    assert [line for line in lines if "since" not in line] == [
        "bob is ~b@host.test (Bob B.)",
        "bob is logged in as bobby",
        "bob is away: lunch",
        "bob is in #tea @#ops",
        "bob is an IRC operator",
        "bob is a bot",
        "bob is connected to fake.test (A server)",
        "bob uses a secure connection",
        "bob has been silent for 2 h 5 min",
        "bob likes tea",
    ]
    assert any(line.startswith("bob is here since 2 January 2026") for line in lines)


async def test_who_is_there(room: FakeRoom, server: FakeServer) -> None:
    """IRCv3 whox."""
    server.scripted["WHO #lobby %tcuhsnfar,742"] = [
        ":f 354 ann 742 #lobby b b.test f bob G*@ bobby :Bob",
        ":f 354 ann 742 #lobby a a.test f ann H 0 :Ann",
        ":f 315 ann #lobby :End",
    ]
    assert await told(room, "/who") == [
        "@bob is b@b.test (Bob), logged in as bobby, away, IRC operator",
        "ann is a@a.test (Ann)",
    ]
    server.scripted["WHO nob* %tcuhsnfar,742"] = [":f 315 ann nob* :End"]
    assert await told(room, "/who nob*") == ["nobody matches nob*"]


async def test_which_channels_there_are(room: FakeRoom, server: FakeServer) -> None:
    """RFC 2812 3.2.6."""
    server.topics["#lobby"] = "Be kind"
    assert await told(room, "/list") == ["#lobby                  1  Be kind"]
    assert await told(room, "/list KIND") == ["#lobby                  1  Be kind"]
    assert await told(room, "/list tea") == ["no channel has tea in it"]
    server.scripted["LIST"] = [f":f 322 ann #{number} 1 :" for number in range(60)]
    assert (await told(room, "/list"))[-1] == "and 10 more"


ME = ":ann!~u@fake.test"


@pytest.mark.parametrize(
    ("typed", "sent", "answer", "shown"),
    [
        ("/kick bob be nice", "KICK #lobby bob be nice", f"{ME} KICK #lobby bob :be nice", []),
        ("/ban *!*@bad", "MODE #lobby +b *!*@bad", f"{ME} MODE #lobby +b *!*@bad", []),
        ("/ban bob", "MODE #lobby +b *!*@bob.test", f"{ME} MODE #lobby +b *!*@bob.test", []),
        ("/ban", "MODE #lobby +b", ":f 368 ann #lobby :End", ["nobody is banned from #lobby"]),
        ("/op bob eve", "MODE #lobby +oo bob eve", f"{ME} MODE #lobby +oo bob eve", []),
        ("/deop bob", "MODE #lobby -o bob", f"{ME} MODE #lobby -o bob", []),
        ("/voice bob", "MODE #lobby +v bob", f"{ME} MODE #lobby +v bob", []),
        ("/devoice bob", "MODE #lobby -v bob", f"{ME} MODE #lobby -v bob", []),
        ("/mode", "MODE #lobby", ":f 324 ann #lobby +nt", ["modes of #lobby: +nt"]),
        ("/mode +k key", "MODE #lobby +k key", f"{ME} MODE #lobby +k key", []),
        ("/mode #ops +m", "MODE #ops +m", f"{ME} MODE #ops +m", []),
        ("/mode ann", "MODE ann", ":f 221 ann +i", ["modes of ann: +i"]),
        ("/invite bob", "INVITE bob #lobby", ":f 341 ann bob #lobby", ["you invited bob to #lobby"]),
        ("/invite bob ops", "INVITE bob #ops", ":f 341 ann bob #ops", ["you invited bob to #ops"]),
        ("/knock ops please", "KNOCK #ops please", ":f 711 ann #ops :x", ["#ops knows that you want to come in"]),
        ("/rename coffee", "RENAME #lobby #coffee", f"{ME} RENAME #lobby #coffee :", []),
        ("/rename #lobby #coffee a typo", "RENAME #lobby #coffee a typo", f"{ME} RENAME #lobby #coffee :x", []),
        ("/setname Ann A.", "SETNAME Ann A.", f"{ME} SETNAME :Ann A.", ["your real name is Ann A."]),
        ("/away lunch", "AWAY lunch", ":f 306 ann :x", ["you are away: lunch"]),
        ("/away", "AWAY away", ":f 306 ann :x", ["you are away"]),
        ("/back", "AWAY", ":f 305 ann :x", ["you are not away"]),
        ("/monitor bob", "MONITOR + bob", ":f 731 ann :bob", []),
        ("/monitor -bob", "MONITOR - bob", "", ["you are not told about bob any more"]),
        ("/monitor", "MONITOR S", "", ["you are told about nobody; /monitor NAME changes that"]),
        ("/raw VERSION", "VERSION", ":f 351 ann v1 f :the server", ["v1 f the server"]),
        ("/raw NICK", "NICK", ":f 431 ann :No nickname given", ["/raw: No nickname given"]),
        ("/raw :x", "", "", ["/raw: The line has no command; write one, for instance PRIVMSG #lobby :hello"]),
        ("/topic -", "TOPIC #lobby ", f"{ME} TOPIC #lobby :", []),
        ("/names #ops", "", "", ["/names: you are not in #ops"]),
    ],
)
async def test_what_each_command_sends_and_shows(
    room: FakeRoom, server: FakeServer, typed: str, sent: str, answer: str, shown: list[str]
) -> None:
    await with_bob(room, server)
    server.scripted[sent] = [answer] if answer else []
    assert await told(room, typed) == shown
    lines = [line.partition(" ")[2].replace(" :", " ") for line in server.peer("ann").received if line[0] == "@"]
    assert not sent or sent in lines, lines


async def test_bans_are_listed_with_who_and_when(room: FakeRoom, server: FakeServer) -> None:
    """RFC 2812 367 with setter and time; /unban of a person lifts all that keep him out."""
    server.everybody(parse(":bob!b@bob.test JOIN #lobby"))
    server.scripted["MODE #lobby +b"] = [
        ":f 367 ann #lobby *!*@bob.test eve!e@e 1767323045",
        ":f 367 ann #lobby *!*@other",
        ":f 368 ann #lobby :End",
    ]
    shown = await told(room, "/ban")
    assert shown[0].startswith("*!*@bob.test is banned by eve, 2 January 2026, ")
    assert shown[1] == "*!*@other is banned"
    server.scripted["MODE #lobby -b *!*@bob.test"] = []
    assert await told(room, "/unban bob") == []
    assert await told(room, "/unban dan") == ["/unban: no ban in #lobby is about dan"]


async def test_the_topic_with_who_and_when(room: FakeRoom, server: FakeServer) -> None:
    """RFC 2812 332, Modern IRC 333."""
    server.scripted["TOPIC #lobby"] = [":f 332 ann #lobby :hot", ":f 333 ann #lobby bob!b@b 1767323045"]
    shown = await told(room, "/topic")
    assert shown[0] == "topic of #lobby: hot" and shown[1].startswith("topic set by bob, 2 January 2026, ")


async def test_the_nick(room: FakeRoom) -> None:
    assert await told(room, "/nick eve") == [] and room.chat.nick == "eve"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/part #elsewhere", "/part: #elsewhere: You're not on that channel"),
        ("/nick taken", "/nick: taken: Nickname is already in use"),
        ("/away", "/away: AWAY: Unknown command"),
        ("/join", "/join #CHANNEL [KEY]: Enter a channel, or look at one you are in"),
        ("/msg bob", "/msg NAME TEXT: Say something to one person"),
        ("/kick", "/kick NAME [REASON]: Put somebody out of this channel"),
        ("/op", "/op NAME [NAMES]: Make people operators of this channel"),
    ],
)
async def test_a_refusal_is_one_line(room: FakeRoom, server: FakeServer, line: str, answer: str) -> None:
    server.reserved.add("taken")
    assert await told(room, line) == [answer]


async def test_without_a_connection_only_what_needs_none(room: FakeRoom, server: FakeServer) -> None:
    await server.stop()
    async for event in room.chat:
        if isinstance(event, ipcchat.Disconnected):
            break
    assert await told(room, "/names") == ["not connected, try /names again when we are back"]
    assert await told(room, "/me waits") == [] and room.said
    assert await told(room, "/quit") == [] and room.left
    await server.start()


async def test_registering_asks_for_the_password_twice(room: FakeRoom, server: FakeServer) -> None:
    """draft/account-registration; the password is in nothing that is shown."""
    room.secrets = ["pencil-case", "pencil-cas", "pencil-case", "pencil-case"]
    await obey(room, "/register")
    assert room.asked == ["new password", "once more"] * 2 and server.accounts["ann"] == "pencil-case"
    assert room.told == [
        "these were two different passwords",
        "ann is yours; next time: ipc-chat chat --account ann",
    ]
    assert room.chat.account == "ann"


async def test_an_operators_password_is_asked_for(room: FakeRoom, server: FakeServer) -> None:
    """RFC 2812 3.1.4; where a certificate says who it is, there is no password."""
    heard: list[list[str]] = []

    def oper(peer: Peer, message: Message) -> bool:
        if message.command == "OPER":
            heard.append(message.params)
        return True

    server.before_answer = oper
    room.secrets = ["kettle", ""]
    await obey(room, "/oper olga")
    await obey(room, "/oper olga")
    assert heard == [["olga", "kettle"], ["olga"]] and room.asked == ["password of the operator olga"] * 2
    assert "kettle" not in "".join(room.told)


async def test_a_registration_may_wait_for_a_code(room: FakeRoom, server: FakeServer) -> None:
    server.code = "1234"
    room.secrets = ["pencil-case", "pencil-case"]
    await obey(room, "/register ann@home.test")
    await obey(room, "/verify 4321")
    await obey(room, "/verify 1234")
    assert room.told == [
        "Registered",
        "type /verify and the code that you are sent",
        "/verify: That is not the code",
        "ann is yours; next time: ipc-chat chat --account ann",
    ]


@pytest.mark.parametrize("secrets", [[""], ["a", "b"] * 3])
async def test_no_password_registers_nothing(room: FakeRoom, server: FakeServer, secrets: list[str]) -> None:
    room.secrets = secrets
    await obey(room, "/register")
    assert room.told[-1] == "/register: nothing was registered" and "ann" not in server.accounts


async def test_a_password_behind_the_command_is_not_taken(room: FakeRoom, server: FakeServer) -> None:
    """It would stand on the screen and in what Up brings back."""
    await obey(room, "/register pencil-case")
    assert room.asked == [] and "the password is asked for" in room.told[0] and "ann" not in server.accounts


async def test_logging_in_and_out(room: FakeRoom, server: FakeServer) -> None:
    room.secrets = ["wrong", "", "hush"]
    for _ in range(3):
        await obey(room, "/login eve")
    assert room.asked == ["password of eve"] * 3
    assert room.told == [
        "/login: SASL authentication failed; are name and password right?",
        "not logged in",
        "what eve has not read",
    ]
    assert room.chat.account == "eve"
    room.secrets = ["x"]
    await obey(room, "/login")
    assert room.asked[-1] == "password of ann"
    await obey(room, "/logout")
    async for event in room.chat:
        if isinstance(event, ipcchat.Connected) and event.again:
            break
    assert room.chat.account == "" and server.peers[-1].account == ""
