#include "options/help.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "options/values.h"

#define TEXT_COLUMN 30 /* where an option's sentence begins */
#define WIDTH_MIN 40
#define WIDTH_MAX 100

unsigned mxs_help_width(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char *columns = getenv("COLUMNS");
    long width = columns != NULL ? strtol(columns, NULL, 10) : 0;
    return width > 0 && width < 10000 ? (unsigned)width : 80;
}

static unsigned sane(unsigned width)
{
    return width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
}

/* Words of text, the first line going on at column `at`, the next ones beginning at `indent`. Ends the line. */
static void write_wrapped(FILE *out, const char *text, unsigned at, unsigned indent, unsigned width)
{
    bool first = true;
    while (*text != 0) {
        unsigned size = (unsigned)strcspn(text, " ");
        if (!first && at + 1 + size > width) {
            fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        fprintf(out, "%s%.*s", first ? "" : " ", (int)size, text);
        at += size + (first ? 0 : 1);
        first = false;
        text += size;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

/* "sentence (one of a, b; may be repeated; default: x)" */
static void sentence_of(const struct mxs_option *option, char *text, size_t size)
{
    char choices[300] = "";
    for (const char *at = option->choices; at != NULL && *at != 0; at++) {
        size_t used = strlen(choices);
        snprintf(choices + used, sizeof choices - used, *at == '|' ? ", " : "%c", *at);
    }
    const char *notes[3];
    char of[320], fallback[200];
    int count = 0;
    if (*choices != 0 && (option->argument == NULL || strchr(option->argument, '|') == NULL)) {
        snprintf(of, sizeof of, "one of %s", choices);
        notes[count++] = of;
    }
    if (option->kind == MXS_OPTION_LIST && (option->help == NULL || strstr(option->help, "repeatable") == NULL))
        notes[count++] = "may be repeated";
    if (option->fallback != NULL) {
        snprintf(fallback, sizeof fallback, "default: %s", option->fallback);
        notes[count++] = fallback;
    }
    int used = snprintf(text, size, "%s", option->help != NULL ? option->help : "");
    for (int i = 0; i < count && used >= 0 && (size_t)used < size; i++)
        used += snprintf(text + used, size - (size_t)used, "%s%s%s", i == 0 ? " (" : "; ", notes[i],
                         i == count - 1 ? ")" : "");
}

static void write_option(FILE *out, const struct mxs_option *option, unsigned width)
{
    char left[120], text[1200];
    int used = option->letter != 0 ? snprintf(left, sizeof left, "  -%c, --%s", option->letter, option->name)
                                   : snprintf(left, sizeof left, "      --%s", option->name);
    if (option->argument != NULL && used > 0 && (size_t)used < sizeof left)
        snprintf(left + used, sizeof left - (size_t)used, "%s%s", mxs_option_may_be_bare(option) ? "" : " ",
                 option->argument);
    sentence_of(option, text, sizeof text);
    unsigned column = width < 60 ? 10 : TEXT_COLUMN;
    if (strlen(left) + 2 > column)
        fprintf(out, "%s\n%*s", left, (int)column, "");
    else
        fprintf(out, "%-*s", (int)column, left);
    write_wrapped(out, text, column, column, width);
}

static const char *group_of(const struct mxs_option *option)
{
    return option->group != NULL ? option->group : "Options";
}

static bool is_borrowed(const struct mxs_command *command, const struct mxs_option *option)
{
    for (const char *const *name = command->borrowed; name != NULL && *name != NULL; name++)
        if (strcmp(*name, option->name) == 0)
            return true;
    return false;
}

static bool is_of_group(const struct mxs_command *command, size_t at, const char *group)
{
    const struct mxs_option *option = mxs_option_at(command, at);
    return strcmp(group_of(option), group) == 0 && !is_borrowed(command, option);
}

/* Groups in the order in which the table first names them. */
static void write_groups(FILE *out, const struct mxs_command *command, unsigned width)
{
    size_t count = mxs_option_count(command);
    for (size_t i = 0; i < count; i++) {
        const char *group = group_of(mxs_option_at(command, i));
        bool seen = !is_of_group(command, i, group);
        for (size_t k = 0; k < i && !seen; k++)
            seen = is_of_group(command, k, group);
        if (seen)
            continue;
        fprintf(out, "\n%s:\n", group);
        for (size_t k = i; k < count; k++)
            if (is_of_group(command, k, group))
                write_option(out, mxs_option_at(command, k), width);
    }
    if (command->lender == NULL)
        return;
    char text[200];
    snprintf(text, sizeof text, "Every other option of %s is taken, too, so that its command line can be tried.",
             command->lender);
    fputc('\n', out);
    write_wrapped(out, text, 0, 0, width);
}

static void write_examples(FILE *out, const char *examples)
{
    if (examples == NULL)
        return;
    fputs("\nExamples:\n", out);
    while (*examples != 0) {
        int size = (int)strcspn(examples, "\n");
        if (size > 0)
            fprintf(out, "  %.*s\n", size, examples);
        examples += size;
        examples += *examples == '\n';
    }
}

/* What the second argument may be. */
static void write_listed(FILE *out, const struct mxs_command *command, unsigned width)
{
    char *text = NULL;
    size_t size;
    FILE *stream = command->listed != NULL && command->words != NULL ? open_memstream(&text, &size) : NULL;
    if (stream == NULL)
        return;
    for (size_t i = 0; command->words("2", i) != NULL; i++)
        fprintf(stream, "%s%s", i == 0 ? "" : ", ", command->words("2", i));
    if (fclose(stream) == 0) {
        fprintf(out, "\n%s:\n  ", command->listed);
        write_wrapped(out, text, 2, 2, width);
    }
    free(text);
}

void mxs_help_write_command(FILE *out, const struct mxs_program *program, const struct mxs_command *command,
                            unsigned width)
{
    width = sane(width);
    fprintf(out, "%s %s: ", program->name, command->name);
    unsigned at = (unsigned)(strlen(program->name) + strlen(command->name) + 3);
    write_wrapped(out, command->summary, at, 2, width);
    write_examples(out, command->examples);
    bool said = strncmp(command->arguments, "[options]", 9) == 0;
    fprintf(out, "\nUsage: %s %s %s%s\n", program->name, command->name, said ? "" : "[options] ", command->arguments);
    write_listed(out, command, width);
    write_groups(out, command, width);
}

void mxs_help_write_program(FILE *out, const struct mxs_program *program, unsigned width)
{
    width = sane(width);
    size_t widest = 0;
    for (size_t i = 0; i < program->command_count; i++)
        if (strlen(program->commands[i]->name) > widest)
            widest = strlen(program->commands[i]->name);
    fprintf(out, "%s: ", program->name);
    write_wrapped(out, program->summary, (unsigned)strlen(program->name) + 2, 2, width);
    if (program->examples != NULL)
        write_examples(out, program->examples);
    fprintf(out, "\nUsage: %s COMMAND [options] ...\n\nCommands:\n", program->name);
    for (size_t i = 0; i < program->command_count; i++) {
        fprintf(out, "  %-*s  ", (int)widest, program->commands[i]->name);
        write_wrapped(out, program->commands[i]->summary, (unsigned)widest + 4, (unsigned)widest + 4, width);
    }
    char more[200];
    snprintf(more, sizeof more,
             "'%s help COMMAND' shows the options of a command; '%s --version' the versions of everything linked.",
             program->name, program->name);
    fputc('\n', out);
    write_wrapped(out, more, 0, 0, width);
}
