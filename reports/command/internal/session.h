/* What all reading commands do before and after their work.
 *
 * In         The values of a reading command
 * Out        Its store, its sink, its style; and the exit code of whatever went wrong
 * Errors     One sentence on stderr
 * Ownership  open/close
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_COMMAND_INTERNAL_SESSION_H
#define MXS_REPORTS_COMMAND_INTERNAL_SESSION_H

#include "options/option.h"
#include "reports/format/format.h"
#include "reports/data/by.h"

/* Lines for the option tables of reading commands. */
#define MXS_OPTION_RUN {.name = "run", .kind = MXS_OPTION_NUMBER, .argument = "N", .min = 1, .max = INT64_MAX, \
    .group = "Which run", .help = "the run to read; without it the newest complete one"}
#define MXS_OPTION_LIST_NAME {.name = "list", .kind = MXS_OPTION_TEXT, .argument = "NAME", .group = "Which run", \
    .help = "the newest complete run of this list"}
#define MXS_OPTION_WHERE {.name = "where", .kind = MXS_OPTION_LIST, .argument = "FACET=VALUE", .group = "Which " \
    "domains", \
    .help = "only domains with this value of a kept column, repeatable: any of the values of one column, all of " \
        "several columns; FACET= takes those without a value"}
#define MXS_OPTION_BY {.name = "by", .kind = MXS_OPTION_TEXT, .argument = "FACET", .group = "Which domains", \
    .help = "break down by the values of a kept column; FACET:1000,10000 groups numbers between these, FACET:log by " \
        "powers of ten"}
#define MXS_OPTION_OUTPUT {.name = "output", .letter = 'o', .kind = MXS_OPTION_TEXT, .argument = "FILE", \
    .group = "Output", \
    .help = "write here instead of standard output; the file appears once it is complete"}
#define MXS_OPTION_COLOR {.name = "color", .kind = MXS_OPTION_CHOICE, .argument = "WHEN", \
    .choices = "auto|always|never", \
    .fallback = "auto", .group = "Output", .help = "colour in text; NO_COLOR is honoured"}
#define MXS_OPTION_FORMAT(list, first) {.name = "format", .kind = MXS_OPTION_CHOICE, .argument = "FORMAT", \
    .choices = list, \
    .fallback = first, .group = "Output", .help = "output format"}

struct mxs_session {
    const mxs_values *values;
    mxs_store *store;
    mxs_out sink;
    mxs_out *out; /* NULL: not open */
    struct mxs_style style;
    enum mxs_format format;
    struct mxs_detail detail;
    int64_t chosen;     /* domains of --where; -1: all */
    bool usage;         /* what failed is how it was called */
};

/* Opens the database for reading and the sink of --output. */
MXS_CHECK enum mxs_err mxs_session_open(struct mxs_session *session, const mxs_values *values, const char *path);
/* Takes --format and --color, for commands that have both. */
void mxs_session_read_style(struct mxs_session *session);
/* The run of --run and --list; with --where, of its domains only. */
MXS_CHECK enum mxs_err mxs_session_run(struct mxs_session *session, struct mxs_run *run);
/* Of a run found otherwise: what --where says; all_runs as in reports/data/filter. */
MXS_CHECK enum mxs_err mxs_session_filter(struct mxs_session *session, const struct mxs_run *run, bool all_runs);
/* What --by asks, for the format that was read. */
struct mxs_by_ask mxs_session_by(const struct mxs_session *session);
/* Whether --by and --format go together; else says that they do not. */
bool mxs_session_has_by_format(const mxs_values *values);
#define MXS_SESSION_GROUPS 20 /* shown to people */
/* Says, in a text for people, that it is about a choice of domains. */
void mxs_session_put_choice(struct mxs_session *session, enum mxs_escape escape);
/* err is what the work came to. Says what is to be said and returns the exit code. */
int mxs_session_close(struct mxs_session *session, enum mxs_err err);

/* One sentence on stderr, made printable. */
void mxs_session_write_error(const char *text);

#endif
