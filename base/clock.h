/* Durations are measured on the monotonic clock only. The wall clock is stored and shown, and decides nothing: it may
 * be set in the middle of a run. What was said since when is asked of the steady clock, which is the wall clock as it
 * was when the program began, and has gone on evenly since.
 *
 * In         The system's clocks
 * Out        Monotonic nanoseconds, wall-clock seconds
 * Units      In the name of each function
 * Bugs       The monotonic clock does not count time spent suspended; that is what a timeout wants
 */
#ifndef MXS_BASE_CLOCK_H
#define MXS_BASE_CLOCK_H

#include <stdint.h>

#define MXS_NS_PER_MS 1000000ull
#define MXS_NS_PER_S 1000000000ull

uint64_t mxs_clock_ns(void);     /* monotonic */
uint64_t mxs_clock_cpu_ns(void); /* processor time of the whole process */
int64_t mxs_clock_unix_s(void);  /* wall clock */
int64_t mxs_clock_steady_s(void); /* unix seconds by the steady clock; counts time spent suspended */

#endif
