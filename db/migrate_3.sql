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
CREATE TABLE address_pool (host_id INTEGER NOT NULL, list_id INTEGER NOT NULL, address_id INTEGER NOT NULL, seen_run INTEGER NOT NULL,
  PRIMARY KEY (host_id, list_id, address_id)) STRICT, WITHOUT ROWID;
ALTER TABLE run ADD COLUMN other_shard INTEGER NOT NULL DEFAULT 0;
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
-- What the checks keep. Before, SPF's walk stood in the history and not in the content, what is told in columns of policy, what is measured in
-- columns of verdict, and of TLSA only counts were kept, which stay counts.
ALTER TABLE policy RENAME TO old_policy;
ALTER TABLE policy_history RENAME TO old_policy_history;
CREATE TABLE policy (
  id INTEGER PRIMARY KEY, digest INTEGER NOT NULL, content BLOB NOT NULL, unsettled INTEGER NOT NULL) STRICT;
CREATE TABLE policy_text (
  policy_id INTEGER NOT NULL, column_id INTEGER NOT NULL, text TEXT, json TEXT, PRIMARY KEY (policy_id, column_id)) STRICT, WITHOUT ROWID;
CREATE TABLE policy_history (
  domain_id INTEGER NOT NULL, list_id INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  policy_id INTEGER NOT NULL, secure INTEGER NOT NULL, PRIMARY KEY (domain_id, list_id, first_run)) STRICT, WITHOUT ROWID;
CREATE TABLE host_policy_history (
  host_id INTEGER NOT NULL, list_id INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  policy_id INTEGER NOT NULL, PRIMARY KEY (host_id, list_id, first_run)) STRICT, WITHOUT ROWID;
CREATE TABLE policy_column (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, path TEXT, option TEXT NOT NULL, host INTEGER NOT NULL, empty TEXT NOT NULL, absent TEXT,
  csv TEXT, line INTEGER NOT NULL) STRICT;
CREATE TABLE measure (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, title TEXT NOT NULL, option TEXT NOT NULL, receiving INTEGER NOT NULL) STRICT;
CREATE TABLE measure_word (
  measure_id INTEGER NOT NULL, value INTEGER NOT NULL, name TEXT NOT NULL, title TEXT, place INTEGER NOT NULL,
  PRIMARY KEY (measure_id, value)) STRICT, WITHOUT ROWID;
CREATE TABLE verdict_value (verdict_id INTEGER NOT NULL, measure_id INTEGER NOT NULL, value INTEGER NOT NULL,
  PRIMARY KEY (verdict_id, measure_id)) STRICT, WITHOUT ROWID;
INSERT INTO policy_column VALUES
  (0,'spf','auth.spf','auth',0,'null','no SPF','record',2),
  (1,'dmarc','auth.dmarc','auth',0,'null','no DMARC','record',2),
  (2,'dkim','auth.dkim','auth',0,'[]','no DKIM key known',NULL,2),
  (3,'bimi',NULL,'auth',0,'null','no BIMI','record',1),
  (4,'mta_sts','transport.mta_sts','transport',0,'null','no MTA-STS','record',1),
  (5,'tls_rpt','transport.tls_rpt','transport',0,'null','no TLS reports','record',1),
  (6,'tlsa','transport.tlsa','transport',1,'null',NULL,'host',0), (7,'autodiscover',NULL,'auth',0,'null',NULL,NULL,0),
  (8,'tokens',NULL,'auth',0,'null',NULL,NULL,0);
INSERT INTO measure VALUES
  (0,'spf','SPF','auth',0), (1,'spf_all','SPF ends in','auth',0), (2,'dmarc','DMARC','auth',0),
  (3,'dkim','DKIM key at a known selector','auth',0), (4,'bimi','BIMI','auth',0),
  (5,'mta_sts','MTA-STS','transport',0), (6,'tls_rpt','TLS reports','transport',0), (7,'dane','DANE','transport',1),
  (8,'posture','posture','auth',0);
INSERT INTO measure_word VALUES
  (0,0,'ok','valid',0), (0,1,'none','absent',1), (0,2,'permerror','permanent error',2), (1,43,'pass','+all (pass)',3),
  (1,45,'fail','-all (fail)',0), (1,63,'neutral','?all, or nothing (neutral)',2),
  (1,126,'softfail','~all (softfail)',1), (2,0,'absent','absent',0), (2,1,'none','p=none',1),
  (2,2,'quarantine','p=quarantine',2), (2,3,'reject','p=reject',3), (2,4,'faulty','faulty',4),
  (3,0,'none','none found',0), (3,1,'found','found',1), (3,2,'faulty','faulty',2), (4,0,'absent','absent',0),
  (4,1,'published','published',1), (4,2,'faulty','faulty',2), (5,0,'absent','absent',0),
  (5,1,'published','published',1), (5,2,'faulty','faulty',2), (5,3,'enforce','published, enforced',3),
  (5,4,'testing','published, test mode',4), (5,5,'mode_none','mode none',5),
  (5,6,'unfetchable','policy cannot be fetched',6), (6,0,'absent','absent',0), (6,1,'published','published',1),
  (6,2,'faulty','faulty',2), (7,0,'none','absent',0), (7,1,'some','some MX hosts',1), (7,2,'all','every MX host',2),
  (7,3,'insecure','not validated',3), (7,4,'unusable','unusable',4), (8,0,'receives_sends','receives and sends',0),
  (8,1,'receives','receives, says nobody sends',1), (8,2,'sends','sends only',2),
  (8,3,'parked','parked, protected',3), (8,4,'unprotected','parked, can be forged',4);
CREATE TEMP TABLE walked AS SELECT row_number() OVER (ORDER BY h.policy_id) AS id, h.* FROM (
  SELECT DISTINCT policy_id, spf_result, spf_reason, spf_all, spf_lookups, spf_voids FROM old_policy_history) h;
CREATE INDEX temp.walked_by ON walked (policy_id);
INSERT INTO policy SELECT w.id, p.digest, CAST(p.content || CASE WHEN w.spf_result IS NULL THEN x'' ELSE x'0d' || char(CASE w.spf_result WHEN 3 THEN 3
  ELSE 0 END) || x'01ffffffff0006' || char(w.spf_result, w.spf_reason, w.spf_all, min(w.spf_lookups, 127), min(w.spf_voids, 127), w.spf_all = 43) END
  AS BLOB), p.unsettled + ifnull(w.spf_result = 3, 0) FROM walked w JOIN old_policy p ON p.id = w.policy_id;
INSERT INTO policy_history SELECT h.domain_id, h.list_id, h.first_run, h.last_run, w.id, h.secure FROM old_policy_history h
  JOIN walked w ON w.policy_id = h.policy_id AND w.spf_result IS h.spf_result AND w.spf_reason IS h.spf_reason AND w.spf_all IS h.spf_all
  AND w.spf_lookups IS h.spf_lookups AND w.spf_voids IS h.spf_voids;
INSERT INTO policy_text SELECT w.id, 0, p.spf || CASE w.spf_result WHEN 2 THEN ' (permerror)' ELSE '' END, json_object('record', p.spf, 'result',
  CASE w.spf_result WHEN 0 THEN 'ok' WHEN 1 THEN 'none' WHEN 2 THEN 'permerror' ELSE 'temperror' END, 'reason',
  json('["ok","no_record","many_records","not_ascii","unknown_mechanism","bad_modifier","bad_argument","missing_domain","bad_domain","bad_macro","bad_address","bad_prefix","modifier_twice","too_many_terms","too_many_lookups","too_many_voids","too_many_mx_hosts","include_none","redirect_none"]') ->> w.spf_reason,
  'all', CASE WHEN w.spf_all > 0 THEN char(w.spf_all) END, 'lookups', w.spf_lookups, 'voids', w.spf_voids)
  FROM walked w JOIN old_policy p ON p.id = w.policy_id WHERE w.spf_result IS NOT NULL;
INSERT INTO policy_text SELECT w.id, 1, p.dmarc, rtrim(json_object('record', p.dmarc, 'policy', (SELECT CASE v.dmarc WHEN 0 THEN 'absent' WHEN 1 THEN
  'none' WHEN 2 THEN 'quarantine' WHEN 3 THEN 'reject' WHEN 4 THEN 'faulty' END FROM old_policy_history h JOIN judgement j ON j.domain_id = h.domain_id
  AND j.list_id = h.list_id JOIN verdict v ON v.id = j.verdict_id WHERE h.policy_id = p.id LIMIT 1), 'inherited_from', p.dmarc_at), '}') ||
  CASE WHEN json_valid(p.dmarc_tags) AND p.dmarc_tags LIKE '{_%' THEN ',' || substr(p.dmarc_tags, 2) ELSE '}' END
  FROM walked w JOIN old_policy p ON p.id = w.policy_id WHERE p.dmarc IS NOT NULL;
INSERT INTO policy_text SELECT w.id, 2, (SELECT 'DKIM ' || group_concat(k.value ->> 'selector', ' ') FROM json_each(p.dkim) k), p.dkim
  FROM walked w JOIN old_policy p ON p.id = w.policy_id WHERE json_valid(p.dkim) AND p.dkim LIKE '[%';
INSERT INTO policy_text SELECT w.id, 3, p.bimi, json_object('record', p.bimi, 'result', NULL)
  FROM walked w JOIN old_policy p ON p.id = w.policy_id WHERE p.bimi IS NOT NULL;
INSERT INTO policy_text SELECT w.id, c.id, iif(c.id = 4, p.mta_sts, p.tls_rpt), rtrim(json_object('record', iif(c.id = 4, p.mta_sts, p.tls_rpt), 'result',
  (SELECT CASE iif(c.id = 4, v.mta_sts, v.tls_rpt) WHEN 0 THEN 'absent' WHEN 2 THEN 'faulty' ELSE 'ok' END FROM old_policy_history h JOIN judgement j
   ON j.domain_id = h.domain_id AND j.list_id = h.list_id JOIN verdict v ON v.id = j.verdict_id WHERE h.policy_id = p.id LIMIT 1)), '}') ||
  iif(c.id = 4, ',"policy":null}', '}') FROM walked w JOIN old_policy p ON p.id = w.policy_id JOIN policy_column c ON c.id IN (4, 5)
  WHERE iif(c.id = 4, p.mta_sts, p.tls_rpt) IS NOT NULL;
INSERT INTO policy_text SELECT w.id, 7, p.autodiscover, NULL FROM walked w JOIN old_policy p ON p.id = w.policy_id WHERE p.autodiscover IS NOT NULL;
INSERT INTO policy_text SELECT w.id, 8, p.tokens, NULL FROM walked w JOIN old_policy p ON p.id = w.policy_id WHERE p.tokens IS NOT NULL;
CREATE TEMP TABLE signs AS SELECT w.id, e.position, e.kind, e.provider, e.rule, e.value FROM evidence e JOIN walked w ON w.policy_id = e.policy_id;
DELETE FROM evidence;
INSERT INTO evidence SELECT * FROM signs;
CREATE TEMP TABLE counted AS SELECT (SELECT ifnull(max(id), 0) FROM policy) + row_number() OVER () AS id, t.* FROM (
  SELECT DISTINCT outcome, usable, unusable, secure FROM tlsa_history) t;
INSERT INTO policy SELECT id, id, CASE WHEN outcome = 0 THEN CAST(x'0111' || char(secure * 16) || x'01ffffffff0002' || char(min(usable, 127),
  min(unusable, 127)) AS BLOB) WHEN outcome IN (1, 2) THEN x'01' ELSE x'010e0900ffffffff' END, outcome > 2 FROM counted;
INSERT INTO policy_text SELECT id, 6, NULL, json_object('usable', usable, 'unusable', unusable, 'secure', json(iif(secure = 3, 'true', 'false')))
  FROM counted WHERE outcome = 0;
INSERT INTO host_policy_history SELECT h.host_id, h.list_id, h.first_run, h.last_run, c.id FROM tlsa_history h JOIN counted c
  ON c.outcome = h.outcome AND c.usable = h.usable AND c.unusable = h.unusable AND c.secure = h.secure;
INSERT INTO verdict_value SELECT id, 0, spf FROM verdict WHERE spf IS NOT NULL UNION ALL
  SELECT id, 1, spf_all FROM verdict WHERE spf = 0 AND spf_all > 0 UNION ALL SELECT id, 2, dmarc FROM verdict WHERE dmarc IS NOT NULL UNION ALL
  SELECT id, 3, dkim FROM verdict WHERE dkim IS NOT NULL UNION ALL SELECT id, 4, bimi FROM verdict WHERE bimi IS NOT NULL UNION ALL
  SELECT id, 5, mta_sts FROM verdict WHERE mta_sts IS NOT NULL UNION ALL SELECT id, 6, tls_rpt FROM verdict WHERE tls_rpt IS NOT NULL UNION ALL
  SELECT id, 7, dane FROM verdict WHERE dane IS NOT NULL UNION ALL SELECT id, 8, posture FROM verdict WHERE posture IS NOT NULL;
ALTER TABLE verdict DROP COLUMN spf;
ALTER TABLE verdict DROP COLUMN spf_all;
ALTER TABLE verdict DROP COLUMN dmarc;
ALTER TABLE verdict DROP COLUMN dkim;
ALTER TABLE verdict DROP COLUMN bimi;
ALTER TABLE verdict DROP COLUMN mta_sts;
ALTER TABLE verdict DROP COLUMN tls_rpt;
ALTER TABLE verdict DROP COLUMN dane;
ALTER TABLE verdict DROP COLUMN posture;
-- Verdicts are packed otherwise: the next scan, or classify, judges all runs again.
UPDATE ruleset SET digest = '';
DROP TABLE temp.walked;
DROP TABLE temp.signs;
DROP TABLE temp.counted;
DROP TABLE old_policy;
DROP TABLE old_policy_history;
DROP TABLE tlsa_history;
DROP TABLE shared;
CREATE TABLE shared (
  run_id INTEGER NOT NULL, name TEXT NOT NULL, type INTEGER NOT NULL, ask INTEGER NOT NULL, outcome INTEGER NOT NULL,
  records INTEGER NOT NULL, texts BLOB NOT NULL, PRIMARY KEY (run_id, name, type, ask)) STRICT, WITHOUT ROWID;
CREATE TABLE smtp_outcome (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, settled INTEGER NOT NULL) STRICT;
CREATE TABLE smtp_starttls (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE smtp_pkix (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE smtp_dane (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE certificate (
  id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE, subject TEXT NOT NULL, issuer TEXT NOT NULL, names TEXT NOT NULL,
  name_total INTEGER NOT NULL, key TEXT NOT NULL, key_bits INTEGER NOT NULL, signature TEXT NOT NULL, not_before INTEGER,
  not_after INTEGER) STRICT;
CREATE TABLE smtp_answer (
  run_id INTEGER NOT NULL, host_id INTEGER NOT NULL, address_id INTEGER NOT NULL, outcome INTEGER NOT NULL, code INTEGER NOT NULL,
  starttls INTEGER, tls TEXT, cipher TEXT, name TEXT, flags INTEGER NOT NULL, tested INTEGER NOT NULL, certificate_id INTEGER,
  chain_length INTEGER, pkix INTEGER, dane INTEGER, PRIMARY KEY (run_id, host_id, address_id)) STRICT, WITHOUT ROWID;
CREATE TABLE smtp_history (
  host_id INTEGER NOT NULL, address_id INTEGER NOT NULL, list_id INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  outcome INTEGER NOT NULL, code INTEGER NOT NULL, starttls INTEGER, tls TEXT, cipher TEXT, name TEXT, flags INTEGER NOT NULL,
  tested INTEGER NOT NULL, certificate_id INTEGER, chain_length INTEGER, pkix INTEGER, dane INTEGER,
  PRIMARY KEY (host_id, address_id, list_id, first_run)) STRICT, WITHOUT ROWID;
CREATE TABLE smtp_measured (
  list_id INTEGER NOT NULL, address_id INTEGER NOT NULL, run_id INTEGER NOT NULL, attempts INTEGER NOT NULL, connect_ms INTEGER,
  banner_ms INTEGER, banner TEXT, reply TEXT, tls_failure TEXT, asked_at INTEGER NOT NULL, PRIMARY KEY (list_id, address_id)) STRICT, WITHOUT ROWID;
