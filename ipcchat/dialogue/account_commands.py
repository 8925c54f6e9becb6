"""Commands about one's own account. Passwords are asked for and not shown, never typed behind a
command, where they would stand on the screen and in what Up brings back."""

from __future__ import annotations

from ipcchat.client.errors import ChatError
from ipcchat.client.text import printable
from ipcchat.dialogue.command_table import Room, command

PASSWORD_TRIES = 3


@command("/register [EMAIL]")
async def register(room: Room, rest: str) -> None:
    """Register your name, so that it is yours alone.

    You are asked for a password. From then on you log in with it, by the option --account NAME. Some servers want an
    e-mail address, to which they send a code for /verify.
    """
    if len(rest.split()) > 1 or (rest and "@" not in rest):
        room.tell("only an e-mail address stands behind /register; the password is asked for")
        return
    password = await new_password(room)
    registered = await room.chat.register(password, email=rest)
    name = printable(registered.account)
    if registered.pending:
        room.tell(printable(registered.text) or f"{name} is registered")
        room.tell("type /verify and the code that you are sent")
    else:
        room.tell(yours(room, name))


@command("/verify CODE")
async def verify(room: Room, rest: str) -> None:
    """Complete your registration with a code."""
    room.tell(yours(room, printable(await room.chat.verify(rest.split()[0]))))


@command("/login [NAME]")
async def login(room: Room, rest: str) -> None:
    """Log in to your account.

    You are asked for the password. Without a name it is the account of the name you wanted. What you have not read yet
    is told.
    """
    account = rest.split()[0] if rest else room.chat.wanted_nick
    password = await room.ask_secret(f"password of {printable(account)}")
    if not password:
        room.tell("not logged in")
        return
    await room.chat.login(account, password)
    await room.tell_unread()


@command("/logout")
async def logout(room: Room, rest: str) -> None:
    """Log out of your account.

    The connection is made anew for it.
    """
    await room.chat.logout()


@command("/oper NAME")
async def oper(room: Room, rest: str) -> None:
    """Become an operator of the network.

    You are asked for the operator's password. Press Enter alone where your certificate says who you are.
    """
    name = rest.split()[0]
    if not room.chat.protection.confidential:
        raise ChatError("others could read the password on the way; connect by ircs://, or on the server's own machine")
    password = await room.ask_secret(f"password of the operator {printable(name)}")
    await room.chat.command("OPER", name, *filter(None, [password]))


def yours(room: Room, name: str) -> str:
    """A registration is complete: how to log in from now on."""
    return f"{name} is yours; next time: {room.program} --account {name}"


async def new_password(room: Room) -> str:
    """A password, typed twice. Raises ChatError."""
    for _ in range(PASSWORD_TRIES):
        password = await room.ask_secret("new password")
        if not password:
            raise ChatError("nothing was registered")
        if await room.ask_secret("once more") == password:
            return password
        room.tell("these were two different passwords")
    raise ChatError("nothing was registered")
