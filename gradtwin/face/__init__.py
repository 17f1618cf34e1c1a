"""What a person sees: the commands, the plugin of pytest, and their text."""
