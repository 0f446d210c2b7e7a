#include "options/completion.h"

#include <string.h>

#include "base/nearest.h"
#include "options/values.h"

static bool names_a_file(const struct mxs_option *option)
{
    return option->argument != NULL &&
           (strstr(option->argument, "FILE") != NULL || strstr(option->argument, "DB") != NULL);
}

static bool names_a_folder(const struct mxs_option *option)
{
    return option->argument != NULL && strstr(option->argument, "DIR") != NULL;
}

/* Text inside single quotes of a shell; `extra` are further characters that want a backslash. */
static void write_quoted(FILE *out, const char *text, const char *extra)
{
    for (; *text != 0; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr(extra, *text) != NULL)
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

static const char *word_at(const struct mxs_command *command, const char *of, size_t index)
{
    return command->words != NULL ? command->words(of, index) : NULL;
}

/* What an option may be given, or an argument, parted by blanks: its choices, else the words its command knows. */
static void write_words(FILE *out, const struct mxs_command *command, const char *of, const char *choices)
{
    for (const char *at = choices; at != NULL && *at != 0; at++)
        fputc(*at == '|' ? ' ' : *at, out);
    const char *word;
    for (size_t i = 0; choices == NULL && (word = word_at(command, of, i)) != NULL; i++)
        fprintf(out, "%s%s", i == 0 ? "" : " ", word);
}

static bool has_words(const struct mxs_command *command, const struct mxs_option *option)
{
    return option->choices != NULL || word_at(command, option->name, 0) != NULL;
}

/* Several of them, parted by commas. */
static bool is_listed(const struct mxs_option *option)
{
    return option->argument != NULL && strcmp(option->argument, "LIST") == 0;
}

/* Arguments that are told apart: the last stands for all behind it. */
#define ARGUMENTS_SEEN 3
static const char *const argument_names[ARGUMENTS_SEEN] = {"1", "2", "3"};

static int arguments_of(const struct mxs_command *command)
{
    return command->arguments_max < 0 || command->arguments_max > ARGUMENTS_SEEN ? ARGUMENTS_SEEN
                                                                                 : command->arguments_max;
}

static bool is_repeated(const struct mxs_command *command, int argument)
{
    return argument == ARGUMENTS_SEEN - 1 && arguments_of(command) != command->arguments_max;
}

/* ---- bash ------------------------------------------------------------------------------------------------------- */

static void bash_values(FILE *out, const struct mxs_command *command)
{
    for (size_t i = 0; i < mxs_option_count(command); i++) {
        const struct mxs_option *option = mxs_option_at(command, i);
        if (option->kind == MXS_OPTION_FLAG || mxs_option_may_be_bare(option))
            continue; /* what stands behind is no value of it */
        fprintf(out, "        %s:--%s", command->name, option->name);
        if (option->letter != 0)
            fprintf(out, "|%s:-%c", command->name, option->letter);
        fputs(") ", out);
        if (has_words(command, option)) {
            fprintf(out, "COMPREPLY=($(compgen %s-W '", is_listed(option) ? "-P \"${word%\"${word##*,}\"}\" " : "");
            write_words(out, command, option->name, option->choices);
            fputs(is_listed(option) ? "' -- \"${word##*,}\"));" : "' -- \"$word\"));", out);
        } else if (names_a_file(option)) {
            fputs("compopt -o default 2>/dev/null; COMPREPLY=();", out);
        } else if (names_a_folder(option)) {
            fputs("COMPREPLY=($(compgen -d -- \"$word\"));", out);
        } else {
            fputs("COMPREPLY=();", out);
        }
        fputs(" return ;;\n", out);
    }
}

static void bash_options(FILE *out, const struct mxs_command *command)
{
    fprintf(out, "        %s) words='", command->name);
    for (size_t i = 0; i < mxs_option_count(command); i++)
        fprintf(out, "%s--%s", i > 0 ? " " : "", mxs_option_at(command, i)->name);
    fputs("' ;;\n", out);
}

/* scan:--db|scan:-o, what takes a value that is no argument. */
static void bash_takers(FILE *out, const struct mxs_program *program)
{
    bool first = true;
    for (size_t i = 0; i < program->command_count; i++) {
        const struct mxs_command *command = program->commands[i];
        for (size_t k = 0; k < mxs_option_count(command); k++) {
            const struct mxs_option *option = mxs_option_at(command, k);
            if (option->kind == MXS_OPTION_FLAG || mxs_option_may_be_bare(option))
                continue;
            fprintf(out, "%s%s:--%s", first ? "" : "|", command->name, option->name);
            if (option->letter != 0)
                fprintf(out, "|%s:-%c", command->name, option->letter);
            first = false;
        }
    }
}

static void bash_arguments(FILE *out, const struct mxs_command *command)
{
    for (int i = 0; i < arguments_of(command); i++) {
        if (word_at(command, argument_names[i], 0) == NULL)
            continue;
        fprintf(out, "        %s:%s", command->name, argument_names[i]);
        if (is_repeated(command, i))
            fprintf(out, "|%s:[4-9]|%s:[1-9][0-9]", command->name, command->name);
        fputs(") COMPREPLY=($(compgen -W '", out);
        write_words(out, command, argument_names[i], NULL);
        fputs("' -- \"$word\")) ;;\n", out);
    }
}

static void write_bash(FILE *out, const struct mxs_program *program)
{
    fprintf(out, "# %s completion for bash: eval \"$(%s completion bash)\"\n", program->name, program->name);
    fprintf(out, "_%s() {\n    local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]}\n", program->name);
    fputs("    local command=${COMP_WORDS[1]} words\n    COMPREPLY=()\n    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        COMPREPLY=($(compgen -W '", out);
    for (size_t i = 0; i < program->command_count; i++)
        fprintf(out, "%s ", program->commands[i]->name);
    fputs("help --help --version' -- \"$word\"))\n        return\n    fi\n    case \"$command:$last\" in\n", out);
    for (size_t i = 0; i < program->command_count; i++)
        bash_values(out, program->commands[i]);
    fputs("    esac\n    case \"$command\" in\n        help) words='", out);
    for (size_t i = 0; i < program->command_count; i++)
        fprintf(out, "%s ", program->commands[i]->name);
    fputs("' ;;\n", out);
    for (size_t i = 0; i < program->command_count; i++)
        bash_options(out, program->commands[i]);
    fputs("    esac\n    case \"$command:$word\" in\n"
          "        help:*|*:-*) COMPREPLY=($(compgen -W \"$words\" -- \"$word\")); return ;;\n    esac\n"
          "    local argument=1 at\n    for ((at = 2; at < COMP_CWORD; at++)); do\n        case "
          "\"$command:${COMP_WORDS[at]}\" in\n        ",
          out);
    bash_takers(out, program);
    fputs(") ((at++)) ;;\n        *:-*) ;;\n        *) ((argument++)) ;;\n        esac\n    done\n    case "
          "\"$command:$argument\" in\n",
          out);
    for (size_t i = 0; i < program->command_count; i++)
        bash_arguments(out, program->commands[i]);
    fputs("        *) compopt -o default 2>/dev/null ;;\n    esac\n}\n", out);
    fprintf(out, "complete -F _%s %s\n", program->name, program->name);
}

/* ---- zsh -------------------------------------------------------------------------------------------------------- */

static void zsh_option(FILE *out, const struct mxs_command *command, const struct mxs_option *option)
{
    fputs("                '", out);
    if (option->kind == MXS_OPTION_LIST)
        fputc('*', out);
    fprintf(out, "--%s%s[", option->name,
            option->kind == MXS_OPTION_FLAG  ? ""
            : mxs_option_may_be_bare(option) ? "=-"
                                             : "=");
    write_quoted(out, option->help != NULL ? option->help : "", "[]:\\");
    fputc(']', out);
    if (option->kind != MXS_OPTION_FLAG) {
        fputs(mxs_option_may_be_bare(option) ? "::" : ":", out);
        write_quoted(out, option->argument != NULL ? option->argument : "value", "[]:\\");
        fputc(':', out);
        if (has_words(command, option)) {
            fputs(is_listed(option) ? "_sequence compadd - " : "(", out);
            write_words(out, command, option->name, option->choices);
            fputs(is_listed(option) ? "" : ")", out);
        } else if (names_a_file(option)) {
            fputs("_files", out);
        } else if (names_a_folder(option)) {
            fputs("_files -/", out);
        }
    }
    fputs("' \\\n", out);
}

static void zsh_arguments(FILE *out, const struct mxs_command *command)
{
    for (int i = 0; i < arguments_of(command); i++) {
        bool words = word_at(command, argument_names[i], 0) != NULL;
        fprintf(out, "                '%s:argument:%s", is_repeated(command, i) ? "*" : argument_names[i],
                words ? "(" : "_files");
        write_words(out, command, argument_names[i], NULL);
        fprintf(out, "%s'%s\n", words ? ")" : "", i + 1 == arguments_of(command) ? " ;;" : " \\");
    }
    if (arguments_of(command) == 0)
        fputs("                && return 0 ;;\n", out);
}

static void write_zsh(FILE *out, const struct mxs_program *program)
{
    fprintf(out, "#compdef %s\n# %s completion for zsh: put it into a folder of $fpath as _%s\n\n_%s() {\n",
            program->name, program->name, program->name, program->name);
    fputs("    local curcontext=\"$curcontext\" state line\n    local -a commands\n    commands=(\n", out);
    for (size_t i = 0; i < program->command_count; i++) {
        fprintf(out, "        '%s:", program->commands[i]->name);
        write_quoted(out, program->commands[i]->summary, ":\\");
        fputs("'\n", out);
    }
    fputs("        'help:show the options of a command'\n    )\n    if (( CURRENT == 2 )); then\n"
          "        _describe -t commands command commands\n        return\n    fi\n"
          "    local command=${words[2]}\n    shift words\n    (( CURRENT-- ))\n    case $command in\n"
          "        help) _describe -t commands command commands ;;\n", out);
    for (size_t i = 0; i < program->command_count; i++) {
        const struct mxs_command *command = program->commands[i];
        fprintf(out, "        %s)\n            _arguments -s \\\n", command->name);
        for (size_t k = 0; k < mxs_option_count(command); k++)
            zsh_option(out, command, mxs_option_at(command, k));
        zsh_arguments(out, command);
    }
    fprintf(out, "    esac\n}\n\n_%s \"$@\"\n", program->name);
}

/* ---- fish ------------------------------------------------------------------------------------------------------- */

static void fish_option(FILE *out, const struct mxs_program *program, const struct mxs_command *command,
                        const struct mxs_option *option)
{
    fprintf(out, "complete -c %s -n '__fish_seen_subcommand_from %s' -l %s", program->name, command->name,
            option->name);
    if (option->letter != 0)
        fprintf(out, " -s %c", option->letter);
    if (option->kind != MXS_OPTION_FLAG && !mxs_option_may_be_bare(option))
        fputs(names_a_file(option) || names_a_folder(option) ? " -r -F" : " -x", out);
    if (has_words(command, option)) {
        fputs(" -a '", out);
        write_words(out, command, option->name, option->choices);
        fputc('\'', out);
    }
    fputs(" -d '", out);
    /* fish knows \' inside single quotes, not the '\'' of the others */
    for (const char *at = option->help != NULL ? option->help : ""; *at != 0; at++)
        fprintf(out, *at == '\'' || *at == '\\' ? "\\%c" : "%c", *at);
    fputs("'\n", out);
}

static void write_fish(FILE *out, const struct mxs_program *program)
{
    fprintf(out, "# %s completion for fish: %s completion fish > ~/.config/fish/completions/%s.fish\n", program->name,
            program->name, program->name);
    for (size_t i = 0; i < program->command_count; i++) {
        const struct mxs_command *command = program->commands[i];
        fprintf(out, "complete -c %s -n __fish_use_subcommand -f -a %s -d '", program->name, command->name);
        for (const char *at = command->summary; *at != 0; at++)
            fprintf(out, *at == '\'' || *at == '\\' ? "\\%c" : "%c", *at);
        fputs("'\n", out);
        for (size_t k = 0; k < mxs_option_count(command); k++)
            fish_option(out, program, command, mxs_option_at(command, k));
        for (int k = 0; k < arguments_of(command); k++) {
            if (word_at(command, argument_names[k], 0) == NULL)
                continue;
            fprintf(out,
                    "complete -c %s -n '__fish_seen_subcommand_from %s; and test (count (commandline -opc)) -%s %d' -f "
                    "-a '",
                    program->name, command->name, is_repeated(command, k) ? "ge" : "eq", k + 2);
            write_words(out, command, argument_names[k], NULL);
            fputs("'\n", out);
        }
    }
    fprintf(out, "complete -c %s -n __fish_use_subcommand -f -a help -d 'show the options of a command'\n",
            program->name);
}

enum mxs_err mxs_completion_write(FILE *out, const struct mxs_program *program, const char *shell,
                                  struct mxs_detail *detail)
{
    static const struct { const char *name; void (*write)(FILE *, const struct mxs_program *); } shells[] = {
        {"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish},
    };
    struct mxs_nearest nearest;
    mxs_nearest_init(&nearest, shell);
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shells[i].name, shell) == 0) {
            shells[i].write(out, program);
            return MXS_OK;
        }
        mxs_nearest_put(&nearest, shells[i].name);
    }
    const char *hint = mxs_nearest_take(&nearest);
    return mxs_err_set(detail, MXS_ERR_INPUT, "no completions for '%.60s'; there are bash, zsh and fish%s%s%s", shell,
                       hint != NULL ? "; did you mean '" : "", hint != NULL ? hint : "", hint != NULL ? "'?" : "");
}
