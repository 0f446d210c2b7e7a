#!/usr/bin/python3
"""Writes the seeds of the policy targets: tests/fuzz/seeds/{spf,dmarc,dkim,sts}.

The same files every time. A seed is the TXT records of one name with a NUL between them (sts: or a policy file).
"""
import os

RSA_512 = ("MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALsbFHjafHOyiPC3pHtwf3Ue5dzaO6CHtJsKuvi7EmR6nqVwrakjAJPzLodr5rLaHNXDzD6FzEg7baBM"
           "ytRG/S8CAwEAAQ==")
BARE_512 = "MEgCQQC7GxR42nxzsojwt6R7cH91HuXc2jugh7SbCrr4uxJkep6lcK2pIwCT8y6Ha+ay2hzVw8w+hcxIO22gTMrURv0vAgMBAAE="

SPF = """-all|+all|~all ?all|a mx ptr -all|a:a.example mx:b.example/24 -all|a/24//64 mx//128|a:foo:bar/baz.example|a:%{d}|a:%{d2r.-}.example
include:a.example include:b.example -all|redirect=_spf.example.org|redirect=%{o}|exp=e.example -all|ip4:192.0.2.0/24 ip6:2001:db8::/32 -all
ip4:192.0.2.1/33|ip4:1.2.3|ip6::CAFE::BABE|ip6:::1/0|exists:%{ir}.%{v}._spf.%{d2}|exists:%{l1r-+}.example|a:%%%_%-.example|x.y-z=%{S}
redirect=a.example redirect=b.example|exp=|include|include:|all:x|all/8|moo|=all|1up=x|a:museum|a:a.123|a:a.-b|a:%|a:%{|a:%{d0}|a:a..b.example
  mx   -all  |a a a a a a a a a a a|include:%{h}|ptr:a.example|mx:a.example mx:b.example mx:c.example mx:d.example -all""".replace("\n", "|")

DMARC = """p=none|p=quarantine; sp=reject; pct=50|p=reject; adkim=s; aspf=s; fo=1:d:s; ri=3600; rf=afrf|p=reject; np=reject; psd=y; t=y
p=none; rua=mailto:a@b.example!10m,https://c.example/; ruf=mailto:d@e.example?x=y|p=block|rua=mailto:a@b.example|sp=none|p=none; p=none
p=none;;|p|p=none; pct=101; fo=z; ri=x; t=x; psd=x; adkim=x|p=none; rua=mailto:@, :x, mailto:a@b!1z|p = none ; x=y""".replace("\n", "|")

DKIM = ["v=DKIM1; k=rsa; p=" + RSA_512, "p=" + BARE_512, "v=DKIM1; p=", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "v=DKIM1; h=sha256:sha1; s=email:*; t=y:s; n=note; p=" + RSA_512, "v=DKIM1; k=dsa; p=x", "k=rsa; v=DKIM1; p=x", "v=DKIM1; p=!!",
        "p=AAAA", "p=MIIB", "p=MIAwgA==", "p=MIP////8", "p=x; p=y", "v=DKIM2; p=x", "v=DKIM1", "v=DKIM1;; p", "p=\0v=DKIM1; p=" + RSA_512,
        "v=DKIM1; p=" + RSA_512[:40] + " \t" + RSA_512[40:], "p=MAYCAQACAQM=", "token",
        "v=DKIM1; p=" + RSA_512 + ";"]  # found: an offset into nothing behind the last tag

HEAD = "version: STSv1\r\nmode: enforce\r\nmax_age: 604800\r\n"
STS = ["v=STSv1; id=20160831085700Z;", "v=STSv1;id=1;x=y", "v=STSv1; id=a-b", "v=STSv1;", "v=STSv1; id=1\0v=STSv1; id=2", "v=STSv2; id=1",
       "v=STSv1; id", HEAD + "mx: mail.example.com\r\nmx: *.example.net\r\n", HEAD, HEAD + "mx: *.\r\n", HEAD + "mx: a b\r\n",
       HEAD.replace("\r", "") + "mx: A.Example.\nextra: x\n\n", "version: STSv1\nmode: none\nmax_age: 0\n", "version: STSv2\n", "<html>",
       "version: STSv1\nmode: Enforce\n", "version: STSv1\nmode: testing\nmax_age: 99999999999\n", "mx a\n", ":\n", HEAD + "mode: x\nmx: a.b\n",
       ""]  # found: likewise in an empty file


def write(target, seeds):
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seeds", target)
    os.makedirs(folder, exist_ok=True)
    for i, seed in enumerate(seeds):
        with open(os.path.join(folder, "%s-%02d" % (target, i)), "wb") as out:
            out.write(seed.encode("latin-1"))
    print(len(seeds), "seeds in", folder)


def main():
    spf = ["v=spf1 " + terms for terms in SPF.split("|")]
    spf += ["v=spf1", "v=spf10", "token\0V=SPF1 -all", "v=spf1 -all\0v=spf1 +all", "v=spf1 a:\x80 -all", "v=spf1\t-all",
            "v=spf1 include:a.example include:b.example mx a:c.example\0v=spf1 redirect=d.example\0v=spf1 include:%{d}.e.example -all"]
    write("spf", spf)
    dmarc = ["v=DMARC1; " + tags for tags in DMARC.split("|")]
    dmarc += ["v=DMARC1", "v=dmarc1; p=none", "v=DMARC1; p=none\0v=DMARC1; p=reject", "v=TLSRPTv1; rua=mailto:a@b.example,https://c.example/x",
              "v=TLSRPTv1; rua=ftp:x", "v=TLSRPTv1;", "v=BIMI1; l=https://a.example/x.svg; a=", "v=BIMI1; l=; a=;", "v=BIMI1"]
    write("dmarc", dmarc)
    write("dkim", DKIM)
    write("sts", STS)


if __name__ == "__main__":
    main()
