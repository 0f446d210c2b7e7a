#include "scanner/input/tally.h"

#include <stdio.h>
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
    tally->headed |= label && tally->entries == 1;
    bool word = label && !mxs_domain_is_suffix(suffixes, entry->name);
    if (word && tally->words++ == 0)
        tally->word_line = entry->line;
}

/* Whoever says of what form a list is, or where in it names stand, says that words alone are names, too. */
static bool is_said(const struct mxs_list_options *options)
{
    return options->format != MXS_LIST_DETECT || options->column != NULL;
}

bool mxs_list_tally_sentence(const struct mxs_list_tally *tally, const struct mxs_list_options *options,
                             char out[MXS_LIST_SENTENCE_SIZE])
{
    if (is_said(options) || tally->entries - tally->refused == tally->labels)
        return false;
    if (tally->words != 0)
        snprintf(out, MXS_LIST_SENTENCE_SIZE,
                 tally->words == 1 ? "%llu name is a single word, no top-level domain (line %llu); asked as it stands"
                                   : "%llu names are single words, no top-level domains (first: line %llu); asked as"
                                     " they stand",
                 (unsigned long long)tally->words, (unsigned long long)tally->word_line);
    else if (tally->headed && tally->labels == 1)
        snprintf(out, MXS_LIST_SENTENCE_SIZE,
                 "the first name is a top-level domain above names with dots; if it heads them, take it out");
    else
        return false;
    return true;
}

enum mxs_err mxs_list_tally_judge(const struct mxs_list_tally *tally, const struct mxs_list_options *options,
                                  const char *path, struct mxs_detail *detail)
{
    uint64_t entries = tally->entries, names = entries - tally->refused;
    /* "Forbidden", or "AccessDenied", "Request" and "host", which is a top-level domain by chance: a list may hold such
     * names, and consists of them only where it is none. A list of top-level domains has few that are not known. */
    if (!is_said(options) && names != 0 && names == tally->labels && names <= 2 * tally->words)
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
