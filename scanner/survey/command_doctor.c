/* doctor: looks at everything a scan stands on before it is needed. Each line is one thing: fine, or a problem with its
 * remedy. Nothing is written; the resolvers get control questions only. */
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <time.h>
#include <uv.h>

#include "scanner/base/clock.h"
#include "scanner/classify/asn.h"
#include "scanner/model/domain.h"
#include "scanner/survey/command.h"
#include "scanner/survey/complain.h"
#include "scanner/survey/settings.h"

#define BUFFER_WANTED (1 << 20)
#define DISK_WANTED_MB 1024
#define AGE_LIMIT_DAYS 365
#define SLOW_US 200000

struct doctor {
    int problems;
};

static void MXS_PRINTF(2, 3) fine(const struct doctor *doctor, const char *format, ...)
{
    (void)doctor;
    va_list args;
    va_start(args, format);
    fputs("ok       ", stdout);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
}

/* what: the problem; remedy: what to do. */
static void problem(struct doctor *doctor, const char *what, const char *remedy)
{
    doctor->problems++;
    printf("PROBLEM  %s\n         -> %s\n", what, remedy);
}

/* --- resolvers ------------------------------------------------------------------------------------------------------ */

static void on_ready(void *arg, uint32_t answering)
{
    (void)answering;
    *(bool *)arg = true;
}

static void note_address(struct doctor *doctor, const char *address)
{
    static const char *const public_resolvers[] = {"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "149.112.112.112",
                                                   "208.67.222.222", "208.67.220.220"};
    if (strncmp(address, "127.0.0.53", 10) == 0)
        problem(doctor, "127.0.0.53 is systemd's stub: it is made for one desktop, and drops and caps what a survey asks",
                "install unbound and scan with `-r 127.0.0.1`, or name your network's resolvers");
    for (size_t i = 0; i < sizeof public_resolvers / sizeof public_resolvers[0]; i++) {
        size_t size = strlen(public_resolvers[i]);
        if (strncmp(address, public_resolvers[i], size) == 0 && (address[size] == 0 || address[size] == ':'))
            problem(doctor, "a public resolver limits what one client may ask, and refuses the rest without a word",
                    "keep `--resolver-rate` at its default or below, or run a resolver of your own (unbound)");
    }
}

static void tell_resolver(struct doctor *doctor, const mxs_pool *pool, uint32_t index)
{
    const struct mxs_pool_health *health = mxs_pool_health(pool, index);
    const char *address = mxs_resolver_address(mxs_pool_resolver(pool, index)), *excluded = mxs_pool_excluded(pool, index);
    char what[256];
    if (excluded != NULL) {
        snprintf(what, sizeof what, "resolver %s: %s", address, excluded);
        problem(doctor, what, "do not use it: its answers cannot be trusted");
    } else if (!health->answers) {
        snprintf(what, sizeof what, "resolver %s does not answer", address);
        problem(doctor, what, "check the address and the firewall, or name another with --resolver");
    } else {
        fine(doctor, "resolver %s answers in %.1f ms%s%s", address, health->latency_us / 1000.0,
             health->recursion == MXS_SIGHT_NO ? ", without recursion (RA): an authoritative server?" : "",
             health->edns == MXS_SIGHT_NO ? ", without EDNS" : "");
        if (health->latency_us > SLOW_US) {
            snprintf(what, sizeof what, "resolver %s is far away", address);
            problem(doctor, what, "a survey is as fast as its resolver is near: run one on this machine or network");
        }
    }
    note_address(doctor, address);
}

static enum mxs_err check_resolvers(struct doctor *doctor, const struct mxs_settings *settings, struct mxs_detail *detail)
{
    uv_loop_t loop;
    mxs_pool *pool = NULL;
    bool ready = false;
    if (uv_loop_init(&loop) != 0)
        return mxs_err_set(detail, MXS_ERR_IO, "the event loop cannot be made: raise `ulimit -n`");
    const char *controls[MXS_HEALTH_CONTROLS];
    struct mxs_pool_options options = mxs_settings_pool(settings, NULL, controls);
    enum mxs_err err = mxs_pool_create(&pool, &loop, &options, detail);
    for (size_t i = 0; err == MXS_OK && i < settings->resolver_count; i++)
        err = mxs_pool_put(pool, settings->resolvers[i], detail);
    if (err == MXS_OK) {
        mxs_pool_probe(pool, on_ready, &ready);
        while (!ready)
            uv_run(&loop, UV_RUN_ONCE);
        for (uint32_t i = 0; i < mxs_pool_count(pool); i++)
            tell_resolver(doctor, pool, i);
    }
    if (pool != NULL)
        mxs_pool_destroy(&pool);
    while (uv_loop_close(&loop) == UV_EBUSY)
        uv_run(&loop, UV_RUN_ONCE);
    return err;
}

/* --- this machine --------------------------------------------------------------------------------------------------- */

static void check_descriptors(struct doctor *doctor, const struct mxs_settings *settings)
{
    struct rlimit limit;
    char what[160];
    uint64_t wanted = settings->resolver_count * (settings->pool.resolver.channels_max + settings->pool.resolver.tcp_max) + 64;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) {
        fine(doctor, "open files: %llu allowed, %llu wanted at the most", (unsigned long long)limit.rlim_cur,
             (unsigned long long)wanted);
        return;
    }
    snprintf(what, sizeof what, "open files: %llu allowed, %llu wanted at the most", (unsigned long long)limit.rlim_cur,
             (unsigned long long)wanted);
    problem(doctor, what, "raise it with `ulimit -n 4096`; a scan works with fewer, slower");
}

static void check_buffer(struct doctor *doctor, const char *name)
{
    char path[96], what[160], remedy[160];
    long long value = -1;
    snprintf(path, sizeof path, "/proc/sys/net/core/%s", name);
    FILE *file = fopen(path, "re");
    if (file != NULL && fscanf(file, "%lld", &value) != 1)
        value = -1;
    if (file != NULL)
        fclose(file);
    if (value < 0 || value >= BUFFER_WANTED) {
        fine(doctor, "socket buffers: net.core.%s %lld", name, value);
        return;
    }
    snprintf(what, sizeof what, "socket buffers: net.core.%s is %lld bytes: bursts of answers are lost", name, value);
    snprintf(remedy, sizeof remedy, "sysctl -w net.core.%s=4194304 (the pace adapts without it, to a slower scan)", name);
    problem(doctor, what, remedy);
}

static void check_clock(struct doctor *doctor)
{
    struct timex state = {0};
    int status = adjtimex(&state);
    if (mxs_clock_unix_s() < 1760000000)
        problem(doctor, "the clock is years behind", "set it: runs are compared by their times");
    else if (status == TIME_ERROR || (state.status & STA_UNSYNC))
        problem(doctor, "the clock is not kept in step with the world", "enable systemd-timesyncd or chrony");
    else
        fine(doctor, "clock in step");
}

static bool is_network_file_system(long type)
{
    static const long types[] = {0x6969 /* NFS */, 0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */, 0x517b /* SMB */,
                                 0x01021997 /* 9P */, 0x65735546 /* FUSE */, 0x00c36400 /* CEPH */};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (type == types[i])
            return true;
    }
    return false;
}

static void check_folder(struct doctor *doctor, const char *db)
{
    char copy[4096], what[256];
    struct statfs kind;
    struct statvfs space;
    snprintf(copy, sizeof copy, "%s", db);
    const char *folder = dirname(copy);
    if (statfs(folder, &kind) != 0 || statvfs(folder, &space) != 0) {
        snprintf(what, sizeof what, "the database's folder %.150s cannot be looked at", folder);
        problem(doctor, what, "make it, or name another with --db");
        return;
    }
    if (is_network_file_system(kind.f_type))
        problem(doctor, "the database lies on a network file system, where locks and syncs are not to be trusted",
                "put it on a local disk and copy it when the scan is done");
    unsigned long long free_mb = (unsigned long long)space.f_bavail * space.f_frsize >> 20;
    snprintf(what, sizeof what, "free space in %.150s: %llu MB", folder, free_mb);
    if (free_mb < DISK_WANTED_MB)
        problem(doctor, what, "make room: a million names need about 250 MB while they are scanned");
    else
        fine(doctor, "%s", what);
}

/* --- data files ----------------------------------------------------------------------------------------------------- */

/* The text ends in a date, as "..., 2026-11-02"; -1 when it has none. */
static long age_days(const char *text)
{
    struct tm date = {0};
    const char *comma = strrchr(text, ',');
    const char *end = comma != NULL ? strptime(comma + 1, " %Y-%m-%d", &date) : NULL;
    return end == NULL ? -1 : (long)((mxs_clock_unix_s() - (int64_t)timegm(&date)) / 86400);
}

static void tell_age(struct doctor *doctor, const char *kind, const char *text, const char *remedy)
{
    char what[512];
    long days = age_days(text);
    snprintf(what, sizeof what, "%s: %.300s", kind, text);
    if (days > AGE_LIMIT_DAYS) {
        snprintf(what, sizeof what, "%s: %.300s: %ld days old", kind, text, days);
        problem(doctor, what, remedy);
    } else {
        fine(doctor, "%s", what);
    }
}

static enum mxs_err check_data(struct doctor *doctor, const struct mxs_settings *settings, struct mxs_detail *detail)
{
    mxs_suffixes *suffixes = NULL;
    mxs_asn *asn = NULL;
    enum mxs_err err = mxs_suffixes_create(&suffixes, settings->psl, detail);
    if (err != MXS_OK)
        return err;
    tell_age(doctor, "public suffix list", mxs_suffixes_text(suffixes),
             "apt-get install --only-upgrade publicsuffix, or name a newer list with --psl");
    mxs_suffixes_destroy(&suffixes);
    if (settings->asn_db == NULL) {
        fine(doctor, "networks (ASN): none named; with --asn-db FILE shared networks are found too");
        return MXS_OK;
    }
    err = mxs_asn_open(&asn, settings->asn_db, detail);
    if (err != MXS_OK)
        return err;
    tell_age(doctor, "networks (ASN)", mxs_asn_text(asn), "fetch a newer file from its publisher");
    mxs_asn_close(&asn);
    return MXS_OK;
}

static int run_doctor(const mxs_values *values, int argc, char *const *argv)
{
    struct mxs_settings settings;
    struct mxs_detail detail = {0};
    struct doctor doctor = {0};
    (void)argc, (void)argv;
    mxs_complain_init(values);
    enum mxs_err err = mxs_settings_init(&settings, values, true, &detail);
    if (err != MXS_OK)
        return mxs_complain(err, true, &detail);
    err = check_resolvers(&doctor, &settings, &detail);
    if (err == MXS_OK) {
        check_descriptors(&doctor, &settings);
        check_buffer(&doctor, "rmem_max");
        check_buffer(&doctor, "wmem_max");
        check_clock(&doctor);
        check_folder(&doctor, settings.db);
        err = check_data(&doctor, &settings, &detail);
    }
    mxs_settings_finish(&settings);
    if (err != MXS_OK)
        return mxs_complain(err, err == MXS_ERR_INPUT, &detail);
    if (doctor.problems > 0)
        printf("%d problem%s\n", doctor.problems, doctor.problems == 1 ? "" : "s");
    return doctor.problems > 0 ? MXS_EXIT_FAILED : MXS_EXIT_DONE;
}

const struct mxs_command mxs_doctor_command = {
    .name = "doctor",
    .arguments = "[options]",
    .summary = "look at resolvers, limits, clock and data files: each problem with its remedy",
    .examples = "mxsurvey doctor\n"
                "mxsurvey doctor -r 192.0.2.53 --asn-db asn.mmdb\n",
    .options = mxs_scan_options,
    .option_count = MXS_SCAN_OPTION_COUNT,
    .arguments_min = 0,
    .arguments_max = 0,
    .run = run_doctor,
};
