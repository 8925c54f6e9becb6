"""A session or a conversation as a play: the server's lines in, what is heard and sent out. No loop, no clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ipcchat.client.conversation import Conversation, Outcome
from ipcchat.client.events import Event
from ipcchat.client.liveness import Moment
from ipcchat.client.registration import Identity
from ipcchat.client.session import Heard, Session

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CAPABILITIES = "message-tags server-time echo-message batch labeled-response draft/chathistory"
WELCOME = (
    ":irc.test 001 {nick} :Welcome",
    ":irc.test 005 {nick} CASEMAPPING=ascii CHATHISTORY=2 PREFIX=(ov)@+ :are supported",
    ":irc.test 422 {nick} :No MOTD",
)


def as_bytes(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


def negotiated(capabilities: str) -> tuple[str, str]:
    """Capabilities, with values or without, are offered and agreed to."""
    names = " ".join(word.partition("=")[0] for word in capabilities.split())
    return f":irc.test CAP * LS :{capabilities}", f":irc.test CAP * ACK :{names}"


class SessionPlay:
    """One connection."""

    def __init__(self, nick: str = "ann", alternatives: tuple[str, ...] = ()) -> None:
        self.session = Session(Identity(nick, alternatives=alternatives))
        self.session.begin()

    def server(self, *lines: str) -> list[Heard]:
        return self.session.receive(as_bytes(*lines), START)

    def sent(self) -> list[str]:
        return self.session.data_to_send().decode().splitlines()

    def registered(self, capabilities: str = CAPABILITIES) -> SessionPlay:
        """Go through the registration."""
        self.server(*negotiated(capabilities))
        self.server(*(line.format(nick="ann") for line in WELCOME))
        self.sent()
        return self

    def in_channel(self, channel: str = "#tea") -> SessionPlay:
        self.server(
            f":ann!~a@home.test JOIN {channel}",
            f":irc.test 353 ann = {channel} :@bob +eve ann",
            f":irc.test 366 ann {channel} :End",
        )
        return self


class ConversationPlay:
    """One Chat over any number of connections; `at` is the time in seconds, `asleep` how many of them the machine has
    slept besides."""

    def __init__(self, *channels: str, nick: str = "ann", capabilities: str = CAPABILITIES) -> None:
        self.conversation = Conversation(Identity(nick), dict.fromkeys(channels, ""))
        self.capabilities = capabilities
        self.at = self.asleep = 0.0
        self.happened: list[Event | Outcome] = []

    @property
    def moment(self) -> Moment:
        return Moment(START + timedelta(seconds=self.at + self.asleep), self.at)

    def connect(self, *, nick: str = "ann") -> ConversationPlay:
        """A connection, registered as `nick`."""
        self.conversation.opened(self.moment)
        if self.capabilities:
            self.server(*negotiated(self.capabilities))
        if nick != self.conversation.nick:
            self.server(f":irc.test 433 * {self.conversation.nick} :Nickname is already in use")
        self.sent()
        self.server(*(line.format(nick=nick) for line in WELCOME))
        return self

    def server(self, *lines: str) -> list[Event | Outcome]:
        self.conversation.received(as_bytes(*lines), self.moment)
        return self.take()

    def take(self) -> list[Event | Outcome]:
        taken = self.conversation.take()
        self.happened += taken
        return taken

    def sent(self) -> list[str]:
        return self.conversation.data_to_send().decode().splitlines()

    def lose(self, reason: str = "cut") -> None:
        self.conversation.lost(reason)
        self.take()

    def later(self, seconds: float) -> list[str]:
        """Time passes; what is sent because of it."""
        self.at += seconds
        self.conversation.tick(self.moment)
        return self.sent()


def label_of(line: str) -> str:
    """The label of a line we sent."""
    tags = dict(tag.partition("=")[::2] for tag in line[1:].split(" ")[0].split(";")) if line.startswith("@") else {}
    return tags["label"]


def answer_join(play: ConversationPlay, line: str, nick: str = "ann") -> list[Event | Outcome]:
    """The server's answer to a labelled JOIN."""
    channel = line.split()[2]
    return play.server(
        f"@label={label_of(line)} :irc.test BATCH +j labeled-response",
        f"@batch=j :{nick}!~a@home.test JOIN {channel}",
        f"@batch=j :irc.test 353 {nick} = {channel} :{nick}",
        f"@batch=j :irc.test 366 {nick} {channel} :End of NAMES",
        ":irc.test BATCH -j",
    )


def answer_history(
    play: ConversationPlay, line: str, *numbers: int, channel: str = "#tea", nick: str = "bob"
) -> list[Event | Outcome]:
    """The server's answer to a labelled CHATHISTORY: messages with msgids m1, m2 ..."""
    return play.server(
        f"@label={label_of(line)} :irc.test BATCH +h chathistory {channel}",
        *(
            f"@batch=h;msgid=m{n};time=2026-01-02T03:04:{n:02}.000Z :{nick}!b@b.test PRIVMSG {channel} :text {n}"
            for n in numbers
        ),
        ":irc.test BATCH -h",
    )


def hear(play: SessionPlay, line: str) -> Event:
    """The one event in a line."""
    heard = play.server(line)
    assert len(heard) == 1 and isinstance(heard[0], Event), heard
    return heard[0]
