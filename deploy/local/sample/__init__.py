"""Something to look at: the sample directory, and three weeks in the lives of invented people.

Everything is invented, and everything is done through the services' own APIs, as staff, partners and clients
would: nothing is written past them.
"""

from deploy.local.sample.directory import import_sample

__all__ = ["import_sample"]
