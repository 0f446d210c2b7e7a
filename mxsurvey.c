/* The front door: a table of commands and the few words that are no command of a room. Whatever a command does lives in
 * scanner/command or reports/command; what it may be given, in its own table of options. */
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options/completion.h"
#include "options/help.h"
#include "base/nearest.h"
#include "options/option.h"
#include "options/values.h"
#include "reports/command/command.h"
#include "reports/page/diff.h"
#include "reports/command/explain.h"
#include "reports/command/linked.h"
#include "reports/page/summary.h"
#include "scanner/command/command.h"
#include "scanner/input/list.h"
#include "scanner/run/confine.h"

static int run_completion(const mxs_values *values, int argc, char *const *argv);

static const struct mxs_command completion_command = {
    .name = "completion",
    .arguments = MXS_COMPLETION_SHELLS,
    .summary = "write a completion script for a shell",
    .examples = "eval \"$(mxsurvey completion bash)\"\n"
                "mxsurvey completion zsh > ~/.zfunc/_mxsurvey\n"
                "mxsurvey completion fish > ~/.config/fish/completions/mxsurvey.fish\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_completion,
};

static const struct mxs_command *const commands[] = {
    &mxs_scan_command,
    &mxs_report_command,
    &mxs_export_command,
    &mxs_explain_command,
    &mxs_lookup_command,
    &mxs_outage_command,
    &mxs_diff_command,
    &mxs_trend_command,
    &mxs_runs_command,
    &mxs_prune_command,
    &mxs_classify_command,
    &mxs_plan_command,
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
static void complain(const char *text)
{
    fputs("mxsurvey: ", stderr);
    for (const unsigned char *at = (const unsigned char *)text; *at != 0; at++) {
        if (mxs_err_steers(at))
            fprintf(stderr, "\\x%02x", *at);
        else
            fputc(*at, stderr);
    }
    fputc('\n', stderr);
}

static int run_completion(const mxs_values *values, int argc, char *const *argv)
{
    (void)values;
    (void)argc;
    struct mxs_detail detail;
    if (mxs_completion_write(stdout, &program, argv[0], &detail) == MXS_OK)
        return MXS_EXIT_DONE;
    complain(detail.text);
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
    complain(detail.text);
    return MXS_EXIT_USAGE;
}

/* The arguments of `explain` as they are stored: the reports know nothing of IDN, the scanner does. One block. */
static char **stored_names(int argc, char *const *argv)
{
    char **out = malloc((size_t)argc * (sizeof *out + MXS_TYPED_NAME_SIZE));
    char *names = (char *)(out + argc);
    for (int i = 0; out != NULL && i < argc; i++, names += MXS_TYPED_NAME_SIZE)
        out[i] = i > 0 && mxs_list_typed_name(argv[i], names, MXS_TYPED_NAME_SIZE) ? names : argv[i];
    return out;
}

/* A database and a list may be a stranger's, too: what reads them keeps nothing but its own folders. Scan and lookup see to it
 * themselves, by --sandbox; the doctor asks the kernel for what the sandbox refuses (its clock); a completion reads nothing. */
static void confine(const struct mxs_command *command, const mxs_values *values, int argc, char *const *argv)
{
    static const struct mxs_command *const of_database[] = {
        &mxs_report_command, &mxs_export_command, &mxs_explain_command, &mxs_outage_command, &mxs_diff_command,
        &mxs_trend_command, &mxs_runs_command, &mxs_prune_command, &mxs_classify_command};
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
        complain(detail.text);
        return err == MXS_ERR_MEMORY ? MXS_EXIT_FAILED : MXS_EXIT_USAGE;
    }
    char **stored = command == &mxs_explain_command ? stored_names(rest_count, rest) : NULL;
    int code = MXS_EXIT_FAILED;
    if (command == &mxs_explain_command && stored == NULL) {
        complain("out of memory");
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
    mxs_help_write_command(stdout, &program, command, mxs_help_width(stdout));
    return MXS_EXIT_DONE;
}

/* The flat object of texts that the survey room tells, its braces opened: one "name":"version" after the other. */
static void write_versions(FILE *out, bool json)
{
    char linked[1024];
    mxs_survey_versions(linked, sizeof linked);
    linked[strlen(linked) - 1] = 0;
    if (json) {
        fprintf(out, "{\"mxsurvey\":\"%s\",%s,\"libsmartcols\":\"%s\",\"nettle\":\"%s\"}\n", MXS_VERSION, linked + 1,
                mxs_reports_smartcols_version(), mxs_reports_nettle_version());
        return;
    }
    fprintf(out, "mxsurvey %s\n", MXS_VERSION);
    char *rest = linked + 1, *name, *text;
    while ((name = strsep(&rest, "\":,{")) != NULL) {
        if (*name == 0)
            continue;
        while ((text = strsep(&rest, "\"")) != NULL && (*text == 0 || *text == ':'))
            ;
        fprintf(out, "%s %s\n", name, text != NULL ? text : "");
    }
    fprintf(out, "libsmartcols %s\nnettle %s\n", mxs_reports_smartcols_version(), mxs_reports_nettle_version());
}

static int version(int argc, char *const *argv)
{
    bool json = argc > 0 && strcmp(argv[0], "--json") == 0;
    if (argc > (json ? 1 : 0)) {
        complain("--version takes nothing but --json");
        return MXS_EXIT_USAGE;
    }
    write_versions(stdout, json);
    return MXS_EXIT_DONE;
}

/* The end of a scan is told by the room that tells: the two meet here and in the database only. */
static int after_scan(mxs_store *store, int64_t run_id, int argc, char *const *names, const mxs_values *values)
{
    (void)argc;
    (void)names;
    struct mxs_detail detail;
    if (mxs_report_summary(store, run_id, stdout, &detail) != MXS_OK) {
        complain(detail.text);
        return MXS_EXIT_FAILED;
    }
    printf("\nNext: mxsurvey report %s\n", mxs_values_text(values, "db"));
    return MXS_EXIT_DONE;
}

/* What a collecting sink holds becomes the hook's. */
static enum mxs_err hand_over(mxs_out *out, enum mxs_err err, char **text, size_t *size_bytes, struct mxs_detail *detail)
{
    if (err == MXS_OK && out->err != MXS_OK)
        err = mxs_err_set(detail, out->err, "out of memory");
    char *copy = err == MXS_OK ? strndup(out->buffer, out->used) : NULL;
    if (err == MXS_OK && copy == NULL)
        err = mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory");
    if (err == MXS_OK) {
        *text = copy;
        *size_bytes = out->used;
    }
    mxs_out_abandon(out);
    return err;
}

/* --on-finish: what `report --format json` says. */
static enum mxs_err tell_run(mxs_store *store, int64_t run_id, char **text, size_t *size_bytes, struct mxs_detail *detail)
{
    struct mxs_run run;
    struct mxs_snapshot snapshot;
    mxs_out out;
    enum mxs_err err = mxs_run_find(store, run_id, NULL, &run, detail);
    if (err == MXS_OK)
        err = mxs_snapshot_open(&snapshot, store, &run, detail);
    if (err != MXS_OK)
        return err;
    mxs_out_attach(&out, NULL);
    err = mxs_summary_write(&snapshot, MXS_FORMAT_JSON, NULL, &out, detail);
    mxs_snapshot_close(&snapshot);
    return hand_over(&out, err, text, size_bytes, detail);
}

/* --on-change: what `diff --format json` says, if there is a run before this one and anything changed. */
static enum mxs_err tell_changes(mxs_store *store, int64_t run_id, char **text, size_t *size_bytes, struct mxs_detail *detail)
{
    struct mxs_run from, to;
    struct mxs_diff diff;
    mxs_out out;
    enum mxs_err err = mxs_run_find(store, run_id, NULL, &to, detail);
    if (err != MXS_OK || to.previous == 0)
        return err;
    err = mxs_run_find(store, to.previous, NULL, &from, detail);
    if (err == MXS_OK)
        err = mxs_diff_open(&diff, store, &from, &to, &(struct mxs_diff_options){0}, detail);
    if (err != MXS_OK)
        return err;
    if (diff.changed > 0) {
        mxs_out_attach(&out, NULL);
        err = mxs_diff_write(&diff, MXS_FORMAT_JSON, NULL, &out, detail);
        err = hand_over(&out, err, text, size_bytes, detail);
    }
    mxs_diff_close(&diff);
    return err;
}

static int after_lookup(mxs_store *store, int64_t run_id, int argc, char *const *names, const mxs_values *values)
{
    (void)values;
    int code = MXS_EXIT_DONE;
    for (int i = 0; i < argc; i++) {
        struct mxs_detail detail;
        if (i > 0)
            putchar('\n');
        char name[MXS_TYPED_NAME_SIZE];
        const char *stored = mxs_list_typed_name(names[i], name, sizeof name) ? name : names[i];
        enum mxs_err err = mxs_explain_store(store, run_id, stored, stdout, &detail);
        if (err == MXS_ERR_STOPPED) /* `| head` has seen enough */
            return MXS_EXIT_DONE;
        if (err == MXS_OK)
            continue;
        complain(detail.text);
        code = MXS_EXIT_FAILED;
    }
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

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    mxs_survey_read_with(after_scan, after_lookup);
    mxs_survey_tell_with(tell_run, tell_changes);
    int code = dispatch(argc, argv);
    bool lost = ferror(stdout) != 0;
    if ((fflush(stdout) != 0 || lost) && !reader_gone()) { /* a full disk behind a redirection shows only here */
        if (code != MXS_EXIT_FAILED) /* who failed has said so */
            complain("standard output could not be written");
        return code == MXS_EXIT_DONE ? MXS_EXIT_FAILED : code;
    }
    return code;
}
