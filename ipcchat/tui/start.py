"""What the terminal client begins with: the servers to be on, and what it is given to reach them.

Rules:
1. What the command line says wins over the settings: a server that it names is the only one, with what the settings
   have for the same server; without one the servers of the settings are taken, and who to be counts for the first.
2. Who nobody has named is asked (`servers` is empty then): see screens/first_run.
3. A password is never part of the settings and of no text: it is asked for where it is kept, by `Start.password`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ipcchat.client.errors import AddressError
from ipcchat.client.urls import Address, parse_address

if TYPE_CHECKING:
    from ipcchat.client.chat import Chat
    from ipcchat.tui.remembered import Remembered
    from ipcchat.tui.settings import Settings


@dataclass(frozen=True, slots=True)
class ServerEntry:
    """A server, and who to be there. What is "" was not said: `address` is this machine's server then, `nick` the
    account's or the login name; without `channels` they are those of the address, else #lobby.

    `connect` says whether to go there at the start. `password` is the account's, when it was typed or stands in the
    environment; `server_password` is what the server asks everybody for.
    """

    address: str = ""
    name: str = ""
    nick: str = ""
    account: str = ""
    channels: tuple[str, ...] = ()
    password_command: str = ""
    pin: str = ""
    certificate: str = ""
    connect: bool = True
    password: str = field(default="", repr=False)
    server_password: str = field(default="", repr=False)

    @property
    def says_who(self) -> bool:
        """Whether it is known who to be there."""
        return bool(self.nick or self.account or self.certificate)


@dataclass(frozen=True, kw_only=True)
class Start:
    """All that the command line, the environment and the settings say.

    `chat` makes a Chat that is not connected yet; it raises ChatError when it cannot work (a mistake in the address, an
    account without a password). `password` finds the password for an entry: "" when none is needed, None when our user
    must be asked. `can_keep` says whether there is a keyring; then `keep` puts a password there, where `password` will
    find it. These three may take long, so they are for another thread. `remember` adds a login to the settings. All but
    `can_keep` raise ChatError.

    `proposal` is what the first-run dialog is filled with. `program` is how our programs are called here, for texts
    that say what to type. `is_ansi`: the terminal has 16 colours or is to show none (NO_COLOR), and its own are used.
    """

    servers: tuple[ServerEntry, ...]
    proposal: ServerEntry
    chat: Callable[[ServerEntry], Chat]
    password: Callable[[ServerEntry], str | None]
    can_keep: Callable[[], bool]
    keep: Callable[[ServerEntry, str], None]
    remember: Callable[[ServerEntry], None]
    settings: Settings
    remembered: Remembered
    program: str = "ipc-chat"
    is_ansi: bool = False


def servers_for(given: ServerEntry, known: Iterable[ServerEntry]) -> tuple[ServerEntry, ...]:
    """The servers to be on, see rule 1: `given` is what the command line says, `known` what the settings have.
    There is none when nobody said who to be. Raises AddressError."""
    known = tuple(known)
    if given.address:
        place = place_of(parse_address(given.address))
        entry = completed(given, next((entry for entry in known if leads_to(entry, place)), None))
        return (entry,) if entry.says_who else ()
    wanted = [entry for entry in known if entry.connect]
    if wanted:
        return completed(given, wanted[0]), *wanted[1:]
    return (given,) if given.says_who else ()


def completed(given: ServerEntry, known: ServerEntry | None) -> ServerEntry:
    """What is known of a server, where `given` does not say otherwise. Another account has another password."""
    if known is None:
        return given
    if given.account not in ("", known.account):
        known = replace(known, nick="", password_command="", certificate="")
    said = {name: value for name in FIELDS if (value := getattr(given, name))}
    return replace(known, **said, connect=True)


FIELDS = ("address", "nick", "account", "channels", "password_command", "pin", "certificate")


Place = tuple[str, str, int, str]


def place_of(address: Address) -> Place:
    """What makes an address the same one, whatever channels it names."""
    return address.scheme, address.host.lower(), address.port, address.path


def leads_to(entry: ServerEntry, place: Place) -> bool:
    """Whether an entry leads to a place; one with a mistake in its address leads nowhere."""
    try:
        return bool(entry.address) and place_of(parse_address(entry.address)) == place
    except AddressError:
        return False
