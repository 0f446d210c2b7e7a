#include "scanner/input/exclude.h"

#include <stdlib.h>

#include "base/intern.h"
#include "scanner/input/list.h"
#include "model/name.h"

struct mxs_exclude {
    struct mxs_intern names;
};

/* "*.example.com" and ".example.com" as "example.com". */
static struct mxs_text without_star(struct mxs_text text)
{
    while (text.size_bytes != 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = (struct mxs_text){text.data + 1, text.size_bytes - 1};
    uint32_t skip = text.size_bytes >= 2 && memcmp(text.data, "*.", 2) == 0 ? 2 : text.size_bytes >= 1 && text.data[0] == '.';
    return (struct mxs_text){text.data + skip, text.size_bytes - skip};
}

static enum mxs_err put_entry(mxs_exclude *set, const char *path, const struct mxs_entry *entry, struct mxs_detail *detail)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    struct mxs_entry found = *entry;
    if (found.reason != NULL && (strcmp(found.reason, "wildcard") == 0 || strcmp(found.reason, "empty_label") == 0))
        mxs_list_entry_of(without_star(entry->text), name, &found);
    if (found.reason != NULL) {
        mxs_err_set(detail, MXS_ERR_INPUT, "%.200s: line %llu is not a name to exclude (%s); mend it or remove it", path,
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
    mxs_exclude *set = malloc(sizeof *set);
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

uint32_t mxs_exclude_count(const mxs_exclude *set) { return set == NULL ? 0 : set->names.count; }
