/* The inside of mxs_values, shared by the files of this room only. Whoever sets a value says its rank; a lower rank
 * never replaces a higher one, an equal rank appends to a list and replaces anything else.
 *
 * In         One option's text, from wherever it came
 * Out        The option's value, checked against its table row
 * Units      As the option
 * Errors     MXS_ERR_INPUT: a sentence that begins with where the text stood; MXS_ERR_MEMORY
 * Ownership  Everything kept ends with the values
 * Threads    One at a time
 */
#ifndef MXS_OPTIONS_VALUES_H
#define MXS_OPTIONS_VALUES_H

#include "options/option.h"

enum mxs_rank { /* what stands later wins */
    MXS_RANK_DEFAULT,
    MXS_RANK_SYSTEM_FILE_SHARED, /* another command's section */
    MXS_RANK_SYSTEM_FILE,
    MXS_RANK_SYSTEM_FILE_LIST, /* its [list:NAME] */
    MXS_RANK_USER_FILE_SHARED,
    MXS_RANK_USER_FILE,
    MXS_RANK_USER_FILE_LIST,
    MXS_RANK_NAMED_FILE_SHARED,
    MXS_RANK_NAMED_FILE,
    MXS_RANK_NAMED_FILE_LIST,
    MXS_RANK_ENVIRONMENT,
    MXS_RANK_FLAG,
};

struct mxs_value {
    const char **texts;
    size_t count, capacity;
    int64_t number;
    bool flag;
    enum mxs_rank rank;
    const char *origin;
};

struct mxs_kept_text;

struct mxs_values {
    const struct mxs_program *program;
    const struct mxs_command *command;
    struct mxs_value *items; /* in the order of mxs_option_at */
    size_t count;
    struct mxs_kept_text *kept;
    char **argv;
    const char *json;
};

/* The options of a command: its own, then those every command has. */
size_t mxs_option_count(const struct mxs_command *command);
const struct mxs_option *mxs_option_at(const struct mxs_command *command, size_t index);
/* Its argument may be left out. */
bool mxs_option_may_be_bare(const struct mxs_option *option);
/* Its index, or -1. */
int mxs_option_find(const struct mxs_command *command, const char *name);

/* A copy that lives as long as the values; NULL: no memory. */
const char *mxs_values_keep(mxs_values *values, const char *text);
MXS_CHECK enum mxs_err mxs_values_put(mxs_values *values, size_t index, const char *text, enum mxs_rank rank,
                                      const char *origin, struct mxs_detail *detail);
/* Writes values->json. */
MXS_CHECK enum mxs_err mxs_values_write_json(mxs_values *values);

#endif
