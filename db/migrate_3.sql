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
