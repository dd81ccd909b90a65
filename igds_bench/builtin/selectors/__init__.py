"""The selectors that come with the project, by the signal that they read."""

from igds_bench.builtin.selectors.controls import matched, random, shuffled
from igds_bench.builtin.selectors.embedding import (
    diverse,
    facility_location,
    k_center,
    rds_plus,
    semantic_dedup,
)
from igds_bench.builtin.selectors.given import column, deita
from igds_bench.builtin.selectors.loss import ifd, loss
from igds_bench.builtin.selectors.sae import dense_direction, igds, igds_variants, sae_coverage
from igds_bench.builtin.selectors.text import bm25, dsir, longest, zip

SELECTORS = (
    random.SPEC,
    matched.SPEC,
    longest.SPEC,
    loss.SPEC,
    ifd.SPEC,
    igds.SPEC,
    *igds_variants.SPECS,
    dense_direction.SPEC,
    k_center.SPEC,
    facility_location.SPEC,
    rds_plus.SPEC,
    *sae_coverage.SPECS,
    semantic_dedup.SPEC,
    diverse.SPEC,
    column.SPEC,
    *deita.SPECS,
    zip.SPEC,
    bm25.SPEC,
    dsir.SPEC,
    shuffled.SPEC,
)
"""Registered by ``igds_bench.builtin`` through the public hook, in the order of listing."""
