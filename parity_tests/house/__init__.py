"""Laws of the house: what holds for the source of the whole project, and for the wheel that is made of it."""
