"""Every limit of the server in one place, unit last in its name, each with the reason for its number.

Hitting a limit is loud: the one who hits it is told which and what to do. Those that clients must know are
advertised in ISUPPORT from these same values.
"""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """All limits with their defaults; construct with keywords to change some."""

    # Names and texts. Together with the prefix others see, each text fits into one line of 512 bytes.
    nick_characters_max: int = 32
    user_characters_max: int = 20
    realname_bytes_max: int = 150
    channel_bytes_max: int = 64
    topic_bytes_max: int = 390
    away_bytes_max: int = 390
    kick_bytes_max: int = 390
    quit_bytes_max: int = 390
    key_characters_max: int = 32
    mask_bytes_max: int = 256

    # What one user or channel may hold.
    channels_per_user_max: int = 100
    masks_per_list_max: int = 100
    invitations_per_channel_max: int = 100
    members_per_channel_max: int = 10_000

    # What the whole network may hold: the state lives in memory on every node.
    users_max: int = 20_000
    channels_max: int = 10_000
    whowas_entries_max: int = 1_000
    seat_minutes_max: int = 15  # long enough for clients that reconnect with a slow back-off

    # What one command may ask.
    targets_per_message_max: int = 4
    targets_per_command_max: int = 10
    modes_per_command_max: int = 6
    history_messages_max: int = 100
    who_rows_max: int = 1_000
    list_rows_max: int = 1_000
    whowas_rows_max: int = 10
    nicks_per_query_max: int = 20
    label_bytes_max: int = 64
    key_tag_characters_min: int = 16  # shorter keys of different people could meet
    key_tag_characters_max: int = 64

    # Lines: RFC 1459's 512 bytes with CR LF, and IRCv3 message-tags' 4,096 for tags from clients.
    line_bytes_max: int = 512
    line_tags_bytes_max: int = 4_096
    unterminated_bytes_max: int = 16_384
    receive_bytes_max: int = 16_384
    receive_lines_batch: int = 64

    # Flood: a token bucket for each session. A person never meets it; a script of 20 lines goes through at once.
    flood_lines_burst: float = 20.0
    flood_lines_per_second: float = 4.0
    unregistered_lines_max: int = 64

    # Sending: a reader who does not read is closed before he costs others memory.
    send_queue_bytes_max: int = 262_144
    send_queue_seconds_max: int = 60

    # Time.
    registration_seconds_max: int = 30
    ping_seconds: int = 90
    silence_seconds_max: int = 150
    stop_seconds_max: int = 5

    # The process.
    connections_max: int = 10_000
    checkpoint_facts: int = 5_000
    voided_facts_max: int = 10_000
