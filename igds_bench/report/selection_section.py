"""What a report says of selections: what was chosen, at which cost, and how much it has in common.

Reads records, manifests and what is known of the data; of older records, which lack some of it,
those cells stay empty.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean

from pydantic import ValidationError

from igds_bench.core.record import QUANTILES, Phase, RunRecord, SelectionSummary
from igds_bench.report.leaderboard import Board, Leaderboard, Row
from igds_bench.report.overlap import Overlaps, overlaps
from igds_bench.report.plot_selection import draw_selection
from igds_bench.report.section import Section, Table
from igds_bench.report.text import seconds_text
from igds_bench.rows.near_duplicates import Near, NearDuplicates

NONE = "–"
SOURCES = 4
"""Sources that are listed of a selection."""
