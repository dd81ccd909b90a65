import torch

from igds_bench.features.saes.random import RandomSuite


def test_the_same_every_time_and_another_by_layer_and_seed(tiny_suite):
    first, second = (RandomSuite(tiny_suite.spec, tiny_suite.layers, 8, seed) for seed in (0, 1))
    torch.testing.assert_close(first.load(1).W_dec, first.load(1).W_dec)
    assert not torch.equal(first.load(1).W_dec, first.load(2).W_dec)
    assert not torch.equal(first.load(1).W_dec, second.load(1).W_dec)


def test_few_features_are_active_and_the_shape_is_the_trained_ones(tiny_suite):
    sae, trained = RandomSuite(tiny_suite.spec, tiny_suite.layers, 8).load(0), tiny_suite.load(0)
    assert sae.W_dec.shape == trained.W_dec.shape
    torch.testing.assert_close(sae.W_dec.norm(dim=1), torch.ones(len(sae.W_dec)))
    hidden = torch.randn(50, sae.cfg.d_in, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        active = (sae.encode(hidden) > 0).sum(dim=1)
    assert int(active.max()) <= 8 and int(active.min()) > 0
