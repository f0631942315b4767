"""From the differences of two schemas to SQL, and from SQL to the text of a revision: no I/O."""
