#include "scanner/run/internal/verdicts.h"

#include <assert.h>

#include "db/bulk.h"

/* The packed form: what the columns hold, then the labels. All of it is zeroed first: padding is part of the key. */
struct packed_label {
    uint32_t provider;
    uint16_t share;
    uint8_t role, confidence;
};

struct packed {
    struct mxs_findings findings;
    int32_t usable, tiers, addresses, prefixes, asns, providers;
    uint16_t hosts;
    uint8_t state, load_sharing, multihomed, ipv6, backup, backup_apart, single_point, label_count;
    struct mxs_measures measures;
    uint8_t open_mailbox;
    struct packed_label labels[MXS_ROLE_COUNT * MXS_MAILBOXES_MAX];
};

#define PACKED_HEAD offsetof(struct packed, labels)
#define KEY_SIZE_MAX (4 + sizeof(struct packed) - PACKED_HEAD)

/* Of the packed form to its key; 0: out of memory. */
static size_t key_of(struct mxs_verdicts *verdicts, const void *packed, size_t size, uint8_t key[KEY_SIZE_MAX])
{
    uint32_t head = mxs_intern_put(&verdicts->heads, packed, PACKED_HEAD, NULL);
    memcpy(key, &head, 4);
    memcpy(key + 4, (const uint8_t *)packed + PACKED_HEAD, size - PACKED_HEAD);
    return head == 0 ? 0 : 4 + size - PACKED_HEAD;
}

/* And back; returns its size. */
static size_t packed_of(const struct mxs_verdicts *verdicts, uint32_t id, struct packed *packed)
{
    struct mxs_bytes key = mxs_intern_key(&verdicts->keys, id);
    uint32_t head;
    memset(packed, 0, sizeof *packed);
    memcpy(&head, key.data, 4);
    memcpy(packed, mxs_intern_key(&verdicts->heads, head).data, PACKED_HEAD);
    memcpy(packed->labels, key.data + 4, key.size_bytes - 4);
    return PACKED_HEAD + key.size_bytes - 4;
}

/* state: the column beside the content, by which verdicts are counted. */
static enum mxs_err put_stored(struct mxs_verdicts *verdicts, uint32_t id, const void *content, size_t size,
                               int64_t state)
{
    uint8_t key[KEY_SIZE_MAX];
    if (size < PACKED_HEAD || size > sizeof(struct packed) ||
        ((const uint8_t *)content)[offsetof(struct packed, state)] != state || state >= MXS_STATE_COUNT)
        return MXS_ERR_INPUT;
    size_t key_size = key_of(verdicts, content, size, key);
    return key_size == 0 ? MXS_ERR_MEMORY : mxs_intern_put_as(&verdicts->keys, id, key, key_size);
}

static enum mxs_err put_stored_provider(struct mxs_verdicts *verdicts, uint32_t id, const void *name, size_t size,
                                        int64_t state)
{
    (void)state;
    return mxs_intern_put_as(&verdicts->providers, id, name, size);
}

static enum mxs_err read_table(struct mxs_verdicts *verdicts, uint32_t *flushed, const char *sql,
                               enum mxs_err (*put)(struct mxs_verdicts *, uint32_t, const void *, size_t, int64_t),
                               struct mxs_detail *detail)
{
    struct mxs_query query;
    enum mxs_err err = MXS_OK;
    mxs_query_open(&query, verdicts->store, sql);
    while (err == MXS_OK && mxs_query_next(&query)) {
        size_t size;
        const void *bytes = mxs_query_column_blob(&query, 1, &size);
        int64_t id = mxs_query_column_int(&query, 0);
        *flushed = (uint32_t)id;
        err = id < 1 || id >= UINT32_MAX || size > UINT16_MAX
                  ? MXS_ERR_INPUT
                  : put(verdicts, *flushed, size == 0 ? "" : bytes, size, mxs_query_column_int(&query, 2));
    }
    mxs_query_reset(&query);
    enum mxs_err end = mxs_query_finish(&query, detail);
    if (end != MXS_OK || err == MXS_OK)
        return end;
    return err == MXS_ERR_MEMORY ? mxs_err_set(detail, err, "out of memory while judging")
                                 : mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                                               "the verdicts of the database cannot be read: run "
                                               "`mxsurvey classify` to judge again");
}

enum mxs_err mxs_verdicts_init(struct mxs_verdicts *verdicts, mxs_store *store, struct mxs_detail *detail)
{
    *verdicts = (struct mxs_verdicts){.store = store};
    mxs_intern_init(&verdicts->keys);
    mxs_intern_init(&verdicts->heads);
    mxs_intern_init(&verdicts->providers);
    enum mxs_err err = read_table(verdicts, &verdicts->flushed,
                                  "SELECT id, content, state FROM verdict ORDER BY id", put_stored, detail);
    if (err == MXS_OK)
        err = read_table(verdicts, &verdicts->providers_flushed, "SELECT id, name, 0 FROM provider ORDER BY id",
                         put_stored_provider, detail);
    return err;
}

void mxs_verdicts_finish(struct mxs_verdicts *verdicts)
{
    mxs_intern_finish(&verdicts->keys);
    mxs_intern_finish(&verdicts->heads);
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
    packed.findings = verdict->findings;
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
    packed.measures = verdict->measures;
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
    uint8_t key[KEY_SIZE_MAX];
    size_t size = key_of(verdicts, &packed, PACKED_HEAD + verdict->label_count * sizeof packed.labels[0], key);
    return size == 0 ? 0 : mxs_intern_put(&verdicts->keys, key, size, NULL);
}

void mxs_verdicts_find(const struct mxs_verdicts *verdicts, uint32_t id, struct mxs_verdict *out)
{
    struct packed packed;
    (void)packed_of(verdicts, id, &packed);
    out->state = (enum mxs_state)packed.state;
    out->redundancy = (struct mxs_redundancy){.hosts = packed.hosts,
                                              .usable = packed.usable,
                                              .tiers = packed.tiers,
                                              .addresses = packed.addresses,
                                              .prefixes = packed.prefixes,
                                              .asns = packed.asns,
                                              .providers = packed.providers,
                                              .load_sharing = (enum mxs_tri)packed.load_sharing,
                                              .multihomed = (enum mxs_tri)packed.multihomed,
                                              .ipv6 = (enum mxs_tri)packed.ipv6,
                                              .backup = (enum mxs_backup)packed.backup,
                                              .backup_apart = packed.backup_apart,
                                              .single_point = (enum mxs_single_point)packed.single_point};
    out->findings = packed.findings;
    out->measures = packed.measures;
    out->open_mailbox = packed.open_mailbox != 0;
    out->label_count = packed.label_count;
    for (uint32_t i = 0; i < out->label_count; i++) {
        struct mxs_bytes provider = mxs_intern_key(&verdicts->providers, packed.labels[i].provider);
        out->labels[i] = (struct mxs_label){(enum mxs_role)packed.labels[i].role,
                                            {(const char *)provider.data, provider.size_bytes},
                                            packed.labels[i].share,
                                            packed.labels[i].confidence};
    }
}

/* --- the rows --- */

/* What is new in a table of verdicts or providers; a verdict is unpacked once for all its rows. */
struct feed {
    const struct mxs_verdicts *verdicts;
    const struct mxs_intern *keys;
    uint32_t id; /* of the verdict that comes next */
    uint32_t at; /* its labels, or codes of findings, that are over */
    int position[MXS_ROLE_COUNT];
    size_t packed_size;
    struct packed packed;
};

static bool unpack_next(struct feed *feed)
{
    if (feed->id > feed->keys->count)
        return false;
    feed->packed_size = packed_of(feed->verdicts, feed->id++, &feed->packed);
    feed->at = 0;
    memset(feed->position, 0, sizeof feed->position);
    return true;
}

static int64_t known(bool is_known, int64_t value) { return is_known ? value : MXS_BULK_NULL; }
static int64_t tri(uint8_t value) { return known(value != MXS_UNKNOWN, value); }

/* In the order of the columns that mxs_verdicts_flush names. */
static bool next_verdict(void *arg, struct mxs_bulk_row *row)
{
    struct feed *feed = arg;
    if (!unpack_next(feed))
        return false;
    const struct packed *packed = &feed->packed;
    const int64_t numbers[] = {
        feed->id - 1, packed->state, packed->hosts, known(packed->usable >= 0, packed->usable),
        known(packed->tiers >= 0, packed->tiers), tri(packed->load_sharing), tri(packed->multihomed), tri(packed->ipv6),
        known(packed->backup != MXS_BACKUP_UNKNOWN, packed->backup), packed->backup_apart,
        known(packed->addresses >= 0, packed->addresses), known(packed->prefixes >= 0, packed->prefixes),
        known(packed->asns >= 0, packed->asns), known(packed->providers >= 0, packed->providers),
        known(packed->single_point != MXS_SINGLE_UNKNOWN, packed->single_point)};
    static_assert(sizeof numbers / sizeof numbers[0] <= MXS_BULK_COLUMNS, "a number for each column");
    memcpy(row->numbers, numbers, sizeof numbers);
    row->blob = packed;
    row->blob_size = feed->packed_size;
    return true;
}

static bool next_label(void *arg, struct mxs_bulk_row *row)
{
    struct feed *feed = arg;
    while (feed->at >= feed->packed.label_count)
        if (!unpack_next(feed))
            return false;
    const struct packed_label *label = &feed->packed.labels[feed->at++];
    row->numbers[0] = feed->id - 1;
    row->numbers[1] = label->role;
    row->numbers[2] = ++feed->position[label->role];
    row->numbers[3] = label->provider;
    row->numbers[4] = label->share;
    row->numbers[5] = label->confidence;
    return true;
}

static bool next_finding(void *arg, struct mxs_bulk_row *row)
{
    struct feed *feed = arg;
    for (;;) {
        uint32_t code = feed->at++;
        if (code >= MXS_FINDINGS_MAX) {
            if (!unpack_next(feed))
                return false;
        } else if (mxs_findings_has(&feed->packed.findings, code)) {
            row->numbers[0] = feed->id - 1;
            row->numbers[1] = code;
            return true;
        }
    }
}

static bool next_value(void *arg, struct mxs_bulk_row *row)
{
    struct feed *feed = arg;
    for (;;) {
        uint32_t measure = feed->at++;
        if (measure >= MXS_MEASURES_MAX) {
            if (!unpack_next(feed))
                return false;
        } else if (feed->packed.measures.values[measure] != MXS_POLICY_UNKNOWN) {
            row->numbers[0] = feed->id - 1;
            row->numbers[1] = measure;
            row->numbers[2] = feed->packed.measures.values[measure];
            return true;
        }
    }
}

static bool next_provider(void *arg, struct mxs_bulk_row *row)
{
    struct feed *feed = arg;
    if (feed->id > feed->keys->count)
        return false;
    struct mxs_bytes key = mxs_intern_key(feed->keys, feed->id);
    row->numbers[0] = feed->id++;
    row->text = (const char *)key.data;
    row->text_size = key.size_bytes;
    return true;
}

/* The rows of everything after `flushed`. */
static enum mxs_err put_new(const struct mxs_verdicts *verdicts, const char *sql, mxs_bulk_source source,
                            const struct mxs_intern *keys, uint32_t flushed, struct mxs_detail *detail)
{
    struct feed feed = {.verdicts = verdicts, .keys = keys, .id = flushed + 1, .at = MXS_FINDINGS_MAX};
    return flushed == keys->count ? MXS_OK : mxs_bulk_insert(verdicts->store, sql, source, &feed, detail);
}

enum mxs_err mxs_verdicts_flush(struct mxs_verdicts *verdicts, struct mxs_detail *detail)
{
    const struct mxs_intern *keys = &verdicts->keys;
    enum mxs_err err = put_new(verdicts, "INSERT INTO provider SELECT c0, t FROM bulk(?1)", next_provider,
                               &verdicts->providers, verdicts->providers_flushed, detail);
    if (err == MXS_OK)
        verdicts->providers_flushed = verdicts->providers.count;
    if (err == MXS_OK)
        err = put_new(verdicts,
                      "INSERT INTO verdict (id, state, hosts, usable, tiers, load_sharing, multihomed, ipv6, backup, "
                      "backup_apart,"
                      " addresses, prefixes, asns, providers, single_point, content) SELECT c0, c1, c2, c3, c4, c5, "
                      "c6, c7, c8, c9, c10, c11,"
                      " c12, c13, c14, b FROM bulk(?1)",
                      next_verdict, keys, verdicts->flushed, detail);
    if (err == MXS_OK)
        err = put_new(verdicts, "INSERT INTO verdict_label SELECT c0, c1, c2, c3, c4, c5 FROM bulk(?1)", next_label,
                      keys, verdicts->flushed, detail);
    if (err == MXS_OK)
        err = put_new(verdicts, "INSERT INTO verdict_value SELECT c0, c1, c2 FROM bulk(?1)", next_value, keys,
                      verdicts->flushed, detail);
    if (err == MXS_OK)
        err = put_new(verdicts, "INSERT INTO verdict_finding SELECT c0, c1 FROM bulk(?1)", next_finding, keys,
                      verdicts->flushed, detail);
    if (err == MXS_OK)
        verdicts->flushed = keys->count;
    return err;
}
