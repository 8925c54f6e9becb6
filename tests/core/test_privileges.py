"""What operators may do, by name."""

from __future__ import annotations

import pytest

from ipcchat.core import privileges, rules
from ipcchat.core.errors import Refusal
from ipcchat.core.privileges import PRIVILEGES
from ipcchat.core.state import User

NAMES = [name for name in vars(privileges) if name.isupper() and name != "PRIVILEGES"]


def user(modes: str, granted: tuple[str, ...] | None = None) -> User:
    """Somebody with these user modes and privileges."""
    return User("u", "ann", "u", "h", "r", "n", 0, 0, modes=modes, privileges=granted)


def test_every_name_is_in_the_table():
    assert {getattr(privileges, name) for name in NAMES} == set(PRIVILEGES)
    assert all(text for text in PRIVILEGES.values())


@pytest.mark.parametrize("name", PRIVILEGES)
def test_an_operator_has_what_he_was_given_and_nobody_else_has_anything(name):
    other = next(each for each in PRIVILEGES if each != name)
    assert rules.has_privilege(user("o"), name)
    assert rules.has_privilege(user("o", (name,)), name)
    assert not rules.has_privilege(user("o", (other,)), name)
    assert not rules.has_privilege(user("o", ()), name)
    assert not rules.has_privilege(user("", (name,)), name)


def test_who_lacks_it_is_told_what_it_is_for():  # numeric 723 of charybdis and its heirs
    rules.require_privilege(user("o"), "kill")
    with pytest.raises(Refusal) as caught:
        rules.require_privilege(user("o", ("ban",)), "kill")
    assert caught.value.numeric.code == "723"
    assert caught.value.params == ("kill",)
    with pytest.raises(Refusal) as caught:
        rules.require_privilege(user(""), "kill")
    assert caught.value.numeric.code == "481"
