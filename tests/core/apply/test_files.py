"""Files: what carries them, and when they are gone (docs/files.md)."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.files import File, Files
from ipcchat.core.limits import Limits
from tests.core.deeds import comes, happened, has_account, is_logged_in, is_operator
from tests.core.net import ALL_CAPS, Net, Talker
from tests.core.tea import last
from tests.core.uploads import address, digest_of, file_of, reads, uploads

CAPS = f"{ALL_CAPS} draft/message-redaction draft/message-edit draft/multiline"


@pytest.fixture
def ann(net: Net) -> Talker:
    talker = net.join("ann", "#tea", CAPS)
    is_logged_in(net, talker, "ann")
    return talker


def says(talker: Talker, text: str) -> str:
    talker.says(f"PRIVMSG #tea :{text}")
    return last(talker.node.net)


def test_an_id_is_128_bits_that_nobody_had(net, ann):
    ids = {uploads(ann) for _ in range(5)}
    assert len(ids) == 5
    assert {len(id) for id in ids} == {22}


@pytest.mark.parametrize(
    "text",
    ["{}", "see {}", "({})", "<{}>", "/files/{id}", "https://other.example/chat/files/{id}?x", "{}\x02bold", "{}/.."],
)
def test_an_address_in_a_text_carries_the_file(net, ann, text):
    id = uploads(ann)
    says(ann, text.format(address(id), id=id))
    assert reads(net, id, "")


@pytest.mark.parametrize("text", ["{id}", "/files/{id}x", "/file/{id}", "/files/ {id}", "/FILES/{id}", "/files/x{id}"])
def test_anything_else_does_not(net, ann, text):
    id = uploads(ann)
    says(ann, text.format(id=id))
    assert not reads(net, id, "")


def test_an_address_that_was_cut_at_a_seam_carries_it(net, ann):
    id = uploads(ann)
    whole = address(id)
    for at in (10, whole.index("/files/") + 3, len(whole) - 12):
        ann.says(
            "BATCH +1 draft/multiline #tea",
            f"@batch=1 PRIVMSG #tea :{whole[:at]}",
            f"@batch=1;draft/multiline-concat PRIVMSG #tea :{whole[at:]}",
            "BATCH -1",
        )
    assert len(file_of(net, id).carriers) == 3  # type: ignore[union-attr]


def test_a_message_carries_twenty_at_most_and_a_file_has_so_many_places(ann):
    net = Net(limits=Limits(places_per_file_max=2))
    ann = net.join("ann", "#tea", CAPS)
    is_logged_in(net, ann, "ann")
    id = uploads(ann)
    kept = [says(ann, address(id)) for _ in range(4)][:2]
    carriers = file_of(net, id).carriers  # type: ignore[union-attr]
    assert [net.engine.tagger.msgid(carrier.seq) for carrier in carriers] == kept


def test_with_the_last_message_that_carried_it_it_is_gone(net, ann):
    id = uploads(ann)
    first, second = says(ann, address(id)), says(ann, f"again {address(id)}")
    ann.says(f"REDACT #tea {first} :oops")
    assert file_of(net, id) is not None
    assert net.dropped == []
    ann.says(f"REDACT #tea {second} :oops")
    assert file_of(net, id) is None
    assert net.dropped == [digest_of("a picture")]


def test_an_edit_carries_it_and_goes_with_the_message(net, ann):
    id, other = uploads(ann), uploads(ann, "another")
    message = says(ann, f"see {address(id)}")
    ann.says(f"@+draft/edit={message} PRIVMSG #tea :no, see {address(other)}")
    assert reads(net, id, ""), "history shows the first text, too"
    assert reads(net, other, "")
    ann.says(f"REDACT #tea {message} :oops")
    assert file_of(net, id) is file_of(net, other) is None


def test_content_goes_with_the_last_file_that_has_it(net, ann):
    first, second = uploads(ann), uploads(ann)
    assert net.engine.state.files.bytes == len("a picture")
    assert net.engine.state.files.used("ann") == 2 * len("a picture")
    for id, dropped in ((first, []), (second, [digest_of("a picture")])):
        ann.says(f"REDACT #tea {says(ann, address(id))}")
        assert net.dropped == dropped
    assert net.engine.state.files.bytes == 0


def test_what_nothing_carried_for_an_hour_is_gone(net, ann):
    loose, carried = uploads(ann), uploads(ann, "another")
    says(ann, address(carried))
    net.pass_time(3_500)
    assert file_of(net, loose) is not None
    net.pass_time(160)
    assert file_of(net, loose) is None
    net.pass_time(86_400)
    assert file_of(net, carried) is not None


def test_its_time_ends_it_wherever_it_is(net, ann):
    id = uploads(ann, until=net.now.wall + 600_000)
    says(ann, address(id))
    net.pass_time(590)
    assert file_of(net, id) is not None
    net.pass_time(90)
    assert file_of(net, id) is None


def test_only_what_is_over_goes_by_time(net, ann):
    id = uploads(ann)
    happened(net, facts.FileDropped, ann, file=id, due=True)
    assert file_of(net, id) is not None


def test_messages_that_are_not_kept_carry_nothing(net, ann):
    id = uploads(ann)
    says(ann, address(id))
    says(ann, address(id))
    first, second = [carrier.seq for carrier in file_of(net, id).carriers]  # type: ignore[union-attr]
    net.nodes[0].perform(net.engine.let_go(id, (first, 999), net.now))
    net.settle()
    assert [carrier.seq for carrier in file_of(net, id).carriers] == [second]  # type: ignore[union-attr]
    net.nodes[0].perform(net.engine.let_go(id, (first,), net.now))
    net.nodes[0].perform(net.engine.let_go(id, (second,), net.now))
    net.settle()
    assert file_of(net, id) is None


def test_what_somebody_said_is_erased_with_what_he_uploaded(net, ann):
    bob, peace = net.join("bob", "#tea"), net.connect("peace")
    is_operator(net, peace)
    of_ann, of_bob, both = uploads(ann), uploads(bob, "of bob"), uploads(bob, "of both")
    for talker, id in ((ann, of_ann), (bob, of_ann), (bob, of_bob), (bob, both), (ann, both)):
        says(talker, address(id))
    peace.says("ERASE ann :asked for it")
    assert file_of(net, of_ann) is None
    assert [carrier.party for carrier in file_of(net, both).carriers] == ["~bob"]  # type: ignore[union-attr]
    peace.says("ERASE ~bob :spam")
    assert len(net.engine.state.files) == 0
    assert sorted(net.dropped) == sorted(map(digest_of, ("a picture", "of bob", "of both")))


def test_a_deleted_account_leaves_what_is_carried(net):
    has_account(net, "ann")
    ann = comes(net, "ann", caps=CAPS)
    ann.says("JOIN #tea")
    loose, carried = uploads(ann), uploads(ann, "another")
    says(ann, address(carried))
    happened(net, facts.AccountDeleted, ann, account="ann", free_at=0)
    assert file_of(net, loose) is None
    assert reads(net, carried, "")
    assert file_of(net, carried).owner == ""  # type: ignore[union-attr]
    assert net.engine.state.files.used("ann") == 0


def test_a_refused_message_carries_nothing(net, ann):
    bob = net.connect("bob")
    id = uploads(bob)
    ann.says("MODE #tea +m")
    bob.says(f"PRIVMSG #tea :{address(id)}")
    assert not file_of(net, id).carriers  # type: ignore[union-attr]


def test_there_is_a_limit_and_who_has_left_uploads_nothing():
    net = Net(limits=Limits(files_max=1))
    ann = net.connect("ann")
    uploads(ann)
    assert file_of(net, uploads(ann, "more")) is None
    net = Net()
    ann = net.connect("ann")
    net.journal.holding = True
    id = uploads(ann)
    net.journal.queue.rotate(0)
    ann.hangs_up()
    net.journal.queue.reverse()
    net.journal.holding = False
    net.settle()
    assert file_of(net, id) is None


def test_a_strangers_drop_is_refused(net, ann):
    id = uploads(ann)
    eve = net.connect("eve")
    happened(net, facts.FileDropped, eve, file=id)
    assert file_of(net, id) is not None
    happened(net, facts.FileDropped, ann, file=id)
    assert file_of(net, id) is None
    happened(net, facts.FileDropped, ann, file=id)


def test_all_of_it_is_there_after_a_restart(net, ann):
    bob = net.join("bob", "#tea")
    ids = [uploads(ann), uploads(bob, "of bob")]
    for id in ids:
        says(ann, address(id))
    before = net.engine.state
    for checkpoint, after in ((None, 0), (before.snapshot(), before.seq)):
        net.restart(checkpoint, after)
        files = net.engine.state.files
        assert list(files) == list(before.files)
        assert [files.used(owner) for owner in ("ann", "bob", "")] == [before.files.used(o) for o in ("ann", "bob", "")]
        assert files.bytes == before.files.bytes


def test_the_indexes_agree_however_files_come_and_go():
    files = Files([File("a", "d1", "n", "t", 5, 0, 1, uid="u1", nick="n"), File("b", "d1", "n", "t", 5, 0, 2, "Ann")])
    assert (files.bytes, files.of_guests, files.used("u1"), files.used("ann")) == (5, 5, 5, 5)
    files.remove(files.find("a"))  # type: ignore[arg-type]
    assert (files.bytes, files.of_guests, files.gone) == (5, 0, [])
    files.disown("ANN")
    assert (files.bytes, files.used("ann"), files.gone) == (0, 0, ["d1"])


def test_the_same_upload_again_is_one(net, ann):
    id = uploads(ann)
    fact = next(entry.fact for entry in net.journal.entries if isinstance(entry.fact, facts.FileUploaded))
    happened(net, facts.FileUploaded, ann, file=id, digest=fact.digest, account="ann", bytes=9)
    assert len(net.engine.state.files) == 1
    assert net.engine.state.files.used("ann") == 9
