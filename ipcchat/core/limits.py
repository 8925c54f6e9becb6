"""Every limit of the server in one place, unit last in its name, each with the reason for its number.

Hitting a limit is loud: the one who hits it is told which and what to do. Those that clients must know are
advertised in ISUPPORT from these same values.

The network's limits decide what may happen in the shared state, so every node must use the same, also when it reads
an old journal again: a change of them is a fact (LimitsChanged). All others belong to one node.
"""

from __future__ import annotations

import msgspec


class NetworkLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What the state may hold: it lives in memory on every node."""

    users_max: int = 20_000
    channels_max: int = 10_000
    channels_per_user_max: int = 100
    members_per_channel_max: int = 10_000
    masks_per_list_max: int = 100
    invitations_per_channel_max: int = 100
    callers_per_list_max: int = 100  # entries in a user's ACCEPT or SILENCE list
    metadata_keys_max: int = 20  # keys of one user or channel
    whowas_entries_max: int = 1_000
    renamed_entries_max: int = 1_000  # old names of channels that lead to the new ones
    sight_changes_max: int = 200  # members who are shown or hidden at once (-D, +u, -u): a line of each, to each
    seat_minutes_max: int = 15  # long enough for clients that reconnect with a slow back-off
    knock_seconds: int = 300  # between two knocks of one user at one channel
    rename_seconds: int = 60  # between two other names of a channel: the members of old clients are moved each time
    caller_seconds: int = 60  # between two words to a +g user that somebody would write to him
    visits_per_channel_max: int = 50  # stays of one account that are over: more than a year of weekly ones
    visited_channels_max: int = 200  # of one account
    accounts_max: int = 20_000  # they are in every snapshot of the state
    sessions_per_user_max: int = 16  # connections of one user: phone, laptop, desk, and those not yet known to be dead
    nicks_per_account_max: int = 5
    certificates_per_account_max: int = 10
    tokens_per_account_max: int = 30  # of programs and of browsers that stay logged in
    channels_per_account_max: int = 15  # registered ones
    access_entries_max: int = 200  # accounts with a rank in one registered channel
    hooks_per_channel_max: int = 10  # each outgoing one is a task, and a request for each message
    name_retired_days: int = 30  # how long the name of a deleted account is kept free
    stay_days_max: int = 90  # how long somebody stays in the chat without a connection
    resume_seconds: int = 60  # how long who was lost with a node may come back unseen: clients try again within that
    bans_max: int = 10_000  # of the network
    filters_max: int = 100
    pins_per_channel_max: int = 50  # each is looked up for who asks what is pinned
    read_markers_max: int = 200  # of one user: the channels and people of some months
    cursors_per_account_max: int = 20
    cursor_idle_days: int = 90  # a subscription that did not move for so long goes: its program is not there any more
    files_max: int = 20_000  # they are in every snapshot of the state, as accounts are
    places_per_file_max: int = 20  # messages that carry one file: each is looked at for who asks for it
    pushes_per_account_max: int = 10  # browsers and telephones: each message that calls costs one request to each


class Limits(NetworkLimits, frozen=True, kw_only=True):
    """All limits with their defaults; construct with keywords to change some."""

    # Names and texts. With the longest names and the prefix that others see, each text fits into one line of 512 bytes.
    nick_bytes_max: int = 32
    user_characters_max: int = 20
    host_bytes_max: int = 63
    realname_bytes_max: int = 150
    channel_bytes_max: int = 64
    topic_bytes_max: int = 300
    away_bytes_max: int = 360
    kick_bytes_max: int = 250
    quit_bytes_max: int = 360
    knock_bytes_max: int = 150
    ban_reason_bytes_max: int = 150  # of bans, kills and filters; the mask and who set it stand in the same line
    key_characters_max: int = 32
    mask_bytes_max: int = 256
    metadata_value_bytes_max: int = 240
    multiline_bytes_max: int = 8_192
    multiline_lines_max: int = 100  # each is a line for clients without draft/multiline

    # What one session may watch.
    monitored_nicks_max: int = 100
    subscriptions_max: int = 50  # metadata keys

    # What one command may ask.
    targets_per_message_max: int = 4
    targets_per_command_max: int = 10
    modes_per_command_max: int = 6
    history_messages_max: int = 100
    replay_lines_max: int = 20  # told to an old client that joins: what fits on its screen
    missed_lines_max: int = 200  # told to an old client that comes back; with tags about half a send queue
    catch_up_messages_max: int = 10_000  # a night of 50 busy channels is one answer; it is told a slice at a time
    search_messages_max: int = 100  # as many as a page of history
    search_words_max: int = 16  # each costs; people give two or three
    who_rows_max: int = 1_000
    list_rows_max: int = 1_000
    ban_users_max: int = 10  # whom one ban puts off without the word FORCE: a slip of the pen hits more
    audit_rows_max: int = 500
    sight_rows_max: int = 1_000  # members of a +u channel that one is told of by a line each
    whowas_rows_max: int = 10
    nicks_per_query_max: int = 100  # about what a line holds: who is left out of ISON seems to be away
    label_bytes_max: int = 64

    # What is done to older messages. All that is about a message is told with it, each time.
    redaction_seconds_max: int = 31_536_000  # how long people may take back what they said; 0: for ever
    redaction_bytes_max: int = 200  # the reason
    edit_seconds_max: int = 86_400  # how long people may edit what they said; 0: for ever
    edits_per_message_max: int = 50
    reactions_per_message_max: int = 500
    reactions_per_author_max: int = 20  # of one to one message: to change one's mind, not to fill it for the others
    reaction_bytes_max: int = 100  # an emoji of several parts, or the name of one

    # Keys that make a message that is sent twice one message.
    key_tag_characters_min: int = 16  # shorter keys of different people could meet
    key_tag_characters_max: int = 64

    # Lines: RFC 1459's 512 bytes with CR LF, and IRCv3 message-tags' 4,096 for tags from clients.
    line_bytes_max: int = 512
    line_tags_bytes_max: int = 4_096
    unterminated_bytes_max: int = 16_384
    receive_bytes_max: int = 16_384
    receive_lines_batch: int = 64
    client_batch_seconds_max: int = 30

    # Flood: a token bucket for each session. A person never meets it; a script of 20 lines goes through at once.
    flood_lines_burst: float = 20.0
    flood_lines_per_second: float = 4.0
    unregistered_lines_max: int = 64
    unregistered_bytes_max: int = 8_192  # capabilities, tokens of single sign-on, METADATA before the registration

    # Passwords. Whoever mistypes does not notice; a program has a few hundred attempts a day at one account.
    logins_per_account_max: int = 3  # a minute, of one address at one account
    logins_per_address_max: int = 10  # a minute, of one address (of IPv6: one /64) at all accounts
    login_attempts_free: int = 10  # of all addresses at one account; then there is a pause after each
    login_pause_seconds_max: int = 300
    login_addresses_max: int = 10_000
    oper_seconds: int = 10  # between two OPER of one address that did not succeed
    password_bytes_min: int = 8
    password_bytes_max: int = 300  # what fits into a line; longer ones are refused before they are hashed
    code_minutes_max: int = 1_440  # how long the code of a new account counts
    registrations_per_address_max: int = 3  # accounts, in an hour
    registrations_max: int = 30  # of all addresses, in ten minutes
    sasl_response_bytes_max: int = 4_096  # Base64 of one response: tokens of single sign-on have some thousand bytes
    sasl_seconds_max: int = 15  # of one exchange of AUTHENTICATE: clients answer by themselves

    # Sending: a reader who does not read is closed before he costs others memory.
    send_queue_bytes_max: int = 262_144
    send_queue_seconds_max: int = 60
    send_queues_bytes_max: int = 67_108_864  # of all connections together; then the longest are closed first

    # Connections of one address (of IPv6: one /64; a /48 has four times as many). This machine is exempt.
    connections_per_address_max: int = 16
    attempts_per_address_max: int = 32  # new connections in ten minutes
    strangers_per_address_max: int = 8  # connections that are not registered yet
    strangers_max: int = 1_000
    connections_per_local_user_max: int = 64  # of one uid, on a Unix socket
    http_per_address_max: int = 64  # a browser takes six for a page, and several people may share an address
    addresses_remembered_max: int = 20_000  # without a connection now, for their new ones of the last ten minutes

    # Time.
    registration_seconds_max: int = 30
    handshake_seconds_max: int = 10  # TLS
    proxy_seconds_max: int = 3  # the first line of a trusted proxy
    ping_seconds: int = 90
    silence_seconds_max: int = 150
    stop_seconds_max: int = 5

    # How long people are kept while a node is cut off and nothing can be stored.
    interruption_seconds_max: int = 30

    # What waits for a slow disk, in all: a second's work of a quick one. Then no more posts are taken.
    waiting_facts_max: int = 8_192
    waiting_bytes_max: int = 8_388_608
    journal_stuck_seconds_max: int = 60  # then systemd is let start the server again

    # The process.
    connections_max: int = 10_000
    checkpoint_facts: int = 5_000
    voided_facts_max: int = 10_000

    def network(self) -> NetworkLimits:
        """The part that all nodes share."""
        return NetworkLimits(**{name: getattr(self, name) for name in NetworkLimits.__struct_fields__})
