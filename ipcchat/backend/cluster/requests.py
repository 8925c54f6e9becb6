"""Questions that one node asks another, over core NATS: `<prefix>.node.<node>.<verb>`.

    RequestError            nothing came of it
     +-- NobodyThere        no such node listens, or this one has no connection
     +-- Refused            the node answered that it will not; its reason is for people
     +-- TooSlow            no answer in time: whether it was done is not known

Rules:
1. Questions and answers are msgspec structs in msgpack, each of a type that both sides know; fields are only added at
   the end.
2. Nothing is longer than the server's max_payload allows: who wants to say more does so in pieces.
3. A question may arrive twice, because who hears nothing asks again: what it does must bear that.
4. A node answers at most ASKED_MAX questions at once, and refuses the others.

    requests = Requests("one")
    requests.answer("snapshot-read", Read, self._read)
    await requests.start(client)                           # again with each new client of NATS
    piece = await requests.ask("two", "snapshot-read", Read(...), Piece)

Specification: https://docs.nats.io/nats-concepts/core-nats/reqreply.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from nats import errors

from ipcchat.backend.cluster.beats import is_node_name, make_known

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription

ANSWER_SECONDS: Final = 5.0

ASKED_MAX: Final = 64
"""Questions that are answered at once: each may hold a piece of a journal."""

HEAD_BYTES: Final = 1_024
"""Of max_payload, for what is around an answer."""

_VERB: Final = re.compile(r"[a-z-]{1,32}")
_REASON_CHARACTERS_MAX: Final = 400

_log = logging.getLogger(__name__)

Question = TypeVar("Question", bound=msgspec.Struct)
Answer = TypeVar("Answer", bound=msgspec.Struct)


class RequestError(Exception):
    """Nothing came of a question; the text says why."""


class NobodyThere(RequestError):
    """No such node listens, or this one has no connection."""


class Refused(RequestError):
    """The node that was asked will not; raised by who answers, and again for who asked."""


class TooSlow(RequestError):
    """There was no answer in time."""


class _Reply(msgspec.Struct, array_like=True):
    """`refusal` is "" when there is an answer."""

    refusal: str
    body: bytes = b""


_encode = msgspec.msgpack.Encoder().encode
_decode_reply = msgspec.msgpack.Decoder(_Reply).decode


class Requests:
    """One node's questions and answers, over a connection that somebody else opens and closes."""

    def __init__(self, node: str, *, prefix: str = "ipcchat") -> None:
        self.asked = self.answered = self.refused = 0
        self._connection: Client | None = None
        self._prefix = f"{prefix}.node"
        self._node = node
        self._answering: dict[str, Callable[[bytes], Awaitable[bytes]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscription: Subscription | None = None

    @property
    def bytes_max(self) -> int:
        """How long the encoded struct of a question or an answer may be; 0 before the start."""
        return self._connection.max_payload - HEAD_BYTES if self._connection is not None else 0

    def answer(self, verb: str, question: type[Question], how: Callable[[Question], Awaitable[msgspec.Struct]]) -> None:
        """Have questions of that verb answered by `how`, which raises Refused to refuse."""
        if not _VERB.fullmatch(verb):
            raise ValueError(f"{verb!r} is no verb: letters a to z and the hyphen")
        decode = msgspec.msgpack.Decoder(question).decode

        async def reply(body: bytes) -> bytes:
            try:
                asked = decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise Refused(f"that question cannot be read: {error}") from error
            return _encode(await how(asked))

        self._answering[verb] = reply

    def ask_by(self, connection: Client) -> None:
        """Only ask, by this connection, and answer nothing: for who is no node."""
        self._connection = connection

    async def start(self, connection: Client) -> None:
        """Ask and answer from now on by this connection, and by no other one. Raises what nats-py raises when it is
        closed."""
        await self.stop()
        self._connection = connection
        self._subscription = await connection.subscribe(f"{self._prefix}.{self._node}.*", cb=self._take)
        await make_known(connection)

    async def stop(self) -> None:
        """Ask and answer nothing any more. May be called twice."""
        self._connection = None
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            with suppress(errors.Error):
                await subscription.unsubscribe()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def ask(
        self, node: str, verb: str, question: msgspec.Struct, answer: type[Answer], seconds: float = ANSWER_SECONDS
    ) -> Answer:
        """Ask that node and return its answer. Raises NobodyThere, Refused or TooSlow, and ValueError when the question
        is too long or the name is none."""
        body = _encode(question)
        if self._connection is None or not self._connection.is_connected:
            raise NobodyThere("there is no connection to NATS")
        if not is_node_name(node) or len(body) > self.bytes_max:
            raise ValueError(f"{node!r} cannot be asked that ({len(body)} bytes)")
        self.asked += 1
        reply = await self._reply(self._connection, f"{self._prefix}.{node}.{verb}", body, seconds)
        if reply.refusal:
            raise Refused(f"{node} refuses: {reply.refusal}")
        try:
            return msgspec.msgpack.decode(reply.body, type=answer)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(f"the answer of {node} cannot be read: {error}") from error

    async def _reply(self, connection: Client, subject: str, body: bytes, seconds: float) -> _Reply:
        node = subject.split(".")[-2]
        try:
            message = await connection.request(subject, body, timeout=seconds)
            return _decode_reply(message.data)
        except errors.NoRespondersError as error:
            raise NobodyThere(f"nobody is there by the name of {node}") from error
        except errors.TimeoutError as error:
            raise TooSlow(f"{node} did not answer within {seconds:g} s") from error
        except errors.Error as error:
            raise NobodyThere(f"{node} cannot be asked: {error}") from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(f"the answer of {node} cannot be read: {error}") from error

    async def _take(self, message: Msg) -> None:
        """Have a question answered beside the others: nats-py awaits this before it delivers the next one."""
        if len(self._tasks) >= ASKED_MAX:
            await self._respond(message, _Reply("it is asked too much at once; ask again later"))
            return
        task = asyncio.create_task(self._serve(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, message: Msg) -> None:
        await self._respond(message, await self._reply_to(message))

    async def _reply_to(self, message: Msg) -> _Reply:
        verb = message.subject.rpartition(".")[2]
        answering: Callable[[bytes], Awaitable[bytes]] | None = self._answering.get(verb)
        if answering is None:
            return _Reply("it does not know that question; is it of another version?")
        try:
            body = await answering(message.data)
        except Refused as error:
            return _Reply(str(error)[:_REASON_CHARACTERS_MAX] or "it did not say why")
        except Exception:
            _log.exception("a fault in answering another node")
            return _Reply("a fault in answering; see its log")
        if len(body) > self.bytes_max:
            return _Reply(f"the answer is too long ({len(body)} bytes)")
        return _Reply("", body)

    async def _respond(self, message: Msg, reply: _Reply) -> None:
        if reply.refusal:
            self.refused += 1
        else:
            self.answered += 1
        if message.reply and self._connection is not None:
            with suppress(errors.Error):  # The connection is gone: who asked hears nothing and asks again.
                await self._connection.publish(message.reply, _encode(reply))
