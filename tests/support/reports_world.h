/* A small world, row by row, for tests of reports: two runs of one list, every state, and texts nobody should trust. */
#ifndef MXS_TESTS_WORLD_H
#define MXS_TESTS_WORLD_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/counts.h"
#include "db/store.h"
#include "base/out.h"
#include "reports/data/run.h"

#define HOSTILE_TEXT "=cmd|<b>\033[2J\xE2\x80\xAE\","

/* Hosts 1 mx1.a, 2 mx2.a (provider acme, by rule), 3 mail.own.example (unnamed), 4 the root, 5 gone (nxdomain),
 * 6 bare.example (its own MX host), 7 a hostile name. Sets 1 {10 mx1.a, 20 mx2.a}, 2 {10 mx2.a, 20 mx1.a},
 * 3 {10 mail.own.example, 50 mx1.a}, 4 {0 .}, 5 {10 gone}, 6 {10 hostile}. */
static const char world_sql[] =
    "INSERT INTO list (id, name) VALUES (1, 'default');"
    "INSERT INTO run (id, list_id, state, stage, started_at, finished_at, active_ms, previous_run,"
    " input_digest, checks, shard, seed, options, versions, lines, accepted, rejected, duplicates, degraded,"
    " agreement_asked, agreement_same, datagrams, tcp_connections, forged)"
    " VALUES "
    "(1,1,'complete','finish',1000,1060,60000,NULL,'d','mx,host','1/1',1,'{}','{\"mxsurvey\":\"0\"}',11,9,1,1,0,"
    "  NULL,NULL,20,0,0), (2,1,'complete','finish',2000,2060,60000,1,'d','mx,host','1/1',2,'{}','not "
    "json',11,9,1,1,0,5,5,20,0,0);"
    "INSERT INTO member (run_id, first_domain, last_domain) VALUES (1,1,9), (2,1,9);"
    "INSERT INTO resolver (id, address) VALUES (1,'127.0.0.1:53');"
    "INSERT INTO run_resolver (run_id, resolver_id, asked, answers, timeouts, servfail, refused, malformed,"
    " truncated, unreachable, rtt_sum_us, rtt_min_us, rtt_max_us, ports, excluded)"
    " VALUES (2,1,20,19,1,0,0,0,0,0,19000,500,2000,4,NULL);"
    "INSERT INTO domain (id, name)"
    " VALUES (1,'swap.example'),(2,'own.example'),(3,'null.example'),(4,'bare.example'),(5,'broken.example'),"
    "  (6,'gone.example'),(7,'silent.example'),(8,'late.example'),(9,'-dash.example');"
    "INSERT INTO host (id, name)"
    " VALUES (1,'mx1.a.example'),(2,'mx2.a.example'),(3,'mail.own.example'),(4,''),(5,'nowhere.example'),"
    "  (6,'bare.example'),(7,'=cmd|<b>\\027[2J.example');"
    "INSERT INTO mx_entry (set_id, preference, host_id)"
    " VALUES (1,10,1),(1,20,2),(2,10,2),(2,20,1),(3,10,3),(3,50,1),(4,0,4),(5,10,5),(6,10,7);"
    "INSERT INTO asn (id, name, country) VALUES (64500,'"
    "A \xE2\x80\xAE net"
    "',NULL);"
    "INSERT INTO address (id, bytes, address, prefix, public, asn)"
    " VALUES (1,x'14010101','20.1.1.1','20.1.1.0/24',1,64500),(2,x'14010201','20.1.2.1','20.1.2.0/24',1,64500),"
    "  (3,x'15010101','21.1.1.1','21.1.1.0/24',1,NULL),(4,x'0a000001','10.0.0.1','10.0.0.0/24',0,NULL);"
    "INSERT INTO address_entry (set_id, position, address_id) VALUES (1,0,1),(2,0,2),(3,0,3),(4,0,4);"
    "INSERT INTO host_history (host_id, list_id, first_run, last_run, a_outcome, a_set_id, aaaa_outcome,"
    " aaaa_set_id, alias_id, registrable_outcome, usable)"
    " VALUES (1,1,1,NULL,0,1,1,NULL,NULL,NULL,1),(2,1,1,NULL,0,2,1,NULL,NULL,NULL,1),"
    "  (3,1,1,NULL,0,3,1,NULL,NULL,NULL,1),(5,1,1,NULL,2,NULL,2,NULL,NULL,2,0),(6,1,1,NULL,0,3,1,NULL,NULL,NULL,1),"
    "  (7,1,1,NULL,0,1,1,NULL,NULL,NULL,1);"
    "INSERT INTO ruleset (id, digest, source, made_at) VALUES (1,'abcdef','built in',1);"
    "INSERT INTO rule (id, ruleset_id, pattern, provider, kind, country, source, date)"
    " VALUES (1,1,'a.example','acme','mailbox',NULL,NULL,NULL);"
    "INSERT INTO provider (id, name) VALUES (1,'acme'),(2,'self'),(3,'org:own.example'),(4,'org:=cmd.example');"
    "INSERT INTO host_label (host_id, provider_id, rule_id) VALUES (1,1,1),(2,1,1),(3,3,NULL),(7,4,NULL);"
    "INSERT OR REPLACE INTO finding (code, name, severity, sentence, advice)"
    " VALUES (1,'single_host',1,'One host.','Add one.'),(2,'no_ipv6',0,'"
    "=cmd|<b>"
    "','None.');"
    "INSERT INTO verdict (id, state, hosts, usable, tiers, load_sharing, multihomed, ipv6, backup,"
    " backup_apart, addresses, prefixes, asns, providers, single_point, content)"
    " VALUES (1,0,2,2,2,0,0,0,1,3,2,2,1,1,4,x'01'),(2,0,2,2,2,0,0,0,1,15,2,2,NULL,2,0,x'02'),"
    "  "
    "(3,2,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,x'03'),(4,1,1,1,1,0,0,0,0,0,1,1,NULL,1,1,x'04')"
    ","
    "  (5,6,1,0,0,0,0,0,NULL,NULL,0,0,NULL,0,NULL,x'05'),"
    "  (6,5,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,x'06'),"
    "  (7,4,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,x'07'),"
    "  (8,7,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,x'08'),(9,0,1,1,1,0,0,0,0,0,1,1,1,1,1,x'09');"
    "INSERT INTO verdict_label (verdict_id, role, position, provider_id, share, confidence)"
    " VALUES (1,1,0,1,10000,90),(2,1,0,2,10000,70),(2,2,0,1,0,90),(4,1,0,2,10000,50),(9,1,0,4,10000,50);"
    "INSERT INTO verdict_finding (verdict_id, code) VALUES (1,2),(4,1),(4,2),(9,1);"
    "INSERT INTO domain_history (domain_id, list_id, first_run, last_run, outcome, mx_set_id, alias_id,"
    " implicit_host_id) VALUES (1,1,1,1,0,1,NULL,NULL),(1,1,2,NULL,0,2,NULL,NULL),(2,1,1,NULL,0,3,NULL,NULL),"
    "  (3,1,1,NULL,0,4,NULL,NULL),(4,1,1,NULL,1,NULL,NULL,6),(5,1,1,NULL,0,5,NULL,NULL),(6,1,1,NULL,2,NULL,NULL,NULL),"
    "  (7,1,1,NULL,1,NULL,NULL,NULL),(8,1,1,1,0,1,NULL,NULL),(8,1,2,NULL,5,NULL,NULL,NULL),(9,1,1,NULL,0,6,NULL,NULL);"
    "INSERT INTO judgement (domain_id, list_id, first_run, last_run, verdict_id)"
    " VALUES (1,1,1,1,1),(1,1,2,NULL,1),(2,1,1,NULL,2),(3,1,1,NULL,3),(4,1,1,NULL,4),(5,1,1,NULL,5),"
    "  (6,1,1,NULL,6),(7,1,1,NULL,7),(8,1,1,1,1),(8,1,2,NULL,8),(9,1,1,NULL,9);"
    /* domain 1: run 2, resolver 1, one attempt, 812 us, after 3 s, TTL 3600; domain 2: two attempts, 900 us, after 4 s,
       no TTL */
    "INSERT INTO measurement VALUES (0, x'0001020101AC0603911C0002010284070400');"
    "INSERT INTO run_note (run_id, at, kind, text) VALUES (2,2001,'pause','"
    "a note \xE2\x80\xAE"
    "');";

static mxs_store *store;
static struct mxs_run run;
static struct mxs_detail detail;

/* A file of statements below tests/support. */
static void run_file(const char *name)
{
    static char sql[16384];
    char path[512];
    const char *source = getenv("MXS_SOURCE");
    snprintf(path, sizeof path, "%s/tests/support/%s", source != NULL ? source : ".", name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    sql[fread(sql, 1, sizeof sql - 1, file)] = '\0';
    fclose(file);
    cr_assert_eq(mxs_store_run(store, sql, &detail), MXS_OK, "%s", detail.text);
}

/* What a scan counts when it finishes; again after a row was changed. */
static void count_world(void)
{
    cr_assert_eq(
        mxs_store_run(
            store,
            "UPDATE host SET deliverable = name <> ''; DELETE FROM verdict_count; DELETE FROM tld_count;"
            "DELETE FROM impact; UPDATE host_history SET usable = CASE WHEN EXISTS (SELECT 1 FROM address_entry e JOIN"
            " address a ON a.id = e.address_id WHERE a.public AND e.set_id IN (a_set_id, aaaa_set_id)) THEN 1"
            " WHEN a_outcome <= 2 AND aaaa_outcome <= 2 THEN 0 END",
            &detail),
        MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_counts_write_missing(store, &detail), MXS_OK, "%s", detail.text);
}

/* What a test changes in it. */
static inline void alter(const char *sql)
{
    cr_assert_eq(mxs_store_run(store, sql, &detail), MXS_OK, "%s", detail.text);
    count_world();
}

/* Runs 3 and 4, a night apart, in which all stays as it was. */
static inline void add_runs(void)
{
    alter("INSERT INTO run (id, list_id, state, stage, started_at, finished_at, active_ms, previous_run, input_digest,"
          " checks, shard, seed, options, versions, lines, accepted, rejected, duplicates, degraded, datagrams,"
          " tcp_connections, forged)"
          " SELECT id + 2, 1, state, stage, started_at + 2000, 1, 1, id + 1, input_digest, checks, shard, seed,"
          " options, versions, lines, accepted, rejected, duplicates, 0, 1, 0, 0 FROM run WHERE id <= 2");
}

static void open_world(void)
{
    cr_assert_eq(mxs_store_open(&store, ":memory:", &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_store_run(store, world_sql, &detail), MXS_OK, "%s", detail.text);
    run_file("check_words.sql");
    count_world();
    cr_assert_eq(mxs_run_find(store, 0, NULL, &run, &detail), MXS_OK, "%s", detail.text);
}

static void close_world(void) { mxs_store_close(&store); }

/* What was collected, NUL-terminated. */
static inline const char *collected(mxs_out *out)
{
    mxs_out_bytes(out, "", 1);
    out->used--;
    return out->buffer;
}

#endif
