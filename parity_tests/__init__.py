"""What is equal to what (`pairs`), the laws that hold for every pair, and the tests of the oracle itself (`oracle`)."""
