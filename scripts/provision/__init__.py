"""The parts of `make setup`: find, download, verify and unpack what Sparrow builds against."""
