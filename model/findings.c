#include "model/findings.h"

const struct mxs_finding mxs_findings[] = {
    {MXS_FINDING_SINGLE_HOST, "single_host", MXS_NOTICE, "All mail depends on a single MX host.",
     "Add a second MX host in another network, or move to a provider that runs several machines behind one name."},
    {MXS_FINDING_SINGLE_ADDRESS, "single_address", MXS_WARNING, "All mail depends on a single address.",
     "Point one MX host at another machine. If a provider runs the only one, ask what is behind its address."},
    {MXS_FINDING_SINGLE_PREFIX, "single_prefix", MXS_NOTICE,
     "All mail depends on a single network prefix (/24 or /48).",
     "A single router or routing announcement can take all MX hosts down: put one of them in another network."},
    {MXS_FINDING_SINGLE_ASN, "single_asn", MXS_INFO, "All MX hosts are in one autonomous system.",
     "A routing failure of that network stops all mail. This is usual with a single provider; decide whether it "
     "matters."},
    {MXS_FINDING_SINGLE_PROVIDER, "single_provider", MXS_INFO, "All MX hosts are run by one provider.",
     "Nothing to fix. Have a plan for an outage of that provider."},
    {MXS_FINDING_MANAGED_SINGLE, "managed_single_mx", MXS_INFO,
     "There is one MX host, of a provider that gives every customer one name and runs many machines behind it.",
     "Nothing to fix: a second name would add nothing."},
    {MXS_FINDING_BACKUP_DECORATIVE, "backup_decorative", MXS_WARNING,
     "The backup is ineffective: it has the same addresses as the primary MX hosts.",
     "When the primary fails, the backup fails with it: give it an address of its own, or remove it."},
    {MXS_FINDING_BACKUP_DEAD, "backup_dead", MXS_WARNING,
     "The backup is dead: none of its MX hosts has a public address.", "Fix the host names, or remove the records."},
    {MXS_FINDING_BACKUP_SAME_PREFIX, "backup_same_prefix", MXS_NOTICE,
     "The backup has addresses of its own, but all in the networks of the primary MX hosts.",
     "Move the backup to another network, so that it survives a failure of the first one."},
    {MXS_FINDING_NOLISTING, "nolisting", MXS_INFO,
     "The primary or the last MX hosts have no public address, while others do (nolisting).",
     "This may be deliberate (against spam) or a leftover: senders try a dead primary in vain every time, a "
     "dead last one only when the others fail. Remove it if nobody needs it."},
    {MXS_FINDING_ALIAS, "alias_mx_host", MXS_WARNING, "An MX host is an alias (CNAME).",
     "RFC 2181 10.3 forbids this, and some senders reject it: name the target in the MX record."},
    {MXS_FINDING_DANGLING, "dangling_mx_host", MXS_WARNING,
     "The name of an MX host does not exist, or is an alias of a name that does not.",
     "Remove the MX record or restore the name."},
    {MXS_FINDING_TAKEOVER, "takeover_candidate", MXS_CRITICAL,
     "An MX host is under a domain that is not registered: anyone who registers it receives mail.",
     "Remove the MX record now, then find out how long it has been there."},
    {MXS_FINDING_IP_LITERAL, "ip_literal", MXS_WARNING, "An MX host is an IP address where a host name belongs.",
     "MX records must name hosts: give the machine a name with an A or AAAA record, and use that name."},
    {MXS_FINDING_LOCALHOST, "localhost", MXS_WARNING, "An MX host is localhost.",
     "If the domain takes no mail, publish a null MX instead: `0 .` (RFC 7505)."},
    {MXS_FINDING_PRIVATE_ADDRESS, "private_address", MXS_WARNING,
     "An MX host has an address that the public internet cannot reach.",
     "Remove the address from public DNS: senders lose time on it, or deliver to a stranger in their own network."},
    {MXS_FINDING_DUPLICATE, "duplicate_mx_host", MXS_NOTICE, "The same MX host is listed at two preferences.",
     "Keep one of the records."},
    {MXS_FINDING_NO_IPV6, "no_ipv6", MXS_INFO, "There are several MX hosts, and none is reachable over IPv6.",
     "Add an AAAA record to one of them if the mail system supports IPv6."},
    {MXS_FINDING_NO_IPV4, "no_ipv4", MXS_WARNING, "No MX host is reachable over IPv4.",
     "Many senders have IPv4 only: add an MX host with an A record."},
    {MXS_FINDING_DEAD_MX_HOST, "dead_mx_host", MXS_NOTICE, "An MX host has no public address, while others do.",
     "Fix its name, or remove the record."},
    {MXS_FINDING_NONE_USABLE, "no_usable_mx_host", MXS_CRITICAL,
     "No MX host has a public address: mail to the domain bounces.",
     "Fix the host names, or publish `0 .` if the domain takes no mail."},
    {MXS_FINDING_IMPLICIT, "implicit_mx", MXS_NOTICE,
     "There is no MX record; senders fall back to the domain's own address.",
     "Publish an MX record, or `0 .` if the domain takes no mail: a web server is rarely a mail server."},
    {MXS_FINDING_NULL_MX_MIXED, "null_mx_mixed", MXS_WARNING, "A null MX is listed beside other MX records.",
     "RFC 7505 3 allows a null MX only alone: decide whether the domain takes mail."},
    {MXS_FINDING_NULL_MX_PREFERENCE, "null_mx_preference", MXS_NOTICE, "A null MX has a preference that is not 0.",
     "Publish `0 .` (RFC 7505 3)."},
    {MXS_FINDING_MIXED_PROVIDERS, "mixed_providers", MXS_NOTICE, "The primary MX hosts belong to several providers.",
     "Each must know every mailbox and filter alike; often one of them is left over from a migration."},
    {MXS_FINDING_GATEWAY_BYPASS, "gateway_bypass", MXS_WARNING,
     "The mailbox provider is listed as a backup MX host behind the gateway: mail can bypass the filter.",
     "Spammers try the backup first: remove it, and let the mailbox provider accept mail from the gateway only."},
    {MXS_FINDING_MANY_MX_HOSTS, "many_mx_hosts", MXS_INFO, "There are more than 16 MX hosts.",
     "Answers of this size are truncated over UDP, and senders try only a few hosts: reduce the list."},
    {MXS_FINDING_NAME_URL, "mx_host_is_url", MXS_WARNING, "The name of an MX host contains a URL.",
     "An MX record names a host and nothing else: remove `http://` and everything after the name."},
    {MXS_FINDING_NAME_MAIL, "mx_host_is_mail_address", MXS_WARNING,
     "The name of an MX host contains an @: it is an email address.",
     "An MX record names the host that takes the mail: remove the @ and what precedes it, if the rest is a mail "
     "server."},
    {MXS_FINDING_NAME_PORT, "mx_host_with_port", MXS_WARNING, "The name of an MX host contains a port.",
     "Mail is always delivered to port 25: remove the port."},
    {MXS_FINDING_NAME_BLANK, "mx_host_with_blank", MXS_WARNING,
     "The name of an MX host contains a space: often the preference was typed twice.",
     "Preference and name are two fields: fix the record."},
    {MXS_FINDING_NAME_COMMA, "mx_host_with_comma", MXS_WARNING, "The name of an MX host contains a comma.",
     "Publish one record for each MX host."},
    {MXS_FINDING_NAME_BACKSLASH, "mx_host_with_backslash", MXS_WARNING, "The name of an MX host contains a backslash.",
     "It is left over from an escape: fix the record."},
    {MXS_FINDING_NAME_DOT, "mx_host_with_escaped_dot", MXS_WARNING,
     "A dot in the name of an MX host is escaped, so that it separates nothing.",
     "Write the dots without a backslash."},
    {MXS_FINDING_NAME_CHARACTER, "mx_host_with_bad_character", MXS_WARNING,
     "The name of an MX host contains a character that is not allowed in host names.",
     "Use letters, digits and hyphens only (RFC 1123 2.1): senders skip anything else."},
    {MXS_FINDING_NO_SUCH_DOMAIN, "no_such_domain", MXS_NOTICE,
     "The domain does not exist, or is an alias of a name that does not.",
     "Remove it from the list; if it should exist, check the spelling, the registration and the alias."},
    {MXS_FINDING_ALIAS_BESIDE, "alias_beside_mx", MXS_WARNING,
     "MX records stand beside an alias (CNAME) of the same name.",
     "RFC 1034 3.6.2 forbids this: some senders use these MX records, others those of the target. Remove the CNAME, or "
     "the MX records."},
    {MXS_FINDING_PROVIDERS_CUT, "providers_cut", MXS_INFO,
     "More than 16 providers have one role in this MX set: 16 are named, and the share of the others is credited to "
     "nobody.",
     "Such an MX set is hardly intended: check it. The export lists every MX host."},
    {MXS_FINDING_NAME_IDN, "mx_host_with_bad_idn", MXS_WARNING,
     "The name of an MX host that does not exist, or its alias, has a label with `xn--` that the rules of "
     "internationalised names refuse: hardly a registry takes it.",
     "Check the spelling, and convert the name again (IDNA2008, RFC 5891)."},
};
const unsigned mxs_findings_count = sizeof mxs_findings / sizeof mxs_findings[0];

bool mxs_finding_rests_on_hosts(unsigned code)
{
    switch (code) {
    case MXS_FINDING_SINGLE_HOST:
    case MXS_FINDING_SINGLE_ADDRESS:
    case MXS_FINDING_SINGLE_PREFIX:
    case MXS_FINDING_SINGLE_ASN:
    case MXS_FINDING_SINGLE_PROVIDER:
    case MXS_FINDING_MANAGED_SINGLE:
    case MXS_FINDING_BACKUP_DECORATIVE:
    case MXS_FINDING_BACKUP_DEAD:
    case MXS_FINDING_BACKUP_SAME_PREFIX:
    case MXS_FINDING_NOLISTING:
    case MXS_FINDING_ALIAS:
    case MXS_FINDING_DANGLING:
    case MXS_FINDING_NAME_IDN:
    case MXS_FINDING_TAKEOVER:
    case MXS_FINDING_PRIVATE_ADDRESS:
    case MXS_FINDING_NO_IPV6:
    case MXS_FINDING_NO_IPV4:
    case MXS_FINDING_DEAD_MX_HOST:
    case MXS_FINDING_NONE_USABLE: return true;
    default: return false;
    }
}
