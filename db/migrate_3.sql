-- Schema 2 (builds of the first week) to 3. The rows of the word tables follow from C, then what is counted, then the views.
DROP TABLE state;
CREATE TABLE state (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, receives INTEGER NOT NULL, settled INTEGER NOT NULL) STRICT;
ALTER TABLE domain_span RENAME TO domain_history;
ALTER TABLE host_span RENAME TO host_history;
ALTER TABLE policy_span RENAME TO policy_history;
ALTER TABLE tlsa_span RENAME TO tlsa_history;
ALTER TABLE sts_span RENAME TO sts_history;
ALTER TABLE host ADD COLUMN deliverable INTEGER NOT NULL DEFAULT 1;
ALTER TABLE host_history ADD COLUMN usable INTEGER;
CREATE TABLE verdict_count (run_id INTEGER NOT NULL, verdict_id INTEGER NOT NULL, domains INTEGER NOT NULL,
  PRIMARY KEY (run_id, verdict_id)) STRICT, WITHOUT ROWID;
CREATE TABLE tld_count (run_id INTEGER NOT NULL, tld TEXT NOT NULL, verdict_id INTEGER NOT NULL, domains INTEGER NOT NULL,
  PRIMARY KEY (run_id, tld, verdict_id)) STRICT, WITHOUT ROWID;
CREATE TABLE impact (run_id INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, used INTEGER NOT NULL, lost INTEGER NOT NULL,
  fallback INTEGER NOT NULL, capacity INTEGER NOT NULL, PRIMARY KEY (run_id, kind, name)) STRICT, WITHOUT ROWID;
CREATE TABLE made (id INTEGER PRIMARY KEY CHECK (id = 1), digest INTEGER NOT NULL) STRICT;
ALTER TABLE run_input ADD COLUMN format TEXT;
ALTER TABLE run_input ADD COLUMN how TEXT;
ALTER TABLE run_input ADD COLUMN sha256 TEXT;
ALTER TABLE run_input ADD COLUMN citation TEXT;
ALTER TABLE run_input ADD COLUMN passed_over INTEGER;
ALTER TABLE run_resolver ADD COLUMN filtered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_resolver ADD COLUMN odd INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_resolver ADD COLUMN dns64 TEXT;
CREATE TABLE facet (id INTEGER PRIMARY KEY, list_id INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (list_id, name)) STRICT;
CREATE TABLE facet_value (facet_id INTEGER NOT NULL, id INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (facet_id, id)) STRICT, WITHOUT ROWID;
CREATE TABLE facet_set (facet_id INTEGER NOT NULL, id INTEGER NOT NULL, value_id INTEGER NOT NULL,
  PRIMARY KEY (facet_id, id, value_id)) STRICT, WITHOUT ROWID;
CREATE TABLE facet_block (facet_id INTEGER NOT NULL, block INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  width INTEGER NOT NULL, codes BLOB NOT NULL, PRIMARY KEY (facet_id, block, first_run)) STRICT, WITHOUT ROWID;
-- The journal has another form now: an unfinished run asks its questions again, and what judging had begun to write of it is taken back. (What
-- ended with the complete run before it was ended by it, unless a run between the two was given up.)
CREATE TEMP TABLE again AS SELECT id, list_id, previous_run, EXISTS (SELECT 1 FROM run a WHERE a.list_id = r.list_id AND a.state = 'abandoned'
  AND a.id > ifnull(r.previous_run, 0)) AS after_another FROM run r WHERE r.state = 'running';
DELETE FROM domain_history WHERE first_run IN (SELECT id FROM again);
UPDATE domain_history SET last_run = NULL WHERE (list_id, last_run) IN (SELECT list_id, previous_run FROM again WHERE NOT after_another);
DELETE FROM host_history WHERE first_run IN (SELECT id FROM again);
UPDATE host_history SET last_run = NULL WHERE (list_id, last_run) IN (SELECT list_id, previous_run FROM again WHERE NOT after_another);
DELETE FROM policy_history WHERE first_run IN (SELECT id FROM again);
UPDATE policy_history SET last_run = NULL WHERE (list_id, last_run) IN (SELECT list_id, previous_run FROM again WHERE NOT after_another);
DELETE FROM tlsa_history WHERE first_run IN (SELECT id FROM again);
UPDATE tlsa_history SET last_run = NULL WHERE (list_id, last_run) IN (SELECT list_id, previous_run FROM again WHERE NOT after_another);
DELETE FROM sts_history WHERE first_run IN (SELECT id FROM again);
UPDATE sts_history SET last_run = NULL WHERE (list_id, last_run) IN (SELECT list_id, previous_run FROM again WHERE NOT after_another);
DELETE FROM judgement WHERE first_run IN (SELECT id FROM again);
UPDATE judgement SET last_run = NULL WHERE (list_id, last_run) IN (SELECT list_id, previous_run FROM again WHERE NOT after_another);
DELETE FROM journal;
DELETE FROM withdrawal;
DELETE FROM sts_fetch;
DELETE FROM shared WHERE run_id IN (SELECT id FROM again);
UPDATE run SET stage = 'domains' WHERE id IN (SELECT id FROM again) AND stage <> 'import';
INSERT INTO run_note (run_id, at, kind, text)
  SELECT id, unixepoch(), 'upgrade', 'begun by an older mxsurvey, whose answers this one does not read: they were asked for again' FROM again;
DROP TABLE again;
