#include "model/smtp.h"

#include "base/err.h"

const char *mxs_smtp_outcome_text(enum mxs_smtp_outcome outcome)
{
    static const char *const texts[MXS_SMTP_OUTCOME_COUNT] = {
        "ready", "rejecting", "silent", "busy", "refused_connection", "timeout", "unreachable", "protocol", "limit",
    };
    if (outcome == MXS_SMTP_NOT_ASKED)
        return "not_asked";
    MXS_ASSERT((unsigned)outcome < MXS_SMTP_OUTCOME_COUNT);
    return texts[outcome];
}

bool mxs_smtp_outcome_better(enum mxs_smtp_outcome than, enum mxs_smtp_outcome outcome)
{
    static const uint8_t rank[MXS_SMTP_OUTCOME_COUNT] = {
        [MXS_SMTP_READY] = 0, [MXS_SMTP_REJECTING] = 1, [MXS_SMTP_SILENT] = 2, [MXS_SMTP_BUSY] = 3, [MXS_SMTP_LIMIT] = 4,
        [MXS_SMTP_PROTOCOL] = 5, [MXS_SMTP_TIMEOUT] = 6, [MXS_SMTP_REFUSED_CONNECTION] = 7, [MXS_SMTP_UNREACHABLE] = 8,
    };
    if (than == MXS_SMTP_NOT_ASKED || outcome == MXS_SMTP_NOT_ASKED)
        return outcome != MXS_SMTP_NOT_ASKED;
    return rank[outcome] < rank[than];
}

const char *mxs_smtp_starttls_text(enum mxs_smtp_starttls starttls)
{
    static const char *const texts[MXS_SMTP_STARTTLS_COUNT] = {"offered", "absent", "failed"};
    return (unsigned)starttls < MXS_SMTP_STARTTLS_COUNT ? texts[starttls] : "unknown";
}

const char *mxs_smtp_pkix_text(enum mxs_smtp_pkix pkix)
{
    static const char *const texts[MXS_SMTP_PKIX_COUNT] = {"ok", "untrusted", "expired", "not_yet_valid", "name_mismatch", "invalid"};
    return (unsigned)pkix < MXS_SMTP_PKIX_COUNT ? texts[pkix] : "unknown";
}

const char *mxs_smtp_dane_text(enum mxs_smtp_dane dane)
{
    static const char *const texts[MXS_SMTP_DANE_COUNT] = {"ok", "mismatch", "name_mismatch", "expired"};
    return (unsigned)dane < MXS_SMTP_DANE_COUNT ? texts[dane] : "unknown";
}
