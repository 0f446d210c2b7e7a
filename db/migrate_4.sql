-- Schema 3 to 4. What servers said before has no name from the banner; which of their names speak for a provider is found when the runs are
-- judged again.
ALTER TABLE smtp_answer ADD COLUMN banner_name TEXT;
ALTER TABLE smtp_history ADD COLUMN banner_name TEXT;
CREATE TABLE server_signal (value TEXT PRIMARY KEY, provider TEXT NOT NULL, rule TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- What was counted for every run anew is an interval, too.
CREATE TEMP TABLE numbered AS SELECT list_id, id AS run_id, row_number() OVER (PARTITION BY list_id ORDER BY id) AS number,
  count(*) OVER (PARTITION BY list_id) AS runs FROM run WHERE state = 'complete';
ALTER TABLE verdict_count RENAME TO verdict_count_of_run;
ALTER TABLE tld_count RENAME TO tld_count_of_run;
ALTER TABLE impact RENAME TO impact_of_run;
CREATE TABLE verdict_count (list_id INTEGER NOT NULL, verdict_id INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  domains INTEGER NOT NULL, PRIMARY KEY (list_id, verdict_id, first_run)) STRICT, WITHOUT ROWID;
CREATE TABLE tld_count (list_id INTEGER NOT NULL, tld TEXT NOT NULL, verdict_id INTEGER NOT NULL, first_run INTEGER NOT NULL,
  last_run INTEGER, domains INTEGER NOT NULL, PRIMARY KEY (list_id, tld, verdict_id, first_run)) STRICT, WITHOUT ROWID;
CREATE TABLE impact (list_id INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  used INTEGER NOT NULL, lost INTEGER NOT NULL, fallback INTEGER NOT NULL, capacity INTEGER NOT NULL,
  PRIMARY KEY (list_id, kind, name, first_run)) STRICT, WITHOUT ROWID;
INSERT INTO verdict_count SELECT list_id, verdict_id, min(run_id), CASE WHEN max(number) < runs THEN max(run_id) END, domains FROM (
  SELECT r.list_id, r.run_id, r.number, r.runs, c.verdict_id, c.domains,
         r.number - row_number() OVER (PARTITION BY r.list_id, c.verdict_id, c.domains ORDER BY r.number) AS island
  FROM numbered r JOIN verdict_count_of_run c ON c.run_id = r.run_id)
GROUP BY list_id, verdict_id, domains, island;
INSERT INTO tld_count SELECT list_id, tld, verdict_id, min(run_id), CASE WHEN max(number) < runs THEN max(run_id) END, domains FROM (
  SELECT r.list_id, r.run_id, r.number, r.runs, c.tld, c.verdict_id, c.domains,
         r.number - row_number() OVER (PARTITION BY r.list_id, c.tld, c.verdict_id, c.domains ORDER BY r.number) AS island
  FROM numbered r JOIN tld_count_of_run c ON c.run_id = r.run_id)
GROUP BY list_id, tld, verdict_id, domains, island;
INSERT INTO impact SELECT list_id, kind, name, min(run_id), CASE WHEN max(number) < runs THEN max(run_id) END, used, lost, fallback, capacity FROM (
  SELECT r.list_id, r.run_id, r.number, r.runs, c.kind, c.name, c.used, c.lost, c.fallback, c.capacity,
         r.number - row_number() OVER (PARTITION BY r.list_id, c.kind, c.name, c.used, c.lost, c.fallback, c.capacity ORDER BY r.number) AS island
  FROM numbered r JOIN impact_of_run c ON c.run_id = r.run_id)
GROUP BY list_id, kind, name, used, lost, fallback, capacity, island;
DROP TABLE verdict_count_of_run;
DROP TABLE tld_count_of_run;
DROP TABLE impact_of_run;
DROP TABLE numbered;
