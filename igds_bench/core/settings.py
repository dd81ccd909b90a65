"""Settings of fine-tuning and evaluation, as the config file gives them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

REPORTING = (
    "report_to",
    "run_name",
    "project",
    "trackio_space_id",
    "trackio_bucket_id",
    "trackio_static_space_id",
)
"""Names of ``SFTConfig`` that say where training curves go, and change nothing in the weights."""

SCIENTIFIC = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")


def _numbers(given: Any) -> Any:
    """Return options with ``2e-5`` as a number: YAML 1.1 reads text where the point is missing."""
    if isinstance(given, dict):
        return {name: _numbers(value) for name, value in given.items()}
    if isinstance(given, str) and SCIENTIFIC.fullmatch(given):
        return float(given)
    return given


Options = Annotated[dict[str, Any], BeforeValidator(_numbers)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FinetuneSettings(_Settings):
    """How every cell is fine-tuned."""

    method: Literal["full", "lora"] = "full"
    match: Literal["epochs", "steps"] = "epochs"
    """How budgets are compared: ``epochs`` passes over each selection equally often, ``steps``
    takes as many optimizer steps for every budget as the whole pool takes."""
    sft: Options = Field(default_factory=dict)
    """Passed to TRL's ``SFTConfig`` by its own names, such as ``learning_rate``, ``packing``."""
    lora: Options = Field(default_factory=dict)
    """Passed to PEFT's ``LoraConfig`` by its own names, such as ``r``; for ``method: lora``."""
    keep_weights: bool = False
    """Keep each tuned model (or adapter) after its cell's record is written."""

    @property
    def epochs(self) -> float:
        """How often a selection is passed over, where ``match`` is ``epochs``."""
        return float(self.sft.get("num_train_epochs", 1))

    def key_fields(self) -> dict[str, Any]:
        """Return the fields that determine the weights."""
        sft = {name: value for name, value in self.sft.items() if name not in REPORTING}
        return {**self.model_dump(exclude={"keep_weights"}), "sft": sft}

    def reporting(self) -> dict[str, Any]:
        """Return the names of ``sft`` that say where training curves go."""
        return {name: value for name, value in self.sft.items() if name in REPORTING}


class Sampling(_Settings):
    """How several answers are drawn for every test prompt, for pass@k."""

    n: int = Field(ge=1)
    """Answers per prompt."""
    k: tuple[int, ...] = Field(min_length=1)
    """Of how many tries one must be right; none above n."""
    temperature: float = Field(0.8, gt=0)
    top_p: float = Field(1.0, gt=0, le=1)
    """Share of the most likely tokens that are drawn from."""
    seed: int = Field(0, ge=0)

    @field_validator("k")
    @classmethod
    def _at_most_n(cls, values: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        n = info.data.get("n", max(values))
        if not all(1 <= k <= n for k in values) or len(set(values)) < len(values):
            raise ValueError(f"each k once, from 1 to n, which is {n}.")
        return values


class EvaluationSettings(_Settings):
    """How every model is evaluated."""

    batch_size: int = Field(64, ge=1)
    extra_evals: tuple[str, ...] = ()
    """lm-eval tasks by name, or paths of lm-eval task YAML files."""
    limit: int | None = Field(None, ge=1)
    """Evaluate only the first examples of each test split; for trials, marked in the record."""
    samples: Sampling | None = None
    """Answers that are drawn besides the greedy one, for pass@k of metrics that are right or wrong;
    None draws none."""

    def key_fields(self, is_sampled: bool) -> dict[str, Any]:
        """Return the fields that determine the scores of a task, with or without samples."""
        return self.model_dump(mode="json", exclude=None if is_sampled else {"samples"})
