#include "scanner/run/internal/host_answers.h"

#include <stdlib.h>

#include "base/vector.h"
#include "scanner/write/journal.h"

static bool put_alias(struct mxs_host_answers *answers, uint32_t host, struct mxs_text alias)
{
    if (!mxs_vector_reach(&answers->aliases, &answers->alias_count, host, sizeof *answers->aliases))
        return false;
    if (answers->aliases[host].data != NULL && mxs_text_equal(answers->aliases[host], alias))
        return true;
    struct mxs_text copy = mxs_arena_text(&answers->arena, alias);
    if (copy.data != NULL)
        answers->aliases[host] = copy;
    return copy.data != NULL;
}

static bool put(struct mxs_host_answers *answers, uint32_t host, uint16_t type, enum mxs_outcome outcome,
                bool authenticated, struct mxs_text alias)
{
    if (answers->arena.block_bytes == 0)
        mxs_arena_init(&answers->arena, 4096, 0);
    return (alias.data == NULL || put_alias(answers, host, alias)) &&
           (outcome != MXS_ANSWERED || mxs_bits_put(&answers->chosen, host)) &&
           (authenticated || mxs_bits_put(&answers->insecure, host)) &&
           mxs_bits_put(&answers->known[type == MXS_TYPE_AAAA], host);
}

bool mxs_host_answers_put(struct mxs_host_answers *answers, const struct mxs_question *question,
                          const struct mxs_answer *answer)
{
    return put(answers, question->subject, question->type, answer->outcome, answer->authenticated, answer->alias);
}

enum mxs_err mxs_host_answers_read(struct mxs_host_answers *answers, mxs_store *store, int64_t run,
                                   const struct mxs_dictionary *dictionary, struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true;
    mxs_journal_open(&journal, store, run, MXS_JOURNAL_HOSTS);
    while (memory && (row = mxs_journal_next(&journal)) != NULL) {
        struct mxs_text alias =
            row->alias == 0 ? (struct mxs_text){NULL, 0} : mxs_dictionary_text_of(dictionary, row->alias);
        memory = row->type == 0 ||
                 put(answers, row->subject, row->type, (enum mxs_outcome)row->outcome, row->authenticated, alias);
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, NULL) : err;
}

void mxs_host_answers_finish(struct mxs_host_answers *answers)
{
    struct mxs_bits *const bits[] = {&answers->known[0], &answers->known[1], &answers->chosen, &answers->insecure};
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
        mxs_bits_finish(bits[i]);
    if (answers->arena.block_bytes != 0)
        mxs_arena_finish(&answers->arena);
    free(answers->aliases);
    *answers = (struct mxs_host_answers){0};
}
