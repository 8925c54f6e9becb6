"""The people of the pictures, each at a terminal of their own, and what they say to each other."""

from __future__ import annotations

from docs.pictures.terminal_svg import SCREEN, Terminal
from tests.e2e.tmux import Tmux, Window
from tests.e2e.waiting import until

COLUMNS, ROWS = 80, 24
WIDE_COLUMNS, HALF_COLUMNS = 104, 50
TOPIC = "Release on Friday, plan: https://example.org/plan"
CODE = ("this is all it took:", "```", "def brew(leaves, minutes=3):", "    return leaves.steep(minutes)", "```")


class Photographed:
    """A terminal with a shell that will be in a picture: its first `rows` rows, and `hidden` ones below."""

    def __init__(
        self,
        tmux: Tmux,
        name: str,
        title: str,
        *,
        columns: int = COLUMNS,
        rows: int = ROWS,
        hidden: int = 0,
        colours: str = "COLORTERM=truecolor",
    ) -> None:
        self.title, self.rows, self.columns = title, rows, columns
        shell = ("env", colours, "/bin/sh")
        self.window: Window = tmux.opens(name, *shell, columns=columns, rows=rows + hidden)
        self.window.shows("$")

    def terminal(self, ground: str | None = None) -> Terminal:
        """What it shows now, on a ground."""
        return Terminal(self.title, self.columns, self.rows, self.window.coloured_screen, ground or SCREEN)

    def prompt_is_back(self, after: str = "") -> None:
        """Wait until the shell asks for the next command, after something has been written."""
        until(
            lambda: after in self.window.screen and self.window.screen.rstrip().endswith("\n$"),
            f"the prompt of {self.title}",
        )


class Conversation:
    """Everybody, and the server. Eve comes late, to a terminal with 16 colours."""

    def __init__(self, tmux: Tmux) -> None:
        self.server = Photographed(tmux, "server", "the server", columns=WIDE_COLUMNS, rows=4, hidden=1)
        self.ann = Photographed(tmux, "ann", "ann", columns=WIDE_COLUMNS, rows=22)
        self.bob = Photographed(tmux, "bob", "bob")
        self.mia = Photographed(tmux, "mia", "mia, in irssi", columns=HALF_COLUMNS, rows=10)
        self.script = Photographed(tmux, "script", "scripts", columns=HALF_COLUMNS, rows=10)
        self.eve = Photographed(tmux, "eve", "eve, with 16 colours", colours="TERM=screen")

    def come(self) -> None:
        """Everybody starts their program."""
        ann, bob, mia = self.ann.window, self.bob.window, self.mia.window
        self.server.window.types("python server.py")
        self.server.window.shows("channel #lobby")
        ann.types("python client.py --nick ann")
        ann.shows("Message #lobby")
        ann.types(f"/topic {TOPIC}")
        ann.types("/join #ops")
        ann.shows("Message #ops")
        ann.presses("M-Left")
        ann.shows("Message #lobby")
        bob.types("python client.py --nick bob")
        bob.shows("Message #lobby")
        for channel in ("#ops", "#operators", "#tea"):
            bob.types(f"/join {channel}")
            bob.shows(f"Message {channel}")
        bob.presses("M-1")
        bob.shows("Message #lobby")
        mia.types("irssi -c localhost -n mia")
        mia.shows("Mode change [+i] for user mia")
        mia.types("/join #lobby")
        ann.shows("3 here")

    def talk(self) -> None:
        """One line after the other, each seen by the others before the next."""
        ann, bob, mia = self.ann.window, self.bob.window, self.mia.window
        self.say(ann, "morning! is the build done?")
        self.say(mia, "two minutes")
        self.changes_a_word(bob)
        ann.presses("M-2")
        ann.shows("Message #ops")
        for line in CODE[:-1]:
            bob.types(line, enter=False)
            bob.presses("C-j")
        bob.types(CODE[-1])
        mia.shows("leaves.steep")
        self.answers(bob, 4, "it is: 42 is green")
        self.reacts(bob, "\N{THUMBS UP SIGN} 1")
        mia.types("ann: bring cups, we celebrate")
        bob.shows("bring cups")
        self.posts("build 42 is green")
        ann.shows("build 42 is green")
        ann.presses("M-1")
        ann.shows("Message #lobby")
        ann.shows("bring cups")
        self.posts("42 is on staging")
        mia.types("/msg ann got a minute?")
        ann.shows("@1")

    def say(self, speaker: Window, text: str) -> None:
        """Type a line, and wait until it is on every screen."""
        speaker.types(text)
        for window in (self.ann.window, self.bob.window, self.mia.window):
            window.shows(text)

    def changes_a_word(self, speaker: Window) -> None:
        """Somebody corrects himself."""
        self.say(speaker, "who wants te?")
        speaker.presses("C-Up")
        speaker.shows("changing")
        speaker.presses("BSpace")
        speaker.types("a?")
        self.ann.window.shows("(edited)")

    def answers(self, speaker: Window, above: int, text: str) -> None:
        """Somebody selects the message so many above, and answers it."""
        self.selects(speaker, above)
        speaker.presses("r")
        speaker.shows("answering")
        speaker.types(text)
        self.mia.window.shows(text)

    def reacts(self, speaker: Window, sign: str) -> None:
        """Somebody reacts to the latest message."""
        self.selects(speaker, 1)
        speaker.presses("+")
        speaker.shows("React with")
        speaker.presses("Enter")
        speaker.shows(sign)
        speaker.presses("Escape")
        speaker.shows("F1 help")

    def selects(self, speaker: Window, above: int) -> None:
        """Somebody selects the message so many above."""
        speaker.presses(*["S-Up"] * above)
        speaker.shows("r reply")

    def posts(self, text: str) -> None:
        """A script says something in #ops."""
        self.script.window.types(f"echo '{text}' |")
        self.script.window.types("python client.py send '#ops' --nick buildbot")
        self.script.window.shows(text)
        self.script.prompt_is_back("buildbot")

    def leave(self) -> None:
        """Everybody goes, the server last."""
        for person in (self.ann, self.bob, self.eve, self.mia):
            person.window.types("/quit")
            person.prompt_is_back()
        self.server.window.presses("C-c")
        self.server.prompt_is_back()
