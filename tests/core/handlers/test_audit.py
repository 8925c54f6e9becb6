"""AUDIT: reading the audit log (core/audit.py); the answers are Modern IRC's and IRCv3 standard replies."""

from __future__ import annotations

import pytest

from ipcchat.core.effects import AuditRead, ReadAudit
from ipcchat.core.settings import Operator, Settings
from tests.core.net import Net, Talker

OPERATORS = {
    "op": Operator(password_hash="hash of tea"),
    "guard": Operator(password_hash="hash of keys", privileges=("ban",)),
}
SETTINGS = Settings(network="TestNet", server_name="test.net", motd=(), operators=OPERATORS)


@pytest.fixture
def net() -> Net:
    """A network with operators in its configuration."""
    return Net(settings=SETTINGS)


def operator(net: Net, nick: str, said: str, caps: str = "standard-replies labeled-response batch") -> Talker:
    """An operator."""
    talker = net.connect(nick, caps)
    talker.says(said)
    talker.forget()
    return talker


def answering(net: Net, answer: AuditRead) -> list[ReadAudit]:
    """Let the shell answer that; what it was asked."""
    asked: list[ReadAudit] = []

    def answer_to(node: object, query: ReadAudit) -> AuditRead:
        asked.append(query)
        return answer

    net.answer_to = answer_to  # type: ignore[assignment, method-assign]
    return asked


@pytest.mark.covers("AUDIT", "NOTE * RECORD", "NOTE * END_OF_RECORDS", "labeled-response")
def test_the_last_records_are_read(net):
    op = operator(net, "op", "OPER op tea")
    asked = answering(net, AuditRead(("1 then kill: a -> b", "x y" * 200)))
    assert op.says("@label=1 AUDIT 2 kill") == [
        "@label=1 :test.net BATCH +b1 labeled-response",
        "@batch=b1 :test.net NOTE AUDIT RECORD :1 then kill: a -> b",
        f"@batch=b1 :test.net NOTE AUDIT RECORD :{('x y' * 200)[:400]}",
        "@batch=b1 :test.net NOTE AUDIT END_OF_RECORDS :2 records",
        ":test.net BATCH -b1",
    ]
    op.says("AUDIT", "AUDIT eve", "AUDIT 99999", "AUDIT 0", "AUDIT two words")
    assert asked == [
        ReadAudit(2, "kill"),
        ReadAudit(20),
        ReadAudit(20, "eve"),
        ReadAudit(500),
        ReadAudit(1),
        ReadAudit(20, "two words"),
    ]
    assert [each.kind for each in net.audited][-1] == "audit read"


@pytest.mark.covers("FAIL AUDIT UNREADABLE", "ERR_FILEERROR")
def test_a_log_that_cannot_be_read_is_told(net):
    op, old = operator(net, "op", "OPER op tea"), operator(net, "old", "OPER op tea", "labeled-response")
    answering(net, AuditRead(error="Permission denied"))
    text = "The audit log cannot be read now: Permission denied"
    assert op.says("AUDIT") == [f":test.net FAIL AUDIT UNREADABLE :{text}"]
    assert old.says("AUDIT")[-1] == f":test.net 424 old AUDIT :{text}"


@pytest.mark.covers("ERR_NOPRIVILEGES", "ERR_NOPRIVS")
def test_it_takes_an_operator_with_the_privilege(net):
    ann, guard = net.connect("ann"), operator(net, "guard", "OPER guard keys")
    assert ann.says("AUDIT") == [":test.net 481 ann :Permission denied: you are not an IRC operator"]
    assert guard.says("AUDIT")[0].split(" ")[1] == "723"
