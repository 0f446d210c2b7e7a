#include <criterion/criterion.h>

#include "scanner/parse/tls_rpt.h"
#include "tests/unit/parse/records.h"

static struct records records;
static void finish(void) { records_free(&records); }
TestSuite(parse_tls_rpt, .fini = finish);

static enum mxs_tls_rpt_reason tls_rpt(const char *const *texts, struct mxs_tls_rpt *out)
{
    records_set(&records, texts);
    mxs_tls_rpt_read(records.at, records.count, out);
    return out->reason;
}

Test(parse_tls_rpt, records)
{
    static const struct { const char *text; enum mxs_tls_rpt_reason reason;
    } rows[] = {
        {"", MXS_TLS_RPT_NO_RECORD},
        {"v=TLSRPTv1", MXS_TLS_RPT_NO_RECORD},
        {"v=tlsrptv1;rua=mailto:a@b", MXS_TLS_RPT_NO_RECORD},
        {"v=TLSRPTv1;", MXS_TLS_RPT_NO_RUA},
        {"v=TLSRPTv1; rua=", MXS_TLS_RPT_NO_RUA},
        {"v=TLSRPTv1; rua=,", MXS_TLS_RPT_NO_RUA},
        {"v=TLSRPTv1; rua", MXS_TLS_RPT_BAD_RECORD},
        {"v=TLSRPTv1; rua=mailto:a@b; rua=mailto:a@b", MXS_TLS_RPT_BAD_RECORD},
        {"v=TLSRPTv1; rua=a@b.example", MXS_TLS_RPT_BAD_RUA},
        {"v=TLSRPTv1; rua=http://b.example", MXS_TLS_RPT_BAD_RUA},
        {"v=TLSRPTv1; rua=mailto:", MXS_TLS_RPT_BAD_RUA},
        {"v=TLSRPTv1; rua=mailto:a@", MXS_TLS_RPT_BAD_RUA},
        {"v=TLSRPTv1; rua=mailto:a@b.example mailto:c@b.example", MXS_TLS_RPT_BAD_RUA},
        {"v=TLSRPTv1; rua=mailto:a@b.example,http://b.example", MXS_TLS_RPT_OK}, /* two schemes are supported */
        {"v=TLSRPTv1; rua=x-new+1:b,https://b.example", MXS_TLS_RPT_OK},
        {"v=TLSRPTv1; rua=mailto:a@b.example,a@b.example", MXS_TLS_RPT_BAD_RUA},
        {"v=TLSRPTv1; rua=mailto:a@b.example,mailto:", MXS_TLS_RPT_BAD_RUA},
        {"v=TLSRPTv1; rua=mailto:a@b.example; -x=1", MXS_TLS_RPT_BAD_RECORD},
        {"v=TLSRPTv1; rua=mailto:a@b.example; 2nd-x.y=1", MXS_TLS_RPT_OK},
        {"v=TLSRPTv1; rua=mailto:a@b.example!10m", MXS_TLS_RPT_BAD_RUA}, /* a size, as DMARC has it */
        {"v=TLSRPTv1; rua = mailto:a@b.example", MXS_TLS_RPT_BAD_RECORD}, /* no blank beside the "=" */
        {"v=TLSRPTv1; rua= mailto:a@b.example", MXS_TLS_RPT_BAD_RECORD},
        {"v=TLSRPTv1; rua =mailto:a@b.example", MXS_TLS_RPT_BAD_RECORD},
        {"v=TLSRPTv1; rua = ", MXS_TLS_RPT_BAD_RECORD},
        {"v=TLSRPTv1; rua=mailto:a@b.example; ext = 1", MXS_TLS_RPT_BAD_RECORD},
        /* a record that does not keep to the grammar is none @rfc{8460,3} */
        {"v=TLSRPTv1; rua=mailto:a@b.example,", MXS_TLS_RPT_BAD_RUA},
        {"v=TLSRPTv1; rua=,mailto:a@b.example", MXS_TLS_RPT_BAD_RUA},
        {"v=TLSRPTv1; rua=mailto:a@b.example,,https://b.example", MXS_TLS_RPT_BAD_RUA},
        {"v=TLSRPTv1; rua=mailto:a@b.example; x=", MXS_TLS_RPT_BAD_RECORD},
        {"v=TLSRPTv1; rua=mailto:a@b.example; x=a b", MXS_TLS_RPT_BAD_RECORD},
        {"v=TLSRPTv1; rua=mailto:a@b.example; x=a=b", MXS_TLS_RPT_BAD_RECORD},
        {"v=TLSRPTv1; rua=mailto:a@b.example;;", MXS_TLS_RPT_BAD_RECORD},
        {"v=TLSRPTv1;rua=mailto:a@b.example?subject=x=y;", MXS_TLS_RPT_OK},
        {"v=TLSRPTv1; x=1; x=2; rua=https://b.example/%2C", MXS_TLS_RPT_OK}, /* extensions may stand twice */
        {"v=TLSRPTv1; RUA=mailto:a@b.example", MXS_TLS_RPT_NO_RUA},
        {"v=TLSRPTv1 ; rua=mailto:a@b.example , https://c.example/x; ext=1", MXS_TLS_RPT_OK},
    };
    struct mxs_tls_rpt out;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_eq(tls_rpt(TEXTS(rows[i].text), &out), rows[i].reason, "%s is %s", rows[i].text,
                     mxs_tls_rpt_reason_text(out.reason));
    cr_assert_eq(out.mailto_count, 1);
    cr_assert_eq(out.https_count, 1);
    cr_assert_eq(tls_rpt(TEXTS("v=TLSRPTv1;rua=mailto:a@b", "v=TLSRPTv1;rua=mailto:a@b"), &out),
                 MXS_TLS_RPT_MANY_RECORDS);
    cr_assert_eq(tls_rpt(TEXTS(NULL), &out), MXS_TLS_RPT_NO_RECORD);
}

Test(parse_tls_rpt, bimi)
{
    static const struct { const char *text; enum mxs_bimi_reason reason;
    } rows[] = {
        {"v=bimi1; l=https://a.example/x.svg", MXS_BIMI_NO_RECORD},
        {"l=https://a.example/x.svg", MXS_BIMI_NO_RECORD},
        {"v=BIMI1", MXS_BIMI_BAD_LOCATION},
        {"v=BIMI1; l", MXS_BIMI_BAD_RECORD},
        {"v=BIMI1; l=; l=", MXS_BIMI_BAD_RECORD},
        {"v=BIMI1; l=http://a.example/x.svg", MXS_BIMI_BAD_LOCATION},
        {"v=BIMI1; l=; a=https://a.example/c.pem", MXS_BIMI_BAD_LOCATION},
        {"v=BIMI1; l=; a=;", MXS_BIMI_DECLINED},
        {"v=BIMI1; l=", MXS_BIMI_DECLINED},
        {"v=BIMI1; l=https://a.example/x.svg", MXS_BIMI_OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mxs_bimi out;
        records_set(&records, TEXTS(rows[i].text));
        mxs_bimi_read(records.at, records.count, &out);
        cr_assert_eq(out.reason, rows[i].reason, "%s is %s", rows[i].text, mxs_bimi_reason_text(out.reason));
    }
}
