"""Walking through what was sent before, as a shell does it.

Rules:
1. What is being typed is the last of the texts; walking back to it finds it as it was.
2. A text that was changed on the way keeps its change for as long as the walk lasts; what is left behind then is given
   back, so that nothing that was typed is lost.
"""

from __future__ import annotations

from collections.abc import Sequence


class Recall:
    """One walk through `inputs`, oldest first, that starts behind the last of them."""

    def __init__(self, inputs: Sequence[str], typed: str) -> None:
        self._originals = [*inputs, ""]
        self._texts = [*inputs, typed]
        self._place = len(inputs)

    def step(self, current: str, steps: int) -> str | None:
        """The text so many places further on (back: negative), in the place of `current`. None where there is none."""
        place = self._place + steps
        if not 0 <= place < len(self._texts):
            return None
        self._texts[self._place] = current
        self._place = place
        return self._texts[place]

    def is_unchanged(self, current: str) -> bool:
        """Whether `current` is what was sent before, as it was."""
        return current == self._originals[self._place] and current != ""

    @property
    def typed(self) -> str:
        """What was being typed when the walk began, as it is now."""
        return self._texts[-1]

    def left_behind(self) -> list[str]:
        """The texts that were typed or changed and do not stand in the present place, oldest first."""
        return [
            text
            for place, (text, original) in enumerate(zip(self._texts, self._originals, strict=True))
            if place != self._place and text != original and text.strip()
        ]
