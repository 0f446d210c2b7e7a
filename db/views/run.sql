-- Which runs does this database hold, how were they made, and do their sums add up?
CREATE VIEW v_run AS
SELECT r.id AS run_id, l.name AS list, r.state, r.stage, r.started_at, r.finished_at, r.active_ms, r.previous_run,
       r.checks, r.shard, r.seed, r.input_digest, r.options, r.versions, r.lines, r.accepted, r.rejected, r.duplicates,
       r.other_shard, r.degraded, r.agreement_asked, r.agreement_same, r.datagrams, r.tcp_connections, r.forged
FROM run r JOIN list l ON l.id = r.list_id;

-- What did each resolver do in a run? Of what it was asked it answered, timed out, could not be reached, or was not awaited: still out when the
-- run had all it needed, or was stopped. What is SERVFAIL, refused, malformed, truncated or filtered is among its answers.
CREATE VIEW v_resolver AS
SELECT rr.run_id, re.address AS resolver, rr.asked, rr.answers, rr.timeouts, rr.servfail, rr.refused, rr.malformed,
       rr.truncated, rr.unreachable, rr.rtt_sum_us / nullif(rr.answers, 0) AS rtt_us, rr.rtt_min_us, rr.rtt_max_us, rr.ports,
       rr.excluded, rr.recursion, rr.edns, rr.tcp, rr.validates, io.name AS invalid, rr.latency_us, rr.openings, rr.checked_at,
       rr.filtered, rr.odd, rr.dns64, rr.asked - rr.answers - rr.timeouts - rr.unreachable AS unawaited
FROM run_resolver rr
JOIN resolver re ON re.id = rr.resolver_id
LEFT JOIN outcome io ON io.id = rr.invalid;

-- What did each resolver last say of the control names, and did it agree with most others? agrees is NULL where nobody judged.
CREATE VIEW v_control AS
SELECT c.run_id, re.address AS resolver, c.name, o.name AS outcome, nullif(c.answer, '') AS answer, c.agrees
FROM run_control c
JOIN resolver re ON re.id = c.resolver_id
JOIN outcome o ON o.id = c.outcome;

-- What must a reader of the run know: excluded resolvers, pauses, lists with hardly a name, marks "not fit to compare"?
CREATE VIEW v_note AS SELECT run_id, at, kind, text FROM run_note WHERE kind NOT IN ('stages', 'shards');

-- What did a run spend its time on? One row per stage of each sitting, in order.
CREATE VIEW v_stage AS
SELECT n.run_id, n.at, CAST(s.key AS INTEGER) AS position, s.value ->> '$.stage' AS stage,
       CAST(s.value ->> '$.wall_ms' AS REAL) AS wall_ms, CAST(s.value ->> '$.cpu_ms' AS REAL) AS cpu_ms, s.value ->> '$.questions' AS questions
FROM run_note n
JOIN json_each(CASE WHEN json_valid(n.text) THEN n.text ELSE '[]' END) s
WHERE n.kind = 'stages';

-- Which lines of the lists were refused, and why? At most 64 MB of them a run, and 1 GB of excluded names (v_run counts all).
CREATE VIEW v_reject AS
SELECT j.run_id, i.path, j.line, j.reason, j.text
FROM reject j
LEFT JOIN run_input i ON i.run_id = j.run_id AND i.position = j.input;

-- Which domains of other runs did a run not ask about, because --exclude left them out of its list?
CREATE VIEW v_excluded AS
SELECT DISTINCT j.run_id, d.id AS domain_id, d.name AS domain
FROM reject j
CROSS JOIN domain d ON d.name = lower(rtrim(j.text, '.')) -- the name, but in older files what stood in the list
WHERE j.reason = 'excluded';
