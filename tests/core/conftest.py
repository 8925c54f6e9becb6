"""What conversations in core's tests begin with, and what holds those to their word that claim to cover rows."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tests.core import covers, tea
from tests.core.covers import Evidence
from tests.core.net import Net, Talker


@pytest.fixture
def net() -> Net:
    """A network of one node, with nobody there yet."""
    return Net()


@pytest.fixture
def ann(net: Net) -> Talker:
    """The operator of #tea."""
    return net.join("ann", "#tea", tea.CAPS)


@pytest.fixture
def bob(net: Net, ann: Talker) -> Talker:
    """A member of #tea."""
    talker = net.join("bob", "#tea", tea.CAPS)
    ann.forget()
    return talker


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", "covers(*rows): rows of the tables that this conversation covers (tests/core/covers.py)"
    )


@pytest.fixture(autouse=True)
def evidence(request: pytest.FixtureRequest) -> Iterator[Evidence | None]:
    """What happens in a test that claims rows, from before its other fixtures; None in others."""
    if not covers.claims_of(request.node):
        yield None
        return
    with covers.witnessed() as gathered:
        yield gathered


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test fails when a row that it claims did not occur in it."""
    result = yield
    claims = covers.claims_of(item)
    if claims and (problems := covers.missing(claims, item.funcargs["evidence"])):  # type: ignore[attr-defined]
        pytest.fail("this test claims rows that did not occur in it:\n" + "\n".join(problems), pytrace=False)
    return result
