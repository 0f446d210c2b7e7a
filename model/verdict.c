#include "model/verdict.h"

#include "base/err.h"

const char *mxs_state_text(enum mxs_state state)
{
    static const char *const texts[MXS_STATE_COUNT] = {
        "mx", "implicit_mx", "null_mx", "null_mx_invalid", "no_mail", "nxdomain", "broken", "undetermined",
    };
    MXS_ASSERT((unsigned)state < MXS_STATE_COUNT);
    return texts[state];
}

const char *mxs_backup_text(enum mxs_backup backup)
{
    static const char *const texts[MXS_BACKUP_COUNT] = {"none", "effective", "decorative", "dead", NULL};
    MXS_ASSERT((unsigned)backup < MXS_BACKUP_COUNT);
    return texts[backup];
}

const char *mxs_single_point_text(enum mxs_single_point point)
{
    static const char *const texts[MXS_SINGLE_COUNT] = {"none", "host", "address", "prefix",
                                                        "asn",  "provider", NULL};
    MXS_ASSERT((unsigned)point < MXS_SINGLE_COUNT);
    return texts[point];
}
