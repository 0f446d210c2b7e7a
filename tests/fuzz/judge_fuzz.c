/* The judge over facts that nobody would make up: every claim of a verdict must hold together.
 *
 * Rooms scanner/classify
 *
 * The first octet: MX outcome, implicit, hosts asked. Then MX hosts of five octets: step of the preference, name, A and
 * AAAA outcome, addresses, registrable. */
#include "scanner/classify/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MX_HOSTS_MAX 200

static const char *const names[] = {
    "", "localhost", "1.2.3.4", "example.org", "mx.example.org", "mx2.example.org", "mx.example.net", "mx.example.com",
    "aspmx.l.google.com", "x.mail.protection.outlook.com", "a.pphosted.com", "co.uk", "mx", "\\0911.2.3.4\\093",
    "a\\.b.example.org", "route1.mx.cloudflare.net",
};

struct scene {
    struct mxs_host_facts hosts[16];
    struct mxs_mx_host mx_hosts[MX_HOSTS_MAX];
    struct mxs_address addresses[16][4];
    struct mxs_domain_facts facts;
};

static enum mxs_outcome outcome_of(unsigned octet)
{
    return octet % 16 < MXS_OUTCOME_COUNT ? (enum mxs_outcome)(octet % 16)
           : octet % 16 < 13              ? MXS_ANSWERED
                                          : MXS_NOT_ASKED;
}

static void set_mx_host(struct scene *s, uint32_t at, const uint8_t *octets)
{
    unsigned i = octets[1] % 16; /* one name, one set of facts, as the store has it */
    struct mxs_host_facts *host = &s->hosts[i];
    uint16_t last = at == 0 ? 0 : s->mx_hosts[at - 1].preference;
    host->id = i;
    host->name = mxs_text_of(names[i]);
    host->a = outcome_of(octets[2]);
    host->aaaa = outcome_of(octets[2] >> 4);
    host->registrable = octets[4] & 1 ? MXS_NXDOMAIN : MXS_NOT_ASKED;
    host->alias = octets[4] & 2 ? MXS_TEXT("alias.example") : (struct mxs_text){NULL, 0};
    host->addresses = s->addresses[i];
    host->address_count = octets[3] % 5;
    for (uint32_t k = 0; k < host->address_count; k++) {
        static const uint8_t firsts[] = {20, 10, 20, 127, 20, 192, 198, 224};
        uint8_t pick = (uint8_t)(octets[3] >> 3) ^ (uint8_t)k;
        s->addresses[i][k] = octets[4] >> (4 + k) & 1
                                 ? (struct mxs_address){6, {0x2a, 0, pick & 3, 0, 0, pick & 4, pick}, pick & 3}
                                 : (struct mxs_address){4, {firsts[pick % 8], 0, pick & 3, pick & 7}, pick & 3};
    }
    s->mx_hosts[at] = (struct mxs_mx_host){(uint16_t)(last + (last < 60000 ? octets[0] % 4 : 0)), host};
}

static void check(const struct scene *s, const struct mxs_verdict *v)
{
    const struct mxs_redundancy *r = &v->redundancy;
    uint32_t shares = 0;
    bool labelled = v->state == MXS_STATE_MX || v->state == MXS_STATE_IMPLICIT_MX;
    MXS_ASSERT(v->state < MXS_STATE_COUNT && r->hosts <= s->facts.mx_host_count);
    MXS_ASSERT(r->usable <= r->hosts && (r->usable < 1 || r->tiers != 0));
    MXS_ASSERT(r->prefixes <= r->addresses && (r->addresses < 0 || r->asns <= r->addresses));
    /* usable is not known where an MX host is not settled; it may add no provider. */
    MXS_ASSERT(r->providers <= (r->usable < 0 ? r->hosts : r->usable));
    MXS_ASSERT(v->label_count == 0 || labelled);
    for (uint32_t i = 0; i < v->label_count; i++) {
        MXS_ASSERT(v->labels[i].provider.size_bytes > 0 && v->labels[i].confidence <= 100);
        MXS_ASSERT((v->labels[i].role == MXS_ROLE_BACKUP) == (v->labels[i].share == 0));
        shares += v->labels[i].share;
    }
    MXS_ASSERT(shares == 0 || shares == 10000);
    MXS_ASSERT((r->backup == MXS_BACKUP_EFFECTIVE) == (r->backup_apart & MXS_APART_ADDRESS));
    MXS_ASSERT(v->state != MXS_STATE_BROKEN || r->usable <= 0);
    MXS_ASSERT(v->state != MXS_STATE_UNDETERMINED || (r->usable == -1 && r->single_point == MXS_SINGLE_UNKNOWN));
    MXS_ASSERT(r->single_point != MXS_SINGLE_HOST || r->usable == 1);
    MXS_ASSERT(r->load_sharing != MXS_YES || r->usable == -1 || r->usable >= 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct mxs_judge judge;
    static mxs_rules *rules;
    static mxs_suffixes *suffixes;
    static struct mxs_arena arena;
    static struct scene s;
    static struct mxs_verdict verdict;
    struct mxs_detail detail;
    if (rules == NULL) {
        MXS_ASSERT(mxs_rules_create_built_in(&rules, &detail) == MXS_OK);
        MXS_ASSERT(mxs_suffixes_create(&suffixes, NULL, &detail) == MXS_OK);
        judge = (struct mxs_judge){rules, suffixes};
        mxs_arena_init(&arena, 1 << 16, 0);
    }
    if (size < 1)
        return 0;
    s.facts = (struct mxs_domain_facts){.name = MXS_TEXT("example.org"), .mx = outcome_of(data[0]),
                                        .hosts_asked = !(data[0] & 0x20), .mx_hosts = s.mx_hosts};
    uint32_t count = (uint32_t)(size - 1) / 5;
    s.facts.mx_host_count = count < MX_HOSTS_MAX ? count : MX_HOSTS_MAX;
    for (uint32_t i = 0; i < s.facts.mx_host_count; i++)
        set_mx_host(&s, i, data + 1 + 5 * i);
    if (s.facts.mx == MXS_NODATA && s.facts.mx_host_count > 0) {
        s.facts.implicit = true;
        s.facts.mx_host_count = 1;
        s.hosts[data[2] % 16].name = s.facts.name;
    }
    mxs_judge_domain(&judge, &s.facts, &arena, &verdict);
    MXS_ASSERT(!mxs_arena_full(&arena));
    check(&s, &verdict);
    mxs_arena_reset(&arena);
    return 0;
}
