"""The terminal client: full screen, by Textual, on the client library only.

Rules:
1. What is true stands in `model`, which is pure: no Textual, no loop, no clock. It hears the library's events and is
   asked by the widgets; a widget keeps nothing that another one needs.
2. No widget talks to a server. `link` runs one Chat of the library and is the only place that awaits it.
3. Everything that came from others goes through `text`, which lets no character through that a terminal acts on.
4. The keys are one table (`keymap`): bindings, help and docs/terminal.md are made from it.
5. What was typed is never lost: a key that leaves a text keeps it as the draft of its buffer.

Reading order: model (entries, timeline, buffer, network, desk), text (formatting, wrapping, rows), link, room, widgets,
screens, keymap, settings, app.
"""
