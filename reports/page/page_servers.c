#include "reports/page/page_section.h"

#define PROVIDERS_SHOWN 15
#define CERTIFICATES_SHOWN 15

/* Only what was settled is said of a server; the rest is counted beside it. */
enum mxs_err mxs_section_write_servers(struct mxs_section *section)
{
    mxs_out_text(section->page->out,
                 "<p>Each public address of an MX host was contacted on port 25: banner, EHLO, STARTTLS, QUIT. A"
                 " server that was busy, or could not be reached this time, is not settled: nothing is concluded from"
                 " it.</p>\n");
    enum mxs_err err = mxs_section_put(section, "servers", PROVIDERS_SHOWN, PROVIDERS_SHOWN,
                                       "No mail server was contacted: see the notes of the run.");
    if (err == MXS_OK)
        err = mxs_section_put(section, "server_roles", 0, CERTIFICATES_SHOWN, NULL);
    if (err == MXS_OK)
        err = mxs_section_put(section, "server_tls", 0, CERTIFICATES_SHOWN, NULL);
    if (err == MXS_OK)
        err = mxs_section_put(section, "banner_times", 0, CERTIFICATES_SHOWN, NULL);
    if (err == MXS_OK)
        err = mxs_section_put(section, "validity", 0, CERTIFICATES_SHOWN, NULL);
    return err == MXS_OK ? mxs_section_put(section, "certificate", CERTIFICATES_SHOWN, 0, NULL) : err;
}
