/* The front door: a table of commands and the few words that are no command of a room. Whatever a command does lives in
 * scanner/command or reports/command; what it may be given, in its own table of options. */
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "options/completion.h"
#include "options/help.h"
#include "options/option.h"
#include "options/values.h"
#include "reports/command/command.h"
#include "reports/command/hooks.h"
#include "reports/command/versions.h"
#include "scanner/command/command.h"
#include "scanner/input/list.h"
#include "scanner/run/confine.h"

static int run_completion(const mxs_values *values, int argc, char *const *argv);

static const char *completion_word(const char *of, size_t index)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    return strcmp(of, "1") == 0 && index < sizeof shells / sizeof *shells ? shells[index] : NULL;
}

static const struct mxs_command completion_command = {
    .name = "completion",
    .arguments = MXS_COMPLETION_SHELLS,
    .summary = "write a completion script for a shell",
    .examples = "eval \"$(mxsurvey completion bash)\"\n"
                "mxsurvey completion zsh > ~/.zfunc/_mxsurvey\n"
                "mxsurvey completion fish > ~/.config/fish/completions/mxsurvey.fish\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .words = completion_word,
    .run = run_completion,
};

static const struct mxs_command *const commands[] = {
    &mxs_scan_command,
    &mxs_report_command,
    &mxs_export_command,
    &mxs_explain_command,
    &mxs_lookup_command,
    &mxs_outage_command,
    &mxs_drill_command,
    &mxs_diff_command,
    &mxs_trend_command,
    &mxs_runs_command,
    &mxs_prune_command,
    &mxs_classify_command, &mxs_merge_command,
    &mxs_plan_command,
    &mxs_recursor_command,
    &mxs_doctor_command,
    &completion_command,
};

static const struct mxs_program program = {
    .name = "mxsurvey",
    .summary = "how the domains of a list receive mail: MX hosts, providers, redundancy, and what changes",
    .examples = "mxsurvey scan domains.txt\n"
                "mxsurvey report survey.db\n"
                "mxsurvey lookup example.org\n",
    .commands = commands,
    .command_count = sizeof commands / sizeof *commands,
};

/* One line on stderr. Bytes that could steer a terminal are shown, not sent: part of it may be what somebody typed. */
static void write_error(const char *text)
{
    char shown[8 * MXS_DETAIL_TEXT_SIZE];
    mxs_utf8_show(shown, sizeof shown, text);
    fprintf(stderr, "mxsurvey: %s\n", shown);
}

static int run_completion(const mxs_values *values, int argc, char *const *argv)
{
    (void)values;
    (void)argc;
    struct mxs_detail detail;
    if (mxs_completion_write(stdout, &program, argv[0], &detail) == MXS_OK)
        return MXS_EXIT_DONE;
    write_error(detail.text);
    return MXS_EXIT_USAGE;
}

static const struct mxs_command *command_of(const char *name)
{
    for (size_t i = 0; i < program.command_count; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    struct mxs_nearest nearest;
    mxs_nearest_init(&nearest, name);
    for (size_t i = 0; i < program.command_count; i++)
        mxs_nearest_put(&nearest, commands[i]->name);
    mxs_nearest_put(&nearest, "help");
    mxs_nearest_put(&nearest, "--help");
    mxs_nearest_put(&nearest, "--version");
    const char *hint = mxs_nearest_take(&nearest);
    struct mxs_detail detail;
    if (hint != NULL)
        mxs_err_set(&detail, MXS_ERR_INPUT, "unknown command '%.100s'; did you mean '%s'?", name, hint);
    else
        mxs_err_set(&detail, MXS_ERR_INPUT, "unknown command '%.100s'; 'mxsurvey --help' lists them", name);
    write_error(detail.text);
    return MXS_EXIT_USAGE;
}

/* Arguments as they are stored, from the first name on: the reports know nothing of IDN, the scanner does. One block.
 */
static char **stored_names(int argc, char *const *argv, int first)
{
    char **out = malloc((size_t)argc * (sizeof *out + MXS_TYPED_NAME_SIZE));
    char *names = (char *)(out + argc);
    for (int i = 0; out != NULL && i < argc; i++, names += MXS_TYPED_NAME_SIZE)
        out[i] = i >= first && mxs_list_typed_name(argv[i], names, MXS_TYPED_NAME_SIZE) ? names : argv[i];
    return out;
}

/* A database and a list may be a stranger's, too: what reads them keeps nothing but its own folders. Scan and lookup
 * see to it themselves, by --sandbox; the doctor asks the kernel for what the sandbox refuses (its clock); a completion
 * reads nothing. */
static void confine(const struct mxs_command *command, const mxs_values *values, int argc, char *const *argv)
{
    static const struct mxs_command *const of_database[] = {
        &mxs_report_command, &mxs_export_command, &mxs_explain_command, &mxs_outage_command, &mxs_drill_command,
        &mxs_diff_command,   &mxs_trend_command,  &mxs_runs_command,    &mxs_prune_command,  &mxs_classify_command};
    static const char *const outputs[] = {"output", "bundle"};
    const char *files[3] = {NULL};
    bool known = command == &mxs_plan_command; /* which writes nowhere */
    for (size_t i = 0; i < sizeof of_database / sizeof *of_database && !known; i++)
        known = command == of_database[i];
    if (!known)
        return;
    files[0] = command != &mxs_plan_command && argc > 0 ? argv[0] : NULL;
    for (size_t i = 0; i < 2; i++)
        files[i + 1] = mxs_option_find(command, outputs[i]) >= 0 ? mxs_values_text(values, outputs[i]) : NULL;
    mxs_confine_reader(files, 3);
}

static int run_command(const struct mxs_command *command, int argc, char *const *argv)
{
    mxs_values *values = NULL;
    struct mxs_detail detail = {0};
    int rest_count = 0;
    char *const *rest = NULL;
    enum mxs_err err = mxs_values_create_in(&values, &program, command, argc, argv, &rest_count, &rest, &detail);
    if (err == MXS_ERR_END) {
        mxs_help_write_command(stdout, &program, command, mxs_help_width(stdout));
        return MXS_EXIT_DONE;
    }
    if (err != MXS_OK) {
        write_error(detail.text);
        return err == MXS_ERR_MEMORY ? MXS_EXIT_FAILED : MXS_EXIT_USAGE;
    }
    bool named = command == &mxs_explain_command || command == &mxs_drill_command;
    char **stored = named ? stored_names(rest_count, rest, 1) : NULL;
    int code = MXS_EXIT_FAILED;
    if (named && stored == NULL) {
        write_error("out of memory");
    } else {
        confine(command, values, rest_count, rest);
        code = command->run(values, rest_count, stored != NULL ? stored : rest);
    }
    free(stored);
    mxs_values_destroy(&values);
    return code;
}

static int help(int argc, char *const *argv)
{
    if (argc == 0) {
        mxs_help_write_program(stdout, &program, mxs_help_width(stdout));
        return MXS_EXIT_DONE;
    }
    const struct mxs_command *command = command_of(argv[0]);
    if (command == NULL)
        return unknown_command(argv[0]);
    if (argc > 1) {
        struct mxs_detail detail;
        mxs_err_set(&detail, MXS_ERR_INPUT, "help is about one command: '%.100s' is one word too many", argv[1]);
        write_error(detail.text);
        return MXS_EXIT_USAGE;
    }
    mxs_help_write_command(stdout, &program, command, mxs_help_width(stdout));
    return MXS_EXIT_DONE;
}

static void put_version_text(void *arg, const char *name, const char *version)
{
    mxs_out_format(arg, "%s %s\n", name, version);
}
static void put_version_json(void *arg, const char *name, const char *version)
{
    mxs_json_put_string(arg, name, version);
}

static int write_versions(bool as_json)
{
    struct mxs_detail detail;
    struct mxs_json json;
    mxs_out out;
    mxs_out_attach(&out, stdout);
    mxs_json_init(&json, &out);
    void (*put)(void *, const char *, const char *) = as_json ? put_version_json : put_version_text;
    void *arg = as_json ? (void *)&json : (void *)&out;
    if (as_json)
        mxs_json_open_object(&json, NULL);
    put(arg, "mxsurvey", MXS_VERSION);
    mxs_survey_put_versions(put, arg);
    mxs_reports_put_versions(put, arg);
    mxs_json_finish(&json);
    mxs_out_text(&out, as_json ? "\n" : "");
    if (mxs_out_finish(&out, &detail) == MXS_OK || detail.err == MXS_ERR_STOPPED)
        return MXS_EXIT_DONE;
    write_error(detail.text);
    return MXS_EXIT_FAILED;
}

static int version(int argc, char *const *argv)
{
    bool json = argc > 0 && strcmp(argv[0], "--json") == 0;
    if (argc > (json ? 1 : 0)) {
        write_error("--version takes nothing but --json");
        return MXS_EXIT_USAGE;
    }
    return write_versions(json);
}

/* Names as people type them are known to the scanner's wing, what was found of them to the other: they meet here only.
 */
static int after_lookup(mxs_store *store, int64_t run_id, int argc, char *const *names, const mxs_values *values)
{
    char **stored = stored_names(argc, names, 0);
    if (stored == NULL) {
        write_error("out of memory");
        return MXS_EXIT_FAILED;
    }
    int code = mxs_hooks_write_lookup(store, run_id, argc, stored, values);
    free(stored);
    return code;
}

static int dispatch(int argc, char *const *argv)
{
    if (argc < 2) {
        mxs_help_write_program(stderr, &program, mxs_help_width(stderr));
        return MXS_EXIT_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return help(argc - 2, argv + 2);
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        return version(argc - 2, argv + 2);
    const struct mxs_command *command = command_of(word);
    return command != NULL ? run_command(command, argc - 1, argv + 1) : unknown_command(word);
}

/* Whoever read our output has gone: their choice, and nothing to complain about. */
static bool reader_gone(void)
{
    struct pollfd stdout_end = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&stdout_end, 1, 0) == 1 && (stdout_end.revents & POLLERR) != 0;
}

/* Where 0, 1 or 2 is closed, the next file that is opened would get its number, and with it what is meant for a reader
 * or a terminal. Each is opened the wrong way round, so that using it is the error that it is without this. */
static void fill_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            abort(); /* below fd all are open: the lowest that is free is this one */
}

int main(int argc, char **argv)
{
    fill_standard_streams();
    setlocale(LC_CTYPE, "");
    mxs_scan_read_with(mxs_hooks_write_scan);
    mxs_lookup_read_with(after_lookup);
    mxs_reports_findings_with(mxs_survey_finding_text);
    mxs_reports_current_with(mxs_survey_is_current);
    mxs_survey_tell_with(mxs_hooks_read_run, mxs_hooks_read_changes);
    int code = dispatch(argc, argv);
    bool lost = ferror(stdout) != 0;
    if ((fflush(stdout) != 0 || lost) && !reader_gone()) { /* a full disk behind a redirection shows only here */
        if (code != MXS_EXIT_FAILED) /* who failed has said so */
            write_error("standard output could not be written");
        return code == MXS_EXIT_DONE ? MXS_EXIT_FAILED : code;
    }
    return code;
}
