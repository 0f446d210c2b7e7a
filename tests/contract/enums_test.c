/* The words of model/vocabulary.h keep their numbers. */
#include <stdio.h>
#include <string.h>

#include "model/vocabulary.h"

static int failures;

static void fail(const char *table, int id, const char *what, const char *text)
{
    printf("%s %d: %s '%s'\n", table, id, what, text ? text : "(null)");
    failures++;
}

/* The numbers stand in databases that are there already: a word's place may never change. */
static void check_positions(void)
{
    static const struct {
        const char *table, *words;
    } stored[] = {
        {"outcome", "answered nodata nxdomain servfail refused timeout unreachable malformed truncated limit filtered"},
        {"state", "mx implicit_mx null_mx null_mx_invalid no_mail nxdomain broken undetermined"},
        {"backup", "none effective decorative dead"},
        {"single_point", "none host address prefix asn provider wider_or_none"},
        {"role", "gateway mailbox backup"},
        {"severity", "info notice warning critical"},
        {"smtp_outcome", "ready rejecting silent busy refused_connection timeout unreachable protocol limit"},
        {"smtp_starttls", "offered absent failed"},
        {"smtp_pkix", "ok untrusted expired not_yet_valid name_mismatch invalid"},
        {"smtp_dane", "ok mismatch name_mismatch expired"},
        {"sts_result",
         "ok no_address certificate status redirect media_type too_large server_error unreachable timeout unresolved"},
        {"sts_reason", "ok no_record many_records bad_record bad_id bad_line bad_version bad_mode bad_age bad_mx no_mx "
                       "limit mx_ends_in_dot"},
        {"sts_mode", "none testing enforce"},
    };
    for (size_t i = 0; i < mxs_vocabulary_count; i++) {
        const struct mxs_words *table = &mxs_vocabulary[i];
        char told[300] = "";
        for (size_t k = 0; k < table->count; k++)
            snprintf(told + strlen(told), sizeof told - strlen(told), "%s%s", k == 0 ? "" : " ", table->words[k].name);
        if (i == sizeof stored / sizeof *stored || strcmp(stored[i].table, table->table) != 0)
            fail(table->table, (int)i, "a table that is not listed here", NULL);
        else if (strncmp(told, stored[i].words, strlen(stored[i].words)) != 0)
            fail(table->table, 0, "a word has left its place", told);
    }
}

int main(void)
{
    check_positions();
    printf(failures ? "%d differences\n" : "the words stand where they stood (%d differences)\n", failures);
    return failures != 0;
}
