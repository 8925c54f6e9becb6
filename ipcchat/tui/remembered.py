"""What the terminal client keeps between two runs: where one was, what was not sent, what is muted and folded.

It is $XDG_STATE_HOME/ipc-chat/terminal.json, else ~/.local/state/ipc-chat/terminal.json.

Rules:
1. Several clients may run at once: each writes only what it has changed, into what the others have written meanwhile.
2. A damaged file is set aside under another name, and that is said. It never keeps the client from starting.
3. Everything has a limit; what was changed longest ago goes first.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from ipcchat.client.known_servers import locked
from ipcchat.tui.own_files import folder, read_text, replace_text

FILE_NAME = "terminal.json"
BYTES_MAX = 8_388_608
DRAFT_CHARACTERS_MAX = 10_000
NAME_CHARACTERS_MAX = 1_000
ENTRIES_MAX = {"last": 100, "muted": 1_000, "drafts": 100, "hidden": 10, "chosen": 10, "declined": 100}


class State(msgspec.Struct):
    """What stands in the file: `last` has the buffer of each network, `muted` and `drafts` are by place (a network's
    name, a space, a buffer's name in small letters), `hidden` by pane; `declined` are questions. What was changed last
    is at the end."""

    last: dict[str, str] = {}
    muted: dict[str, bool] = {}
    drafts: dict[str, str] = {}
    hidden: dict[str, bool] = {}
    chosen: dict[str, str] = {}
    declined: dict[str, bool] = {}


class Remembered:
    """What is remembered. It is read once; `save` writes what was changed here. `complaint` is what our user should be
    told about the file, "" for nothing."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()
        self.complaint = ""
        self._changes: dict[tuple[str, str], str | bool | None] = {}
        self._state = self._read()

    def last_buffer(self, network: str) -> str:
        """The buffer that was looked at last on a network; "" when there is none."""
        return self._state.last.get(network, "")

    def is_muted(self, network: str, buffer: str) -> bool:
        """Whether a buffer is muted."""
        return self._state.muted.get(place(network, buffer), False)

    def draft(self, network: str, buffer: str) -> str:
        """What was typed there and not sent; "" for nothing."""
        return self._state.drafts.get(place(network, buffer), "")

    def is_hidden(self, pane: str) -> bool | None:
        """Whether our user has hidden (or shown) a pane, by its name; None when he did neither."""
        return self._state.hidden.get(pane)

    @property
    def theme(self) -> str:
        """The theme that was chosen while the client ran; "" for none."""
        return self._state.chosen.get("theme", "")

    def is_declined(self, question: str) -> bool:
        """Whether our user has said no to a question that is not asked twice."""
        return self._state.declined.get(question, False)

    def decline(self, question: str) -> None:
        """Our user says no, and is not to be asked again."""
        self._change("declined", question, True)

    def look_at(self, network: str, buffer: str) -> None:
        """This buffer is looked at now."""
        self._change("last", network, buffer)

    def mute(self, network: str, buffer: str, muted: bool) -> None:
        """Mute a buffer, or hear it again."""
        self._change("muted", place(network, buffer), muted or None)

    def keep_draft(self, network: str, buffer: str, text: str) -> bool:
        """What was typed there and not sent; "" for nothing any more. False when only DRAFT_CHARACTERS_MAX of it are
        kept."""
        self._change("drafts", place(network, buffer), text[:DRAFT_CHARACTERS_MAX] or None)
        return len(text) <= DRAFT_CHARACTERS_MAX

    def hide(self, pane: str, hidden: bool) -> None:
        """Our user hides or shows a pane."""
        self._change("hidden", pane, hidden)

    def choose_theme(self, name: str) -> None:
        """Our user wants these colours."""
        self._change("chosen", "theme", name)

    def save(self) -> str:
        """Write what was changed; why it could not be written, "" when all is well. What could not be is tried again by
        the next call."""
        if not self._changes or self.path is None:
            return ""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with locked(self.path):
                state = self._read()
                for (section, key), value in self._changes.items():
                    put(state, section, key, value)
                replace_text(self.path, msgspec.json.format(msgspec.json.encode(state)).decode())
        except OSError as error:
            return f"{self.path} cannot be written: {error.strerror}"
        self._changes.clear()
        self._state = state
        return ""

    def _change(self, section: str, key: str, value: str | bool | None) -> None:
        if getattr(self._state, section).get(key) != value and len(key) <= NAME_CHARACTERS_MAX:
            put(self._state, section, key, value)
            self._changes.pop((section, key), None)
            self._changes[section, key] = value

    def _read(self) -> State:
        if self.path is None:
            return State()
        try:
            return bounded(msgspec.json.decode(read_text(self.path, BYTES_MAX), type=State))
        except FileNotFoundError:
            return State()
        except OSError as error:
            self.complaint = f"{self.path} cannot be read: {error.strerror}"
        except (ValueError, RecursionError) as error:
            self.complaint = set_aside(self.path, str(error))
        return State()


def place(network: str, buffer: str) -> str:
    """A buffer as a key."""
    return f"{network} {buffer.lower()}"


def put(state: State, section: str, key: str, value: str | bool | None) -> None:
    """Set an entry (None: take it away) as the one that was changed last, and keep the limit."""
    entries = getattr(state, section)
    entries.pop(key, None)
    if value is not None:
        entries[key] = value
    while len(entries) > ENTRIES_MAX[section]:
        del entries[next(iter(entries))]


def bounded(state: State) -> State:
    """What was read, without what somebody else has put into the file beyond the limits."""
    for section, most in ENTRIES_MAX.items():
        entries = getattr(state, section)
        kept = [(key, value) for key, value in entries.items() if len(key) <= NAME_CHARACTERS_MAX]
        setattr(state, section, dict(kept[-most:]))
    state.drafts = {key: text[:DRAFT_CHARACTERS_MAX] for key, text in state.drafts.items()}
    return state


def set_aside(path: Path, reason: str) -> str:
    """Give a damaged file another name; what to say about it."""
    aside = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(aside)
    except OSError as error:
        return f"{path} is damaged ({reason}) and cannot be renamed: {error.strerror}"
    return f"{path} was damaged ({reason}); it is now {aside.name}, and we begin anew"


def default_path() -> Path | None:
    """Where the file is; None without a home folder."""
    base = folder("XDG_STATE_HOME", ".local", "state")
    return base / FILE_NAME if base is not None else None
