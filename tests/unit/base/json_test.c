#include <criterion/criterion.h>
#include <string.h>

#include "base/json.h"

static mxs_out out;
static struct mxs_json json;

static void init(void)
{
    mxs_out_attach(&out, NULL);
    mxs_json_init(&json, &out);
}

static void finish(void) { mxs_out_abandon(&out); }

TestSuite(base_json, .init = init, .fini = finish);

static const char *written(void)
{
    mxs_out_bytes(&out, "", 1);
    return out.buffer;
}

Test(base_json, commas_and_braces_are_right_by_construction)
{
    mxs_json_open_object(&json, NULL);
    mxs_json_put_int(&json, "run", -7);
    mxs_json_open_array(&json, "list");
    mxs_json_put_flag(&json, NULL, true);
    mxs_json_put_null(&json, NULL);
    mxs_json_open_object(&json, NULL);
    mxs_json_close(&json);
    mxs_json_close(&json);
    mxs_json_put_real(&json, "share", 1.0 / 3);
    mxs_json_put_fraction(&json, "one", 1);
    mxs_json_put_value(&json, "raw", "{\"a\":[1]}", 9);
    mxs_json_finish(&json);
    cr_expect_str_eq(written(),
                     "{\"run\":-7,\"list\":[true,null,{}],\"share\":0.333333,\"one\":1.0,\"raw\":{\"a\":[1]}}");
}

Test(base_json, keys_and_values_of_strangers_are_escaped)
{
    mxs_json_open_object(&json, NULL);
    mxs_json_put_string(&json, "a\"\\\x1b", "\xE2\x80\xAE\"\n\xff");
    mxs_json_put_string(&json, "none", NULL);
    mxs_json_put_text(&json, "bytes", "a\0b", 3);
    mxs_json_put_string(&json, "tag", "\xF3\xA0\x81\x81\xF0\x9F\x93\xA7"); /* one that hides, one that shows */
    mxs_json_finish(&json);
    cr_expect_str_eq(written(),
                     "{\"a\\\"\\\\\\u001b\":\"\\u202e\\\"\\n\xEF\xBF\xBD\",\"none\":null,\"bytes\":\"a\\u0000b\","
                     "\"tag\":\"\\udb40\\udc41\xF0\x9F\x93\xA7\"}");
}

Test(base_json, a_break_stands_before_the_value_and_never_before_a_brace)
{
    mxs_json_open_array(&json, NULL);
    mxs_json_put_break(&json);
    mxs_json_put_int(&json, NULL, 1);
    mxs_json_put_break(&json);
    mxs_json_put_int(&json, NULL, 2);
    mxs_json_put_break(&json);
    mxs_json_finish(&json);
    cr_expect_str_eq(written(), "[\n1,\n2]");
}

Test(base_json, finish_closes_what_is_open)
{
    mxs_json_open_object(&json, NULL);
    mxs_json_open_array(&json, "a");
    mxs_json_open_object(&json, NULL);
    mxs_json_finish(&json);
    cr_expect_str_eq(written(), "{\"a\":[{}]}");
    cr_expect_eq(json.depth, 0);
}
