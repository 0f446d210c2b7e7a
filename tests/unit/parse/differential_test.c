/* Our reader beside c-ares' own, over the seeds of the fuzz target and seeded mutations of them.
 *
 * c-ares is asked only for what both claim to do. It reads neither rcode nor TC nor TTL of an MX, takes records of
 * any owner, keeps duplicates, has no limit, stops after the answer section (so that trailing bytes are fine), and
 * writes or refuses targets that are no host names in its own way. Everything else must agree. A third decoder,
 * ns_parserr, says whether an owner was foreign. */
#include <sys/select.h>

#include <ares.h>
#include <arpa/nameser.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "model/name.h"
#include "scanner/parse/message.h"

static struct mxs_arena arena;
static void open_arena(void) { mxs_arena_init(&arena, 1 << 16, 0); }
static void close_arena(void) { mxs_arena_finish(&arena); }
TestSuite(parse_differential, .init = open_arena, .fini = close_arena);

struct counter { unsigned messages, both, equal; };

/* The name and type the message asks; false: it asks none. */
static bool question_of(struct mxs_bytes wire, char *text, uint16_t *type)
{
    ns_msg message;
    ns_rr rr;
    uint8_t name[MXS_NAME_WIRE_MAX];
    if (ns_initparse(wire.data, (int)wire.size_bytes, &message) != 0 || ns_msg_count(message, ns_s_qd) != 1 ||
        ns_parserr(&message, ns_s_qd, 0, &rr) != 0)
        return false;
    *type = ns_rr_type(rr);
    if (ns_name_unpack(wire.data, wire.data + wire.size_bytes, wire.data + 12, name, sizeof name) < 0)
        return false;
    text[mxs_name_from_wire(name, text)] = '\0';
    return true;
}

/* Whether every record of the type has the name asked as its owner: c-ares' reading is in scope only then. */
static bool owners_ours(struct mxs_bytes wire, uint16_t type)
{
    ns_msg message;
    ns_rr asked, rr;
    ns_initparse(wire.data, (int)wire.size_bytes, &message);
    ns_parserr(&message, ns_s_qd, 0, &asked);
    for (int i = 0; i < ns_msg_count(message, ns_s_an); i++)
        if (ns_parserr(&message, ns_s_an, i, &rr) != 0 || ns_rr_type(rr) == ns_t_cname ||
            (ns_rr_type(rr) == type && strcasecmp(ns_rr_name(rr), ns_rr_name(asked)) != 0))
            return false;
    return true;
}

static bool same(const struct mxs_record *ours, const struct ares_mx_reply *theirs)
{
    return ours->preference == theirs->priority && strlen(theirs->host) == ours->host.size_bytes &&
           strncasecmp(theirs->host, ours->host.data, ours->host.size_bytes) == 0;
}

/* c-ares writes odd octets in another way than we do, where it accepts them at all. */
static bool hosts_plain(const struct mxs_answer *answer)
{
    for (uint32_t i = 0; i < answer->record_count; i++)
        if (answer->records[i].host.size_bytes != 0 && !mxs_name_is_hostname(answer->records[i].host))
            return false;
    return answer->outcome == MXS_ANSWERED;
}

static bool ours_holds(const struct mxs_answer *answer, const struct ares_mx_reply *mx)
{
    for (uint32_t i = 0; i < answer->record_count; i++)
        if (same(&answer->records[i], mx))
            return true;
    return false;
}

static bool theirs_holds(const struct ares_mx_reply *list, const struct mxs_record *record)
{
    for (; list != NULL; list = list->next)
        if (same(record, list))
            return true;
    return false;
}

static void compare_mx(struct mxs_bytes wire, const struct mxs_answer *ours, const char *seed, struct counter *counter)
{
    struct ares_mx_reply *theirs = NULL;
    if (!hosts_plain(ours) || ares_parse_mx_reply(wire.data, (int)wire.size_bytes, &theirs) != ARES_SUCCESS)
        return;
    counter->both++;
    for (uint32_t i = 0; i < ours->record_count; i++)
        cr_assert(theirs_holds(theirs, &ours->records[i]), "%s: record %u, %.*s, is only ours", seed, i,
                  MXS_TEXT_ARG(ours->records[i].host));
    if (owners_ours(wire, MXS_TYPE_MX)) {
        for (const struct ares_mx_reply *mx = theirs; mx != NULL; mx = mx->next)
            cr_assert(ours_holds(ours, mx), "%s: %u %s is only theirs", seed, mx->priority, mx->host);
        counter->equal++;
    }
    ares_free_data(theirs);
}

static void compare_aaaa(struct mxs_bytes wire, const struct mxs_answer *ours, const char *seed,
                         struct counter *counter)
{
    struct ares_addr6ttl theirs[MXS_RECORDS_MAX];
    int count = MXS_RECORDS_MAX;
    if (ours->outcome != MXS_ANSWERED ||
        ares_parse_aaaa_reply(wire.data, (int)wire.size_bytes, NULL, theirs, &count) != ARES_SUCCESS)
        return;
    counter->both++;
    if (!owners_ours(wire, MXS_TYPE_AAAA))
        return;
    for (int i = 0; i < count; i++) {
        bool found = false;
        for (uint32_t j = 0; j < ours->record_count; j++)
            found |= memcmp(&theirs[i].ip6addr, ours->records[j].data.data, 16) == 0;
        cr_assert(found, "%s: address %d is only theirs", seed, i);
    }
    for (uint32_t j = 0; j < ours->record_count; j++) {
        bool found = false;
        for (int i = 0; i < count; i++)
            found |= memcmp(&theirs[i].ip6addr, ours->records[j].data.data, 16) == 0;
        cr_assert(found, "%s: address %u is only ours", seed, j);
    }
    counter->equal++;
}

static void compare_a(struct mxs_bytes wire, const struct mxs_answer *ours, const char *seed, struct counter *counter)
{
    struct ares_addrttl theirs[MXS_RECORDS_MAX];
    int count = MXS_RECORDS_MAX;
    if (ours->outcome != MXS_ANSWERED ||
        ares_parse_a_reply(wire.data, (int)wire.size_bytes, NULL, theirs, &count) != ARES_SUCCESS)
        return;
    counter->both++;
    if (!owners_ours(wire, MXS_TYPE_A))
        return;
    for (int i = 0; i < count; i++) {
        bool found = false;
        for (uint32_t j = 0; j < ours->record_count; j++)
            found |= memcmp(&theirs[i].ipaddr, ours->records[j].data.data, 4) == 0;
        cr_assert(found, "%s: address %d is only theirs", seed, i);
        cr_assert_geq((uint32_t)theirs[i].ttl, ours->ttl_s, "%s", seed);
    }
    for (uint32_t j = 0; j < ours->record_count; j++) {
        bool found = false;
        for (int i = 0; i < count; i++)
            found |= memcmp(&theirs[i].ipaddr, ours->records[j].data.data, 4) == 0;
        cr_assert(found, "%s: address %u is only ours", seed, j);
    }
    counter->equal++;
}

static void compare(struct mxs_bytes wire, const char *seed, struct counter *counter)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    uint16_t type;
    counter->messages++;
    if (!question_of(wire, name, &type))
        return;
    struct mxs_answer ours;
    mxs_arena_reset(&arena);
    mxs_message_read(wire, mxs_text_of(name), type, &arena, &ours);
    if (type == MXS_TYPE_MX)
        compare_mx(wire, &ours, seed, counter);
    else if (type == MXS_TYPE_A)
        compare_a(wire, &ours, seed, counter);
    else if (type == MXS_TYPE_AAAA)
        compare_aaaa(wire, &ours, seed, counter);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* One to three octets changed, behind the type octet that only the fuzz target reads. */
static void mutations(const uint8_t *seed, uint32_t size, const char *name, struct counter *counter)
{
    uint64_t state = 88172645463325252ull;
    uint8_t *copy = malloc(size);
    for (int round = 0; size > 13 && round < 400; round++) {
        memcpy(copy, seed, size);
        for (uint64_t changes = next_random(&state) % 3 + 1; changes > 0; changes--)
            copy[12 + next_random(&state) % (size - 12)] = (uint8_t)next_random(&state);
        compare((struct mxs_bytes){copy, size}, name, counter);
    }
    free(copy);
}

/* Every file of a folder, from its octet `skip` on; returns how many there were. */
static unsigned compare_folder(const char *path, uint32_t skip, struct counter *seeds, struct counter *mutated)
{
    DIR *folder = opendir(path);
    unsigned files = 0;
    cr_assert_not_null(folder, "%s", path);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char name[512];
        uint8_t data[65536];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(name, "rb");
        if (file == NULL)
            continue;
        uint32_t size = (uint32_t)fread(data, 1, sizeof data, file);
        fclose(file);
        files++;
        if (size <= skip)
            continue;
        compare((struct mxs_bytes){data + skip, size - skip}, entry->d_name, seeds);
        mutations(data + skip, size - skip, entry->d_name, mutated);
    }
    closedir(folder);
    return files;
}

Test(parse_differential, agrees_with_c_ares_over_the_seeds)
{
    struct counter seeds = {0}, mutated = {0};
    unsigned files = compare_folder(MXS_SEEDS "/message", 1, &seeds, &mutated);
    cr_assert_eq(seeds.messages, files, "every seed holds a message");
    cr_assert_geq(seeds.messages, 40);
    cr_assert_geq(seeds.equal, 8);
    cr_assert_geq(mutated.equal, 1000);
    cr_log_info("seeds %u, both %u, equal %u; mutations %u, both %u, equal %u", seeds.messages, seeds.both, seeds.equal,
                mutated.messages, mutated.both, mutated.equal);
}

Test(parse_differential, agrees_with_c_ares_over_its_own_inputs)
{
    const char *inputs = getenv("MXS_CARES_INPUTS"); /* fault.F35 sets it */
    if (inputs == NULL)
        cr_skip_test("skipped: no inputs of c-ares");
    struct counter seeds = {0}, mutated = {0};
    cr_assert_gt(compare_folder(inputs, 0, &seeds, &mutated), 50);
    cr_assert_gt(mutated.both, 0);
    cr_log_info("inputs %u, both %u, equal %u; mutations %u, both %u, equal %u", seeds.messages, seeds.both,
                seeds.equal, mutated.messages, mutated.both, mutated.equal);
}
