#include "reports/record/internal/value.h"

#include "reports/record/policy.h"

/* The list itself. Rows stand in the order of JSON and CSV alike, members below their object or array. */

#define NULLABLE MXS_COLUMN_NULLABLE
#define MEASURED MXS_COLUMN_MEASURED
#define OPTIONAL MXS_COLUMN_OPTIONAL

#define DOMAIN(path, type, csv, argument, flags, meaning) \
    {path, MXS_RECORD_##type, MXS_PART_OF_DOMAIN, csv, mxs_record_read_domain, argument, flags, meaning}
#define MX(path, type, csv, argument, flags, meaning) \
    {path, MXS_RECORD_##type, MXS_PART_OF_SET, csv, mxs_record_read_mx, MXS_READ_##argument, flags, meaning}
#define OWN(path, type, csv, argument, flags, meaning) \
    {path, MXS_RECORD_##type, MXS_PART_OF_DOMAIN, csv, mxs_record_read_own, MXS_READ_##argument, flags, meaning}
#define LABEL(path, type, argument, flags, meaning) \
    {path, MXS_RECORD_##type, MXS_PART_OF_VERDICT, path, mxs_record_read_label, MXS_READ_##argument, flags, meaning}
#define EVIDENCE(path, type, csv, argument, flags, meaning) \
    {path, MXS_RECORD_##type, MXS_PART_OF_EVIDENCE, csv, mxs_record_read_evidence, MXS_READ_##argument, flags, meaning}
#define REDUNDANCY(path, type, argument, meaning) \
    {path, MXS_RECORD_##type, MXS_PART_OF_VERDICT, path, mxs_record_read_verdict, MXS_REDUNDANCY_##argument, \
        NULLABLE, meaning}
/* What a check tells is stored as JSON; its members are described here for schema and manual. */
#define STORED(path, type, argument, meaning) \
    {path, MXS_RECORD_##type, MXS_PART_OF_DOMAIN, path, mxs_record_read_policy, MXS_POLICY_##argument, \
        NULLABLE | MXS_COLUMN_STORED, meaning}
#define MEMBER(path, type, flags, meaning) {path, MXS_RECORD_##type, MXS_PART_OF_DOMAIN, NULL, NULL, 0, flags, meaning}
#define MEASUREMENT(path, type, argument, meaning) \
    {path, MXS_RECORD_##type, MXS_PART_OF_DOMAIN, path, mxs_record_read_measured, MXS_READ_##argument, \
        NULLABLE | MEASURED, meaning}
#define OBJECT(path, part, flags, meaning) {path, MXS_RECORD_OBJECT, MXS_PART_OF_##part, NULL, NULL, 0, flags, meaning}

const struct mxs_record_column mxs_record_columns[] = {
    DOMAIN("domain", TEXT, "domain", MXS_READ_NAME, 0, "the name: A-labels, lower case, no trailing dot"),
    {"state", MXS_RECORD_TEXT, MXS_PART_OF_VERDICT, "state", mxs_record_read_verdict, MXS_READ_STATE, 0,
     "mx, implicit_mx, null_mx, null_mx_invalid, no_mail, nxdomain, broken or undetermined"},

    MX("mx", ARRAY, NULL, MX, 0,
       "the MX hosts, by preference, then name; of a null MX one with preference and host alone"),
    MX("mx[].preference", INTEGER, "mx", PREFERENCE, 0, "the smaller is tried first"),
    MX("mx[].host", TEXT, "+", HOST, 0, "the MX host; empty: the root, a null MX"),
    MX("mx[].ttl_s", INTEGER, "mx.ttl_s", TTL, NULLABLE | MEASURED | OPTIONAL,
       "seconds for which the MX records may be kept"),
    MX("mx[].alias", TEXT, "mx.alias", ALIAS, NULLABLE | OPTIONAL, "what the MX host's name is an alias of (CNAME)"),
    MX("mx[].usable", FLAG, "mx.usable", USABLE, NULLABLE | OPTIONAL,
       "settled, with a public address; null: not known, or not asked"),
    MX("mx[].a", OBJECT, NULL, A, NULLABLE | OPTIONAL, "IPv4; null: not asked"),
    MX("mx[].a.outcome", TEXT, "mx.a.outcome", A_OUTCOME, NULLABLE, "what the DNS said"),
    MX("mx[].a.addresses", TEXTS, "mx.a.addresses", A_ADDRESSES, 0, "sorted"),
    MX("mx[].aaaa", OBJECT, NULL, AAAA, NULLABLE | OPTIONAL, "IPv6; null: not asked"),
    MX("mx[].aaaa.outcome", TEXT, "mx.aaaa.outcome", AAAA_OUTCOME, NULLABLE, "what the DNS said"),
    MX("mx[].aaaa.addresses", TEXTS, "mx.aaaa.addresses", AAAA_ADDRESSES, 0, "sorted"),
    MX("mx[].provider", TEXT, "mx.provider", PROVIDER, NULLABLE | OPTIONAL,
       "who runs the MX host: a provider id, self, or org:NAME"),
    MX("mx[].smtp", VALUE, "mx.smtp", SMTP, NULLABLE | OPTIONAL,
       "what its servers said (check smtp), address by address: outcome, banner, TLS, certificate; null: not"
       " contacted"),
    DOMAIN("mx_outcome", TEXT, "mx_outcome", MXS_READ_OUTCOME, 0, "what the DNS said to the question for MX"),
    DOMAIN("smtp", VALUE, "smtp", MXS_READ_SERVERS, NULLABLE | OPTIONAL,
           "of a domain without MX that is its own MX host, what its servers said, as mx[].smtp; missing: not"
           " contacted, or it has an MX"),

    OWN("own", OBJECT, NULL, MX, NULLABLE | OPTIONAL,
        "of a domain without MX its own addresses: with one it is its own MX host; missing: it has an MX, or does not "
        "exist"),
    OWN("own.a", OBJECT, NULL, A, NULLABLE | OPTIONAL, "IPv4"),
    OWN("own.a.outcome", TEXT, "own.a.outcome", A_OUTCOME, NULLABLE, "what the DNS said"),
    OWN("own.a.addresses", TEXTS, "own.a.addresses", A_ADDRESSES, 0, "sorted"),
    OWN("own.aaaa", OBJECT, NULL, AAAA, NULLABLE | OPTIONAL, "IPv6"),
    OWN("own.aaaa.outcome", TEXT, "own.aaaa.outcome", AAAA_OUTCOME, NULLABLE, "what the DNS said"),
    OWN("own.aaaa.addresses", TEXTS, "own.aaaa.addresses", AAAA_ADDRESSES, 0, "sorted"),

    OBJECT("provider", VERDICT, 0, "who filters, holds and backs up the mail"),
    LABEL("provider.gateway", TEXT, GATEWAY, NULLABLE, "who filters mail in front of the mailbox"),
    LABEL("provider.mailbox", TEXT, MAILBOX, NULLABLE, "who holds the mail; null: not known, or not all of it"),
    LABEL("provider.mailboxes", SHARES, MAILBOXES, 0, "who holds the mail, each with its share"),
    LABEL("provider.backup", TEXTS, BACKUP, 0, "who runs the later levels"),
    LABEL("provider.confidence", NUMBER, CONFIDENCE, NULLABLE, "how sure the label is, 0 to 1"),
    EVIDENCE("provider.evidence", ARRAY, NULL, EVIDENCE, 0, "what the labels rest on"),
    EVIDENCE("provider.evidence[].kind", TEXT, "provider.evidence", KIND, 0,
             "mx, dkim, autodiscover, spf or txt; of the servers of MX hosts that no rule names: certificate, ehlo or "
             "banner"),
    EVIDENCE("provider.evidence[].rule", TEXT, "+", RULE, NULLABLE, "the pattern of the rule; null: none names it"),
    EVIDENCE("provider.evidence[].value", TEXT, "+", VALUE, 0, "what the pattern was found in"),

    OBJECT("redundancy", VERDICT, 0, "how many ways mail has; null where it is not known or does not apply"),
    REDUNDANCY("redundancy.hosts", INTEGER, HOSTS, "distinct MX hosts over all levels"),
    REDUNDANCY("redundancy.usable", INTEGER, USABLE, "of them with a public address"),
    REDUNDANCY("redundancy.tiers", INTEGER, TIERS, "levels with a usable MX host"),
    REDUNDANCY("redundancy.load_sharing", FLAG, LOAD_SHARING, "two or more usable MX hosts in tier 1"),
    REDUNDANCY("redundancy.multihomed", FLAG, MULTIHOMED, "one MX host, several addresses"),
    REDUNDANCY("redundancy.backup", TEXT, BACKUP, "none, effective, decorative or dead"),
    REDUNDANCY("redundancy.addresses", INTEGER, ADDRESSES, "distinct addresses"),
    REDUNDANCY("redundancy.prefixes", INTEGER, PREFIXES, "distinct prefixes (/24, /48)"),
    REDUNDANCY("redundancy.asns", INTEGER, ASNS, "distinct autonomous systems; null without --asn-db"),
    REDUNDANCY("redundancy.providers", INTEGER, PROVIDERS, "distinct providers"),
    REDUNDANCY("redundancy.single_point", TEXT, SINGLE_POINT,
               "the smallest part whose loss takes every path: host, address, prefix, asn, provider, or none;"
               " wider_or_none: no host, address or prefix, and which of the others is not settled"),
    REDUNDANCY("redundancy.survives_provider", FLAG, SURVIVES_PROVIDER,
               "no single provider's loss takes every usable path"),
    {"findings", MXS_RECORD_TEXTS, MXS_PART_OF_VERDICT, "findings", mxs_record_read_finding, 0, 0,
     "codes, as `report DB findings` lists them"},

    OBJECT("auth", DOMAIN, 0, "sender authentication; null members: not asked"),
    STORED("auth.spf", OBJECT, SPF, "SPF (RFC 7208)"),
    MEMBER("auth.spf.record", TEXT, NULLABLE, "the record; null: none, or (result limit) too large to be kept"),
    MEMBER("auth.spf.result", TEXT, NULLABLE,
           "ok, none, permerror, temperror or limit, with all that the record includes"),
    MEMBER("auth.spf.reason", TEXT, NULLABLE, "why it is no more than that"),
    MEMBER("auth.spf.all", TEXT, NULLABLE, "the qualifier that decides in the end: -, ~, ? or +"),
    MEMBER("auth.spf.lookups", INTEGER, NULLABLE,
           "look-ups that reading it takes; 10 are allowed; null: not all are settled, or more than 63"),
    MEMBER("auth.spf.voids", INTEGER, NULLABLE, "of them without an answer; 2 are allowed"),
    MEMBER("auth.spf.passing", TEXT, OPTIONAL, "only where every address passes: ipv4, ipv6 or all"),
    MEMBER("auth.spf.nearly", TEXT, OPTIONAL, "only where there is no record: a text that was meant as one"),
    STORED("auth.dmarc", OBJECT, DMARC, "DMARC (RFC 7489); null: none, unless unsettled names it"),
    MEMBER("auth.dmarc.record", TEXT, NULLABLE, "the record"),
    MEMBER("auth.dmarc.policy", TEXT, NULLABLE, "none, quarantine, reject, faulty or limit"),
    MEMBER("auth.dmarc.inherited_from", TEXT, NULLABLE,
           "the organisational domain that publishes it; null: the name itself"),
    MEMBER("auth.dmarc.nearly", TEXT, OPTIONAL,
           "only where there is no record: a text that was meant as one; then the others are null"),
    MEMBER("auth.dmarc.nearly_at", TEXT, OPTIONAL,
           "where that stands, if not at _dmarc: @ the domain itself, else the labels before it"),
    MEMBER("auth.dmarc.tags", MEMBERS, OPTIONAL,
           "its tags: subdomain_policy, percent, alignments, report addresses (of more than 32 addresses is limit)"),
    STORED("auth.dkim", VALUE, DKIM,
           "keys at selectors that senders are known to use: selector, type, bits, reason, target"),
    OBJECT("transport", DOMAIN, 0, "how mail to the domain is protected; null members: not asked, or none"),
    STORED("transport.mta_sts", OBJECT, MTA_STS, "MTA-STS (RFC 8461)"),
    MEMBER("transport.mta_sts.record", TEXT, NULLABLE, "the record"),
    MEMBER("transport.mta_sts.result", TEXT, NULLABLE, "absent, ok, faulty or limit"),
    MEMBER("transport.mta_sts.nearly", TEXT, OPTIONAL, "only where there is no record: a text that was meant as one"),
    MEMBER("transport.mta_sts.policy", OBJECT, NULLABLE, "the policy file; null: not fetched (--fetch-sts)"),
    MEMBER("transport.mta_sts.policy.result", TEXT, NULLABLE, "of fetching it, or else of reading it"),
    MEMBER("transport.mta_sts.policy.mode", TEXT, NULLABLE, "none, testing or enforce"),
    MEMBER("transport.mta_sts.policy.max_age", INTEGER, NULLABLE, "seconds"),
    MEMBER("transport.mta_sts.policy.mx", TEXTS, 0, "the patterns of MX hosts, in order"),
    STORED("transport.tls_rpt", OBJECT, TLS_RPT, "SMTP TLS reporting (RFC 8460)"),
    MEMBER("transport.tls_rpt.record", TEXT, NULLABLE, "the record"),
    MEMBER("transport.tls_rpt.result", TEXT, NULLABLE, "absent, ok, faulty or limit"),
    MEMBER("transport.tls_rpt.nearly", TEXT, OPTIONAL, "only where there is no record: a text that was meant as one"),
    STORED("transport.tlsa", ARRAY, TLSA, "MX hosts with TLSA records (DANE, RFC 7672)"),
    MEMBER("transport.tlsa[].host", TEXT, 0, "the MX host"),
    MEMBER("transport.tlsa[].usable", INTEGER, NULLABLE, "records that a sender can use; null: more than are read"),
    MEMBER("transport.tlsa[].unusable", INTEGER, NULLABLE, "and that it cannot"),
    MEMBER("transport.tlsa[].secure", FLAG, 0, "the resolver validated addresses and TLSA (AD)"),
    {"checks", MXS_RECORD_MEMBERS, MXS_PART_OF_DOMAIN, NULL, mxs_record_read_policy, MXS_POLICY_OTHERS,
     OPTIONAL | MXS_COLUMN_STORED, "members of further checks, each a name at the top: null where it was not asked"},

    {"unsettled", MXS_RECORD_TEXTS, MXS_PART_OF_DOMAIN, "unsettled", mxs_record_read_unsettled, 0, 0,
     "the members above (provider.mailbox, auth.dmarc, caa ...) of which not every answer came: what they do not "
     "show may be there"},

    {"facets", MXS_RECORD_FACETS, MXS_PART_OF_DOMAIN, "facet_NAME", NULL, 0, 0,
     "the values of the columns that were kept (--keep); those without one are missing"},
    OBJECT("measured", DOMAIN, MEASURED, "how the domain was measured; null members: by an earlier run, or not known"),
    MEASUREMENT("measured.resolver", TEXT, RESOLVER, "whose answer it is"),
    MEASUREMENT("measured.attempts", INTEGER, ATTEMPTS, "questions that it took"),
    MEASUREMENT("measured.rtt_us", INTEGER, RTT, "microseconds to the answer"),
    MEASUREMENT("measured.asked_at", INTEGER, ASKED_AT, "unix seconds"),
    MEASUREMENT("measured.ede", INTEGER, EDE, "the extended error (RFC 8914) that came with it; null: none"),
    MEASUREMENT("measured.stale", FLAG, STALE,
                "it was an old answer, given because no new one was to be had (extended errors 3, 19)"),
};
const size_t mxs_record_column_count = sizeof mxs_record_columns / sizeof *mxs_record_columns;
