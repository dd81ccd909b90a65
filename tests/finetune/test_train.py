import copy
import random
from dataclasses import replace
from itertools import combinations

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from igds_bench.core.data import Example, Pool, Turn
from igds_bench.core.settings import FinetuneSettings
from igds_bench.errors import StageError
from igds_bench.finetune import train as module
from igds_bench.finetune.config import steps_for
from igds_bench.finetune.lengths import trained_lengths
from igds_bench.finetune.train import logit_change, train
from igds_bench.finetune.weights import load_weights, save_weights
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import encode, token_counts

ROWS = [{"input_ids": list(range(5, 40)), "completion_mask": [0] * 20 + [1] * 15}]


def settings(method="full", **sft):
    given = {
        "learning_rate": 1e-3,
        "warmup_steps": 0,
        "per_device_train_batch_size": 4,
        "logging_steps": 1,
        **sft,
    }
    return FinetuneSettings(method=method, sft=given)


@pytest.fixture(scope="module")
def few(math_data):
    return math_data.pool.take(math_data.pool.ids[:8])


@pytest.mark.parametrize("method", ["full", "lora"])
def test_tunes_a_copy_and_its_weights_survive_the_disk(tiny_lm, few, method, tmp_path):
    before = {k: v.clone() for k, v in tiny_lm.model.state_dict().items()}
    tuned, summary = train(tiny_lm, few, settings(method), seed=0)
    assert all(torch.equal(before[k], v) for k, v in tiny_lm.model.state_dict().items())
    assert (summary.method, summary.steps, summary.epochs) == (method, 2, 1.0)
    assert summary.max_logit_change > 0
    assert len(summary.losses) == 2
    save_weights(tuned, tmp_path)
    assert not list(tmp_path.glob("*.bin"))
    assert (tmp_path / "adapter_config.json").exists() == (method == "lora")
    assert logit_change(load_weights(tiny_lm, tmp_path), tuned, ROWS) == 0.0


def test_the_same_seed_gives_the_same_weights_whatever_the_order_and_another_does_not(tiny_lm, few):
    first, _ = train(tiny_lm, few, settings(), seed=3)
    again, _ = train(tiny_lm, few.take(few.ids[::-1]), settings(), seed=3)
    other, _ = train(tiny_lm, few, settings(), seed=4)
    assert logit_change(first, again, ROWS) == 0.0
    assert logit_change(first, other, ROWS) > 0.0


def test_global_random_states_are_given_back(tiny_lm, few):
    torch.manual_seed(5)
    random.seed(5)
    wanted = torch.rand(1), random.random()
    torch.manual_seed(5)
    random.seed(5)
    train(tiny_lm, few, settings(max_steps=1), seed=0)
    assert (torch.rand(1), random.random()) == wanted


def test_a_diverged_run_says_at_which_step(tiny_lm, few):
    with pytest.raises(StageError, match=r"diverged at step \d+.*learning_rate"):
        train(tiny_lm, few, settings(learning_rate=1e9, num_train_epochs=4), seed=0)


def test_weights_that_do_not_move_are_an_error(tiny_lm, few):
    with pytest.raises(StageError, match="no weight moved"):
        train(tiny_lm, few, settings(learning_rate=0.0), seed=0)


def test_an_adapter_that_changes_nothing_is_an_error(tiny_lm, few):
    with pytest.raises(StageError, match="the adapter is not active"):
        train(tiny_lm, few, settings("lora", learning_rate=0.0), seed=0)


def test_a_loss_on_the_prompt_is_caught(tiny_lm, few, monkeypatch):
    own = module.trainer_arguments
    monkeypatch.setattr(
        module, "trainer_arguments", lambda *a: {**own(*a), "completion_only_loss": False}
    )
    with pytest.raises(StageError, match="not exactly its response tokens"):
        train(tiny_lm, few, settings(), seed=0)


def test_packing_trains_on_every_row(tiny_lm, few):
    _, summary = train(tiny_lm, few, settings(packing=True, max_length=128), seed=0)
    assert summary.steps >= 1


def test_reference_steps_set_the_number_of_steps(tiny_lm, few):
    _, summary = train(tiny_lm, few, settings(), seed=0, reference_steps=5)
    assert summary.steps == 5


@pytest.mark.parametrize("method", ["full", "lora"])
@pytest.mark.parametrize("warmup", [None, 0.03, 1, 5])
def test_a_selection_no_larger_than_a_batch_is_trained_on(tiny_lm, few, warmup, method):
    given = {"learning_rate": 1e-3, **({"warmup_steps": warmup} if warmup is not None else {})}
    one = FinetuneSettings(method=method, sft=given)
    tuned, summary = train(tiny_lm, few, one, seed=0)
    assert (summary.steps, summary.warmup_steps) == (1, 0)
    assert logit_change(tiny_lm, tuned, ROWS) > 0


@pytest.mark.parametrize(
    ("sft", "warmup"),
    [({"warmup_steps": 0.03}, 1), ({"warmup_steps": 5}, 5), ({"lr_scheduler_type": "constant"}, 0)],
)
def test_the_warm_up_of_a_longer_training_is_as_it_was_asked_for(tiny_lm, few, sft, warmup):
    _, summary = train(tiny_lm, few, settings(**sft), seed=0)
    assert (summary.steps, summary.warmup_steps) == (2, warmup)


def test_tokens_and_steps_are_those_trained(tiny_lm, few):
    rows = encode(tiny_lm.tokenizer, few)
    limit = sorted(len(row.prompt) for row in rows)[3] + 1
    _, summary = train(tiny_lm, few, settings(max_length=limit, num_train_epochs=2), seed=0)
    kept = [row for row in rows if len(row.prompt) < limit]
    assert 0 < len(kept) < len(rows)
    assert summary.examples == len(rows)
    assert summary.dropped == len(rows) - len(kept)
    assert summary.cut == sum(len(row.ids) > limit for row in kept)
    assert summary.tokens == 2 * sum(min(len(row.ids), limit) for row in kept)
    assert summary.scored_tokens == 2 * sum(
        min(len(row.ids), limit) - len(row.prompt) for row in kept
    )
    assert summary.steps == 2 * -(-len(kept) // 4)


@pytest.mark.parametrize("steps", [1, 3])
def test_tokens_of_a_part_of_an_epoch_are_those_of_its_batches(tiny_lm, few, steps):
    lengths = {tuple(row.ids): len(row.ids) for row in encode(tiny_lm.tokenizer, few)}
    one = {"per_device_train_batch_size": 1, "max_steps": steps}
    _, summary = train(tiny_lm, few, settings(**one), seed=0)
    possible = {sum(chosen) for chosen in combinations(lengths.values(), steps)}
    assert summary.tokens in possible
    _, epoch = train(tiny_lm, few, settings(), seed=0)
    assert epoch.tokens == sum(lengths.values())


@pytest.mark.parametrize("strategy", [None, "bfd", "bfd_split"])
@pytest.mark.parametrize("limit", [30, 64])
def test_what_is_trained_on_is_known_before(tiny_lm, few, strategy, limit):
    rows = encode(tiny_lm.tokenizer, few)
    packing = {"packing": True, "packing_strategy": strategy} if strategy else {}
    asked = settings(max_length=limit, per_device_train_batch_size=1, **packing)
    counts = token_counts(tiny_lm.tokenizer, few)
    lengths = trained_lengths(asked, tiny_lm.context_length, tiny_lm.tokenizer, few, counts)
    _, summary = train(tiny_lm, few, asked, seed=0)
    assert summary.steps == steps_for(lengths, asked)
    assert summary.tokens == lengths.tokens
    assert (summary.cut, summary.dropped) == (lengths.cut, lengths.dropped)
    if strategy == "bfd_split":
        assert summary.tokens == sum(len(row.ids) for row in rows)


def test_training_leaves_the_models_tokenizer_as_it_was(tiny_lm, few):
    before = (tiny_lm.tokenizer.eos_token, tiny_lm.tokenizer.pad_token, tiny_lm.end_tokens)
    train(tiny_lm, few, settings(max_steps=1), seed=0)
    assert (tiny_lm.tokenizer.eos_token, tiny_lm.tokenizer.pad_token, tiny_lm.end_tokens) == before


@pytest.mark.parametrize("name", ["eos_token", "pad_token", "chat_template", "padding_side"])
def test_a_tokenizer_that_training_changed_ends_the_training(tiny_lm, few, name, monkeypatch):
    shared = copy.deepcopy(tiny_lm.tokenizer)
    own = module.logit_change
    value = {"padding_side": "left", "pad_token": shared.eos_token}.get(name, "<other>")

    def changes(*given):
        setattr(shared, name, value)
        return own(*given)

    monkeypatch.setattr(module, "logit_change", changes)
    with pytest.raises(StageError, match="training changed the tokenizer of 'tiny'"):
        train(replace(tiny_lm, tokenizer=shared), few, settings(), seed=0)


def test_a_chat_is_trained_on_where_its_answers_are(tiny_lm, few):
    chat = [Turn("user", "Hi."), Turn("assistant", "Hello.", True)]
    chat += [Turn("user", "Why?"), Turn("assistant", "So.", True)]
    example = replace(few[0], turns=tuple(chat))
    [row] = encode(tiny_lm.tokenizer, [example])
    _, summary = train(tiny_lm, Pool([example]), settings(), seed=0)
    assert summary.scored_tokens == sum(row.scored) < len(row.ids) - len(row.prompt) + 8
    assert summary.scored_tokens > len(row.response)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "end", "thoughts"),
    [
        ("llama3_1", "<|eot_id|>", ""),
        ("qwen3", "<|im_end|>", "<think>\n\n</think>\n\n"),
        ("gemma3", "<end_of_turn>", ""),
    ],
)
@pytest.mark.parametrize("train_on", ["last", "all"])
def test_labels_of_chats_are_the_assistants_tokens_and_their_ends(
    real_tokenizer, name, end, thoughts, train_on, monkeypatch
):
    tokenizer = copy.deepcopy(real_tokenizer(name))
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
    )
    lm = LanguageModel("random", "base", LlamaForCausalLM(config).eval(), tokenizer, "")
    said = [("user", "Why?"), ("assistant", "So."), ("user", "And?"), ("assistant", "That is it.")]
    scored = (1, 3) if train_on == "all" else (3,)
    turns = [Turn(role, text, n in scored) for n, (role, text) in enumerate(said)]
    pool = Pool([Example("a", "Why?", "That is it.", turns=tuple(turns))])
    seen = {}

    def look(trainer, *rest):
        [seen["ids"]] = (batch := next(iter(trainer.get_train_dataloader())))["input_ids"].tolist()
        [seen["labels"]] = batch["labels"].tolist()

    monkeypatch.setattr(module, "_check_labels", look)
    train(lm, pool, settings("lora"), seed=0)
    messages = [{"role": role, "content": text} for role, text in said]
    whole = list(tokenizer.apply_chat_template(messages)["input_ids"])
    assert seen["ids"] == whole[: len(seen["ids"])]
    answers = ["That is it."] if train_on == "last" else ["So.", "That is it."]
    expected = "".join(f"{thoughts * (a == answers[-1])}{a}{end}" for a in answers)
    kept = [label for label in seen["labels"] if label != module.IGNORED]
    assert tokenizer.decode(kept) == expected
    bos = tokenizer.bos_token_id
    assert bos is None or seen["ids"].count(bos) == 1
