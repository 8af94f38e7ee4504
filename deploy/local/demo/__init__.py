"""Three weeks of the main job in well under a minute, told as it happens.

Everything is real but the people and the pace of the clock: the servers, the services as processes, the HTTP
APIs, the events. The exit code says whether the story came out as promised.
"""

from deploy.local.demo.run import run

__all__ = ["run"]
