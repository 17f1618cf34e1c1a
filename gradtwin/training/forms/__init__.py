"""The forms in which people have an optimizer: one file each, and `recognise`, which tells which one it is."""
