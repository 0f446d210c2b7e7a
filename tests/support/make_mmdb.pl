#!/usr/bin/perl
# make_mmdb.pl FILE LAYOUT: writes a small MaxMind DB in the key layout of one of the families in use
# (geolite2, dbip, ipinfo, iplocation, broken). Exit 77 when Debian's libmaxmind-db-writer-perl is not there.
use strict;
use warnings;

my ($file, $layout) = @ARGV;
die "usage: make_mmdb.pl FILE LAYOUT\n" unless defined $layout;
eval { require MaxMind::DB::Writer::Tree; 1 } or do { print STDERR "MaxMind::DB::Writer is not installed\n"; exit 77 };

my %types = (
    autonomous_system_number => 'uint32', autonomous_system_organization => 'utf8_string',
    asn => $layout eq 'iplocation' ? 'uint32' : 'utf8_string', as_name => 'utf8_string', as_org => 'utf8_string',
    country_code => 'utf8_string', country => 'utf8_string', city => 'utf8_string',
);
my %title = (geolite2 => 'GeoLite2-ASN', dbip => 'DBIP-ASN-Lite', ipinfo => 'ipinfo generic_lite.mmdb',
    iplocation => "ip-location-db\tasn", broken => 'not about networks');

sub entry {
    my ($asn, $name, $country) = @_;
    return { asn => "AS$asn", as_name => $name, country_code => $country, country => 'A Land' } if $layout eq 'ipinfo';
    return { asn => $asn, as_org => $name } if $layout eq 'iplocation';
    return { city => $name } if $layout eq 'broken';
    return { autonomous_system_number => $asn, autonomous_system_organization => $name };
}

my $tree = MaxMind::DB::Writer::Tree->new(
    ip_version => 6, record_size => 24, database_type => $title{$layout}, languages => ['en'],
    description => { en => 'test data' }, map_key_type_callback => sub { $types{ $_[0] } },
    alias_ipv6_to_ipv4 => 0, remove_reserved_networks => 0,
);
$tree->insert_network('20.1.1.0/24', entry(64496, 'Example One', 'AT'));
$tree->insert_network('20.1.2.0/24', entry(4200000000, 'Example Two', 'SE'));
$tree->insert_network('2a00:1::/32', entry(64497, 'Example Six', 'NZ'));
open my $out, '>:raw', $file or die "$file: $!\n";
$tree->write_tree($out);
close $out or die "$file: $!\n";
