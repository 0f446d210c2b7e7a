#include "base/clock.h"

#include <time.h>

uint64_t mxs_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * MXS_NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t mxs_clock_cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * MXS_NS_PER_S + (uint64_t)now.tv_nsec;
}

int64_t mxs_clock_unix_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}
