/* plan: what a scan would do, before a datagram leaves. The list is read whole, so the names are counted, not guessed;
 * what depends on the answers (MX hosts per name, bytes per name) is estimated from shares that are printed beside it.
 */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/hash.h"
#include "base/out.h"
#include "base/utf8.h"
#include "base/vector.h"
#include "scanner/input/citation.h"
#include "scanner/input/exclude.h"
#include "scanner/input/list.h"
#include "scanner/input/tally.h"
#include "scanner/command/command.h"
#include "scanner/run/failure.h"
#include "scanner/checks/registry.h"
#include "scanner/run/sandbox.h"
#include "scanner/run/settings.h"
#include "scanner/run/settle.h"

/* Measured: 4,739 names of public bodies (88 MX hosts per 100 names, all checks 27 questions a name), and generated
 * lists of up to 1,000,000 names. */
#define WITHOUT_MX_PER_100 5u       /* names asked for A and AAAA of their own */
#define AUTH_QUESTIONS 21u
#define TRANSPORT_QUESTIONS 2u      /* and one for each MX host */
#define STS_PER_100 1u /* names that announce a policy; an assumption, lists of security-minded owners have many more \
                        */
#define STS_QUESTIONS 2u            /* A and AAAA of the web server of one */
#define BYTES_EMPTY 640000u         /* rules and words */
#define BYTES_PER_NAME 60u          /* and the name twice */
#define BYTES_PER_MX_HOST 220u     /* its name, and the sets it is in */
#define BYTES_PER_ADDRESSES 85u     /* of one MX host */
#define BYTES_AUTH 630u
#define BYTES_CHECK 40u             /* of one that publishes little */
#define BYTES_TRANSPORT 50u
#define TIMES_WHILE_SCANNED 3u
#define HASHES_MOST (1u << 22)      /* 32 MB: up to so many different names are counted, of more a part is */
#define QPS_FROM_MEMORY 100000u     /* a loopback resolver on two cores, from its cache, at the most */
#define QPS_RECURSIVE 1000u         /* the same when it has to ask the world */

#define PART_SIZE (2 * PATH_MAX) /* of the name of a list in a file */

/* "1,234,567", as long as the block it stands in. */
#define COUNT(value) mxs_count_text((int64_t)(value), (char[32]){0}, 32)
#define MEGABYTES(bytes) mxs_megabytes_text(bytes, (char[40]){0}, 40)

struct plan {
    uint64_t lines, rejected, excluded, elsewhere, passed_over;
    struct mxs_shard shard;
    mxs_suffixes *suffixes;
    uint64_t name_bytes; /* of the accepted names */
    uint64_t www;        /* of them, those that begin with "www." */
    uint64_t count;
    uint64_t *hashes; /* of the accepted names: of those whose last `halvings` bits are zero */
    size_t held, capacity;
    unsigned halvings; /* 0: of all */
    uint64_t key[2];
};

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static bool is_held(const struct plan *plan, uint64_t hash)
{
    return (hash & ((UINT64_C(1) << plan->halvings) - 1)) == 0;
}

/* Each hash once. */
static void drop_equal(struct plan *plan)
{
    size_t kept = 0;
    if (plan->held == 0) /* there is no array yet */
        return;
    qsort(plan->hashes, plan->held, sizeof *plan->hashes, by_value);
    for (size_t i = 0; i < plan->held; i++)
        if (kept == 0 || plan->hashes[i] != plan->hashes[kept - 1])
            plan->hashes[kept++] = plan->hashes[i];
    plan->held = kept;
}

/* Makes room: duplicates go, and where that is not enough every other name, whatever it is called. Of the million
 * that is left at least, the number of all follows to a few thousandths. */
static void make_room(struct plan *plan)
{
    drop_equal(plan);
    while (plan->held > HASHES_MOST / 2) {
        size_t kept = 0;
        plan->halvings++;
        for (size_t i = 0; i < plan->held; i++)
            if (is_held(plan, plan->hashes[i]))
                plan->hashes[kept++] = plan->hashes[i];
        plan->held = kept;
    }
}

static bool put_hash(struct plan *plan, struct mxs_text name)
{
    uint64_t hash = mxs_hash(plan->key, name.data, name.size_bytes);
    plan->name_bytes += name.size_bytes;
    plan->www += name.size_bytes > 4 && memcmp(name.data, "www.", 4) == 0;
    plan->count++;
    if (!is_held(plan, hash))
        return true;
    if (plan->held == HASHES_MOST)
        make_room(plan);
    if (!mxs_vector_reserve(&plan->hashes, &plan->capacity, plan->held, sizeof *plan->hashes))
        return false;
    plan->hashes[plan->held++] = hash;
    return true;
}

/* A name that somebody else chose, such as that of a file in a zip, is shown and not sent to the terminal. */
static void print_shown(const char *text)
{
    char shown[4 * PATH_MAX];
    mxs_utf8_show(shown, sizeof shown, text);
    fputs(shown, stdout);
}

/* What a file is taken for, and what is taken from where. where: the file, and the list in it. */
static void print_part(const char *path, const struct mxs_list_part *part, char where[PART_SIZE])
{
    snprintf(where, PART_SIZE, "%s%s%s", path, part->member[0] != '\0' ? ":" : "", part->member);
    printf("list        ");
    print_shown(where);
    printf(": ");
    print_shown(part->how[0] != '\0' ? part->how : "a plain list");
    putchar('\n');
}

static enum mxs_err take_entry(struct plan *plan, const struct mxs_entry *entry, const mxs_exclude *exclude,
                               struct mxs_detail *detail)
{
    plan->lines++;
    if (entry->reason != NULL)
        plan->rejected++;
    else if (mxs_exclude_holds(exclude, entry->name))
        plan->excluded++;
    else if (plan->shard.count > 1 &&
             mxs_shard_of(plan->suffixes, entry->name, plan->shard.count) != plan->shard.number)
        plan->elsewhere++;
    else if (!put_hash(plan, entry->name))
        return mxs_err_memory(detail, "counting names");
    return MXS_OK;
}

/* What a part came to. */
static enum mxs_err take_ended(struct plan *plan, const char *where, const mxs_list *list,
                               const struct mxs_list_options *options, const struct mxs_list_tally *tally,
                               struct mxs_detail *detail)
{
    struct mxs_list_ended ended;
    char text[MXS_LIST_SENTENCE_SIZE];
    mxs_list_ended(list, &ended);
    plan->passed_over += ended.counts.passed_over;
    for (uint32_t cursor = 0; mxs_list_counts_sentence(&ended.counts, &cursor, text);)
        printf("cells       %s\n", text);
    if (mxs_list_tally_sentence(tally, options, text))
        printf("words       %s\n", text);
    if (ended.apex != NULL) {
        printf("apex        ");
        print_shown(ended.apex[0] != '\0' ? ended.apex : ".");
        printf(" (there is no SOA record: what all its names end in)\n");
    }
    return mxs_list_tally_judge(tally, options, where, detail);
}

static enum mxs_err read_list(struct plan *plan, const char *path, const struct mxs_list_options *options,
                              const mxs_exclude *exclude, struct mxs_detail *detail)
{
    mxs_list *list;
    struct mxs_entry entry;
    struct mxs_list_part part;
    char citation[MXS_CITATION_SIZE], where[PART_SIZE];
    struct mxs_list_tally tally = {0};
    uint32_t shown = 0;
    enum mxs_err err = mxs_list_open(&list, path, options, detail);
    if (err != MXS_OK)
        return err;
    if (mxs_citation_text(path, citation))
        printf("citation    %s\n", citation);
    do {
        err = mxs_list_next(list, &entry, detail);
        mxs_list_part(list, &part);
        if (part.number != shown && shown != 0 && err == MXS_OK) {
            err = take_ended(plan, where, list, options, &tally, detail);
            tally = (struct mxs_list_tally){0};
        }
        if (part.number != shown)
            print_part(path, &part, where);
        shown = part.number;
        if (err == MXS_OK)
            err = take_entry(plan, &entry, exclude, detail);
        if (err == MXS_OK)
            mxs_list_tally_put(&tally, plan->suffixes, &entry);
    } while (err == MXS_OK);
    if (err == MXS_ERR_END)
        err = take_ended(plan, where, list, options, &tally, detail);
    if (mxs_list_skipped(list)[0] != '\0') {
        printf("passed over ");
        print_shown(mxs_list_skipped(list));
        printf(" (no lists of names)\n");
    }
    mxs_list_close(&list);
    return err;
}

static uint64_t count_distinct(struct plan *plan)
{
    drop_equal(plan);
    uint64_t names = (uint64_t)plan->held << plan->halvings;
    return names < plan->count ? names : plan->count;
}

/* Distinct MX hosts: the longer the list, the more of them are shared. */
static uint64_t mx_hosts(uint64_t names)
{
    static const struct {
        uint64_t names;
        uint32_t per_100;
    } shares[] = {{10000, 85}, {100000, 60}, {1000000, 40}, {UINT64_MAX, 30}};
    size_t at = 0;
    while (names > shares[at].names)
        at++;
    return names * shares[at].per_100 / 100;
}

/* What --rate and --resolver-rate allow; 0: a loopback resolver is not held back at all. */
static uint64_t pace_of(const struct mxs_settings *settings)
{
    uint64_t sum = 0, all = settings->scheduler.rate_qps;
    for (size_t i = 0; i < settings->resolver_count; i++) {
        bool loopback = strncmp(settings->resolvers[i], "127.", 4) == 0 ||
                        strncmp(settings->resolvers[i], "::1", 3) == 0 ||
                        strncmp(settings->resolvers[i], "[::1]", 5) == 0;
        uint64_t rate = loopback && !settings->scheduler.resolver_rate_set ? 0 : settings->scheduler.resolver_rate_qps;
        if (rate == 0)
            return all;
        sum += rate;
    }
    return all != 0 && all < sum ? all : sum;
}

struct estimate {
    uint64_t names, hosts, questions, bytes, files;
};

static struct estimate estimate_of(struct plan *plan, unsigned checks, bool fetch_sts)
{
    uint64_t names = count_distinct(plan), hosts = mx_hosts(names);
    struct estimate out = {.names = names, .hosts = hosts};
    out.questions = names + names * 2 * WITHOUT_MX_PER_100 / 100 + mxs_settle_sample(names);
    out.bytes = BYTES_EMPTY + names * BYTES_PER_NAME + hosts * BYTES_PER_MX_HOST;
    out.bytes += plan->count == 0 ? 0 : plan->name_bytes / plan->count * 2 * names;
    if (checks & MXS_CHECK_HOST) {
        out.questions += 2 * hosts;
        out.bytes += hosts * BYTES_PER_ADDRESSES;
    }
    if (checks & MXS_CHECK_AUTH) {
        out.questions += names * AUTH_QUESTIONS;
        out.bytes += names * BYTES_AUTH;
    }
    if (checks & MXS_CHECK_TRANSPORT) {
        out.questions += names * TRANSPORT_QUESTIONS + hosts;
        out.bytes += names * BYTES_TRANSPORT;
    }
    for (uint32_t i = 0; i < mxs_checks_count(); i++)
        if (checks & mxs_checks_bit(mxs_checks_at(i))) {
            out.questions += names * mxs_checks_at(i)->questions / 100;
            out.bytes += mxs_checks_at(i)->questions > 0 ? names * BYTES_CHECK : 0;
        }
    if (fetch_sts) {
        out.files = names * STS_PER_100 / 100;
        out.questions += out.files * STS_QUESTIONS;
    }
    return out;
}

static void print_duration(const char *before, uint64_t questions, uint64_t qps)
{
    uint64_t seconds = questions / qps + 1;
    printf("%s%" PRIu64 "h %02" PRIu64 "m %02" PRIu64 "s", before, seconds / 3600, seconds / 60 % 60, seconds % 60);
}

/* How long a resolver of one's own takes, nobody knows beforehand: from its memory, or from the world? */
static void print_time(uint64_t questions, uint64_t qps)
{
    if (qps != 0) {
        printf("pace        at most %s questions per second\n", COUNT(qps));
        print_duration("time        at least ", questions, qps);
        printf(", and about 10 s more where names answer SERVFAIL\n");
        return;
    }
    printf("pace        as fast as the resolvers answer; --rate or --resolver-rate sets a limit\n");
    print_duration("time        ", questions, QPS_FROM_MEMORY);
    printf(" where all answers come from memory (%s a second),", COUNT(QPS_FROM_MEMORY));
    print_duration(" ", questions, QPS_RECURSIVE);
    printf(" where the world is asked (%s a second)\n", COUNT(QPS_RECURSIVE));
}

static void print_resolvers(const struct mxs_settings *settings)
{
    printf("resolvers   %zu", settings->resolver_count);
    for (size_t i = 0; i < settings->resolver_count && i < 8; i++)
        printf("%s %s", i == 0 ? " " : ",", settings->resolvers[i]);
    printf("%s\n", settings->resolver_count > 8 ? ", ..." : "");
}

static void print_recursor(const struct mxs_recursor_config *config, uint64_t questions, uint64_t rate_qps)
{
    uint64_t qps = rate_qps != 0 && rate_qps < config->names_per_s ? rate_qps : config->names_per_s;
    printf("resolvers   an Unbound of our own: %u thread%s, %" PRIu64 " MB of memory at most (caches %" PRIu64
           " MB)%s\n",
           config->threads, config->threads == 1 ? "" : "s", config->memory_bytes >> 20, config->cache_bytes >> 20,
           config->anchor_count > 0 ? ", which validates" : "");
    printf("pace        about %s questions per second that nobody has asked before\n", COUNT(qps));
    print_duration("time        about ", questions, qps);
    printf(", and up to 15 s more for names on dead servers\n");
}

/* About as many addresses as MX hosts: some names share one, some have two. Each takes some two seconds, so what may be
 * open bounds the pace, too. */
static void print_connections(const struct mxs_smtp_settings *smtp, uint64_t hosts, bool fetches)
{
    bool paced = smtp->rate != 0 && smtp->rate * 2 <= smtp->concurrency;
    printf("connections about %" PRIu64 " to mail servers, one for each address; greeting: %s\n", hosts, smtp->helo);
    print_duration("            ", paced ? hosts : hosts * 2, paced ? smtp->rate : smtp->concurrency);
    printf(paced ? " at %u a second" : " with %u open", paced ? smtp->rate : smtp->concurrency);
    printf(", and up to %u s more for busy and silent ones; a provider takes half a second for each of its addresses\n",
           smtp->retry_s + smtp->timeout_s);
    struct mxs_sandbox_state state;
    mxs_sandbox_find(&state);
    if (state.calls)
        printf("            the sandbox lets the scan reach the resolvers and port 25%s, and nobody else\n",
               fetches ? ", 443" : "");
    else
        printf("            the sandbox of this kernel cannot say whom the scan reaches (no seccomp)\n");
}

/* Is there room for it? */
static void print_disk(const char *db, uint64_t wanted_bytes)
{
    char copy[4096];
    struct statvfs space;
    snprintf(copy, sizeof copy, "%s", db);
    const char *folder = dirname(copy);
    if (statvfs(folder, &space) != 0) {
        printf("disk        PROBLEM: %s cannot be looked at (%s): make it, or name another file with --db\n", folder,
               strerror(errno));
        return;
    }
    uint64_t free_bytes = (uint64_t)space.f_bavail * space.f_frsize;
    if (free_bytes < wanted_bytes)
        printf("disk        PROBLEM: %s are free in %s, about %s are wanted: make room, or name another file with"
               " --db\n",
               MEGABYTES(free_bytes), folder, MEGABYTES(wanted_bytes + 999999));
    else
        printf("disk        %s are free in %s\n", MEGABYTES(free_bytes), folder);
}

/* config: of the recursor that --recursor would start. */
static void print_plan(struct plan *plan, const struct mxs_settings *settings, const struct mxs_recursor_config *config)
{
    struct estimate estimate = estimate_of(plan, settings->checks, settings->fetch_sts);
    bool ask_hosts = (settings->checks & MXS_CHECK_HOST) != 0;
    printf("lines       %s", COUNT(plan->lines));
    if (plan->passed_over != 0)
        printf("  (and %s passed over: header, blank cells, other records)", COUNT(plan->passed_over));
    putchar('\n');
    const char *about = plan->halvings == 0 ? "" : "about ";
    printf("names       %s%s  (%s%s duplicate, %s rejected, %s excluded", about, COUNT(estimate.names), about,
           COUNT(plan->count - estimate.names), COUNT(plan->rejected), COUNT(plan->excluded));
    if (plan->shard.count > 1)
        printf(", %s of other shards than %u/%u", COUNT(plan->elsewhere), plan->shard.number, plan->shard.count);
    printf(")\n");
    if (plan->www != 0 && !settings->input.keep_www)
        printf("www.        %s of them begin with www. and are asked for as they stand; such names seldom receive mail."
               " It is dropped\n            only in a column with a header like website or url\n",
               COUNT(plan->www));
    printf("checks      %s\n", settings->checks_text);
    printf("questions   about %s  (a name's MX; A and AAAA where it has none, %u in 100; a sample once more",
           COUNT(estimate.questions), WITHOUT_MX_PER_100);
    if (ask_hosts)
        printf("; A and AAAA of about %s MX hosts", COUNT(estimate.hosts));
    if (settings->checks & MXS_CHECK_AUTH)
        printf("; auth, %u a name", AUTH_QUESTIONS);
    if (settings->checks & MXS_CHECK_TRANSPORT)
        printf("; transport, %u a name and 1 an MX host", TRANSPORT_QUESTIONS);
    for (uint32_t i = 0; i < mxs_checks_count(); i++) {
        const struct mxs_check *check = mxs_checks_at(i);
        if ((settings->checks & mxs_checks_bit(check)) && check->questions > 0)
            printf("; %s, %u.%02u a name", check->option, check->questions / 100, check->questions % 100);
    }
    if (settings->fetch_sts)
        printf("; the web servers of MTA-STS policies, %u each", STS_QUESTIONS);
    printf(")\n");
    if (settings->fetch_sts)
        printf("fetches     about %s MTA-STS policies over HTTPS, if %u in 100 names announce one\n",
               COUNT(estimate.files), STS_PER_100);
    if (settings->checks & MXS_CHECK_SMTP)
        print_connections(&settings->smtp, estimate.hosts, settings->fetch_sts);
    if (settings->own_recursor) {
        print_recursor(config, estimate.questions, settings->scheduler.rate_qps);
    } else {
        print_resolvers(settings);
        print_time(estimate.questions, pace_of(settings));
    }
    printf("database    about %.1f MB in %s, %u times that while it is scanned\n", (double)estimate.bytes / 1e6,
           settings->db, TIMES_WHILE_SCANNED);
    print_disk(settings->db, estimate.bytes * TIMES_WHILE_SCANNED);
    printf("Estimates; nothing was sent.\n");
}

static int run_plan(const mxs_values *values, int argc, char *const *argv)
{
    struct mxs_settings settings;
    struct mxs_detail detail = {0};
    struct plan plan = {0};
    mxs_exclude *exclude = NULL;
    mxs_failure_init(values);
    mxs_hash_key(plan.key);
    enum mxs_err err = mxs_settings_init(&settings, values, MXS_USE_SCAN, &detail);
    if (err != MXS_OK)
        return mxs_failure_put(err, true, &detail);
    bool usage = false;
    if (settings.exclude != NULL) {
        err = mxs_exclude_create_file(&exclude, settings.exclude, &detail);
        usage = err == MXS_ERR_INPUT;
    }
    plan.shard = settings.shard;
    if (err == MXS_OK) {
        err = mxs_suffixes_create(&plan.suffixes, settings.psl, &detail);
        usage |= err == MXS_ERR_INPUT;
    }
    for (int i = 0; err == MXS_OK && i < argc; i++)
        err = read_list(&plan, argv[i], &settings.input, exclude, &detail);
    if (err == MXS_OK && plan.lines == 0) /* as the scan would */
        err = mxs_list_tally_refuse_empty(argv[0], argc, &detail);
    static struct mxs_recursor_config config;
    struct mxs_recursor_machine machine;
    if (err == MXS_OK && settings.own_recursor) {
        mxs_recursor_machine_read(&machine);
        err = mxs_recursor_config_init(&config, &machine, &settings.recursor, &detail);
        usage = err == MXS_ERR_INPUT;
    }
    if (err == MXS_OK)
        print_plan(&plan, &settings, &config);
    free(plan.hashes);
    if (plan.suffixes != NULL)
        mxs_suffixes_destroy(&plan.suffixes);
    if (exclude != NULL)
        mxs_exclude_destroy(&exclude);
    mxs_settings_finish(&settings);
    return err == MXS_OK ? MXS_EXIT_DONE : mxs_failure_put(err, usage, &detail);
}

const struct mxs_command mxs_plan_command = {
    .name = "plan",
    .arguments = "[options] INPUT...",
    .summary = "what a scan would do, how long, how large; sends nothing",
    .examples = "mxsurvey plan domains.txt\n"
                "mxsurvey plan --rate 200 --checks mx domains.txt\n",
    .options = mxs_scan_options,
    .option_count = MXS_SCAN_OPTION_COUNT,
    .arguments_min = 1,
    .arguments_max = -1,
    .sharer = "scan", /* all of it: what that would do is what this tells */
    .words = mxs_settings_word,
    .run = run_plan,
};
