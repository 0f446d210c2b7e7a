/* The words of model/vocabulary.h keep their numbers; and those that the reports have for stored numbers of policies
 * are the scanner's. */
#include <stdio.h>
#include <string.h>

#include "reports/record/policy.h"
#include "scanner/fetch/fetch.h"
#include "model/vocabulary.h"
#include "scanner/parse/mta_sts.h"

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
        {"single_point", "none host address prefix asn provider"},
        {"role", "gateway mailbox backup"},
        {"severity", "info notice warning critical"},
        {"smtp_outcome", "ready rejecting silent busy refused_connection timeout unreachable protocol limit"},
        {"smtp_starttls", "offered absent failed"},
        {"smtp_pkix", "ok untrusted expired not_yet_valid name_mismatch invalid"},
        {"smtp_dane", "ok mismatch name_mismatch expired"},
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

static const char *fetch_result(int id) { return mxs_fetch_result_text((enum mxs_fetch_result)id); }
static const char *sts_reason(int id) { return mxs_mta_sts_reason_text((enum mxs_mta_sts_reason)id); }
static const char *sts_mode(int id) { return mxs_mta_sts_mode_text((enum mxs_mta_sts_mode)id); }

static void check_words(void)
{
    static const struct {
        const char *name;
        enum mxs_policy_words set;
        int count;
        const char *(*text)(int id);
    } sets[] = {
        {"fetch result", MXS_WORDS_FETCH, MXS_FETCH_RESULT_COUNT, fetch_result},
        {"MTA-STS reason", MXS_WORDS_STS_REASON, MXS_MTA_STS_REASON_COUNT, sts_reason},
        {"MTA-STS mode", MXS_WORDS_STS_MODE, MXS_MTA_STS_ENFORCE + 1, sts_mode},
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        for (int id = -1; id <= sets[i].count; id++) {
            const char *told = mxs_policy_word(sets[i].set, id),
                       *meant = id >= 0 && id < sets[i].count ? sets[i].text(id) : NULL;
            if ((told == NULL) != (meant == NULL) || (told != NULL && strcmp(told, meant) != 0))
                fail(sets[i].name, id, meant ? meant : "nothing", told);
        }
}

int main(void)
{
    check_positions();
    check_words();
    printf(failures ? "%d differences\n"
                    : "the words stand where they stood, and the reports' are the scanner's (%d differences)\n",
           failures);
    return failures != 0;
}
