/* Reads bytes as a list of any form, and asserts what holds for every entry of every form.
 *
 * In         Bytes
 * Errors     An assertion
 */
#ifndef MXS_TESTS_FUZZ_FORMS_H
#define MXS_TESTS_FUZZ_FORMS_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/name.h"
#include "scanner/input/list.h"

/* A line of $GENERATE makes a million entries: on a busy machine the time for one input is over before they are. */
#define ENTRIES_MAX 50000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void check_form_entry(const mxs_list *list, const struct mxs_entry *entry)
{
    struct mxs_list_part part;
    uint8_t wire[MXS_NAME_WIRE_MAX];
    uint32_t wire_size;
    mxs_list_part(list, &part);
    MXS_ASSERT(part.number >= 1 && entry->line >= 1 && entry->text.size_bytes <= 1020);
    MXS_ASSERT((entry->reason == NULL) == (entry->name.size_bytes != 0));
    for (uint32_t i = 0; i < entry->facet_count; i++) {
        MXS_ASSERT(entry->facets[i].facet < part.facet_count && entry->facets[i].value.size_bytes != 0);
        MXS_ASSERT(mxs_list_facet(list, entry->facets[i].facet)[0] != '\0');
    }
    if (entry->reason != NULL)
        return;
    MXS_ASSERT(mxs_name_is_hostname(entry->name));
    MXS_ASSERT(mxs_name_to_wire(entry->name, wire, &wire_size) == MXS_OK && wire_size > 1);
}

static inline void fuzz_form(const uint8_t *data, size_t size, const struct mxs_list_options *options)
{
    static mxs_suffixes *suffixes;
    struct mxs_list_options with = *options;
    char path[64];
    mxs_list *list = NULL;
    struct mxs_entry entry;
    struct mxs_detail detail = {0};
    int fd = memfd_create("list", MFD_CLOEXEC);
    MXS_ASSERT(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (suffixes == NULL)
        MXS_ASSERT(mxs_suffixes_create(&suffixes, NULL, NULL) == MXS_OK);
    with.suffixes = suffixes;
    enum mxs_err err = mxs_list_open(&list, path, &with, &detail);
    uint32_t entries = 0;
    while (list != NULL && (err = mxs_list_next(list, &entry, &detail)) == MXS_OK && entries++ < ENTRIES_MAX)
        check_form_entry(list, &entry);
    MXS_ASSERT(err == MXS_OK || err == MXS_ERR_END ||
               ((err == MXS_ERR_INPUT || err == MXS_ERR_MEMORY) && detail.text[0] != '\0'));
    mxs_list_close(&list);
    MXS_ASSERT(list == NULL);
    close(fd);
}

#endif
