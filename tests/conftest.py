"""For every test: an example that is slow on a busy machine is not a wrong one."""

from hypothesis import settings

settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")
