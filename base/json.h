/* A JSON writer with a stack: commas, braces and escapes are right by construction, whoever writes.
 *
 *     struct mxs_json json;
 *     mxs_json_init(&json, out);
 *     mxs_json_open_object(&json, NULL);
 *     mxs_json_put_int(&json, "run", 7);
 *     mxs_json_open_array(&json, "names");
 *     mxs_json_put_string(&json, NULL, name);
 *     mxs_json_finish(&json);              closes whatever is open
 *
 * Spec       @rfc{8259,2}
 * In         Keys and values of anybody
 * Out        One JSON value in a sink
 * Limits     MXS_JSON_DEPTH levels
 * Errors     Those of the sink
 */
#ifndef MXS_BASE_JSON_H
#define MXS_BASE_JSON_H

#include "base/out.h"

#define MXS_JSON_DEPTH 16

struct mxs_json {
    mxs_out *out;
    unsigned depth;
    bool break_next;                /* the next value begins a line */
    char closing[MXS_JSON_DEPTH];   /* of each open level: } or ] */
    bool filled[MXS_JSON_DEPTH];    /* it has a value already */
};

void mxs_json_init(struct mxs_json *json, mxs_out *out);
/* Closes whatever is open. */
void mxs_json_finish(struct mxs_json *json);

/* key: NULL in an array and for the outermost value. */
void mxs_json_open_object(struct mxs_json *json, const char *key);
void mxs_json_open_array(struct mxs_json *json, const char *key);
void mxs_json_close(struct mxs_json *json);

/* The next value begins a line: for people who look into a file. */
void mxs_json_put_break(struct mxs_json *json);
void mxs_json_put_null(struct mxs_json *json, const char *key);
void mxs_json_put_int(struct mxs_json *json, const char *key, int64_t value);
/* Six significant digits. */
void mxs_json_put_real(struct mxs_json *json, const char *key, double value);
/* As few digits as it needs, at most four, and always a point: 1.0, 0.3333. */
void mxs_json_put_fraction(struct mxs_json *json, const char *key, double value);
void mxs_json_put_flag(struct mxs_json *json, const char *key, bool value);
/* data NULL: null. */
void mxs_json_put_text(struct mxs_json *json, const char *key, const char *data, size_t size_bytes);
void mxs_json_put_string(struct mxs_json *json, const char *key, const char *text);
/* Text that is valid JSON by itself. */
void mxs_json_put_value(struct mxs_json *json, const char *key, const char *data, size_t size_bytes);
/* Room for one value that the caller writes into the sink himself. */
void mxs_json_put_key(struct mxs_json *json, const char *key);

#endif
