/* A section is a command's name, or "list:NAME" for what holds only when that list is in force. Keys are the long
 * names of options. Nothing in a file is ever ignored silently: an unknown section, an unknown key, a line that is too
 * long, a key given twice is an error.
 *
 * Spec       INI: [section], key = value, comments with ';' or '#'
 * In         mxsurvey.ini files
 * Out        Entries, in order, each with its file and line
 * Units      Lines count from 1
 * Limits     Lines of MXS_CONFIG_LINE_MAX bytes (inih's), files of MXS_CONFIG_ENTRIES_MAX entries
 * Errors     MXS_ERR_INPUT with file and line, MXS_ERR_MEMORY
 * Ownership  init/finish
 * Threads    One at a time
 * Bugs       inih cuts a value at " ;": such a value can only be given as a flag or in the environment
 */
#ifndef MXS_OPTIONS_INTERNAL_CONFIG_H
#define MXS_OPTIONS_INTERNAL_CONFIG_H

#include "options/values.h"

#define MXS_CONFIG_LINE_MAX 197
#define MXS_CONFIG_ENTRIES_MAX 10000

struct mxs_config_entry {
    char *section, *key, *value;
    uint64_t line;
};

struct mxs_config {
    const char *path;
    struct mxs_config_entry *entries;
    size_t count, capacity;
};

/* path must outlive the config. */
void mxs_config_init(struct mxs_config *config, const char *path);
/* A file that is not there is an error only when required. Every entry is judged against the program. */
MXS_CHECK enum mxs_err mxs_config_read(struct mxs_config *config, const struct mxs_program *program, bool required,
                                       struct mxs_detail *detail);
void mxs_config_finish(struct mxs_config *config);
/* The value of a command's single-valued key in this file, or NULL. */
const char *mxs_config_find(const struct mxs_config *config, const char *section, const char *key);
/* Puts the entries of the section kind and name together make that are options of the command, and named in only where
 * that is not NULL. */
#define MXS_CONFIG_LIST "list:"
MXS_CHECK enum mxs_err mxs_config_apply(const struct mxs_config *config, mxs_values *values, const char *kind,
                                        const char *name, const char *const *only, enum mxs_rank rank,
                                        struct mxs_detail *detail);

#endif
