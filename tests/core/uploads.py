"""Files in a network of tests: somebody uploads one, and who may read it is asked."""

from __future__ import annotations

import hashlib

from ipcchat.core.file_rules import may_read
from ipcchat.core.files import File
from ipcchat.core.holders import STRANGER, Holder
from ipcchat.core.uploads import Upload
from tests.core.net import Net, Talker


def digest_of(content: str) -> str:
    """What a content is stored by."""
    return hashlib.sha256(content.encode()).hexdigest()


def uploads(talker: Talker, content: str = "a picture", until: int = 0) -> str:
    """He uploads a file; its id."""
    user, node = talker.user, talker.node
    upload = Upload(digest_of(content), len(content), "tea.png", "image/png", until)
    fact, effects = node.engine.upload(Holder(user.account, user), upload, node.net.now)
    node.perform(effects)
    node.net.settle()
    return fact.file


def address(id: str) -> str:
    """Where the file is."""
    return f"https://chat.example/files/{id}/tea.png"


def file_of(net: Net, id: str) -> File | None:
    """The file, if it is there."""
    return net.engine.state.files.find(id)


def reads(net: Net, id: str, who: Talker | str) -> bool:
    """Whether the file is for somebody who is here, or for who shows a token of an account ("": a stranger)."""
    file = file_of(net, id)
    if isinstance(who, Talker):
        holder = Holder(who.user.account, who.user)
    else:
        holder = Holder(who) if who else STRANGER
    return file is not None and may_read(net.engine.state, holder, file, net.now.wall)
