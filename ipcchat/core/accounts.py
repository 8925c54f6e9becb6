"""Accounts: registered identities, and which nicks are theirs.

Rules:
1. A name, and a nick that is grouped to it, belong to one account; so does what looks like either (skeletons.py).
2. The name of a deleted account is kept free for a while: who comes next under it must not be taken for the first one.
3. Who is logged in to an account and has a nick of it may stay in the chat without a connection: `stays`.
"""

from __future__ import annotations

import msgspec

from ipcchat.core.facts import Credentials, Token
from ipcchat.core.policy import Policy
from ipcchat.wire.casemap import FoldedDict, fold

ALWAYS_ON, PRIVATE, REPLAY = "always-on", "private", "replay"
ACCOUNT_SETTINGS = {ALWAYS_ON: ("on", "off"), PRIVATE: ("on", "off"), REPLAY: ("on", "off")}
"""The settings of an account and their values; none means the default."""


class Suspension(msgspec.Struct, frozen=True, array_like=True):
    """An account may not be used: why, who said so, since when and until when (Unix ms; 0: until it is restored)."""

    reason: str
    by: str
    at: int
    until: int = 0


class Account(msgspec.Struct):
    """One registered identity. Times are Unix ms. `nicks` are grouped ones with their skeletons; `code_hash` is what an
    unverified one waits for, until `code_until`; `seen` is when somebody last logged in to it or left,
    `since` the place of the journal at which it was registered: what is before that is not its own. `tokens` log in to
    it, too."""

    name: str
    created: int
    credentials: Credentials = Credentials()
    email: str = ""
    skeleton: str = ""
    code_hash: str = ""
    code_until: int = 0
    certificates: tuple[str, ...] = ()
    nicks: dict[str, str] = {}
    settings: dict[str, str] = {}
    suspended: Suspension | None = None
    seen: int = 0
    since: int = 0
    tokens: tuple[Token, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether it may be used."""
        return not self.code_hash

    def names(self) -> dict[str, str]:
        """Every nick that is its own, with its skeleton."""
        return {self.name: self.skeleton, **self.nicks}

    def suspension(self, at: int) -> Suspension | None:
        """Its suspension, if it has one at that time (Unix ms)."""
        found = self.suspended
        return found if found is not None and (not found.until or at < found.until) else None


class Accounts:
    """All accounts, and the ways to find one."""

    def __init__(self) -> None:
        self._accounts: FoldedDict[Account] = FoldedDict()
        self._owners: FoldedDict[Account] = FoldedDict()
        self._certificates: dict[str, Account] = {}
        self._tokens: dict[str, Account] = {}
        self._lookalikes: dict[str, Account] = {}
        self.retired: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._accounts)

    def all(self) -> list[Account]:
        """Every account, in the order in which they were registered."""
        return list(self._accounts.values())

    def find(self, name: str) -> Account | None:
        """The account of that name."""
        return self._accounts.find(name)

    def owner(self, nick: str) -> Account | None:
        """The account that a nick belongs to."""
        return self._owners.find(nick)

    def of_certificate(self, fingerprint: str) -> Account | None:
        """The account that a certificate logs in to."""
        return self._certificates.get(fingerprint) if fingerprint else None

    def of_token(self, digest: str, at: int) -> Account | None:
        """The account that a token logs in to at that time (Unix ms)."""
        account = self._tokens.get(digest)
        for token in account.tokens if account is not None else ():
            if token.digest == digest and (not token.until or at < token.until):
                return account
        return None

    def lookalike(self, name: str, skeleton: str) -> Account | None:
        """The account, other than the one that `name` belongs to, of whose nicks one looks like `skeleton`."""
        found = self._lookalikes.get(skeleton)
        return None if found is None or found is self.owner(name) else found

    def add(self, account: Account) -> None:
        """An account exists."""
        self._accounts[account.name] = account
        self.retired.pop(fold(account.name), None)
        self._index(account)

    def remove(self, account: Account) -> None:
        """An account is gone."""
        self._forget(account)
        del self._accounts[account.name]

    def change(self, account: Account, *, nicks: dict[str, str], certificates: tuple[str, ...]) -> None:
        """An account has other nicks or certificates."""
        self._forget(account)
        account.nicks, account.certificates = nicks, certificates
        self._index(account)

    def change_tokens(self, account: Account, tokens: tuple[Token, ...]) -> None:
        """An account has other tokens."""
        self._forget(account)
        account.tokens = tokens
        self._index(account)

    def _index(self, account: Account) -> None:
        for nick, skeleton in account.names().items():
            self._owners[nick] = account
            if skeleton:
                self._lookalikes[skeleton] = account
        self._certificates.update(dict.fromkeys(account.certificates, account))
        self._tokens.update((token.digest, account) for token in account.tokens)

    def _forget(self, account: Account) -> None:
        for nick, skeleton in account.names().items():
            del self._owners[nick]
            self._lookalikes.pop(skeleton, None)
        for fingerprint in account.certificates:
            del self._certificates[fingerprint]
        for token in account.tokens:
            del self._tokens[token.digest]


def stays(accounts: Accounts, policy: Policy, account_name: str, nick: str) -> bool:
    """Whether a user stays in the chat without a connection: he is logged in, the nick is the account's, and account
    and network want it so."""
    account = accounts.find(account_name) if account_name else None
    if account is None or accounts.owner(nick) is not account or policy.always_on == "disabled":
        return False
    if policy.always_on == "mandatory":
        return True
    return account.settings.get(ALWAYS_ON, "on" if policy.always_on == "opt-out" else "off") == "on"
