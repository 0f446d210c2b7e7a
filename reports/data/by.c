#include "reports/data/by.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/counter.h"
#include "base/utf8.h"

#define CUTS_MAX 64u
#define LOG_CUTS 16u
#define FRONT 3
#define SHOWN_BYTES 159u /* of a value, to people */
#define NUMERIC_PERCENT 95 /* of the values: a column of numbers has a blank word or two */

/* --- groups --- */

struct sized {
    uint32_t id;
    int64_t domains;
    const char *text;
    bool had; /* before */
};

static int by_size(const void *a, const void *b)
{
    const struct sized *x = a, *y = b;
    return x->domains != y->domains ? (x->domains > y->domains ? -1 : 1) : strcmp(x->text, y->text);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* A mark between thousands that is no dot and no comma; its bytes, 0: it is none. Spreadsheets write no-break spaces.
 */
static size_t blank_bytes(const char *at)
{
    if (*at == ' ' || *at == '\'' || *at == '_')
        return 1;
    return strncmp(at, "\xC2\xA0", 2) == 0 ? 2 : strncmp(at, "\xE2\x80\xAF", 3) == 0 ? 3 : 0;
}

/* Which of dot and comma parts the fraction; NUL: none. The later of both; of one kind a single dot, and a single
 * comma that parts no thousands. */
static char fraction_mark(const char *text)
{
    const char *dot = strrchr(text, '.'), *comma = strrchr(text, ',');
    if (dot != NULL && comma != NULL)
        return *(dot > comma ? dot : comma);
    if (dot != NULL)
        return strchr(text, '.') == dot ? '.' : '\0';
    if (comma == NULL || strchr(text, ',') != comma)
        return '\0';
    size_t before = strspn(text, "0123456789");
    bool thousands = strspn(comma + 1, "0123456789") == 3 && comma[4] == '\0' && text[0] != '0' && before != 0;
    return thousands ? '\0' : ',';
}

/* "133387", "1 000", "12,345.6", "12.345,6", "-3": what people write into a column of numbers. */
static bool number_of(const char *text, double *out)
{
    char plain[48], *end;
    size_t used = 0, digits = 0;
    if (*text == '-' || *text == '+')
        plain[used++] = *text++;
    const char mark = fraction_mark(text);
    bool fraction = false;
    for (size_t size = 1; *text != '\0'; text += size, size = 1) {
        if (used == sizeof plain - 1)
            return false;
        if (is_digit(*text)) {
            plain[used++] = *text;
            digits++;
        } else if (*text == mark && !fraction) {
            plain[used++] = '.';
            fraction = true;
        } else if ((*text == '.' || *text == ',') && *text != mark) {
            if (fraction || digits == 0 || strspn(text + 1, "0123456789") != 3)
                return false;
        } else if (digits == 0 || (size = blank_bytes(text)) == 0 || !is_digit(text[size])) {
            return false;
        }
    }
    plain[used] = '\0';
    *out = digits == 0 ? 0 : strtod(plain, &end);
    return digits != 0 && *end == '\0';
}

/* A cut: digits, perhaps with a sign in front and a fraction behind. strtod alone would take nan, inf, 0x10 and 1e400.
 * NULL: it is none. */
static const char *read_cut(const char *text, double *cut)
{
    const char *at = text + (*text == '-' || *text == '+');
    size_t whole = strspn(at, "0123456789"), part = at[whole] == '.' ? strspn(at + whole + 1, "0123456789") : 0;
    at += whole + (at[whole] == '.') + part;
    if (whole + part == 0 || (*at != ',' && *at != '\0'))
        return NULL;
    *cut = strtod(text, NULL);
    return isfinite(*cut) ? at : NULL;
}

/* Cuts of "FACET:10,100" or "FACET:log", ascending. */
static enum mxs_err parse_cuts(const char *text, double *cuts, uint32_t *count, struct mxs_detail *detail)
{
    *count = 0;
    if (strcmp(text, "log") == 0) {
        double power = 1;
        for (uint32_t i = 0; i < LOG_CUTS; i++, power *= 10)
            cuts[(*count)++] = power;
        return MXS_OK;
    }
    for (const char *at = text; *at != '\0';) {
        double cut = 0;
        const char *end = read_cut(at, &cut);
        if (end == NULL)
            return mxs_err_set(detail, MXS_ERR_INPUT,
                               "--by: '%.*s' is not a number to cut at: write digits, as in :1000,10000 or :0.5,2, or"
                               " :log",
                               (int)(strcspn(at, ",") < 60 ? strcspn(at, ",") : 60), at);
        if (*count == CUTS_MAX)
            return mxs_err_set(detail, MXS_ERR_INPUT, "--by: there may be %u cuts: name fewer", CUTS_MAX);
        if (*count > 0 && cut <= cuts[*count - 1])
            return mxs_err_set(detail, MXS_ERR_INPUT,
                               "--by: cuts are rising numbers with commas between them, such as :1000,10000; not"
                               " '%.60s'",
                               text);
        cuts[(*count)++] = cut;
        at = end + (*end == ',');
    }
    return *count > 0 ? MXS_OK : mxs_err_set(detail, MXS_ERR_INPUT, "--by: no cuts follow the colon");
}

static bool make_groups(struct mxs_by_groups *groups, uint32_t named)
{
    groups->of_value = malloc((groups->facet->value_count + 1) * sizeof *groups->of_value);
    groups->count = named + 2;
    groups->texts = calloc(groups->count, sizeof *groups->texts);
    groups->made = calloc(named + 1, sizeof *groups->made);
    if (groups->of_value == NULL || groups->texts == NULL || groups->made == NULL)
        return false;
    groups->texts[named] = groups->made[named];
    groups->texts[named + 1] = "without a value";
    return true;
}

/* A group for each stretch between two cuts; what is no number is the others. */
static enum mxs_err cut_groups(struct mxs_by_groups *groups, const char *text, struct mxs_detail *detail)
{
    double cuts[CUTS_MAX], number;
    uint32_t count, strange = 0;
    enum mxs_err err = parse_cuts(text, cuts, &count, detail);
    if (err != MXS_OK)
        return err;
    if (!make_groups(groups, count + 1))
        return mxs_err_memory(detail, "counting by a column");
    groups->cut = true;
    for (uint32_t i = 0; i <= count; i++) {
        if (i == 0)
            snprintf(groups->made[i], sizeof *groups->made, "below %.15g", cuts[0]);
        else if (i == count)
            snprintf(groups->made[i], sizeof *groups->made, "%.15g and more", cuts[count - 1]);
        else
            snprintf(groups->made[i], sizeof *groups->made, "%.15g to below %.15g", cuts[i - 1], cuts[i]);
        groups->texts[i] = groups->made[i];
    }
    snprintf(groups->made[count + 1], sizeof *groups->made, "no number");
    for (uint32_t id = 0; id < groups->facet->value_count; id++) {
        uint32_t at = 0;
        groups->of_value[id] = count + 1;
        if (groups->facet->values[id] == NULL)
            continue;
        if (!number_of(groups->facet->values[id], &number)) {
            strange++;
            continue;
        }
        while (at < count && number >= cuts[at])
            at++;
        groups->of_value[id] = at;
    }
    groups->has_others = strange > 0;
    return MXS_OK;
}

/* The largest values have a group each. */
static enum mxs_err size_groups(struct mxs_by_groups *groups, struct sized *values, uint32_t count, uint32_t most,
                                struct mxs_detail *detail)
{
    qsort(values, count, sizeof *values, by_size);
    uint32_t named = count <= most ? count : most;
    if (!make_groups(groups, named))
        return mxs_err_memory(detail, "counting by a column");
    for (uint32_t id = 0; id < groups->facet->value_count; id++)
        groups->of_value[id] = named;
    for (uint32_t i = 0; i < named; i++) {
        groups->of_value[values[i].id] = i;
        groups->texts[i] = values[i].text;
    }
    groups->has_others = count > named;
    groups->values = count;
    snprintf(groups->made[named], sizeof *groups->made, "%u others", count - named);
    return MXS_OK;
}

static const char judged_sql[] = "SELECT domain_id, verdict_id FROM judgement WHERE list_id = ?1 AND first_run <= ?2 "
                                 "AND (last_run IS NULL OR last_run >= ?2)";

/* Counts the domains of each value at a run, or notes that they had it. */
static enum mxs_err count_at(const struct mxs_kept_facet *facet, mxs_store *store, const struct mxs_run *run,
                             bool earlier, struct sized *values, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store, judged_sql);
    mxs_query_int(&query, 1, run->list_id);
    mxs_query_int(&query, 2, run->id);
    while (mxs_query_next(&query)) {
        uint32_t code = mxs_kept_code(facet, (uint32_t)mxs_query_column_int(&query, 0));
        for (size_t i = 0; i < mxs_kept_code_count(facet, code); i++) {
            struct sized *value = &values[mxs_kept_code_value(facet, code, i)];
            value->domains += !earlier;
            value->had |= earlier;
        }
    }
    return mxs_query_finish(&query, detail);
}

/* How many domains have each value; those that none has or had are left out. */
static enum mxs_err count_values(const struct mxs_by *by, mxs_store *store, const struct mxs_run *run,
                                 const struct mxs_run *before, struct sized **out, uint32_t *count,
                                 struct mxs_detail *detail)
{
    const struct mxs_kept_facet *facet = by->groups.facet;
    size_t most = by->earlier != NULL && by->earlier->value_count > facet->value_count ? by->earlier->value_count
                                                                                       : facet->value_count;
    struct sized *values = calloc(most + 1, sizeof *values);
    if (values == NULL)
        return mxs_err_memory(detail, "counting by a column");
    enum mxs_err err = count_at(facet, store, run, false, values, detail);
    if (err == MXS_OK && by->earlier != NULL)
        err = count_at(by->earlier, store, before, true, values, detail);
    *count = 0;
    for (uint32_t id = 1; id < facet->value_count; id++)
        if (values[id].domains > 0 || values[id].had)
            values[(*count)++] = (struct sized){id, values[id].domains, facet->values[id], false};
    *out = values;
    return err;
}

/* The longest name that is the whole, or stands before a colon. */
static const struct mxs_kept_facet *find_facet(const struct mxs_kept *kept, const char *spec, const char **cuts,
                                               struct mxs_detail *detail)
{
    const struct mxs_kept_facet *found = NULL;
    char name[128];
    *cuts = NULL;
    for (size_t i = 0; i < kept->count; i++) {
        size_t size = strlen(kept->items[i].name);
        if (strncmp(spec, kept->items[i].name, size) != 0 || (spec[size] != '\0' && spec[size] != ':') ||
            (found != NULL && size < strlen(found->name)))
            continue;
        found = &kept->items[i];
        *cuts = spec[size] == ':' ? spec + size + 1 : NULL;
    }
    if (found != NULL)
        return found;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(spec, ":"), spec);
    return mxs_kept_find(kept, name, detail);
}

/* Titles are words of ours in every format, and no format escapes them: of a stranger's name what is no letter, digit
 * or blank goes. */
static void put_plain(char *out, size_t size, const char *name)
{
    size_t used = 0;
    for (size_t at = 0, left = strlen(name), step; left != 0; at += step, left -= step) {
        uint32_t point = mxs_utf8_read((const unsigned char *)name + at, left, &step);
        bool letter = (point >= '0' && point <= '9') || ((point | 32) >= 'a' && (point | 32) <= 'z') || point == '.' ||
                      point == '-';
        bool kept = letter || (point >= 0x80 && point != MXS_UTF8_REPLACEMENT && !mxs_utf8_steers(point));
        if (used + step >= size)
            break;
        memcpy(out + used, kept ? name + at : " ", kept ? step : 1);
        used += kept ? step : 1;
    }
    out[used] = '\0';
    if (strspn(out, " ") == used)
        snprintf(out, size, "column");
}

static enum mxs_err find_earlier(struct mxs_by *by, mxs_store *store, const struct mxs_run *before,
                                 struct mxs_detail *detail)
{
    enum mxs_err err = mxs_kept_open_names(&by->before, store, before, detail);
    for (size_t i = 0; err == MXS_OK && i < by->before.count; i++)
        if (by->before.items[i].id == by->groups.facet->id)
            by->earlier = &by->before.items[i];
    return err == MXS_OK && by->earlier != NULL ? mxs_kept_read(&by->before, by->earlier, store, before, detail) : err;
}

enum mxs_err mxs_by_open_groups(struct mxs_by *by, mxs_store *store, const struct mxs_run *run,
                                const struct mxs_run *before, const char *spec, uint32_t most,
                                struct mxs_detail *detail)
{
    struct sized *values = NULL;
    uint32_t count = 0;
    const char *cuts;
    *by = (struct mxs_by){.kept = {.items = NULL}};
    enum mxs_err err = mxs_kept_open_names(&by->kept, store, run, detail);
    if (err != MXS_OK)
        return err;
    by->groups.facet = find_facet(&by->kept, spec, &cuts, detail);
    err = by->groups.facet == NULL ? MXS_ERR_INPUT : mxs_kept_read(&by->kept, by->groups.facet, store, run, detail);
    if (err == MXS_OK && before != NULL)
        err = find_earlier(by, store, before, detail);
    if (err == MXS_OK && cuts != NULL)
        err = cut_groups(&by->groups, cuts, detail);
    else if (err == MXS_OK && (err = count_values(by, store, run, before, &values, &count, detail)) == MXS_OK)
        err = size_groups(&by->groups, values, count, most == 0 || most > MXS_BY_MOST ? MXS_BY_MOST : most, detail);
    free(values);
    if (err == MXS_OK)
        put_plain(by->head, sizeof by->head, by->groups.facet->name);
    else
        mxs_by_finish(by);
    return err;
}

bool mxs_by_is_numeric(const struct mxs_by *by)
{
    size_t numbers = 0, all = 0;
    double number;
    for (size_t id = 1; id < by->groups.facet->value_count; id++) {
        const char *value = by->groups.facet->values[id];
        all += value != NULL;
        numbers += value != NULL && number_of(value, &number);
    }
    return all > 0 && numbers * 100 >= all * NUMERIC_PERCENT;
}

void mxs_by_finish(struct mxs_by *by)
{
    free(by->groups.of_value);
    free(by->groups.texts);
    free(by->groups.made);
    mxs_kept_close(&by->kept);
    mxs_kept_close(&by->before);
    by->earlier = NULL;
    by->groups = (struct mxs_by_groups){.facet = NULL};
}

uint32_t mxs_by_groups_of(const struct mxs_by *by, uint32_t domain, bool earlier, uint32_t *out, uint32_t most)
{
    const struct mxs_by_groups *groups = &by->groups;
    const struct mxs_kept_facet *facet = earlier ? by->earlier : groups->facet;
    uint32_t code = facet == NULL ? 0 : mxs_kept_code(facet, domain), count = 0;
    size_t values = code == 0 ? 0 : mxs_kept_code_count(facet, code);
    if (values == 0) {
        out[0] = groups->count - 1;
        return 1;
    }
    for (size_t i = 0; i < values && count < most; i++) {
        uint32_t group = groups->of_value[mxs_kept_code_value(facet, code, i)], at = 0;
        while (at < count && out[at] != group)
            at++;
        if (at == count)
            out[count++] = group;
    }
    return count;
}

void mxs_by_put_group(const struct mxs_by *by, uint32_t group, bool people, struct mxs_table *table,
                      struct mxs_cell *cell)
{
    const char *text = by->groups.texts[group];
    char begin[SHOWN_BYTES + sizeof "\u2026"];
    size_t size = strlen(text);
    if (people && size > SHOWN_BYTES) { /* a cell of a list may be a page of prose */
        for (size = SHOWN_BYTES; size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80;)
            size--;
        memcpy(begin, text, size);
        strcpy(begin + size, "\u2026");
        text = begin;
        size += strlen("\u2026");
    }
    if (group + 1 < by->groups.count || people)
        mxs_table_put_text(table, cell, text, size);
}

/* --- tables --- */

static enum mxs_err count_verdicts(const struct mxs_by *by, const struct mxs_snapshot *snapshot,
                                   struct mxs_counter *counter, struct mxs_detail *detail)
{
    struct mxs_query query;
    uint32_t groups[MXS_BY_WITHIN];
    mxs_query_open(&query, snapshot->store, judged_sql);
    mxs_query_int(&query, 1, snapshot->run.list_id);
    mxs_query_int(&query, 2, snapshot->run.id);
    while (counter->err == MXS_OK && mxs_query_next(&query)) {
        uint32_t count = mxs_by_groups_of(by, (uint32_t)mxs_query_column_int(&query, 0), false, groups, MXS_BY_WITHIN);
        for (uint32_t i = 0; i < count; i++)
            mxs_counter_put(counter, groups[i], mxs_query_column_int(&query, 1), 1);
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && counter->err != MXS_OK ? mxs_err_memory(detail, "counting by a column") : err;
}

static int by_group(const void *a, const void *b)
{
    const struct mxs_counter_item *x = a, *y = b;
    return x->key != y->key ? (x->key > y->key) - (x->key < y->key) : (x->second > y->second) - (x->second < y->second);
}

/* The domains of each verdict, group after group. */
static enum mxs_err open_counts(const struct mxs_by *by, const struct mxs_snapshot *snapshot,
                                struct mxs_counter *counter, struct mxs_detail *detail)
{
    mxs_counter_init(counter);
    enum mxs_err err = count_verdicts(by, snapshot, counter, detail);
    if (err == MXS_OK && counter->count > 0)
        qsort(counter->items, counter->count, sizeof *counter->items, by_group);
    return err;
}

/* Each group is a run of its own, by a number behind all that the database has. */
static int64_t first_run(const struct mxs_snapshot *snapshot)
{
    return snapshot->run.id + (INT64_C(1) << 40);
}

enum mxs_err mxs_by_put_subset(const struct mxs_by *by, const struct mxs_snapshot *snapshot, struct mxs_subset *subset,
                               int64_t *first, struct mxs_detail *detail)
{
    struct mxs_counter counter;
    *first = first_run(snapshot);
    enum mxs_err err = open_counts(by, snapshot, &counter, detail);
    if (err == MXS_OK)
        err = mxs_subset_reset(subset, *first, detail);
    if (err == MXS_OK)
        err = mxs_subset_put_runs(subset, snapshot->run.id, *first, by->groups.count, detail);
    for (size_t i = 0; err == MXS_OK && i < counter.count; i++)
        mxs_subset_put(subset, *first + counter.items[i].key, counter.items[i].second, counter.items[i].sum);
    mxs_counter_finish(&counter);
    return err;
}

static void put_row(struct mxs_table *out, const struct mxs_table *from, size_t row, const struct mxs_by *by,
                    uint32_t group, bool people, const int64_t *bases)
{
    struct mxs_cell *cells = mxs_table_row(out);
    if (cells == NULL)
        return;
    mxs_by_put_group(by, group, people, out, &cells[0]);
    mxs_table_put_int(&cells[1], bases[MXS_BASE_ACCEPTED]);
    mxs_table_put_int(&cells[2], bases[MXS_BASE_RECEIVING]);
    for (size_t i = 0; i < from->column_count; i++) {
        const struct mxs_cell *cell = mxs_table_at(from, row, i);
        if (cell->kind == MXS_CELL_TEXT)
            mxs_table_put_text(out, &cells[FRONT + i], cell->text, cell->size_bytes);
        else
            cells[FRONT + i] = *cell;
    }
}

static enum mxs_err find_bases(struct mxs_snapshot *group, struct mxs_detail *detail)
{
    struct mxs_query query;
    group->bases[MXS_BASE_ACCEPTED] = group->bases[MXS_BASE_RECEIVING] = 0;
    mxs_query_open(&query, group->store, "SELECT accepted, receiving FROM v_total WHERE run_id = ?1");
    mxs_query_int(&query, 1, group->run.id);
    if (mxs_query_next(&query)) {
        group->bases[MXS_BASE_ACCEPTED] = mxs_query_column_int(&query, 0);
        group->bases[MXS_BASE_RECEIVING] = mxs_query_column_int(&query, 1);
    }
    mxs_query_reset(&query);
    return mxs_query_finish(&query, detail);
}

static enum mxs_err read_group(const struct mxs_by *by, const struct mxs_catalog_entry *entry,
                               const struct mxs_snapshot *snapshot, const struct mxs_subset *subset, uint32_t group,
                               int64_t limit, bool people, struct mxs_table *out, struct mxs_detail *detail)
{
    struct mxs_snapshot one = *snapshot;
    struct mxs_table table;
    one.store = subset->store;
    one.run.id = first_run(snapshot) + group;
    enum mxs_err err = find_bases(&one, detail);
    if (err != MXS_OK || one.bases[MXS_BASE_ACCEPTED] == 0)
        return err;
    if ((err = mxs_catalog_read(entry, &one, -1, &table, detail)) != MXS_OK)
        return err;
    out->total_rows += table.row_count;
    for (size_t row = 0; row < table.row_count && (limit < 0 || row < (size_t)limit); row++)
        put_row(out, &table, row, by, group, people, one.bases);
    mxs_table_finish(&table);
    return out->err == MXS_OK ? MXS_OK : mxs_err_memory(detail, "counting by a column");
}

/* One group after the other is put and read: some tables go through all counts that there are. */
static enum mxs_err read_groups(const struct mxs_by *by, const struct mxs_catalog_entry *entry,
                                const struct mxs_snapshot *snapshot, int64_t limit, bool people, struct mxs_table *out,
                                struct mxs_detail *detail)
{
    struct mxs_counter counter;
    struct mxs_subset subset = {.store = NULL};
    int64_t first = first_run(snapshot);
    size_t at = 0;
    enum mxs_err err = open_counts(by, snapshot, &counter, detail);
    if (err == MXS_OK)
        err = mxs_subset_open(&subset, snapshot->store, detail);
    if (err == MXS_OK)
        err = mxs_subset_write_once(&subset, detail);
    for (uint32_t group = 0; err == MXS_OK && group < by->groups.count; group++) {
        err = mxs_subset_put_runs(&subset, snapshot->run.id, first + group, 1, detail);
        for (; at < counter.count && counter.items[at].key == group; at++)
            mxs_subset_put(&subset, first + group, counter.items[at].second, counter.items[at].sum);
        if (err == MXS_OK)
            err = read_group(by, entry, snapshot, &subset, group, limit, people, out, detail);
        if (err == MXS_OK)
            err = mxs_subset_reset(&subset, first, detail);
    }
    if (err == MXS_OK)
        err = mxs_subset_finish(&subset, detail);
    mxs_subset_close(&subset);
    mxs_counter_finish(&counter);
    return err;
}

/* Shares are of the group's own domains, which stand in front of each row. */
static void name_columns(struct mxs_by *by, const struct mxs_catalog_entry *entry)
{
    snprintf(by->title, sizeof by->title, "%.40s by %.100s", entry->title, by->head);
    by->columns[0] = (struct mxs_column){"by", by->head, MXS_UNIT_TEXT, 0};
    by->columns[1] = (struct mxs_column){"by_domains", "its names", MXS_UNIT_COUNT, 0};
    by->columns[2] = (struct mxs_column){"by_receiving", "receive mail", MXS_UNIT_COUNT, 0};
    for (size_t i = 0; i < entry->column_count; i++) {
        by->columns[FRONT + i] = entry->columns[i];
        if (entry->columns[i].base != MXS_BASE_NONE)
            by->columns[FRONT + i].base = MXS_BASE_ROW;
    }
}

/* The tables whose SQL reads counts of verdicts and nothing else. */
static bool is_counted(const struct mxs_catalog_entry *entry)
{
    static const char *const names[] = {"summary",       "states",        "providers",  "mailboxes",
                                        "gateways",      "backups",       "curve",      "jurisdictions",
                                        "concentration", "redundancy",    "points",     "backup",
                                        "findings",      "matrix",        "policies",   "policy_providers"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], entry->name) == 0)
            return true;
    return false;
}

enum mxs_err mxs_by_read(struct mxs_by *by, const struct mxs_catalog_entry *entry, struct mxs_snapshot *snapshot,
                         const char *spec, int64_t limit, bool people, uint32_t most, struct mxs_table *out,
                         struct mxs_detail *detail)
{
    if (!is_counted(entry) || entry->column_count + FRONT > MXS_BY_COLUMNS)
        return mxs_err_set(
            detail, MXS_ERR_INPUT,
            "the table %s cannot be broken down by a facet; summary, states, providers, mailboxes, gateways, backups,"
            " jurisdictions, concentration, redundancy, points, backup, findings, matrix and policies can",
            entry->name);
    enum mxs_err err = mxs_by_open_groups(by, snapshot->store, &snapshot->run, NULL, spec, most, detail);
    if (err != MXS_OK)
        return err;
    name_columns(by, entry);
    mxs_table_init(out, entry->name, by->title, by->columns, entry->column_count + FRONT);
    out->question = entry->question;
    out->sql = NULL; /* that of the entry is of all domains together */
    out->run_id = snapshot->run.id;
    out->started_at = snapshot->run.started_at;
    out->list = snapshot->run.list;
    memcpy(out->bases, snapshot->bases, sizeof out->bases);
    out->unchecked = mxs_catalog_unchecked(entry, &snapshot->run);
    err = read_groups(by, entry, snapshot, limit, people, out, detail);
    if (out->total_rows == out->row_count)
        out->total_rows = 0;
    if (err != MXS_OK) {
        mxs_table_finish(out);
        mxs_by_finish(by);
    }
    return err;
}
