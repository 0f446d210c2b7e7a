#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "reports/command/command.h"
#include "reports/data/prune.h"
#include "reports/command/internal/session.h"

#define DAY_S 86400
#define KEEP_MAX 1000000

static const struct mxs_option prune_options[] = {
    {.name = "keep",
     .kind = MXS_OPTION_TEXT,
     .argument = "N|Nd",
     .group = "What stays",
     .help = "the N newest complete runs of each list, or those of the last N days; the newest always stays"},
    {.name = "run",
     .kind = MXS_OPTION_NUMBER,
     .argument = "N",
     .group = "What stays",
     .min = 1,
     .max = 1000000000,
     .help = "forget only this run; the runs before and after it are compared with each other from then on"},
    {.name = "list",
     .kind = MXS_OPTION_TEXT,
     .argument = "NAME",
     .group = "What stays",
     .help = "only forget runs of this list"},
};

/* "30" runs or "30d" days. */
static bool parse_keep(const char *text, struct mxs_prune_options *options)
{
    char *end;
    errno = 0;
    long long number = text[0] >= '0' && text[0] <= '9' ? strtoll(text, &end, 10) : 0;
    if (number < 1 || number > KEEP_MAX || errno != 0)
        return false;
    bool days = strcmp(end, "d") == 0;
    options->runs = days ? 0 : number;
    options->since = days ? (int64_t)time(NULL) - number * DAY_S : 0;
    return days || *end == '\0';
}

static void put_result(const struct mxs_prune_result *result)
{
    printf("forgot %lld run%s, kept %lld; %.1f MB -> %.1f MB%s\n", (long long)result->forgotten,
           result->forgotten == 1 ? "" : "s", (long long)result->kept, (double)result->before_bytes / 1e6,
           (double)result->after_bytes / 1e6, result->kept == 0 ? "; no complete run is left" : "");
}

static enum mxs_err prune(const char *path, const struct mxs_prune_options *options, struct mxs_detail *detail)
{
    struct mxs_prune_result result;
    mxs_store *store = NULL;
    /* Opening for writing would make a new database: a wrong name must not. */
    enum mxs_err err = mxs_store_open_read(&store, path, detail);
    mxs_store_close(&store);
    if (err == MXS_OK)
        err = mxs_store_open(&store, path, detail);
    if (err == MXS_OK) {
        mxs_store_set_work(store, MXS_WORK_PRUNING);
        err = mxs_store_sort_on_disk(store, detail); /* what stays is collected by name */
    }
    if (err == MXS_OK)
        err = mxs_prune_run(store, options, &result, detail);
    mxs_store_close(&store);
    if (err == MXS_OK)
        put_result(&result);
    return err;
}

static int run_prune(const mxs_values *values, int argc, char *const *argv)
{
    (void)argc;
    struct mxs_detail detail;
    const char *keep = mxs_values_text(values, "keep");
    struct mxs_prune_options options = {.list = mxs_values_text(values, "list")};
    if (mxs_values_given(values, "run")) {
        options.one = mxs_values_number(values, "run");
        if (keep != NULL || options.list != NULL) {
            mxs_session_write_error("--run forgets one run: leave out --keep and --list");
            return MXS_EXIT_USAGE;
        }
    } else if (keep == NULL || !parse_keep(keep, &options)) {
        mxs_session_write_error(keep == NULL
                                    ? "say what stays: --keep 30 (runs) or --keep 90d (days); or which goes: --run N"
                                    : "--keep takes a number of runs (30) or of days (90d), at least 1");
        return MXS_EXIT_USAGE;
    }
    if (prune(argv[0], &options, &detail) == MXS_OK)
        return MXS_EXIT_DONE;
    mxs_session_write_error(detail.text);
    return MXS_EXIT_FAILED;
}

const struct mxs_command mxs_prune_command = {
    .name = "prune",
    .arguments = "DB --keep N|Nd | --run N",
    .summary = "forget old runs and shrink the file",
    .examples = "mxsurvey prune survey.db --keep 30\n"
                "mxsurvey prune survey.db --keep 90d --list customers\n"
                "mxsurvey prune survey.db --run 17\n",
    .options = prune_options,
    .option_count = sizeof prune_options / sizeof *prune_options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_prune,
};
