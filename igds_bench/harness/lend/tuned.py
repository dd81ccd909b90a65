"""The tuned model that a process holds in memory, for the stages that measure it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from igds_bench.modeling.load import LanguageModel


@dataclass
class TunedModel:
    """Holds the tuned model that was trained or loaded last; more would not fit beside a base."""

    _place: Path | None = None
    _model: LanguageModel | None = None

    def hold(self, place: Path, model: LanguageModel) -> None:
        """Keep the model that was just trained; ``place`` is the folder of its stage."""
        self._place, self._model = place, model

    def get(self, place: Path, base: LanguageModel) -> LanguageModel:
        """Return the model whose stage has this folder, loaded from its weights if need be."""
        from igds_bench.finetune.weights import load_weights

        if self._place != place or self._model is None:
            self.release()
            self.hold(place, load_weights(base, place / "weights"))
        assert self._model is not None
        return self._model

    def release(self, place: Path | None = None) -> None:
        """Let the model go: that of a folder, or whichever it is."""
        if place is None or place == self._place:
            self._place = self._model = None
