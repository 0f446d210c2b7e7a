/* One table per command drives parsing, --help, configuration keys and completions. Precedence: flag,
 * MXSURVEY_*, --config FILE, $XDG_CONFIG_HOME/mxsurvey.ini, /etc/mxsurvey.ini, default. Every command has
 * -h, --help and --config without naming them.
 *
 * Spec       POSIX.1 utility syntax guidelines, with long options
 * In         Command tables, argv, environment, INI files
 * Out        The value of every option of a command, and where it came from
 * Units      In each option's help
 * Errors     MXS_ERR_INPUT with a sentence that names the nearest right option or choice
 * Ownership  create/destroy; texts live as long as the values
 * Threads    Any, after create
 */
#ifndef MXS_OPTIONS_OPTION_H
#define MXS_OPTIONS_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum mxs_option_kind { MXS_OPTION_FLAG, MXS_OPTION_NUMBER, MXS_OPTION_TEXT, MXS_OPTION_CHOICE, MXS_OPTION_LIST };

struct mxs_option {
    const char *name;      /* "resolver-rate" */
    char letter;           /* 0: none */
    enum mxs_option_kind kind;
    const char
        *argument; /* "QPS"; NULL for a flag; "[=N]" may be left out, which means min, and is given as --name=N alone */
    const char *fallback;  /* default as text, NULL: not set */
    int64_t min, max;      /* of a number; both 0: any */
    const char *choices;   /* "auto|always|never" */
    const char *group;     /* heading in --help */
    const char *help;      /* one sentence, without the default */
};

typedef struct mxs_values mxs_values;

struct mxs_command {
    const char *name;
    const char *arguments; /* "[options] INPUT..." */
    const char *summary;   /* one line */
    const char *examples;  /* shown first in --help; one per line, may be NULL */
    const struct mxs_option *options;
    size_t option_count;
    int arguments_min, arguments_max; /* max -1: any number */
    /* What completions offer, one by one until NULL; of: an option's name, or "1", "2" ... of an argument. Further
     * words are allowed. May be NULL. */
    const char *(*words)(const char *of, size_t index);
    /* Options that it takes beside what it looks at, since another command's line may be tried with it: help leaves
     * them out, and names that command. NULL: there are none. */
    const char *const *borrowed; /* names, until NULL */
    const char *lender;
    /* Options that the section of that command in a file sets for this one, too, unless its own does: for what both
     * must mean alike. sharer NULL: there are none; shared NULL: all that both have. */
    const char *const *shared; /* names, until NULL */
    const char *sharer;
    const char *listed; /* help lists the words of argument 2 under this title; NULL: it does not */
    int (*run)(const mxs_values *values, int argc, char *const *argv); /* the arguments; returns the exit code */
};

/* Exit codes: promises to scripts. */
enum { MXS_EXIT_DONE = 0, MXS_EXIT_FAILED = 1, MXS_EXIT_USAGE = 2, MXS_EXIT_DEGRADED = 3, MXS_EXIT_CHANGES = 4,
       MXS_EXIT_STOPPED = 75, MXS_EXIT_INTERRUPTED = 130 };

/* All commands of a program: what did-you-mean, completions and a configuration file are judged against. */
struct mxs_program {
    const char *name;     /* "mxsurvey"; upper case and '_' it begins the environment variables */
    const char *summary;
    const char *examples; /* one per line, may be NULL */
    const struct mxs_command *const *commands;
    size_t command_count;
};

/* Parses argv[1..] (argv[0] is the command's name); the arguments begin at (*argv_rest)[0] and belong to the values.
 * MXS_ERR_END: --help was asked for, *out is NULL. A command alone is judged without its siblings. */
MXS_CHECK enum mxs_err mxs_values_create_in(mxs_values **out, const struct mxs_program *program,
                                            const struct mxs_command *command, int argc, char *const *argv,
                                            int *argc_rest, char *const **argv_rest, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_values_create(mxs_values **out, const struct mxs_command *command, int argc,
                                         char *const *argv, int *argc_rest, char *const **argv_rest,
                                         struct mxs_detail *detail);
void mxs_values_destroy(mxs_values **values);

/* A name that is not in the command's table is a bug. */
bool mxs_values_flag(const mxs_values *values, const char *name);
int64_t mxs_values_number(const mxs_values *values, const char *name);
const char *mxs_values_text(const mxs_values *values, const char *name); /* NULL: not set */
size_t mxs_values_count(const mxs_values *values, const char *name);     /* of a list */
const char *mxs_values_at(const mxs_values *values, const char *name, size_t index);
bool mxs_values_given(const mxs_values *values, const char *name);       /* not the default */
/* Who set it: "--rate", "MXSURVEY_RATE", "/etc/mxsurvey.ini:12", "default". */
const char *mxs_values_origin(const mxs_values *values, const char *name);
/* Every option in force as a JSON object, in the order of the table, for the run's record. Owned by values. */
const char *mxs_values_json(const mxs_values *values);

#endif
