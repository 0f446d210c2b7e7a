#include "scanner/classify/asn.h"

#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TYPE_MAX 64

struct mxs_asn {
    MMDB_s mmdb;
    char text[TYPE_MAX + 16];
};

/* What the file says of itself was written by a stranger: printable characters only. */
static void write_text(mxs_asn *db)
{
    const char *type = db->mmdb.metadata.database_type == NULL ? "MaxMind DB" : db->mmdb.metadata.database_type;
    time_t built = (time_t)db->mmdb.metadata.build_epoch;
    struct tm tm;
    size_t size = 0;
    for (; type[size] != 0 && size < TYPE_MAX; size++)
        db->text[size] = type[size] >= ' ' && type[size] <= '~' ? type[size] : '?';
    db->text[size] = 0;
    if (db->mmdb.metadata.build_epoch <= UINT32_MAX && gmtime_r(&built, &tm) != NULL)
        strftime(db->text + size, sizeof db->text - size, ", %Y-%m-%d", &tm);
}

enum mxs_err mxs_asn_open(mxs_asn **out, const char *path, struct mxs_detail *detail)
{
    mxs_asn *db = calloc(1, sizeof *db);
    if (db == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "%s: no memory", path);
    int status = MMDB_open(path, MMDB_MODE_MMAP, &db->mmdb);
    if (status != MMDB_SUCCESS) {
        free(db);
        if (status == MMDB_OUT_OF_MEMORY_ERROR)
            return mxs_err_set(detail, MXS_ERR_MEMORY, "%s: no memory", path);
        return mxs_err_set(detail, MXS_ERR_INPUT, "%s: cannot be used as an ASN database: %s", path,
                           status == MMDB_FILE_OPEN_ERROR ? strerror(errno) : MMDB_strerror(status));
    }
    write_text(db);
    *out = db;
    return MXS_OK;
}

void mxs_asn_close(mxs_asn **db)
{
    if (*db != NULL)
        MMDB_close(&(*db)->mmdb);
    free(*db);
    *db = NULL;
}

const char *mxs_asn_text(const mxs_asn *db) { return db->text; }

static struct mxs_text text_at(MMDB_entry_s *entry, const char *const path[])
{
    MMDB_entry_data_s data;
    if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data ||
        data.type != MMDB_DATA_TYPE_UTF8_STRING)
        return (struct mxs_text){NULL, 0};
    return (struct mxs_text){data.utf8_string, data.data_size};
}

/* "AS123" and "123". */
static bool number_in(const char *text, uint32_t size_bytes, uint64_t *number)
{
    uint32_t at = size_bytes > 2 && (text[0] | 0x20) == 'a' && (text[1] | 0x20) == 's' ? 2 : 0;
    uint64_t value = 0;
    if (at == size_bytes || size_bytes - at > 10)
        return false;
    for (; at < size_bytes; at++) {
        if (text[at] < '0' || text[at] > '9')
            return false;
        value = value * 10 + (uint64_t)(text[at] - '0');
    }
    *number = value;
    return true;
}

static bool number_at(MMDB_entry_s *entry, const char *const path[], uint32_t *asn)
{
    MMDB_entry_data_s data;
    uint64_t number = 0;
    if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data)
        return false;
    switch (data.type) {
    case MMDB_DATA_TYPE_UINT16: number = data.uint16; break;
    case MMDB_DATA_TYPE_UINT32: number = data.uint32; break;
    case MMDB_DATA_TYPE_UINT64: number = data.uint64; break;
    case MMDB_DATA_TYPE_INT32: number = data.int32 < 0 ? 0 : (uint64_t)data.int32; break;
    case MMDB_DATA_TYPE_UTF8_STRING:
        if (!number_in(data.utf8_string, data.data_size, &number))
            return false;
        break;
    default: return false;
    }
    if (number == 0 || number > UINT32_MAX)
        return false;
    *asn = (uint32_t)number;
    return true;
}

#define KEY(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct mxs_text first_text(MMDB_entry_s *entry, const char *const *const keys[], size_t count)
{
    struct mxs_text text = {NULL, 0};
    for (size_t i = 0; i < count && text.data == NULL; i++)
        text = text_at(entry, keys[i]);
    return text;
}

static bool look_up(const mxs_asn *db, const struct mxs_address *address, MMDB_entry_s *entry)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    memcpy(&in.sin_addr, address->bytes, sizeof in.sin_addr);
    memcpy(&in6.sin6_addr, address->bytes, sizeof in6.sin6_addr);
    const void *where = address->family == 4 ? (const void *)&in : (const void *)&in6;
    int error = MMDB_SUCCESS;
    MMDB_lookup_result_s result = MMDB_lookup_sockaddr(&db->mmdb, where, &error);
    if (error != MMDB_SUCCESS || !result.found_entry)
        return false;
    *entry = result.entry;
    return true;
}

bool mxs_asn_find(const mxs_asn *db, const struct mxs_address *address, uint32_t *asn, struct mxs_text *name,
                  struct mxs_text *country)
{
    const char *const *const numbers[] = {KEY("autonomous_system_number"), KEY("asn"), KEY("as_number"),
                                          KEY("traits", "autonomous_system_number")};
    const char *const *const names[] = {
        KEY("autonomous_system_organization"),          KEY("as_name"), KEY("as_org"), KEY("name"), KEY("organization"),
        KEY("traits", "autonomous_system_organization")};
    const char *const *const countries[] = {KEY("country_code"), KEY("country", "iso_code"), KEY("country")};
    MMDB_entry_s entry;
    bool found = false;
    if (!look_up(db, address, &entry))
        return false;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && !found; i++)
        found = number_at(&entry, numbers[i], asn);
    if (!found)
        return false;
    *name = first_text(&entry, names, sizeof names / sizeof names[0]);
    *country = first_text(&entry, countries, sizeof countries / sizeof countries[0]);
    if (country->size_bytes != 2)
        *country = (struct mxs_text){NULL, 0};
    return true;
}
