-- What does a verdict say, in words? receives: its domains can receive mail; settled: it is not undetermined; survives_provider: no
-- single provider's loss takes every usable path (NULL: not known, or no mail is received). mailbox_settled: who holds the mailbox does not hang on
-- answers about what stands behind the MX that could not be settled. hosts: NULL where the MX question brought none for sure. single_host: all mail depends on one MX host (NULL: as before).
CREATE VIEW v_verdict AS
SELECT v.id AS verdict_id, st.name AS state, st.receives, st.settled, b.name AS backup, v.backup_apart, sp.name AS single_point,
       iif(st.settled OR v.hosts > 0, v.hosts, NULL) AS hosts, v.usable, v.tiers, v.load_sharing, v.multihomed, v.ipv6, v.addresses, v.prefixes, v.asns, v.providers, st.id AS position,
       CASE WHEN NOT st.receives THEN NULL WHEN v.providers >= 2 OR sp.name = 'none' THEN 1 WHEN v.providers = 1 THEN 0 END
         AS survives_provider,
       NOT EXISTS (SELECT 1 FROM verdict_value x WHERE x.verdict_id = v.id AND x.measure_id = (SELECT id FROM measure WHERE name = 'mailbox'))
         AS mailbox_settled,
       CASE WHEN sp.name = 'host' THEN 1 WHEN sp.name IS NOT NULL OR v.usable >= 2 OR v.load_sharing = 1 THEN 0 END AS single_host
FROM verdict v
JOIN state st ON st.id = v.state
LEFT JOIN backup b ON b.id = v.backup
LEFT JOIN single_point sp ON sp.id = v.single_point;

-- Which providers does a verdict name, in which role, with what share of the domain and how sure (0 to 1)?
CREATE VIEW v_label AS
SELECT l.verdict_id, ro.name AS role, l.position, p.name AS provider, l.share / 10000.0 AS share, l.confidence / 100.0 AS confidence
FROM verdict_label l
JOIN role ro ON ro.id = l.role
JOIN provider p ON p.id = l.provider_id;

-- Which findings has a verdict, and so every domain of that verdict?
CREATE VIEW v_verdict_finding AS
SELECT vf.verdict_id, f.name AS finding, se.name AS severity, f.code
FROM verdict_finding vf
JOIN finding f ON f.code = vf.code
JOIN severity se ON se.id = f.severity;

-- How many domains of a run have each verdict? (the small table all shares are counted from; counted when the run finishes)
CREATE VIEW v_verdict_count AS
SELECT r.id AS run_id, c.verdict_id, c.domains
FROM run r
JOIN verdict_count c ON c.list_id = r.list_id AND c.first_run <= r.id AND ifnull(c.last_run, r.id) >= r.id
WHERE r.state = 'complete';

-- How many domains of a top-level domain have each verdict?
CREATE VIEW v_tld_count AS
SELECT r.id AS run_id, c.tld, c.verdict_id, c.domains
FROM run r
JOIN tld_count c ON c.list_id = r.list_id AND c.first_run <= r.id AND ifnull(c.last_run, r.id) >= r.id
WHERE r.state = 'complete';
