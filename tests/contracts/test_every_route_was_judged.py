"""No route is added without somebody having written down, apart from the code, whom it is for."""

import pytest

from tests.integration.access.matrix import APIS, MATRIX
from tests.integration.access.routes import routes_of


@pytest.mark.parametrize("service", APIS)
def test_the_reviewed_table_and_the_routes_that_there_are_name_each_other(service: str) -> None:
    routes, judged = set(routes_of(service)), set(MATRIX[service])

    assert routes - judged == set(), "say in tests/integration/access/matrix.py whom these are for"
    assert judged - routes == set(), "these are gone; take them out of tests/integration/access/matrix.py"
