#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "options/option.h"

static const struct mxs_option scan_options[] = {
    {.name = "db", .letter = 'o', .kind = MXS_OPTION_TEXT, .argument = "FILE", .fallback = "survey.db"},
    {.name = "resolver", .letter = 'r', .kind = MXS_OPTION_LIST, .argument = "ADDR"},
    {.name = "resolvers", .kind = MXS_OPTION_TEXT, .argument = "FILE"},
    {.name = "rate", .kind = MXS_OPTION_NUMBER, .argument = "QPS", .fallback = "0", .max = 1000000},
    {.name = "tries", .kind = MXS_OPTION_NUMBER, .argument = "N", .fallback = "3", .min = 1, .max = 10},
    {.name = "seed", .kind = MXS_OPTION_NUMBER, .argument = "N"},
    {.name = "new", .kind = MXS_OPTION_FLAG},
    {.name = "color",
     .kind = MXS_OPTION_CHOICE,
     .argument = "WHEN",
     .choices = "auto|always|never",
     .fallback = "auto"},
    {.name = "list", .kind = MXS_OPTION_TEXT, .argument = "NAME", .fallback = "default"},
    {.name = "on-finish", .kind = MXS_OPTION_TEXT, .argument = "CMD"},
};
static const struct mxs_option report_options[] = {
    {.name = "format", .kind = MXS_OPTION_CHOICE, .argument = "F", .choices = "text|json", .fallback = "text"},
    {.name = "list", .kind = MXS_OPTION_TEXT, .argument = "NAME", .fallback = "default"},
};
#define COUNT(a) (sizeof(a) / sizeof *(a))
static const struct mxs_command scan = {.name = "scan", .arguments = "[options] INPUT...", .summary = "survey",
    .options = scan_options, .option_count = COUNT(scan_options), .arguments_min = 1, .arguments_max = -1};
static const struct mxs_command report = {.name = "report", .arguments = "DB [NAME]", .summary = "tell",
    .options = report_options, .option_count = COUNT(report_options), .arguments_min = 1, .arguments_max = 2};
static const char *const shared[] = {"resolver", "resolvers", NULL};
static const struct mxs_command lookup = {.name = "lookup", .arguments = "DOMAIN", .summary = "ask",
    .options = scan_options, .option_count = COUNT(scan_options), .arguments_min = 1, .arguments_max = 1,
    .shared = shared, .sharer = "scan"};
static const struct mxs_command *const commands[] = {&scan, &report, &lookup};
static const struct mxs_program program = {"mxsurvey", "", NULL, commands, 3};

static char home[64];
static mxs_values *values;
static struct mxs_detail detail;
static int rest_count;
static char *const *rest;

static void set_up(void)
{
    strcpy(home, "/tmp/mxs-options-XXXXXX");
    cr_assert_not_null(mkdtemp(home));
    setenv("XDG_CONFIG_HOME", home, 1);
    setenv("HOME", home, 1);
    extern char **environ;
    for (char **at = environ; *at != NULL;) {
        char name[100];
        if (strncmp(*at, "MXSURVEY_", 9) == 0 && snprintf(name, sizeof name, "%.*s", (int)strcspn(*at, "="), *at) > 0)
            unsetenv(name);
        else
            at++;
    }
    values = NULL;
    memset(&detail, 0, sizeof detail);
}

static void tear_down(void)
{
    char path[100];
    mxs_values_destroy(&values);
    snprintf(path, sizeof path, "%s/mxsurvey.ini", home);
    unlink(path);
    snprintf(path, sizeof path, "%s/named.ini", home);
    unlink(path);
    rmdir(home);
}

TestSuite(options_option, .init = set_up, .fini = tear_down);

static void put_file(const char *name, const char *text, size_t size)
{
    char path[100];
    snprintf(path, sizeof path, "%s/%s", home, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, size, file), size);
    fclose(file);
}
static void put_ini(const char *text) { put_file("mxsurvey.ini", text, strlen(text)); }

static enum mxs_err read_command(const struct mxs_command *command, const char *const *argv)
{
    int argc = 0;
    while (argv[argc] != NULL)
        argc++;
    mxs_values_destroy(&values);
    return mxs_values_create_in(&values, &program, command, argc, (char *const *)argv, &rest_count, &rest, &detail);
}
#define READ(...) read_command(&scan, (const char *const[]){"scan", __VA_ARGS__, NULL})
#define READ_LOOKUP(...) read_command(&lookup, (const char *const[]){"lookup", __VA_ARGS__, NULL})
#define READ_REPORT(...) read_command(&report, (const char *const[]){"report", __VA_ARGS__, NULL})
#define SAYS(part) cr_assert(strstr(detail.text, part) != NULL, "'%s' does not say '%s'", detail.text, part)
#define REFUSED(sentence, ...)                        \
    do {                                              \
        cr_assert_eq(READ(__VA_ARGS__), MXS_ERR_INPUT); \
        cr_assert_null(values);                       \
        SAYS(sentence);                               \
    } while (0)

Test(options_option, unknown_options_are_refused_with_the_nearest)
{
    REFUSED("unknown option --resovler; did you mean --resolver?", "--resovler", "192.0.2.1", "x");
    REFUSED("unknown option --resovler; did you mean --resolver?", "--resovler=192.0.2.1", "x");
    REFUSED("unknown option --xylophone; see 'mxsurvey scan --help'", "--xylophone", "x");
    REFUSED("unknown option -Z", "-Z", "x");
    REFUSED("unknown option: byte 255", "-\xff", "x");
    REFUSED("unknown option --", "--=", "x");
}

/* getopt_long takes a beginning that fits one option alone: what is typed is to be what is meant. */
Test(options_option, beginnings_of_options_are_refused)
{
    REFUSED("unknown option --ra; did you mean --rate?", "--ra", "5", "x");
    REFUSED("unknown option --ra; did you mean --rate?", "--ra=5", "x");
    REFUSED("unknown option --on; did you mean --on-finish?", "x", "--on", "never"); /* --new is nearer */
    REFUSED("unknown option --ne; did you mean --new?", "--ne", "x");
    REFUSED("unknown option --re; did you mean --resolver?", "--re", "5", "x"); /* of several */
    cr_assert_eq(READ("--rate", "--resolver", "x"), MXS_ERR_INPUT);
    SAYS("--rate: '--resolver' is not a whole number");
}

Test(options_option, a_word_of_a_megabyte_is_refused)
{
    char *word = malloc(1 << 20);
    memset(word, 'a', 1 << 20);
    memcpy(word, "--", 2);
    word[(1 << 20) - 1] = 0;
    REFUSED("unknown option --aaa", word, "x");
    free(word);
}

Test(options_option, numbers_outside_their_range_or_no_numbers_are_refused)
{
    REFUSED("--tries: '0' is not a whole number from 1 to 10", "--tries", "0", "x");
    REFUSED("--tries: '11'", "--tries=11", "x");
    REFUSED("--tries: ''", "--tries=", "x");
    REFUSED("--tries: '3x'", "--tries=3x", "x");
    REFUSED("--tries: ' 3'", "--tries= 3", "x");
    REFUSED("--tries: '+3'", "--tries=+3", "x");
    REFUSED("--tries: '0x3'", "--tries=0x3", "x");
    REFUSED("--tries: '1e1'", "--tries=1e1", "x");
    REFUSED("--rate: '-1'", "--rate=-1", "x");
    REFUSED("--seed: '99999999999999999999'", "--seed=99999999999999999999", "x");
}

Test(options_option, a_wrong_choice_names_the_choices)
{
    REFUSED("--color: 'alwyas' is none of auto|always|never; did you mean 'always'?", "--color", "alwyas", "x");
    REFUSED("--color: '' is none of", "--color=", "x");
    REFUSED("is none of", "--color=auto|always", "x");
}

Test(options_option, a_missing_value_or_argument_is_refused)
{
    REFUSED("--rate needs a value: --rate QPS", "x", "--rate");
    REFUSED("--resolver needs a value: --resolver ADDR", "x", "-r");
    REFUSED("an argument is missing: mxsurvey scan [options] INPUT...", "--new");
    cr_assert_eq(READ_REPORT("a", "b", "c"), MXS_ERR_INPUT);
    SAYS("'c' is one argument too many: mxsurvey report DB [NAME]");
    REFUSED("--new: 'perhaps' is neither yes nor no", "--new=perhaps", "x");
}

Test(options_option, outputs_are_untouched_on_failure)
{
    rest_count = 77;
    rest = (char *const *)0x1;
    REFUSED("unknown option", "--nonsense", "x");
    cr_assert_eq(rest_count, 77);
    cr_assert_eq((void *)rest, (void *)0x1);
}

Test(options_option, help_wins_over_missing_arguments)
{
    cr_assert_eq(READ("--help"), MXS_ERR_END);
    cr_assert_null(values);
    cr_assert_eq(READ("-h"), MXS_ERR_END);
}

Test(options_option, defaults_hold_when_nothing_is_said)
{
    cr_assert_eq(READ("x"), MXS_OK);
    cr_assert_str_eq(mxs_values_text(values, "db"), "survey.db");
    cr_assert_eq(mxs_values_number(values, "tries"), 3);
    cr_assert_eq(mxs_values_count(values, "resolver"), 0);
    cr_assert_null(mxs_values_text(values, "resolvers"));
    cr_assert_not(mxs_values_flag(values, "new"));
    cr_assert_not(mxs_values_given(values, "tries"));
    cr_assert_str_eq(mxs_values_origin(values, "tries"), "default");
}

Test(options_option, arguments_may_stand_anywhere)
{
    cr_assert_eq(READ("a", "--tries", "2", "-", "-r", "192.0.2.1", "--new", "--", "--tries"), MXS_OK);
    cr_assert_eq(rest_count, 3);
    cr_assert_str_eq(rest[0], "a");
    cr_assert_str_eq(rest[1], "-");
    cr_assert_str_eq(rest[2], "--tries");
    cr_assert_eq(mxs_values_number(values, "tries"), 2);
    cr_assert(mxs_values_flag(values, "new"));
}

Test(options_option, lists_repeat_and_the_last_of_others_wins)
{
    cr_assert_eq(
        READ("-r192.0.2.1", "--resolver=[2001:db8::1]:53", "--tries=2", "--tries=4", "-o", "a", "-o", "b", "x"),
        MXS_OK);
    cr_assert_eq(mxs_values_count(values, "resolver"), 2);
    cr_assert_str_eq(mxs_values_at(values, "resolver", 1), "[2001:db8::1]:53");
    cr_assert_eq(mxs_values_number(values, "tries"), 4);
    cr_assert_str_eq(mxs_values_text(values, "db"), "b");
    cr_assert_str_eq(mxs_values_origin(values, "db"), "--db");
}

Test(options_option, the_environment_is_weaker_than_a_flag)
{
    setenv("MXSURVEY_RESOLVER", "192.0.2.1, 192.0.2.2\t192.0.2.3", 1);
    setenv("MXSURVEY_TRIES", "5", 1);
    setenv("MXSURVEY_ON_FINISH", "mail -s 'a, b' me", 1);
    setenv("MXSURVEY_RATE", "", 1);
    cr_assert_eq(READ("--tries", "6", "x"), MXS_OK);
    cr_assert_eq(mxs_values_number(values, "tries"), 6);
    cr_assert_eq(mxs_values_count(values, "resolver"), 3);
    cr_assert_str_eq(mxs_values_text(values, "on-finish"), "mail -s 'a, b' me");
    cr_assert_not(mxs_values_given(values, "rate"));
    cr_assert_str_eq(mxs_values_origin(values, "resolver"), "MXSURVEY_RESOLVER");
    cr_assert_eq(READ("-r", "192.0.2.9", "x"), MXS_OK);
    cr_assert_eq(mxs_values_count(values, "resolver"), 1);
}

Test(options_option, a_wrong_environment_is_refused_by_its_name)
{
    setenv("MXSURVEY_TRIES", "many", 1);
    REFUSED("MXSURVEY_TRIES: 'many' is not a whole number", "x");
    setenv("MXSURVEY_TRIES", "many", 1);
    REFUSED("MXSURVEY_TRIES", "--tries=2", "x"); /* also when it would not win */
}

Test(options_option, a_variable_that_sets_nothing_is_refused_with_the_nearest_that_does)
{
    setenv("MXSURVEY_RATES", "5", 1);
    REFUSED("MXSURVEY_RATES in the environment sets nothing; did you mean MXSURVEY_RATE?", "x");
    setenv("MXSURVEY_RATES", "", 1);
    cr_assert_eq(READ("x"), MXS_OK, "%s", detail.text);
    setenv("MXSURVEY_FORMAT", "json", 1); /* of the other command */
    cr_assert_eq(READ("x"), MXS_OK, "%s", detail.text);
    char name[300] = "MXSURVEY_";
    memset(name + strlen(name), 'X', 250);
    setenv(name, "1", 1);
    REFUSED("names no option", "x");
}

Test(options_option, files_are_weaker_than_the_environment_and_the_named_file_stronger_than_the_users)
{
    put_ini("[scan]\ntries = 4\nrate = 10\ncolor = never\nnew = yes\nresolver = 192.0.2.1\nresolver = 192.0.2.2\n");
    char named[100];
    snprintf(named, sizeof named, "%s/named.ini", home);
    const char *text = "; mine\n[scan]\nrate: 20\nresolver = 192.0.2.3\n";
    put_file("named.ini", text, strlen(text));
    setenv("MXSURVEY_COLOR", "always", 1);
    cr_assert_eq(READ("--config", named, "x"), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_values_number(values, "tries"), 4);
    cr_assert_eq(mxs_values_number(values, "rate"), 20);
    cr_assert_str_eq(mxs_values_text(values, "color"), "always");
    cr_assert_eq(mxs_values_count(values, "resolver"), 1);
    cr_assert(mxs_values_flag(values, "new"));
    cr_assert(strstr(mxs_values_origin(values, "tries"), "mxsurvey.ini:2") != NULL);
    cr_assert_eq(READ("--new=no", "x"), MXS_OK);
    cr_assert_not(mxs_values_flag(values, "new"));
    cr_assert_eq(mxs_values_count(values, "resolver"), 2);
}

Test(options_option, a_list_has_its_own_section)
{
    put_ini("[list:dotcom]\nrate = 99\nformat = json\n[scan]\nrate = 10\n[list:other]\nrate = 77\n");
    cr_assert_eq(READ("x"), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_values_number(values, "rate"), 10);
    cr_assert_eq(READ("--list", "dotcom", "x"), MXS_OK);
    cr_assert_eq(mxs_values_number(values, "rate"), 99);
    cr_assert_eq(READ_REPORT("--list", "dotcom", "x"), MXS_OK);
    cr_assert_str_eq(mxs_values_text(values, "format"), "json");
    put_ini("[scan]\nlist = other\n[list:other]\nrate = 77\n");
    cr_assert_eq(READ("x"), MXS_OK);
    cr_assert_eq(mxs_values_number(values, "rate"), 77);
    setenv("MXSURVEY_LIST", "none", 1);
    cr_assert_eq(READ("x"), MXS_OK);
    cr_assert_eq(mxs_values_number(values, "rate"), 0);
}

Test(options_option, what_a_command_shares_with_another_may_stand_in_its_section)
{
    put_ini("[scan]\nresolver = 192.0.2.1\nresolver = 192.0.2.2\nrate = 10\n");
    cr_assert_eq(READ_LOOKUP("x"), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_values_count(values, "resolver"), 2);
    cr_assert_eq(mxs_values_number(values, "rate"), 0, "the others are its own");
    cr_assert_eq(READ_REPORT("x"), MXS_OK, "%s", detail.text);
    put_ini("[lookup]\nresolver = 192.0.2.3\n[scan]\nresolver = 192.0.2.1\nresolver = 192.0.2.2\n"
            "[list:default]\nrate = 7\n");
    cr_assert_eq(READ_LOOKUP("x"), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_values_count(values, "resolver"), 1, "its own section wins, wherever it stands");
    cr_assert_str_eq(mxs_values_at(values, "resolver", 0), "192.0.2.3");
    cr_assert_eq(mxs_values_number(values, "rate"), 7);
    char named[100];
    snprintf(named, sizeof named, "%s/named.ini", home);
    const char *text = "[scan]\nresolver = 192.0.2.9\n";
    put_file("named.ini", text, strlen(text));
    cr_assert_eq(READ_LOOKUP("--config", named, "x"), MXS_OK, "%s", detail.text);
    cr_assert_str_eq(mxs_values_at(values, "resolver", 0), "192.0.2.9", "the nearer file wins");
    cr_assert_eq(READ("x"), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_values_count(values, "resolver"), 2, "nobody else takes it from lookup");
}

#define REFUSED_FILE(text, sentence) \
    do {                             \
        put_ini(text);               \
        REFUSED(sentence, "x");      \
    } while (0)

Test(options_option, wrong_files_are_refused_with_file_and_line)
{
    REFUSED_FILE("[scan]\n\nrat = 1\n", "mxsurvey.ini:3: unknown key 'rat'; did you mean 'rate'?");
    cr_assert_eq(detail.line, 3);
    REFUSED_FILE("[scna]\n", "mxsurvey.ini:1: unknown section 'scna'; did you mean 'scan'?");
    REFUSED_FILE("rate = 1\n", "mxsurvey.ini:1: this line stands before any section");
    REFUSED_FILE("[scan]\nnothing here\n", "mxsurvey.ini:2: neither [section], nor key = value");
    REFUSED_FILE("[scan\nrate=1\n", "mxsurvey.ini:1: neither");
    REFUSED_FILE("[scan]\nrate = 1\nrate = 2\n", "mxsurvey.ini:3: given twice in its section: 'rate'");
    REFUSED_FILE("[scan]\non-finish = a\n  continued\n", "mxsurvey.ini:3: given twice");
    REFUSED_FILE("[scan]\nrate = fast\n", "mxsurvey.ini:2: rate: 'fast' is not a whole number");
    cr_assert_eq(detail.line, 2);
    REFUSED_FILE("[scan]\nhelp = yes\n", "unknown key 'help'");
    REFUSED_FILE("[scan]\nconfig = /etc/passwd\n", "unknown key 'config'");
    REFUSED_FILE("[list:]\n", "[list:NAME] needs a name");
    REFUSED_FILE("[list:a]\nlist = b\n", "cannot choose the list");
    REFUSED_FILE("[list:a]\nrat = 1\n", "unknown key 'rat'; did you mean 'rate'?");
    REFUSED_FILE("[report]\nrate = 1\n", "unknown key 'rate'");
}

Test(options_option, a_file_with_long_lines_or_nul_bytes_is_refused)
{
    char text[600] = "[scan]\non-finish = ";
    memset(text + strlen(text), 'a', 300);
    REFUSED_FILE(text, "mxsurvey.ini:2: the line is longer than 197 characters");
    memset(text + 19, ' ', 300);
    strcpy(text + 319, "rate = 1\n");
    REFUSED_FILE(text, "mxsurvey.ini:2: the line is longer");
    put_file("mxsurvey.ini", "[scan]\nrate\0= 1\n", 16);
    REFUSED("mxsurvey.ini:2: a NUL byte", "x");
}

Test(options_option, the_named_file_must_be_there_and_be_a_file)
{
    REFUSED("configuration file /nonexistent/a.ini: No such file", "--config", "/nonexistent/a.ini", "x");
    REFUSED("Is a directory", "--config", home, "x");
    setenv("MXSURVEY_CONFIG", "/nonexistent/b.ini", 1);
    REFUSED("/nonexistent/b.ini", "x");
}

Test(options_option, a_byte_order_mark_crlf_and_comments_are_no_trouble)
{
    put_ini("\xef\xbb\xbf[scan]\r\n# comment\r\nrate = 5 ; not more\r\n");
    cr_assert_eq(READ("x"), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_values_number(values, "rate"), 5);
}

Test(options_option, a_command_alone_does_not_judge_its_siblings_sections)
{
    put_ini("[report]\nformat = json\n[list:a]\nformat = json\n[scan]\nrate = 3\n");
    const char *const argv[] = {"scan", "x", NULL};
    cr_assert_eq(mxs_values_create(&values, &scan, 2, (char *const *)argv, &rest_count, &rest, &detail), MXS_OK, "%s",
                 detail.text);
    cr_assert_eq(mxs_values_number(values, "rate"), 3);
}

Test(options_option, json_is_json_whatever_was_typed)
{
    cr_assert_eq(READ("-o", "a\"b\\c\x01\xff\xc3\xa9\xed\xa0\x80", "--resolver=1", "-r", "2", "--new", "x"), MXS_OK);
    cr_assert_str_eq(mxs_values_json(values),
                     "{\"db\":\"a\\\"b\\\\c\\u0001\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\","
                     "\"resolver\":[\"1\",\"2\"],"
                     "\"resolvers\":null,\"rate\":0,\"tries\":3,\"seed\":null,\"new\":true,\"color\":\"auto\","
                     "\"list\":\"default\",\"on-finish\":null,\"config\":null}");
}

Test(options_option, the_callers_argv_is_left_in_order)
{
    const char *const argv[] = {"scan", "a", "--new", "b", NULL};
    cr_assert_eq(mxs_values_create_in(&values, &program, &scan, 4, (char *const *)argv, &rest_count, &rest, &detail),
                 MXS_OK);
    cr_assert_str_eq(argv[1], "a");
    cr_assert_str_eq(argv[2], "--new");
    cr_assert_eq(rest_count, 2);
}
