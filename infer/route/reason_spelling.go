package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// isLowerCaseAbove reports whether a literal or a parameter of constants directly precedes and all
// literals above begin in lower case. Where literals are written like Accounts, SMS may be one of
// them.
func (l *level) isLowerCaseAbove() bool {
	for l.hasOnlyConstants() {
		l = l.parent
	}
	if l.literal == "" || l.isParameter() {
		return false
	}
	for ; l != nil && l.parent != nil; l = l.parent {
		if !l.isParameter() && !l.isVersion && (l.literal == "" || isUpper(l.literal[0])) {
			return false
		}
	}
	return true
}

// hasOnlyConstants reports whether this is a parameter of constants, and of nothing else:
// rates/EUR, rates/USD.
func (l *level) hasOnlyConstants() bool {
	return len(l.members) > 0 && !slices.ContainsFunc(l.members, func(c *candidate) bool { return !c.ownNode || !isAllCaps(c.decoded) })
}

// isAllCaps reports whether a segment is in capitals, as constants are: EUR, PAGER_DUTY.
func isAllCaps(s string) bool {
	upper := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isUpper(c):
			upper++
		case !isDigit(c) && c != '_' && c != '-':
			return false
		}
	}
	return upper >= 2
}

// isLocale recognizes the language tags of BCP 47 that have a language and a region or script:
// pt-BR, en_us, zh-Hans-CN.
func isLocale(s string) bool {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '_' })
	if len(parts) < 2 || len(parts) > 3 || len(s) > 10 || !isLanguage(parts[0]) {
		return false
	}
	script := scripts[strings.ToLower(parts[1])]
	region := parts[len(parts)-1]
	return (len(parts) == 3) == (script && len(region) == 2) && (script || isCode(region))
}

// isLanguage recognizes the codes of languages in ISO 639-1.
func isLanguage(s string) bool { return len(s) == 2 && languages[strings.ToLower(s)] }

var languages = set(strings.Fields(`aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs
	cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie
	ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn
	mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl
	sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh
	zu`)...)

// scripts are the codes of scripts in ISO 15924 that tags of languages have.
var scripts = set(strings.Fields(`adlm arab armn beng cans cher cyrl deva ethi geor grek gujr guru hang hans hant hebr
	hira jpan kana khmr knda kore laoo latn mlym mong mymr nkoo olck orya sinh syrc taml telu tfng thaa thai tibt vaii
	yiii`)...)

// languageWord returns "locale" or "language" if that is what the values are, with or without a
// region, else "".
func (l *level) languageWord() string {
	word := "language"
	for _, c := range l.members {
		switch {
		case c.ownNode && isLocale(c.decoded):
			word = "locale"
		case !c.ownNode || !isLanguage(c.decoded):
			return ""
		}
	}
	if word == "language" && (len(l.members) < 2 || noun.IsPlural(l.collectionNoun())) { // countries/de
		return ""
	}
	return word
}

// areCodes reports whether all candidates without a strong shape, and at least two, are codes.
func areCodes(all []*candidate) bool {
	n := 0
	for _, c := range all {
		switch {
		case c.isStrong():
		case !c.ownNode || !isCode(c.decoded):
			return false
		default:
			n++
		}
	}
	return n >= 2
}

// isCode recognizes language and country codes by their length: en, DE, pt-BR.
func isCode(s string) bool {
	switch {
	case len(s) == 5 && (s[2] == '-' || s[2] == '_'):
		return isCode(s[:2]) && isCode(s[3:])
	case len(s) != 2:
		return false
	}
	return isASCIILetter(s[0]) && isASCIILetter(s[1])
}

func isASCIILetter(c byte) bool { return isUpper(c) || c >= 'a' && c <= 'z' }
