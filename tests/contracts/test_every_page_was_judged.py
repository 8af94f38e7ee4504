"""No page is added to the desk without somebody having written down, apart from the code, whom it is for."""

from tests.integration.access.matrix import OPEN
from tests.integration.access.routes import routes_of
from tests.integration.desk.doors import PAGES


def test_the_reviewed_table_and_the_pages_that_there_are_name_each_other() -> None:
    routes, judged = set(routes_of("desk")) - set(OPEN), set(PAGES)

    assert routes - judged == set(), "say in tests/integration/desk/doors.py whom these are for"
    assert judged - routes == set(), "these are gone; take them out of tests/integration/desk/doors.py"
