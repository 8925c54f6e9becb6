"""NickServ: tokens that log in to one's account (docs/http-api.md)."""

from __future__ import annotations

import re

import pytest

from ipcchat.core import facts
from ipcchat.core.facts import Credentials, Token
from ipcchat.core.limits import Limits
from ipcchat.core.settings import Settings
from ipcchat.core.tokens import digest_of, is_token
from tests.core.deeds import comes, happened, has_account, is_operator
from tests.core.handlers.test_nickserv import NOT_LOGGED_IN, answers
from tests.core.net import Net

DAY_MS = 86_400_000


@pytest.fixture
def ann(net: Net):
    """Ann, who has an account."""
    has_account(net, "ann")
    return comes(net, "ann")


def made(talker, words: str = "TOKEN ADD bot") -> str:
    """The token of an answer."""
    (answer,) = answers(talker, words)
    found = re.search(r"ipc_[\w-]+", answer)
    assert found is not None
    return found[0]


def test_a_token_is_shown_once_and_its_hash_is_kept(net, ann):
    token = made(ann)
    assert is_token(token)
    (kept,) = net.engine.state.accounts.find("ann").tokens
    assert kept == Token("bot", digest_of(token), net.now.wall)
    assert token not in str(net.journal.entries)
    assert answers(ann, "TOKEN LIST") == ["bot: since 2023-11-14 22:13 UTC"]


def test_it_counts_until_its_day(net, ann):
    token = made(ann, "TOKEN ADD CI-Bot 30")
    assert answers(ann, "token list") == ["ci-bot: since 2023-11-14 22:13 UTC, until 2023-12-14 22:13 UTC"]
    accounts, now = net.engine.state.accounts, net.now.wall
    assert accounts.of_token(digest_of(token), now + 30 * DAY_MS - 1).name == "ann"
    assert accounts.of_token(digest_of(token), now + 30 * DAY_MS) is None


def test_a_new_one_of_the_same_name_takes_its_place(net, ann):
    old, new = made(ann), made(ann)
    accounts = net.engine.state.accounts
    assert accounts.of_token(digest_of(old), net.now.wall) is None
    assert accounts.of_token(digest_of(new), net.now.wall).name == "ann"
    assert len(accounts.find("ann").tokens) == 1


def test_it_is_taken_back(net, ann):
    token = made(ann)
    assert answers(ann, "TOKEN DEL bot") == ["The token bot does not log in to ann any more."]
    assert net.engine.state.accounts.of_token(digest_of(token), net.now.wall) is None
    assert answers(ann, "TOKEN DEL bot") == ["Your account has no token bot; TOKEN LIST shows them"]
    assert answers(ann, "TOKEN LIST") == ["Your account has no tokens. TOKEN ADD <name> makes one."]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("TOKEN", "That needs more: TOKEN ADD <name> [<days>]|DEL <name>|LIST"),
        ("TOKEN EAT", "Say TOKEN ADD, TOKEN DEL or TOKEN LIST"),
        ("TOKEN ADD", "The name of a token has 1 to 32 of a-z 0-9 _ . -: TOKEN ADD ci-bot"),
        ("TOKEN ADD ä", "The name of a token has 1 to 32 of a-z 0-9 _ . -: TOKEN ADD ci-bot"),
        (f"TOKEN ADD {'x' * 33}", "The name of a token has 1 to 32 of a-z 0-9 _ . -: TOKEN ADD ci-bot"),
        ("TOKEN ADD x soon", "Write for how many days it counts, at most 3650, or nothing: TOKEN ADD x 30"),
        ("TOKEN ADD x 3651", "Write for how many days it counts, at most 3650, or nothing: TOKEN ADD x 30"),
        ("TOKEN ADD x 99999", "Write for how many days it counts, at most 3650, or nothing: TOKEN ADD x 30"),
    ],
)
def test_what_cannot_be(ann, words, answer):
    assert answers(ann, words) == [answer]


def test_who_has_no_account_has_no_tokens(net):
    assert answers(net.connect("bob"), "TOKEN ADD bot") == [NOT_LOGGED_IN]


def test_not_where_others_could_read_it(net):
    has_account(net, "ann")
    far = comes(net, "ann", address="192.0.2.1", secure=True)
    far.session.modes = ""  # As if it had come without TLS.
    (answer,) = answers(far, "TOKEN ADD bot")
    assert "TLS" in answer
    assert not net.engine.state.accounts.find("ann").tokens


class TestLimits:
    @pytest.fixture
    def net(self) -> Net:
        limits = Limits(tokens_per_account_max=2)
        return Net(settings=Settings(network="TestNet", server_name="test.net", motd=(), limits=limits))

    def test_there_are_not_too_many(self, net, ann):
        made(ann, "TOKEN ADD a")
        made(ann, "TOKEN ADD b 1")
        assert answers(ann, "TOKEN ADD c") == [
            "An account has at most 2 tokens: TOKEN LIST shows them, TOKEN DEL <name> removes one"
        ]
        net.pass_time(86_400)
        made(ann, "TOKEN ADD c")
        assert [token.name for token in net.engine.state.accounts.find("ann").tokens] == ["a", "c"]

    def test_devices_give_way_to_devices(self, net, ann):
        for number in range(4):
            token = Token(f"web-{number}", f"{number:064}", net.now.wall, device=True)
            happened(net, facts.TokensChanged, ann, account="ann", added=token)
        assert [token.name for token in net.engine.state.accounts.find("ann").tokens] == ["web-2", "web-3"]
        assert answers(ann, "TOKEN ADD bot") == [
            "An account has at most 2 tokens: TOKEN LIST shows them, TOKEN DEL <name> removes one"
        ]


def test_another_password_logs_devices_out_and_leaves_programs(net, ann):
    program = made(ann)
    device = Token("web-1", "1" * 64, net.now.wall, device=True)
    happened(net, facts.TokensChanged, ann, account="ann", added=device)
    happened(net, facts.PasswordChanged, ann, account="ann", credentials=Credentials("other"), kept=ann.session.id)
    assert [token.name for token in net.engine.state.accounts.find("ann").tokens] == ["bot"]
    assert net.engine.state.accounts.of_token(digest_of(program), net.now.wall)


def test_tokens_go_with_their_account_and_survive_a_snapshot(net, ann):
    token = made(ann)
    state = net.engine.state
    state.restore(state.snapshot())
    assert state.accounts.of_token(digest_of(token), net.now.wall).name == "ann"
    happened(net, facts.AccountDeleted, ann, account="ann")
    assert net.engine.state.accounts.of_token(digest_of(token), net.now.wall) is None


def test_somebody_else_makes_and_takes_none(net, ann):
    token = made(ann)
    has_account(net, "bob")
    bob = comes(net, "bob")
    happened(net, facts.TokensChanged, bob, account="ann", removed=(digest_of(token),))
    happened(net, facts.TokensChanged, bob, account="ann", added=Token("x", "2" * 64))
    assert [each.name for each in net.engine.state.accounts.find("ann").tokens] == ["bot"]
    is_operator(net, bob)
    happened(net, facts.TokensChanged, bob, account="ann", removed=(digest_of(token),))
    assert not net.engine.state.accounts.find("ann").tokens


def test_two_tokens_are_never_alike(net: Net, ann):
    tokens = {made(ann, f"TOKEN ADD t{number}") for number in range(10)}
    assert len(tokens) == 10
