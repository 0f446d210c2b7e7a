/* Whether a registry sells to the public is general knowledge, unless a source is named: no list says it for machines.
 * Each list of words begins and ends with a blank, and so does each word. */
#include "scanner/classify/internal/open_suffix.h"

#include "model/name.h"
#include "scanner/classify/internal/a_label.h"

/* Who runs them stands in the comments of the public suffix list of 2023-02-09. None is of those that ICANN lets a
 * brand keep for itself (Specification 13 of the registry agreement; https://github.com/egisty/specification13 of
 * 2020-03-02 lists them; monster and sbs have been sold since), nor of a profession (bank, law, cpa ...) or an
 * administration. example and test stand for ordinary names wherever they are written. @rfc{2606,2} */
static const char GENERIC[] =
    " example test com net org info biz name pro mobi asia tel cat travel xxx academy accountant accountants actor "
    "adult africa agency airforce amsterdam apartments app archi army art associates attorney auction audio auto "
    "autos band bar barcelona bargains bayern beauty beer berlin best bet bid bike bingo bio black blog blue "
    "boats bond boston bot boutique brussels build builders business buzz bzh cab cafe cam camera camp capetown "
    "capital car cards care career careers cars casa cash casino catering center ceo cfd charity chat cheap "
    "christmas church city claims cleaning click clinic clothing cloud club coach codes coffee college cologne "
    "community company computer condos construction consulting contact contractors cooking cool country coupons "
    "courses credit creditcard cricket cruises cymru cyou dad dance date dating day deals degree delivery "
    "democrat dental dentist desi design dev diamonds diet digital direct directory discount doctor dog domains "
    "download durban earth eco education email energy engineer engineering enterprises equipment esq estate eus "
    "events exchange expert exposed express fail faith family fan fans farm fashion finance financial fish "
    "fishing fit fitness flights florist flowers foo football forsale forum foundation frl fun fund furniture "
    "futbol fyi gal gallery game games garden gay gent gift gifts gives giving glass global gmbh gold golf "
    "graphics gratis green gripe group guide guitars guru hair hamburg haus healthcare help hiphop hockey "
    "holdings holiday homes horse hospital host hosting house how icu immo immobilien inc industries ing ink "
    "institute insure international investments irish ist istanbul jetzt jewelry joburg juegos kaufen kim kitchen "
    "kiwi koeln lat land lawyer lease legal lgbt life lighting limited limo link live llc loan loans lol london "
    "love ltd ltda luxe luxury maison makeup management market marketing markets mba media meme memorial men menu "
    "miami moda moe mom money monster mortgage moscow motorcycles mov movie nagoya navy network new news ninja "
    "nrw nyc observer okinawa one onl online ooo organic osaka page paris partners parts party pet phd photo "
    "photography photos physio pics pictures pink pizza place plumbing plus poker porn press productions prof "
    "promo properties property pub quebec quest racing realty recipes red rehab reise reisen ren rent rentals "
    "repair report republican rest restaurant review reviews rich rip rocks rodeo rsvp ruhr run ryukyu saarland "
    "sale salon sarl sbs school schule science scot security select services sex sexy shiksha shoes shop shopping "
    "show singles site ski skin soccer social software solar solutions soy space srl storage store stream studio "
    "study style sucks supplies supply support surf surgery sydney systems taipei tatar tattoo tax taxi team tech "
    "technology tennis theater theatre tickets tienda tips tires tirol today tokyo tools top tours town toys "
    "trade training tube university uno vacations vegas ventures vet viajes video villas vin vip vision "
    "vlaanderen vodka vote voto voyage wales wang watch watches webcam website wedding wien wiki win wine work "
    "works world wtf xin xyz yachts yoga yokohama zip zone ";

/* Countries whose registry takes names right below: not, among others, those that keep this to themselves (va, br, th,
 * il, lb), to holders of a trademark (ua, ad) or to no one (bv, sj, gb). */
static const char COUNTRY[] =
    " ac ae af ag ai al am ar as at au ax az ba be bg bi bo by bz ca cc cd ch ci cl cm cn co cr cx cz de dj dk dm "
    "do dz ec ee es eu fi fm fo fr gd ge gg gl gr gs gy hk hm hn hr ht hu id ie im in io ir is it je jp ke kg kr "
    "ky kz la lc li lt lu lv ly ma md me mg mk mn mo ms mt mu mx my nc ng nl no nu nz pe ph pk pl pm pr ps pt pw "
    "qa re ro rs ru rw sc se sg sh si sk sm sn so st su sx tc tf tg tj tl tm tn to tv tw ug uk us uy uz vc vg vn "
    "vu wf ws yt ";

/* What countries call the part below which everybody, every firm or every association gets a name. gov, gob, gouv, go,
 * mil, edu, ac, sch and whatever else is not here have a charter, or may have one; net has one in many countries. */
static const char PART[] = " com co org or ne info biz web nom name firm gen id me idv ind ";
/* There such a part is a region, or what all names are kept from. */
static const char WITHOUT_PARTS[] = " us it ca no kp ";
/* More of them. */
static const char PARTS[] =
    " net.ar net.au net.br net.cn net.co net.ec net.gr net.in net.mx net.nz net.pe net.pl net.tw net.ua net.vn "
    "net.za art.br blog.br eco.br srv.br tur.br adv.br eng.br asso.fr gr.jp pe.kr geek.nz kiwi.nz maori.nz waw.pl "
    "per.sg in.th in.ua kiev.ua kyiv.ua my.id ";

/* Top levels of a script, which take names of this script alone: рф укр бел срб бг мкд қаз мон ею ευ ελ рус онлайн
 * сайт орг дети ком 中国 中國 한국. */
static const char SCRIPT[] =
    " xn--p1ai xn--j1amh xn--90ais xn--90a3ac xn--90ae xn--d1alf xn--80ao21a xn--l1acc xn--e1a4c xn--qxa6a "
    "xn--qxam xn--p1acf xn--80asehdb xn--80aswg xn--c1avg xn--d1acj3b xn--j1aef xn--fiqs8s xn--fiqz9s xn--3e0b707e ";

static bool holds(const char *words, struct mxs_text word)
{
    char between[MXS_LABEL_MAX + 3];
    if (word.size_bytes == 0 || word.size_bytes > MXS_LABEL_MAX)
        return false;
    between[0] = between[word.size_bytes + 1] = ' ';
    between[word.size_bytes + 2] = '\0';
    memcpy(between + 1, word.data, word.size_bytes);
    return strstr(words, between) != NULL;
}

bool mxs_open_suffix_takes(struct mxs_text registrable)
{
    struct mxs_text suffix = mxs_name_parent(registrable), top = mxs_name_last(suffix);
    if (mxs_text_equal(suffix, top))
        return holds(top.size_bytes == 2 ? COUNTRY : GENERIC, top) ||
               (holds(SCRIPT, top) && mxs_a_label_is_of_its_top(registrable));
    struct mxs_text part = {suffix.data, suffix.size_bytes - top.size_bytes - 1};
    return holds(PARTS, suffix) || (top.size_bytes == 2 && holds(PART, part) && !holds(WITHOUT_PARTS, top));
}
