"""What all tests share: hypothesis without deadlines, because a loaded machine is no failure."""

from hypothesis import settings

settings.register_profile("chat", deadline=None)
settings.load_profile("chat")
