"""Records and the examples behind them, as they lie in folders."""
