"""What is imported on other threads while the server serves: one after the other, for modules that import each other
stop two threads that come from two sides."""

from __future__ import annotations

import threading

IMPORTING = threading.Lock()
"""Who imports on another thread holds it."""
