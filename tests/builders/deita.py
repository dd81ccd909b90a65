"""DEITA's combined filter by its definition, one row after another."""

import numpy as np


def combined_filter(embeddings, products, threshold=0.9, size=-1):
    """Return the positions that DEITA keeps, best product first.

    The best row is kept. Every other one is, in the order of its product, unless its cosine to any
    kept row is above the threshold; there is an end once ``size`` are kept (-1: at the last row).
    """
    rows = np.asarray(embeddings, dtype=np.float64)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    order = sorted(range(len(products)), key=lambda place: -products[place])
    kept = [order[0]]
    for place in order[1:]:
        if len(kept) == size:
            break
        if max(float(rows[place] @ rows[other]) for other in kept) <= threshold:
            kept.append(place)
    return kept
