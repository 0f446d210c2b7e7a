#include "scanner/survey/verdicts.h"

/* The packed form: what the columns hold, then the labels. All of it is zeroed first: padding is part of the key. */
struct packed_label {
    uint32_t provider;
    uint16_t share;
    uint8_t role, confidence;
};

struct packed {
    uint64_t findings[MXS_FINDINGS_MAX / 64];
    int32_t usable, tiers, addresses, prefixes, asns, providers;
    uint16_t hosts;
    uint8_t state, load_sharing, multihomed, ipv6, backup, backup_apart, single_point, label_count;
    struct mxs_policy_verdict policy;
    uint8_t open_mailbox;
    struct packed_label labels[MXS_ROLE_COUNT * MXS_MAILBOXES_MAX];
};

#define PACKED_HEAD offsetof(struct packed, labels)

static enum mxs_err read_table(struct mxs_intern *table, uint32_t *flushed, mxs_store *store, const char *sql,
                               struct mxs_detail *detail)
{
    struct mxs_query query;
    enum mxs_err err = MXS_OK;
    mxs_query_open(&query, store, sql);
    while (err == MXS_OK && mxs_query_next(&query)) {
        size_t size;
        const void *bytes = mxs_query_column_blob(&query, 1, &size);
        *flushed = (uint32_t)mxs_query_column_int(&query, 0);
        err = mxs_intern_put_as(table, *flushed, size == 0 ? "" : bytes, size);
    }
    mxs_query_reset(&query);
    enum mxs_err end = mxs_query_finish(&query, detail);
    if (end != MXS_OK || err == MXS_OK)
        return end;
    return err == MXS_ERR_MEMORY ? mxs_err_set(detail, err, "out of memory while judging")
                                 : mxs_err_set(detail, MXS_ERR_FOREIGN_DB, "the verdicts of the database cannot be read: run "
                                                                           "`mxsurvey classify` to judge again");
}

enum mxs_err mxs_verdicts_init(struct mxs_verdicts *verdicts, mxs_store *store, struct mxs_detail *detail)
{
    *verdicts = (struct mxs_verdicts){.store = store};
    mxs_intern_init(&verdicts->keys);
    mxs_intern_init(&verdicts->providers);
    enum mxs_err err = read_table(&verdicts->keys, &verdicts->flushed, store, "SELECT id, content FROM verdict ORDER BY id", detail);
    if (err == MXS_OK)
        err = read_table(&verdicts->providers, &verdicts->providers_flushed, store, "SELECT id, name FROM provider ORDER BY id",
                         detail);
    return err;
}

void mxs_verdicts_finish(struct mxs_verdicts *verdicts)
{
    mxs_intern_finish(&verdicts->keys);
    mxs_intern_finish(&verdicts->providers);
}

uint32_t mxs_verdicts_provider(struct mxs_verdicts *verdicts, struct mxs_text provider)
{
    return mxs_intern_put(&verdicts->providers, provider.data, provider.size_bytes, NULL);
}

uint32_t mxs_verdicts_put(struct mxs_verdicts *verdicts, const struct mxs_verdict *verdict)
{
    const struct mxs_redundancy *redundancy = &verdict->redundancy;
    struct packed packed;
    memset(&packed, 0, sizeof packed);
    memcpy(packed.findings, verdict->findings.bits, sizeof packed.findings);
    packed.usable = redundancy->usable;
    packed.tiers = redundancy->tiers;
    packed.addresses = redundancy->addresses;
    packed.prefixes = redundancy->prefixes;
    packed.asns = redundancy->asns;
    packed.providers = redundancy->providers;
    packed.hosts = redundancy->hosts;
    packed.state = (uint8_t)verdict->state;
    packed.load_sharing = (uint8_t)redundancy->load_sharing;
    packed.multihomed = (uint8_t)redundancy->multihomed;
    packed.ipv6 = (uint8_t)redundancy->ipv6;
    packed.backup = (uint8_t)redundancy->backup;
    packed.backup_apart = redundancy->backup_apart;
    packed.single_point = (uint8_t)redundancy->single_point;
    packed.label_count = (uint8_t)verdict->label_count;
    packed.policy = verdict->policy;
    packed.open_mailbox = verdict->open_mailbox;
    for (uint32_t i = 0; i < verdict->label_count; i++) {
        const struct mxs_label *label = &verdict->labels[i];
        packed.labels[i].provider = mxs_verdicts_provider(verdicts, label->provider);
        packed.labels[i].share = label->share;
        packed.labels[i].role = (uint8_t)label->role;
        packed.labels[i].confidence = label->confidence;
        if (packed.labels[i].provider == 0)
            return 0;
    }
    return mxs_intern_put(&verdicts->keys, &packed, PACKED_HEAD + verdict->label_count * sizeof packed.labels[0], NULL);
}

void mxs_verdicts_find(const struct mxs_verdicts *verdicts, uint32_t id, struct mxs_verdict *out)
{
    struct mxs_bytes key = mxs_intern_key(&verdicts->keys, id);
    struct packed packed;
    memset(&packed, 0, sizeof packed);
    memcpy(&packed, key.data, key.size_bytes);
    out->state = (enum mxs_state)packed.state;
    out->redundancy = (struct mxs_redundancy){
        .hosts = packed.hosts, .usable = packed.usable, .tiers = packed.tiers, .addresses = packed.addresses,
        .prefixes = packed.prefixes, .asns = packed.asns, .providers = packed.providers,
        .load_sharing = (enum mxs_tri)packed.load_sharing, .multihomed = (enum mxs_tri)packed.multihomed,
        .ipv6 = (enum mxs_tri)packed.ipv6, .backup = (enum mxs_backup)packed.backup, .backup_apart = packed.backup_apart,
        .single_point = (enum mxs_single_point)packed.single_point};
    memcpy(out->findings.bits, packed.findings, sizeof packed.findings);
    out->policy = packed.policy;
    out->open_mailbox = packed.open_mailbox != 0;
    out->label_count = packed.label_count;
    for (uint32_t i = 0; i < out->label_count; i++) {
        struct mxs_bytes provider = mxs_intern_key(&verdicts->providers, packed.labels[i].provider);
        out->labels[i] = (struct mxs_label){(enum mxs_role)packed.labels[i].role, {(const char *)provider.data, provider.size_bytes},
                                            packed.labels[i].share, packed.labels[i].confidence};
    }
}

static void bind_tri(struct mxs_query *query, int at, uint8_t value)
{
    mxs_query_int_or_null(query, at, value != MXS_UNKNOWN, value);
}

static void put_verdict(struct mxs_query *query, uint32_t id, const struct packed *packed, struct mxs_bytes key)
{
    mxs_query_int(query, 1, id);
    mxs_query_int(query, 2, packed->state);
    mxs_query_int(query, 3, packed->hosts);
    mxs_query_int_or_null(query, 4, packed->usable >= 0, packed->usable);
    mxs_query_int_or_null(query, 5, packed->tiers >= 0, packed->tiers);
    bind_tri(query, 6, packed->load_sharing);
    bind_tri(query, 7, packed->multihomed);
    bind_tri(query, 8, packed->ipv6);
    mxs_query_int_or_null(query, 9, packed->backup != MXS_BACKUP_UNKNOWN, packed->backup);
    mxs_query_int(query, 10, packed->backup_apart);
    mxs_query_int_or_null(query, 11, packed->addresses >= 0, packed->addresses);
    mxs_query_int_or_null(query, 12, packed->prefixes >= 0, packed->prefixes);
    mxs_query_int_or_null(query, 13, packed->asns >= 0, packed->asns);
    mxs_query_int_or_null(query, 14, packed->providers >= 0, packed->providers);
    mxs_query_int_or_null(query, 15, packed->single_point != MXS_SINGLE_UNKNOWN, packed->single_point);
    const struct mxs_policy_verdict *policy = &packed->policy;
    const uint8_t marks[] = {policy->spf, policy->spf_all, policy->dmarc, policy->dkim, policy->bimi, policy->mta_sts,
                             policy->tls_rpt, policy->dane, policy->posture};
    for (int i = 0; i < (int)(sizeof marks / sizeof marks[0]); i++)
        mxs_query_int_or_null(query, 17 + i, marks[i] != MXS_POLICY_UNKNOWN && (i != 1 || marks[i] != 0), marks[i]);
    mxs_query_blob(query, 16, key.data, key.size_bytes);
    mxs_query_run(query);
}

static void put_labels(struct mxs_query *query, uint32_t id, const struct packed *packed)
{
    int position[MXS_ROLE_COUNT] = {0};
    for (uint32_t i = 0; i < packed->label_count; i++) {
        const struct packed_label *label = &packed->labels[i];
        mxs_query_int(query, 1, id);
        mxs_query_int(query, 2, label->role);
        mxs_query_int(query, 3, ++position[label->role]);
        mxs_query_int(query, 4, label->provider);
        mxs_query_int(query, 5, label->share);
        mxs_query_int(query, 6, label->confidence);
        mxs_query_run(query);
    }
}

static void put_findings(struct mxs_query *query, uint32_t id, const struct packed *packed)
{
    for (unsigned code = 0; code < MXS_FINDINGS_MAX; code++) {
        if (!(packed->findings[code / 64] >> code % 64 & 1))
            continue;
        mxs_query_int(query, 1, id);
        mxs_query_int(query, 2, code);
        mxs_query_run(query);
    }
}

static enum mxs_err flush_providers(struct mxs_verdicts *verdicts, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, verdicts->store, "INSERT INTO provider VALUES (?1, ?2)");
    for (; verdicts->providers_flushed < verdicts->providers.count; verdicts->providers_flushed++) {
        struct mxs_bytes key = mxs_intern_key(&verdicts->providers, verdicts->providers_flushed + 1);
        mxs_query_int(&query, 1, verdicts->providers_flushed + 1);
        mxs_query_text(&query, 2, (const char *)key.data, key.size_bytes);
        mxs_query_run(&query);
    }
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_verdicts_flush(struct mxs_verdicts *verdicts, struct mxs_detail *detail)
{
    struct mxs_query verdict, label, finding;
    enum mxs_err err = flush_providers(verdicts, detail);
    if (err != MXS_OK)
        return err;
    mxs_query_open(&verdict, verdicts->store,
                   "INSERT INTO verdict (id, state, hosts, usable, tiers, load_sharing, multihomed, ipv6, backup, backup_apart,"
                   " addresses, prefixes, asns, providers, single_point, content, spf, spf_all, dmarc, dkim, bimi, mta_sts,"
                   " tls_rpt, dane, posture)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
                   " ?21, ?22, ?23, ?24, ?25)");
    mxs_query_open(&label, verdicts->store, "INSERT INTO verdict_label VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    mxs_query_open(&finding, verdicts->store, "INSERT INTO verdict_finding VALUES (?1, ?2)");
    for (; verdicts->flushed < verdicts->keys.count; verdicts->flushed++) {
        struct mxs_bytes key = mxs_intern_key(&verdicts->keys, verdicts->flushed + 1);
        struct packed packed;
        memset(&packed, 0, sizeof packed);
        memcpy(&packed, key.data, key.size_bytes);
        put_verdict(&verdict, verdicts->flushed + 1, &packed, key);
        put_labels(&label, verdicts->flushed + 1, &packed);
        put_findings(&finding, verdicts->flushed + 1, &packed);
    }
    err = mxs_query_finish(&verdict, detail);
    enum mxs_err end = mxs_query_finish(&label, err == MXS_OK ? detail : NULL);
    err = err == MXS_OK ? end : err;
    end = mxs_query_finish(&finding, err == MXS_OK ? detail : NULL);
    return err == MXS_OK ? end : err;
}
