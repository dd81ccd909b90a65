"""What a run folder holds of a plan: the key, the facts and the folder of every stage."""

from __future__ import annotations

from pathlib import Path

from igds_bench.core.seeding import content_key
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.plan.kinds import Facts
from igds_bench.harness.store import Store


class Results:
    """Looks stages up in a run folder; keys are made once.

    Args:
        store: the run folder.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._keys: dict[str, str] = {}

    def key(self, stage: Stage) -> str | None:
        """Return a stage's content key, or None while it hangs on an output that isn't there.

        A kind with an ``identity`` enters the keys of its users by that fact of its output, so that
        equal selections, say, train once.
        """
        if stage.label not in self._keys:
            found = self._key(stage)
            if found is None:
                return None
            self._keys[stage.label] = found
        return self._keys[stage.label]

    def _key(self, stage: Stage) -> str | None:
        inputs = []
        for given in stage.inputs:
            if given.label in stage.unkeyed:
                continue
            key = self.key(given)
            if key is not None and given.does.identity:
                facts = self.facts(given)
                key = facts[given.does.identity] if facts else None
            if key is None:
                return None
            inputs.append(key)
        if stage.does.make_key is not None:
            return stage.does.make_key(stage, inputs)
        return content_key(stage.kind, stage.does.version, stage.params, inputs)

    def facts(self, stage: Stage) -> Facts | None:
        """Return the facts of a stage that has run, or None."""
        key = self.key(stage)
        if key is None:
            return None
        if stage.does.find is not None:
            return stage.does.find(stage, key, self.store)
        return self.store.meta(stage.kind, key)

    def is_done(self, stage: Stage) -> bool:
        """Return whether a stage has run, and far enough; what it drops may be gone."""
        facts = self.facts(stage)
        if facts is None or facts.get("length", stage.limit) < stage.limit:
            return False
        kept = set(stage.does.outputs) - set(stage.does.transient)
        return all((self.folder(stage) / name).exists() for name in kept)

    def is_whole(self, stage: Stage) -> bool:
        """Return whether a stage has run and nothing that it drops is gone."""
        folder = self.folder(stage) if self.is_done(stage) else None
        return folder is not None and all((folder / name).exists() for name in stage.does.transient)

    def folder(self, stage: Stage) -> Path:
        """Return the folder of a stage whose key is known."""
        key = self.key(stage)
        assert key is not None, stage.label
        return self.store.folder(stage.kind, key)
