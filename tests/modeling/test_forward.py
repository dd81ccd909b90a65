import numpy as np
import pytest
import torch

from igds_bench.modeling.forward import EmbeddingReader, ExampleForward, LossReader
from igds_bench.modeling.tokens import encode
from tests.builders.pools import make_pool

PAIRS = [
    ("Tom has 3 apples. \n Solution:", "3 + 4 = 7. #### 7"),
    ("Anna \n Solution:", "1"),
    ("x", "a b c d e f"),
    ("a longer prompt than the others have, so that they are padded", "yes"),
]


def _ids(lm, example):
    [row] = encode(lm.tokenizer, [example])
    return row.prompt, row.response


def test_embeddings_weigh_states_by_position_and_leave_pads_out(tiny_lm):
    examples = list(make_pool(PAIRS))
    [found] = ExampleForward(tiny_lm, "prompt+response", [EmbeddingReader()]).run(examples)
    for example, vector in zip(examples, found, strict=True):
        prompt, response = _ids(tiny_lm, example)
        ids = prompt + response
        with torch.inference_mode():
            states = tiny_lm.model(torch.tensor([ids]), output_hidden_states=True).hidden_states[
                -1
            ][0]
        weights = torch.arange(1, len(ids) + 1) / (len(ids) * (len(ids) + 1) / 2)
        assert vector == pytest.approx((weights[:, None] * states).sum(0).numpy(), abs=1e-4)


def test_weights_of_three_tokens_are_a_sixth_two_sixths_and_three_sixths():
    from igds_bench.modeling.forward import Batch

    states = torch.eye(4)[None]
    batch = Batch(torch.zeros(1, 4, dtype=int), torch.tensor([1]), torch.tensor([3]))
    [vector] = EmbeddingReader().read(states, batch)
    assert vector == pytest.approx([1 / 6, 2 / 6, 3 / 6, 0])


@pytest.mark.parametrize("view", ["bos+response", "response"])
def test_direct_losses_equal_a_plain_forward_of_the_response(tiny_lm, view):
    examples = list(make_pool(PAIRS))
    [found] = ExampleForward(tiny_lm, view, [LossReader()]).run(examples)
    for example, losses in zip(examples, found, strict=True):
        response = _ids(tiny_lm, example)[1]
        ids = [tiny_lm.tokenizer.bos_token_id, *response] if view == "bos+response" else response
        with torch.inference_mode():
            logits = tiny_lm.model(torch.tensor([ids])).logits[0].log_softmax(-1)
        plain = [-float(logits[i, token]) for i, token in enumerate(ids[1:])]
        assert losses == pytest.approx(plain, abs=1e-3)


def test_what_is_read_depends_neither_on_order_nor_on_other_readers(tiny_lm):
    examples = list(make_pool(PAIRS))
    alone = ExampleForward(tiny_lm, "prompt+response", [LossReader()]).run(examples)[0]
    both = ExampleForward(tiny_lm, "prompt+response", [EmbeddingReader(), LossReader()])
    again = both.run(examples[::-1])[1][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(alone, again, strict=True))


def test_costs_are_those_of_each_reader_alone(tiny_lm):
    examples = list(make_pool(PAIRS))
    alone = ExampleForward(tiny_lm, "prompt+response", [EmbeddingReader()])
    alone.run(examples)
    both = ExampleForward(tiny_lm, "prompt+response", [EmbeddingReader(), LossReader()])
    both.run(examples)
    assert both.spent[0].flops == alone.spent[0].flops
    assert both.spent[1].flops > both.spent[0].flops
    assert both.spent[0].common_flops == both.spent[1].common_flops == alone.spent[0].common_flops
    tokens = sum(len(p) + len(r) for p, r in (_ids(tiny_lm, e) for e in examples))
    assert both.spent[0].tokens == tokens
    linear = sum(
        m.weight.numel() for m in tiny_lm.model.model.modules() if isinstance(m, torch.nn.Linear)
    )
    width = max(sum(map(len, _ids(tiny_lm, e))) for e in examples)
    assert both.spent[0].flops >= 2 * linear * width * len(examples)
