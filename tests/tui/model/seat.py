"""Ann's seat at a network: a real conversation of the library, played without a loop, and the model that hears it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ipcchat.client.conversation import Outcome
from ipcchat.client.events import Event, Message
from ipcchat.client.multiline import Line
from ipcchat.client.people import Channel, Person
from ipcchat.client.view import View
from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.desk import Desk
from ipcchat.tui.model.entries import Coming, Comings, Entry, Hole, Said, Told
from ipcchat.tui.model.network import Alert, Network
from tests.client.play import CAPABILITIES, ConversationPlay, answer_history, answer_join, label_of

KEY = "0123456789abcdef"
EVERYTHING = f"{CAPABILITIES} draft/message-edit draft/message-redaction draft/read-marker draft/channel-rename"


class Library:
    """What a network asks of a Chat (network.Server), by the conversation of a play."""

    def __init__(self, play: ConversationPlay) -> None:
        self._play = play

    @property
    def _view(self) -> View:
        session = self._play.conversation.view_session
        return session.view if session is not None else View("ann")

    @property
    def nick(self) -> str:
        return self._view.nick

    @property
    def channels(self) -> Mapping[str, Channel]:
        return self._view.channels

    @property
    def people(self) -> Mapping[str, Person]:
        return self._view.people

    @property
    def support(self) -> Mapping[str, str]:
        return self._view.support.tokens

    @property
    def capabilities(self) -> Mapping[str, str]:
        return dict.fromkeys(self._view.enabled, "")

    @property
    def asked_channels(self) -> Collection[str]:
        return self._play.conversation.presence.asked

    @property
    def connected(self) -> bool:
        return self._play.conversation.is_live

    @property
    def keeps_history(self) -> bool:
        return True

    @property
    def takes_files(self) -> bool:
        return False


class Seat:
    """Ann, in some channels with a few people. `looking` is where she reads along."""

    def __init__(self, *channels: str, words: Sequence[str] = (), capabilities: str = EVERYTHING) -> None:
        self.play = ConversationPlay(*(channels or ("#tea",)), capabilities=capabilities)
        self.looking: list[Buffer] = []
        self.network = Network("test", lambda buffer: buffer in self.looking, words)
        self.network.chat = Library(self.play)
        self.desk = Desk()
        self.desk.add(self.network)
        self.alerts: list[Alert] = []
        self.receipts: list[Message] = []
        self.refusals: list[str] = []
        self._heard = 0

    # The connection.

    def connect(self) -> Seat:
        """Connected, in the channels, with bob and eve."""
        self.play.connect()
        for line in self.play.sent():
            if " JOIN " in line:
                self._let_in(line)
        return self._hear()

    def _let_in(self, line: str) -> None:
        for channel in line.split()[2].split(","):
            self.play.server(
                f":ann!~a@home.test JOIN {channel}",
                f":irc.test 353 ann = {channel} :@bob +eve ann",
                f":irc.test 366 ann {channel} :End",
            )
        self.play.server(f"@label={label_of(line)} :irc.test ACK")

    def cut(self) -> None:
        """The connection is lost."""
        self.play.lose()

    def comes_back(self, *missed: int, nick: str = "bob") -> None:
        """Connected again, in #tea alone, where these messages were missed."""
        self.play.connect()
        (line,) = (line for line in self.play.sent() if " JOIN " in line)
        answer_join(self.play, line)
        (ask,) = self.play.sent()
        answer_history(self.play, ask, *missed, nick=nick)
        for ask in self.play.sent():
            if "CHATHISTORY" in ask:
                answer_history(self.play, ask)
        self._hear()

    # The server.

    def server(self, *lines: str) -> list[Alert]:
        """The server sends lines; what calls for ann by that."""
        before = len(self.alerts)
        self.play.server(*lines)
        self._hear()
        return self.alerts[before:]

    def says(self, text: str, *, msgid: str = "", nick: str = "bob", to: str = "#tea", tags: str = "") -> list[Alert]:
        """Somebody says something, a second after what was before."""
        self.play.at += 1
        stamp = f"{self.play.moment.wall:%Y-%m-%dT%H:%M:%S}.000Z"
        tags = ";".join(filter(None, (f"msgid={msgid}" if msgid else "", f"time={stamp}", tags)))
        return self.server(f"@{tags} :{nick}!u@h.test PRIVMSG {to} :{text}")

    def hear(self, event: Event) -> list[Alert]:
        """An event that is made by hand."""
        self.alerts += (found := self.network.hear(event, self.now))
        return found

    def _hear(self) -> Seat:
        """Take in what the library made of it."""
        fresh, self._heard = self.play.happened[self._heard :], len(self.play.happened)
        for item in fresh:
            if isinstance(item, Event):
                self.alerts += self.network.hear(item, self.now)
            elif item.message is not None:
                self.receipts.append(item.message)
            elif item.error is not None:
                self.refusals.append(str(item.error))
        return self

    # Ann.

    @property
    def now(self) -> datetime:
        """This moment."""
        return self.play.moment.wall

    @property
    def tea(self) -> Buffer:
        """The channel."""
        return self.network.buffer("#tea")

    def send(self, text: str, to: str = "#tea") -> tuple[Said, str]:
        """Ann sends something: what stands in the buffer, and the line that the server gets."""
        self.play.at += 1
        message = Message(time=self.now, target=to, nick="ann", text=text, mine=True)
        said = self.network.buffer(to).timeline.send(message)
        self.play.conversation.post("message", to, [(Line(text),)], [KEY])
        sent = [line for line in self.play.sent() if "PRIVMSG" in line]
        return said, sent[0] if sent else ""

    def echoes(self, line: str, msgid: str, text: str = "") -> Message:
        """The library hears the echo of a line that ann sent, the model does not yet. The receipt."""
        label, (_, _, body) = label_of(line), line.partition(" PRIVMSG ")
        target, _, sent = body.partition(" ")
        shown = text or sent.removeprefix(":")
        stamp = f"{self.play.moment.wall:%Y-%m-%dT%H:%M:%S}.000Z"
        happened = self.play.server(
            f"@label={label};msgid={msgid};time={stamp} :ann!~a@home.test PRIVMSG {target} :{shown}"
        )
        (receipt,) = (item.message for item in happened if isinstance(item, Outcome) and item.message is not None)
        return receipt

    def confirmed(self, line: str, msgid: str, text: str = "") -> None:
        """The echo of a line comes and is heard."""
        self.echoes(line, msgid, text)
        self._hear()


def texts(entries: Iterable[Entry]) -> list[str]:
    """What entries say, each in a short text."""
    return [shown(entry) for entry in entries]


def shown(entry: Entry) -> str:
    """An entry as a short text."""
    match entry:
        case Said():
            return f"<{entry.message.nick}> {entry.message.text}"
        case Told():
            return f"-- {entry.text}"
        case Hole():
            return f"?? {entry.reason}"
        case Comings():
            return "; ".join(f"{coming.nick} {coming.verb}{' *' * coming.known}" for coming in entry.people)
    raise AssertionError(entry)


def people(entries: Iterable[Entry]) -> Iterator[Coming]:
    """Who came and went."""
    for entry in entries:
        if isinstance(entry, Comings):
            yield from entry.people
