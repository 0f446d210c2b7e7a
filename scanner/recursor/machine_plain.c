#include <sys/resource.h>
#include <unistd.h>

#include "scanner/recursor/internal/machine.h"

uint64_t mxs_machine_memory_read(void)
{
    struct rlimit limit;
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    uint64_t all = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && (all == 0 || limit.rlim_cur < all))
        all = limit.rlim_cur;
    return all;
}

uint32_t mxs_machine_cores_read(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (uint32_t)count : 1;
}
