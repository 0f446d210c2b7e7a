#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "options/completion.h"
#include "options/help.h"

static const struct mxs_option options[] = {
    {.name = "resolver",
     .letter = 'r',
     .kind = MXS_OPTION_LIST,
     .argument = "ADDR[:PORT]",
     .group = "Whom to ask",
     .help =
         "a resolver; it's IPv4 or [IPv6]:PORT, and this sentence is long enough to be wrapped at least once or twice"},
    {.name = "color",
     .kind = MXS_OPTION_CHOICE,
     .argument = "WHEN",
     .choices = "auto|always|never",
     .fallback = "auto",
     .group = "Output",
     .help = "colours"},
    {.name = "a-very-long-option-name-indeed",
     .kind = MXS_OPTION_TEXT,
     .argument = "FILE",
     .group = "Whom to ask",
     .help = "long: \\ [x]"},
    {.name = "quiet", .letter = 'q', .kind = MXS_OPTION_FLAG, .group = "Output", .help = "say less"},
};
static const struct mxs_command scan = {.name = "scan", .arguments = "[options] INPUT...",
    .summary = "survey domain lists into a database: it's what this is for",
    .examples = "mxsurvey scan domains.txt\nmxsurvey scan -r 127.0.0.1 a.txt b.txt.gz\n", .options = options,
    .option_count = 4, .arguments_min = 1, .arguments_max = -1};
static const struct mxs_command completion = {
    .name = "completion", .arguments = "bash|zsh|fish", .summary = "complete"};
static const struct mxs_command *const commands[] = {&scan, &completion};
static const struct mxs_program program = {"mxsurvey", "how domains receive mail", NULL, commands, 2};

static char *text;

static void command_at(unsigned width)
{
    size_t size;
    free(text);
    FILE *out = open_memstream(&text, &size);
    mxs_help_write_command(out, &program, &scan, width);
    fclose(out);
}

static size_t longest_line(void)
{
    size_t longest = 0;
    for (const char *at = text; *at != 0; at += *at == '\n') {
        size_t size = strcspn(at, "\n");
        longest = size > longest ? size : longest;
        at += size;
    }
    return longest;
}

static void tear_down(void) { free(text); text = NULL; }
TestSuite(options_help, .fini = tear_down);

Test(options_help, absurd_widths_are_survived)
{
    command_at(0);
    cr_assert_not_null(strstr(text, "--resolver"));
    command_at(4000000000u);
    cr_assert_leq(longest_line(), 100);
}

Test(options_help, lines_keep_to_the_width)
{
    const unsigned widths[] = {60, 72, 80, 100};
    for (size_t i = 0; i < 4; i++) {
        command_at(widths[i]);
        cr_assert_leq(longest_line(), widths[i], "at %u:\n%s", widths[i], text);
    }
}

Test(options_help, examples_come_before_options_and_every_option_is_shown)
{
    command_at(100);
    const char *examples = strstr(text, "Examples:"), *group = strstr(text, "Whom to ask:");
    cr_assert(examples != NULL && group != NULL && examples < group);
    cr_assert(strstr(text, "  mxsurvey scan -r 127.0.0.1 a.txt b.txt.gz\n") != NULL);
    for (size_t i = 0; i < 4; i++)
        cr_assert_not_null(strstr(text, options[i].name));
    cr_assert_not_null(strstr(text, "--config FILE"));
    cr_assert_not_null(strstr(text, "-h, --help"));
    cr_assert_not_null(strstr(text, "colours (one of auto, always, never; default: auto)"));
    cr_assert_null(strstr(strstr(text, "Whom to ask:") + 1, "Whom to ask:")); /* one heading per group */
}

static int syntax_of(const char *shell, const char *check)
{
    char path[] = "/tmp/mxs-completion-XXXXXX", line[200];
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    FILE *out = fdopen(fd, "w");
    struct mxs_detail detail;
    cr_assert_eq(mxs_completion_write(out, &program, shell, &detail), MXS_OK);
    fclose(out);
    snprintf(line, sizeof line, "command -v %s >/dev/null || exit 0; %s %s", shell, check, path);
    int code = system(line);
    remove(path);
    return code;
}

Test(options_help, completions_are_valid_in_their_shells)
{
    cr_assert_eq(syntax_of("bash", "bash -n"), 0);
    cr_assert_eq(syntax_of("zsh", "zsh -n"), 0);
    cr_assert_eq(syntax_of("fish", "fish -n"), 0);
}

Test(options_help, no_such_shell)
{
    struct mxs_detail detail;
    cr_assert_eq(mxs_completion_write(stdout, &program, "bsh", &detail), MXS_ERR_INPUT);
    cr_assert_not_null(strstr(detail.text, "did you mean 'bash'?"));
    cr_assert_eq(mxs_completion_write(stdout, &program, "", &detail), MXS_ERR_INPUT);
}

static const char *second_word(const char *of, size_t index)
{
    static const char *const words[] = {"curve", "findings", "providers"};
    return strcmp(of, "2") == 0 && index < 3 ? words[index] : NULL;
}

Test(options_help, the_words_of_an_argument_are_listed_where_a_command_says_so)
{
    struct mxs_command report = scan;
    report.words = second_word;
    size_t size;
    char *told = NULL;
    for (int listed = 0; listed < 2; listed++) {
        free(told);
        report.listed = listed ? "Tables" : NULL;
        FILE *out = open_memstream(&told, &size);
        mxs_help_write_command(out, &program, &report, 80);
        fclose(out);
        cr_expect_eq(strstr(told, "\nTables:\n  curve, findings, providers\n") != NULL, listed == 1, "%s", told);
    }
    free(told);
}
