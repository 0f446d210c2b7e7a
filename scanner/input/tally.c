#include "scanner/input/tally.h"

#include <string.h>

#define FEW_PERCENT 1 /* of a list that are names: then it is none */
#define FEW_ENTRIES 10

void mxs_list_tally_put(struct mxs_list_tally *tally, const mxs_suffixes *suffixes, const struct mxs_entry *entry)
{
    tally->entries++;
    tally->refused += entry->reason != NULL;
    tally->several_fields += entry->reason != NULL && strcmp(entry->reason, "several_fields") == 0;
    bool label = entry->reason == NULL && memchr(entry->name.data, '.', entry->name.size_bytes) == NULL;
    tally->labels += label;
    tally->words += label && !mxs_domain_is_suffix(suffixes, entry->name);
}

enum mxs_err mxs_list_tally_judge(const struct mxs_list_tally *tally, const struct mxs_list_options *options,
                                  const char *path, struct mxs_detail *detail)
{
    uint64_t entries = tally->entries, names = entries - tally->refused;
    bool said = options->format != MXS_LIST_DETECT || options->column != NULL;
    /* "Forbidden", or "AccessDenied", "Request" and "host", which is a top-level domain by chance: a list may hold such
     * names, and consists of them only where it is none. A list of top-level domains has few that are not known. */
    if (!said && names != 0 && names == tally->labels && names <= 2 * tally->words)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "%.200s: single words are all that could be names in it (%llu of %llu entries), so this is"
                           " not a list of names and no run is made of it; look at the file, or say with --input-format"
                           " list that they are names",
                           path, (unsigned long long)names, (unsigned long long)entries);
    if (entries == 0 || (names != 0 && (entries < FEW_ENTRIES || names * 100 >= entries * FEW_PERCENT)))
        return MXS_OK;
    return mxs_err_set(detail, MXS_ERR_INPUT,
                       "%.200s: %llu of %llu entries are not names, so this is not a list of names and no run is made"
                       " of it; look at the file, or say what it is with --input-format and --column",
                       path, (unsigned long long)(entries - names), (unsigned long long)entries);
}

enum mxs_err mxs_list_tally_refuse_empty(const char *first, int count, struct mxs_detail *detail)
{
    return mxs_err_set(detail, MXS_ERR_INPUT, "%.200s: there is no name in %s; nothing was asked", first,
                       count == 1 ? "it" : "it, nor in the other lists");
}
