#include "reports/record/internal/value.h"

#include <stdlib.h>
#include <string.h>

#include "model/answer.h"

#define WHOLE_SHARE 10000.0

static void put_text(struct mxs_record_value *out, const char *text, size_t size_bytes)
{
    *out = (struct mxs_record_value){.kind = MXS_VALUE_TEXT, .text = text, .size_bytes = size_bytes};
}

/* NULL stays null. */
static void put_string(struct mxs_record_value *out, const char *text)
{
    if (text != NULL)
        put_text(out, text, strlen(text));
}

static void put_int(struct mxs_record_value *out, int64_t value)
{
    *out = (struct mxs_record_value){.kind = MXS_VALUE_INTEGER, .integer = value};
}

static void put_flag(struct mxs_record_value *out, bool value)
{
    *out = (struct mxs_record_value){.kind = MXS_VALUE_FLAG, .integer = value};
}

/* JSON as it is stored; NULL stays null. */
static void put_stored(struct mxs_record_value *out, const char *json)
{
    if (json != NULL)
        *out = (struct mxs_record_value){.kind = MXS_VALUE_JSON, .text = json, .size_bytes = strlen(json)};
}

static void put_end(struct mxs_record_value *out) { out->kind = MXS_VALUE_END; }

void mxs_record_read_domain(const struct mxs_record_source *from, int argument, size_t at, struct mxs_record_value *out)
{
    (void)at;
    if (argument == MXS_READ_NAME)
        put_text(out, from->name, from->name_size);
    else if (argument == MXS_READ_OUTCOME)
        put_string(out, mxs_facts_outcome(from->outcome));
    else if (from->servers == NULL)
        put_end(out);
    else
        put_stored(out, from->servers);
}

/* --- MX hosts --- */

static int by_preference(const void *a, const void *b)
{
    const struct mxs_record_mx_host *x = a, *y = b;
    if (x->preference != y->preference)
        return x->preference < y->preference ? -1 : 1;
    return strcmp(x->host->name, y->host->name);
}

void mxs_record_sort(struct mxs_record_mx_host *list, size_t count)
{
    if (count > 1)
        qsort(list, count, sizeof *list, by_preference);
}

/* Who runs the MX host, as the domain sees it; NULL: nobody is named. */
static const char *provider_of(const struct mxs_record_source *from, const struct mxs_facts_host *host)
{
    const char *organisation = mxs_facts_organisation(from->facts, host);
    if (organisation != NULL && from->name != NULL && mxs_facts_within(from->name, from->name_size, organisation))
        return "self";
    return host->provider == UINT32_MAX ? NULL : from->facts->providers.texts[host->provider];
}

static void put_address(struct mxs_record_value *out, const struct mxs_facts *facts, uint32_t first, uint32_t count,
                        size_t at)
{
    if (at < count)
        put_string(out, facts->addresses[facts->entries[first + at]].text);
    else
        put_end(out);
}

static void put_outcome(struct mxs_record_value *out, int8_t outcome)
{
    if (outcome >= 0)
        put_string(out, mxs_facts_outcome(outcome));
}

void mxs_record_read_mx(const struct mxs_record_source *from, int argument, size_t at, struct mxs_record_value *out)
{
    if (argument == MXS_READ_MX) {
        put_int(out, (int64_t)from->mx_count);
        return;
    }
    const struct mxs_facts_host *host = from->mx[from->item].host;
    if (host->name_size == 0 && argument > MXS_READ_HOST) { /* the root of a null MX has nothing more */
        put_end(out);
        return;
    }
    switch (argument) {
    case MXS_READ_PREFERENCE: put_int(out, from->mx[from->item].preference); break;
    case MXS_READ_HOST: put_text(out, host->name, host->name_size); break;
    case MXS_READ_TTL: out->kind = MXS_VALUE_OPEN; break;
    case MXS_READ_ALIAS: put_string(out, host->alias); break;
    case MXS_READ_USABLE:
        if (host->usable >= 0)
            put_flag(out, host->usable != 0);
        break;
    case MXS_READ_A:
    case MXS_READ_A_OUTCOME: put_outcome(out, host->a); break;
    case MXS_READ_A_ADDRESSES: put_address(out, from->facts, host->a_first, host->a_count, at); break;
    case MXS_READ_AAAA:
    case MXS_READ_AAAA_OUTCOME: put_outcome(out, host->aaaa); break;
    case MXS_READ_AAAA_ADDRESSES: put_address(out, from->facts, host->aaaa_first, host->aaaa_count, at); break;
    case MXS_READ_PROVIDER: put_string(out, provider_of(from, host)); break;
    case MXS_READ_SMTP: put_stored(out, from->content_only ? host->smtp_content : host->smtp); break;
    default: break;
    }
}

/* The host of a domain without MX. */
void mxs_record_read_own(const struct mxs_record_source *from, int argument, size_t at, struct mxs_record_value *out)
{
    const struct mxs_record_mx_host own = {0, from->own};
    const struct mxs_record_source as_mx = {.facts = from->facts, .mx = &own, .mx_count = 1};
    if (from->own == NULL)
        put_end(out);
    else if (argument == MXS_READ_MX)
        put_int(out, 1);
    else
        mxs_record_read_mx(&as_mx, argument, at, out);
}

/* --- evidence --- */

/* The MX hosts that name the provider. Returns how many, from list[*first]. */
static size_t find_first_level(const struct mxs_facts *facts, const struct mxs_record_mx_host *list, size_t count,
                               size_t *first)
{
    *first = 0;
    size_t chosen = 0;
    while (chosen < count && list[chosen].host->usable != 1)
        chosen++;
    if (count == 0 || (chosen == count && facts->hosts_asked))
        return 0;
    int64_t preference = list[chosen == count ? 0 : chosen].preference;
    while (*first < count && list[*first].preference != preference)
        ++*first;
    size_t end = *first;
    while (end < count && list[end].preference == preference)
        end++;
    return end - *first;
}

size_t mxs_record_find_signals(const struct mxs_facts *facts, const struct mxs_facts_host *host,
                               struct mxs_record_evidence *out)
{
    for (uint32_t i = 0; i < host->signal_count; i++) {
        const struct mxs_facts_signal *signal = &facts->signals[host->signal_first + i];
        out[i] = (struct mxs_record_evidence){signal->kind, signal->rule, signal->value};
    }
    return host->signal_count;
}

size_t mxs_record_find_evidence(const struct mxs_facts *facts, const struct mxs_record_mx_host *list, size_t count,
                                struct mxs_record_evidence *out)
{
    size_t first, found = 0, level = find_first_level(facts, list, count, &first);
    bool ruled = false;
    for (size_t i = first; i < first + level; i++) {
        const struct mxs_facts_host *host = list[i].host;
        if (host->name_size == 0 || host->provider == UINT32_MAX || host->usable == 0)
            continue;
        ruled = ruled || host->rule != UINT32_MAX;
        out[found++] = (struct mxs_record_evidence){
            "mx", host->rule == UINT32_MAX ? NULL : facts->rules.texts[host->rule], host->name};
    }
    for (size_t i = first; i < first + level && !ruled; i++)
        found += mxs_record_find_signals(facts, list[i].host, out + found);
    return found;
}

void mxs_record_read_evidence(const struct mxs_record_source *from, int argument, size_t at,
                              struct mxs_record_value *out)
{
    (void)at;
    if (argument == MXS_READ_EVIDENCE) {
        put_int(out, (int64_t)from->evidence_count);
        return;
    }
    const struct mxs_record_evidence *evidence = &from->evidence[from->item];
    put_string(out, argument == MXS_READ_KIND   ? evidence->kind
                    : argument == MXS_READ_RULE ? evidence->rule
                                                : evidence->value);
}

/* --- verdict --- */

enum { LABEL_ROLE, LABEL_PROVIDER, LABEL_SHARE, LABEL_CONFIDENCE };

/* The at-th label of a role; NULL when there are not so many. */
static const struct mxs_cell *label_at(const struct mxs_record_verdict *verdict, enum mxs_role role, size_t at)
{
    for (size_t row = 0; row < verdict->labels.row_count; row++)
        if (mxs_table_at(&verdict->labels, row, LABEL_ROLE)->integer == role && at-- == 0)
            return mxs_table_at(&verdict->labels, row, 0);
    return NULL;
}

static void put_label(struct mxs_record_value *out, const struct mxs_cell *label)
{
    if (label == NULL) {
        put_end(out);
        return;
    }
    put_text(out, label[LABEL_PROVIDER].text, label[LABEL_PROVIDER].size_bytes);
    out->real = (double)label[LABEL_SHARE].integer / WHOLE_SHARE;
}

/* Who holds the mail of a domain, when it is one alone and holds all of it: what goes to the gateway of a mixed level
 * may be held by anybody. */
static void put_mailbox(struct mxs_record_value *out, const struct mxs_record_verdict *verdict)
{
    const struct mxs_cell *label = label_at(verdict, MXS_ROLE_MAILBOX, 0);
    if (label != NULL && label[LABEL_SHARE].integer == WHOLE_SHARE)
        put_label(out, label);
}

/* The provider of a role, when it is one alone. */
static void put_single(struct mxs_record_value *out, const struct mxs_record_verdict *verdict, enum mxs_role role)
{
    if (label_at(verdict, role, 0) != NULL && label_at(verdict, role, 1) == NULL)
        put_label(out, label_at(verdict, role, 0));
}

/* The mailbox's; that of a gateway where no mailbox is known. */
static void put_confidence(struct mxs_record_value *out, const struct mxs_record_verdict *verdict)
{
    const struct mxs_cell *label = label_at(verdict, MXS_ROLE_GATEWAY, 0), *mailbox;
    for (size_t at = 0; (mailbox = label_at(verdict, MXS_ROLE_MAILBOX, at)) != NULL; at++)
        label = mailbox;
    if (label != NULL && label[LABEL_CONFIDENCE].integer >= 0)
        *out = (struct mxs_record_value){.kind = MXS_VALUE_NUMBER,
                                         .real = (double)label[LABEL_CONFIDENCE].integer / 100.0};
}

void mxs_record_read_label(const struct mxs_record_source *from, int argument, size_t at, struct mxs_record_value *out)
{
    switch (argument) {
    case MXS_READ_GATEWAY: put_single(out, from->verdict, MXS_ROLE_GATEWAY); break;
    case MXS_READ_MAILBOX: put_mailbox(out, from->verdict); break;
    case MXS_READ_MAILBOXES: put_label(out, label_at(from->verdict, MXS_ROLE_MAILBOX, at)); break;
    case MXS_READ_BACKUP: put_label(out, label_at(from->verdict, MXS_ROLE_BACKUP, at)); break;
    default: put_confidence(out, from->verdict); break;
    }
}

void mxs_record_read_verdict(const struct mxs_record_source *from, int argument, size_t at,
                             struct mxs_record_value *out)
{
    (void)at;
    if (from->verdict->row.row_count == 0) {
        if (argument == MXS_READ_STATE)
            put_text(out, "", 0);
        return;
    }
    const struct mxs_cell *cell = mxs_table_at(&from->verdict->row, 0, (size_t)(argument + 1));
    if (cell->kind == MXS_CELL_TEXT)
        put_text(out, cell->text, cell->size_bytes);
    else if (cell->kind != MXS_CELL_NULL &&
             (argument == MXS_REDUNDANCY_LOAD_SHARING || argument == MXS_REDUNDANCY_MULTIHOMED ||
              argument == MXS_REDUNDANCY_SURVIVES_PROVIDER))
        put_flag(out, cell->integer != 0);
    else if (cell->kind != MXS_CELL_NULL)
        put_int(out, cell->integer);
}

void mxs_record_read_finding(const struct mxs_record_source *from, int argument, size_t at,
                             struct mxs_record_value *out)
{
    (void)argument;
    const struct mxs_table *findings = &from->verdict->findings;
    if (at < findings->row_count)
        put_text(out, mxs_table_at(findings, at, 1)->text, mxs_table_at(findings, at, 1)->size_bytes);
    else
        put_end(out);
}

/* --- measurement --- */

void mxs_record_read_measured(const struct mxs_record_source *from, int argument, size_t at,
                              struct mxs_record_value *out)
{
    (void)at;
    const struct mxs_record_measured *measured = from->measured;
    if (measured->resolver == NULL)
        return;
    switch (argument) {
    case MXS_READ_RESOLVER: put_text(out, measured->resolver, measured->resolver_size); break;
    case MXS_READ_ATTEMPTS: put_int(out, measured->attempts); break;
    case MXS_READ_RTT: put_int(out, measured->rtt_us); break;
    case MXS_READ_STALE: put_flag(out, mxs_ede_stale(measured->ede)); break;
    case MXS_READ_EDE:
        if (measured->ede != MXS_EDE_NONE)
            put_int(out, measured->ede - 1);
        break;
    default: put_int(out, measured->asked_at); break;
    }
}
