#include "scanner/input/exclude.h"

#include <stdlib.h>

#include "base/intern.h"
#include "base/vector.h"
#include "scanner/input/list.h"
#include "model/address.h"
#include "model/name.h"

struct prefix {
    struct mxs_address address;
    uint32_t bits;
};

struct mxs_exclude {
    struct mxs_intern names;
    struct prefix *prefixes;
    uint32_t prefix_count;
    size_t prefix_capacity;
};

/* "*.example.com" and ".example.com" as "example.com". */
static struct mxs_text without_star(struct mxs_text text)
{
    while (text.size_bytes != 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = (struct mxs_text){text.data + 1, text.size_bytes - 1};
    uint32_t skip =
        text.size_bytes >= 2 && memcmp(text.data, "*.", 2) == 0 ? 2 : text.size_bytes >= 1 && text.data[0] == '.';
    return (struct mxs_text){text.data + skip, text.size_bytes - skip};
}

static struct mxs_text trim(struct mxs_text text)
{
    while (text.size_bytes != 0 && strchr(" \t", text.data[0]) != NULL)
        text = (struct mxs_text){text.data + 1, text.size_bytes - 1};
    while (text.size_bytes != 0 && strchr(" \t\r", text.data[text.size_bytes - 1]) != NULL)
        text.size_bytes--;
    return text;
}

/* "192.0.2.1", "192.0.2.0/24", "2001:db8::/32"; a name is none of these. */
static bool parse_prefix(struct mxs_text text, struct prefix *out)
{
    const char *slash = text.size_bytes == 0 ? NULL : memchr(text.data, '/', text.size_bytes);
    uint32_t size = slash == NULL ? text.size_bytes : (uint32_t)(slash - text.data), bits = 0;
    if (!mxs_address_parse((struct mxs_text){text.data, size}, &out->address))
        return false;
    uint32_t most = out->address.family == 4 ? 32 : 128;
    if (slash == NULL) {
        out->bits = most;
        return true;
    }
    for (const char *at = slash + 1; at < text.data + text.size_bytes; at++) {
        if (*at < '0' || *at > '9' || (bits = bits * 10 + (uint32_t)(*at - '0')) > most)
            return false;
    }
    out->bits = bits;
    return slash + 1 < text.data + text.size_bytes;
}

static bool put_prefix(mxs_exclude *set, const struct prefix *prefix)
{
    if (!mxs_vector_reserve(&set->prefixes, &set->prefix_capacity, set->prefix_count, sizeof *set->prefixes))
        return false;
    set->prefixes[set->prefix_count++] = *prefix;
    return true;
}

static enum mxs_err put_entry(mxs_exclude *set, const char *path, const struct mxs_entry *entry,
                              struct mxs_detail *detail)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    struct mxs_entry found = *entry;
    struct prefix prefix;
    if (parse_prefix(trim(entry->text), &prefix))
        return put_prefix(set, &prefix)
                   ? MXS_OK
                   : mxs_err_set(detail, MXS_ERR_MEMORY, "%.200s: no memory for the prefixes to exclude", path);
    if (found.reason != NULL && (strcmp(found.reason, "wildcard") == 0 || strcmp(found.reason, "empty_label") == 0))
        mxs_list_entry_of(without_star(entry->text), name, &found);
    if (found.reason != NULL) {
        mxs_err_set(detail, MXS_ERR_INPUT,
                    "%.200s: line %llu is not a name, address or prefix to exclude (%s); fix it or remove it", path,
                    (unsigned long long)entry->line, entry->reason);
        if (detail != NULL)
            detail->line = entry->line;
        return MXS_ERR_INPUT;
    }
    if (mxs_intern_put(&set->names, found.name.data, found.name.size_bytes, NULL) == 0)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "%.200s: no memory for the names to exclude", path);
    return MXS_OK;
}

enum mxs_err mxs_exclude_create_file(mxs_exclude **out, const char *path, struct mxs_detail *detail)
{
    mxs_list *list = NULL;
    enum mxs_err err = mxs_list_open(&list, path, &(struct mxs_list_options){.format = MXS_LIST_PLAIN}, detail);
    if (err != MXS_OK)
        return err;
    mxs_exclude *set = calloc(1, sizeof *set);
    if (set == NULL) {
        mxs_list_close(&list);
        return mxs_err_set(detail, MXS_ERR_MEMORY, "%.200s: no memory for the names to exclude", path);
    }
    mxs_intern_init(&set->names);
    struct mxs_entry entry;
    while ((err = mxs_list_next(list, &entry, detail)) == MXS_OK) {
        err = put_entry(set, path, &entry, detail);
        if (err != MXS_OK)
            break;
    }
    mxs_list_close(&list);
    if (err != MXS_ERR_END) {
        mxs_exclude_destroy(&set);
        return err;
    }
    *out = set;
    return MXS_OK;
}

void mxs_exclude_destroy(mxs_exclude **set)
{
    if (*set == NULL)
        return;
    mxs_intern_finish(&(*set)->names);
    free((*set)->prefixes);
    free(*set);
    *set = NULL;
}

bool mxs_exclude_holds(const mxs_exclude *set, struct mxs_text name)
{
    if (set == NULL || set->names.count == 0)
        return false;
    for (struct mxs_text at = name; at.size_bytes != 0; at = mxs_name_parent(at))
        if (mxs_intern_find(&set->names, at.data, at.size_bytes) != 0)
            return true;
    return false;
}

static bool lies_in(const struct mxs_address *address, const struct prefix *prefix)
{
    uint32_t whole = prefix->bits / 8, rest = prefix->bits % 8;
    if (address->family != prefix->address.family || memcmp(address->bytes, prefix->address.bytes, whole) != 0)
        return false;
    return rest == 0 || (address->bytes[whole] ^ prefix->address.bytes[whole]) >> (8 - rest) == 0;
}

bool mxs_exclude_holds_address(const mxs_exclude *set, const struct mxs_address *address)
{
    for (uint32_t i = 0; set != NULL && i < set->prefix_count; i++)
        if (lies_in(address, &set->prefixes[i]))
            return true;
    return false;
}

uint32_t mxs_exclude_count(const mxs_exclude *set) { return set == NULL ? 0 : set->names.count + set->prefix_count; }
