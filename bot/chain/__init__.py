"""Raw JSON-RPC and ABI words: what every edge that touches a node shares."""
