/* The sample world's tables: MX hosts that all customers share, and the profiles a domain may have.
 *
 * A profile is zone lines with places to fill in: {d} the domain, {dash} the domain with dots as dashes, {n} a stable
 * number of six digits, {a1} {a2} two addresses of the domain's own hoster (one /24), {b1} one of another hoster, {a6}
 * an IPv6 address, {m1} {m2} Microsoft's pool, {p1} {p2} Proofpoint's, {policy} a DMARC policy. Weights are of 10,000.
 * Host names are those of real operators; every address is made up.
 */
#ifndef MXS_TESTS_SAMPLE_DATA_H
#define MXS_TESTS_SAMPLE_DATA_H

static const char shared_hosts[] =
    "aspmx.l.google.com A 142.250.27.26\naspmx.l.google.com AAAA 2a00:1450:4025:c03::1a\n"
    "alt1.aspmx.l.google.com A 142.250.153.26\nalt1.aspmx.l.google.com AAAA 2a00:1450:4013:c16::1a\n"
    "alt2.aspmx.l.google.com A 142.251.9.26\nalt2.aspmx.l.google.com AAAA 2a00:1450:4013:c07::1a\n"
    "alt3.aspmx.l.google.com A 142.250.150.26\nalt3.aspmx.l.google.com AAAA 2a00:1450:4010:c1c::1a\n"
    "alt4.aspmx.l.google.com A 74.125.200.26\nalt4.aspmx.l.google.com AAAA 2404:6800:4003:c00::1a\n"
    "smtp.google.com A 142.250.110.27\nsmtp.google.com A 142.250.110.26\nsmtp.google.com A 108.177.15.26\n"
    "smtp.google.com AAAA 2a00:1450:400c:c00::1a\n"
    "autodiscover.outlook.com A 52.97.200.8\n"
    "us-smtp-inbound-1.mimecast.com A 207.211.30.141\nus-smtp-inbound-1.mimecast.com A 205.139.110.141\n"
    "us-smtp-inbound-2.mimecast.com A 207.211.30.221\nus-smtp-inbound-2.mimecast.com A 205.139.110.221\n"
    "mx1.mail.ovh.net A 188.165.36.237\nmx2.mail.ovh.net A 87.98.132.45\nmx3.mail.ovh.net A 91.121.53.175\n"
    "mx00.ionos.de A 212.227.15.41\nmx01.ionos.de A 217.72.192.67\n"
    "smtpin.rzone.de A 81.169.145.97\nsmtpin.rzone.de AAAA 2a01:238:20a:202:50f0::1097\n"
    "spool.mail.gandi.net A 217.70.178.1\nspool.mail.gandi.net AAAA 2001:4b98:e00::1\n"
    "fb.mail.gandi.net A 217.70.178.216\nfb.mail.gandi.net A 217.70.178.217\n"
    "mx1.hostinger.com A 172.65.182.103\nmx2.hostinger.com A 172.65.182.104\n"
    "mx1.privateemail.com A 198.54.122.60\nmx2.privateemail.com A 198.54.122.60\n"
    "eforward1.registrar-servers.com A 162.255.118.61\neforward2.registrar-servers.com A 162.255.118.62\n"
    "eforward3.registrar-servers.com A 162.255.118.61\neforward4.registrar-servers.com A 162.255.118.62\n"
    "eforward5.registrar-servers.com A 162.255.118.61\n"
    "mx.zoho.com A 136.143.183.44\nmx2.zoho.com A 136.143.183.44\nmx3.zoho.com A 204.141.32.121\n"
    "mx.yandex.net A 77.88.21.249\nmx.yandex.net AAAA 2a02:6b8::311\n"
    "in1-smtp.messagingengine.com A 103.168.172.217\nin1-smtp.messagingengine.com A 103.168.172.218\n"
    "in2-smtp.messagingengine.com A 202.12.124.216\nin2-smtp.messagingengine.com A 202.12.124.217\n"
    "mail.protonmail.ch A 185.205.70.128\nmail.protonmail.ch A 185.70.42.128\nmail.protonmail.ch A 176.119.200.128\n"
    "mailsec.protonmail.ch A 185.70.42.129\nmailsec.protonmail.ch A 176.119.200.129\n"
    "route1.mx.cloudflare.net A 162.159.205.11\nroute1.mx.cloudflare.net AAAA 2606:4700:f5::b\n"
    "route2.mx.cloudflare.net A 162.159.205.12\nroute2.mx.cloudflare.net AAAA 2606:4700:f5::c\n"
    "route3.mx.cloudflare.net A 162.159.205.13\nroute3.mx.cloudflare.net AAAA 2606:4700:f5::d\n"
    "mta-gw.infomaniak.ch A 83.166.143.57\nmta-gw.infomaniak.ch AAAA 2001:1600:0:aaaa::57\n"
    "mx01.mail.icloud.com A 17.57.155.25\nmx01.mail.icloud.com A 17.57.156.30\n"
    "mx02.mail.icloud.com A 17.42.251.62\nmx02.mail.icloud.com A 17.56.9.31\n"
    "inbound-smtp.eu-west-1.amazonaws.com A 34.251.219.84\ninbound-smtp.eu-west-1.amazonaws.com A 54.72.230.101\n"
    "mxbiz1.qq.com A 43.129.255.54\nmxbiz2.qq.com A 113.96.208.92\n"
    "smtp.secureserver.net A 92.204.80.0\nmailstore1.secureserver.net A 92.204.80.2\n"
    "mail.isp-backup.test A 20.200.7.25\n";

#define SPF(include) "{d} TXT \"v=spf1 include:" include " -all\"\n"
#define DMARC "_dmarc.{d} TXT \"v=DMARC1; p={policy}; rua=mailto:dmarc@{d}\"\n"
#define BEHIND_MICROSOFT "autodiscover.{d} CNAME autodiscover.outlook.com\n" \
    "selector1._domainkey.{d} CNAME selector1-{dash}._domainkey.tenant{n}.onmicrosoft.com\n" \
    "selector1-{dash}._domainkey.tenant{n}.onmicrosoft.com TXT \"v=DKIM1; k=rsa; " \
        "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ\"\n"
#define MICROSOFT "{d} MX 0 {dash}.mail.protection.outlook.com\n" \
    "{dash}.mail.protection.outlook.com 60 A {m1}\n{dash}.mail.protection.outlook.com 60 A {m2}\n" \
    BEHIND_MICROSOFT SPF("spf.protection.outlook.com")
#define GOOGLE5 "{d} MX 1 aspmx.l.google.com\n{d} MX 5 alt1.aspmx.l.google.com\n{d} MX 5 alt2.aspmx.l.google.com\n" \
    "{d} MX 10 alt3.aspmx.l.google.com\n{d} MX 10 alt4.aspmx.l.google.com\n" SPF("_spf.google.com")
#define PROOFPOINT "{d} MX 10 mxa-{n}.gslb.pphosted.com\n{d} MX 10 mxb-{n}.gslb.pphosted.com\n" \
    "mxa-{n}.gslb.pphosted.com A {p1}\nmxb-{n}.gslb.pphosted.com A {p2}\n"
#define MIMECAST "{d} MX 10 us-smtp-inbound-1.mimecast.com\n{d} MX 10 us-smtp-inbound-2.mimecast.com\n"

struct profile {
    const char *id;
    unsigned weight;
    const char *lines;
};

static const struct profile profiles[] = {
    {"google-5", 1500, GOOGLE5 DMARC},
    {"google-1", 600, "{d} MX 1 smtp.google.com\n" SPF("_spf.google.com")},
    {"microsoft", 1300, MICROSOFT DMARC},
    {"microsoft-plain", 600, MICROSOFT},
    {"proofpoint-microsoft", 220, PROOFPOINT BEHIND_MICROSOFT SPF("spf.protection.outlook.com") DMARC},
    {"proofpoint", 60, PROOFPOINT SPF("spf.pphosted.com")},
    {"mimecast-microsoft", 120, MIMECAST BEHIND_MICROSOFT SPF("spf.protection.outlook.com") DMARC},
    {"mimecast-google", 40,
     MIMECAST "google._domainkey.{d} TXT \"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3\"\n" SPF("_spf.google.com")},
    {"barracuda", 100,
     "{d} MX 10 d{n}a.ess.barracudanetworks.com\n{d} MX 20 d{n}b.ess.barracudanetworks.com\n"
     "d{n}a.ess.barracudanetworks.com A 209.222.82.252\nd{n}b.ess.barracudanetworks.com A 209.222.82.255\n"},
    {"ovh", 450,
     "{d} MX 1 mx1.mail.ovh.net\n{d} MX 5 mx2.mail.ovh.net\n{d} MX 100 mx3.mail.ovh.net\n" SPF("mx.ovh.com")},
    {"ionos", 450, "{d} MX 10 mx00.ionos.de\n{d} MX 10 mx01.ionos.de\n" SPF("_spf-eu.ionos.com")},
    {"strato", 200, "{d} MX 5 smtpin.rzone.de\n"},
    {"gandi", 250, "{d} MX 10 spool.mail.gandi.net\n{d} MX 50 fb.mail.gandi.net\n" SPF("_mailcust.gandi.net")},
    {"hostinger", 250, "{d} MX 5 mx1.hostinger.com\n{d} MX 10 mx2.hostinger.com\n" SPF("_spf.mail.hostinger.com")},
    {"privateemail", 180, "{d} MX 10 mx1.privateemail.com\n{d} MX 10 mx2.privateemail.com\n"},
    {"registrar", 200,
     "{d} MX 10 eforward1.registrar-servers.com\n{d} MX 10 eforward2.registrar-servers.com\n"
     "{d} MX 10 eforward3.registrar-servers.com\n{d} MX 15 eforward4.registrar-servers.com\n"
     "{d} MX 20 eforward5.registrar-servers.com\n"},
    {"zoho", 220, "{d} MX 10 mx.zoho.com\n{d} MX 20 mx2.zoho.com\n{d} MX 50 mx3.zoho.com\n" SPF("zohomail.com")},
    {"yandex", 140, "{d} MX 10 mx.yandex.net\n"},
    {"fastmail", 160, "{d} MX 10 in1-smtp.messagingengine.com\n{d} MX 20 in2-smtp.messagingengine.com\n" DMARC},
    {"proton", 160,
     "{d} MX 10 mail.protonmail.ch\n{d} MX 20 mailsec.protonmail.ch\n" DMARC
     "_mta-sts.{d} TXT \"v=STSv1; id=20250101\"\n_smtp._tls.{d} TXT \"v=TLSRPTv1; rua=mailto:tls@{d}\"\n"},
    {"cloudflare", 220,
     "{d} MX 31 route1.mx.cloudflare.net\n{d} MX 62 route2.mx.cloudflare.net\n{d} MX 94 route3.mx.cloudflare.net\n"},
    {"infomaniak", 90, "{d} MX 5 mta-gw.infomaniak.ch\n"},
    {"icloud", 80, "{d} MX 10 mx01.mail.icloud.com\n{d} MX 10 mx02.mail.icloud.com\n"},
    {"ses", 80, "{d} MX 10 inbound-smtp.eu-west-1.amazonaws.com\n"},
    {"tencent", 60, "{d} MX 5 mxbiz1.qq.com\n{d} MX 10 mxbiz2.qq.com\n"},
    {"godaddy", 250, "{d} MX 0 smtp.secureserver.net\n{d} MX 10 mailstore1.secureserver.net\n"},
    {"mixed", 30,
     "{d} MX 10 aspmx.l.google.com\n{d} MX 10 {dash}.mail.protection.outlook.com\n"
     "{dash}.mail.protection.outlook.com A {m1}\n"},
    {"self-one", 550, "{d} MX 10 mail.{d}\nmail.{d} A {a1}\n{d} A {a1}\n{d} TXT \"v=spf1 mx -all\"\n"},
    {"self-one-ipv6", 100,
     "{d} MX 10 mail.{d}\nmail.{d} A {a1}\nmail.{d} AAAA {a6}\n" DMARC
     "_25._tcp.mail.{d} TLSA 3 1 1 8cb0fc6c527506a053f4f14c8464bebbd6dede2738d11468dd953d7d6a3021f1\n"},
    {"self-equal", 150, "{d} MX 10 mx1.{d}\n{d} MX 10 mx2.{d}\nmx1.{d} A {a1}\nmx2.{d} A {a2}\n"},
    {"self-backup", 250, "{d} MX 10 mx1.{d}\n{d} MX 20 mx2.{d}\nmx1.{d} A {a1}\nmx2.{d} A {b1}\n"},
    {"self-backup-near", 120, "{d} MX 10 mx1.{d}\n{d} MX 20 mx2.{d}\nmx1.{d} A {a1}\nmx2.{d} A {a2}\n"},
    {"decorative", 180, "{d} MX 10 mail.{d}\n{d} MX 20 mail2.{d}\nmail.{d} A {a1}\nmail2.{d} A {a1}\n"},
    {"dead-backup", 100, "{d} MX 10 mail.{d}\n{d} MX 20 old.{d}\nmail.{d} A {a1}\n"},
    {"nolisting", 30, "{d} MX 10 none.{d}\n{d} MX 20 mail.{d}\nmail.{d} A {a1}\nnone.{d} TXT \"no address\"\n"},
    {"alias", 70, "{d} MX 10 mail.{d}\nmail.{d} CNAME www.{d}\nwww.{d} A {a1}\n"},
    {"self-isp", 120, "{d} MX 10 mail.{d}\n{d} MX 50 mail.isp-backup.test\nmail.{d} A {a1}\n"},
    {"null-mx", 230, "{d} MX 0 .\n{d} TXT \"v=spf1 -all\"\n_dmarc.{d} TXT \"v=DMARC1; p=reject\"\n"},
    {"null-mx-invalid", 15, "{d} MX 0 .\n{d} MX 10 mail.{d}\nmail.{d} A {a1}\n"},
    {"implicit", 330, "{d} A {a1}\n"},
    {"no-mail", 250, "{d} TXT \"parked\"\n"},
    {"nxdomain", 350, "{d} NXDOMAIN\n"},
    {"broken", 110, "{d} MX 10 mail.gone-{n}.test\n"},
    {"broken-private", 20, "{d} MX 10 mail.{d}\nmail.{d} A 192.168.1.10\n"},
    {"broken-localhost", 15, "{d} MX 10 localhost\n"},
    {"broken-literal", 15, "{d} MX 10 {a1}\n"},
    {"servfail", 45, "{d} SERVFAIL\n"},
};

/* As a list has it, and as the DNS has it. */
static const char *const international[][2] = {
    {"bäckerei-müller", "xn--bckerei-mller-bfb28a"},
    {"café-zürich", "xn--caf-zrich-d4a5s"},
    {"fußball-verein", "xn--fuball-verein-cdb"},
    {"smörgåsbord", "xn--smrgsbord-82a8p"},
    {"żółw", "xn--w-uga1v8h"},
    {"piñata", "xn--piata-pta"},
    {"naïve-design", "xn--nave-design-edb"},
    {"øst-norsk-fisk", "xn--st-norsk-fisk-9mb"},
    {"crème-brûlée", "xn--crme-brle-13ar8s"},
    {"façade", "xn--faade-zra"},
    {"jalapeño", "xn--jalapeo-9za"},
    {"kötbullar", "xn--ktbullar-n4a"},
    {"åkeri", "xn--keri-poa"},
    {"españa-viajes", "xn--espaa-viajes-dhb"},
    {"größenwahn", "xn--grenwahn-rya3u"},
    {"hôtel-de-ville", "xn--htel-de-ville-plb"},
    {"москва-почта", "xn----7sbbf3bloeipr3d"},
    {"почта", "xn--80a1acny"},
    {"例え", "xn--r8jz45g"},
    {"ελλάδα", "xn--hxakic4aa"},
};

static const char *const first_words[] = {
    "alder",   "amber", "aspen",   "autumn",  "azure",  "birch",  "bold",   "bright", "cedar",  "clear",
    "cobalt",  "coral", "crimson", "dawn",    "early",  "ever",   "fern",   "fresh",  "gentle", "golden",
    "granite", "green", "harbor",  "hazel",   "high",   "honest", "indigo", "iron",   "ivory",  "jade",
    "kind",    "lake",  "linden",  "little",  "lunar",  "maple",  "meadow", "merry",  "misty",  "noble",
    "north",   "olive", "open",    "orchid",  "pearl",  "pine",   "plain",  "prime",  "quiet",  "rapid",
    "red",     "river", "royal",   "saffron", "silver", "south",  "spring", "stone",  "swift",  "true",
};
static const char *const second_words[] = {
    "academy", "advisors", "bakery", "bikes", "books", "bridge", "builders", "cafe", "capital", "ceramics", "clinic",
    "consulting", "dental", "design", "digital", "energy", "engineering", "events", "farm", "fitness", "foods", "forge",
    "foundation", "garden", "glass", "group", "guitars", "homes", "hotel", "insurance", "kitchen", "labs", "law",
    "leather", "logistics", "lumber", "marine", "market", "media", "metal", "mobile", "motors", "museum", "music",
    "optics", "outdoor", "paper", "partners", "pharmacy", "photo", "plumbing", "print", "properties", "records",
    "robotics", "roofing", "school", "security", "software", "solar", "spice", "sports", "studio", "supply", "systems",
    "tailors", "tech", "textiles", "theatre", "tools", "tours", "toys", "transport", "travel", "vets", "village",
    "watches", "weavers", "wine", "works", "yachts", "yoga",
};
/* What lists also hold: lines that are no domain, and ways to write one that was there before. */
static const char *const rejects[] = {
    "192.0.2.7",
    "two words.example",
    "not_a=domain",
    "*.example",
    "a..b.example",
    "ex!ample.test",
    "toolong-toolong-toolong-toolong-toolong-toolong-toolong-toolong-toolong.example"};
static const char *const repeats[] = {"%s.", "info@%s", "https://%s/contact", "  %s  "};

#endif
