"""What the tests of verify share."""

import pytest

from igds_bench.report.publish.publish import copy_records
from tests.builders.whole import whole_cells, write_whole


@pytest.fixture(params=["run", "board"])
def folder(request, tmp_path):
    run = write_whole(tmp_path / "run", whole_cells())
    if request.param == "run":
        return run
    copy_records([run], tmp_path / "board")
    return tmp_path / "board"
