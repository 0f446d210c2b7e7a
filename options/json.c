/* The options as JSON. What people type may be any bytes: a byte that is part of no UTF-8 sequence becomes U+FFFD. */
#include <string.h>

#include "base/json.h"
#include "options/values.h"

static void put_value(struct mxs_json *json, const struct mxs_option *option, const struct mxs_value *value)
{
    bool set = value->rank > MXS_RANK_DEFAULT || option->fallback != NULL;
    switch (option->kind) {
    case MXS_OPTION_FLAG: mxs_json_put_flag(json, option->name, value->flag); break;
    case MXS_OPTION_NUMBER:
        if (set)
            mxs_json_put_int(json, option->name, value->number);
        else
            mxs_json_put_null(json, option->name);
        break;
    case MXS_OPTION_TEXT:
    case MXS_OPTION_CHOICE: mxs_json_put_string(json, option->name, value->count > 0 ? value->texts[0] : NULL); break;
    case MXS_OPTION_LIST:
        mxs_json_open_array(json, option->name);
        for (size_t i = 0; i < value->count; i++)
            mxs_json_put_string(json, NULL, value->texts[i]);
        mxs_json_close(json);
        break;
    }
}

enum mxs_err mxs_values_write_json(mxs_values *values)
{
    mxs_out out;
    struct mxs_json json;
    mxs_out_attach(&out, NULL);
    mxs_json_init(&json, &out);
    mxs_json_open_object(&json, NULL);
    for (size_t i = 0; i < values->count; i++) {
        const struct mxs_option *option = mxs_option_at(values->command, i);
        if (strcmp(option->name, "help") != 0)
            put_value(&json, option, &values->items[i]);
    }
    mxs_json_finish(&json);
    mxs_out_bytes(&out, "", 1);
    values->json = out.err == MXS_OK ? mxs_values_keep(values, out.buffer) : NULL;
    mxs_out_abandon(&out);
    return values->json == NULL ? MXS_ERR_MEMORY : MXS_OK;
}
