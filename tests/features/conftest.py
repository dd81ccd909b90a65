"""What the tests of features share."""

import pytest
from sae_lens import SAE

from tests.builders.models import ARCHITECTURES, save_sae


@pytest.fixture(params=ARCHITECTURES)
def random_sae(request, tmp_path):
    save_sae(tmp_path, request.param, 1)
    return SAE.load_from_disk(str(tmp_path / "layer_1"), device="cpu")
