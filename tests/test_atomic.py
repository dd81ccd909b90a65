import pytest

from igds_bench.atomic import replacing, write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_only_once_it_is_whole(tmp_path):
    place = tmp_path / "made" / "x.json"
    write_text(place, "old")
    with replacing(place) as temporary:
        temporary.write_text("né", encoding="utf-8")
        assert place.read_text() == "old"
        assert list(place.parent.glob("*.json")) == [place]
    assert place.read_bytes() == "né".encode()
    assert names(place.parent) == ["x.json"]


def test_a_folder_takes_its_place_at_once(tmp_path):
    with replacing(tmp_path / "layer_1") as temporary:
        temporary.mkdir()
        (temporary / "part").write_text("x")
        assert not list(tmp_path.glob("layer_*"))
    assert names(tmp_path) == ["layer_1"]
    assert names(tmp_path / "layer_1") == ["part"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OSError])
@pytest.mark.parametrize("folder", [False, True])
def test_what_fails_leaves_the_old_and_nothing_beside_it(tmp_path, error, folder):
    place = tmp_path / "x"
    place.write_text("old")
    with pytest.raises(error), replacing(place) as temporary:
        if folder:
            temporary.mkdir()
            (temporary / "half").write_text("new")
        else:
            temporary.write_text("new")
        raise error
    assert place.read_text() == "old"
    assert names(tmp_path) == ["x"]


def test_what_is_never_written_is_an_error_and_keeps_the_old(tmp_path):
    place = tmp_path / "x"
    place.write_text("old")
    with pytest.raises(FileNotFoundError), replacing(place):
        pass
    assert place.read_text() == "old"


def test_two_writers_of_one_file_have_a_name_each(tmp_path):
    with replacing(tmp_path / "x") as one, replacing(tmp_path / "x") as other:
        one.write_text("one")
        other.write_text("other")
        assert one != other
    assert (tmp_path / "x").read_text() == "one"
