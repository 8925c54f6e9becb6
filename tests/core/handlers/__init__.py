"""Conversations with each family of commands."""
