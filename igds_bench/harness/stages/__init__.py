"""The work: one module for each kind of stage, and the table of them.

A new kind is a module that defines it, a line here, and its edge: an input of a stage that the plan
lays out, or its own ``measure``.
"""

from igds_bench.harness.plan.kinds import table_of
from igds_bench.harness.stages.activations import ACTIVATIONS, CHOOSE
from igds_bench.harness.stages.amplify import AMPLIFY
from igds_bench.harness.stages.cut import CUT
from igds_bench.harness.stages.evaluate import EVALUATE
from igds_bench.harness.stages.features import EXPLAIN, FEATURES
from igds_bench.harness.stages.forward import FORWARD
from igds_bench.harness.stages.near_duplicates import NEAR_DUPLICATES
from igds_bench.harness.stages.rank import FILTER, RANK
from igds_bench.harness.stages.record import RECORD
from igds_bench.harness.stages.train import FINETUNE

KINDS = table_of(
    FORWARD,
    FEATURES,
    CHOOSE,
    ACTIVATIONS,
    FILTER,
    RANK,
    CUT,
    FINETUNE,
    EVALUATE,
    AMPLIFY,
    RECORD,
    EXPLAIN,
    NEAR_DUPLICATES,
)
"""Every kind of stage by name, in the order in which they follow one another."""
