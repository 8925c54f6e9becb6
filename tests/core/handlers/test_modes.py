"""MODE for channels (Modern IRC "MODE message" and "Channel Modes"; RFC 2811 4, RFC 2812 3.2.3)."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.settings import Settings
from tests.core.deeds import is_logged_in, is_operator
from tests.core.net import Net

ANN = ":ann!~ann@127.0.0.1"
LABELS = "batch labeled-response"


# Seeing them.


@pytest.mark.covers("MODE", "RPL_CHANNELMODEIS", "RPL_CREATIONTIME", "ISUPPORT CHANMODES")
def test_modes_are_shown_and_the_key_to_members_only(net):  # Modern IRC, RPL_CHANNELMODEIS, RPL_CREATIONTIME
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    ann.says("VERSION", "JOIN #cup", "MODE #tea +klf-t secret 5 #cup")
    net.forget()
    created = ":test.net 329 {} #tea 1700000000"
    assert ann.says("MODE #TEA") == [":test.net 324 ann #tea +nklf secret 5 #cup", created.format("ann")]
    assert bob.says("MODE #tea") == [":test.net 324 bob #tea +nklf * 5 #cup", created.format("bob")]
    assert bob.says("MODE #none", "MODE :#a b", "MODE #") == [
        ":test.net 403 bob #none :No such channel",
        ":test.net 403 bob #a,b :No such channel",
        ":test.net 403 bob # :No such channel",
    ]


def test_where_a_channel_leads_is_shown_to_who_may_know_of_it(net):  # RFC 2811 4.2.6
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("JOIN #cup", "MODE #cup +s", "MODE #tea +f-t #CUP")
    net.forget()
    assert ann.says("MODE #tea")[0] == ":test.net 324 ann #tea +nf #cup"
    assert bob.says("MODE #tea")[0] == ":test.net 324 bob #tea +nf *"
    ann.says("PART #cup")
    assert bob.says("MODE #tea")[0] == ":test.net 324 bob #tea +nf *"


def test_a_secret_channel_is_not_there_for_strangers(net):  # RFC 2811 4.2.6
    ann, eve = net.join("ann", "#tea"), net.connect("eve")
    ann.says("MODE #tea +s")
    for words in ("", " b", " +b", " e", " +i", " +o ann", " +x"):
        assert eve.says(f"MODE #tea{words}") == [":test.net 403 eve #tea :No such channel"]


@pytest.mark.covers("RPL_BANLIST", "RPL_ENDOFBANLIST", "mode +b")
def test_the_ban_list_is_shown_to_members(net):  # Modern IRC, RPL_BANLIST
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    ann.says("MODE #tea +b joe")
    net.pass_time(60)
    ann.says("MODE #tea +b *.example.org")
    bob.forget()
    assert bob.says("MODE #tea +b") == [
        ":test.net 367 bob #tea joe!*@* ann!~ann@127.0.0.1 1700000000",
        ":test.net 367 bob #tea *!*@*.example.org ann!~ann@127.0.0.1 1700000060",
        ":test.net 368 bob #tea :End of channel ban list",
    ]
    assert bob.says("MODE #tea b") == bob.says("MODE #tea -b") == bob.says("MODE #tea bbb+b-b")
    assert eve.says("MODE #tea b") == [":test.net 442 eve #tea :You're not on that channel"]


@pytest.mark.covers(
    "mode +e", "mode +I", "RPL_EXCEPTLIST", "RPL_ENDOFEXCEPTLIST", "RPL_INVEXLIST", "RPL_ENDOFINVEXLIST"
)
def test_exceptions_are_shown_to_those_who_may_change_them(net):  # Modern IRC, RPL_EXCEPTLIST, RPL_INVEXLIST
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +eI joe *!*@10.0.0.0/8")
    assert ann.says("MODE #tea eIb")[-5:] == [
        ":test.net 348 ann #tea joe!*@* ann!~ann@127.0.0.1 1700000000",
        ":test.net 349 ann #tea :End of channel exception list",
        ":test.net 346 ann #tea *!*@10.0.0.0/8 ann!~ann@127.0.0.1 1700000000",
        ":test.net 347 ann #tea :End of channel invite exception list",
        ":test.net 368 ann #tea :End of channel ban list",
    ]
    bob.forget()
    assert bob.says("MODE #tea eIb") == [
        ":test.net 482 bob #tea :You must be half-operator (+h) or higher to see list e",
        ":test.net 482 bob #tea :You must be half-operator (+h) or higher to see list I",
        ":test.net 368 bob #tea :End of channel ban list",
    ]
    ann.says("MODE #tea +h bob")
    assert len(bob.says("MODE #tea e")) == 2


def test_the_time_of_a_long_mask_is_never_cut(net):  # hostile input F10
    ann = net.join("a" * 32, "#" + "c" * 63)
    mask = "m" * 252
    ann.says(f"MODE #{'c' * 63} +b {mask}")
    first, _ = ann.says(f"MODE #{'c' * 63} b")
    assert first.endswith(f" {mask}!*@* {'a' * 32}!~{'a' * 19}@127.0.0.1 1700000000")
    long = Net(settings=Settings(network="TestNet", server_name="s" * 60 + ".net"))
    ann = long.join("a" * 32, "#" + "c" * 63)
    ann.says(f"MODE #{'c' * 63} +b {mask}")
    first, _ = ann.says(f"MODE #{'c' * 63} b")
    assert first.endswith(f" {mask}!*@* {'a' * 32} 1700000000")


# Changing them.


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("+i", "+i"),
        ("mi", "+mi"),
        ("+mi-n", "+mi-n"),
        ("+ov bob bob", "+ov bob bob"),
        ("+o-o bob BOB", "+o-o bob bob"),
        ("+o-o+o bob bob bob", "+o-o+o bob bob bob"),
        ("+k secret", "+k secret"),
        ("+l 007", "+l 7"),
        ("+b eve", "+b eve!*@*"),
        ("+b *@10.*", "+b *!*@10.*"),
        ("+b 10.0.0.0/8", "+b *!*@10.0.0.0/8"),
        ("+b ~account:joe", "+b ~a:joe"),
        ("+e ~m:joe", "+e ~m:joe!*@*"),
        ("+bb-b eve joe EVE", "+bb-b eve!*@* joe!*@* eve!*@*"),
        ("+bb eve EVE", "+b eve!*@*"),
        ("+t-t", "-t"),
        ("+i-i+i", "+i"),
        ("+k-k+k a b c", "+k c"),
        ("+l-l+l 1 2", "+l 2"),
        ("+i surplus", "+i"),
    ],
)
def test_what_changes_is_told_to_all(net, said, told):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    ann.says(f"MODE #tea {said}")
    assert ann.lines == bob.lines == [f"{ANN} MODE #tea {told}"]


@pytest.mark.parametrize(
    "said",
    [
        "+t",
        "-i",
        "-k",
        "-k wrong",
        "-l",
        "-f",
        "-v ann",
        "+o ann",
        "-b eve",
        "-b ~x:y",
        "+",
        "-",
        "+-+",
        "+i-i",
        "+l-l 5",
    ],
)
def test_what_changes_nothing_is_told_to_nobody(net, said):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    assert ann.says(f"MODE #tea {said}") == bob.lines == []


def test_limits_and_lists_can_be_taken_back(net):
    ann = net.join("ann", "#tea")
    ann.says("MODE #tea +lb 5 eve", "MODE #tea +b ~A:Joe", "MODE #tea +b ~a:Joe")
    assert ann.says("MODE #tea -lb EVE", "MODE #tea -b ~account:JOE", "MODE #tea b") == [
        f"{ANN} MODE #tea -lb eve!*@*",
        f"{ANN} MODE #tea -b ~a:Joe",
        ":test.net 368 ann #tea :End of channel ban list",
    ]


def test_masks_are_the_same_in_both_cases(net):  # Modern IRC, CASEMAPPING parameter
    ann = net.join("ann", "#tea")
    assert ann.says("MODE #tea +b Eve!*@*", "MODE #tea +b eVE", "MODE #tea -b EVE", "MODE #tea -b eve") == [
        f"{ANN} MODE #tea +b Eve!*@*",
        f"{ANN} MODE #tea -b Eve!*@*",
    ]


@pytest.mark.covers("ERR_UNKNOWNMODE", "ERR_INVALIDMODEPARAM")
def test_what_is_wrong_is_told_and_the_rest_is_done(net):  # Modern IRC, MODE message: applied are those that can be
    ann = net.join("ann", "#tea")
    assert ann.says("MODE #tea +xi+l-n nonsense", "MODE #tea :+ :m", "MODE #tea x+xx-x") == [
        ":test.net 472 ann x :is an unknown mode char to me",
        ":test.net 696 ann #tea l nonsense :A limit is a number from 1 to 1000000",
        f"{ANN} MODE #tea +i-n",
        ":test.net 472 ann , :is an unknown mode char to me",
        f"{ANN} MODE #tea +m",
        ":test.net 472 ann x :is an unknown mode char to me",
    ]


@pytest.mark.parametrize(
    ("letter", "argument"), [("o", "nick"), ("k", "key"), ("l", "number"), ("f", "channel"), ("v", "nick")]
)
def test_a_missing_parameter_is_asked_for(net, letter, argument):  # Modern IRC, ERR_INVALIDMODEPARAM
    ann = net.join("ann", "#tea")
    assert ann.says(f"MODE #tea +{letter}") == [
        f":test.net 696 ann #tea {letter} * :Mode {letter} needs a parameter: MODE #tea +{letter} <{argument}>"
    ]


@pytest.mark.parametrize(
    "said", ["+" + "x" * 480, "+" + "i-i+" * 100, "-" + "l" * 480, "+" + "b" * 480, "+" + "o" * 480]
)
def test_a_line_full_of_letters_is_answered_once(net, said):  # hostile input O07
    ann = net.join("ann", "#tea")
    assert len(ann.says(f"MODE #tea {said}")) <= 1


# Ranks.


@pytest.mark.covers("ERR_USERNOTINCHANNEL")
def test_mode_refusals(net):
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    assert eve.says("MODE #tea +i", "MODE", "MODE #tea +o nobody") == [
        ":test.net 442 eve #tea :You're not on that channel",
        ":test.net 461 eve MODE :Not enough parameters: MODE <target> [<letters>] [<arguments>...]",
        ":test.net 442 eve #tea :You're not on that channel",
    ]
    assert bob.says("MODE #tea +i") == [
        ":test.net 482 bob #tea :You must be half-operator (+h) or higher to change mode i"
    ]
    assert ann.says("MODE #tea +o nobody", "MODE #tea +v eve") == [
        ":test.net 401 ann nobody :No such nick or channel",
        ":test.net 441 ann eve #tea :They aren't on that channel",
    ]


def needs(rank: str, letter: str) -> str:
    """What somebody is told who lacks a rank."""
    return f":test.net 482 bob #tea :You must be {rank} to change mode {letter}"


HALF = "half-operator (+h) or higher"
FULL = "operator (+o) or higher"
OWNER = "owner (+q) or higher"


ALL_OF_THEM = [needs(FULL, "o"), *(needs(HALF, letter) for letter in "vb"), needs(OWNER, "q"), needs(FULL, "u")]


@pytest.mark.covers("mode +q", "mode +a", "mode +h", "mode +v", "ISUPPORT PREFIX")
@pytest.mark.parametrize(
    ("rank", "lines"),
    [
        pytest.param("", [*ALL_OF_THEM, needs(HALF, "i")], marks=pytest.mark.covers("ERR_CHANOPRIVSNEEDED")),
        ("v", [*ALL_OF_THEM, needs(HALF, "i")]),
        ("h", [needs(FULL, "o"), needs(OWNER, "q"), needs(FULL, "u"), ":bob!~bob@127.0.0.1 MODE #tea +vbi cat x!*@*"]),
        ("o", [needs(OWNER, "q"), ":bob!~bob@127.0.0.1 MODE #tea +ovbui cat cat x!*@*"]),
        ("a", [needs(OWNER, "q"), ":bob!~bob@127.0.0.1 MODE #tea +ovbui cat cat x!*@*"]),
        pytest.param(
            "q", [":bob!~bob@127.0.0.1 MODE #tea +ovbqui cat cat x!*@* cat"], marks=pytest.mark.covers("mode +o")
        ),
    ],
)
def test_those_changes_are_made_that_somebody_may_make(net, rank, lines):  # Modern IRC, Channel Membership Prefixes
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.join("cat", "#tea")
    ann.says("VERSION", "MODE #tea +qahv ann cat cat cat", "MODE #tea -ahv cat cat cat", f"MODE #tea +{rank} bob")
    bob.forget()
    assert bob.says("MODE #tea +ovbqui cat cat x cat") == lines


def test_the_first_owner_is_appointed_by_an_operator(net):
    """Nobody is owner by himself: channels are not registered."""
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    assert bob.says("MODE #tea +q bob") == [needs(FULL, "q")]
    ann.says("MODE #tea +o bob")
    bob.forget()
    assert bob.says("MODE #tea +a bob", "MODE #tea +q bob") == [
        ":bob!~bob@127.0.0.1 MODE #tea +a bob",
        ":bob!~bob@127.0.0.1 MODE #tea +q bob",
    ]
    assert ann.says("MODE #tea +a ann", "MODE #tea -q bob", "MODE #tea -o bob") == [
        ":test.net 482 ann #tea :You must be owner (+q) or higher to change mode a",
        ":test.net 482 ann #tea :You must be owner (+q) or higher to change mode q",
        f"{ANN} MODE #tea -o bob",
    ]


def test_two_cannot_both_be_the_first_owner(net):
    """The second one's MODE comes behind the first one's in the journal; it is refused as a whole."""
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +o bob")
    net.forget()
    net.journal.holding = True
    ann.says("MODE #tea +q ann")
    bob.says("MODE #tea +iqt bob")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [f"{ANN} MODE #tea +q ann"]
    assert bob.lines == [f"{ANN} MODE #tea +q ann", needs(OWNER, "q")]


def test_anybody_takes_a_prefix_from_himself(net):  # RFC 2812 3.1.5: nothing forbids somebody to deop himself
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +qvaoh bob bob bob bob bob")
    bob.forget()
    bob.says("MODE #tea -qaohv bob bob bob bob bob")
    assert bob.lines == [":bob!~bob@127.0.0.1 MODE #tea -qaohv bob bob bob bob bob"]
    assert net.engine.state.channels["#tea"].members[bob.session.uid] == ""


def test_nobody_finds_out_by_asking_who_is_hidden(net):  # hostile input P03
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +D")
    net.join("eve", "#tea")
    net.connect("joe")
    bob.forget()
    for nick in ("eve", "joe"):
        assert bob.says(f"MODE #tea +v {nick}", f"MODE #tea -o {nick}") == [needs(HALF, "v"), needs(FULL, "o")]


@pytest.mark.covers("mode +P")
def test_persistent_channels_are_for_operators_of_the_network(net):
    ann = net.join("ann", "#tea")
    assert ann.says("MODE #tea +P") == [
        ":test.net 482 ann #tea :You must be an operator of the network to change mode P"
    ]
    bob = net.join("bob", "#tea")
    is_operator(net, bob)
    assert bob.says("MODE #tea +Pi") == [needs(HALF, "i"), ":bob!~bob@127.0.0.1 MODE #tea +P"]
    ann.forget()
    assert ann.says("MODE #tea -P")[0].split()[1] == "482"


def test_an_operator_who_was_deopped_in_between(net):  # hostile inputs P10, P11
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +o bob")
    net.forget()
    net.journal.holding = True
    ann.says("MODE #tea -o bob")
    bob.says("MODE #tea +vi-o bob ann", "TOPIC #tea :mine", "KICK #tea ann")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [f"{ANN} MODE #tea -o bob"]
    assert bob.lines[:2] == [f"{ANN} MODE #tea -o bob", needs(HALF, "v")]
    assert [line.split()[1] for line in bob.lines[2:]] == ["482", "482"]


def test_a_member_who_left_in_between_gets_no_mode(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    net.journal.holding = True
    bob.says("PART #tea")
    ann.says("MODE #tea +vi bob")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [":bob!~bob@127.0.0.1 PART #tea", f"{ANN} MODE #tea +i"]


# Arguments.


@pytest.mark.parametrize("limit", ["0", "-1", "1000001", "99999999999999999999", "1e3", "٣", "0x10", ":1 2", "+5"])
def test_limits_outside_of_the_range(net, limit):  # hostile input O07
    ann = net.join("ann", "#tea")
    (line,) = ann.says(f"MODE #tea +l {limit}")
    assert line.startswith(":test.net 696 ann #tea l ")
    assert net.engine.state.channels["#tea"].limit == 0


@pytest.mark.covers("mode +l")
def test_the_largest_limit(net):
    ann = net.join("ann", "#tea")
    assert ann.says("MODE #tea +l 1000000") == [f"{ANN} MODE #tea +l 1000000"]


@pytest.mark.covers("mode +k", "ISUPPORT KEYLEN")
@pytest.mark.parametrize("key", [":two words", "a,b", "::x", "k" * 33])
def test_keys_that_nobody_could_give(net, key):  # Modern IRC, key channel mode; hostile input O07; ISUPPORT KEYLEN
    ann = net.join("ann", "#tea")
    assert ann.says("VERSION", f"MODE #tea +k {key}")[-1] == (
        ":test.net 696 ann #tea k * :A key has 1 to 32 characters, no space and no comma"
    )
    assert ann.says("MODE #tea +k " + "k" * 32) == [f"{ANN} MODE #tea +k {'k' * 32}"]


def test_a_key_that_is_taken_away_is_not_shown(net):
    ann = net.join("ann", "#tea")
    ann.says("MODE #tea +k secret")
    assert ann.says("MODE #tea -k :guessed wrong") == [f"{ANN} MODE #tea -k *"]


@pytest.mark.parametrize("mask", [":a b", ":~r:a b", "::a!b@c", "x" * 253, "é" * 127, "~r:" + "x" * 254])
def test_masks_that_cannot_be_kept(net, mask):  # hostile inputs O07, R03
    ann = net.join("ann", "#tea")
    (line,) = ann.says(f"MODE #tea +b {mask}")
    assert line.startswith(":test.net 696 ann #tea b ")
    assert line.endswith(" :A mask has at most 256 bytes and no space")
    assert ann.says("MODE #tea +b " + "x" * 252) == [f"{ANN} MODE #tea +b {'x' * 252}!*@*"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("+b ~x:foo", "b ~x:foo :No such extended mask; there are ~a:, ~c:, ~r:, ~U:, ~z:, ~m:, ~n:"),
        ("+e ~a:", "e ~a: :An extended mask needs a value; account: people logged in to an account: ~a:bob"),
        ("+I ~m:joe", "I ~m:joe!*@* :~m: forbids something and lets nobody in; it goes into +b and +e"),
        (
            "+b 10.0.0.0/99",
            "b *!*@10.0.0.0/99 :No such network; write for instance *!*@192.0.2.0/24 or *!*@2001:db8::/32",
        ),
    ],
)
def test_masks_that_mean_nothing(net, said, told):  # Modern IRC, EXTBAN parameter, ERR_INVALIDMODEPARAM
    ann = net.join("ann", "#tea")
    assert ann.says(f"MODE #tea {said}") == [f":test.net 696 ann #tea {told}"]


@pytest.mark.covers("ERR_BANLISTFULL", "ISUPPORT MAXLIST")
def test_a_list_has_a_limit():  # ISUPPORT MAXLIST; hostile input R03
    net = Net(limits=Limits(masks_per_list_max=2))
    ann = net.join("ann", "#tea")
    full = ":test.net 478 ann #tea b :Channel list is full: at most 2 masks; take some away first"
    ann.says("VERSION", "MODE #tea +b eve")
    assert ann.says("MODE #tea +bbbb eve joe sue tom", "MODE #tea +be 1 1") == [
        full,
        f"{ANN} MODE #tea +b joe!*@*",
        full,
        f"{ANN} MODE #tea +e 1!*@*",
    ]
    assert ann.says("MODE #tea -b+b eve sue") == [f"{ANN} MODE #tea -b+b eve!*@* sue!*@*"]


def test_a_list_that_was_filled_in_between():
    net = Net(limits=Limits(masks_per_list_max=1))
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +o bob")
    net.forget()
    net.journal.holding = True
    ann.says("MODE #tea +b eve")
    bob.says("MODE #tea +bi joe")
    net.journal.holding = False
    net.settle()
    assert bob.lines == [
        f"{ANN} MODE #tea +b eve!*@*",
        ":bob!~bob@127.0.0.1 MODE #tea +i",
        ":test.net 478 bob #tea b :Channel list is full: at most 1 masks; take some away first",
    ]
    assert ann.lines == bob.lines[:2]


@pytest.mark.covers("ISUPPORT MODES")
def test_six_changes_with_an_argument_are_the_most(net):  # Modern IRC, MODES parameter; hostile input O07
    ann = net.join("ann", "#tea")
    assert ann.says("VERSION", "MODE #tea +bbbbbbbimnpstcC 1 2 3 4 5 6 7")[-2:] == [
        ":test.net NOTICE ann :Only the first 6 changes with an argument are made; send the others again",
        f"{ANN} MODE #tea +bbbbbbimpscC 1!*@* 2!*@* 3!*@* 4!*@* 5!*@* 6!*@*",
    ]


@pytest.mark.covers("NOTE * MODES_TRUNCATED")
def test_changes_beyond_the_most_are_noted(net):  # IRCv3 standard-replies
    ann = net.join("ann", "#tea", "standard-replies")
    assert ann.says("MODE #tea +bbbbbbb 1 2 3 4 5 6 7")[0] == (
        ":test.net NOTE MODE MODES_TRUNCATED :Only the first 6 changes with an argument are made; send the others again"
    )


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


# Forwarding.


@pytest.mark.covers("mode +f", "ISUPPORT FORWARD")
def test_a_channel_leads_to_one_where_its_operator_has_a_say(net):  # https://docs.inspircd.org/4/modules/redirect/
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#cup")
    bob.says("JOIN #den", "MODE #den +s")
    assert ann.says("VERSION", "MODE #tea +f #none", "MODE #tea +f #TEA", "MODE #tea +f #cup", "MODE #tea +f #DEN")[
        -4:
    ] == [
        ":test.net 403 ann #none :No such channel",
        ":test.net 696 ann #tea f #tea :A channel cannot lead to itself; name another",
        ":test.net 482 ann #cup :You must be operator (+o) or higher there too, to lead people to it",
        ":test.net 403 ann #DEN :No such channel",
    ]
    assert ann.says("MODE #tea +f :#a b", "MODE #tea +f nick") == [
        ":test.net 403 ann #a,b :No such channel",
        ":test.net 403 ann nick :No such channel",
    ]
    ann.says("JOIN #cup")
    bob.says("MODE #cup +o ann")
    ann.forget()
    assert ann.says("MODE #tea +f #CUP", "MODE #tea +f #cup", "MODE #tea -f", "MODE #tea -f") == [
        f"{ANN} MODE #tea +f #cup",
        f"{ANN} MODE #tea -f",
    ]


def test_a_channel_that_went_away_in_between_leads_nowhere(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#cup")
    ann.says("JOIN #cup")
    bob.says("MODE #cup +o ann")
    net.forget()
    net.journal.holding = True
    bob.says("MODE #cup -o ann")
    ann.says("MODE #tea +if #cup")
    net.journal.holding = False
    net.settle()
    assert (
        ann.lines[-1] == ":test.net 482 ann #cup :You must be operator (+o) or higher there too, to lead people to it"
    )
    assert net.engine.state.channels["#tea"].flags == "nt"


# What modes do.


@pytest.mark.covers("mode +n", "mode +t")
def test_n_keeps_strangers_from_speaking_and_t_members_from_the_topic(net):  # RFC 2811 4.2.5, 4.2.8
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    ann.says("MODE #tea -nt")
    assert eve.says("PRIVMSG #tea :hello") == []
    assert bob.says("TOPIC #tea :mine") == [":bob!~bob@127.0.0.1 TOPIC #tea :mine"]
    assert ann.says("MODE #tea +nt") == [f"{ANN} MODE #tea +nt"]
    net.forget()
    assert eve.says("PRIVMSG #tea :hello") == [
        ":test.net 404 eve #tea :Cannot send to channel (+n: only members may speak)"
    ]
    assert bob.says("TOPIC #tea :mine")[0].split()[1] == "482"


@pytest.mark.covers("mode +m", "mode +M", "extban m", "ERR_CANNOTSENDTOCHAN")
@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("+m", "+m: only members with a prefix may speak"),
        ("+M", "+M: only people with an account may speak"),
        ("+b bob", "+b: you are banned or muted"),
        ("+b ~m:bob", "+b: you are banned or muted"),
    ],
)
def test_who_may_not_speak_and_who_may_nevertheless(net, said, why):  # Modern IRC, moderated channel mode
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +mM", "MODE #tea -mM", "MODE #tea +b-b ~m:x ~m:x", f"MODE #tea {said}")
    bob.forget()
    assert bob.says("PRIVMSG #tea :hello") == [f":test.net 404 bob #tea :Cannot send to channel ({why})"]
    ann.says("MODE #tea +v bob")
    bob.forget()
    assert bob.says("PRIVMSG #tea :hello") == []


@pytest.mark.covers("extban a", "extban U", "extban r")
def test_bans_by_account_and_realname(net):  # IRCv3 account-extban
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +bbb ~U:*!*@* ~r:Nobody ~a:eve")
    bob.forget()
    assert bob.says("PRIVMSG #tea :hello")[0].split()[1] == "404"
    is_logged_in(net, bob, "bob")
    assert bob.says("PRIVMSG #tea :hello") == []
    ann.says("MODE #tea +b ~account:BOB")
    bob.forget()
    assert bob.says("PRIVMSG #tea :hello")[0].split()[1] == "404"


@pytest.mark.covers("extban c", "extban z", "mode +R")
def test_bans_and_exceptions_by_channel_and_certificate(net):  # Modern IRC, ban exception and EXTBAN
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#cup"), net.connect("eve")
    ann.says("MODE #tea +be *!*@* ~c:@#cup", "MODE #tea +b ~z:5F4D", "MODE #tea +R-R")
    assert eve.says("JOIN #tea")[0].split()[1] == "474"
    assert bob.says("JOIN #tea")[0] == ":bob!~bob@127.0.0.1 JOIN #tea"
    ann.forget()
    assert ann.says("MODE #tea +R") == [f"{ANN} MODE #tea +R"]
    ann.says("MODE #tea -b *!*@*")
    assert eve.says("JOIN #tea")[0].split()[1] == "477"


@pytest.mark.covers("extban n", "ERR_BANONCHAN")
@pytest.mark.parametrize("mask", ["bob", "~m:bob", "~n:*!*@*"])
def test_nobody_escapes_a_mask_by_another_nick(net, mask):  # https://docs.inspircd.org/4/modules/nonicks/
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +b-b ~n:x ~n:x", f"MODE #tea +b {mask}")
    bob.forget()
    assert bob.says("NICK rob") == [":test.net 435 bob rob #tea :Cannot change nickname while banned or muted there"]
    ann.says("MODE #tea +e bob")
    bob.forget()
    assert bob.says("NICK rob") == [":bob!~bob@127.0.0.1 NICK rob"]
    ann.says("MODE #tea -e bob", "MODE #tea +v rob")
    bob.forget()
    assert bob.says("NICK bob") == [":rob!~bob@127.0.0.1 NICK bob"]


@pytest.mark.covers("mode +i", "ISUPPORT INVEX", "ISUPPORT EXCEPTS", "ISUPPORT EXTBAN", "ISUPPORT ACCOUNTEXTBAN")
def test_invite_exceptions_open_the_door(net):  # Modern IRC, invite exception channel mode
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    ann.says("VERSION", "MODE #tea +i", "MODE #tea +I ~r:bob")
    assert bob.says("JOIN #tea")[0] == ":bob!~bob@127.0.0.1 JOIN #tea"
    eve = net.connect("eve")
    assert eve.says("JOIN #tea")[0].split()[1] == "473"


@pytest.mark.covers("mode +p", "mode +s", "mode +C", "mode +c", "mode +S", "mode +Q", "mode +U")
def test_flags_are_set_together(net):  # Modern IRC, MODE message
    ann = net.join("ann", "#tea")
    assert ann.says("MODE #tea +psCcSQU") == [f"{ANN} MODE #tea +psCcSQU"]
    assert ann.says("MODE #tea")[0] == ":test.net 324 ann #tea +CQSUcnpst"


# Everywhere the same.


def test_two_nodes_have_the_same_modes():
    net = Net(2)
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", node=1)
    ann.says("MODE #tea +o bob")
    net.forget()
    ann.says("MODE #tea +ki secret")
    bob.says("MODE #tea +bl ~account:eve 9")
    assert ann.lines == bob.lines == [f"{ANN} MODE #tea +ki secret", ":bob!~bob@127.0.0.1 MODE #tea +bl ~a:eve 9"]
    assert ann.says("MODE #tea", "MODE #tea b")[0] == ":test.net 324 ann #tea +intkl secret 9"
    assert net.nodes[0].engine.state.digest() == net.nodes[1].engine.state.digest()


def test_modes_survive_a_restart(net):
    ann = net.join("ann", "#tea")
    ann.says("JOIN #cup", "MODE #tea +iklfq secret 9 #cup ann", "MODE #tea +beI eve ~a:bob ~U:joe")
    before = ann.says("MODE #tea", "MODE #tea beI")
    net.restart()
    ann = net.join("ann", "#tea")
    assert ann.says("MODE #tea", "MODE #tea beI") == before
    assert net.engine.state.channels["#tea"].members[ann.session.uid] == "qo"


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        ("MODE #tea", ["BATCH", "324", "329", "BATCH"]),
        ("MODE #tea b", ["368"]),
        ("MODE #tea be", ["BATCH", "368", "349", "BATCH"]),
        ("MODE #tea +i", ["MODE"]),
        ("MODE #tea -i", ["ACK"]),
        ("MODE #tea +", ["ACK"]),
        ("MODE #tea +xi", ["BATCH", "472", "MODE", "BATCH"]),
        ("MODE #tea +x", ["472"]),
        ("MODE #none", ["403"]),
    ],
)
def test_a_labelled_mode_has_one_answer(net, said, answers):  # IRCv3 labeled-response
    ann = net.join("ann", "#tea", LABELS)
    lines = ann.says(f"@label=L {said}")
    assert lines[0].startswith("@label=L ")
    assert [
        line.split()[1] for line in [line.partition(" ")[2] if line[0] == "@" else line for line in lines]
    ] == answers
    assert sum("label=L" in line for line in lines) == 1
