"""Say what a task's features are about: examples, words, strengths, layers, stability."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from igds_bench.core.data import Example, Pool, TargetSet
from igds_bench.core.explanation import (
    ExplainSettings,
    Explanation,
    FeatureExplanation,
    LayerShare,
    Stability,
    Steering,
    TopExample,
    WordRise,
)
from igds_bench.core.features import Candidate, Feature, FeatureSettings, TaskFeatures
from igds_bench.core.seeding import keyed_order
from igds_bench.core.specs import TaskSpec
from igds_bench.features.candidates import paired_interval, ranked
from igds_bench.features.find import generation_length, oriented, sample
from igds_bench.features.interventions.arms import Arm, feature_arms
from igds_bench.features.interventions.effects import Effects, Measure, measure_effects
from igds_bench.features.recall import Recalled, measure_activity
from igds_bench.features.resonance import feature_activations
from igds_bench.features.saes.suite import SAESuite
from igds_bench.modeling.capture import Progress, plain_progress
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import encode_prompt

STABLE = 5
"""Best features that are compared between draws of the prior samples, as in the paper's Table 5."""
WORD_SAMPLES = 32
"""Dev samples that outputs are generated for where Delta itself generates none."""
WORD_TOKENS = 128
EXCERPT = 200
"""Characters of a prompt that are shown before the critical token."""
POOL_SAMPLE = 20_000
"""Pool examples, drawn by hash, that the most active are looked for in."""


@dataclass(frozen=True)
class Explainer:
    """Explains the best features of a task.

    Args:
        lm: the model that they were found in.
        suite: its SAEs, as they were searched.
        task: gives metric, stop texts and generation length.
        target: the samples that they were found on.
        found: the candidate table.
        wanted: how much is explained.
        progress: shows what runs.
    """

    lm: LanguageModel
    suite: SAESuite
    task: TaskSpec
    target: TargetSet
    found: TaskFeatures
    wanted: ExplainSettings
    progress: Progress = plain_progress

    def explain(self, pool: Pool) -> Explanation:
        """Return the explanation; the most active examples are looked for in ``pool``."""
        best = self.found.candidates[: self.wanted.features]
        features = [candidate.feature for candidate in best]
        tops = self._top_examples(features, pool)
        steering, words = self._sweep(features), self._words(features)
        parts = [
            FeatureExplanation(
                layer=candidate.layer,
                index=candidate.index,
                recall=candidate.recall,
                delta=candidate.delta,
                low=candidate.low,
                high=candidate.high,
                link=self.suite.link(candidate.feature),
                examples=tops[place],
                steering=steering[place],
                words=words[place],
            )
            for place, candidate in enumerate(best)
        ]
        return Explanation(
            settings=self.wanted,
            features=tuple(parts),
            layers=_layers(self.found),
            stability=self._stability(),
        )

    @property
    def _dev(self) -> list[Example]:
        settings = self.found.settings
        return sample(self.target.dev, "dev", settings.m_dev, settings.seed)

    def _effects(
        self, arms: Sequence[Arm], dev: Sequence[Example], length: int | None, loglik: bool = True
    ) -> Effects:
        measure = Measure(self.task, length, loglik)
        return measure_effects(self.lm, self.suite, arms, dev, measure, self.progress)

    def _top_examples(
        self, features: Sequence[Feature], pool: Pool
    ) -> list[tuple[TopExample, ...]]:
        """Return, by feature, the pool examples with the highest activation at t*."""
        drawn = keyed_order(pool.ids, 0, "explain")[:POOL_SAMPLE]
        examples = [pool.by_id(id_) for id_ in drawn]
        activations = feature_activations(self.lm, self.suite, features, examples, self.progress)
        found = []
        for column in range(len(features)):
            order = np.argsort(-activations[:, column], kind="stable")[: self.wanted.examples]
            found.append(
                tuple(_top(self.lm, examples[i], float(activations[i, column])) for i in order)
            )
        return found

    def _sweep(self, features: Sequence[Feature]) -> list[tuple[Steering, ...]]:
        """Return, by feature, Delta at every strength."""
        settings = self.found.settings
        arms = [arm for m in self.wanted.multipliers for arm in feature_arms(features, m)]
        found: list[list[Steering]] = [[] for _ in features]
        if not arms:
            return [()] * len(features)
        effects = self._effects(arms, self._dev, generation_length(self.task, settings))
        judged = oriented(effects, self.task, settings)
        assert effects.loglik is not None
        for number, arm in enumerate(arms):
            mean, _, low, high = paired_interval(judged[number])
            found[number % len(features)].append(
                Steering(
                    multiplier=arm.multiplier,
                    delta=mean,
                    low=low,
                    high=high,
                    delta_loglik=float(effects.loglik[number].mean()),
                )
            )
        return [tuple(row) for row in found]

    def _words(self, features: Sequence[Feature]) -> list[tuple[WordRise, ...]]:
        """Return, by feature, the words that amplification makes more frequent."""
        if not self.wanted.words:
            return [()] * len(features)
        settings = self.found.settings
        length = generation_length(self.task, settings)
        dev = self._dev if length is not None else self._dev[:WORD_SAMPLES]
        arms = feature_arms(features, settings.multiplier)
        effects = self._effects(
            arms, dev, length or min(self.task.max_new_tokens, WORD_TOKENS), loglik=False
        )
        return [word_rises(effects, number, self.wanted.words) for number in range(len(arms))]

    def _stability(self) -> Stability | None:
        """Find the best features again with other prior samples, on the same dev samples."""
        settings = self.found.settings
        draws = prior_draws(self.target, settings, self.wanted.prior_sets)
        if len(draws) < 2 or settings.candidates == "random":
            return None
        recalled = [self._recalled(draw) for draw in draws]
        known = {c.feature: c for c in self.found.candidates}
        new = {r.feature: r for draw in recalled for r in draw if r.feature not in known}
        known |= self._measured(list(new.values()))
        tops = [_best(draw, known) for draw in recalled]
        pairs = list(combinations(tops, 2))
        return Stability(
            n_prior=settings.n_prior,
            tops=tuple(tuple(str(feature) for feature in top) for top in tops),
            overlap=float(np.mean([_overlap(a, b) for a, b in pairs])),
            same_best=float(np.mean([a[:1] == b[:1] for a, b in pairs])),
        )

    def _recalled(self, samples: Sequence[Example]) -> list[Recalled]:
        layers, tau = self.found.settings.layers, self.found.settings.tau
        activity = measure_activity(self.lm, self.suite, samples, layers, self.progress)
        return activity.recalled_or_none(tau)

    def _measured(self, recalled: Sequence[Recalled]) -> dict[Feature, Candidate]:
        """Measure features that only other draws recall."""
        if not recalled:
            return {}
        settings = self.found.settings
        seed = settings.seed if settings.directions == "random" else None
        arms = feature_arms([r.feature for r in recalled], settings.multiplier, seed)
        effects = self._effects(arms, self._dev, generation_length(self.task, settings))
        assert effects.loglik is not None
        table = ranked(recalled, oriented(effects, self.task, settings), effects.loglik)
        return {candidate.feature: candidate for candidate in table}


def _top(lm: LanguageModel, example: Example, activation: float) -> TopExample:
    ids = encode_prompt(lm.tokenizer, example)
    before = lm.tokenizer.decode(ids[:-1], skip_special_tokens=True)
    return TopExample(
        id=example.id,
        activation=activation,
        before=before[-EXCERPT:],
        critical=lm.tokenizer.decode(ids[-1:]),
        source=example.source,
    )


def word_rises(effects: Effects, number: int, count: int) -> tuple[WordRise, ...]:
    """Return the words whose frequency rises most from the original outputs to an arm's.

    Frequencies are per 1,000 words of all outputs; words are lower-cased runs of letters.
    """
    original, amplified = (_frequencies(effects.texts[i]) for i in (-1, number))
    rises = [
        WordRise(word=word, original=original.get(word, 0.0), amplified=share)
        for word, share in amplified.items()
    ]
    rising = [rise for rise in rises if rise.rise > 0]
    return tuple(sorted(rising, key=lambda rise: (-rise.rise, rise.word))[:count])


def _frequencies(texts: Sequence[str]) -> dict[str, float]:
    words = Counter(word for text in texts for word in re.findall(r"[^\W\d_]+", text.lower()))
    total = max(1, sum(words.values()))
    return {word: 1000 * count / total for word, count in words.items()}


def _layers(found: TaskFeatures) -> tuple[LayerShare, ...]:
    """Return each layer's part in the candidates."""
    shares = []
    for layer in found.layers:
        own = [candidate.delta for candidate in found.candidates if candidate.layer == layer]
        shares.append(
            LayerShare(
                layer=layer,
                candidates=len(own),
                helpful=sum(delta > 0 for delta in own),
                best_delta=max(own, default=None),
            )
        )
    return tuple(shares)


def prior_draws(target: TargetSet, settings: FeatureSettings, count: int) -> list[list[Example]]:
    """Return disjoint draws of ``n_prior`` samples: the prior split's own first.

    The others come from what the target set has besides: the rest of prior, tune, and the dev
    samples that interventions don't use. There are fewer than ``count`` where these run out.
    """
    own = sample(target.prior, "prior", settings.n_prior, settings.seed)
    used = {e.id for e in own}
    used |= {e.id for e in sample(target.dev, "dev", settings.m_dev, settings.seed)}
    rest = {
        e.id: e
        for split in (target.prior, target.tune, target.dev)
        for e in split
        if e.id not in used
    }
    order = [rest[id_] for id_ in keyed_order(rest, settings.seed, "prior draws")]
    n = settings.n_prior
    others = [order[start : start + n] for start in range(0, len(order) - n + 1, n)]
    return [own, *others][:count]


def _best(draw: Sequence[Recalled], known: dict[Feature, Candidate]) -> list[Feature]:
    """Return a draw's best features, in the order of the candidate table."""

    def order(found: Recalled) -> tuple[float, float, float, int, int]:
        own = known[found.feature]
        return -own.delta, -own.delta_loglik, -found.frequency, own.layer, own.index

    measured = (found for found in draw if found.feature in known)
    return [found.feature for found in sorted(measured, key=order)[:STABLE]]


def _overlap(first: Sequence[Feature], second: Sequence[Feature]) -> float:
    """Return the share of the best features that both draws name."""
    most = max(len(first), len(second))
    return len(set(first) & set(second)) / most if most else 0.0
