#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/address.h"
#include "scanner/classify/asn.h"

#define SKIPPED 77

/* A path below a fresh folder; the file is made by tests/support/make_mmdb.pl. */
static bool make(const char *layout, char *path, size_t size)
{
    char command[512], folder[] = "/tmp/mxs-asn-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, size, "%s/test.mmdb", folder);
    const char *source = getenv("MXS_SOURCE");
    snprintf(command, sizeof command, "perl '%s/tests/support/make_mmdb.pl' %s %s 2>&1", source == NULL ? "." : source,
             path, layout);
    int status = system(command);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        rmdir(folder);
        cr_skip("skipped: libmaxmind-db-writer-perl is not installed");
    }
    cr_assert_eq(status, 0, "%s", command);
    return true;
}

static void drop(char *path)
{
    unlink(path);
    *strrchr(path, '/') = 0;
    rmdir(path);
}

static bool find(const mxs_asn *db, const char *address, uint32_t *asn, struct mxs_text *name, struct mxs_text *country)
{
    struct mxs_address a = {0};
    cr_assert(mxs_address_parse(mxs_text_of(address), &a));
    return mxs_asn_find(db, &a, asn, name, country);
}

Test(classify_asn, what_is_no_database_is_refused_with_its_name)
{
    struct mxs_detail detail;
    mxs_asn *db = NULL;
    cr_expect_eq(mxs_asn_open(&db, "/nonexistent.mmdb", &detail), MXS_ERR_INPUT);
    cr_expect(strstr(detail.text, "/nonexistent.mmdb") != NULL, "%s", detail.text);
    cr_expect_eq(mxs_asn_open(&db, "/etc/passwd", &detail), MXS_ERR_INPUT);
    cr_expect_eq(mxs_asn_open(&db, "/tmp", &detail), MXS_ERR_INPUT);
    cr_expect_eq(mxs_asn_open(&db, "/dev/null", &detail), MXS_ERR_INPUT);
    cr_expect_null(db);
    mxs_asn_close(&db);
}

static void check_layout(const char *layout, const char *text, const char *country_wanted)
{
    char path[128];
    struct mxs_detail detail;
    struct mxs_text name = {0}, country = {0};
    mxs_asn *db = NULL;
    uint32_t asn = 0;
    make(layout, path, sizeof path);
    cr_assert_eq(mxs_asn_open(&db, path, &detail), MXS_OK, "%s", detail.text);
    cr_expect_eq(strncmp(mxs_asn_text(db), text, strlen(text)), 0, "%s", mxs_asn_text(db));
    cr_expect_eq(strlen(mxs_asn_text(db)), strlen(text) + strlen(", 2026-11-23"));
    cr_assert(find(db, "20.1.1.10", &asn, &name, &country), "%s", layout);
    cr_expect_eq(asn, 64496);
    cr_expect(mxs_text_equal(name, MXS_TEXT("Example One")), "%.*s", MXS_TEXT_ARG(name));
    cr_expect(country_wanted == NULL ? country.data == NULL : mxs_text_equal(country, mxs_text_of(country_wanted)));
    cr_expect(find(db, "20.1.2.255", &asn, &name, &country) && asn == 4200000000u);
    cr_expect(find(db, "2a00:1::25", &asn, &name, &country) && asn == 64497);
    asn = 5;
    cr_expect(!find(db, "20.1.3.1", &asn, &name, &country) && !find(db, "2a01::1", &asn, &name, &country));
    cr_expect_eq(asn, 5, "outputs untouched");
    mxs_asn_close(&db);
    cr_expect_null(db);
    drop(path);
}

Test(classify_asn, layout_of_geolite2) { check_layout("geolite2", "GeoLite2-ASN", NULL); }
Test(classify_asn, layout_of_db_ip) { check_layout("dbip", "DBIP-ASN-Lite", NULL); }
Test(classify_asn, layout_of_ipinfo_lite_with_as_before_the_number)
{
    check_layout("ipinfo", "ipinfo generic_lite.mmdb", "AT");
}
Test(classify_asn, layout_of_ip_location_db_and_a_type_that_is_not_printable)
{
    check_layout("iplocation", "ip-location-db?asn", NULL);
}

Test(classify_asn, a_database_about_something_else_knows_nothing)
{
    char path[128];
    struct mxs_detail detail;
    struct mxs_text name, country;
    mxs_asn *db = NULL;
    uint32_t asn;
    make("broken", path, sizeof path);
    cr_assert_eq(mxs_asn_open(&db, path, &detail), MXS_OK);
    cr_expect(!find(db, "20.1.1.10", &asn, &name, &country));
    mxs_asn_close(&db);
    drop(path);
}

/* Each byte of the file turned over: any answer will do, a crash will not. */
Test(classify_asn, a_damaged_database_never_crashes)
{
    char path[128], damaged[160];
    static unsigned char bytes[8192];
    make("geolite2", path, sizeof path);
    FILE *file = fopen(path, "rb");
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    snprintf(damaged, sizeof damaged, "%s.damaged", path);
    for (size_t i = 0; i < size; i++) {
        struct mxs_detail detail;
        struct mxs_text name, country;
        mxs_asn *db = NULL;
        uint32_t asn;
        bytes[i] ^= 0xff;
        file = fopen(damaged, "wb");
        cr_assert_eq(fwrite(bytes, 1, size, file), size);
        fclose(file);
        bytes[i] ^= 0xff;
        if (mxs_asn_open(&db, damaged, &detail) != MXS_OK)
            continue;
        (void)find(db, "20.1.1.10", &asn, &name, &country);
        (void)find(db, "2a00:1::25", &asn, &name, &country);
        mxs_asn_close(&db);
    }
    unlink(damaged);
    drop(path);
}
