#include "scanner/run/internal/policy_votes.h"

#include <stdlib.h>

#include "base/vector.h"

void mxs_policy_votes_open(struct mxs_policy_votes *votes, mxs_store *store)
{
    *votes = (struct mxs_policy_votes){0};
    mxs_query_open(&votes->digest, store, "SELECT digest FROM policy WHERE id = ?1");
}

enum mxs_err mxs_policy_votes_finish(struct mxs_policy_votes *votes, enum mxs_err err, struct mxs_detail *detail)
{
    struct mxs_query *queries[] = {&votes->digest};
    free(votes->votes);
    votes->votes = NULL;
    votes->count = votes->capacity = 0;
    return mxs_query_finish_each(queries, 1, err, detail);
}

bool mxs_policy_votes_put(struct mxs_policy_votes *votes, const struct mxs_journal_row *row)
{
    if (row->pass != MXS_PASS_CONFIRM || row->set == 0 || !mxs_outcome_settled((enum mxs_outcome)row->outcome))
        return true;
    if (!mxs_vector_reserve(&votes->votes, &votes->capacity, votes->count, sizeof *votes->votes))
        return false;
    votes->votes[votes->count++] = (struct mxs_policy_vote){row->subject, row->set, row->resolver};
    return true;
}

static int order(const void *left, const void *right)
{
    const struct mxs_policy_vote *a = left, *b = right;
    if (a->subject != b->subject)
        return a->subject < b->subject ? -1 : 1;
    if (a->resolver != b->resolver)
        return a->resolver < b->resolver ? -1 : 1;
    return a->policy < b->policy ? -1 : a->policy > b->policy;
}

void mxs_policy_votes_sort(struct mxs_policy_votes *votes)
{
    if (votes->count > 1)
        qsort(votes->votes, votes->count, sizeof *votes->votes, order);
}

size_t mxs_policy_votes_end(const struct mxs_policy_votes *votes, size_t first)
{
    size_t end = first;
    while (end < votes->count && votes->votes[end].subject == votes->votes[first].subject)
        end++;
    return end;
}

uint32_t mxs_policy_votes_heard(const struct mxs_policy_votes *votes, size_t first)
{
    uint32_t heard = 0;
    for (size_t at = first, end = mxs_policy_votes_end(votes, first); at < end; at++)
        heard += at == first || votes->votes[at].resolver != votes->votes[at - 1].resolver;
    return heard;
}

/* 0: it is not there, which equals nothing. */
static int64_t digest_of(struct mxs_policy_votes *votes, uint32_t policy, bool *found)
{
    int64_t digest = 0;
    mxs_query_int(&votes->digest, 1, policy);
    if ((*found = mxs_query_next(&votes->digest)))
        digest = mxs_query_column_int(&votes->digest, 0);
    mxs_query_reset(&votes->digest);
    return digest;
}

/* One content may have been given two ids in one run. */
static bool is_same(struct mxs_policy_votes *votes, uint32_t a, uint32_t b)
{
    bool found, other;
    if (a == b)
        return true;
    int64_t digest = digest_of(votes, a, &found);
    return digest == digest_of(votes, b, &other) && found && other;
}

uint32_t mxs_policy_votes_agreed(struct mxs_policy_votes *votes, size_t first)
{
    const struct mxs_policy_vote *all = votes->votes;
    for (size_t at = first, end = mxs_policy_votes_end(votes, first); at < end; at++)
        for (size_t other = at + 1; other < end; other++)
            if (all[at].resolver != all[other].resolver && is_same(votes, all[at].policy, all[other].policy))
                return all[at].policy;
    return 0;
}

uint32_t mxs_policy_votes_decide(struct mxs_policy_votes *votes, size_t first, uint32_t before)
{
    uint32_t agreed = mxs_policy_votes_agreed(votes, first);
    if (agreed != 0)
        return agreed;
    return mxs_policy_votes_heard(votes, first) > 1 && before != 0 ? before : votes->votes[first].policy;
}
