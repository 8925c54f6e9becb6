"""What a person and a client of ours say to each other: commands that are typed, and sentences.

Rules:
1. The line client and the terminal client share every word here; how it looks on a screen is theirs.
2. It knows the client library and nothing of screens: a command sees its client as a `command_table.Room`.

Reading order: command_table, commands and the families *_commands, then phrases, mode_words, happenings and nicks.
"""
