"""A world in a box: a local Ethereum mainnet made of real protocol bytecode."""
