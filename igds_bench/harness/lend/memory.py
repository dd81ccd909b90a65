"""Peak memory of a block: the GPU's where there is one, else the process's resident set."""

from __future__ import annotations

import contextlib
import resource
import sys
from pathlib import Path


class PeakMemory:
    """Measures the peak while a ``with`` block runs.

    On Linux the resident-set peak is reset first; elsewhere it is the process's peak so far.

    Args:
        device: a torch device such as ``cpu`` or ``cuda:0``.
    """

    def __init__(self, device: str) -> None:
        self._gpu = device if device.startswith("cuda") else None
        self.peak: int | None = None
        """Peak in bytes, known after the block."""

    def __enter__(self) -> PeakMemory:
        if self._gpu:
            import torch

            torch.cuda.reset_peak_memory_stats(self._gpu)
        else:
            _reset_resident_peak()
        return self

    def __exit__(self, *_: object) -> None:
        if self._gpu:
            import torch

            self.peak = torch.cuda.max_memory_allocated(self._gpu)
        else:
            self.peak = _resident_peak()


def _reset_resident_peak() -> None:
    with contextlib.suppress(OSError):  # 5 resets VmHWM, says proc(5)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _resident_peak() -> int:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        line = next(row for row in status.splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
