"""Properties here are about what is decided, not how fast: other tests share the machine."""

from hypothesis import settings

settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")
