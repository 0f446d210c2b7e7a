#include "options/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/vector.h"

struct mxs_kept_text {
    struct mxs_kept_text *next;
    char text[];
};

static const struct mxs_option common[] = {
    {.name = "config", .kind = MXS_OPTION_TEXT, .argument = "FILE", .group = "General",
     .help = "read options from this INI file"},
    {.name = "help", .letter = 'h', .kind = MXS_OPTION_FLAG, .group = "General", .help = "show this text"},
};
#define COMMON_COUNT (sizeof common / sizeof *common)

size_t mxs_option_count(const struct mxs_command *command) { return command->option_count + COMMON_COUNT; }

const struct mxs_option *mxs_option_at(const struct mxs_command *command, size_t index)
{
    MXS_ASSERT(index < mxs_option_count(command));
    return index < command->option_count ? &command->options[index] : &common[index - command->option_count];
}

bool mxs_option_may_be_bare(const struct mxs_option *option)
{
    return option->argument != NULL && option->argument[0] == '[';
}

int mxs_option_find(const struct mxs_command *command, const char *name)
{
    for (size_t i = 0; i < mxs_option_count(command); i++)
        if (strcmp(mxs_option_at(command, i)->name, name) == 0)
            return (int)i;
    return -1;
}

const char *mxs_values_keep(mxs_values *values, const char *text)
{
    size_t size = strlen(text) + 1;
    struct mxs_kept_text *kept = malloc(sizeof *kept + size);
    if (kept == NULL)
        return NULL;
    memcpy(kept->text, text, size);
    kept->next = values->kept;
    values->kept = kept;
    return kept->text;
}

static enum mxs_err parse_number(const struct mxs_option *option, const char *text, const char *origin, int64_t *out,
                                 struct mxs_detail *detail)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    bool whole = end != text && *end == 0 && errno == 0 && strspn(text, "-0123456789") == strlen(text);
    bool ranged = option->min != 0 || option->max != 0;
    if (whole && (!ranged || (number >= option->min && number <= option->max))) {
        *out = number;
        return MXS_OK;
    }
    if (!ranged)
        return mxs_err_set(detail, MXS_ERR_INPUT, "%s: '%.100s' is not a whole number", origin, text);
    return mxs_err_set(detail, MXS_ERR_INPUT, "%s: '%.100s' is not a whole number from %lld to %lld", origin, text,
                       (long long)option->min, (long long)option->max);
}

static enum mxs_err parse_flag(const char *text, const char *origin, bool *out, struct mxs_detail *detail)
{
    static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return MXS_OK;
        }
    }
    return mxs_err_set(detail, MXS_ERR_INPUT, "%s: '%.100s' is neither yes nor no", origin, text);
}

static enum mxs_err check_choice(const struct mxs_option *option, const char *text, const char *origin,
                                 struct mxs_detail *detail)
{
    char choices[512];
    MXS_ASSERT(option->choices != NULL && strlen(option->choices) < sizeof choices);
    strcpy(choices, option->choices);
    struct mxs_nearest nearest;
    mxs_nearest_init(&nearest, text);
    char *rest = choices;
    for (char *choice = strsep(&rest, "|"); choice != NULL; choice = strsep(&rest, "|")) {
        if (strcmp(choice, text) == 0)
            return MXS_OK;
        mxs_nearest_put(&nearest, choice);
    }
    const char *hint = mxs_nearest_take(&nearest);
    return mxs_err_set(detail, MXS_ERR_INPUT, "%s: '%.100s' is none of %s%s%s%s", origin, text, option->choices,
                       hint != NULL ? "; did you mean '" : "", hint != NULL ? hint : "", hint != NULL ? "'?" : "");
}

static enum mxs_err put_text(mxs_values *values, struct mxs_value *value, const char *text, bool append,
                             struct mxs_detail *detail)
{
    const char *kept = mxs_values_keep(values, text);
    size_t count = append ? value->count : 0;
    if (kept == NULL || !mxs_vector_reserve(&value->texts, &value->capacity, count, sizeof *value->texts))
        return mxs_err_memory(detail, "reading the options");
    value->texts[count] = kept;
    value->count = count + 1;
    return MXS_OK;
}

enum mxs_err mxs_values_put(mxs_values *values, size_t index, const char *text, enum mxs_rank rank, const char *origin,
                            struct mxs_detail *detail)
{
    const struct mxs_option *option = mxs_option_at(values->command, index);
    struct mxs_value *value = &values->items[index];
    enum mxs_err err = MXS_OK;
    int64_t number = 0;
    bool flag = false;
    if (option->kind == MXS_OPTION_NUMBER)
        err = parse_number(option, text, origin, &number, detail);
    else if (option->kind == MXS_OPTION_FLAG)
        err = parse_flag(text, origin, &flag, detail);
    else if (option->kind == MXS_OPTION_CHOICE)
        err = check_choice(option, text, origin, detail);
    if (err != MXS_OK || rank < value->rank)
        return err; /* what does not win is checked all the same: a wrong file is found while it is harmless */
    const char *origin_kept = mxs_values_keep(values, origin);
    if (origin_kept == NULL)
        return mxs_err_memory(detail, "reading the options");
    if (option->kind == MXS_OPTION_TEXT || option->kind == MXS_OPTION_CHOICE || option->kind == MXS_OPTION_LIST)
        err = put_text(values, value, text, option->kind == MXS_OPTION_LIST && rank == value->rank, detail);
    if (err != MXS_OK)
        return err;
    value->number = number;
    value->flag = flag;
    value->rank = rank;
    value->origin = origin_kept;
    return MXS_OK;
}

static const struct mxs_value *value_of(const mxs_values *values, const char *name, enum mxs_option_kind first,
                                        enum mxs_option_kind second)
{
    int index = mxs_option_find(values->command, name);
    MXS_ASSERT(index >= 0);
    enum mxs_option_kind kind = mxs_option_at(values->command, (size_t)index)->kind;
    MXS_ASSERT(kind == first || kind == second);
    return &values->items[index];
}

bool mxs_values_flag(const mxs_values *values, const char *name)
{
    return value_of(values, name, MXS_OPTION_FLAG, MXS_OPTION_FLAG)->flag;
}

int64_t mxs_values_number(const mxs_values *values, const char *name)
{
    return value_of(values, name, MXS_OPTION_NUMBER, MXS_OPTION_NUMBER)->number;
}

const char *mxs_values_text(const mxs_values *values, const char *name)
{
    const struct mxs_value *value = value_of(values, name, MXS_OPTION_TEXT, MXS_OPTION_CHOICE);
    return value->count == 0 ? NULL : value->texts[0];
}

size_t mxs_values_count(const mxs_values *values, const char *name)
{
    return value_of(values, name, MXS_OPTION_LIST, MXS_OPTION_LIST)->count;
}

const char *mxs_values_at(const mxs_values *values, const char *name, size_t index)
{
    const struct mxs_value *value = value_of(values, name, MXS_OPTION_LIST, MXS_OPTION_LIST);
    MXS_ASSERT(index < value->count);
    return value->texts[index];
}

bool mxs_values_given(const mxs_values *values, const char *name)
{
    int index = mxs_option_find(values->command, name);
    MXS_ASSERT(index >= 0);
    return values->items[index].rank > MXS_RANK_DEFAULT;
}

const char *mxs_values_origin(const mxs_values *values, const char *name)
{
    int index = mxs_option_find(values->command, name);
    MXS_ASSERT(index >= 0);
    return values->items[index].rank > MXS_RANK_DEFAULT ? values->items[index].origin : "default";
}

const char *mxs_values_json(const mxs_values *values) { return values->json; }

void mxs_values_destroy(mxs_values **values)
{
    mxs_values *gone = *values;
    *values = NULL;
    if (gone == NULL)
        return;
    for (size_t i = 0; gone->items != NULL && i < gone->count; i++)
        free(gone->items[i].texts);
    while (gone->kept != NULL) {
        struct mxs_kept_text *next = gone->kept->next;
        free(gone->kept);
        gone->kept = next;
    }
    free(gone->items);
    free(gone->argv);
    free(gone);
}
