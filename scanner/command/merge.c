/* merge: the databases of shards become one, as if one machine had scanned. */
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "base/out.h"
#include "scanner/command/command.h"
#include "scanner/run/failure.h"
#include "scanner/run/confine.h"
#include "scanner/run/merging.h"

static int run_merge(const mxs_values *values, int argc, char *const *argv)
{
    struct mxs_detail detail = {0};
    struct mxs_merged merged;
    struct mxs_merging merging = {.out = argv[0],
                                  .paths = argv + 1,
                                  .count = argc - 1,
                                  .list = mxs_values_text(values, "list"),
                                  .partial = mxs_values_flag(values, "partial")};
    merging.settings = (struct mxs_settings){.rules = mxs_values_text(values, "rules"),
                                             .psl = mxs_values_text(values, "psl"),
                                             .asn_db = mxs_values_text(values, "asn-db"),
                                             .quiet = mxs_values_flag(values, "quiet"),
                                             .verbose = mxs_values_flag(values, "verbose"),
                                             .sandbox = "off",
                                             .shard = {1, 1},
                                             .scheduler = {.concurrency = 1}};
    mxs_failure_init(values);
    mxs_confine_reader((const char *const *)argv, (size_t)argc);
    enum mxs_err err = mxs_merging_run(&merging, &merged, &detail);
    if (err != MXS_OK)
        return mxs_failure_put(err, merged.usage, &detail);
    if (!merging.settings.quiet) {
        char number[32], text[200];
        printf("%s: run %" PRId64 ", %s names of %u of %u shards\n", argv[0], merged.run,
               mxs_count_text(merged.accepted, number, sizeof number), merged.shards, merged.of);
        if (merged.hosts_asked > 0)
            printf("%s\n", mxs_merging_agreement_text(text, sizeof text, "an MX host was asked", merged.hosts_asked,
                                                      merged.hosts_same));
    }
    return MXS_EXIT_DONE;
}

static const struct mxs_option merge_options[] = {
    {"partial", 0, MXS_OPTION_FLAG, NULL, NULL, 0, 0, NULL, "Data",
     "go on where shards are missing, unfinished or damaged; the run is marked as not fit to compare"},
    {"list", 0, MXS_OPTION_TEXT, "NAME", NULL, 0, 0, NULL, "Data",
     "the list whose newest runs are merged; without it, that of the first database's newest run"},
    {"rules", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, "Data",
     "provider rules that the shards were scanned with, if not the built-in ones"},
    {"psl", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, "Data",
     "public suffix list that they were scanned with, if not the system's"},
    {"asn-db", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, "Data", "MMDB that they were scanned with, if any"},
    {"quiet", 'q', MXS_OPTION_FLAG, NULL, NULL, 0, 0, NULL, "Output", "say nothing but errors"},
    {"verbose", 'v', MXS_OPTION_FLAG, NULL, NULL, 0, 0, NULL, "Output", "say more on standard error"},
};

const struct mxs_command mxs_merge_command = {
    .name = "merge",
    .arguments = "[options] OUT DB...",
    .summary = "join the databases of shards into one, as if one machine had done the scan",
    .examples = "mxsurvey merge survey.db shard-*.db\n"
                "mxsurvey merge --partial survey.db shard-1.db shard-3.db\n",
    .options = merge_options,
    .option_count = sizeof merge_options / sizeof merge_options[0],
    .arguments_min = 2,
    .arguments_max = MXS_MERGE_MAX,
    .run = run_merge,
};
