#include "scanner/checks/registry.h"

#include <stdio.h>
#include <string.h>

#include "db/query.h"

/* A row each. Rows of one option stand together; a new option goes to the end, because registry.h names bits by their
 * position. */
#define CHECKS(X) \
    X(mx) X(host) X(spf) X(dmarc) X(dkim) X(bimi) X(mailbox) X(posture) X(mta_sts) X(tlsa) X(tls_rpt) X(caa) X(smtp)

#define DECLARE(name) extern const struct mxs_check mxs_check_##name;
CHECKS(DECLARE)
#define ROW(name) &mxs_check_##name,
static const struct mxs_check *const checks[] = {CHECKS(ROW)};
#define COUNT (sizeof checks / sizeof *checks)

uint32_t mxs_checks_count(void) { return COUNT; }
const struct mxs_check *mxs_checks_at(uint32_t index) { return checks[index]; }

const struct mxs_check *mxs_checks_find_ask(uint8_t ask)
{
    for (size_t i = 0; i < COUNT; i++)
        if (ask < MXS_ASK_COUNT && (checks[i]->asks >> ask & 1))
            return checks[i];
    return NULL;
}

/* --- options --- */

unsigned mxs_checks_bit(const struct mxs_check *check)
{
    unsigned bit = 1;
    const char *last = NULL;
    for (size_t i = 0; i < COUNT; i++) {
        if (last != NULL && strcmp(last, checks[i]->option) != 0)
            bit <<= 1;
        last = checks[i]->option;
        if (strcmp(last, check->option) == 0)
            return bit;
    }
    return 0;
}

unsigned mxs_checks_parse_word(struct mxs_text word)
{
    bool all = mxs_text_equal(word, MXS_TEXT("all"));
    unsigned bits = 0;
    for (size_t i = 0; i < COUNT; i++)
        if (all ? !checks[i]->explicit_only : mxs_text_equal(word, mxs_text_of(checks[i]->option)))
            bits |= mxs_checks_bit(checks[i]);
    return bits;
}

unsigned mxs_checks_parse(const char *list)
{
    unsigned bits = 0;
    for (const char *at = list; *at != '\0';) {
        size_t size = strcspn(at, ",");
        bits |= mxs_checks_parse_word((struct mxs_text){at, (uint32_t)size});
        at += size + (at[size] == ',');
    }
    return bits;
}

/* The options among bits, each once; separator between them. */
static bool write_words(unsigned bits, const char *separator, char *out, size_t size_bytes)
{
    size_t used = 0;
    unsigned told = 0;
    out[0] = '\0';
    for (size_t i = 0; i < COUNT; i++) {
        unsigned bit = mxs_checks_bit(checks[i]);
        if (!(bits & bit) || (told & bit))
            continue;
        int size = snprintf(out + used, size_bytes - used, "%s%s", told == 0 ? "" : separator, checks[i]->option);
        if (size < 0 || (size_t)size >= size_bytes - used)
            return false;
        used += (size_t)size;
        told |= bit;
    }
    return true;
}

bool mxs_checks_text(unsigned options, char *out, size_t size_bytes)
{
    return write_words(options, ",", out, size_bytes);
}

const char *mxs_checks_words(void)
{
    static _Thread_local char words[MXS_OPTIONS_MAX * 16];
    bool fits = write_words(~0u, ", ", words, sizeof words);
    MXS_ASSERT(fits);
    return words;
}

bool mxs_checks_ask(unsigned options, enum mxs_subject subject)
{
    for (size_t i = 0; i < COUNT; i++)
        if (checks[i]->subject == subject && checks[i]->begin != NULL && (mxs_checks_bit(checks[i]) & options))
            return true;
    return false;
}

#define FNV_PRIME 16777619u /* FNV-1a */

static uint32_t mix(uint32_t sum, const struct mxs_finding *findings, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        sum = (sum ^ (findings[i].code << 3 | findings[i].severity)) * FNV_PRIME;
    return sum;
}

uint32_t mxs_checks_findings_digest(void)
{
    uint32_t sum = (2166136261u ^ MXS_SINGLE_COUNT) * FNV_PRIME;
    sum = mix(sum, mxs_findings, mxs_findings_count);
    for (size_t i = 0; i < COUNT; i++)
        sum = mix(sum, checks[i]->findings, checks[i]->finding_count);
    for (size_t i = 0; i < COUNT; i++)
        for (uint8_t m = 0; m < checks[i]->measure_count; m++)
            sum = (sum ^ checks[i]->measures[m].id) * FNV_PRIME;
    return sum;
}

/* --- word tables --- */

static void put_text(struct mxs_query *query, int column, const char *text)
{
    mxs_query_text(query, column, text, text == NULL ? 0 : strlen(text));
}

static void put_findings(struct mxs_query *query, const struct mxs_finding *findings, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        mxs_query_int(query, 1, findings[i].code);
        put_text(query, 2, findings[i].name);
        mxs_query_int(query, 3, findings[i].severity);
        put_text(query, 4, findings[i].sentence);
        put_text(query, 5, findings[i].advice);
        mxs_query_run(query);
    }
}

static void put_measures(struct mxs_query *measure, struct mxs_query *word, const struct mxs_check *check)
{
    for (uint8_t i = 0; i < check->measure_count; i++) {
        const struct mxs_measure *one = &check->measures[i];
        mxs_query_int(measure, 1, one->id);
        put_text(measure, 2, one->name);
        put_text(measure, 3, one->title);
        put_text(measure, 4, check->option);
        mxs_query_int(measure, 5, one->receiving);
        mxs_query_run(measure);
        for (int position = 0; one->words[position].name != NULL; position++) {
            mxs_query_int(word, 1, one->id);
            mxs_query_int(word, 2, one->words[position].value);
            put_text(word, 3, one->words[position].name);
            put_text(word, 4, one->words[position].title);
            mxs_query_int(word, 5, position);
            mxs_query_run(word);
        }
    }
}

static void put_columns(struct mxs_query *query, const struct mxs_check *check)
{
    for (uint8_t i = 0; i < check->column_count; i++) {
        const struct mxs_check_column *column = &check->columns[i];
        mxs_query_int(query, 1, column->id);
        put_text(query, 2, column->name);
        put_text(query, 3, column->path);
        put_text(query, 4, check->option);
        mxs_query_int(query, 5, check->subject == MXS_SUBJECT_HOST);
        put_text(query, 6, column->empty);
        put_text(query, 7, column->absent);
        put_text(query, 8, column->csv);
        mxs_query_int(query, 9, column->line);
        mxs_query_run(query);
    }
}

static enum mxs_err write_rows(mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query queries[4];
    mxs_query_open(&queries[0], store, "INSERT OR REPLACE INTO finding VALUES (?1, ?2, ?3, ?4, ?5)");
    mxs_query_open(&queries[1], store, "INSERT OR REPLACE INTO measure VALUES (?1, ?2, ?3, ?4, ?5)");
    mxs_query_open(&queries[2], store, "INSERT OR REPLACE INTO measure_word VALUES (?1, ?2, ?3, ?4, ?5)");
    mxs_query_open(&queries[3], store,
                   "INSERT OR REPLACE INTO policy_column VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    put_findings(&queries[0], mxs_findings, mxs_findings_count);
    for (size_t i = 0; i < COUNT; i++) {
        put_findings(&queries[0], checks[i]->findings, checks[i]->finding_count);
        put_measures(&queries[1], &queries[2], checks[i]);
        put_columns(&queries[3], checks[i]);
    }
    enum mxs_err err = MXS_OK;
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        enum mxs_err end = mxs_query_finish(&queries[i], err == MXS_OK ? detail : NULL);
        err = err == MXS_OK ? end : err;
    }
    return err;
}

enum mxs_err mxs_checks_write(mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_begin(store, detail);
    if (err != MXS_OK)
        return err;
    err = write_rows(store, detail);
    return mxs_store_end(store, err, detail);
}
