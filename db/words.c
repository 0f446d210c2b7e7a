#include "db/words.h"

#include <string.h>

#include "base/intern.h"
#include "db/query.h"
#include "model/findings.h"
#include "model/vocabulary.h"

enum { NUMBER = 1, NAME = 2, FIRST_FLAG = 3 };

static enum mxs_err write_table(mxs_store *store, const struct mxs_words *table, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store, table->insert);
    for (size_t i = 0; i < table->count; i++) {
        const struct mxs_word *word = &table->words[i];
        mxs_query_int(&query, NUMBER, (int64_t)i);
        mxs_query_text(&query, NAME, word->name, strlen(word->name));
        for (size_t flag = 0; flag < table->flag_count; flag++)
            mxs_query_int(&query, FIRST_FLAG + (int)flag, word->flags[flag]);
        mxs_query_run(&query);
    }
    return mxs_query_finish(&query, detail);
}

static enum mxs_err write_findings(mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(
        &query, store,
        "INSERT OR REPLACE INTO finding (code, name, severity, sentence, advice) VALUES (?1, ?2, ?3, ?4, ?5)");
    for (unsigned i = 0; i < mxs_findings_count; i++) {
        const struct mxs_finding *finding = &mxs_findings[i];
        mxs_query_int(&query, 1, finding->code);
        mxs_query_text(&query, 2, finding->name, strlen(finding->name));
        mxs_query_int(&query, 3, finding->severity);
        mxs_query_text(&query, 4, finding->sentence, strlen(finding->sentence));
        mxs_query_text(&query, 5, finding->advice, strlen(finding->advice));
        mxs_query_run(&query);
    }
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_words_write(mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (size_t i = 0; err == MXS_OK && i < mxs_vocabulary_count; i++)
        err = write_table(store, &mxs_vocabulary[i], detail);
    return err == MXS_OK ? write_findings(store, detail) : err;
}

uint64_t mxs_words_digest(void)
{
    static const uint64_t key[2] = {0x6d78737572766579, 0x776f7264732e2e2e};
    uint64_t sum = 0;
    for (size_t i = 0; i < mxs_vocabulary_count; i++)
        for (size_t k = 0; k < mxs_vocabulary[i].count; k++)
            sum = sum * 31 + mxs_hash(key, mxs_vocabulary[i].words[k].name, strlen(mxs_vocabulary[i].words[k].name));
    for (unsigned i = 0; i < mxs_findings_count; i++) {
        const struct mxs_finding *finding = &mxs_findings[i];
        const char *const told[] = {finding->name, finding->sentence, finding->advice};
        for (size_t k = 0; k < sizeof told / sizeof *told; k++)
            sum = sum * 31 + mxs_hash(key, told[k], strlen(told[k])) + finding->severity;
    }
    return sum;
}
