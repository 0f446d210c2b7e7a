/* Tables as bytes from a stranger: quotes, marks, encodings, zips of anything.
 *
 * Rooms scanner/input
 *
 * The bytes become a file in memory, read as found and as a table, with all columns kept. Checked: an entry is a name
 * or a reject and never the root, its facets are UTF-8 of known columns, and a failure is one of ours. */
#include "tests/fuzz/forms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_form(data, size, &(struct mxs_list_options){.keep = "all"});
    fuzz_form(data, size, &(struct mxs_list_options){.format = MXS_LIST_CSV, .keep = "all"});
    fuzz_form(data, size, &(struct mxs_list_options){.format = MXS_LIST_CSV, .column = "1", .keep_www = true});
    return 0;
}
