"""One connection's login: responses and challenges in chunks (IRCv3 sasl-3.1 "The AUTHENTICATE command")."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core import handlers, sasl
from ipcchat.core.sasl import Denied, Exchange, Login, TooLong
from ipcchat.core.settings import Settings


def gathered(chunks: list[str], bytes_max: int = 8_192) -> list[bytes | None]:
    """What a login makes of these chunks, one after the other."""
    login = Login()
    return [login.gather(chunk, bytes_max) for chunk in chunks]


def test_an_empty_response_is_a_plus():
    assert sasl.chunks(b"") == ["+"]
    assert gathered(["+"]) == [b""]


@pytest.mark.parametrize(("size", "count"), [(1, 1), (297, 1), (298, 2), (300, 2), (301, 2), (600, 3)])
def test_a_last_chunk_of_400_is_followed_by_a_plus(size, count):
    chunks = sasl.chunks(b"x" * size)
    assert len(chunks) == count
    assert (chunks[-1] == "+") == (size in (298, 300, 600))
    assert gathered(chunks) == [None] * (count - 1) + [b"x" * size]


@given(st.binary(max_size=2_000))
def test_what_is_cut_is_put_together_again(challenge):
    chunks = sasl.chunks(challenge)
    assert all(0 < len(chunk) <= 400 for chunk in chunks) and len(chunks[-1]) < 400
    assert gathered(chunks)[-1] == challenge


@given(st.text("AQgwZz09+/= é", max_size=40))
def test_anything_is_a_response_or_denied(chunk):
    login = Login()
    try:
        response = login.gather(chunk, 8_192)
    except Denied as denied:
        assert denied.reason == "what came is not Base64" and not denied.locked
    else:
        assert response is not None and len(response) * 4 <= len(chunk) * 3


def test_a_response_has_a_limit():
    assert gathered(["A" * 400, "A" * 100], bytes_max=500)[-1] is not None
    with pytest.raises(TooLong):
        gathered(["A" * 400, "A" * 101], bytes_max=500)


def test_each_exchange_begins_afresh():
    closed = []

    def mechanism() -> Exchange:
        try:
            yield b""
        except GeneratorExit:
            closed.append(True)
            raise
        return "ann"

    login, exchange = Login(), mechanism()
    next(exchange)
    login.begin(exchange, 5.0)
    login.gather("A" * 400, 8_192)
    login.end()
    login.end()
    assert closed == [True] and login.exchange is None
    login.begin(mechanism(), 6.0)
    assert login.begun == 6.0
    assert login.gather("YQ==", 8_192) == b"a"


def test_no_mechanism_is_offered_that_is_not_there():
    handlers.load()
    assert set(Settings().mechanisms) <= set(sasl.MECHANISMS)
