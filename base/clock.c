#include "base/clock.h"

#include <pthread.h>
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

static pthread_once_t begun = PTHREAD_ONCE_INIT;
static int64_t wall_ahead_s; /* of the time since boot, when the program began */

static int64_t since_boot_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}

static void begin_steady(void) { wall_ahead_s = mxs_clock_unix_s() - since_boot_s(); }

int64_t mxs_clock_steady_s(void)
{
    pthread_once(&begun, begin_steady);
    return wall_ahead_s + since_boot_s();
}

int64_t mxs_clock_unix_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}
