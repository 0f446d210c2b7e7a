#include "scanner/run/internal/walls.h"
#include "scanner/run/sandbox.h"

int mxs_walls_version(void) { return 0; }

bool mxs_walls_calls_known(void) { return false; }

enum mxs_err mxs_walls_files_put(const char *const *folders, size_t folder_count, const uint16_t *ports,
                                 size_t port_count, struct mxs_detail *detail)
{
    (void)folders, (void)folder_count, (void)ports, (void)port_count;
    return mxs_err_set(detail, MXS_ERR_INPUT, "built for a system without landlock");
}

enum mxs_err mxs_walls_calls_put(struct mxs_detail *detail)
{
    return mxs_err_set(detail, MXS_ERR_INPUT, "built for a system without seccomp");
}

const char *mxs_sandbox_seccomp_version(void) { return "none"; }
