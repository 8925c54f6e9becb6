"""A bot as somebody would make it with the framework Limnoria: its configuration and its plugin."""
