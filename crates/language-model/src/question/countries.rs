//! Countries: the names that people use and their ISO 3166 codes.

/// Two-letter code and names in lower case, the usual one first.
const COUNTRIES: &str = "\
AE:united arab emirates,uae,emirates|AF:afghanistan|AL:albania|AM:armenia|AO:angola|AR:argentina,argentinian|AT:austria,austrian|\
AU:australia,australian|AZ:azerbaijan|BA:bosnia and herzegovina,bosnia|BB:barbados|BD:bangladesh|BE:belgium,belgian|BF:burkina faso|\
BG:bulgaria,bulgarian|BH:bahrain|BI:burundi|BJ:benin|BN:brunei|BO:bolivia|BR:brazil,brazilian|BS:bahamas|BT:bhutan|BW:botswana|BY:belarus|BZ:belize|\
CA:canada,canadian|CD:democratic republic of the congo,dr congo|CF:central african republic|CG:congo|CH:switzerland,swiss|CI:ivory coast,cote d'ivoire|\
CL:chile,chilean|CM:cameroon|CN:china,chinese|CO:colombia,colombian|CR:costa rica|CU:cuba|CV:cape verde|CY:cyprus|CZ:czechia,czech republic,czech|\
DE:germany,german,deutschland|DJ:djibouti|DK:denmark,danish|DO:dominican republic|DZ:algeria|EC:ecuador|EE:estonia,estonian|EG:egypt,egyptian|ER:eritrea|\
ES:spain,spanish|ET:ethiopia|FI:finland,finnish|FJ:fiji|FR:france,french|GA:gabon|GB:united kingdom,uk,great britain,britain,england,british|GE:georgia|\
GH:ghana|GM:gambia|GN:guinea|GR:greece,greek|GT:guatemala|GW:guinea-bissau|GY:guyana|HK:hong kong|HN:honduras|HR:croatia,croatian|HT:haiti|\
HU:hungary,hungarian|ID:indonesia,indonesian|IE:ireland,irish|IL:israel,israeli|IN:india,indian|IQ:iraq|IR:iran|IS:iceland|IT:italy,italian|JM:jamaica|\
JO:jordan|JP:japan,japanese|KE:kenya,kenyan|KG:kyrgyzstan|KH:cambodia|KP:north korea|KR:south korea,korea,korean|KW:kuwait|KZ:kazakhstan|LA:laos|LB:lebanon|\
LI:liechtenstein|LK:sri lanka|LR:liberia|LS:lesotho|LT:lithuania|LU:luxembourg|LV:latvia|LY:libya|MA:morocco|MC:monaco|MD:moldova|ME:montenegro|\
MG:madagascar|MK:north macedonia,macedonia|ML:mali|MM:myanmar,burma|MN:mongolia|MO:macao,macau|MR:mauritania|MT:malta|MU:mauritius|MV:maldives|MW:malawi|\
MX:mexico,mexican|MY:malaysia|MZ:mozambique|NA:namibia|NE:niger|NG:nigeria,nigerian|NI:nicaragua|NL:netherlands,the netherlands,holland,dutch|\
NO:norway,norwegian|NP:nepal|NZ:new zealand|OM:oman|PA:panama|PE:peru|PG:papua new guinea|PH:philippines,the philippines|PK:pakistan|PL:poland,polish|\
PR:puerto rico|PS:palestine|PT:portugal,portuguese|PY:paraguay|QA:qatar|RO:romania,romanian|RS:serbia,serbian|RU:russia,russian federation,russian|RW:rwanda|\
SA:saudi arabia|SD:sudan|SE:sweden,swedish|SG:singapore|SI:slovenia|SK:slovakia,slovak|SL:sierra leone|SN:senegal|SO:somalia|SR:suriname|SS:south sudan|\
SV:el salvador|SY:syria|TG:togo|TH:thailand,thai|TJ:tajikistan|TL:timor-leste|TM:turkmenistan|TN:tunisia|TR:turkey,türkiye,turkish|\
TT:trinidad and tobago|TW:taiwan|TZ:tanzania|UA:ukraine,ukrainian|UG:uganda|US:united states,usa,us,u.s,u.s.a,america,the us,united states of america,the states,american|\
UY:uruguay|UZ:uzbekistan|VE:venezuela|VN:vietnam,viet nam,vietnamese|XK:kosovo|YE:yemen|ZA:south africa|ZM:zambia|ZW:zimbabwe";

/// A country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Country {
    /// Two letters.
    pub(super) code: &'static str,
    /// The usual name, in lower case.
    pub(super) name: &'static str,
}

/// The country that people call `name`, in lower case. Codes are names only in capitals, since many of them are words.
pub(super) fn named(name: &str) -> Option<Country> {
    each().find(|(_, names)| names.split(',').any(|known| known == name)).map(country)
}

/// The country of a two-letter code in capitals.
pub(super) fn of_code(code: &str) -> Option<Country> {
    each().find(|(known, _)| *known == code).map(country)
}

impl Country {
    /// The usual name as it is written: `United Kingdom`.
    pub(super) fn written(&self) -> String {
        let capital = |word: &str| {
            let mut letters = word.chars();
            let is_small = ["and", "of", "the"].contains(&word);
            match letters.next() {
                Some(first) if !is_small => first.to_uppercase().chain(letters).collect(),
                _ => word.to_owned(),
            }
        };
        self.name.split(' ').map(capital).collect::<Vec<String>>().join(" ")
    }
}

fn each() -> impl Iterator<Item = (&'static str, &'static str)> {
    COUNTRIES.split('|').filter_map(|country| country.split_once(':'))
}

fn country((code, names): (&'static str, &'static str)) -> Country {
    Country { code, name: names.split(',').next().unwrap_or(names) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, code: &str, written: &str) {
        let found = named(name).expect("it is a country");
        assert_eq!((found.code, &*found.written()), (code, written), "{name}");
        assert_eq!(of_code(code), Some(found), "{name}");
    }

    #[test]
    fn countries_are_found_by_their_names() {
        check("germany", "DE", "Germany");
        check("usa", "US", "United States");
        check("the netherlands", "NL", "Netherlands");
        check("uk", "GB", "United Kingdom");
        check("trinidad and tobago", "TT", "Trinidad and Tobago");
        assert_eq!((named("atlantis"), named("in"), of_code("ZZ")), (None, None, None));
    }
}
