"""Upload a published board to the Hugging Face hub, as a data set with a card."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.errors import DataError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

WRITTEN = (
    "records/*",
    "manifests/*",
    "features/*",
    "saes/*",
    "data/*",
    "grids/*",
    "figures/*",
    "browse/*",
    "examples-*.parquet",
)
"""What an earlier upload may have left and this one doesn't have; removed from the repository."""
TAGS = ["igds-bench", "data-selection", "fine-tuning", "benchmark", "leaderboard"]


def check_token(repo: str) -> None:
    """Refuse, before anything is done, where nobody is logged in.

    Raises:
        DataError: there is no token.
    """
    from huggingface_hub import get_token

    if get_token() is None:
        raise DataError(
            f"{repo} can't be written without a token: make one with write access at "
            "https://huggingface.co/settings/tokens, then run `hf auth login` or set HF_TOKEN."
        )


def push_to_hub(board: Path, repo: str, license_: str = "other", api: HfApi | None = None) -> str:
    """Upload a published board; its README becomes the data set's card.

    Args:
        board: the folder of a published leaderboard.
        repo: ``owner/name`` of the data set; made where there is none.
        license_: the hub's id of the licence, for the card.
        api: talks to the hub.

    Returns:
        The address of the data set.

    Raises:
        DataError: the folder is no board, or the hub refuses or can't be reached.
    """
    from huggingface_hub import HfApi

    if not (board / "records").is_dir() or not (board / "README.md").is_file():
        raise DataError(f"{board} is no published leaderboard: publish it with --out first.")
    try:
        return _upload(api or HfApi(), board, repo, license_)
    except Exception as error:
        message = (str(error).strip() or repr(error)).splitlines()[0].rstrip(".")
        raise DataError(
            f"{board} could not be uploaded to {repo}: {message}. "
            "The board itself is complete; the same command tries again."
        ) from error


def _upload(api: HfApi, board: Path, repo: str, license_: str) -> str:
    """Upload the folder and its card in one commit."""
    address = api.create_repo(repo, repo_type="dataset", exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="igds-bench-push-") as place:
        copy = Path(place) / board.name
        shutil.copytree(board, copy)
        (copy / "README.md").write_text(card(board, license_), encoding="utf-8")
        api.upload_folder(
            repo_id=repo,
            folder_path=copy,
            repo_type="dataset",
            commit_message=f"Publish the leaderboard {board.name}",
            delete_patterns=list(WRITTEN),
        )
    return str(address)


def card(board: Path, license_: str = "other") -> str:
    """Return the data set's card: front matter for the hub, then the board's README."""
    from huggingface_hub import DatasetCardData

    files = sorted(path.name for path in board.glob("examples-*.parquet"))
    configs: list[dict[str, Any]] = [
        {"config_name": "leaderboard", "data_files": _rows(board), "default": True},
        *({"config_name": Path(name).stem, "data_files": name} for name in files),
    ]
    front = DatasetCardData(
        license=license_,
        tags=TAGS,
        pretty_name=f"igds-bench leaderboard {board.name}",
        configs=configs,
    )
    body = (board / "README.md").read_text(encoding="utf-8")
    return f"---\n{front.to_yaml()}\n---\n\n{body}"


def _rows(board: Path) -> str:
    """Return the name of the file with the board's rows."""
    return "leaderboard.parquet" if (board / "leaderboard.parquet").exists() else "leaderboard.csv"
