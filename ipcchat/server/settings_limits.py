"""The limits as settings: of each one the least and the most that a configuration file can set, and what it limits.

Rules:
1. A limit of core has a row here, or stands with its reason in FIXED_LIMITS.
2. The least is what people and the language need, the most what one machine can bear.
3. Limits of texts end where a text could no longer stand in a line of 512 bytes with everything before it.
"""

from __future__ import annotations

import msgspec


class Range(msgspec.Struct, frozen=True):
    """The least and the most of a limit, and what it limits."""

    least: float
    most: float
    text: str
    restart: bool = False


LIMITS = {
    "nick_bytes_max": Range(9, 64, "A nick, in bytes of UTF-8 (NICKLEN)."),
    "user_characters_max": Range(4, 32, "The user name in nick!user@host (USERLEN)."),
    "host_bytes_max": Range(45, 63, "The host in nick!user@host (HOSTLEN)."),
    "realname_bytes_max": Range(16, 300, "A realname (NAMELEN)."),
    "channel_bytes_max": Range(8, 100, "A channel's name with its # (CHANNELLEN)."),
    "topic_bytes_max": Range(50, 390, "A topic (TOPICLEN)."),
    "away_bytes_max": Range(20, 390, "An away message (AWAYLEN)."),
    "kick_bytes_max": Range(20, 390, "The reason of KICK and PART (KICKLEN)."),
    "quit_bytes_max": Range(20, 390, "The reason of QUIT."),
    "knock_bytes_max": Range(20, 390, "The reason of KNOCK."),
    "key_characters_max": Range(8, 64, "A channel's key, +k (KEYLEN)."),
    "mask_bytes_max": Range(64, 390, "A mask in a channel's lists."),
    "metadata_value_bytes_max": Range(16, 390, "One value of METADATA."),
    "multiline_bytes_max": Range(1_024, 65_536, "A message of several lines, altogether (draft/multiline)."),
    "multiline_lines_max": Range(2, 1_000, "The lines of such a message."),
    "channels_per_user_max": Range(1, 10_000, "The channels that one user can be in (CHANLIMIT)."),
    "masks_per_list_max": Range(1, 10_000, "The entries of each of a channel's lists (MAXLIST)."),
    "invitations_per_channel_max": Range(1, 10_000, "The open invitations of a channel."),
    "members_per_channel_max": Range(2, 1_000_000, "The members of a channel."),
    "callers_per_list_max": Range(1, 10_000, "The entries of a user's ACCEPT and SILENCE lists."),
    "metadata_keys_max": Range(1, 1_000, "The METADATA keys of one user or channel."),
    "monitored_nicks_max": Range(1, 10_000, "The nicks that one session can MONITOR."),
    "subscriptions_max": Range(1, 1_000, "The METADATA keys that one session can subscribe to."),
    "users_max": Range(1, 1_000_000, "The users of the network."),
    "channels_max": Range(1, 1_000_000, "The channels of the network."),
    "whowas_entries_max": Range(1, 100_000, "The users who left that WHOWAS knows."),
    "renamed_entries_max": Range(1, 100_000, "The old names of channels that still lead to the new ones."),
    "rename_seconds": Range(0, 86_400, "The time between two RENAMEs of one channel. 0: none."),
    "seat_minutes_max": Range(0, 1_440, "How long a member who was cut off gets the place in a channel back."),
    "knock_seconds": Range(0, 86_400, "The time between two KNOCKs of one user at one channel. 0: none."),
    "caller_seconds": Range(0, 3_600, "The time between two notes to a +g user that somebody wants to write. 0: none."),
    "targets_per_message_max": Range(1, 100, "The targets of one PRIVMSG, NOTICE or TAGMSG (TARGMAX)."),
    "targets_per_command_max": Range(1, 100, "The targets of one JOIN, PART, KICK and the like (TARGMAX)."),
    "modes_per_command_max": Range(1, 20, "The modes with an argument in one MODE (MODES)."),
    "history_messages_max": Range(1, 1_000, "The messages that one CHATHISTORY gives (CHATHISTORY)."),
    "replay_lines_max": Range(
        0, 100, "The last lines of a channel that a client without CHATHISTORY hears when it joins. 0: none."
    ),
    "missed_lines_max": Range(10, 1_000, "What such a client hears of what came while it was not connected, in lines."),
    "catch_up_messages_max": Range(100, 1_000_000, "What one CATCHUP tells: messages, edits, joins and the like."),
    "read_markers_max": Range(10, 10_000, "The channels and people of which MARKREAD keeps how far one user has read."),
    "cursors_per_account_max": Range(1, 1_000, "The places that CURSOR keeps for one account."),
    "cursor_idle_days": Range(1, 3_650, "How long such a place is kept that is not set any more."),
    "files_max": Range(10, 1_000_000, "The files that people uploaded and that are kept."),
    "places_per_file_max": Range(1, 1_000, "The messages that one file stays for."),
    "pushes_per_account_max": Range(1, 100, "The browsers and telephones to which is pushed for one account."),
    "search_messages_max": Range(1, 1_000, "The messages that one SEARCH gives."),
    "search_words_max": Range(1, 64, "The words and phrases of one SEARCH."),
    "who_rows_max": Range(10, 100_000, "The rows of one WHO."),
    "list_rows_max": Range(10, 100_000, "The rows of one LIST."),
    "whowas_rows_max": Range(1, 100, "The rows of one WHOWAS."),
    "nicks_per_query_max": Range(1, 100, "The nicks of one ISON or USERHOST."),
    "key_tag_characters_min": Range(8, 32, "The shortest +ipc-chat/key that makes a message sent twice one message."),
    "key_tag_characters_max": Range(32, 128, "The longest one."),
    "unterminated_bytes_max": Range(
        8_192, 1_048_576, "What may come without an end of line before the connection is closed.", restart=True
    ),
    "sight_changes_max": Range(2, 1_000, "The members of a channel that are shown or hidden at once (-D, +u, -u)."),
    "sight_rows_max": Range(10, 10_000, "The members of a +u channel that one is told of by a line each."),
    "sasl_response_bytes_max": Range(400, 65_536, "The Base64 of one response of AUTHENTICATE."),
    "sasl_seconds_max": Range(5, 300, "How long one exchange of AUTHENTICATE may take."),
    "receive_bytes_max": Range(4_096, 1_048_576, "What is read from one connection at once.", restart=True),
    "receive_lines_batch": Range(1, 1_024, "The lines of one connection before others have their turn.", restart=True),
    "client_batch_seconds_max": Range(5, 600, "How long a client may take to send a batch."),
    "flood_lines_burst": Range(10.0, 10_000.0, "The lines that a session can send at once."),
    "flood_lines_per_second": Range(0.1, 10_000.0, "The lines that it can send after that."),
    "unregistered_lines_max": Range(16, 1_000, "The lines of a connection that is not registered yet."),
    "logins_per_account_max": Range(1, 1_000, "The wrong passwords of one address for one account, in a minute."),
    "logins_per_address_max": Range(1, 10_000, "The wrong passwords of one address for all accounts, in a minute."),
    "login_attempts_free": Range(
        1, 1_000, "The wrong passwords for one account from all addresses that have no pause behind them."
    ),
    "login_pause_seconds_max": Range(1, 86_400, "The longest pause after a wrong password; it begins with a second."),
    "unregistered_bytes_max": Range(4_096, 262_144, "The bytes of a connection that is not registered yet."),
    "visits_per_channel_max": Range(1, 1_000, "The stays of one account in one channel that are remembered."),
    "visited_channels_max": Range(10, 10_000, "The channels in which stays of one account are remembered."),
    "accounts_max": Range(1, 1_000_000, "The accounts of the network."),
    "sessions_per_user_max": Range(1, 1_000, "The connections of one user at a time."),
    "nicks_per_account_max": Range(0, 100, "The nicks of one account, besides its name."),
    "tokens_per_account_max": Range(0, 1_000, "The tokens of one account that log in to it."),
    "certificates_per_account_max": Range(0, 100, "The certificates of one account."),
    "channels_per_account_max": Range(0, 10_000, "The registered channels of one account."),
    "access_entries_max": Range(1, 10_000, "The accounts with a rank in one registered channel."),
    "hooks_per_channel_max": Range(0, 1_000, "The hooks of one registered channel."),
    "name_retired_days": Range(0, 3_650, "How long the name of a deleted account is kept free."),
    "stay_days_max": Range(1, 3_650, "How long somebody stays in the chat without a connection."),
    "resume_seconds": Range(
        0,
        600,
        "How long somebody whose server process ended is kept for his client to come back as if nothing had been. "
        "0: not at all.",
    ),
    "bans_max": Range(10, 1_000_000, "The bans of the network."),
    "filters_max": Range(1, 1_000, "The filters of the network."),
    "pins_per_channel_max": Range(0, 1_000, "The pinned messages of one channel."),
    "redaction_seconds_max": Range(
        0, 315_360_000, "How long people may take back what they said (REDACT). 0: for ever. Operators always may."
    ),
    "redaction_bytes_max": Range(20, 300, "The reason of REDACT."),
    "edit_seconds_max": Range(0, 315_360_000, "How long people may edit what they said. 0: for ever."),
    "edits_per_message_max": Range(0, 10_000, "The edits of one message."),
    "reactions_per_message_max": Range(0, 100_000, "The reactions to one message that are kept."),
    "reactions_per_author_max": Range(1, 1_000, "Those of one person."),
    "reaction_bytes_max": Range(8, 500, "A reaction's text (+draft/react)."),
    "password_bytes_min": Range(1, 64, "The shortest password of an account."),
    "password_bytes_max": Range(64, 300, "The longest password of an account."),
    "code_minutes_max": Range(5, 43_200, "How long the code counts that a new account is verified by."),
    "registrations_per_address_max": Range(1, 100_000, "The accounts that one address can register in an hour."),
    "registrations_max": Range(1, 100_000, "The accounts that can be registered in ten minutes altogether."),
    "connections_per_address_max": Range(1, 1_000_000, "The connections of one address at a time; of IPv6, of a /64."),
    "attempts_per_address_max": Range(1, 1_000_000, "The new connections of one address in ten minutes."),
    "strangers_per_address_max": Range(1, 1_000_000, "The connections of one address that are not registered yet."),
    "strangers_max": Range(10, 1_000_000, "The connections of all addresses that are not registered yet."),
    "connections_per_local_user_max": Range(1, 1_000_000, "The connections of one local user on a Unix socket."),
    "http_per_address_max": Range(1, 1_000_000, "The HTTP connections of one address at a time, without WebSockets."),
    "addresses_remembered_max": Range(100, 1_000_000, "The addresses whose new connections are remembered."),
    "handshake_seconds_max": Range(1, 60, "How long a TLS handshake may take.", restart=True),
    "proxy_seconds_max": Range(1, 60, "How long a trusted proxy may take for its header.", restart=True),
    "send_queues_bytes_max": Range(
        1_048_576,
        1_099_511_627_776,
        "What may wait for all readers together; then the longest are closed.",
        restart=True,
    ),
    "login_addresses_max": Range(
        100, 1_000_000, "The addresses and the accounts whose wrong passwords are remembered."
    ),
    "send_queue_bytes_max": Range(
        65_536, 67_108_864, "What may wait for a reader who does not read; with more he is closed.", restart=True
    ),
    "send_queue_seconds_max": Range(5, 3_600, "How long it may wait.", restart=True),
    "oper_seconds": Range(0, 300, "How long an address waits after an OPER that failed. 0: not at all."),
    "ban_users_max": Range(1, 100_000, "The users whom one ban may put off without the word FORCE."),
    "ban_reason_bytes_max": Range(20, 200, "The reason of a ban, a KILL or a filter."),
    "audit_rows_max": Range(10, 10_000, "The records that one AUDIT shows."),
    "registration_seconds_max": Range(5, 600, "How long a connection may take to register."),
    "ping_seconds": Range(10, 3_600, "The silence after which a client is asked whether it is there."),
    "silence_seconds_max": Range(20, 7_200, "The silence after which its connection is closed."),
    "stop_seconds_max": Range(1, 300, "How long a stop may take."),
    "interruption_seconds_max": Range(
        5, 3_600, "How long people are kept while nothing can be stored, before they are sent to another server."
    ),
    "waiting_facts_max": Range(
        256, 1_000_000, "What may wait until the disk has it: messages and other changes. Then messages are refused."
    ),
    "waiting_bytes_max": Range(1_048_576, 1_073_741_824, "The same in bytes, about."),
    "journal_stuck_seconds_max": Range(
        15,
        3_600,
        "How long the disk may keep everything waiting before systemd, if it watches, starts the server again.",
    ),
    "connections_max": Range(1, 1_000_000, "The connections of this server."),
    "checkpoint_facts": Range(100, 1_000_000, "How often the state is written down: after so many events."),
    "voided_facts_max": Range(100, 1_000_000, "The refused messages that are remembered until history has lost them."),
}

FIXED_LIMITS = {
    "line_bytes_max": "RFC 1459 2.3",
    "line_tags_bytes_max": "https://ircv3.net/specs/extensions/message-tags",
    "label_bytes_max": "https://ircv3.net/specs/extensions/labeled-response",
}
"""Limits that the language sets, and where: they cannot be set."""
