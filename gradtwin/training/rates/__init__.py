"""The forms in which people have a schedule: one file each, and `recognise`, which tells which one it is."""
