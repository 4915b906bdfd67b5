"""What developers run: the demo, the simulated eMSP, the maker of the fixtures, the benchmark."""
