/* recursor: the configuration that --recursor would start here, to be read, or to be used by a service of one's own. */
#include <stdio.h>
#include <string.h>

#include "scanner/command/command.h"
#include "scanner/recursor/recursor.h"
#include "scanner/run/failure.h"

static const struct mxs_option recursor_options[] = {
    {"threads", 0, MXS_OPTION_NUMBER, "N", "0", 0, 64, NULL, "Size",
     "threads of Unbound; 0: one fewer than there are cores"},
    {"concurrency", 0, MXS_OPTION_NUMBER, "N", "4096", 1, 200000, NULL, "Size",
     "most questions that its scans will have in flight"},
    {"checks", 0, MXS_OPTION_TEXT, "LIST", "mx,host", 0, 0, NULL, "What is asked",
     "checks that its scans make: transport needs validation"},
    {"recursor-hints", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, "A closed network",
     "root servers instead of the public ones"},
    {"recursor-anchor", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, "A closed network",
     "trust anchors instead of the root's"},
};

static void print_head(const struct mxs_recursor_machine *machine, const struct mxs_recursor_config *config,
                       const char *checked)
{
    printf("# Unbound as the recursor of a survey, made for this machine: %u core%s, %llu MB of memory, %llu open "
           "files.\n",
           machine->cores, machine->cores == 1 ? "" : "s", (unsigned long long)(machine->memory_bytes >> 20),
           (unsigned long long)machine->descriptors);
    printf("# It takes %llu MB at most (caches %llu MB), one core a thread, and finds about %u names a second that it "
           "does not know\n"
           "# yet (MX alone; a name with its MX hosts and policies is several questions).\n",
           (unsigned long long)(config->memory_bytes >> 20), (unsigned long long)(config->cache_bytes >> 20),
           config->names_per_s);
    printf("# `mxsurvey scan --recursor` starts the same for one scan. For a service of your own: install unbound, "
           "write this to\n"
           "# /etc/unbound/unbound.conf.d/mxsurvey.conf, `systemctl restart unbound`, and scan with `-r 127.0.0.1`.\n# "
           "%s\n",
           checked);
}

static int run_recursor(const mxs_values *values, int argc, char *const *argv)
{
    static char text[MXS_RECURSOR_TEXT_SIZE];
    struct mxs_recursor_machine machine;
    static struct mxs_recursor_config config;
    struct mxs_detail detail = {0};
    const char *checks = mxs_values_text(values, "checks");
    struct mxs_recursor_options options = {
        .threads = (uint32_t)mxs_values_number(values, "threads"),
        .in_flight = (uint32_t)mxs_values_number(values, "concurrency"),
        .validate = strstr(checks, "transport") != NULL || strcmp(checks, "all") == 0,
        .hints = mxs_values_text(values, "recursor-hints"),
        .anchor = mxs_values_text(values, "recursor-anchor"),
    };
    (void)argc, (void)argv;
    mxs_recursor_machine_read(&machine);
    enum mxs_err err = mxs_recursor_config_init(&config, &machine, &options, &detail);
    if (err != MXS_OK)
        return mxs_failure_put(err, err == MXS_ERR_INPUT, &detail);
    err = mxs_recursor_check(&config, &detail);
    if (err != MXS_OK && err != MXS_ERR_INPUT) /* INPUT: no checker is installed */
        return mxs_failure_put(err, false, &detail);
    print_head(&machine, &config,
               err == MXS_OK
                   ? "unbound-checkconf of this machine has looked at it."
                   : "Not looked at by unbound-checkconf, which is not installed: `sudo apt-get install unbound`.");
    size_t size = mxs_recursor_config_text(&config, 0, text);
    return fwrite(text, 1, size, stdout) == size ? MXS_EXIT_DONE : MXS_EXIT_FAILED;
}

const struct mxs_command mxs_recursor_command = {
    .name = "recursor",
    .arguments = "[options]",
    .summary = "print the configuration of Unbound that scan --recursor would start, for a service of your own",
    .examples = "mxsurvey recursor | sudo tee /etc/unbound/unbound.conf.d/mxsurvey.conf\n"
                "mxsurvey recursor --threads 8 --checks all\n",
    .options = recursor_options,
    .option_count = sizeof recursor_options / sizeof *recursor_options,
    .arguments_min = 0,
    .arguments_max = 0,
    .run = run_recursor,
};
