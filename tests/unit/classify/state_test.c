#include <criterion/criterion.h>

#include "tests/unit/classify/world.h"

#define A1 "20.1.1.1"
#define A2 "20.1.2.1"

static const struct row outcomes[] = {
    {"the name does not exist", "nxdomain", WORLD_HOSTS, "",
     "state=nxdomain hosts=0 usable=0 tiers=0 backup=? single=?"},
    {"a transient outcome of the MX question settles nothing: servfail", "servfail", WORLD_HOSTS, "",
     "state=undetermined hosts=0 usable=? backup=? single=?"},
    {"refused", "refused", WORLD_HOSTS, "", "state=undetermined"},
    {"timeout", "timeout", WORLD_HOSTS, "", "state=undetermined"},
    {"unreachable", "unreachable", WORLD_HOSTS, "", "state=undetermined"},
    {"malformed", "malformed", WORLD_HOSTS, "", "state=undetermined"},
    {"truncated", "truncated", WORLD_HOSTS, "", "state=undetermined"},
    {"limit: what was read is kept, but not judged", "limit", WORLD_HOSTS, "10 mx.box.example " A1,
     "state=undetermined -mailbox="},
    {"a question never asked", "not_asked", WORLD_HOSTS, "", "state=undetermined"},
    {"answered without an MX host cannot be", "answered", WORLD_HOSTS, "", "state=undetermined"},
};
WORLD_TABLE(classify_state, outcome_of_the_mx_question, outcomes)

static const struct row explicit_rows[] = {
    {"mx: usable MX", "answered", WORLD_HOSTS, "10 mx.example.org " A1, "state=mx usable=1"},
    {"mx as soon as one MX host is usable: the other timed out", "answered", WORLD_HOSTS,
     "10 a.example.net a:timeout aaaa:timeout; 20 b.example.org " A1, "state=mx usable=? -mailbox="},
    {"mx: an MX host with AAAA only", "answered", WORLD_HOSTS, "10 mx.example.org 2a00::1",
     "state=mx ipv6=yes +no_ipv4"},
    {"a public A proves the MX host although AAAA timed out", "answered", WORLD_HOSTS,
     "10 mx.example.org " A1 " aaaa:timeout", "state=mx usable=1 addresses=? single=host ipv6=? -no_ipv6"},
    {"broken: every MX host settled without an address", "answered", WORLD_HOSTS,
     "10 a.example.org; 20 b.example.org nx",
     "state=broken usable=0 tiers=0 backup=? single=? +no_usable_mx_host -mailbox="},
    {"broken only when all are settled: one timed out", "answered", WORLD_HOSTS,
     "10 a.example.org; 20 b.example.org a:timeout", "state=undetermined usable=? -no_usable_mx_host"},
    {"a transient outcome beats a negative one: A timeout, AAAA nodata", "answered", WORLD_HOSTS,
     "10 a.example.org a:timeout", "state=undetermined"},
    {"limit is not settled", "answered", WORLD_HOSTS, "10 a.example.org " A1 " a:limit", "state=undetermined"},
    {"broken: IP literal", "answered", WORLD_HOSTS, "10 1.2.3.4 a:timeout aaaa:timeout", "state=broken +ip_literal"},
    {"broken: IP literal in brackets", "answered", WORLD_HOSTS, "10 \\0911.2.3.4\\093 nx",
     "state=broken +ip_literal -dangling_mx_host"},
    {"broken: IPv6 literal", "answered", WORLD_HOSTS, "10 2001\\058db8\\058\\0581 nx", "state=broken +ip_literal"},
    {"a name that begins like an address is a name", "answered", WORLD_HOSTS, "10 1.2.3.4.example.net " A1,
     "state=mx -ip_literal"},
    {"broken: localhost", "answered", WORLD_HOSTS, "10 localhost 127.0.0.1", "state=broken +localhost"},
    {"localhost, whatever was said of it", "answered", WORLD_HOSTS, "10 localhost a:timeout",
     "state=broken +localhost"},
    {"below localhost", "answered", WORLD_HOSTS, "10 mx.localhost " A1, "state=broken +localhost"},
    {"broken: private", "answered", WORLD_HOSTS, "10 mx.example.org 10.0.0.1", "state=broken +private_address"},
    {"broken: loopback", "answered", WORLD_HOSTS, "10 mx.example.org 127.0.0.1", "state=broken +private_address"},
    {"a private address beside a public one does no harm to the state", "answered", WORLD_HOSTS,
     "10 mx.example.org 10.0.0.1 " A1, "state=mx addresses=1 +private_address"},
    {"localhost beside a usable MX host", "answered", WORLD_HOSTS, "10 localhost nx; 20 mx.example.org " A1,
     "state=mx +localhost +nolisting"},
    {"an excluded MX host was not asked, which is no doubt", "answered", WORLD_HOSTS, "10 mx.box.example skip",
     "state=mx usable=? mailbox=box:10000"},
    {"excluded beside dead", "answered", WORLD_HOSTS, "10 a.example.org nx; 20 mx.box.example skip", "state=mx"},
    {"excluded beside unsettled", "answered", WORLD_HOSTS, "10 a.example.org a:timeout; 20 mx.box.example skip",
     "state=undetermined"},
};
WORLD_TABLE(classify_state, with_mx, explicit_rows)

static const struct row null_rows[] = {
    {"null_mx: exactly one MX, 0 .", "answered", WORLD_HOSTS, "0 .",
     "state=null_mx hosts=0 usable=0 backup=? single=? -no_usable_mx_host"},
    {"null_mx without the check host", "answered", WORLD_NO_HOSTS, "0 .", "state=null_mx usable=0"},
    {"null_mx_invalid: a preference that is not 0", "answered", WORLD_HOSTS, "10 .",
     "state=null_mx_invalid hosts=0 +null_mx_preference -null_mx_mixed"},
    {"null_mx_invalid: with other MX", "answered", WORLD_HOSTS, "0 .; 10 mx.box.example " A1,
     "state=null_mx_invalid hosts=1 usable=1 tiers=1 addresses=? backup=? single=? ipv6=? +null_mx_mixed -single_host"
     " -mailbox="},
    {"null_mx_invalid: no path is graded where no mail is received", "answered", WORLD_HOSTS,
     "0 .; 10 mx.box.example " A1 "; 20 mx.example.org " A1,
     "state=null_mx_invalid hosts=2 usable=2 tiers=2 backup=? single=? -backup_decorative -single_address -no_ipv6"},
    {"null_mx_invalid: one MX host of a provider that gives one", "answered", WORLD_HOSTS,
     "0 .; 10 x.one.acme.example " A1 " " A2, "state=null_mx_invalid usable=1 single=? -managed_single_mx"},
    {"null_mx_invalid: the null MX is not the first", "answered", WORLD_HOSTS, "0 mx.box.example " A1 "; 10 .",
     "state=null_mx_invalid"},
    {"null_mx_invalid: two null MX", "answered", WORLD_HOSTS, "0 .; 5 .", "state=null_mx_invalid"},
    {"null_mx_invalid although the other MX host is not settled", "answered", WORLD_HOSTS,
     "0 .; 10 a.example.org a:timeout", "state=null_mx_invalid usable=?"},
};
WORLD_TABLE(classify_state, null_mx, null_rows)

static const struct row implicit_rows[] = {
    {"implicit_mx: no MX, but A", "nodata", WORLD_IMPLICIT, "0 example.org " A1,
     "state=implicit_mx hosts=1 usable=1 tiers=1 single=host mailbox=self:10000 +implicit_mx"},
    {"implicit_mx: AAAA only", "nodata", WORLD_IMPLICIT, "0 example.org 2a00::1", "state=implicit_mx"},
    {"no_mail: neither MX nor address", "nodata", WORLD_IMPLICIT, "0 example.org",
     "state=no_mail hosts=0 usable=0 -mailbox= -no_usable_mx_host"},
    {"MX nodata with A timeout is undetermined, not no_mail", "nodata", WORLD_IMPLICIT, "0 example.org a:timeout",
     "state=undetermined hosts=0"},
    {"AAAA servfail", "nodata", WORLD_IMPLICIT, "0 example.org aaaa:servfail", "state=undetermined"},
    {"A timeout with a public AAAA is implicit_mx", "nodata", WORLD_IMPLICIT, "0 example.org 2a00::1 a:timeout",
     "state=implicit_mx addresses=?"},
    {"an implicit MX host with only non-public addresses is broken", "nodata", WORLD_IMPLICIT,
     "0 example.org 192.168.1.1", "state=broken hosts=1 usable=0 +private_address"},
    {"of either family", "nodata", WORLD_IMPLICIT, "0 example.org fd00::1", "state=broken +private_address"},
    {"an alias is not an MX host's fault where there is no MX", "nodata", WORLD_IMPLICIT, "0 example.org " A1 " alias",
     "state=implicit_mx -alias_mx_host"},
    {"not public and not settled", "nodata", WORLD_IMPLICIT, "0 example.org 192.168.1.1 aaaa:timeout",
     "state=undetermined"},
    {"the A and AAAA after an MX nodata were never asked", "nodata", WORLD_HOSTS, "", "state=undetermined"},
};
WORLD_TABLE(classify_state, without_mx, implicit_rows)

static const struct row unasked[] = {
    {"without the check host, mx means an MX host that is neither literal nor localhost", "answered", WORLD_NO_HOSTS,
     "10 mx.box.example",
     "state=mx hosts=1 usable=? tiers=? addresses=? prefixes=? asns=? providers=? sharing=? multihomed=? ipv6=? "
     "backup=? single=?"},
    {"an MX set of literals only", "answered", WORLD_NO_HOSTS, "10 1.2.3.4; 20 5.6.7.8", "state=broken +ip_literal"},
    {"localhost only", "answered", WORLD_NO_HOSTS, "10 localhost", "state=broken"},
    {"literal and a name", "answered", WORLD_NO_HOSTS, "10 1.2.3.4; 20 mx.box.example", "state=mx mailbox=box:10000"},
    {"the label is of the first level", "answered", WORLD_NO_HOSTS, "10 mx.gate.example; 20 mx.box.example",
     "gateway=gate:10000 backup_provider=box:0 -mailbox="},
    {"no finding that rests on addresses", "answered", WORLD_NO_HOSTS, "10 mx.box.example",
     "-single_host -no_ipv6 -dangling_mx_host"},
    {"implicit: its addresses belong to the check mx", "nodata", WORLD_IMPLICIT, "0 example.org " A2,
     "state=implicit_mx usable=1"},
};
WORLD_TABLE(classify_state, host_not_asked, unasked)
