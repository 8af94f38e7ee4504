"""What `make up` shows once everything runs."""

from rich import box
from rich.panel import Panel
from rich.table import Table

from deploy.local.accounts import COLLEAGUES
from deploy.local.services import SERVICES
from deploy.local.system import LocalSystem
from services.desk.api.pages import ROLE_WORDS


def panel_of(system: LocalSystem) -> Panel:
    """Lay out where everything is and how to go on, in one panel."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("open", f"{system.service_url('desk')}  (the desk: where staff work)")
    for colleague in COLLEAGUES:
        password = system.credentials.colleagues[colleague.role]
        table.add_row("", f"{colleague.email}  {password}  ({ROLE_WORDS[colleague.role].lower()})")
    table.add_row("", "(these passwords hold until they are changed)")
    table.add_row()
    for service in SERVICES:
        if service != "desk":
            table.add_row(service, f"{system.service_url(service)}/docs")
    table.add_row()
    table.add_row("mailbox", f"{system.service_url('reminders')}/mailbox  (what clients were sent)")
    table.add_row(
        "partners", f"docs/integrating.md; {system.service_url('navigation')}/mailbox  (what they were sent)"
    )
    table.add_row("staff token", "make -s token ROLE=case_manager")
    table.add_row("directory", "make import-directory FILE=<folder or file>")
    table.add_row()
    table.add_row("data", str(system.home))
    table.add_row("logs", f"{system.logs}/<name>.log")
    table.add_row("stop", "Ctrl-C")
    return Panel(table, title="Foothold is running on this machine only", box=box.ROUNDED, expand=False)
