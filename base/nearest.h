/* Did-you-mean. A suggestion further away than a third of the word is none: a wrong hint is worse than silence.
 *
 * In         A word somebody typed, and the words it could have been
 * Out        The most likely of them
 * Units      Edits: insert, delete, replace, swap of neighbours
 * Limits     Words of up to MXS_NEAREST_MAX bytes; a longer one has no neighbour
 * Ownership  Views of the candidates
 */
#ifndef MXS_BASE_NEAREST_H
#define MXS_BASE_NEAREST_H

#include <stddef.h>

#define MXS_NEAREST_MAX 64

struct mxs_nearest {
    const char *word;
    const char *best;
    unsigned distance;
};

void mxs_nearest_init(struct mxs_nearest *nearest, const char *word);
void mxs_nearest_put(struct mxs_nearest *nearest, const char *candidate);
/* The nearest candidate so far, or NULL when none is near. */
const char *mxs_nearest_take(const struct mxs_nearest *nearest);
/* Edits between two words; MXS_NEAREST_MAX + 1 when one is too long. */
unsigned mxs_nearest_distance(const char *a, const char *b);

#endif
