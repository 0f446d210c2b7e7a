#include "scanner/run/internal/ruleset.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "db/query.h"
#include "scanner/checks/registry.h"
#include "scanner/classify/evidence.h"
#include "scanner/run/judging.h"

static enum mxs_err put_rules(mxs_store *store, const mxs_rules *rules, const char *source, const char *digest,
                              struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store, "INSERT INTO ruleset (digest, source, made_at) VALUES (?1, ?2, ?3)");
    mxs_query_text(&query, 1, digest, strlen(digest));
    mxs_query_text(&query, 2, source, strlen(source));
    mxs_query_int(&query, 3, mxs_clock_unix_s());
    mxs_query_run(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    mxs_query_open(&query, store,
                   "INSERT INTO rule VALUES (?1, (SELECT max(id) FROM ruleset), ?2, ?3, ?4, ?5, ?6, ?7)");
    for (uint32_t i = 0; err == MXS_OK && i < mxs_rules_count(rules); i++) {
        const struct mxs_rule *rule = mxs_rules_at(rules, i);
        const char *kind = mxs_kind_text(rule->kind);
        mxs_query_int(&query, 1, rule->id);
        mxs_query_text(&query, 2, rule->pattern.data, rule->pattern.size_bytes);
        mxs_query_text(&query, 3, rule->provider.data, rule->provider.size_bytes);
        mxs_query_text(&query, 4, kind, strlen(kind));
        mxs_query_text(&query, 5, rule->country.data, rule->country.size_bytes);
        mxs_query_text(&query, 6, rule->source.data, rule->source.size_bytes);
        mxs_query_text(&query, 7, rule->date.data, rule->date.size_bytes);
        mxs_query_run(&query);
    }
    enum mxs_err end = mxs_query_finish(&query, err == MXS_OK ? detail : NULL);
    return err == MXS_OK ? end : err;
}

enum mxs_err mxs_ruleset_is(mxs_store *store, const char *digest, bool *same, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store, "SELECT digest FROM ruleset ORDER BY id DESC LIMIT 1");
    *same = mxs_query_next(&query) &&
            strcmp(mxs_query_column_text(&query, 0, NULL), digest) == 0;
    mxs_query_reset(&query);
    return mxs_query_finish(&query, detail);
}

void mxs_ruleset_digest(const mxs_rules *rules, const char *evidence, char out[MXS_RULESET_DIGEST_SIZE])
{
    snprintf(out, MXS_RULESET_DIGEST_SIZE, "%.64s+%.16s+%08x", mxs_rules_digest(rules), evidence,
             mxs_checks_findings_digest());
}

static enum mxs_err built_in_digest(char out[MXS_RULESET_DIGEST_SIZE], struct mxs_detail *detail)
{
    mxs_rules *rules = NULL;
    mxs_evidence *evidence = NULL;
    enum mxs_err err = mxs_rules_create_built_in(&rules, detail);
    if (err == MXS_OK)
        err = mxs_evidence_create(&evidence, detail);
    if (err == MXS_OK)
        mxs_ruleset_digest(rules, mxs_evidence_digest(evidence), out);
    if (evidence != NULL)
        mxs_evidence_destroy(&evidence);
    if (rules != NULL)
        mxs_rules_destroy(&rules);
    return err;
}

static const char *behind_rules(const char *digest)
{
    const char *plus = strchr(digest, '+');
    return plus != NULL ? plus : "";
}

enum mxs_err mxs_judging_is_current(mxs_store *store, bool *current, struct mxs_detail *detail)
{
    char digest[MXS_RULESET_DIGEST_SIZE];
    struct mxs_query query;
    enum mxs_err err = built_in_digest(digest, detail);
    if (err != MXS_OK)
        return err;
    *current = true;
    mxs_query_open(&query, store, "SELECT digest, source FROM ruleset ORDER BY id DESC LIMIT 1");
    if (mxs_query_next(&query)) {
        const char *stored = mxs_query_column_text(&query, 0, NULL);
        *current = strcmp(mxs_query_column_text(&query, 1, NULL), MXS_RULESET_BUILT_IN) == 0
                       ? strcmp(stored, digest) == 0
                       : strcmp(behind_rules(stored), behind_rules(digest)) == 0;
    }
    mxs_query_reset(&query);
    return mxs_query_finish(&query, detail);
}

/* Drops every judgement and brings the new rules in, in one transaction: a database never holds two rule-sets'
 * verdicts. The rule-set counts as another one until all runs are judged by it, so that who is killed meanwhile is
 * followed by one who judges them all. A run that was judged and is not over is judged again when it goes on. */
#define UNFINISHED "judging:"

enum mxs_err mxs_ruleset_settle(mxs_store *store, struct mxs_detail *detail)
{
    return mxs_store_run(store,
                         "UPDATE ruleset SET digest = substr(digest, length('" UNFINISHED "') + 1)"
                         " WHERE digest LIKE '" UNFINISHED "%'",
                         detail);
}

enum mxs_err mxs_ruleset_replace(mxs_store *store, const mxs_rules *rules, const char *source, const char *digest,
                                 struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_begin(store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_store_run(store,
                        "DELETE FROM judgement; DELETE FROM verdict_finding; DELETE FROM verdict_label;"
                        "DELETE FROM verdict; DELETE FROM host_label; DELETE FROM rule; DELETE FROM verdict_count; "
                        "DELETE FROM tld_count;"
                        "DELETE FROM impact; DELETE FROM verdict_value;"
                        "DELETE FROM evidence; DELETE FROM server_signal;"
                        "UPDATE run SET stage = 'judge' WHERE state = 'running' AND stage = 'finish'"
                        " AND EXISTS (SELECT 1 FROM journal j WHERE j.run_id = run.id);",
                        detail);
    char unfinished[MXS_RULESET_DIGEST_SIZE + sizeof UNFINISHED];
    snprintf(unfinished, sizeof unfinished, UNFINISHED "%s", digest);
    if (err == MXS_OK)
        err = put_rules(store, rules, source, unfinished, detail);
    return mxs_store_end(store, err, detail);
}
