#include "scanner/run/internal/record_kind.h"

#define HOST_BITS 32

/* --- addresses of an MX host --- */

static int64_t address_record(const struct mxs_dictionary *dictionary, uint32_t set, uint32_t index)
{
    return mxs_dictionary_address_id(dictionary, set, index);
}

static bool has_address(const struct mxs_dictionary *dictionary, int64_t record)
{
    return mxs_dictionary_has(&dictionary->addresses, record);
}

static bool has_address_set(const struct mxs_dictionary *dictionary, int64_t set)
{
    return mxs_dictionary_has(&dictionary->address_sets, set);
}

static struct mxs_bytes address_of(const struct mxs_dictionary *dictionary, int64_t record)
{
    return mxs_intern_key(&dictionary->addresses.keys, (uint32_t)record);
}

static int address_family(const struct mxs_dictionary *dictionary, int64_t record)
{
    return address_of(dictionary, record).size_bytes != 4;
}

static struct mxs_record address_text(const struct mxs_dictionary *dictionary, int64_t record)
{
    return (struct mxs_record){.data = address_of(dictionary, record)};
}

const struct mxs_record_kind mxs_record_kind_address = {
    .entries = "SELECT host_id, address_id, seen_run FROM address_pool WHERE list_id = ?1 ORDER BY host_id, address_id",
    .told = "SELECT a_set_id, aaaa_set_id, first_run, ifnull(last_run, ?3), list_id < 0 FROM host_history"
            " WHERE host_id = ?1 AND list_id IN (?2, -?2) AND first_run <= ?4 ORDER BY first_run DESC",
    .remove = "DELETE FROM address_pool WHERE host_id = ?1 AND list_id = ?2 AND address_id = ?3",
    .insert = "INSERT OR REPLACE INTO address_pool VALUES (?1, ?2, ?3, ?4)",
    .count = mxs_dictionary_address_count,
    .record = address_record,
    .has = has_address,
    .has_set = has_address_set,
    .family = address_family,
    .text = address_text,
    .set = mxs_dictionary_address_set,
};

/* --- MX records of a domain --- */

static int64_t mx_record(const struct mxs_dictionary *dictionary, uint32_t set, uint32_t index)
{
    struct mxs_mx_member member = mxs_dictionary_mx_member(dictionary, set, index);
    return (int64_t)member.preference << HOST_BITS | member.host;
}

static bool has_mx(const struct mxs_dictionary *dictionary, int64_t record)
{
    return record >= 0 && record >> HOST_BITS <= UINT16_MAX &&
           mxs_dictionary_has(&dictionary->hosts, record & UINT32_MAX);
}

/* A null MX is a statement of another kind, and no part of what stood before it or comes after it. */
static bool has_mx_set(const struct mxs_dictionary *dictionary, int64_t set)
{
    if (!mxs_dictionary_has(&dictionary->mx_sets, set))
        return false;
    bool one = mxs_dictionary_mx_count(dictionary, (uint32_t)set) == 1;
    uint32_t host = one ? mxs_dictionary_mx_member(dictionary, (uint32_t)set, 0).host : 0;
    return !one || mxs_dictionary_host_name(dictionary, host).size_bytes != 0;
}

static int mx_family(const struct mxs_dictionary *dictionary, int64_t record)
{
    (void)dictionary, (void)record;
    return 0;
}

static struct mxs_record mx_text(const struct mxs_dictionary *dictionary, int64_t record)
{
    return (struct mxs_record){.preference = (uint16_t)(record >> HOST_BITS),
                               .host = mxs_dictionary_host_name(dictionary, (uint32_t)record)};
}

const struct mxs_record_kind mxs_record_kind_mx = {
    .entries = "SELECT domain_id, preference << 32 | host_id, seen_run FROM mx_pool WHERE list_id = ?1"
               " ORDER BY domain_id, preference, host_id",
    .told = "SELECT mx_set_id, NULL, first_run, ifnull(last_run, ?3), list_id < 0 FROM domain_history"
            " WHERE domain_id = ?1 AND list_id IN (?2, -?2) AND first_run <= ?4 ORDER BY first_run DESC",
    .remove = "DELETE FROM mx_pool WHERE domain_id = ?1 AND list_id = ?2 AND preference = ?3 >> 32"
              " AND host_id = ?3 & 4294967295",
    .insert = "INSERT OR REPLACE INTO mx_pool VALUES (?1, ?2, ?3 >> 32, ?3 & 4294967295, ?4)",
    .grown = "INSERT OR REPLACE INTO mx_grown VALUES (?1, ?2)",
    .count = mxs_dictionary_mx_count,
    .record = mx_record,
    .has = has_mx,
    .has_set = has_mx_set,
    .family = mx_family,
    .text = mx_text,
    .set = mxs_dictionary_mx_set,
    .named = true,
};
