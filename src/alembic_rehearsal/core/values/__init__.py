"""Values, errors and text functions on which every other folder may depend."""
