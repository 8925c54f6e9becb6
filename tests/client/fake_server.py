"""A small chat server for the client's tests, as kind or unkind as a test wants it.

It keeps channels, history and idempotency keys in memory like a real one, speaks the capabilities it is told to, and
can cut connections, swallow echoes, hold back answers, repeat messages and refuse. With `tls` it speaks TLS, with
`path` it listens at a Unix socket; `accounts` are names and passwords that one can log in with.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipcchat.wire.message import Message, format_message, parse, parse_source
from ipcchat.wire.times import format_time

ALL_CAPABILITIES = (
    "message-tags server-time echo-message batch labeled-response multi-prefix standard-replies draft/chathistory"
)
RELAYED = ("+reply", "+channel-context", "+draft/edit")
FIRST_TIME = 1_767_323_045_678


@dataclass
class Said:
    """One message in the history."""

    msgid: str
    time: str
    source: str
    command: str
    target: str
    text: str

    tags: dict[str, str] = field(default_factory=dict)

    def line(self) -> Message:
        """The message in one line; those of several lines are sent with `lines`."""
        tags = {"msgid": self.msgid, "time": self.time, **self.tags}
        return Message(self.command, [self.target, self.text], self.source, tags)

    def lines(self, label: str = "") -> list[Message]:
        """The lines of a delivery: one, or a draft/multiline batch."""
        whole = self.line()
        whole.tags |= {"label": label} if label else {}
        if "\n" not in self.text:
            return [whole]
        rows = [
            Message(self.command, [self.target, row], self.source, {"batch": "ml"}) for row in self.text.split("\n")
        ]
        opening = Message("BATCH", ["+ml", "draft/multiline", self.target], self.source, whole.tags)
        return [opening, *rows, Message("BATCH", ["-ml"], "fake.test")]


@dataclass
class Peer:
    """One connection to the fake."""

    writer: asyncio.StreamWriter
    nick: str = ""
    registered: bool = False
    capabilities: set[str] = field(default_factory=set)
    negotiating: bool = False
    received: list[str] = field(default_factory=list)
    multiline: list[Message] = field(default_factory=list)
    account: str = ""
    mechanism: str = ""
    scram: Any = None
    claimed: str = ""

    @property
    def source(self) -> str:
        return f"{self.nick}!~u@fake.test"

    def send(self, message: Message) -> None:
        known = {"time": "server-time", "label": "labeled-response", "batch": "batch"}
        tags = {
            key: value for key, value in message.tags.items() if known.get(key, "message-tags") in self.capabilities
        }
        if not self.writer.is_closing():
            self.writer.write(
                format_message(Message(message.command, message.params, message.source, tags)).encode() + b"\r\n"
            )


class FakeServer:
    """`async with FakeServer() as server`: listens on a free port of 127.0.0.1; knobs are plain attributes."""

    def __init__(
        self,
        capabilities: str = ALL_CAPABILITIES,
        page: int = 3,
        tls: ssl.SSLContext | None = None,
        path: Path | None = None,
    ) -> None:
        self.tls = tls
        self.path = path
        self.accounts: dict[str, str] = {}
        self.pending: dict[str, str] = {}
        self.code = ""
        self.kernel_account = ""
        self.capabilities = set(capabilities.split())
        self.page = page
        self.port = 0
        self.peers: list[Peer] = []
        self.accepted = 0
        self.values: dict[str, str] = {"draft/multiline": "max-bytes=2000,max-lines=5"}
        self.tokens = ["CASEMAPPING=ascii", "PREFIX=(ov)@+", f"CHATHISTORY={page}", "CHANTYPES=#"]
        self.scripted: dict[str, list[str]] = {}
        self.channels: dict[str, list[Peer]] = {}
        self.topics: dict[str, str] = {}
        self.history: list[Said] = []
        self.keys: dict[tuple[str, str, str], Said] = {}
        self.reserved: set[str] = set()
        self.refuse_join: dict[str, str] = {}
        self.forgotten: set[str] = set()
        self.before_answer: Callable[[Peer, Message], bool] = lambda peer, message: True
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> FakeServer:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        if self.path is not None:
            return f"unix://{self.path}"
        return f"ircs://localhost:{self.port}" if self.tls else f"irc://127.0.0.1:{self.port}"

    async def start(self) -> None:
        if self.path is not None:
            self._server = await asyncio.start_unix_server(self._serve, self.path)
            return
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and cut everybody."""
        assert self._server is not None
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Every connection is gone at once."""
        for peer in list(self.peers):
            peer.writer.transport.abort()
            self._gone(peer)

    def say(self, nick: str, target: str, text: str, command: str = "PRIVMSG") -> Said:
        """Somebody who is not connected here says something."""
        said = self._record(f"{nick}!~{nick}@elsewhere.test", command, target, text)
        for peer in self.channels.get(target, []):
            for line in said.lines():
                peer.send(line)
        return said

    def everybody(self, message: Message) -> None:
        for peer in self.peers:
            peer.send(message)

    def peer(self, nick: str) -> Peer:
        return next(peer for peer in self.peers if peer.nick == nick)

    def _record(self, source: str, command: str, target: str, text: str, tags: dict[str, str] | None = None) -> Said:
        number = len(self.history) + 1
        time = format_time(FIRST_TIME + number * 1000)
        said = Said(f"fake-{number}", time, source, command, target, text, tags or {})
        self.history.append(said)
        return said

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        peer = Peer(writer)
        self.peers.append(peer)
        try:
            while line := await reader.readline():
                message = parse(line.rstrip(b"\r\n"))
                peer.received.append(line.decode().rstrip("\r\n"))
                if self.before_answer(peer, message) and peer in self.peers:
                    self._answer(peer, message)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._gone(peer)
            writer.close()

    def _gone(self, peer: Peer) -> None:
        if peer in self.peers:
            self.peers.remove(peer)
        for members in self.channels.values():
            if peer in members:
                members.remove(peer)

    def _answer(self, peer: Peer, message: Message) -> None:
        handler = getattr(self, f"_on_{message.command.lower()}", None)
        label = message.tags.get("label", "")
        scripted = self.scripted.get(" ".join([message.command, *message.params]))
        if scripted is not None:
            self.batch(peer, label, "labeled-response", [parse(line.format(peer=peer)) for line in scripted])
        elif handler is None:
            self.reply(peer, label, "421", message.command, "Unknown command")
        else:
            handler(peer, message, label)

    def reply(self, peer: Peer, label: str, command: str, *params: str) -> None:
        tags = {"label": label} if label else {}
        peer.send(Message(command, [peer.nick or "*", *params], "fake.test", tags))

    def batch(self, peer: Peer, label: str, kind: str, lines: list[Message], *params: str) -> None:
        """Send lines in one batch; unlabelled peers get them bare, and no lines are an ACK."""
        if label and not lines and kind == "labeled-response":
            return peer.send(Message("ACK", [], "fake.test", {"label": label}))
        if "batch" not in peer.capabilities:
            for line in lines:
                peer.send(line)
            return
        peer.send(Message("BATCH", ["+r1", kind, *params], "fake.test", {"label": label} if label else {}))
        for line in lines:
            line.tags = {"batch": "r1", **line.tags}
            peer.send(line)
        peer.send(Message("BATCH", ["-r1"], "fake.test"))

    # Accounts: IRCv3 sasl-3.2 and draft/account-registration.

    def _on_authenticate(self, peer: Peer, message: Message, label: str) -> None:
        word = message.params[0]
        if word == "*":
            peer.mechanism = ""
            self.reply(peer, label, "906", "SASL authentication aborted")
        elif not peer.mechanism:
            self._begin_login(peer, word, label)
        else:
            response = b"" if word == "+" else base64.b64decode(word)
            getattr(self, f"_login_by_{peer.mechanism.partition('-')[0].lower()}")(peer, response, label)

    def _begin_login(self, peer: Peer, name: str, label: str) -> None:
        offered = self.values.get("sasl", "") or "PLAIN"
        if name not in offered.split(","):
            self.reply(peer, "", "908", offered, "are available SASL mechanisms")
            return self.reply(peer, label, "904", "SASL authentication failed")
        peer.mechanism = name
        if name == "SCRAM-SHA-256":
            peer.scram = self._scram_server()
        self._challenge(peer, b"", label)

    def _scram_server(self) -> Any:
        from scramp import ScramMechanism  # type: ignore[import-untyped, unused-ignore]

        mechanism = ScramMechanism("SCRAM-SHA-256")
        kept = {name: mechanism.make_auth_info(password) for name, password in self.accounts.items()}
        return mechanism.make_server(lambda name: kept.get(name) or mechanism.make_auth_info("nobody's"))

    def _challenge(self, peer: Peer, challenge: bytes, label: str) -> None:
        text = base64.b64encode(challenge).decode() or "+"
        peer.send(Message("AUTHENTICATE", [text], None, {"label": label} if label else {}))

    def _login_by_plain(self, peer: Peer, response: bytes, label: str) -> None:
        _, name, password = response.decode().split("\0")
        self._end_login(peer, name if self.accounts.get(name) == password else "", label)

    def _login_by_external(self, peer: Peer, response: bytes, label: str) -> None:
        tls = peer.writer.get_extra_info("peercert")
        known = self.kernel_account or (tls and dict(tls["subject"][-1])["commonName"]) or ""
        self._end_login(peer, known if response.decode() in ("", known) else "", label)

    def _login_by_scram(self, peer: Peer, response: bytes, label: str) -> None:
        from scramp import ScramException

        scram = peer.scram
        try:
            if scram.stage is None:
                peer.claimed = response.decode().split(",")[2].removeprefix("n=")
                scram.set_client_first(response.decode())
                self._challenge(peer, scram.get_server_first().encode(), label)
            elif int(scram.stage) == 2:
                scram.set_client_final(response.decode())
                self._challenge(peer, scram.get_server_final().encode(), label)
            else:
                self._end_login(peer, peer.claimed, label)
        except ScramException:
            self._end_login(peer, "", label)

    def _end_login(self, peer: Peer, account: str, label: str) -> None:
        peer.mechanism, peer.account = "", account
        if not account:
            return self.reply(peer, label, "904", "SASL authentication failed")
        nick = peer.nick or "*"
        lines = [
            Message("900", [nick, f"{nick}!u@fake.test", account, f"You are now logged in as {account}"], "fake.test"),
            Message("903", [nick, "SASL authentication successful"], "fake.test"),
        ]
        self.batch(peer, label, "labeled-response", lines)

    def _on_register(self, peer: Peer, message: Message, label: str) -> None:
        account, _, password = message.params
        account = peer.nick if account == "*" else account
        if account in self.accounts:
            text = "That name is taken"
            return self._standard(peer, label, "FAIL", "REGISTER", "ACCOUNT_EXISTS", account, text)
        verdict = "VERIFICATION_REQUIRED" if self.code else "SUCCESS"
        (self.pending if self.code else self.accounts)[account] = password
        self._standard(peer, label, "REGISTER", verdict, account, "Registered")

    def _on_verify(self, peer: Peer, message: Message, label: str) -> None:
        account, code = message.params
        if code != self.code:
            return self._standard(peer, label, "FAIL", "VERIFY", "INVALID_CODE", account, "That is not the code")
        self.accounts[account] = self.pending.pop(account)
        self._standard(peer, label, "VERIFY", "SUCCESS", account, "Verified")

    def _standard(self, peer: Peer, label: str, command: str, *params: str) -> None:
        peer.send(Message(command, list(params), "fake.test", {"label": label} if label else {}))

    # Commands.

    def _on_cap(self, peer: Peer, message: Message, label: str) -> None:
        verb = message.params[0]
        if not self.capabilities:
            self.reply(peer, label, "421", "CAP", "Unknown command")
        elif verb == "LS":
            peer.negotiating = True
            names = [
                f"{name}={self.values[name]}" if name in self.values else name for name in sorted(self.capabilities)
            ]
            half = len(names) // 2
            peer.send(Message("CAP", ["*", "LS", "*", " ".join(names[:half])], "fake.test"))
            peer.send(Message("CAP", ["*", "LS", " ".join(names[half:])], "fake.test"))
        elif verb == "REQ":
            peer.capabilities |= set(message.params[1].split())
            peer.send(Message("CAP", ["*", "ACK", message.params[1]], "fake.test"))
        elif verb == "END":
            peer.negotiating = False
            self._register(peer)

    def _on_nick(self, peer: Peer, message: Message, label: str) -> None:
        nick = message.params[0]
        if nick in self.reserved or any(other.nick == nick for other in self.peers if other is not peer):
            self.reply(peer, label, "433", nick, "Nickname is already in use")
        elif peer.registered:
            line = Message("NICK", [nick], peer.source, {"label": label} if label else {})
            peer.send(line)
            peer.nick = nick
        else:
            peer.nick = nick
            self._register(peer)

    def _on_user(self, peer: Peer, message: Message, label: str) -> None:
        peer.received.append("USER seen")
        self._register(peer)

    def _register(self, peer: Peer) -> None:
        if peer.registered or peer.negotiating or not peer.nick or "USER seen" not in peer.received:
            return
        peer.registered = True
        self.reply(peer, "", "001", "Welcome")
        self.reply(peer, "", "005", *self.tokens, "are supported")
        self.reply(peer, "", "422", "There is no message of the day")

    def _on_ping(self, peer: Peer, message: Message, label: str) -> None:
        peer.send(Message("PONG", ["fake.test", *message.params[:1]], "fake.test", {"label": label} if label else {}))

    def _on_quit(self, peer: Peer, message: Message, label: str) -> None:
        peer.send(Message("ERROR", ["Closing link"]))
        peer.writer.close()

    def _on_join(self, peer: Peer, message: Message, label: str) -> None:
        channel = message.params[0]
        if channel in self.refuse_join:
            return self.reply(peer, label, self.refuse_join[channel], channel, "Cannot join channel")
        members = self.channels.setdefault(channel, [])
        if peer not in members:
            members.append(peer)
        time = format_time(FIRST_TIME + len(self.history) * 1000 + 500)
        joined = Message("JOIN", [channel], peer.source, {"time": time})
        for other in members:
            if other is not peer:
                other.send(joined)
        names = Message("353", [peer.nick, "=", channel, " ".join(member.nick for member in members)], "fake.test")
        end = Message("366", [peer.nick, channel, "End of NAMES"], "fake.test")
        topic = (
            [Message("332", [peer.nick, channel, self.topics[channel]], "fake.test")] if channel in self.topics else []
        )
        self.batch(peer, label, "labeled-response", [joined, *topic, names, end])

    def _on_part(self, peer: Peer, message: Message, label: str) -> None:
        channel = message.params[0]
        members = self.channels.get(channel, [])
        if peer not in members:
            return self.reply(peer, label, "442", channel, "You're not on that channel")
        members.remove(peer)
        peer.send(Message("PART", message.params, peer.source, {"label": label} if label else {}))

    def _on_topic(self, peer: Peer, message: Message, label: str) -> None:
        channel = message.params[0]
        if len(message.params) == 1:
            return self.reply(peer, label, "332", channel, self.topics.get(channel, ""))
        self.topics[channel] = message.params[1]
        for member in self.channels.get(channel, []):
            tags = {"label": label} if label and member is peer else {}
            member.send(Message("TOPIC", message.params, peer.source, tags))

    def _on_list(self, peer: Peer, message: Message, label: str) -> None:
        lines = [
            Message("322", [peer.nick, name, str(len(members)), self.topics.get(name, "")], "fake.test")
            for name, members in self.channels.items()
        ]
        self.batch(peer, label, "labeled-response", [*lines, Message("323", [peer.nick, "End of LIST"], "fake.test")])

    def _on_tagmsg(self, peer: Peer, message: Message, label: str) -> None:
        tags = {key: value for key, value in message.tags.items() if key.startswith("+")}
        line = Message("TAGMSG", message.params, peer.source, tags)
        for other in self.channels.get(message.params[0], []):
            if other is not peer:
                other.send(line)
        peer.send(Message(line.command, line.params, line.source, {**tags, "label": label} if label else tags))

    def _on_batch(self, peer: Peer, message: Message, label: str) -> None:
        """IRCv3 draft/multiline: the lines until the batch ends are one message."""
        if message.params[0].startswith("+"):
            peer.multiline = [message]
            return
        opening, *rows = peer.multiline
        peer.multiline = []
        text = rows[0].params[1]
        for row in rows[1:]:
            text += row.params[1] if "draft/multiline-concat" in row.tags else "\n" + row.params[1]
        whole = Message(rows[0].command, [opening.params[2], text], None, opening.tags)
        self._on_privmsg(peer, whole, opening.tags.get("label", ""))

    def _on_privmsg(self, peer: Peer, message: Message, label: str) -> None:
        if "batch" in message.tags:
            peer.multiline.append(message)
            return
        target, text = message.params
        if target.startswith("#") and peer not in self.channels.get(target, []):
            return self.reply(peer, label, "404", target, "Cannot send to channel")
        key = message.tags.get("+ipc-chat/key", "")
        said = self.keys.get((key, target, text)) if key else None
        if said is None:
            tags = {name: value for name, value in message.tags.items() if name in RELAYED}
            said = self._record(peer.source, message.command.upper(), target, text, tags)
            if key:
                self.keys[key, target, text] = said
            self._relay(peer, said)
        if "echo-message" in peer.capabilities:
            for line in said.lines(label):
                peer.send(line)
        elif label:
            peer.send(Message("ACK", [], "fake.test", {"label": label}))

    _on_notice = _on_privmsg

    def _relay(self, peer: Peer, said: Said) -> None:
        nick = said.target
        others = self.channels.get(said.target, [other for other in self.peers if other.nick == nick])
        for other in others:
            if other is not peer:
                for line in said.lines():
                    other.send(line)

    def _on_chathistory(self, peer: Peer, message: Message, label: str) -> None:
        verb, target, reference = message.params[:3]
        limit = min(int(message.params[-1]), self.page)
        said = [said for said in self.history if said.target == target]
        msgids = [entry.msgid for entry in said]
        msgid = reference.removeprefix("msgid=")
        if msgid in self.forgotten or (reference.startswith("msgid=") and msgid not in msgids):
            return peer.send(
                Message(
                    "FAIL",
                    ["CHATHISTORY", "INVALID_PARAMS", verb, reference, "Unknown message id"],
                    "fake.test",
                    {"label": label},
                )
            )
        before = [entry for entry in said if entry.time <= reference.removeprefix("timestamp=")]
        at = msgids.index(msgid) if msgid in msgids else len(before) - 1
        pages = {
            "LATEST": said[-limit:],
            "AFTER": said[at + 1 :][:limit],
            "BEFORE": said[:at][-limit:] if at >= 0 else [],
        }
        self.batch(peer, label, "chathistory", [line for entry in pages[verb] for line in entry.lines()], target)


def nick_of(message: Message) -> str:
    """Who sent a line."""
    return parse_source(message.source or "").nick
