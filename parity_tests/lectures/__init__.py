"""Laws of the lectures: what they state of an algorithm beyond its formula; each test is named by its row."""
