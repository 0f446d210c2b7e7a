/* Lists as bytes from a stranger: compressed, UTF-16, binary, anything.
 *
 * Rooms scanner/input
 *
 * The bytes become a file in memory. Checked: every entry is a name or a reject and never the root, lines only rise
 * (of a zip they begin anew with each of its files), an accepted name means the same when typed again, and the plain
 * path agrees with the complete rules. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scanner/input/list.h"
#include "model/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_entry(const struct mxs_entry *entry, bool zip, uint64_t *line)
{
    char buffer[MXS_NAME_TEXT_MAX + 1];
    struct mxs_entry again;
    MXS_ASSERT(entry->line > (zip ? 0 : *line));
    *line = entry->line;
    MXS_ASSERT(entry->text.size_bytes <= 1020);
    MXS_ASSERT((entry->reason == NULL) == (entry->name.size_bytes != 0));
    if (entry->text.size_bytes < 1000) {
        mxs_list_entry_of(entry->text, buffer, &again);
        MXS_ASSERT(again.reason == entry->reason ||
                   (again.reason != NULL && entry->reason != NULL && strcmp(again.reason, entry->reason) == 0));
        MXS_ASSERT(mxs_text_equal(again.name, entry->name));
    }
    if (entry->reason != NULL)
        return;
    uint8_t wire[MXS_NAME_WIRE_MAX];
    uint32_t wire_size;
    MXS_ASSERT(mxs_name_is_hostname(entry->name));
    MXS_ASSERT(mxs_name_to_wire(entry->name, wire, &wire_size) == MXS_OK && wire_size > 1);
    mxs_list_entry_of(entry->name, buffer, &again);
    MXS_ASSERT(again.reason == NULL && mxs_text_equal(again.name, entry->name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    mxs_list *list = NULL;
    struct mxs_entry entry;
    int fd = memfd_create("list", MFD_CLOEXEC);
    MXS_ASSERT(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (mxs_list_open(&list, path, &(struct mxs_list_options){.format = MXS_LIST_PLAIN}, NULL) == MXS_OK) {
        const bool zip = size >= 2 && memcmp(data, "PK", 2) == 0;
        uint64_t line = 0;
        enum mxs_err err;
        while ((err = mxs_list_next(list, &entry, NULL)) == MXS_OK && line < 1000000)
            check_entry(&entry, zip, &line);
        uint64_t read_bytes, size_bytes;
        mxs_list_position(list, &read_bytes, &size_bytes);
        MXS_ASSERT(read_bytes <= size_bytes && size_bytes == size);
        MXS_ASSERT(err == MXS_OK || err == MXS_ERR_END || err == MXS_ERR_INPUT || err == MXS_ERR_MEMORY);
        mxs_list_close(&list);
    }
    MXS_ASSERT(list == NULL);
    close(fd);
    return 0;
}
