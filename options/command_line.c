/* Order of work: flags are read first because --config and --list choose what else is read; then the files from the
 * weakest to the strongest, then the environment. Ranks, not order, decide who wins (values.h), so each source is
 * simply put as it is found. */
#include "options/option.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options/internal/config.h"
#include "base/nearest.h"
#include "options/values.h"

#define SYSTEM_FILE "/etc/mxsurvey.ini"
#define LONG_BASE 256 /* what getopt_long returns for the option at index i is LONG_BASE + i */
#define OPTIONS_MAX 128

/* getopt's view of the table. letters: ":" so that a missing argument is told apart, then each "x" or "x:". */
static void describe(const struct mxs_command *command, struct option *longs, char *letters)
{
    *letters++ = ':';
    size_t count = mxs_option_count(command);
    MXS_ASSERT(count <= OPTIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct mxs_option *option = mxs_option_at(command, i);
        bool flag = option->kind == MXS_OPTION_FLAG || mxs_option_may_be_bare(option);
        longs[i] =
            (struct option){option->name, flag ? optional_argument : required_argument, NULL, LONG_BASE + (int)i};
        if (option->letter == 0)
            continue;
        *letters++ = option->letter;
        if (!flag)
            *letters++ = ':';
    }
    longs[count] = (struct option){0};
    *letters = 0;
}

static int index_of_letter(const struct mxs_command *command, int letter)
{
    for (size_t i = 0; i < mxs_option_count(command); i++)
        if (letter != 0 && mxs_option_at(command, i)->letter == letter)
            return (int)i;
    return -1;
}

static enum mxs_err unknown_option(const struct mxs_command *command, const char *word, int letter,
                                   struct mxs_detail *detail)
{
    if (letter != 0 && letter < LONG_BASE && isprint((unsigned char)letter))
        return mxs_err_set(detail, MXS_ERR_INPUT, "unknown option -%c; see 'mxsurvey %s --help'", letter,
                           command->name);
    if (letter != 0 && letter < LONG_BASE)
        return mxs_err_set(detail, MXS_ERR_INPUT, "unknown option: byte %d; see 'mxsurvey %s --help'",
                           (unsigned char)letter, command->name);
    char name[MXS_NEAREST_MAX + 1];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    struct mxs_nearest nearest;
    const char *begun = NULL;
    mxs_nearest_init(&nearest, name);
    for (size_t i = 0; i < mxs_option_count(command); i++) {
        const char *other = mxs_option_at(command, i)->name;
        mxs_nearest_put(&nearest, other);
        if (begun == NULL && name[0] != '\0' && strncmp(other, name, strlen(name)) == 0)
            begun = other;
    }
    const char *nearby = mxs_nearest_take(&nearest), *hint = begun != NULL ? begun : nearby;
    if (hint != NULL)
        return mxs_err_set(detail, MXS_ERR_INPUT, "unknown option --%s; did you mean --%s?", name, hint);
    return mxs_err_set(detail, MXS_ERR_INPUT, "unknown option --%s; see 'mxsurvey %s --help'", name, command->name);
}

static enum mxs_err read_flag(mxs_values *values, int index, const char *argument, struct mxs_detail *detail)
{
    const struct mxs_option *option = mxs_option_at(values->command, (size_t)index);
    char origin[80], least[24];
    snprintf(origin, sizeof origin, "--%s", option->name);
    snprintf(least, sizeof least, "%lld", (long long)option->min);
    if (option->kind == MXS_OPTION_FLAG && argument == NULL)
        argument = "yes";
    else if (argument == NULL)
        argument = least;
    return mxs_values_put(values, (size_t)index, argument, MXS_RANK_FLAG, origin, detail);
}

static enum mxs_err missing_argument(const mxs_values *values, int code, struct mxs_detail *detail)
{
    int index = code >= LONG_BASE ? code - LONG_BASE : index_of_letter(values->command, code);
    MXS_ASSERT(index >= 0);
    const struct mxs_option *option = mxs_option_at(values->command, (size_t)index);
    return mxs_err_set(detail, MXS_ERR_INPUT, "--%s needs a value: --%s %s", option->name, option->name,
                       option->argument);
}

/* What getopt_long took for a long option; its value may be a word of its own. */
static const char *word_taken(const mxs_values *values)
{
    return values->argv[optarg != NULL && values->argv[optind - 1] == optarg ? optind - 2 : optind - 1];
}

static enum mxs_err read_flags(mxs_values *values, int argc, int *argc_rest, struct mxs_detail *detail)
{
    struct option longs[OPTIONS_MAX + 1];
    char letters[2 * OPTIONS_MAX + 2];
    describe(values->command, longs, letters);
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    for (;;) {
        int code = getopt_long(argc, values->argv, letters, longs, NULL);
        if (code == -1)
            break;
        if (code == '?') /* optopt: the letter, 0 or an option's code for a long word */
            return unknown_option(values->command, values->argv[optind - 1], optopt, detail);
        if (code == ':')
            return missing_argument(values, optopt, detail);
        int index = code >= LONG_BASE ? code - LONG_BASE : index_of_letter(values->command, code);
        const char *word = word_taken(values);
        /* getopt_long takes any beginning that fits one option alone: --out was --outage-wait */
        if (code >= LONG_BASE &&
            strcspn(word + 2, "=") != strlen(mxs_option_at(values->command, (size_t)index)->name))
            return unknown_option(values->command, word, 0, detail);
        enum mxs_err err = read_flag(values, index, optarg, detail);
        if (err != MXS_OK)
            return err;
    }
    *argc_rest = argc - optind;
    return MXS_OK;
}

#define VARIABLE_SIZE 80
#define VARIABLE_PREFIX "MXSURVEY_"

static void variable_of(const struct mxs_option *option, char name[VARIABLE_SIZE])
{
    snprintf(name, VARIABLE_SIZE, VARIABLE_PREFIX "%s", option->name);
    for (char *at = name; *at != 0; at++)
        *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
}

/* An option of any command: what one does not know may be meant for another. size: of the name in variable. */
static bool is_known(const struct mxs_program *program, const char *variable, size_t size, struct mxs_nearest *nearest,
                     char (*names)[VARIABLE_SIZE])
{
    for (size_t i = 0; i < program->command_count; i++)
        for (size_t k = 0; k < mxs_option_count(program->commands[i]); k++) {
            char name[VARIABLE_SIZE];
            variable_of(mxs_option_at(program->commands[i], k), name);
            if (strlen(name) == size && strncmp(name, variable, size) == 0)
                return true;
            const char *before = nearest->best;
            mxs_nearest_put(nearest, name);
            if (nearest->best != before) /* it keeps a view: of a copy that stays */
                nearest->best = strcpy(*names, name);
        }
    return false;
}

/* A variable that sets nothing is a slip, as an unknown key of a file is. A command alone does not know its siblings'
 * options. */
static enum mxs_err check_environment(const mxs_values *values, struct mxs_detail *detail)
{
    extern char **environ;
    for (char **at = environ; values->program->command_count > 1 && *at != NULL; at++) {
        size_t size = strcspn(*at, "=");
        char name[MXS_NEAREST_MAX + 1], hint[VARIABLE_SIZE];
        struct mxs_nearest nearest;
        if (strncmp(*at, VARIABLE_PREFIX, strlen(VARIABLE_PREFIX)) != 0 || (*at)[size] == 0 || (*at)[size + 1] == 0)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(size < sizeof name ? size : sizeof name - 1), *at);
        mxs_nearest_init(&nearest, name);
        if (is_known(values->program, *at, size, &nearest, &hint))
            continue;
        if (mxs_nearest_take(&nearest) != NULL)
            return mxs_err_set(detail, MXS_ERR_INPUT, "%s in the environment sets nothing; did you mean %s?", name,
                               hint);
        return mxs_err_set(detail, MXS_ERR_INPUT, "%s in the environment sets nothing: it names no option; unset it",
                           name);
    }
    return MXS_OK;
}

static enum mxs_err read_environment(mxs_values *values, struct mxs_detail *detail)
{
    for (size_t i = 0; i < values->count; i++) {
        const struct mxs_option *option = mxs_option_at(values->command, i);
        if (strcmp(option->name, "help") == 0)
            continue;
        char name[VARIABLE_SIZE];
        variable_of(option, name);
        const char *text = getenv(name);
        if (text == NULL || *text == 0)
            continue;
        char *copy = strdup(text), *rest = copy, *part;
        if (copy == NULL)
            return mxs_err_memory(detail, "reading the options");
        enum mxs_err err = MXS_OK;
        if (option->kind != MXS_OPTION_LIST)
            err = mxs_values_put(values, i, text, MXS_RANK_ENVIRONMENT, name, detail);
        else
            while (err == MXS_OK && (part = strsep(&rest, ", \t")) != NULL)
                if (*part != 0)
                    err = mxs_values_put(values, i, part, MXS_RANK_ENVIRONMENT, name, detail);
        free(copy);
        if (err != MXS_OK)
            return err;
    }
    return MXS_OK;
}

static enum mxs_err read_defaults(mxs_values *values, struct mxs_detail *detail)
{
    for (size_t i = 0; i < values->count; i++) {
        const struct mxs_option *option = mxs_option_at(values->command, i);
        MXS_ASSERT(mxs_option_find(values->command, option->name) == (int)i); /* no name twice */
        if (option->fallback == NULL)
            continue;
        enum mxs_err err = mxs_values_put(values, i, option->fallback, MXS_RANK_DEFAULT, option->name, detail);
        MXS_ASSERT(err != MXS_ERR_INPUT); /* a default outside its own range is a bug */
        if (err != MXS_OK)
            return err;
    }
    return MXS_OK;
}

/* Where the user's own file is, into out; false when there is no home to have one in. */
static bool user_file(char *out, size_t size)
{
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int length = 0;
    if (base != NULL && *base == '/') /* the specification: a relative path is to be ignored */
        length = snprintf(out, size, "%s/mxsurvey.ini", base);
    else if (home != NULL && *home != 0)
        length = snprintf(out, size, "%s/.config/mxsurvey.ini", home);
    return length > 0 && (size_t)length < size;
}

static const char *text_or_null(const mxs_values *values, const char *name)
{
    int index = mxs_option_find(values->command, name);
    return index >= 0 && values->items[index].count > 0 ? values->items[index].texts[0] : NULL;
}

static enum mxs_err read_files(mxs_values *values, struct mxs_detail *detail)
{
    char user_path[4096] = "";
    struct mxs_config files[3];
    size_t count = 0;
    enum mxs_rank ranks[3];
    mxs_config_init(&files[count], SYSTEM_FILE);
    ranks[count++] = MXS_RANK_SYSTEM_FILE;
    if (user_file(user_path, sizeof user_path)) {
        mxs_config_init(&files[count], user_path);
        ranks[count++] = MXS_RANK_USER_FILE;
    }
    const char *named = text_or_null(values, "config");
    if (named != NULL) {
        mxs_config_init(&files[count], named);
        ranks[count++] = MXS_RANK_NAMED_FILE;
    }
    enum mxs_err err = MXS_OK;
    for (size_t i = 0; i < count && err == MXS_OK; i++)
        err = mxs_config_read(&files[i], values->program, ranks[i] == MXS_RANK_NAMED_FILE, detail);
    const struct mxs_command *command = values->command;
    for (size_t i = 0; i < count && err == MXS_OK; i++) {
        if (command->sharer != NULL)
            err = mxs_config_apply(&files[i], values, "", command->sharer, command->shared, ranks[i] - 1, detail);
        if (err == MXS_OK)
            err = mxs_config_apply(&files[i], values, "", command->name, NULL, ranks[i], detail);
    }
    const char *list = text_or_null(values, "list"); /* now that flags, environment and files have had their say */
    for (size_t i = 0; list != NULL && i < count && err == MXS_OK; i++)
        err = mxs_config_apply(&files[i], values, MXS_CONFIG_LIST, list, NULL, ranks[i] + 1, detail);
    for (size_t i = 0; i < count; i++)
        mxs_config_finish(&files[i]);
    return err;
}

static enum mxs_err check_arguments(const struct mxs_command *command, int count, char *const *arguments,
                                    struct mxs_detail *detail)
{
    if (count < command->arguments_min)
        return mxs_err_set(detail, MXS_ERR_INPUT, "an argument is missing: mxsurvey %s %s", command->name,
                           command->arguments);
    if (command->arguments_max >= 0 && count > command->arguments_max)
        return mxs_err_set(detail, MXS_ERR_INPUT, "'%.100s' is one argument too many: mxsurvey %s %s",
                           arguments[command->arguments_max], command->name, command->arguments);
    return MXS_OK;
}

static enum mxs_err fill(mxs_values *values, int argc, int *argc_rest, struct mxs_detail *detail)
{
    enum mxs_err err = read_defaults(values, detail);
    if (err == MXS_OK)
        err = read_flags(values, argc, argc_rest, detail);
    if (err == MXS_OK && mxs_values_flag(values, "help"))
        return MXS_ERR_END;
    if (err == MXS_OK)
        err = check_environment(values, detail);
    if (err == MXS_OK)
        err = read_environment(values, detail);
    if (err == MXS_OK)
        err = read_files(values, detail);
    if (err == MXS_OK)
        err = check_arguments(values->command, *argc_rest, values->argv + (argc - *argc_rest), detail);
    if (err == MXS_OK && mxs_values_write_json(values) != MXS_OK)
        err = mxs_err_memory(detail, "reading the options");
    return err;
}

enum mxs_err mxs_values_create_in(mxs_values **out, const struct mxs_program *program,
                                  const struct mxs_command *command, int argc, char *const *argv, int *argc_rest,
                                  char *const **argv_rest, struct mxs_detail *detail)
{
    mxs_values *values = calloc(1, sizeof *values);
    if (values == NULL)
        return mxs_err_memory(detail, "reading the options");
    values->program = program;
    values->command = command;
    values->count = mxs_option_count(command);
    values->items = calloc(values->count, sizeof *values->items);
    values->argv = calloc((size_t)argc + 1, sizeof *values->argv);
    int rest = 0;
    enum mxs_err err =
        values->items == NULL || values->argv == NULL ? mxs_err_memory(detail, "reading the options") : MXS_OK;
    if (err == MXS_OK) {
        memcpy(values->argv, argv, (size_t)argc * sizeof *argv); /* getopt_long puts the arguments last: in our copy */
        err = fill(values, argc, &rest, detail);
    }
    if (err != MXS_OK) {
        mxs_values_destroy(&values);
        return err;
    }
    *argc_rest = rest;
    *argv_rest = values->argv + (argc - rest);
    values->program = NULL; /* was needed for reading only; the caller's may end before the values */
    *out = values;
    return MXS_OK;
}

enum mxs_err mxs_values_create(mxs_values **out, const struct mxs_command *command, int argc, char *const *argv,
                               int *argc_rest, char *const **argv_rest, struct mxs_detail *detail)
{
    const struct mxs_program alone = {"mxsurvey", "", NULL, &command, 1};
    return mxs_values_create_in(out, &alone, command, argc, argv, argc_rest, argv_rest, detail);
}
