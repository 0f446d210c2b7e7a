#include "db/words.h"

#include <string.h>

#include "db/query.h"
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

enum mxs_err mxs_words_write(mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (size_t i = 0; err == MXS_OK && i < mxs_vocabulary_count; i++)
        err = write_table(store, &mxs_vocabulary[i], detail);
    return err;
}
