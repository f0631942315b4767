"""A schema of objects and texts that a dump, a file or a driver can easily damage."""

from __future__ import annotations

# Texts that drivers and Alembic could read as parameters, an order that only pg_dump knows, rows
# that refer to each other in a circle, rows that triggers would write twice, moved sequences.
WIDE = r'''
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'hap''py');
CREATE DOMAIN app.score AS integer CHECK (VALUE >= 0);
CREATE TABLE app.people (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL, mood app.mood DEFAULT 'ok', likes text, boss bigint REFERENCES app.people,
    score app.score DEFAULT 3, loud text GENERATED ALWAYS AS (upper(likes)) STORED,
    since timestamptz DEFAULT '2020-01-01 12:30:00+00', gone int);
ALTER TABLE app.people DROP COLUMN gone;
CREATE TABLE a (id serial PRIMARY KEY, b_id int, doc jsonb DEFAULT '{"a":1, "b": "50%"}');
CREATE TABLE b (id serial PRIMARY KEY, a_id int REFERENCES a);
ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b;
CREATE TABLE parts (k int, v text) PARTITION BY RANGE (k);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE log (what text);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $f$
DECLARE x text := 'it''s :name and 100% of $1; ok\n';
BEGIN
	-- a tab before; "quotes" and """three"""
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = 'nothing') THEN
		INSERT INTO public.log VALUES (format('%s :done %%', NEW.k));
	END IF;
	RETURN NEW;
END $f$;
CREATE TRIGGER noted AFTER INSERT ON parts FOR EACH ROW EXECUTE FUNCTION noted();
INSERT INTO parts VALUES (1, 'one'), (2, E'tab\there\r\ncr \\ back'), (3, '%s %(x)s :y ::z');
CREATE FUNCTION atomic(i int) RETURNS int LANGUAGE sql
    BEGIN ATOMIC SELECT CASE WHEN i > 0 THEN 1 ELSE 2 END; SELECT 2; END;
CREATE TABLE zz_late (x int DEFAULT 1 PRIMARY KEY, "Odd : %Name" text);
CREATE FUNCTION early() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.zz_late';
CREATE VIEW seen AS SELECT table_name FROM information_schema.tables WHERE table_name LIKE '%:x%';
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM parts;
CREATE RULE twice AS ON INSERT TO log WHERE false
    DO ALSO (INSERT INTO zz_late VALUES (1); INSERT INTO zz_late VALUES (2));
INSERT INTO app.people (name, likes) VALUES ('Ann', 'x'), ('Bob', NULL);
UPDATE app.people SET boss = 2 WHERE id = 1;
INSERT INTO a (b_id) VALUES (NULL);
INSERT INTO b (a_id) VALUES (1);
UPDATE a SET b_id = 1;
SELECT setval('b_id_seq', 77);
CREATE SEQUENCE lone START 5;
SELECT nextval('lone');
CREATE SEQUENCE again START 5;
ALTER SEQUENCE again RESTART 9;
COMMENT ON TABLE log IS 'it''s "quoted" : %';
COMMENT ON COLUMN log.what IS E'two\nlines\tand a tab';
ALTER TABLE app.people ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON app.people USING (name = current_user::text);
REVOKE ALL ON FUNCTION early() FROM PUBLIC;
GRANT SELECT ON log TO PUBLIC;
GRANT SELECT, UPDATE (what) ON log TO pg_monitor WITH GRANT OPTION;
REVOKE INSERT ON b FROM CURRENT_USER;
CREATE TABLE owned (x int);
ALTER TABLE owned OWNER TO pg_monitor;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC;
CREATE INDEX ON app.people (lower(likes)) WHERE likes LIKE '%:x';
CREATE UNLOGGED TABLE fast (x bytea DEFAULT '\xff');
INSERT INTO fast DEFAULT VALUES;
'''
