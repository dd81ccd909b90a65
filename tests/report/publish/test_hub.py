"""Uploading a board: what is sent, with a stand-in for the hub."""

import json

import pytest
import yaml
from typer.testing import CliRunner

from igds_bench.cli.app import app
from igds_bench.errors import DataError
from igds_bench.report.publish import hub
from igds_bench.report.publish.hub import card, push_to_hub
from igds_bench.report.publish.publish import publish
from igds_bench.report.sections import outline
from tests.builders.whole import whole_cells, write_whole


class StandIn:
    """Remembers what it is asked to do, as the hub's client is asked."""

    def __init__(self, fails=None):
        self.calls, self.sent, self.fails = [], {}, fails

    def create_repo(self, repo_id, **options):
        self.calls.append(("create_repo", repo_id, options))
        return f"https://hub.example/datasets/{repo_id}"

    def upload_folder(self, *, folder_path, **options):
        if self.fails:
            raise self.fails
        self.calls.append(("upload_folder", options))
        self.sent = {
            str(path.relative_to(folder_path)): path.read_bytes()
            for path in folder_path.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def board(tmp_path, monkeypatch):
    for name in ("draw_curves", "draw_amplification"):
        monkeypatch.setattr(outline, name, lambda *_: {})
    publish([write_whole(tmp_path / "run", whole_cells())], tmp_path / "board")
    return tmp_path / "board"


def test_a_board_is_uploaded_whole_in_one_commit(board):
    api = StandIn()
    assert push_to_hub(board, "me/mine", api=api) == "https://hub.example/datasets/me/mine"
    (made, uploaded) = api.calls
    assert made == ("create_repo", "me/mine", {"repo_type": "dataset", "exist_ok": True})
    assert uploaded[1]["repo_type"] == "dataset" and uploaded[1]["repo_id"] == "me/mine"
    here = {str(p.relative_to(board)): p.read_bytes() for p in board.rglob("*") if p.is_file()}
    assert api.sent.keys() == here.keys()
    assert {name for name in here if here[name] != api.sent[name]} == {"README.md"}


def test_what_an_earlier_upload_left_goes_and_nothing_else(board):
    from fnmatch import fnmatch

    api = StandIn()
    push_to_hub(board, "me/mine", api=api)
    patterns = api.calls[1][1]["delete_patterns"]
    for left in ("records/failed/x.json", "browse/sums--tiny--9.js"):
        assert any(fnmatch(left, pattern) for pattern in patterns)
    assert not any(fnmatch(name, p) for name in ("notes.md", ".gitattributes") for p in patterns)


def test_the_card_is_front_matter_and_the_boards_own_page(board):
    _, front, body = card(board, "apache-2.0").split("---\n", 2)
    found = yaml.safe_load(front)
    assert found["license"] == "apache-2.0"
    assert "data-selection" in found["tags"]
    for config in found["configs"]:
        assert (board / config["data_files"]).is_file(), config
    assert [c["config_name"] for c in found["configs"]] == ["leaderboard", "examples-sums--tiny"]
    assert body.strip() == (board / "README.md").read_text().strip()


def test_what_the_hub_refuses_is_one_message(board):
    with pytest.raises(DataError, match="could not be uploaded to me/mine: 403 Forbidden") as error:
        push_to_hub(board, "me/mine", api=StandIn(OSError("403 Forbidden\nlong trace")))
    assert "long trace" not in str(error.value)


def test_only_a_published_board_is_uploaded(tmp_path):
    run = write_whole(tmp_path, whole_cells())
    with pytest.raises(DataError, match="no published leaderboard"):
        push_to_hub(run, "me/mine", api=StandIn())


def test_without_a_token_nothing_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    run = write_whole(tmp_path / "run", whole_cells())
    options = ["--out", str(tmp_path / "out"), "--push-to-hub", "me/mine"]
    result = CliRunner().invoke(app, ["leaderboard", str(run), *options])
    assert isinstance(result.exception, DataError)
    assert "hf auth login" in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_the_command_publishes_then_uploads_and_says_where(board, tmp_path, monkeypatch):
    api = StandIn()
    monkeypatch.setattr("huggingface_hub.get_token", lambda: "t")
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: api)
    run, out = str(tmp_path / "run"), str(tmp_path / "out")
    options = ["--out", out, "--push-to-hub", "me/mine", "--license", "mit", "--json"]
    result = CliRunner().invoke(app, ["leaderboard", run, *options])
    assert json.loads(result.output)["address"] == "https://hub.example/datasets/me/mine"
    assert b"license: mit" in api.sent["README.md"]


def test_a_run_is_not_uploaded_by_mistake(tmp_path, monkeypatch):
    monkeypatch.setattr(hub, "check_token", lambda repo: None)
    run = write_whole(tmp_path / "run", whole_cells())
    (run / "stages").mkdir()
    result = CliRunner().invoke(app, ["leaderboard", str(run), "--push-to-hub", "me/mine"])
    assert "say where to with --out" in str(result.exception)
