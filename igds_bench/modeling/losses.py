"""Cross-entropy of responses given their prompts."""

from __future__ import annotations

from collections.abc import Sequence

from igds_bench.core.data import Example
from igds_bench.core.protocols import ResponseLoss
from igds_bench.modeling.capture import Progress, plain_progress
from igds_bench.modeling.forward import ExampleForward, LossReader
from igds_bench.modeling.load import LanguageModel


def response_losses(
    lm: LanguageModel, examples: Sequence[Example], progress: Progress = plain_progress
) -> dict[str, ResponseLoss]:
    """Return the loss of every response, by example id.

    The sum over the response's tokens, its end token included, in nats. Where an example is longer
    than the context, its prompt loses tokens at the start.
    """
    [rows] = ExampleForward(lm, "prompt+response", [LossReader()]).run(examples, progress)
    return {
        example.id: ResponseLoss(float(losses.sum(dtype="float64")), len(losses))
        for example, losses in zip(examples, rows, strict=True)
    }
