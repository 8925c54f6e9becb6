"""Conversations with the core, without a loop or a socket."""
