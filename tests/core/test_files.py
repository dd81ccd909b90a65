"""Files in keys and records: by what is in them."""

from hashlib import sha256

from igds_bench.core.files import file_digest, params_key, params_shown


def test_a_file_that_is_written_again_has_another_digest(tmp_path):
    path = tmp_path / "f"
    path.write_text("a")
    first = file_digest(path)
    path.write_text("bb")
    assert first == sha256(b"a").hexdigest() and file_digest(path) == sha256(b"bb").hexdigest()
    params = {"file": path, "n": 1}
    assert params_key(params) == {"file": {"sha256": file_digest(path)}, "n": 1}
    assert params_shown(params)["file"] == f"f (sha256 {file_digest(path)[:16]})"
    path.unlink()
    assert params_shown({"file": path, "n": 1}) == {"file": "f (sha256 gone)", "n": 1}
