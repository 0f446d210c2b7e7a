/* Room       model
 * Spec       None
 * In         A finding's code; the route and verdict of a domain
 * Out        Its name, severity, sentence and advice; which findings a domain has
 * Units      None
 * Limits     MXS_FINDINGS_MAX codes
 * Errors     None
 * Ownership  Static
 * Threads    Any
 * Bugs       None
 *
 * The closed list of what an audit can find. Codes are stored: append, never renumber. 1 to 63 speak of
 * routing; 64 to 127 are kept for authentication and transport.
 */
#ifndef MXS_MODEL_FINDINGS_H
#define MXS_MODEL_FINDINGS_H

#include "model/verdict.h"

enum {
    MXS_FINDING_SINGLE_HOST = 1,
    MXS_FINDING_SINGLE_ADDRESS = 2,
    MXS_FINDING_SINGLE_PREFIX = 3,
    MXS_FINDING_SINGLE_ASN = 4,
    MXS_FINDING_SINGLE_PROVIDER = 5,
    MXS_FINDING_MANAGED_SINGLE = 6,
    MXS_FINDING_BACKUP_DECORATIVE = 7,
    MXS_FINDING_BACKUP_DEAD = 8,
    MXS_FINDING_BACKUP_SAME_PREFIX = 9,
    MXS_FINDING_NOLISTING = 10,
    MXS_FINDING_ALIAS = 11,
    MXS_FINDING_DANGLING = 12,
    MXS_FINDING_TAKEOVER = 13,
    MXS_FINDING_IP_LITERAL = 14,
    MXS_FINDING_LOCALHOST = 15,
    MXS_FINDING_PRIVATE_ADDRESS = 16,
    MXS_FINDING_DUPLICATE = 17,
    MXS_FINDING_NO_IPV6 = 18,
    MXS_FINDING_NO_IPV4 = 19,
    MXS_FINDING_DEAD_MX_HOST = 20,
    MXS_FINDING_NONE_USABLE = 21,
    MXS_FINDING_IMPLICIT = 22,
    MXS_FINDING_NULL_MX_MIXED = 23,
    MXS_FINDING_NULL_MX_PREFERENCE = 24,
    MXS_FINDING_MIXED_PROVIDERS = 25,
    MXS_FINDING_GATEWAY_BYPASS = 26,
    MXS_FINDING_MANY_MX_HOSTS = 27,
    MXS_FINDING_SPF_MISSING = 64,
    MXS_FINDING_SPF_MISSING_PARKED = 65,
    MXS_FINDING_SPF_MANY_RECORDS = 66,
    MXS_FINDING_SPF_SYNTAX = 67,
    MXS_FINDING_SPF_TOO_MANY_LOOKUPS = 68,
    MXS_FINDING_SPF_TOO_MANY_VOIDS = 69,
    MXS_FINDING_SPF_INCLUDE_NONE = 70,
    MXS_FINDING_SPF_PASS_ALL = 71,
    MXS_FINDING_SPF_NEUTRAL = 72,
    MXS_FINDING_SPF_NEAR_LIMIT = 73,
    MXS_FINDING_SPF_PTR = 74,
    MXS_FINDING_DMARC_MISSING = 75,
    MXS_FINDING_DMARC_FAULTY = 76,
    MXS_FINDING_DMARC_NONE = 77,
    MXS_FINDING_DMARC_PARTIAL = 78,
    MXS_FINDING_DMARC_NO_REPORTS = 79,
    MXS_FINDING_DMARC_UNAUTHORISED = 80,
    MXS_FINDING_DMARC_TREE = 81,
    MXS_FINDING_DKIM_WEAK = 82,
    MXS_FINDING_DKIM_SHORT = 83,
    MXS_FINDING_DKIM_FAULTY = 84,
    MXS_FINDING_DKIM_TESTING = 85,
    MXS_FINDING_PARKED_FORGEABLE = 86,
    MXS_FINDING_NO_NULL_MX = 87,
    MXS_FINDING_MTA_STS_FAULTY = 88,
    MXS_FINDING_TLS_RPT_FAULTY = 89,
    MXS_FINDING_TLS_UNPROTECTED = 90,
    MXS_FINDING_TLS_UNREPORTED = 91,
    MXS_FINDING_DANE_INSECURE = 92,
    MXS_FINDING_DANE_UNUSABLE = 93,
    MXS_FINDING_DANE_PARTIAL = 94,
    MXS_FINDING_BIMI_UNENFORCED = 95,
    MXS_FINDING_MTA_STS_UNFETCHABLE = 96,
    MXS_FINDING_MTA_STS_REFUSES_ALL = 97,
    MXS_FINDING_MTA_STS_UNCOVERED = 98,
    MXS_FINDING_MTA_STS_TESTING = 99,
    MXS_FINDING_MTA_STS_MODE_NONE = 100,
    MXS_FINDING_MTA_STS_SHORT = 101,
    MXS_FINDING_MTA_STS_STALE = 102,
};

struct mxs_finding {
    unsigned code;
    const char *name;     /* "single_host" */
    enum mxs_severity severity;
    const char *sentence; /* what is so: "All mail goes to one host." */
    const char *advice;   /* what to do */
};

/* In order of code. */
extern const struct mxs_finding mxs_findings[];
extern const unsigned mxs_findings_count;

#endif
