"""What can be wrong with a NATS server of ours.

NatsServerError
    BinaryError           there is no program, or it is too old
    ConfigurationError    what it shall be told cannot be told, or is not safe
    KeyFileError          the key of a node cannot be had
    StartError            it does not start, or another one uses its store

What a node is told by a server that runs, as nats-py raises it (tests/server/nats/test_refusals.py):
    nats.errors.Error with 'Authorization Violation'    its key is not known
    ssl.SSLError or ConnectionError                     its certificate expired or is missing; the server's log says why
    nats.errors.MaxPayloadError                         the message is too large; nothing was sent
    nats.js.errors.APIError, err_code 10077             the stream has its max_bytes (discard=new)
    nats.js.errors.APIError, err_code 10023             the server has its max_file_store
    nats.errors.TimeoutError, always                    the disk was full; a start anew heals it (store_watch.py)
"""

from __future__ import annotations


class NatsServerError(Exception):
    """There is no NATS server; the text says why and what to do."""


class BinaryError(NatsServerError):
    """There is no program, or it is too old."""


class ConfigurationError(NatsServerError):
    """What the server shall be told cannot be told, or is not safe."""


class KeyFileError(NatsServerError):
    """The key of a node cannot be had."""


class StartError(NatsServerError):
    """The server does not start, or another one uses its store."""
