from igds_bench.harness.requests.sae_request import parse_layers, parse_width


def test_layers_and_widths_are_read():
    assert parse_layers("3,6", 8) == (3, 6)
    assert parse_layers("4-6, 5,1", 8) == (1, 4, 5, 6)
    assert parse_width("16x", 192) == 3072
    assert parse_width("0.5x", 192) == 96
    assert parse_width("500", 192) == 500
