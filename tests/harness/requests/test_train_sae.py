import json

import pytest

from igds_bench.harness.requests.sae_request import TrainRequest
from igds_bench.harness.requests.train_sae import documents_of, l0_warnings
from igds_bench.modeling.chat import chat_template


@pytest.mark.parametrize("template", ["chatml", None])
def test_chats_are_trained_on_as_the_models_template_writes_them(
    template, tiny_lm, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        tiny_lm.tokenizer, "chat_template", chat_template(template) if template else None
    )
    turns = [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "So."}]
    data = tmp_path / "chats.jsonl"
    data.write_text(json.dumps({"conversations": turns}))
    found = documents_of(TrainRequest("tiny", "1", str(data), tmp_path), tiny_lm.tokenizer)
    whole = "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\nSo.<|im_end|>\n"
    assert found == [whole.rstrip() if template else "Why?\n\nSo."]


@pytest.mark.parametrize(("l0", "warned"), [(3.0, True), (4.0, False), (16.0, False), (17.0, True)])
def test_an_l0_far_from_k_is_warned_of(l0, warned):
    record = {"training": {"k": 8}, "layers": {"1": {"l0": l0}}}
    assert bool(l0_warnings(record)) == warned
    assert not l0_warnings({"training": {"l1_coefficient": 8}, "layers": {"1": {"l0": l0}}})
