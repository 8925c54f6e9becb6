"""Attacks on names, N02: nobody registers what looks like a service, or like a name that somebody has."""

from __future__ import annotations

import pytest

from ipcchat.core.settings import Settings
from tests.core.deeds import has_account
from tests.core.net import Net

SETTINGS = Settings(network="TestNet", server_name="test.net", motd=())
REGISTERED = ("admins", "modern", "Bill", "pay")


@pytest.mark.parametrize(
    "name",
    [
        "ChɑnServ",
        "NickServ",
        "N1ckServ",
        "ServеR",
        "аdmins",
        "modem",
        "moderп",
        "BiIl",
        "bi1l",
        "ΒILL",
        "рау",
        "ｐａｙ",
    ],
)
def test_N02_lookalikes_of_services_and_accounts(name):
    """Homoglyphs of other scripts, rn and m, l, I and 1, full width: as an account and as a nick."""
    net = Net(settings=SETTINGS)
    for account in REGISTERED:
        has_account(net, account)
    eve = net.connect("eve", "draft/account-registration standard-replies")
    (answer,) = eve.says(f"REGISTER {name} * correct-horse")
    assert answer.startswith((":test.net FAIL REGISTER ACCOUNT_EXISTS ", ":test.net FAIL REGISTER BAD_ACCOUNT_NAME "))
    assert eve.says(f"NICK {name}")[0].split(" ")[1] in ("432", "433")
    assert len(net.engine.state.accounts) == len(REGISTERED)
