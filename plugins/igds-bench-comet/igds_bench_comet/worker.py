"""The bridge: one long-lived process per checkpoint, so that weights are loaded once."""

from __future__ import annotations

import atexit
import json
import math
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from igds_bench.errors import StageError
from igds_bench_comet.environment import SCORER, interpreter, problems

STDERR_LINES = 12
STOP_SECONDS = 5.0
Sample = Mapping[str, str]
"""``src``, ``mt`` and ``ref``: source, translation, reference."""


@dataclass(frozen=True)
class Checkpoint:
    """What a worker loads."""

    model: str
    revision: str


class Worker:
    """A process in COMET's environment.

    Args:
        python: the interpreter.
        checkpoint: what it loads.
        timeout: seconds to wait for the weights.

    Raises:
        StageError: it could not start, or could not load the checkpoint.
    """

    def __init__(self, python: str, checkpoint: Checkpoint, timeout: float) -> None:
        self._checkpoint = checkpoint
        # A file and not a pipe: a pipe that nobody reads fills up and stops the worker.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        command = [python, str(SCORER)]
        command += ["--model", checkpoint.model, "--revision", checkpoint.revision]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            encoding="utf-8",
        )
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        Thread(target=self._read, daemon=True).start()
        try:
            self._answer(timeout)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def score(self, samples: Sequence[Sample], batch_size: int, timeout: float) -> list[float]:
        """Return one score per sample, in order.

        Raises:
            StageError: the worker ended, failed, or did not answer in time.
        """
        request = json.dumps({"samples": list(samples), "batch_size": batch_size})
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(request + "\n")
            self._process.stdin.flush()
        except OSError:
            raise self._ended() from None
        found: list[float] = self._answer(timeout)["scores"]
        return found

    def close(self) -> None:
        """End the process: by the end of its input, or else by its own id."""
        for stream in (self._process.stdin, self._stderr):
            try:
                if stream is not None:
                    stream.close()
            except OSError:  # what was not yet written has no reader any more
                pass
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _answer(self, timeout: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=timeout)
        except Empty:
            self._process.kill()
            raise StageError(
                f"COMET ({self._checkpoint.model}) gave no answer within {timeout:g} s: raise "
                f"`timeout` of comet_metric, or see what holds it up.{self._said()}"
            ) from None
        if line is None:
            raise self._ended()
        found: dict[str, Any] = json.loads(line)
        if "error" in found:
            raise StageError(f"COMET ({self._checkpoint.model}) failed: {found['error']}")
        return found

    def _ended(self) -> StageError:
        code = self._process.wait()
        return StageError(
            f"COMET's process ended with exit code {code} while it worked on "
            f"{self._checkpoint.model} (-9 is often lack of memory); the next evaluation starts "
            f"another.{self._said()}"
        )

    def _said(self) -> str:
        """Return the end of what the process wrote to stderr."""
        self._stderr.seek(0)
        lines = self._stderr.read().decode("utf-8", "replace").splitlines()
        return "".join(f"\n  {line}" for line in (" It said:", *lines[-STDERR_LINES:]) if lines)


_workers: dict[tuple[str, Checkpoint], Worker] = {}
_lock = Lock()


def score(
    checkpoint: Checkpoint, samples: Sequence[Sample], batch_size: int, timeout: float
) -> list[float]:
    """Return one finite score per sample, in order, from the checkpoint's worker.

    Raises:
        StageError: COMET is not there, failed, or gave no number for a sample.
    """
    if not samples:
        return []
    with _lock:
        worker = _worker(checkpoint, timeout)
        try:
            scores = worker.score(samples, batch_size, timeout)
        except BaseException:
            _drop(worker)
            raise
    if len(scores) != len(samples):
        raise StageError(f"COMET gave {len(scores)} scores for {len(samples)} translations.")
    for sample, value in zip(samples, scores, strict=True):
        if not math.isfinite(value):
            raise StageError(
                f"COMET ({checkpoint.model}) gave {value} for the translation "
                f"{sample['mt'][:60]!r} of {sample['src'][:60]!r}: no mean can be taken."
            )
    return scores


def _worker(checkpoint: Checkpoint, timeout: float) -> Worker:
    python = interpreter()
    if (python, checkpoint) not in _workers:
        missing = problems()
        if missing:
            raise StageError(missing[0])
        _workers[python, checkpoint] = Worker(python, checkpoint, timeout)
    return _workers[python, checkpoint]


def _drop(worker: Worker) -> None:
    for key in [key for key, value in _workers.items() if value is worker]:
        del _workers[key]
    worker.close()


@atexit.register
def close_all() -> None:
    """End every worker that this process started."""
    for worker in list(_workers.values()):
        _drop(worker)
