#include "scanner/checks/policy_read.h"

#include <stdio.h>

#include "scanner/parse/dkim.h"
#include "scanner/parse/dmarc.h"
#include "scanner/parse/mta_sts.h"
#include "scanner/parse/spf.h"
#include "scanner/parse/tls_rpt.h"
#include "scanner/checks/internal/policy_json.h"

_Static_assert(MXS_DMARC_MARK_REJECT == (int)MXS_DMARC_REJECT && MXS_DMARC_MARK_NONE == (int)MXS_DMARC_NONE,
               "the marks follow the policies");

#define SPF_ASKED_MAX 4096u

struct reading {
    struct mxs_arena *arena;
    struct mxs_policy_facts *facts;
    bool open_key; /* some selector is not settled */
};

static bool is_open(const struct mxs_policy_entry *entry) { return !mxs_outcome_settled(entry->outcome); }

/* The entry's texts as records. */
static uint32_t records_of(const struct mxs_policy_entry *entry, struct mxs_record records[MXS_PACK_TEXTS])
{
    for (uint32_t i = 0; i < entry->text_count; i++)
        records[i] = (struct mxs_record){.data = {(const uint8_t *)entry->texts[i].data, entry->texts[i].size_bytes}};
    return entry->text_count;
}

/* --- SPF and tokens -------------------------------------------------------------------------------------------------- */

static void read_terms(struct mxs_policy_facts *facts, const struct mxs_spf *spf)
{
    facts->spf_bare = spf->reason == MXS_SPF_OK && spf->term_count == 1 && spf->all != NULL && spf->all->qualifier == '-';
    for (uint32_t i = 0; i < spf->term_count; i++) {
        const struct mxs_spf_term *term = &spf->terms[i];
        facts->spf_ptr |= term->kind == MXS_SPF_PTR;
        bool leads = (term->kind == MXS_SPF_INCLUDE || term->kind == MXS_SPF_REDIRECT) && term->domain.data != NULL;
        if (leads && facts->include_count < MXS_POLICY_INCLUDES_MAX)
            facts->includes[facts->include_count++] = term->domain;
    }
}

static void read_txt(struct reading *reading, const struct mxs_policy_entry *entry)
{
    struct mxs_policy_facts *facts = reading->facts;
    struct mxs_record records[MXS_PACK_TEXTS];
    struct mxs_spf spf;
    mxs_spf_read(records, records_of(entry, records), reading->arena, &spf);
    read_terms(facts, &spf);
    for (uint32_t i = 0; i < entry->text_count; i++)
        if (!mxs_spf_is(entry->texts[i]) && facts->token_count < MXS_POLICY_TOKENS_MAX)
            facts->tokens[facts->token_count++] = entry->texts[i];
}

/* --- DMARC ----------------------------------------------------------------------------------------------------------- */

static void read_dmarc(struct mxs_policy_facts *facts, const struct mxs_policy_entry *entry, bool inherited)
{
    struct mxs_record records[MXS_PACK_TEXTS];
    struct mxs_dmarc dmarc;
    if (is_open(entry)) {
        facts->dmarc = MXS_POLICY_UNKNOWN;
        return;
    }
    mxs_dmarc_read(records, records_of(entry, records), &dmarc);
    facts->dmarc_inherited = inherited;
    if (dmarc.reason != MXS_DMARC_OK) {
        facts->dmarc = MXS_DMARC_MARK_FAULTY;
        return;
    }
    facts->dmarc = (uint8_t)(inherited ? mxs_dmarc_subdomain(&dmarc, true) : dmarc.policy);
    facts->dmarc_percent = dmarc.percent;
    facts->dmarc_reports = dmarc.rua.count > 0;
    facts->dmarc_testing = dmarc.testing;
}

/* --- DKIM ------------------------------------------------------------------------------------------------------------ */

static void read_key(struct reading *reading, const struct mxs_policy_entry *entry, struct mxs_dkim *dkim)
{
    struct mxs_policy_facts *facts = reading->facts;
    struct mxs_record records[MXS_PACK_TEXTS];
    mxs_dkim_read(records, records_of(entry, records), reading->arena, dkim);
    bool there = dkim->reason == MXS_DKIM_OK;
    if (there)
        facts->dkim = MXS_RECORD_GOOD;
    else if (dkim->reason != MXS_DKIM_NO_RECORD && facts->dkim != MXS_RECORD_GOOD)
        facts->dkim = MXS_RECORD_FAULTY;
    if (facts->key_count < MXS_POLICY_KEYS_MAX)
        facts->keys[facts->key_count++] = (struct mxs_policy_key){
            .selector = entry->key, .target = entry->target, .there = there, .revoked = dkim->reason == MXS_DKIM_REVOKED,
            .testing = dkim->testing, .faulty = !there && dkim->reason != MXS_DKIM_NO_RECORD && dkim->reason != MXS_DKIM_REVOKED,
            .ed25519 = dkim->type == MXS_DKIM_ED25519, .bits = (uint16_t)dkim->bits};
}

/* --- small records --------------------------------------------------------------------------------------------------- */

static uint8_t mark_of(const struct mxs_policy_entry *entry)
{
    struct mxs_record records[MXS_PACK_TEXTS];
    uint32_t count = records_of(entry, records);
    bool good = false;
    if (is_open(entry))
        return MXS_POLICY_UNKNOWN;
    if (entry->ask == MXS_ASK_BIMI) {
        struct mxs_bimi bimi;
        mxs_bimi_read(records, count, &bimi);
        good = bimi.reason == MXS_BIMI_OK;
        if (bimi.reason == MXS_BIMI_DECLINED)
            return MXS_RECORD_NONE;
    } else if (entry->ask == MXS_ASK_MTA_STS) {
        struct mxs_mta_sts sts;
        mxs_mta_sts_read(records, count, &sts);
        good = sts.reason == MXS_MTA_STS_OK;
    } else {
        struct mxs_tls_rpt report;
        mxs_tls_rpt_read(records, count, &report);
        good = report.reason == MXS_TLS_RPT_OK;
    }
    return good ? MXS_RECORD_GOOD : MXS_RECORD_FAULTY;
}

static void read_entry(struct reading *reading, const struct mxs_policy_entry *entry)
{
    struct mxs_policy_facts *facts = reading->facts;
    struct mxs_dkim dkim;
    switch (entry->ask) {
    case MXS_ASK_TXT: read_txt(reading, entry); break;
    case MXS_ASK_DMARC: read_dmarc(facts, entry, false); break;
    case MXS_ASK_DMARC_ORG: read_dmarc(facts, entry, true); break;
    case MXS_ASK_DMARC_TREE: facts->dmarc_differs = true; break;
    case MXS_ASK_BIMI: facts->bimi = mark_of(entry); break;
    case MXS_ASK_DOMAINKEY: facts->domainkey = !is_open(entry); break;
    case MXS_ASK_SELECTOR:
        reading->open_key |= is_open(entry);
        if (!is_open(entry))
            read_key(reading, entry, &dkim);
        break;
    case MXS_ASK_AUTODISCOVER: facts->autodiscover = entry->target; break;
    case MXS_ASK_AUTODISCOVER_SRV: facts->autodiscover_srv = entry->target; break;
    case MXS_ASK_MTA_STS: facts->mta_sts = mark_of(entry); break;
    case MXS_ASK_TLS_RPT: facts->tls_rpt = mark_of(entry); break;
    case MXS_ASK_REPORT: facts->dmarc_unauthorised |= !is_open(entry); break;
    case MXS_ASK_OWN:
    case MXS_ASK_COUNT: break;
    }
}

bool mxs_policy_read(struct mxs_bytes content, const struct mxs_policy_spf *spf, bool auth, bool transport,
                     struct mxs_arena *arena, struct mxs_policy_facts *facts)
{
    uint8_t no_auth = auth ? 0 : MXS_POLICY_UNKNOWN, no_transport = transport ? 0 : MXS_POLICY_UNKNOWN;
    struct mxs_policy_entry entry;
    struct reading reading = {arena, facts, false};
    memset(facts, 0, offsetof(struct mxs_policy_facts, includes));
    facts->include_count = facts->key_count = facts->token_count = 0;
    facts->dmarc = facts->dkim = facts->bimi = no_auth;
    facts->dmarc_inherited = facts->dmarc_reports = facts->dmarc_testing = facts->dmarc_differs = facts->dmarc_unauthorised = false;
    facts->dmarc_percent = 100;
    facts->domainkey = false;
    facts->autodiscover = facts->autodiscover_srv = (struct mxs_text){NULL, 0};
    facts->mta_sts = facts->tls_rpt = no_transport;
    facts->sts_uncovered = facts->sts_none_covered = facts->sts_short = facts->sts_stale = false;
    facts->dane = MXS_POLICY_UNKNOWN;
    facts->auth = auth;
    facts->transport = transport;
    facts->spf = auth ? spf->result : MXS_POLICY_UNKNOWN;
    facts->spf_reason = spf->reason;
    facts->spf_all = (char)spf->all;
    facts->spf_lookups = spf->lookups;
    facts->spf_voids = spf->voids;
    for (uint32_t at = 0; mxs_pack_next(content, &at, &entry);)
        read_entry(&reading, &entry);
    if (reading.open_key && facts->dkim == MXS_RECORD_NONE)
        facts->dkim = MXS_POLICY_UNKNOWN;
    return !mxs_arena_full(arena);
}

/* --- columns --------------------------------------------------------------------------------------------------------- */

enum column { CONTENT, SPF, DMARC, DMARC_AT, DMARC_TAGS, DKIM, BIMI, MTA_STS, TLS_RPT, AUTODISCOVER, TOKENS };

/* Several texts in one column are parted by a line end. Records that are no UTF-8 stay as they are: columns are for eyes,
 * and whoever prints them escapes. */
static struct mxs_text join(struct mxs_arena *arena, const struct mxs_policy_entry *entry, bool (*is)(struct mxs_text), bool wanted)
{
    size_t size = 0;
    for (uint32_t i = 0; i < entry->text_count; i++)
        size += is == NULL || is(entry->texts[i]) == wanted ? entry->texts[i].size_bytes + 1 : 0;
    char *out = size == 0 ? NULL : mxs_arena_take(arena, size), *at = out;
    if (out == NULL)
        return (struct mxs_text){NULL, 0};
    for (uint32_t i = 0; i < entry->text_count; i++) {
        if (is != NULL && is(entry->texts[i]) != wanted)
            continue;
        if (at != out)
            *at++ = '\n';
        if (entry->texts[i].size_bytes > 0)
            memcpy(at, entry->texts[i].data, entry->texts[i].size_bytes);
        at += entry->texts[i].size_bytes;
    }
    return (struct mxs_text){out, (uint32_t)(at - out)};
}

bool mxs_policy_columns(struct mxs_bytes content, struct mxs_arena *arena, struct mxs_text texts[MXS_POLICY_TEXTS])
{
    struct mxs_policy_entry entry;
    memset(texts, 0, MXS_POLICY_TEXTS * sizeof *texts);
    texts[CONTENT] = (struct mxs_text){(const char *)content.data, content.size_bytes};
    bool keys = false;
    for (uint32_t at = 0; mxs_pack_next(content, &at, &entry);) {
        switch (entry.ask) {
        case MXS_ASK_TXT:
            texts[SPF] = join(arena, &entry, mxs_spf_is, true);
            texts[TOKENS] = join(arena, &entry, mxs_spf_is, false);
            break;
        case MXS_ASK_DMARC: texts[DMARC] = join(arena, &entry, NULL, true); break;
        case MXS_ASK_DMARC_ORG:
            texts[DMARC] = join(arena, &entry, NULL, true);
            if (entry.text_count > 0)
                texts[DMARC_AT] = entry.key;
            break;
        case MXS_ASK_SELECTOR: keys = true; break;
        case MXS_ASK_BIMI: texts[BIMI] = join(arena, &entry, NULL, true); break;
        case MXS_ASK_MTA_STS: texts[MTA_STS] = join(arena, &entry, NULL, true); break;
        case MXS_ASK_TLS_RPT: texts[TLS_RPT] = join(arena, &entry, NULL, true); break;
        case MXS_ASK_AUTODISCOVER: texts[AUTODISCOVER] = entry.target; break;
        case MXS_ASK_AUTODISCOVER_SRV:
            if (texts[AUTODISCOVER].data == NULL)
                texts[AUTODISCOVER] = entry.target;
            break;
        default: break;
        }
    }
    if (keys)
        texts[DKIM] = mxs_policy_dkim_text(content, arena);
    if (texts[DMARC].data != NULL)
        texts[DMARC_TAGS] = mxs_policy_dmarc_text(content, arena);
    return !mxs_arena_full(arena);
}
