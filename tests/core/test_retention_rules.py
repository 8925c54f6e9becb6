"""ipcchat/core/retention_rules.py: what is kept, by the network's settings and those of channels."""

from __future__ import annotations

from ipcchat.core.limits import NetworkLimits
from ipcchat.core.retention import Keep, Retention
from ipcchat.core.retention_rules import rules
from ipcchat.core.state import Channel, State

DAY = 86_400_000


def state_with(**settings: dict[str, str]) -> State:
    """A network with channels of these settings; one of them was renamed."""
    state = State(NetworkLimits())
    for name, chosen in settings.items():
        state.channels[f"#{name}"] = Channel(f"#{name}", 0, settings=chosen, room="#old" if name == "New" else "")
    return state


def test_without_settings_everything_is_kept():
    made = rules(state_with(tea={}, gin={"history": "joined"}), Retention())
    assert made == Retention()
    assert made.is_endless
    assert made.of("#tea") == Keep()


def test_a_channel_keeps_what_it_says():
    made = rules(state_with(Tea={"keep-age": "30d", "keep-bytes": "5000"}, New={"keep-count": "9"}), Retention())
    assert made.histories == {"#tea": Keep(age=30 * DAY, bytes=5_000), "#old": Keep(count=9)}
    assert not made.is_endless


def test_the_smaller_limit_counts():
    network = Retention(Keep(age=7 * DAY, count=100), account_bytes=77)
    made = rules(state_with(tea={"keep-age": "30d", "keep-count": "5", "keep-bytes": "1"}, gin={}), network)
    assert made.of("#tea") == Keep(7 * DAY, 5, 1)
    assert made.of("#gin") == made.of("@ann bob") == Keep(7 * DAY, 100)
    assert made.account_bytes == 77
    assert not Retention(account_bytes=1).is_endless
