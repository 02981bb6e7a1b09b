// Package noun splits English identifiers into words, converts between their singular and plural,
// and recognizes English words (english.go).
//
// It uses the rules of regular English and short lists of exceptions that occur in API
// vocabularies. A word that the rules get wrong gives an odd name, never a wrong decision.
// Identifiers may hold any bytes; bytes that are not UTF-8 separate words.
//
// Read noun.go first.
package noun

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// irregular maps plurals to their singular where the rules of [singular] fail.
var irregular = map[string]string{
	"people": "person", "children": "child", "men": "man", "women": "woman", "feet": "foot", "teeth": "tooth",
	"mice": "mouse", "geese": "goose", "indices": "index", "indexes": "index", "vertices": "vertex",
	"matrices": "matrix", "appendices": "appendix", "criteria": "criterion", "phenomena": "phenomenon",
	"analyses": "analysis", "bases": "base", "axes": "axis", "crises": "crisis", "theses": "thesis",
	"diagnoses": "diagnosis", "synopses": "synopsis", "statuses": "status", "buses": "bus", "viruses": "virus",
	"bonuses": "bonus", "campuses": "campus", "aliases": "alias", "canvases": "canvas", "atlases": "atlas",
	"gases": "gas", "lenses": "lens", "quizzes": "quiz", "movies": "movie", "cookies": "cookie", "zombies": "zombie",
	"ties": "tie", "pies": "pie", "dies": "die", "lies": "lie", "series": "series", "species": "species",
	"news": "news", "calories": "calorie", "wolves": "wolf", "shelves": "shelf", "halves": "half", "leaves": "leaf",
	"lives": "life", "knives": "knife", "wives": "wife", "selves": "self", "shoes": "shoe", "schemata": "schema",
	"wikis": "wiki", "uris": "uri", "apis": "api", "kpis": "kpi", "emojis": "emoji", "taxis": "taxi", "skis": "ski",
	"guis": "gui", "clis": "cli", "databases": "database", "caches": "cache", "axises": "axis", "heroes": "hero",
	"potatoes": "potato", "echoes": "echo",
}

// notPlural holds words that end in "s" but are not plurals.
var notPlural = map[string]bool{
	"status": true, "address": true, "access": true, "process": true, "progress": true, "business": true,
	"class": true, "pass": true, "analysis": true, "basis": true, "axis": true, "dns": true, "sms": true,
	"tls": true, "css": true, "https": true, "aws": true, "gps": true, "ios": true, "os": true, "news": true,
	"series": true, "species": true, "metadata": true, "alias": true, "canvas": true, "atlas": true, "gas": true,
	"lens": true, "virus": true, "bonus": true, "campus": true, "bus": true, "plus": true, "is": true, "has": true,
	"was": true, "this": true, "us": true, "yes": true, "as": true, "its": true, "always": true, "previous": true,
	"success": true, "express": true, "redis": true, "kudos": true, "chaos": true, "sis": true, "kubernetes": true,
	"thesis": true, "diagnosis": true, "synopsis": true, "crisis": true, "gis": true, "vps": true, "dbaas": true,
	"nas": true, "sys": true, "cms": true, "kms": true, "sas": true,
}

// collective holds plurals that name one thing.
var collective = map[string]bool{
	"details": true, "settings": true, "analytics": true, "statistics": true, "stats": true, "credentials": true,
	"preferences": true, "permissions": true, "contents": true, "metrics": true, "data": true, "media": true,
	"timeseries": true,
}

// Singular returns an identifier with its last word in the singular: "order_item" for
// "order_items". It returns an identifier that does not end in a plural unchanged.
func Singular(s string) string {
	head, word := lastWord(s)
	return head + singular(word)
}

// One returns the name of one item of a collection with this name. It is [Singular], except for
// plurals that name one object: "user_settings" stays as it is, "users" becomes "user".
func One(s string) string {
	if _, word := lastWord(s); collective[strings.ToLower(word)] {
		return s
	}
	return Singular(s)
}

// singular returns the singular of one word.
func singular(w string) string {
	l := strings.ToLower(w)
	if notPlural[l] {
		return w
	}
	if one, ok := irregular[l]; ok {
		return matchCase(w, one)
	}
	switch {
	case len(l) < 3 || !strings.HasSuffix(l, "s") || hasAnySuffix(l, "ss", "us", "is", "series"):
		return w
	case strings.HasSuffix(l, "ies") && len(l) > 4:
		return w[:len(w)-3] + "y"
	case hasAnySuffix(l, "sses", "shes", "tches", "xes", "zzes", "uses") && l != "uses" &&
		!hasAnySuffix(l, "auses", "houses", "ouses"):
		return w[:len(w)-2]
	case strings.HasSuffix(l, "ches") && !strings.HasSuffix(l, "aches"):
		return w[:len(w)-2]
	}
	return w[:len(w)-1]
}

// Plural returns an identifier with its last word in the plural. It returns a plural unchanged.
func Plural(s string) string {
	head, word := lastWord(s)
	l := strings.ToLower(word)
	if IsPlural(word) || l == "" || l[len(l)-1] >= utf8.RuneSelf {
		return s
	}
	switch l {
	case "series", "species", "news", "metadata", "data", "dns", "settings":
		return s
	case "person":
		return head + matchCase(word, "people")
	case "child":
		return head + matchCase(word, "children")
	case "man", "woman":
		return head + word[:len(word)-2] + "en"
	case "index":
		return head + matchCase(word, "indexes")
	case "criterion":
		return head + matchCase(word, "criteria")
	case "analysis", "basis", "axis", "crisis", "thesis", "diagnosis", "synopsis":
		return head + word[:len(word)-2] + "es"
	case "quiz":
		return head + word + "zes"
	}
	switch {
	case hasAnySuffix(l, "s", "x", "z", "ch", "sh"):
		return head + word + "es"
	case strings.HasSuffix(l, "y") && len(l) > 1 && !strings.ContainsRune("aeiou", rune(l[len(l)-2])):
		return head + word[:len(word)-1] + "ies"
	}
	return head + word + "s"
}

// IsPlural reports whether the last word of an identifier is a plural.
func IsPlural(s string) bool {
	_, word := lastWord(s)
	l := strings.ToLower(word)
	if one, ok := irregular[l]; ok {
		return one != l
	}
	return singular(word) != word
}

// Words returns the words of an identifier in lower case, split at separators and at changes of
// case. "userID", "user-id" and "user_id" all give [user id]; "HTMLPage2" gives [html page2].
func Words(s string) []string {
	words := Split(s)
	for i, w := range words {
		words[i] = strings.ToLower(w)
	}
	return words
}

// Split is [Words] with the letters as they are.
func Split(s string) []string {
	var words []string
	rs, i := []rune(s), 0
	start, from := 0, -1 // of the word: in rs, and in s unless there is none
	for at, r := range s {
		isPart := unicode.IsLetter(r) || unicode.IsDigit(r)
		if from >= 0 && (!isPart || unicode.IsUpper(r) && startsWord(rs, i) || unicode.IsLower(r) && i-start >= 2 && endsAcronym(rs[start:], i-start)) {
			words, from = append(words, s[from:at]), -1
		}
		if isPart && from < 0 {
			start, from = i, at
		}
		i++
	}
	if from >= 0 {
		words = append(words, s[from:])
	}
	return words
}

// startsWord reports whether the upper-case letter at i begins a word.
func startsWord(rs []rune, i int) bool {
	prev := rs[i-1]
	next := i+1 < len(rs) && unicode.IsLower(rs[i+1])
	isPluralS := i+2 == len(rs) && rs[i+1] == 's' // "IDs" is one word
	return unicode.IsLower(prev) || unicode.IsDigit(prev) ||
		unicode.IsUpper(prev) && next && !isPluralS && !beginsParticle(rs[i+1:])
}

// endsAcronym reports whether a word of capitals ends before i, where a particle follows: the "for"
// in "DBforQueries".
func endsAcronym(rs []rune, i int) bool {
	return !slices.ContainsFunc(rs[:i], func(r rune) bool { return !unicode.IsUpper(r) }) && beginsParticle(rs[i:])
}

// beginsParticle reports whether rs begins with a lower-case preposition or conjunction, and an
// upper-case letter follows.
func beginsParticle(rs []rune) bool {
	n := slices.IndexFunc(rs, func(r rune) bool { return !unicode.IsLower(r) })
	return n > 0 && unicode.IsUpper(rs[n]) && slices.Contains([]string{"for", "of", "and", "by", "with", "from"}, string(rs[:n]))
}

// Fold returns an identifier in lower case without "-", "_" and ".". "Api-Key", "api_key" and
// "apiKey" give "apikey".
func Fold(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '-' || c == '_' || c == '.':
		case c >= 'A' && c <= 'Z':
			b = append(b, c|0x20)
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// Pascal joins words in PascalCase.
func Pascal(words ...string) string {
	var b strings.Builder
	for _, w := range words {
		r, n := utf8.DecodeRuneInString(w)
		if n > 0 {
			b.WriteRune(unicode.ToUpper(r))
			b.WriteString(w[n:])
		}
	}
	return b.String()
}

// Camel joins words in camelCase.
func Camel(words ...string) string {
	p := Pascal(words...)
	r, n := utf8.DecodeRuneInString(p)
	if n == 0 {
		return p
	}
	return string(unicode.ToLower(r)) + p[n:]
}

// lastWord splits an identifier before its last word.
func lastWord(s string) (head, word string) {
	cut := 0
	var prev rune
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:]) // n is 1 for a byte that is not UTF-8
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			cut = i + n
		case unicode.IsUpper(r) && unicode.IsLower(prev):
			cut = i
		}
		prev = r
		i += n
	}
	return s[:cut], s[cut:]
}

// matchCase returns w capitalized if like begins with an upper-case letter.
func matchCase(like, w string) string {
	if like != "" && unicode.IsUpper(rune(like[0])) {
		return strings.ToUpper(w[:1]) + w[1:]
	}
	return w
}

// hasAnySuffix reports whether a text has one of several endings.
func hasAnySuffix(s string, ends ...string) bool {
	return slices.ContainsFunc(ends, func(e string) bool { return strings.HasSuffix(s, e) })
}
