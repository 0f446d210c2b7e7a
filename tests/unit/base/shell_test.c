/* What is shown as a command is the same argument again when a real shell reads it. */
#include "base/shell.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect_back(const char *text)
{
    static char command[MXS_SHELL_WORD_SIZE + 64], back[MXS_SHELL_WORD_SIZE];
    snprintf(command, sizeof command, "printf %%s %s", MXS_SHELL_WORD(text));
    FILE *shell = popen(command, "r");
    cr_assert_not_null(shell);
    back[fread(back, 1, sizeof back - 1, shell)] = '\0';
    cr_expect_eq(pclose(shell), 0, "%s", command);
    cr_expect_str_eq(back, text);
}

Test(shell, what_is_one_word_stays_one)
{
    static const char *const texts[] = {
        "survey.db", "/srv/a b/survey.db", "it's", "'", "''x'", "$(id)", "`id`", "a;b|c&d", "*", "~", "#", "a\nb", "\"",
        "\\", "Grüße", "", "!x", "a=b", "{a,b}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_back(texts[i]);
}

Test(shell, what_needs_no_quotes_has_none)
{
    cr_expect_str_eq(MXS_SHELL_WORD("/srv/a-b_c.d/survey.db"), "/srv/a-b_c.d/survey.db");
    cr_expect_str_eq(MXS_SHELL_WORD("a b"), "'a b'");
    cr_expect_str_eq(MXS_SHELL_WORD("it's"), "'it'\\''s'");
    cr_expect_str_eq(MXS_SHELL_WORD(""), "''");
}

/* A path has 4,095 bytes at the most; what is longer is cut, and the quotes are still whole. */
Test(shell, a_long_text_is_cut)
{
    static char text[20001];
    memset(text, '\'', 4095);
    cr_expect_eq(strlen(MXS_SHELL_WORD(text)), 2u + 4 * 4095);
    memset(text, ' ', sizeof text - 1);
    const char *word = MXS_SHELL_WORD(text);
    size_t size = strlen(word);
    cr_expect_lt(size, (size_t)MXS_SHELL_WORD_SIZE);
    cr_expect_str_eq(word + size - 4, "...'");
    memset(text, 'x', sizeof text - 1);
    cr_expect_str_eq(MXS_SHELL_WORD(text) + strlen(MXS_SHELL_WORD(text)) - 4, "x...");
}
