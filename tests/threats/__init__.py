"""The 34 published faults of federated systems, each tried at a running hub through its own doors."""
