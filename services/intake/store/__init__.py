"""Every SQL statement of intake, each a constant above the one function that uses it."""

from services.intake.store import clients, consents, conversation, heard, import_rows, imports, people

__all__ = ["clients", "consents", "conversation", "heard", "import_rows", "imports", "people"]
