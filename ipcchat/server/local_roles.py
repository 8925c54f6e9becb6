"""What the configuration says of the users of this machine: who has which account, and who is an operator.

Rules:
1. A uid or a gid stands in one section at most, and an operator that is named has a section of its own.
2. The uid goes before the groups; of several groups, the first section that fits counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec

USERS, GROUPS, OPERATORS = "local_users", "local_groups", "operators"

Sections = Mapping[str, Mapping[str, Mapping[str, Any]]]
Complain = Callable[[str, str], None]


class LocalRoles(msgspec.Struct, frozen=True):
    """Accounts and operators by uid, and operators by gid."""

    accounts: Mapping[int, str] = {}
    users: Mapping[int, str] = {}
    groups: Mapping[int, str] = {}

    def account(self, uid: int) -> str:
        """The account of a user, "" for none."""
        return self.accounts.get(uid, "")

    def operator(self, uid: int, gids: Collection[int]) -> str:
        """The operator that a user in these groups is, "" for none."""
        by_group = (operator for gid, operator in self.groups.items() if gid in gids)
        return self.users.get(uid, "") or next(by_group, "")


def local_roles(sections: Sections) -> LocalRoles:
    """The roles of the sections of a file."""
    users, groups = sections[USERS].values(), sections[GROUPS].values()
    return LocalRoles(
        {table["uid"]: table["account"] for table in users if table["account"]},
        {table["uid"]: table["operator"] for table in users if table["operator"]},
        {table["gid"]: table["operator"] for table in groups},
    )


def check_roles(sections: Sections, complain: Complain) -> None:
    """Rule 1; what is wrong is told by the name of the setting."""
    for section, key in ((USERS, "uid"), (GROUPS, "gid")):
        seen: dict[int, str] = {}
        for name, table in sections[section].items():
            number, operator = table.get(key), table.get("operator")
            if number in seen:
                complain(f"{section}.{name}.{key}", f"{number} stands in [{section}.{seen[number]}], too; leave one")
            if number is not None:
                seen.setdefault(number, name)
            if operator and operator not in sections[OPERATORS]:
                text = f"expected an operator of this file, got {operator!r}; there is no [{OPERATORS}.{operator}]"
                complain(f"{section}.{name}.operator", text)
