/* Configuration files (INI) as bytes from a stranger, through inih and through the values that hang on them.
 *
 * Rooms options
 *
 * The bytes become a file in memory. Checked: a refusal says a sentence with the file, and its line where one is wrong;
 * what is accepted stands in a section and under a key that exist, in rising lines; and the same file as --config gives
 * values within their ranges, or refuses with a sentence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "options/internal/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mxs_option scan_options[] = {
    {"rate", 'R', MXS_OPTION_NUMBER, "QPS", "0", 0, 1000000, NULL, "Pace", "How fast."},
    {"tries", 0, MXS_OPTION_NUMBER, "N", "3", 1, 20, NULL, "Pace", "How often."},
    {"health", 0, MXS_OPTION_CHOICE, "MODE", "on", 0, 0, "on|off", "Pace", "Whether."},
    {"resolver", 'r', MXS_OPTION_LIST, "ADDR", NULL, 0, 0, NULL, "Pace", "Whom."},
    {"list", 'l', MXS_OPTION_TEXT, "NAME", "default", 0, 0, NULL, "Data", "Which."},
    {"new", 0, MXS_OPTION_FLAG, NULL, NULL, 0, 0, NULL, "Data", "Afresh."},
};
static const struct mxs_option report_options[] = {
    {"format", 'f', MXS_OPTION_CHOICE, "FORMAT", "text", 0, 0, "text|json|csv", "Output", "As what."},
    {"list", 'l', MXS_OPTION_TEXT, "NAME", "default", 0, 0, NULL, "Data", "Which."},
};
static const struct mxs_command scan = {
    .name = "scan", .options = scan_options, .option_count = 6, .arguments_max = -1};
static const struct mxs_command report = {
    .name = "report", .options = report_options, .option_count = 2, .arguments_max = -1};
static const struct mxs_command *const commands[] = {&scan, &report};
static const struct mxs_program program = {.name = "fuzzed", .commands = commands, .command_count = 2};

static bool known(const struct mxs_config_entry *entry)
{
    bool list = strncmp(entry->section, "list:", 5) == 0 && entry->section[5] != 0;
    return ((list || strcmp(entry->section, "scan") == 0) && mxs_option_find(&scan, entry->key) >= 0) ||
           ((list || strcmp(entry->section, "report") == 0) && mxs_option_find(&report, entry->key) >= 0);
}

static void check_read(const char *path)
{
    struct mxs_detail detail = {0};
    struct mxs_config config;
    mxs_config_init(&config, path);
    enum mxs_err err = mxs_config_read(&config, &program, true, &detail);
    MXS_ASSERT(err == MXS_OK || (err == MXS_ERR_INPUT && strstr(detail.text, path) != NULL));
    uint64_t line = 0;
    for (size_t i = 0; err == MXS_OK && i < config.count; i++) {
        const struct mxs_config_entry *entry = &config.entries[i];
        MXS_ASSERT(entry->line >= line && entry->value != NULL && strlen(entry->value) <= MXS_CONFIG_LINE_MAX);
        line = entry->line;
        MXS_ASSERT(known(entry));
        const char *first = mxs_config_find(&config, entry->section, entry->key);
        MXS_ASSERT(first != NULL);
    }
    mxs_config_finish(&config);
}

static void check_values(char *path)
{
    char word[] = "scan", flag[] = "--config";
    char *argv[] = {word, flag, path, NULL};
    mxs_values *values = NULL;
    struct mxs_detail detail = {0};
    int rest_count;
    char *const *rest;
    enum mxs_err err = mxs_values_create_in(&values, &program, &scan, 3, argv, &rest_count, &rest, &detail);
    MXS_ASSERT((err == MXS_OK) == (values != NULL) && (err == MXS_OK || (err == MXS_ERR_INPUT && detail.text[0] != 0)));
    if (values == NULL)
        return;
    MXS_ASSERT(rest_count == 0);
    MXS_ASSERT(mxs_values_number(values, "rate") >= 0 && mxs_values_number(values, "rate") <= 1000000);
    MXS_ASSERT(mxs_values_number(values, "tries") >= 1 && mxs_values_number(values, "tries") <= 20);
    MXS_ASSERT(strcmp(mxs_values_text(values, "health"), "on") == 0 ||
               strcmp(mxs_values_text(values, "health"), "off") == 0);
    for (size_t i = 0; i < mxs_values_count(values, "resolver"); i++)
        MXS_ASSERT(mxs_values_at(values, "resolver", i) != NULL);
    MXS_ASSERT(mxs_values_json(values)[0] == '{');
    mxs_values_destroy(&values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int file = -1;
    static char path[64];
    if (file < 0) {
        file = memfd_create("config", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    MXS_ASSERT(file >= 0 && ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
    check_read(path);
    check_values(path);
    return 0;
}
