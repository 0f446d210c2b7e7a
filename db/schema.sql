-- mxsurvey, schema version 7. Base tables are private; the views (views/) are what others may read.
--
-- Names, sets and verdicts are interned: a row elsewhere holds small integers only.
-- Facts and judgements are intervals: first_run .. last_run, both included; last_run NULL means "still
-- stands in the newest complete run of the list", so an unchanged night writes nothing.
-- The journal holds the answers of the runs in progress: pending = no settled row. It is merged into them and
-- emptied when the run completes.

-- The words (model/vocabulary.h), one table each; their rows are written from C (db/words.h), so that no number is typed here.
CREATE TABLE outcome (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, settled INTEGER NOT NULL) STRICT; -- of one question
CREATE TABLE state (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, receives INTEGER NOT NULL, settled INTEGER NOT NULL) STRICT;
CREATE TABLE backup (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;       -- unknown is NULL where it is used
CREATE TABLE single_point (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT; -- likewise
CREATE TABLE role (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE severity (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE smtp_outcome (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, settled INTEGER NOT NULL) STRICT; -- of meeting a mail server
CREATE TABLE smtp_starttls (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE smtp_pkix (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE smtp_dane (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE sts_result (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, settled INTEGER NOT NULL) STRICT; -- of fetching a policy of MTA-STS
CREATE TABLE sts_reason (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT; -- why what was fetched is none
CREATE TABLE sts_mode (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

-- Of the views and words that were last written here: a build that has others writes its own.
CREATE TABLE made (id INTEGER PRIMARY KEY CHECK (id = 1), digest INTEGER NOT NULL) STRICT;

CREATE TABLE list (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

-- stage: the stage to (re)start with: import, domains, hosts, settle, judge, finish. state: running
-- (also when its process died: the next scan resumes it), complete, abandoned (by --new).
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  list_id INTEGER NOT NULL REFERENCES list,
  state TEXT NOT NULL CHECK (state IN ('running','complete','abandoned')),
  stage TEXT NOT NULL,
  started_at INTEGER NOT NULL,          -- unix seconds
  finished_at INTEGER,
  active_ms INTEGER NOT NULL DEFAULT 0, -- time spent scanning, over all resumes
  previous_run INTEGER,                 -- the complete run of the list before this one
  input_digest TEXT NOT NULL,           -- of the accepted names' input bytes
  checks TEXT NOT NULL,                 -- "mx,host", in fixed order
  shard TEXT NOT NULL,
  seed INTEGER NOT NULL,
  options TEXT NOT NULL,                -- JSON: every option in force
  versions TEXT NOT NULL,               -- JSON: program, libraries, rule-set, public suffix list, MMDB
  lines INTEGER, accepted INTEGER, rejected INTEGER, duplicates INTEGER, -- known after import
  other_shard INTEGER NOT NULL DEFAULT 0, -- of the rejected: names that another shard of the list surveys; they are not stored
  degraded INTEGER NOT NULL DEFAULT 0,
  agreement_asked INTEGER, agreement_same INTEGER, -- settle stage: settled names asked again, and equal
  datagrams INTEGER NOT NULL DEFAULT 0, tcp_connections INTEGER NOT NULL DEFAULT 0,
  forged INTEGER NOT NULL DEFAULT 0     -- datagrams that answered no question of ours
) STRICT;
-- What a reader of the run must know: excluded resolvers, pauses, and why it is not fit to compare.
CREATE TABLE run_note (run_id INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL) STRICT;
-- path: of a list in a zip with its name behind a colon. how: what was taken from it, in words. citation: which public list it is.
CREATE TABLE run_input (run_id INTEGER NOT NULL, position INTEGER NOT NULL, path TEXT NOT NULL, lines INTEGER,
  format TEXT, how TEXT, sha256 TEXT, citation TEXT, passed_over INTEGER,
  PRIMARY KEY (run_id, position)) STRICT, WITHOUT ROWID;
-- The domains of a run as ranges of domain.id, both included.
CREATE TABLE member (run_id INTEGER NOT NULL, first_domain INTEGER NOT NULL, last_domain INTEGER NOT NULL,
  PRIMARY KEY (run_id, first_domain)) STRICT, WITHOUT ROWID;
CREATE TABLE reject (run_id INTEGER NOT NULL, input INTEGER NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL,
  text TEXT NOT NULL) STRICT;

CREATE TABLE resolver (id INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE) STRICT;
-- What each resolver last said of the control names. agrees: with most of the others; NULL where nobody judged.
CREATE TABLE run_control (
  run_id INTEGER NOT NULL, resolver_id INTEGER NOT NULL, name TEXT NOT NULL,
  outcome INTEGER NOT NULL, answer TEXT NOT NULL, agrees INTEGER,
  PRIMARY KEY (run_id, resolver_id, name)) STRICT, WITHOUT ROWID;
-- What one resolver did in one run. rtt_sum_us over `answers`.
CREATE TABLE run_resolver (
  run_id INTEGER NOT NULL, resolver_id INTEGER NOT NULL,
  asked INTEGER NOT NULL, answers INTEGER NOT NULL, timeouts INTEGER NOT NULL, servfail INTEGER NOT NULL,
  refused INTEGER NOT NULL, malformed INTEGER NOT NULL, truncated INTEGER NOT NULL, unreachable INTEGER NOT NULL,
  rtt_sum_us INTEGER NOT NULL, rtt_min_us INTEGER, rtt_max_us INTEGER, ports INTEGER NOT NULL DEFAULT 0,
  excluded TEXT,                        -- why it was shut out, else NULL
  -- what the checks saw; 1 yes, 0 no, NULL not known
  recursion INTEGER, edns INTEGER, tcp INTEGER, validates INTEGER,
  invalid INTEGER,                      -- outcome of a name that must not exist
  latency_us INTEGER, openings INTEGER NOT NULL DEFAULT 0, checked_at INTEGER,
  filtered INTEGER NOT NULL DEFAULT 0,  -- answers that it withheld, and said so or showed it
  odd INTEGER NOT NULL DEFAULT 0,       -- answers with bytes behind their last record, read all the same
  dns64 TEXT,                           -- the prefix under which it makes AAAA records out of A records
  PRIMARY KEY (run_id, resolver_id)) STRICT, WITHOUT ROWID;

CREATE TABLE domain (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX domain_name ON domain(name);                         -- names come sorted: both are appended to
-- Index host_name: made when a run finishes. '' is the root. deliverable: mail could go there by its name; not so an IP literal,
-- localhost and the root (model/usable.h).
CREATE TABLE host (id INTEGER PRIMARY KEY, name TEXT NOT NULL, deliverable INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE TABLE text (id INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT;  -- alias targets, policy records
CREATE TABLE mx_entry (set_id INTEGER NOT NULL, preference INTEGER NOT NULL, host_id INTEGER NOT NULL,
  PRIMARY KEY (set_id, preference, host_id)) STRICT, WITHOUT ROWID;
CREATE TABLE address (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, address TEXT NOT NULL, prefix TEXT NOT NULL,
  public INTEGER NOT NULL, asn INTEGER) STRICT;                 -- prefix: the /24 or /48 as text
CREATE TABLE asn (id INTEGER PRIMARY KEY, name TEXT, country TEXT) STRICT;
CREATE TABLE address_entry (set_id INTEGER NOT NULL, position INTEGER NOT NULL, address_id INTEGER NOT NULL,
  PRIMARY KEY (set_id, position)) STRICT, WITHOUT ROWID;        -- positions in byte order of the addresses

-- Columns of lists that are kept with their domains (--keep). A facet belongs to a list. codes: one of `width` bytes, the highest first,
-- for each of the 256 domains from block * 256 on: 0 no value, 2 v the value v, 2 s + 1 the set s, of several values (db/facets.h).
CREATE TABLE facet (id INTEGER PRIMARY KEY, list_id INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (list_id, name)) STRICT;
CREATE TABLE facet_value (facet_id INTEGER NOT NULL, id INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (facet_id, id)) STRICT, WITHOUT ROWID;
CREATE TABLE facet_set (facet_id INTEGER NOT NULL, id INTEGER NOT NULL, value_id INTEGER NOT NULL,
  PRIMARY KEY (facet_id, id, value_id)) STRICT, WITHOUT ROWID;
CREATE TABLE facet_block (facet_id INTEGER NOT NULL, block INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  width INTEGER NOT NULL, codes BLOB NOT NULL, PRIMARY KEY (facet_id, block, first_run)) STRICT, WITHOUT ROWID;

-- Journal of the runs in progress, in order of arrival: one row per stored batch, its answers packed (struct
-- mxs_journal_row of scanner/write/journal.h). kind: 0 domains, 1 MX hosts, 2 policies, 3 TLSA. Emptied when the run completes.
-- first_subject, last_subject: of the batch's answers, so that a reader of a range passes over the other batches.
CREATE TABLE journal (id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL, kind INTEGER NOT NULL, first_subject INTEGER NOT NULL,
  last_subject INTEGER NOT NULL, rows BLOB NOT NULL) STRICT;
-- What a lying resolver said since its last good check does not count: its answers from since_after_s on (seconds after the
-- run's start) are passed over in the journal and asked again. last_batch: the newest of the journal when it was found; rows of
-- policies, which have answers of several resolvers, are passed over up to there.
CREATE TABLE withdrawal (run_id INTEGER NOT NULL, resolver_id INTEGER NOT NULL, since_after_s INTEGER NOT NULL,
  last_batch INTEGER NOT NULL) STRICT;
-- Answers that could not be read, as they came.
CREATE TABLE malformed (run_id INTEGER NOT NULL, name TEXT NOT NULL, type INTEGER NOT NULL, resolver_id INTEGER NOT NULL,
  bytes BLOB NOT NULL) STRICT;

-- Facts.
-- list_id < 0, here and in host_history: what was told in pruned runs of that list, for the sake of pools alone; of no run.
CREATE TABLE domain_history (
  domain_id INTEGER NOT NULL, list_id INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  outcome INTEGER NOT NULL, mx_set_id INTEGER, alias_id INTEGER, implicit_host_id INTEGER,
  PRIMARY KEY (domain_id, list_id, first_run)) STRICT, WITHOUT ROWID;
CREATE TABLE host_history (
  host_id INTEGER NOT NULL, list_id INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  a_outcome INTEGER, a_set_id INTEGER, aaaa_outcome INTEGER, aaaa_set_id INTEGER, alias_id INTEGER,
  registrable_outcome INTEGER, usable INTEGER,  -- NULL: not settled (model/usable.h)
  PRIMARY KEY (host_id, list_id, first_run)) STRICT, WITHOUT ROWID;
-- Addresses of hosts that answer with a part of a larger pool, others at each question. seen_run: the last run that was told of it; -run: the
-- pool moved away from it in that run. The set that host_history holds for such a host is the pool; what has left it stays here for a while.
CREATE TABLE address_pool (host_id INTEGER NOT NULL, list_id INTEGER NOT NULL, address_id INTEGER NOT NULL, seen_run INTEGER NOT NULL,
  PRIMARY KEY (host_id, list_id, address_id)) STRICT, WITHOUT ROWID;
-- The same of MX records of domains that answer with some of them. What has left is not kept here; what the set that domain_history holds does
-- not have was heard beside it, and may be a change.
CREATE TABLE mx_pool (domain_id INTEGER NOT NULL, list_id INTEGER NOT NULL, preference INTEGER NOT NULL, host_id INTEGER NOT NULL,
  seen_run INTEGER NOT NULL, PRIMARY KEY (domain_id, list_id, preference, host_id)) STRICT, WITHOUT ROWID;
-- In these runs the MX set of a domain grew because more of its pool was found out: that is no change.
CREATE TABLE mx_grown (domain_id INTEGER NOT NULL, run_id INTEGER NOT NULL, PRIMARY KEY (domain_id, run_id)) STRICT, WITHOUT ROWID;
-- What the checks keep of a domain, or of an MX host. content: all answers that hold something, packed (scanner/checks/content.h).
-- digest: of content. unsettled: how many of the answers are.
CREATE TABLE policy (
  id INTEGER PRIMARY KEY, digest INTEGER NOT NULL, content BLOB NOT NULL, unsettled INTEGER NOT NULL) STRICT;
-- The same for people and exports, a row for each column that tells something: text as a line, json as the member of a record.
CREATE TABLE policy_text (
  policy_id INTEGER NOT NULL, column_id INTEGER NOT NULL, text TEXT, json TEXT, PRIMARY KEY (policy_id, column_id)) STRICT, WITHOUT ROWID;
-- secure: the MX answer was validated (AD).
CREATE TABLE policy_history (
  domain_id INTEGER NOT NULL, list_id INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  policy_id INTEGER NOT NULL, secure INTEGER NOT NULL, PRIMARY KEY (domain_id, list_id, first_run)) STRICT, WITHOUT ROWID;
CREATE TABLE host_policy_history (
  host_id INTEGER NOT NULL, list_id INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  policy_id INTEGER NOT NULL, PRIMARY KEY (host_id, list_id, first_run)) STRICT, WITHOUT ROWID;
-- The words of the checks, written by the program that judges (scanner/checks/registry.c). path: the member of a record, NULL: none;
-- option: the word of --checks; host: of MX hosts; empty: JSON where nothing is told; absent: what a line says then; csv: the member
-- of the JSON that a cell holds; line: part of the line of all policies (1 where there is something, 2 always).
CREATE TABLE policy_column (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, path TEXT, option TEXT NOT NULL, host INTEGER NOT NULL, empty TEXT NOT NULL, absent TEXT,
  csv TEXT, line INTEGER NOT NULL) STRICT;
CREATE TABLE measure (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, title TEXT NOT NULL, option TEXT NOT NULL, receiving INTEGER NOT NULL) STRICT;
CREATE TABLE measure_word (
  measure_id INTEGER NOT NULL, value INTEGER NOT NULL, name TEXT NOT NULL, title TEXT, place INTEGER NOT NULL,
  PRIMARY KEY (measure_id, value)) STRICT, WITHOUT ROWID;
-- Answers that many domains share (what SPF includes, _dmarc of parent domains), asked once per run; those of the newest run of each list
-- are kept. ask: the kind of entry; texts: packed (scanner/checks/shared.h).
CREATE TABLE shared (
  run_id INTEGER NOT NULL, name TEXT NOT NULL, type INTEGER NOT NULL, ask INTEGER NOT NULL, outcome INTEGER NOT NULL,
  records INTEGER NOT NULL, texts BLOB NOT NULL, PRIMARY KEY (run_id, name, type, ask)) STRICT, WITHOUT ROWID;
-- The MTA-STS policy file of a domain that has a record, where a run fetched them (--fetch-sts). id: of the record; result,
-- reason, mode: words of the tables sts_*; reason: NULL where nothing was fetched; mx: the patterns in order, a line each. sts_fetch: the
-- rows of a run in progress.
CREATE TABLE sts_fetch (
  run_id INTEGER NOT NULL, domain_id INTEGER NOT NULL, id TEXT NOT NULL, result INTEGER NOT NULL, reason INTEGER, mode INTEGER,
  max_age_s INTEGER, mx TEXT, PRIMARY KEY (run_id, domain_id)) STRICT, WITHOUT ROWID;
CREATE TABLE sts_history (
  domain_id INTEGER NOT NULL, list_id INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  id TEXT NOT NULL, result INTEGER NOT NULL, reason INTEGER, mode INTEGER, max_age_s INTEGER, mx TEXT,
  PRIMARY KEY (domain_id, list_id, first_run)) STRICT, WITHOUT ROWID;
-- Mail servers (check smtp): what an address showed under the name of an MX host. tested: that name was sent as SNI; for the others that
-- lead there the rest is the same, pkix is 0 or NULL and dane is NULL. flags: 1 EHLO keywords were masked, 2 plaintext was injected
-- behind STARTTLS, 4 whether TLS stands is settled, 8 the certificate is for the name, 16 it had expired, 32 it leads to an authority.
-- banner_name: the name that the banner begins with. smtp_answer: a run in progress.
CREATE TABLE certificate (
  id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE, subject TEXT NOT NULL, issuer TEXT NOT NULL, names TEXT NOT NULL, -- JSON list
  name_total INTEGER NOT NULL, key TEXT NOT NULL, key_bits INTEGER NOT NULL, signature TEXT NOT NULL, not_before INTEGER,
  not_after INTEGER) STRICT;
CREATE TABLE smtp_answer (
  run_id INTEGER NOT NULL, host_id INTEGER NOT NULL, address_id INTEGER NOT NULL, outcome INTEGER NOT NULL, code INTEGER NOT NULL,
  starttls INTEGER, tls TEXT, cipher TEXT, name TEXT, flags INTEGER NOT NULL, tested INTEGER NOT NULL, certificate_id INTEGER,
  chain_length INTEGER, pkix INTEGER, dane INTEGER, banner_name TEXT, PRIMARY KEY (run_id, host_id, address_id)) STRICT, WITHOUT ROWID;
CREATE TABLE smtp_history (
  host_id INTEGER NOT NULL, address_id INTEGER NOT NULL, list_id INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  outcome INTEGER NOT NULL, code INTEGER NOT NULL, starttls INTEGER, tls TEXT, cipher TEXT, name TEXT, flags INTEGER NOT NULL,
  tested INTEGER NOT NULL, certificate_id INTEGER, chain_length INTEGER, pkix INTEGER, dane INTEGER, banner_name TEXT,
  PRIMARY KEY (host_id, address_id, list_id, first_run)) STRICT, WITHOUT ROWID;
-- How the newest run came by it; what a server says in its own words may differ each time.
CREATE TABLE smtp_measured (
  list_id INTEGER NOT NULL, address_id INTEGER NOT NULL, run_id INTEGER NOT NULL, attempts INTEGER NOT NULL, connect_ms INTEGER,
  banner_ms INTEGER, banner TEXT, reply TEXT, tls_failure TEXT, asked_at INTEGER NOT NULL, PRIMARY KEY (list_id, address_id)) STRICT, WITHOUT ROWID;
-- How the newest run of each domain came by its facts: packed rows of a block of ids (db/measured.h).
CREATE TABLE measurement (block INTEGER PRIMARY KEY, rows BLOB NOT NULL) STRICT;

-- Judgements, under the rule-set in force (one per database; classify replaces it and judges all runs again).
CREATE TABLE ruleset (id INTEGER PRIMARY KEY, digest TEXT NOT NULL, source TEXT NOT NULL, made_at INTEGER NOT NULL) STRICT;
CREATE TABLE rule (id INTEGER PRIMARY KEY, ruleset_id INTEGER NOT NULL, pattern TEXT NOT NULL, provider TEXT NOT NULL,
  kind TEXT NOT NULL, country TEXT, source TEXT, date TEXT) STRICT;
CREATE TABLE provider (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT; -- operator id, self, org:example.net
CREATE TABLE host_label (host_id INTEGER PRIMARY KEY, provider_id INTEGER NOT NULL, rule_id INTEGER) STRICT;
CREATE TABLE finding (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, severity INTEGER NOT NULL,
  sentence TEXT NOT NULL, advice TEXT NOT NULL) STRICT;
CREATE TABLE verdict (
  id INTEGER PRIMARY KEY, state INTEGER NOT NULL, hosts INTEGER NOT NULL, usable INTEGER, tiers INTEGER,
  load_sharing INTEGER, multihomed INTEGER, ipv6 INTEGER, backup INTEGER, backup_apart INTEGER,
  addresses INTEGER, prefixes INTEGER, asns INTEGER, providers INTEGER, single_point INTEGER,
  content BLOB NOT NULL) STRICT;        -- all of it with its labels and findings, as one comparable value
-- Signs of who holds the mailbox behind policies, where they were looked at: kind dkim, autodiscover, spf or txt.
CREATE TABLE evidence (policy_id INTEGER NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL, provider TEXT NOT NULL,
  rule TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (policy_id, position)) STRICT, WITHOUT ROWID;
-- Names that mail servers showed, in certificates, banners and their answers to EHLO, which speak for a provider.
CREATE TABLE server_signal (value TEXT PRIMARY KEY, provider TEXT NOT NULL, rule TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE verdict_label (verdict_id INTEGER NOT NULL, role INTEGER NOT NULL, position INTEGER NOT NULL,
  provider_id INTEGER NOT NULL, share INTEGER NOT NULL, confidence INTEGER NOT NULL,
  PRIMARY KEY (verdict_id, role, position)) STRICT, WITHOUT ROWID;
-- What the checks measure; no row: not asked, not settled, or it does not apply.
CREATE TABLE verdict_value (verdict_id INTEGER NOT NULL, measure_id INTEGER NOT NULL, value INTEGER NOT NULL,
  PRIMARY KEY (verdict_id, measure_id)) STRICT, WITHOUT ROWID;
CREATE TABLE verdict_finding (verdict_id INTEGER NOT NULL, code INTEGER NOT NULL,
  PRIMARY KEY (verdict_id, code)) STRICT, WITHOUT ROWID;
-- What a finished run says, counted once: the tables behind the views, intervals as above (db/counts.h).
CREATE TABLE verdict_count (list_id INTEGER NOT NULL, verdict_id INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  domains INTEGER NOT NULL, PRIMARY KEY (list_id, verdict_id, first_run)) STRICT, WITHOUT ROWID;
CREATE TABLE tld_count (list_id INTEGER NOT NULL, tld TEXT NOT NULL, verdict_id INTEGER NOT NULL, first_run INTEGER NOT NULL,
  last_run INTEGER, domains INTEGER NOT NULL, PRIMARY KEY (list_id, tld, verdict_id, first_run)) STRICT, WITHOUT ROWID;
CREATE TABLE impact (list_id INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  used INTEGER NOT NULL, lost INTEGER NOT NULL, fallback INTEGER NOT NULL, capacity INTEGER NOT NULL,
  PRIMARY KEY (list_id, kind, name, first_run)) STRICT, WITHOUT ROWID;
CREATE TABLE judgement (
  domain_id INTEGER NOT NULL, list_id INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER,
  verdict_id INTEGER NOT NULL,
  PRIMARY KEY (domain_id, list_id, first_run)) STRICT, WITHOUT ROWID;
