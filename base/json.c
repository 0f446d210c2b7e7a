#include "base/json.h"

#include <string.h>

void mxs_json_init(struct mxs_json *json, mxs_out *out) { *json = (struct mxs_json){.out = out}; }

void mxs_json_finish(struct mxs_json *json)
{
    while (json->depth > 0)
        mxs_json_close(json);
}

/* What stands before a value of the level that is open. */
static void put_separator(struct mxs_json *json)
{
    if (json->depth > 0 && json->filled[json->depth - 1])
        mxs_out_bytes(json->out, ",", 1);
    if (json->depth > 0)
        json->filled[json->depth - 1] = true;
    if (json->break_next)
        mxs_out_bytes(json->out, "\n", 1);
    json->break_next = false;
}

void mxs_json_put_key(struct mxs_json *json, const char *key)
{
    MXS_ASSERT((key != NULL) == (json->depth > 0 && json->closing[json->depth - 1] == '}'));
    put_separator(json);
    if (key == NULL)
        return;
    mxs_out_json(json->out, key, strlen(key));
    mxs_out_bytes(json->out, ":", 1);
}

static void open_level(struct mxs_json *json, const char *key, char opening, char closing)
{
    MXS_ASSERT(json->depth < MXS_JSON_DEPTH);
    mxs_json_put_key(json, key);
    mxs_out_bytes(json->out, &opening, 1);
    json->closing[json->depth] = closing;
    json->filled[json->depth++] = false;
}

void mxs_json_open_object(struct mxs_json *json, const char *key) { open_level(json, key, '{', '}'); }
void mxs_json_open_array(struct mxs_json *json, const char *key) { open_level(json, key, '[', ']'); }

void mxs_json_close(struct mxs_json *json)
{
    MXS_ASSERT(json->depth > 0);
    json->break_next = false;
    mxs_out_bytes(json->out, &json->closing[--json->depth], 1);
}

void mxs_json_put_break(struct mxs_json *json) { json->break_next = true; }

void mxs_json_put_null(struct mxs_json *json, const char *key)
{
    mxs_json_put_key(json, key);
    mxs_out_bytes(json->out, "null", 4);
}

void mxs_json_put_int(struct mxs_json *json, const char *key, int64_t value)
{
    mxs_json_put_key(json, key);
    mxs_out_int(json->out, value);
}

void mxs_json_put_real(struct mxs_json *json, const char *key, double value)
{
    mxs_json_put_key(json, key);
    mxs_out_format(json->out, "%.6g", value);
}

void mxs_json_put_fraction(struct mxs_json *json, const char *key, double value)
{
    mxs_json_put_key(json, key);
    mxs_out_fraction(json->out, value);
}

void mxs_json_put_flag(struct mxs_json *json, const char *key, bool value)
{
    mxs_json_put_key(json, key);
    mxs_out_text(json->out, value ? "true" : "false");
}

void mxs_json_put_text(struct mxs_json *json, const char *key, const char *data, size_t size_bytes)
{
    if (data == NULL) {
        mxs_json_put_null(json, key);
        return;
    }
    mxs_json_put_key(json, key);
    mxs_out_json(json->out, data, size_bytes);
}

void mxs_json_put_string(struct mxs_json *json, const char *key, const char *text)
{
    mxs_json_put_text(json, key, text, text != NULL ? strlen(text) : 0);
}

void mxs_json_put_value(struct mxs_json *json, const char *key, const char *data, size_t size_bytes)
{
    mxs_json_put_key(json, key);
    mxs_out_json_value(json->out, data, size_bytes);
}
