"""What a grid will do: names resolved and checked, laid out as a graph of stages with costs."""
