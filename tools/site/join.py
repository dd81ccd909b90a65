"""Write the page's scripts as the one that the page holds, to be linted as a whole.

``python -m tools.site.join build/site.js``
"""

from __future__ import annotations

import sys
from pathlib import Path

from igds_bench.report.site.page import app_script

if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(app_script(), encoding="utf-8")
