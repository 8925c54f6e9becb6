"""MODE, for channels and for one's own user (Modern IRC "MODE message"; RFC 2811 4, RFC 2812 3.1.5 and 3.2.3)."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from tests.core.net import Net

ANN = ":ann!~ann@127.0.0.1"


# Channel modes.


def test_modes_are_shown_and_the_key_to_members_only(net):
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    ann.says("MODE #tea +kl-t secret 5")
    net.forget()
    created = ":test.net 329 {} #tea 1700000000"
    assert ann.says("MODE #TEA") == [":test.net 324 ann #tea +nkl secret 5", created.format("ann")]
    assert bob.says("MODE #tea") == [":test.net 324 bob #tea +nkl * 5", created.format("bob")]
    assert bob.says("MODE #none", "MODE :#a b") == [
        ":test.net 403 bob #none :No such channel",
        ":test.net 403 bob #a,b :No such channel",
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("+i", "+i"),
        ("+mi-n", "+mi-n"),
        ("+ov bob bob", "+ov bob bob"),
        ("+o-o bob BOB", "+o-o bob bob"),
        ("+k secret", "+k secret"),
        ("+l 007", "+l 7"),
        ("+b eve", "+b eve!*@*"),
        ("+b *@10.*", "+b *!*@10.*"),
        ("+t-t", "-t"),
    ],
)
def test_what_changes_is_told_to_all(net, said, told):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    ann.says(f"MODE #tea {said}")
    assert ann.lines == bob.lines == [f"{ANN} MODE #tea {told}"]


@pytest.mark.parametrize("said", ["+t", "-i", "-k", "-k wrong", "-l", "-v ann", "+o ann", "-b eve", "+", "-", "+-+"])
def test_what_changes_nothing_is_told_to_nobody(net, said):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    assert ann.says(f"MODE #tea {said}") == bob.lines == []


def test_a_key_that_is_taken_away_is_not_shown(net):
    ann = net.join("ann", "#tea")
    ann.says("MODE #tea +k secret")
    assert ann.says("MODE #tea -k :guessed wrong") == [f"{ANN} MODE #tea -k *"]


def test_limits_and_lists_can_be_taken_back(net):
    ann = net.join("ann", "#tea")
    ann.says("MODE #tea +lb 5 eve")
    assert ann.says("MODE #tea -lb EVE", "MODE #tea -b eve", "MODE #tea b") == [
        f"{ANN} MODE #tea -l",
        f"{ANN} MODE #tea -b eve!*@*",
        ":test.net 368 ann #tea :End of channel ban list",
    ]


def test_the_ban_list_is_shown_to_members(net):  # Modern IRC, RPL_BANLIST
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    ann.says("MODE #tea +b joe")
    bob.forget()
    assert bob.says("MODE #tea +b") == [
        ":test.net 367 bob #tea joe!*@* ann!~ann@127.0.0.1 1700000000",
        ":test.net 368 bob #tea :End of channel ban list",
    ]
    assert eve.says("MODE #tea b") == [":test.net 442 eve #tea :You're not on that channel"]


def test_mode_refusals(net):
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    assert eve.says("MODE #tea +i", "MODE") == [
        ":test.net 442 eve #tea :You're not on that channel",
        ":test.net 461 eve MODE :Not enough parameters: MODE <target> [<letters>] [<arguments>...]",
    ]
    assert bob.says("MODE #tea +i") == [":test.net 482 bob #tea :You're not channel operator"]
    assert ann.says("MODE #tea +o nobody", "MODE #tea +v eve", "MODE #tea +o") == [
        ":test.net 401 ann nobody :No such nick or channel",
        ":test.net 441 ann eve #tea :They aren't on that channel",
        ":test.net 696 ann #tea o * :Mode o needs a parameter, for instance MODE #room +o <parameter>",
    ]


def test_what_is_wrong_is_told_and_the_rest_is_done(net):
    ann = net.join("ann", "#tea")
    assert ann.says("MODE #tea +xi+l-n nonsense", "MODE #tea :+ :m") == [
        ":test.net 472 ann x :is an unknown mode char to me",
        ":test.net 696 ann #tea l nonsense :A limit is a number from 1 to 1000000",
        f"{ANN} MODE #tea +i-n",
        ":test.net 472 ann , :is an unknown mode char to me",
        ":test.net 472 ann , :is an unknown mode char to me",
        f"{ANN} MODE #tea +m",
    ]


@pytest.mark.parametrize("limit", ["0", "-1", "1000001", "99999999999999999999", "1e3", "٣", "0x10", ":1 2", "+5"])
def test_limits_outside_of_the_range(net, limit):  # hostile input O07
    ann = net.join("ann", "#tea")
    (line,) = ann.says(f"MODE #tea +l {limit}")
    assert line.startswith(":test.net 696 ann #tea l ")
    assert net.engine.state.channels["#tea"].limit == 0


def test_the_largest_limit(net):
    ann = net.join("ann", "#tea")
    assert ann.says("MODE #tea +l 1000000") == [f"{ANN} MODE #tea +l 1000000"]


@pytest.mark.parametrize("key", [":two words", "a,b", "::x", "k" * 33])
def test_keys_that_nobody_could_give(net, key):  # hostile input O07; ISUPPORT KEYLEN
    ann = net.join("ann", "#tea")
    assert ann.says(f"MODE #tea +k {key}") == [
        ":test.net 696 ann #tea k * :A key has 1 to 32 characters, no space and no comma"
    ]
    assert ann.says("MODE #tea +k " + "k" * 32) == [f"{ANN} MODE #tea +k {'k' * 32}"]


@pytest.mark.parametrize("mask", [":a b", "::x", "x" * 253, "é" * 127])
def test_masks_that_cannot_be_kept(net, mask):  # hostile inputs O07, R03
    ann = net.join("ann", "#tea")
    (line,) = ann.says(f"MODE #tea +b {mask}")
    assert line.startswith(":test.net 696 ann #tea b ")
    assert line.endswith(" :A mask has at most 256 bytes and no space")
    assert ann.says("MODE #tea +b " + "x" * 252) == [f"{ANN} MODE #tea +b {'x' * 252}!*@*"]


def test_a_list_has_a_limit():  # ISUPPORT MAXLIST; hostile input R03
    net = Net(limits=Limits(masks_per_list_max=1))
    ann = net.join("ann", "#tea")
    ann.says("MODE #tea +b eve")
    assert ann.says("MODE #tea +b joe", "MODE #tea +b eve") == [
        ":test.net 478 ann #tea b :Channel list is full: at most 1 masks; take some away first"
    ]
    net.journal.holding = True
    ann.says("MODE #tea -b eve", "MODE #tea +bb joe sue")
    net.journal.holding = False
    net.settle()
    assert ann.lines[-2:] == [f"{ANN} MODE #tea -b eve!*@*", f"{ANN} MODE #tea +b joe!*@*"]


def test_six_changes_in_one_command_are_the_most(net):  # ISUPPORT MODES; hostile input O07
    ann = net.join("ann", "#tea")
    assert ann.says("MODE #tea +bbbbbbb 1 2 3 4 5 6 7") == [
        ":test.net NOTICE ann :Only the first 6 changes of one MODE are made; send the others again",
        f"{ANN} MODE #tea +bbbbbb 1!*@* 2!*@* 3!*@* 4!*@* 5!*@* 6!*@*",
    ]
    assert len(ann.says("MODE #tea " + "x" * 480)) == 100


def test_changes_that_do_not_fit_into_a_line_take_several(net):  # hostile input F10: nothing is ever cut
    ann, bob = net.join("ann", "#tea", "message-tags"), net.join("bob", "#tea")
    net.forget()
    masks = [letter * 78 for letter in "abcdef"]
    ann.says("MODE #tea +bbbbbb " + " ".join(masks))
    assert (
        ann.bare
        == bob.lines
        == [
            f"{ANN} MODE #tea +bbbbb " + " ".join(f"{mask}!*@*" for mask in masks[:5]),
            f"{ANN} MODE #tea +b {masks[5]}!*@*",
        ]
    )
    assert [line.startswith("@msgid=") for line in ann.lines] == [True, False]


def test_an_operator_who_was_deopped_in_between(net):  # hostile inputs P10, P11
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +o bob")
    net.forget()
    net.journal.holding = True
    ann.says("MODE #tea -o bob")
    bob.says("MODE #tea -o ann", "TOPIC #tea :mine", "KICK #tea ann")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [f"{ANN} MODE #tea -o bob"]
    assert bob.lines == [f"{ANN} MODE #tea -o bob", *[":test.net 482 bob #tea :You're not channel operator"] * 3]


def test_a_member_who_left_in_between_gets_no_mode(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    net.journal.holding = True
    bob.says("PART #tea")
    ann.says("MODE #tea +vi bob")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [":bob!~bob@127.0.0.1 PART #tea", f"{ANN} MODE #tea +i"]


# User modes.


def test_ones_own_modes(net):  # RFC 2812 3.1.5
    ann = net.connect("ann")
    assert ann.says("MODE ANN", "MODE ann +i", "MODE ann", "MODE ann +i", "MODE ann -i+i-i", "MODE ann") == [
        ":test.net 221 ann +",
        f"{ANN} MODE ann +i",
        ":test.net 221 ann +i",
        f"{ANN} MODE ann -i",
        ":test.net 221 ann +",
    ]


def test_nobody_makes_himself_an_operator_of_the_network(net):  # RFC 2812 3.1.5
    ann = net.connect("ann")
    assert ann.says("MODE ann +o", "MODE ann -o", "MODE ann +xi") == [
        ":test.net 501 ann :Unknown mode flag",
        f"{ANN} MODE ann +i",
    ]


def test_user_mode_refusals(net):
    ann = net.connect("ann")
    net.connect("bob")
    assert ann.says("MODE bob", "MODE bob +i", "MODE nobody", "MODE :a b") == [
        ":test.net 502 ann :You can only see and change your own modes",
        ":test.net 502 ann :You can only see and change your own modes",
        ":test.net 401 ann nobody :No such nick or channel",
        ":test.net 401 ann a,b :No such nick or channel",
    ]
