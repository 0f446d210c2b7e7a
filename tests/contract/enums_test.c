/* The numbers and words of the model's enums are those of the schema's lookup tables, both ways; and those that the reports have for
 * stored numbers are the scanner's. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "reports/record/policy.h"
#include "scanner/fetch/fetch.h"
#include "model/answer.h"
#include "model/verdict.h"
#include "scanner/parse/mta_sts.h"
#include "scanner/parse/spf_walk.h"

extern const char mxs_schema_sql[], mxs_views_sql[];

static int failures;

static void fail(const char *table, int id, const char *what, const char *text)
{
    printf("%s %d: %s '%s'\n", table, id, what, text ? text : "(null)");
    failures++;
}

static const char *outcome(int id) { return mxs_outcome_text((enum mxs_outcome)id); }
static const char *state(int id) { return mxs_state_text((enum mxs_state)id); }
static const char *backup(int id) { return mxs_backup_text((enum mxs_backup)id); }
static const char *single_point(int id) { return mxs_single_point_text((enum mxs_single_point)id); }
static const char *role(int id) { return (const char *const[]){"gateway", "mailbox", "backup"}[id]; }
static const char *severity(int id) { return (const char *const[]){"info", "notice", "warning", "critical"}[id]; }

static const struct {
    const char *table;
    int count; /* values with a row; "unknown" has none */
    const char *(*text)(int id);
} tables[] = {
    {"outcome", MXS_OUTCOME_COUNT, outcome},
    {"state", MXS_STATE_COUNT, state},
    {"backup", MXS_BACKUP_UNKNOWN, backup},
    {"single_point", MXS_SINGLE_UNKNOWN, single_point},
    {"role", MXS_ROLE_COUNT, role},
    {"severity", MXS_CRITICAL + 1, severity},
};

static void check_table(sqlite3 *db, const char *table, int count, const char *(*text)(int id))
{
    char sql[100];
    sqlite3_stmt *rows;
    int seen = 0;
    snprintf(sql, sizeof sql, "SELECT id, name FROM %s ORDER BY id", table);
    if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) != SQLITE_OK) {
        fail(table, 0, "no such table", sqlite3_errmsg(db));
        return;
    }
    for (; sqlite3_step(rows) == SQLITE_ROW; seen++) {
        int id = sqlite3_column_int(rows, 0);
        const char *name = (const char *)sqlite3_column_text(rows, 1);
        if (id != seen || id >= count)
            fail(table, id, "the enum has no such value", name);
        else if (!text(id) || strcmp(text(id), name) != 0)
            fail(table, id, name, text(id));
    }
    sqlite3_finalize(rows);
    if (seen != count)
        fail(table, seen, "the schema lacks", seen < count ? text(seen) : "nothing");
}

static const char *spf_result(int id) { return mxs_spf_result_text((enum mxs_spf_result)id); }
static const char *spf_reason(int id) { return mxs_spf_reason_text((enum mxs_spf_reason)id); }
static const char *fetch_result(int id) { return mxs_fetch_result_text((enum mxs_fetch_result)id); }
static const char *sts_reason(int id) { return mxs_mta_sts_reason_text((enum mxs_mta_sts_reason)id); }
static const char *sts_mode(int id) { return mxs_mta_sts_mode_text((enum mxs_mta_sts_mode)id); }

static void check_words(void)
{
    static const struct {
        const char *name;
        enum mxs_policy_words set;
        int count;
        const char *(*text)(int id);
    } sets[] = {
        {"SPF result", MXS_WORDS_SPF_RESULT, MXS_SPF_RESULT_WANTED, spf_result}, /* an end, not a step */
        {"SPF reason", MXS_WORDS_SPF_REASON, MXS_SPF_REASON_COUNT, spf_reason},
        {"fetch result", MXS_WORDS_FETCH, MXS_FETCH_RESULT_COUNT, fetch_result},
        {"MTA-STS reason", MXS_WORDS_STS_REASON, MXS_MTA_STS_REASON_COUNT, sts_reason},
        {"MTA-STS mode", MXS_WORDS_STS_MODE, MXS_MTA_STS_ENFORCE + 1, sts_mode},
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        for (int id = -1; id <= sets[i].count; id++) {
            const char *told = mxs_policy_word(sets[i].set, id), *meant = id >= 0 && id < sets[i].count ? sets[i].text(id) : NULL;
            if ((told == NULL) != (meant == NULL) || (told != NULL && strcmp(told, meant) != 0))
                fail(sets[i].name, id, meant ? meant : "nothing", told);
        }
}

static void check_settled(sqlite3 *db)
{
    sqlite3_stmt *rows;
    if (sqlite3_prepare_v2(db, "SELECT id, settled, name FROM outcome", -1, &rows, NULL) != SQLITE_OK) {
        fail("outcome", 0, "cannot read", sqlite3_errmsg(db));
        return;
    }
    while (sqlite3_step(rows) == SQLITE_ROW)
        if (mxs_outcome_settled((enum mxs_outcome)sqlite3_column_int(rows, 0)) != sqlite3_column_int(rows, 1))
            fail("outcome", sqlite3_column_int(rows, 0), "settled differs for", (const char *)sqlite3_column_text(rows, 2));
    sqlite3_finalize(rows);
}

int main(void)
{
    sqlite3 *db;
    char *wrong = NULL;
    if (sqlite3_open(":memory:", &db) != SQLITE_OK)
        return 1;
    if (sqlite3_exec(db, mxs_schema_sql, NULL, NULL, &wrong) != SQLITE_OK ||
        sqlite3_exec(db, mxs_views_sql, NULL, NULL, &wrong) != SQLITE_OK)
        fail("schema", 0, "does not run", wrong);
    for (size_t i = 0; failures == 0 && i < sizeof tables / sizeof *tables; i++)
        check_table(db, tables[i].table, tables[i].count, tables[i].text);
    check_settled(db);
    check_words();
    sqlite3_free(wrong);
    sqlite3_close(db);
    printf(failures ? "%d differences\n" : "enums and schema agree (%d differences)\n", failures);
    return failures != 0;
}
