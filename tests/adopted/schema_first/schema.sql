-- What the database's owners made before this history began.
CREATE SCHEMA ops;
CREATE TABLE customers (id integer PRIMARY KEY, name text);
COPY customers FROM stdin;
1	first
\.
