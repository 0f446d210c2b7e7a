/* Answers rfc7208_suite.py: reads a zone and the domains to judge, line by line, and prints a verdict for each.
 *
 *     TXT|A|AAAA|MX NAME HEX    one record (hex of its text; "-" for types whose content does not matter)
 *     TIMEOUT NAME              every type of the name that has no record times out
 *     NAME NAME                 the name exists
 *     ASK NAME                  -> RESULT REASON LOOKUPS VOIDS ALL SENDER_NEEDED
 *     RESET                     forgets the zone */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "scanner/parse/spf_walk.h"

#define ROWS_MAX 512

struct row {
    char *kind, *name;
    uint8_t *data;
    uint32_t size;
};

static struct row rows[ROWS_MAX];
static uint32_t row_count;
static struct mxs_arena arena;

static void forget(void)
{
    for (uint32_t i = 0; i < row_count; i++) {
        free(rows[i].kind);
        free(rows[i].name);
        free(rows[i].data);
    }
    row_count = 0;
}

static void add(const char *kind, const char *name, const char *hex)
{
    struct row *row = &rows[row_count++];
    MXS_ASSERT(row_count < ROWS_MAX);
    row->kind = strdup(kind);
    row->name = strdup(name);
    row->data = malloc(strlen(hex) / 2 + 1);
    row->size = 0;
    for (unsigned octet; sscanf(hex, "%2x", &octet) == 1 && hex[1] != '\0'; hex += 2)
        row->data[row->size++] = (uint8_t)octet;
}

static const char *type_text(uint16_t type)
{
    return type == MXS_TYPE_TXT ? "TXT" : type == MXS_TYPE_A ? "A" : type == MXS_TYPE_AAAA ? "AAAA" : "MX";
}

static const struct mxs_spf_known *find(void *arg, struct mxs_text name, uint16_t type)
{
    struct mxs_record texts[ROWS_MAX] = {0};
    bool exists = false, times_out = false;
    struct mxs_spf_known *known = mxs_arena_take_zeroed(&arena, 1, sizeof *known);
    struct mxs_spf *spf = mxs_arena_take_zeroed(&arena, 1, sizeof *spf);
    (void)arg;
    MXS_ASSERT(known != NULL && spf != NULL);
    for (uint32_t i = 0; i < row_count; i++) {
        if (!mxs_text_equal(mxs_text_of(rows[i].name), name))
            continue;
        exists = true;
        times_out |= strcmp(rows[i].kind, "TIMEOUT") == 0;
        if (strcmp(rows[i].kind, type_text(type)) == 0)
            texts[known->record_count++].data = (struct mxs_bytes){rows[i].data, rows[i].size};
    }
    known->outcome = known->record_count != 0 ? MXS_ANSWERED
                     : times_out              ? MXS_TIMEOUT
                     : exists                 ? MXS_NODATA
                                              : MXS_NXDOMAIN;
    mxs_spf_read(texts, type == MXS_TYPE_TXT ? known->record_count : 0, &arena, spf);
    known->spf = spf;
    return known;
}

static void judge(const char *domain)
{
    struct mxs_spf_verdict verdict;
    mxs_arena_reset(&arena);
    mxs_spf_walk(mxs_text_of(domain), &arena, find, NULL, &verdict);
    printf("%s %s %u %u %c %d\n", mxs_spf_result_text(verdict.result), mxs_spf_reason_text(verdict.reason),
           verdict.lookups, verdict.voids, verdict.all == 0 ? '-' : verdict.all, verdict.sender_needed);
    fflush(stdout);
}

int main(void)
{
    static char line[65536];
    mxs_arena_init(&arena, 1 << 16, 0);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *kind = strtok(line, " \n"), *name = strtok(NULL, " \n"), *hex = strtok(NULL, " \n");
        if (kind == NULL)
            continue;
        if (strcmp(kind, "RESET") == 0)
            forget();
        else if (strcmp(kind, "ASK") == 0)
            judge(name);
        else
            add(kind, name, hex == NULL ? "" : hex);
    }
    forget();
    mxs_arena_finish(&arena);
    return 0;
}
