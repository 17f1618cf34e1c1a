"""The forms of code that are judged as they are: an example each, of which `python -m docs.forms` makes a page."""
