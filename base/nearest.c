/* The optimal string alignment distance: Levenshtein's, with a swap of neighbours as one edit, because swapped
 * letters are what fingers do most. A prefix ("res" for "resolver") counts as one edit per three letters missing, so
 * that a word begun and not finished finds its whole. */
#include "base/nearest.h"

#include <string.h>

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

unsigned mxs_nearest_distance(const char *a, const char *b)
{
    size_t a_size = strlen(a), b_size = strlen(b);
    if (a_size > MXS_NEAREST_MAX || b_size > MXS_NEAREST_MAX)
        return MXS_NEAREST_MAX + 1;
    unsigned rows[3][MXS_NEAREST_MAX + 1];
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= b_size; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= a_size; i++) {
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= b_size; j++) {
            unsigned change = a[i - 1] != b[j - 1];
            now[j] = least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
        unsigned *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b_size];
}

void mxs_nearest_init(struct mxs_nearest *nearest, const char *word)
{
    nearest->word = word;
    nearest->best = NULL;
    nearest->distance = MXS_NEAREST_MAX + 1;
}

void mxs_nearest_put(struct mxs_nearest *nearest, const char *candidate)
{
    unsigned distance = mxs_nearest_distance(nearest->word, candidate);
    size_t typed = strlen(nearest->word);
    if (typed >= 3 && strlen(candidate) > typed && strncmp(nearest->word, candidate, typed) == 0)
        distance = least(distance, (unsigned)(strlen(candidate) - typed + 2) / 3);
    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->best = candidate;
    }
}

const char *mxs_nearest_take(const struct mxs_nearest *nearest)
{
    unsigned allowed = (unsigned)strlen(nearest->word) / 3;
    if (allowed < 2)
        allowed = strlen(nearest->word) < 3 ? 1 : 2;
    return nearest->best != NULL && nearest->distance <= allowed ? nearest->best : NULL;
}
