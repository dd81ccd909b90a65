"""What the tests of the report share."""

import pytest

from tests.builders.records import all_records, write_run


@pytest.fixture
def run_folder(tmp_path):
    return write_run(tmp_path / "run", all_records())
