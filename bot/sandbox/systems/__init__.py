"""One module per protocol: its `build` puts it on an empty chain, with liquidity."""
