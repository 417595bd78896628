"""Everything that leaves the process: calldata, simulation, signatures, bundles, receipts."""
