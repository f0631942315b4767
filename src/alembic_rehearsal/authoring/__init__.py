"""Write the SQL that turns one schema into another, and the text of a revision from it: no I/O."""
