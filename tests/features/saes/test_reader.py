import torch

from igds_bench.features.saes.reader import FeatureReader


def test_amplifying_a_feature_adds_its_activation_times_its_direction(random_sae):
    """decode(acts with a_f doubled) + reconstruction error - h == a_f * W_dec[f]."""
    hidden = torch.randn(6, 32)
    with torch.no_grad():
        acts = random_sae.encode(hidden)
        error = hidden - random_sae.decode(acts)
        reader = FeatureReader(random_sae, range(64))
        for feature in range(0, 64, 9):
            doubled = acts.clone()
            doubled[:, feature] *= 2
            change = random_sae.decode(doubled) + error - hidden
            wanted = acts[:, [feature]] * reader.directions[feature]
            torch.testing.assert_close(change, wanted, atol=1e-5, rtol=1e-4)
            silent = acts[:, feature] == 0
            assert change[silent].abs().max() < 1e-5 if silent.any() else True


def test_chosen_columns_equal_the_whole_encoding(random_sae):
    hidden = torch.randn(40, 32)
    chosen = [3, 60, 17]
    with torch.no_grad():
        wanted = random_sae.encode(hidden)[:, chosen]
    assert (wanted > 0).any()
    torch.testing.assert_close(
        FeatureReader(random_sae, chosen).activations(hidden), wanted, atol=1e-6, rtol=1e-5
    )
