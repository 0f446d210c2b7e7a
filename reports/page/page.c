#include "reports/page/page.h"

#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <string.h>

#include "reports/page/internal/policy.h"

extern const char mxs_chart_css[], mxs_page_css[], mxs_page_js[];

void mxs_page_put_source(mxs_out *out, const char *first, const char *second)
{
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    char text[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE)];
    sha256_init(&context);
    sha256_update(&context, strlen(first), (const uint8_t *)first);
    sha256_update(&context, strlen(second), (const uint8_t *)second);
    sha256_digest(&context, sizeof digest, digest);
    base64_encode_raw(text, sizeof digest, digest);
    mxs_out_text(out, "'sha256-");
    mxs_out_bytes(out, text, sizeof text);
    mxs_out_text(out, "'");
}

void mxs_page_open(struct mxs_page *page, mxs_out *out, int64_t run_id, const char *title)
{
    *page = (struct mxs_page){.out = out, .run_id = run_id};
    mxs_out_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none';"
                      " form-action 'none'; style-src ");
    mxs_page_put_source(out, mxs_chart_css, mxs_page_css);
    mxs_out_text(out, "; script-src ");
    mxs_page_put_source(out, mxs_page_js, "");
    mxs_out_text(
        out,
        "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"generator\" content=\"mxsurvey " MXS_VERSION
        "\">\n"
        "<title>");
    mxs_page_put_text(page, title);
    mxs_out_text(out, "</title>\n<style>");
    mxs_out_text(out, mxs_chart_css);
    mxs_out_text(out, mxs_page_css);
    mxs_out_text(
        out,
        "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">To the content</a>\n<div class=\"frame\">\n");
}

void mxs_page_close_part(struct mxs_page *page)
{
    mxs_out_text(page->out, page->in_part ? "</div>\n" : "");
    page->in_part = false;
}

void mxs_page_open_part(struct mxs_page *page, bool leads)
{
    mxs_page_close_part(page);
    mxs_out_text(page->out, leads ? "<div class=\"part leads\">\n" : "<div class=\"part\">\n");
    page->in_part = true;
}

void mxs_page_close(struct mxs_page *page)
{
    mxs_out_text(page->out,
                 "</main>\n<footer>Made by mxsurvey " MXS_VERSION ". This page is one file: it loads nothing and sends"
                 " nothing.</footer>\n</div>\n<script>");
    mxs_out_text(page->out, mxs_page_js);
    mxs_out_text(page->out, "</script>\n</body>\n</html>\n");
}

void mxs_page_write_table(mxs_out *out, const struct mxs_table *table)
{
    struct mxs_page page;
    char source[MXS_SOURCE_TEXT_SIZE];
    const char *title = table->title != NULL ? table->title : "Table";
    mxs_page_open(&page, out, table->run_id, title);
    mxs_out_text(out, "<header class=\"top\"><h1>");
    mxs_page_put_text(&page, title);
    mxs_out_text(out, "</h1>\n<p class=\"lede\">");
    mxs_page_put_text(&page, mxs_table_source_text(table, source)); /* the question is the table's caption */
    mxs_out_text(out, source[0] != '\0' ? ".</p></header>" : "</p></header>");
    mxs_out_text(out, "\n<main id=\"content\">\n");
    mxs_page_put_figure(&page, table, 0, 0);
    mxs_page_close(&page);
}
