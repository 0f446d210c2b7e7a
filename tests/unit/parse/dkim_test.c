#include <criterion/criterion.h>
#include <stdio.h>

#include "scanner/parse/dkim.h"
#include "tests/unit/parse/records.h"

/* Keys made by openssl for these tests: as SubjectPublicKeyInfo, and one as the bare RSAPublicKey. */
#define RSA_512 \
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALsbFHjafHOyiPC3pHtwf3Ue5dzaO6CHtJsKuvi7EmR6nqVwrakjAJPzLodr5rL" \
    "aHNXDzD6FzEg7baBMytRG/S8CAwEAAQ=="
#define RSA_512_BARE \
    "MEgCQQC7GxR42nxzsojwt6R7cH91HuXc2jugh7SbCrr4uxJkep6lcK2pIwCT8y6Ha+ay2hzVw8w+hcxIO22gTMrURv0vAgMBAAE="
#define RSA_1024 \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDNmYL6cuNFE9YZVsuJ+Rj8znWUbrollP3d4C5GkhbIVwwUgrhujqJ4flbxQk3l" \
    "v63LDvzhAZVJ+QrdQSrXgm5I7q/60qgmNPcVuzgGDQJcvbeG9kSAanZ/LD3BGrLaJJq/qWZETvhYuFvU3FW5mAQdEh20jdb" \
    "BK+NICslF+Ynu7QIDAQAB"
#define EC_256 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVU8madv3sGQvfwfQxuQ578WIXkdep9gqAguU9uO12GSzvqbelnJhDvg6wIb" \
    "W403m1wRmXnyKyFGpvr5GlLR+Rg=="
#define ED25519 "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" /* @rfc{8463,A.2} */
static const char rsa_4096[] =
    "MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAsYpQgyil8U6YJqrKusy0L8hYnRexFKJyJoIdBvJpZVaAsR3M9MF3DI4K"
    "djCTYKit3e0lKp4rJKNYmeGLh/ItV4aIhJnzhcrKuL3RQlfr16hExwNtgi16y6uyqg/yHwf4sxxDb/xpMMg1HMOrA2H2S9n3CyrY"
    "7bX45HpSSldNjayChTeI6Le2Zdo6SAecXGCa6AyvjDoI+Ot1d/9Gp1p57y3F9wyBlXmLggtFiEAKMXmHZQ+ujiHA+ppY+SHRgrgz"
    "JOx7GjcRikHqQk7LLXAkWT3Tq6lvPdnj4+GDGJGP+xGEXZiC9XofwmGPhLhJl3hrKdiUrHwl7pigWCfHnONx0NatIW4+m85oifm2"
    "AVUOU2rnnlpc2r+Dahf5GmZhJAOxdjPRnN4NkQ0n+uGgrPqpgC3Qyj36uGqSGK0jP5Xo1E3Zb32J5aHHn/pUqDLU8++2XoPOk01w"
    "Um/6UCL5pnGBpijNGc9sOfPQpPHFLFMOCoVdMJAdq74Mm5xiFfnus1FFpGzyiWwErSUS3+zeVQ1CMz4Tq7ak5CYT2isEu+ClG3bq"
    "a3p6lQhpvJi7hgzs233bzUCjfSFpEWBVjvOWNi+hgpXlFrBWCehG3sK6JMj5i2JUcMnUXFf8ur9T+BxxT1EnD54lfnPjZwBeav1n"
    "u9GCPN6X3i7Y4jficS1Sh8cRTuECAwEAAQ==";

static struct mxs_arena scratch;
static struct records records;
static struct mxs_dkim key;
static void open_arena(void) { mxs_arena_init(&scratch, 1 << 14, 0); }
static void close_arena(void)
{
    records_free(&records);
    mxs_arena_finish(&scratch);
}
TestSuite(parse_dkim, .init = open_arena, .fini = close_arena);

static enum mxs_dkim_reason read_all(const char *const *texts)
{
    records_set(&records, texts);
    mxs_dkim_read(records.at, records.count, &scratch, &key);
    return key.reason;
}
static enum mxs_dkim_reason read_one(const char *text) { return read_all(TEXTS(text)); }

Test(parse_dkim, keys_that_are_none)
{
    static const struct { const char *text; enum mxs_dkim_reason reason;
    } rows[] = {
        {"", MXS_DKIM_NO_RECORD},
        {"v=spf1 -all", MXS_DKIM_NO_RECORD},
        {"verify=abc", MXS_DKIM_NO_RECORD},
        {"v=DKIM1", MXS_DKIM_NO_KEY},
        {"v=DKIM1; k=rsa", MXS_DKIM_NO_KEY},
        {"v=DKIM1; p=", MXS_DKIM_REVOKED},
        {"p=;", MXS_DKIM_REVOKED},
        {"v=DKIM1; p= ; k=ed25519", MXS_DKIM_REVOKED},
        {"v=DKIM2; p=x", MXS_DKIM_BAD_VERSION},
        {"v=DKIM1, p=x", MXS_DKIM_BAD_VERSION},
        {"k=rsa; v=DKIM1; p=x", MXS_DKIM_BAD_VERSION},
        {"v=dkim1; p=x", MXS_DKIM_BAD_VERSION},
        {"v=DKIM1; p", MXS_DKIM_BAD_TAGS},
        {"v=DKIM1; =x; p=x", MXS_DKIM_BAD_TAGS},
        {"v=DKIM1; p=x\001", MXS_DKIM_BAD_TAGS},
        {"v=DKIM1;; p=x", MXS_DKIM_BAD_TAGS},
        {"p=x; p=y", MXS_DKIM_TAG_TWICE},
        {"v=DKIM1; k=dsa; p=x", MXS_DKIM_UNKNOWN_TYPE},
        {"v=DKIM1; h=sha1; p=" RSA_1024, MXS_DKIM_NO_SHA256},
        {"v=DKIM1; k=ed25519; h=sha1; p=" ED25519, MXS_DKIM_NO_SHA256},
        {"v=DKIM1; h=md5:sha1 : sha2; p=" RSA_1024, MXS_DKIM_NO_SHA256},
        {"v=DKIM1; h=; p=" RSA_1024, MXS_DKIM_NO_SHA256},
        {"v=DKIM1; h=sha1; p=", MXS_DKIM_REVOKED},
        {"v=DKIM1; p=!!!!", MXS_DKIM_BAD_BASE64},
        {"p=AAA", MXS_DKIM_BAD_BASE64},
        {"p=AAAA", MXS_DKIM_BAD_KEY},
        {"p=MIIB", MXS_DKIM_BAD_KEY},
        {"p=MAA=", MXS_DKIM_BAD_KEY},
        {"p=MIAwgA==", MXS_DKIM_BAD_KEY},
        {"p=MIP////8", MXS_DKIM_BAD_KEY},
        {"p=MAYCAQACAQM=", MXS_DKIM_BAD_KEY} /* modulus 0 */,
        {"k=ed25519; p=AAAA", MXS_DKIM_BAD_KEY},
        {"k=ed25519; p=" RSA_512, MXS_DKIM_BAD_KEY},
        {"k=rsa; p=" ED25519, MXS_DKIM_BAD_KEY},
        {"p=" EC_256, MXS_DKIM_BAD_KEY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(read_one(rows[i].text), rows[i].reason, "%s is %s", rows[i].text,
                     mxs_dkim_reason_text(key.reason));
        cr_assert_eq(key.bits, 0);
    }
    cr_assert_eq(read_all(TEXTS(NULL)), MXS_DKIM_NO_RECORD);
}

Test(parse_dkim, every_cut_and_every_changed_octet_of_a_key_is_survived)
{
    static const char text[] = "v=DKIM1; p=" RSA_512;
    for (size_t size = 0; size < sizeof text; size++) {
        records_free(&records);
        records_add(&records, text, size);
        mxs_dkim_read(records.at, 1, &scratch, &key);
        cr_assert_leq(key.bits, 512);
    }
    for (size_t at = 11; at < sizeof text - 1; at++)
        for (int c = '+'; c <= 'z'; c += 7) {
            char changed[sizeof text];
            memcpy(changed, text, sizeof text);
            changed[at] = (char)c;
            records_free(&records);
            records_add(&records, changed, sizeof changed - 1);
            mxs_dkim_read(records.at, 1, &scratch, &key);
            cr_assert_leq(key.bits, 8 * 100);
        }
}

Test(parse_dkim, keys_over_the_limit)
{
    static char text[65000] = "p=";
    memset(text + 2, 'A', sizeof text - 3);
    cr_assert_eq(read_one(text), MXS_DKIM_LIMIT);
    struct mxs_arena small;
    mxs_arena_init(&small, 1, 1);
    records_set(&records, TEXTS("p=" RSA_512));
    mxs_dkim_read(records.at, 1, &small, &key);
    cr_assert_eq(key.reason, MXS_DKIM_LIMIT);
    mxs_arena_finish(&small);
}

Test(parse_dkim, lengths)
{
    char text[2048];
    cr_assert_eq(read_one("v=DKIM1; k=rsa; p=" RSA_512), MXS_DKIM_OK);
    cr_assert_eq(key.bits, 512);
    cr_assert_eq(read_one("p=" RSA_512_BARE ";"), MXS_DKIM_OK);
    cr_assert_eq(key.bits, 512);
    cr_assert_eq(read_one("v = DKIM1 ; p = " RSA_1024), MXS_DKIM_OK);
    cr_assert_eq(key.bits, 1024);
    cr_assert_eq(key.type, MXS_DKIM_RSA);
    snprintf(text, sizeof text, "v=DKIM1; p=%.300s  \t%s", rsa_4096, rsa_4096 + 300);
    cr_assert_eq(read_one(text), MXS_DKIM_OK);
    cr_assert_eq(key.bits, 4096);
    cr_assert_eq(read_one("v=DKIM1; k=ed25519; p=" ED25519), MXS_DKIM_OK);
    cr_assert_eq(key.bits, 256);
    cr_assert_eq(key.type, MXS_DKIM_ED25519);
}

Test(parse_dkim, flags)
{
    cr_assert_eq(read_one("p=" RSA_512), MXS_DKIM_OK);
    cr_assert(key.sha1 && key.sha256 && key.email && !key.testing && !key.strict && !key.version_given && !key.notes);
    cr_assert_eq(read_one("v=DKIM1; h=sha256; s=email; t=y:s; n=hello world; x=1; p=" RSA_512), MXS_DKIM_OK);
    cr_assert(!key.sha1 && key.sha256 && key.email && key.testing && key.strict && key.version_given && key.notes);
    cr_assert_eq(key.unknown_tags, 1);
    cr_assert_eq(read_one("s=tls; h=sha1 : foo; p=" RSA_512), MXS_DKIM_NO_SHA256);
    cr_assert(key.sha1 && !key.sha256 && !key.email);
    cr_assert_eq(read_one("h=foo:sha1 : sha256; p=" RSA_512), MXS_DKIM_OK);
    cr_assert(key.sha1 && key.sha256);
    cr_assert_eq(read_all(TEXTS("s=tls; p=" RSA_512, "s=*; p=" RSA_1024)), MXS_DKIM_OK);
    cr_assert(key.email && key.bits == 1024);
    cr_assert_eq(read_all(TEXTS("h=sha1; p=" RSA_512, "h=sha1:sha256; p=" RSA_1024)), MXS_DKIM_OK);
    cr_assert(key.sha256 && key.bits == 1024);
}

Test(parse_dkim, among_several_records_the_first_good_key_is_taken)
{
    cr_assert_eq(read_all(TEXTS("token", "p=", "v=DKIM1; p=" RSA_512, "p=" RSA_1024)), MXS_DKIM_OK);
    cr_assert_eq(key.bits, 512);
    cr_assert_eq(key.record_count, 3);
    cr_assert_eq(read_all(TEXTS("p=", "p=x")), MXS_DKIM_REVOKED);
}

Test(parse_dkim, padding_may_be_left_out_and_white_space_stand_in_a_key)
{
    static const struct { const char *text; enum mxs_dkim_reason reason; uint32_t bits; } rows[] = {
        {"v=DKIM1; p=MEgCQQC7GxR42nxzsojwt6R7cH91HuXc2jugh7SbCrr4uxJkep6lcK2pIwCT8y6Ha+ay2hzVw8w+hcxIO22gTMrURv0"
         "vAgMBAAE", MXS_DKIM_OK, 512},
        {"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo", MXS_DKIM_OK, 256},
        {"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7h\r\n cvPapiMlrwIaaPc\tHURo =", MXS_DKIM_OK, 256},
        {"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUR", MXS_DKIM_BAD_BASE64, 0},
        {"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHU", MXS_DKIM_BAD_BASE64, 0},
        {"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo==", MXS_DKIM_BAD_BASE64, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(read_one(rows[i].text), rows[i].reason, "%s is %s", rows[i].text,
                     mxs_dkim_reason_text(key.reason));
        cr_expect_eq(key.bits, rows[i].bits, "%s", rows[i].text);
    }
}
