/* inih in Debian cuts lines at 200 characters and goes on with the rest as if it were a new line; a rest that begins
 * with a blank even continues the value before. So lines are handed to it one by one by our own reader, which counts
 * them, refuses what would be cut, and stops the parse at the first fault. */
#include "options/internal/config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/nearest.h"
#include "base/vector.h"

#define NAME_MAX_BYTES 48 /* inih cuts section names and keys at 49 */

struct reading {
    struct mxs_config *config;
    const struct mxs_program *program;
    const char *rest, *end; /* of the file's text */
    uint64_t line_number;
    enum mxs_err err;
    struct mxs_detail *detail;
};

static enum mxs_err fail(struct reading *reading, enum mxs_err err, const char *sentence, const char *word,
                         const char *hint)
{
    if (reading->err != MXS_OK)
        return reading->err;
    reading->err = mxs_err_set(reading->detail, err, "%s:%llu: %s%s%.60s%s%s%s%s", reading->config->path,
                               (unsigned long long)reading->line_number, sentence, word != NULL ? " '" : "",
                               word != NULL ? word : "", word != NULL ? "'" : "",
                               hint != NULL ? "; did you mean '" : "", hint != NULL ? hint : "",
                               hint != NULL ? "'?" : "");
    if (reading->detail != NULL)
        reading->detail->line = reading->line_number;
    return reading->err;
}

static enum mxs_err judge_section(struct reading *reading, const char *section);

/* inih reports a section only with its first key; an empty section with a wrong name would pass unseen. */
static void judge_heading(struct reading *reading, const char *line)
{
    const char *at = line + strspn(line, " \t\xef\xbb\xbf");
    const char *end = *at == '[' ? strchr(at, ']') : NULL;
    char section[MXS_CONFIG_LINE_MAX + 1];
    if (end == NULL)
        return;
    snprintf(section, sizeof section, "%.*s", (int)(end - at - 1), at + 1);
    (void)judge_section(reading, section);
}

static char *next_line(char *out, int size, void *arg)
{
    struct reading *reading = arg;
    if (reading->err != MXS_OK || reading->rest == reading->end)
        return NULL;
    const char *line = reading->rest, *hop = memchr(line, '\n', (size_t)(reading->end - line));
    reading->rest = hop != NULL ? hop + 1 : reading->end;
    reading->line_number++;
    size_t got = (size_t)(reading->rest - line);
    if (memchr(line, 0, got) != NULL) {
        fail(reading, MXS_ERR_INPUT, "a NUL byte: this is not a text file", NULL, NULL);
    } else if (got + 1 > (size_t)size || got > MXS_CONFIG_LINE_MAX) {
        fail(reading, MXS_ERR_INPUT, "the line is longer than 197 characters; give this option as a flag", NULL, NULL);
    } else {
        memcpy(out, line, got);
        out[got] = '\0';
        judge_heading(reading, out);
    }
    return reading->err == MXS_OK ? out : NULL;
}

static const struct mxs_command *command_of(const struct mxs_program *program, const char *name)
{
    for (size_t i = 0; i < program->command_count; i++)
        if (strcmp(program->commands[i]->name, name) == 0)
            return program->commands[i];
    return NULL;
}

static bool list_section(const char *section)
{
    return strncmp(section, MXS_CONFIG_LIST, strlen(MXS_CONFIG_LIST)) == 0;
}

static enum mxs_err judge_section(struct reading *reading, const char *section)
{
    if (strlen(section) > NAME_MAX_BYTES)
        return fail(reading, MXS_ERR_INPUT, "the section name is longer than 48 characters:", section, NULL);
    if (*section == 0)
        return fail(reading, MXS_ERR_INPUT, "this line stands before any section such as [scan]", NULL, NULL);
    if (list_section(section))
        return section[strlen(MXS_CONFIG_LIST)] != 0
                   ? MXS_OK
                   : fail(reading, MXS_ERR_INPUT, "[list:NAME] needs a name", NULL, NULL);
    if (reading->program->command_count <= 1 || command_of(reading->program, section) != NULL)
        return MXS_OK;
    struct mxs_nearest nearest;
    mxs_nearest_init(&nearest, section);
    for (size_t i = 0; i < reading->program->command_count; i++)
        mxs_nearest_put(&nearest, reading->program->commands[i]->name);
    mxs_nearest_put(&nearest, "list:NAME");
    return fail(reading, MXS_ERR_INPUT, "unknown section", section, mxs_nearest_take(&nearest));
}

static bool settable(const char *key) { return strcmp(key, "help") != 0 && strcmp(key, "config") != 0; }

/* The option a key of a section means: of the section's command, or of any command for [list:NAME]. */
static const struct mxs_option *option_of(const struct mxs_program *program, const char *section, const char *key,
                                          struct mxs_nearest *nearest)
{
    for (size_t c = 0; c < program->command_count; c++) {
        const struct mxs_command *command = program->commands[c];
        if (!list_section(section) && strcmp(command->name, section) != 0)
            continue;
        for (size_t i = 0; i < mxs_option_count(command); i++) {
            const struct mxs_option *option = mxs_option_at(command, i);
            if (!settable(option->name))
                continue;
            if (strcmp(option->name, key) == 0)
                return option;
            mxs_nearest_put(nearest, option->name);
        }
    }
    return NULL;
}

static enum mxs_err judge_key(struct reading *reading, const char *section, const char *key)
{
    struct mxs_nearest nearest;
    mxs_nearest_init(&nearest, key);
    if (list_section(section) && strcmp(key, "list") == 0)
        return fail(reading, MXS_ERR_INPUT, "a [list:NAME] section cannot choose the list", NULL, NULL);
    const struct mxs_option *option = option_of(reading->program, section, key, &nearest);
    bool foreign = list_section(section) || command_of(reading->program, section) == NULL;
    if (option == NULL && foreign && reading->program->command_count <= 1)
        return MXS_OK; /* a command alone cannot know its siblings' keys */
    if (option == NULL)
        return fail(reading, MXS_ERR_INPUT, "unknown key", key, mxs_nearest_take(&nearest));
    if (option->kind != MXS_OPTION_LIST && mxs_config_find(reading->config, section, key) != NULL)
        return fail(reading, MXS_ERR_INPUT, "given twice in its section:", key, NULL);
    return MXS_OK;
}

static int entry_read(void *arg, const char *section, const char *key, const char *value)
{
    struct reading *reading = arg;
    if (reading->err != MXS_OK || judge_section(reading, section) != MXS_OK ||
        judge_key(reading, section, key) != MXS_OK)
        return 0;
    struct mxs_config *config = reading->config;
    if (config->count == MXS_CONFIG_ENTRIES_MAX) {
        fail(reading, MXS_ERR_INPUT, "more than 10000 entries", NULL, NULL);
        return 0;
    }
    if (!mxs_vector_reserve(&config->entries, &config->capacity, config->count, sizeof *config->entries)) {
        fail(reading, MXS_ERR_MEMORY, "no memory for this file", NULL, NULL);
        return 0;
    }
    struct mxs_config_entry *entry = &config->entries[config->count++];
    *entry = (struct mxs_config_entry){strdup(section), strdup(key), strdup(value), reading->line_number};
    if (entry->section == NULL || entry->key == NULL || entry->value == NULL)
        fail(reading, MXS_ERR_MEMORY, "no memory for this file", NULL, NULL);
    return reading->err == MXS_OK;
}

void mxs_config_init(struct mxs_config *config, const char *path)
{
    *config = (struct mxs_config){.path = path};
}

enum mxs_err mxs_config_read(struct mxs_config *config, const struct mxs_program *program, bool required,
                             struct mxs_detail *detail)
{
    char *text = NULL;
    size_t size_bytes = 0;
    enum mxs_err err = mxs_file_read(config->path, &text, &size_bytes);
    if (err == MXS_ERR_INPUT && !required && (errno == ENOENT || errno == ENOTDIR))
        return MXS_OK;
    if (err != MXS_OK) /* a device, a folder: what a person named, not a disk that fails */
        return mxs_err_set(detail, err == MXS_ERR_MEMORY ? err : MXS_ERR_INPUT, "configuration file %s: %s",
                           config->path,
                           err == MXS_ERR_FULL     ? "larger than 16 MiB"
                           : err == MXS_ERR_MEMORY ? "no memory for this file"
                                                   : strerror(errno));
    struct reading reading = {
        .config = config, .program = program, .rest = text, .end = text + size_bytes, .detail = detail};
    int bad_line = ini_parse_stream(next_line, &reading, entry_read, &reading);
    /* inih goes on after a line it cannot read: what we found wrong later may only follow from it. */
    if (bad_line != 0 && (reading.err == MXS_OK || (bad_line > 0 && (uint64_t)bad_line < reading.line_number))) {
        reading.line_number = bad_line > 0 ? (uint64_t)bad_line : reading.line_number;
        reading.err = MXS_OK;
        fail(&reading, MXS_ERR_INPUT, "neither [section], nor key = value, nor a comment", NULL, NULL);
    }
    free(text);
    return reading.err;
}

void mxs_config_finish(struct mxs_config *config)
{
    for (size_t i = 0; i < config->count; i++) {
        free(config->entries[i].section);
        free(config->entries[i].key);
        free(config->entries[i].value);
    }
    free(config->entries);
    mxs_config_init(config, config->path);
}

const char *mxs_config_find(const struct mxs_config *config, const char *section, const char *key)
{
    for (size_t i = 0; i < config->count; i++)
        if (strcmp(config->entries[i].section, section) == 0 && strcmp(config->entries[i].key, key) == 0)
            return config->entries[i].value;
    return NULL;
}

static bool is_named(const char *const *names, const char *name)
{
    for (; *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

enum mxs_err mxs_config_apply(const struct mxs_config *config, mxs_values *values, const char *kind, const char *name,
                              const char *const *only, enum mxs_rank rank, struct mxs_detail *detail)
{
    size_t kind_size = strlen(kind);
    for (size_t i = 0; i < config->count; i++) {
        const struct mxs_config_entry *entry = &config->entries[i];
        if (strncmp(entry->section, kind, kind_size) != 0 || strcmp(entry->section + kind_size, name) != 0 ||
            (only != NULL && !is_named(only, entry->key)))
            continue;
        int index = mxs_option_find(values->command, entry->key);
        if (index < 0)
            continue; /* another command's option */
        char origin[400];
        snprintf(origin, sizeof origin, "%.300s:%llu: %.60s", config->path, (unsigned long long)entry->line,
                 entry->key);
        enum mxs_err err = mxs_values_put(values, (size_t)index, entry->value, rank, origin, detail);
        if (err != MXS_OK) {
            if (detail != NULL)
                detail->line = entry->line;
            return err;
        }
    }
    return MXS_OK;
}
