/* Preloaded into a program, it sets the wall clock as an operator might. MXS_CLOCK_STEPS is "AFTER_MS:SHIFT_S,...": so
 * long after the start and until the next step the clock is off by so much (below 0: back). The monotonic clocks go on
 * as they do. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What the steps say after so long, in seconds. */
static long shift(long after_ms)
{
    long found = 0;
    const char *text = getenv("MXS_CLOCK_STEPS");
    while (text != NULL && *text != '\0') {
        char *end;
        long from_ms = strtol(text, &end, 10);
        if (*end != ':')
            abort();
        long seconds = strtol(end + 1, &end, 10);
        if (after_ms >= from_ms)
            found = seconds;
        text = *end == ',' ? end + 1 : end;
    }
    return found;
}

/* The kernel is asked, not the next library: a sanitizer's allocator reads the clock, and a look-up allocates. */
int clock_gettime(clockid_t clock, struct timespec *out)
{
    static long began_ms = -1;
    struct timespec now;
    long result = syscall(SYS_clock_gettime, clock, out);
    if (syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) != 0 || result != 0)
        return -1;
    long now_ms = now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (began_ms < 0)
        began_ms = now_ms;
    if (clock == CLOCK_REALTIME)
        out->tv_sec += shift(now_ms - began_ms);
    return 0;
}
