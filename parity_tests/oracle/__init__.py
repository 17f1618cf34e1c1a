"""Tests of the oracle itself: wrong code that it must refuse, right code that it must accept, and its parts."""
