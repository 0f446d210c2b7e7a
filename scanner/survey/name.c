#include <string.h>

#include "scanner/input/list.h"
#include "scanner/model/name.h"
#include "scanner/survey/command.h"

bool mxs_survey_name(const char *typed, char *out, size_t size)
{
    char buffer[MXS_NAME_TEXT_MAX + 1];
    struct mxs_entry entry;
    mxs_list_entry_of(mxs_text_of(typed), buffer, &entry);
    if (entry.name.size_bytes == 0 || entry.name.size_bytes >= size)
        return false;
    memcpy(out, entry.name.data, entry.name.size_bytes);
    out[entry.name.size_bytes] = 0;
    return true;
}
