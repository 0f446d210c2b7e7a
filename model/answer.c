#include "model/answer.h"

#include "base/err.h"

const char *mxs_outcome_text(enum mxs_outcome outcome)
{
    static const char *const texts[MXS_OUTCOME_COUNT] = {
        "answered", "nodata",      "nxdomain",  "servfail",  "refused",
        "timeout",  "unreachable", "malformed", "truncated", "limit",
    };
    if (outcome == MXS_NOT_ASKED)
        return "not_asked";
    MXS_ASSERT((unsigned)outcome < MXS_OUTCOME_COUNT);
    return texts[outcome];
}

enum mxs_outcome mxs_outcome_better(enum mxs_outcome a, enum mxs_outcome b)
{
    static const uint8_t rank[MXS_OUTCOME_COUNT] = {
        [MXS_ANSWERED] = 0, [MXS_NODATA] = 0,  [MXS_NXDOMAIN] = 0, [MXS_LIMIT] = 1,   [MXS_MALFORMED] = 2,
        [MXS_TRUNCATED] = 3, [MXS_SERVFAIL] = 4, [MXS_REFUSED] = 5, [MXS_TIMEOUT] = 6, [MXS_UNREACHABLE] = 7,
    };
    if (a == MXS_NOT_ASKED || b == MXS_NOT_ASKED)
        return a == MXS_NOT_ASKED ? b : a;
    return rank[b] < rank[a] ? b : a;
}
