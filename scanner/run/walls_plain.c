#include "scanner/run/internal/walls.h"
#include "scanner/run/sandbox.h"

int mxs_walls_version(void) { return 0; }

bool mxs_walls_calls_known(void) { return false; }

enum mxs_err mxs_walls_files_put(const struct mxs_sandbox_limits *limits, struct mxs_detail *detail)
{
    (void)limits;
    return mxs_err_set(detail, MXS_ERR_INPUT, "built for a system without landlock");
}

enum mxs_err mxs_walls_calls_put(bool network, struct mxs_detail *detail)
{
    (void)network;
    return mxs_err_set(detail, MXS_ERR_INPUT, "built for a system without seccomp");
}

const char *mxs_sandbox_seccomp_version(void) { return "none"; }
