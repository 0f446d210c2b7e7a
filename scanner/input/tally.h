/* Whether what was read is a list of names: told by the run, which is not made otherwise, and by plan before it.
 *
 * In         The entries of a list, or of a list in a zip
 * Out        How many there are, and are refused; MXS_ERR_INPUT where nearly none is a name
 * Ownership  Zeroed at the start
 * Threads    One at a time. Pure
 */
#ifndef MXS_SCANNER_INPUT_TALLY_H
#define MXS_SCANNER_INPUT_TALLY_H

#include "model/domain.h"
#include "scanner/input/list.h"

struct mxs_list_tally {
    uint64_t entries, refused;
    uint64_t several_fields; /* refused for these */
    uint64_t labels;         /* names that are one label */
    uint64_t words;          /* of them those that are no top-level domain */
    uint64_t word_line;      /* of the first of these */
    bool headed;             /* the first entry is one label */
};

void mxs_list_tally_put(struct mxs_list_tally *tally, const mxs_suffixes *suffixes, const struct mxs_entry *entry);
/* Words alone are names to whoever says of what form the list is, or where in it they stand. path: for the message. */
MXS_CHECK enum mxs_err mxs_list_tally_judge(const struct mxs_list_tally *tally, const struct mxs_list_options *options,
                                            const char *path, struct mxs_detail *detail);

/* What should be known of names that are one label among names with dots; false: nothing. */
bool mxs_list_tally_sentence(const struct mxs_list_tally *tally, const struct mxs_list_options *options,
                             char out[MXS_LIST_SENTENCE_SIZE]);

/* Of so many lists without a single line, of which the first is named: a run of nothing would stand between two nights,
 * and hide what changed. */
MXS_CHECK enum mxs_err mxs_list_tally_refuse_empty(const char *first, int count, struct mxs_detail *detail);

#endif
