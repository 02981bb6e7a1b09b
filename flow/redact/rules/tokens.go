// Package rules holds the data that redaction judges by: formats of tokens, names of values, and
// labels of codes in messages, each with what reads it. A new format, name or label is a new row
// of tokens.toml, names.txt or codes.toml.
//
// Read tokens.go first (what a format is), then find.go (the search), load.go (files of gitleaks),
// names.go and codes.go.
package rules

import (
	_ "embed"
	"math"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"github.com/spectap/spectap/internal/ascii"
)

// Tokens are formats of tokens. They are immutable, and safe for concurrent use. The zero value has
// none.
type Tokens struct {
	links   []link    // the first is unused
	heads   []uint16  // the first link by the hash of the first three bytes of its keyword
	always  []*format // without keywords
	allowed []allowlist
	passes  int // bytes that regular expressions may read in vain, in sixteenths of the text
}

// Rule is a format of a table.
type Rule struct{ ID, Description string }

// Match is a secret in a text.
type Match struct {
	Start, End int // in bytes
	Rule       *Rule
}

// keyword is a text in lower case, one of which every match of a format contains.
type keyword struct {
	text    string
	formats []*format
}

// link is an element of the list of the keywords with one hash.
type link struct {
	*keyword
	next uint16
}

// format is one row of a table.
type format struct {
	Rule
	expr     string
	group    int
	entropy  float64
	keywords []string
	allowed  []allowlist
	kind     formatKind
	program  func() program
}

// formatKind is the origin of a format, which decides how its matches are found.
type formatKind uint8

const (
	userFormat  formatKind = iota
	tokenFormat            // begins and ends at the edges of words
	labelFormat            // begins with the label of a code
	codeFormat             // begins with a code, which has its label after it
)

// program is what a search needs of a format.
type program struct {
	regexp *regexp.Regexp
	isWord bool   // no match has white space or quotes
	need   string // a text within every match
	lead   int    // bytes that are before the keyword at least; 0 if every match begins with one
	shape
}

//go:embed tokens.toml
var tokensTOML []byte

// builtIn parses the table when it is needed first.
var builtIn = sync.OnceValue(func() *Tokens {
	t, _, err := load(tokensTOML, true)
	if err != nil {
		panic(err) // a test loads the table
	}
	return t
})

// BuiltIn returns the formats that vendors document. The table is parsed at the first call, and a
// regular expression is compiled when its keyword first occurs.
func BuiltIn() *Tokens { return builtIn() }

// compile compiles the regular expression of a format.
func (f *format) compile() program {
	tree, err := syntax.Parse(f.expr, syntax.Perl)
	if err != nil {
		panic(err) // load parsed it
	}
	p := program{shape: shapeOf(tree)}
	p.isWord = !p.hasStops
	if f.kind == userFormat {
		p.regexp = regexp.MustCompile(f.expr)
		return p
	}
	if tree.Op == syntax.OpConcat {
		p.lead, p.need = f.parts(tree.Sub)
	}
	p.regexp = regexp.MustCompile(`\A(?:` + f.expr + `)`)
	return p
}

// parts returns the least number of bytes before a keyword that has a part of a concatenation of
// its own, and a text that every match contains. An expression whose parts have no keyword begins
// with it.
func (f *format) parts(parts []*syntax.Regexp) (lead int, need string) {
	before, found := 0, false
	for i, sub := range parts {
		low := strings.ToLower(sub.String())
		if !found && slices.ContainsFunc(f.keywords, func(k string) bool { return strings.Contains(low, strings.ToLower(regexp.QuoteMeta(k))) }) {
			lead, found = before, true
		}
		before += shapeOf(sub).min
		if i > 0 && sub.Op == syntax.OpLiteral && sub.Flags&syntax.FoldCase == 0 {
			need = string(sub.Rune)
		}
	}
	return lead, need
}

// secret returns the span of the secret in a match, which regexp describes by the indexes m, or
// false if the secret is no match after all.
func (f *format) secret(text string, m []int, all []allowlist) (start, end int, ok bool) {
	start, end = m[0], m[1]
	if f.kind == tokenFormat && (!startsWord(text, start) || !endsWord(text, end)) {
		return 0, 0, false
	}
	for g := 1; 2*g < len(m); g++ { // as gitleaks does, the first group that is not empty
		if (f.group == g || f.group == 0) && m[2*g] < m[2*g+1] {
			start, end = m[2*g], m[2*g+1]
			break
		}
	}
	secret := text[start:end]
	if f.kind > tokenFormat && !strings.ContainsAny(secret, "0123456789-") {
		return 0, 0, false // a word in capitals
	}
	if secret == "" || f.entropy > 0 && entropy(secret) <= f.entropy {
		return 0, 0, false
	}
	for _, list := range [...][]allowlist{f.allowed, all} {
		for i := range list {
			if list[i].allows(f.ID, text, m[0], m[1], secret) {
				return 0, 0, false
			}
		}
	}
	return start, end, true
}

// startsWord reports whether a word may start at i: the character before it is not a letter, digit
// or underscore, or belongs to an escape such as \n or %3D.
func startsWord(text string, i int) bool {
	if i == 0 || i >= len(text) || !isWordByte(text[i]) || !isWordByte(text[i-1]) {
		return true
	}
	return i >= 2 && text[i-2] == '\\' && strings.IndexByte("nrtbf", text[i-1]) >= 0 || i >= 3 && text[i-3] == '%'
}

// endsWord reports whether a word may end before i.
func endsWord(text string, i int) bool {
	return i == 0 || i >= len(text) || !isWordByte(text[i-1]) || !isWordByte(text[i])
}

// isWordByte reports whether c is a letter, a digit or the underscore.
func isWordByte(c byte) bool { return ascii.IsAlnum(c) || c == '_' }

// entropy returns the Shannon entropy of a text, in bits for each byte. Gitleaks counts characters,
// which is the same for ASCII.
func entropy(s string) (bits float64) {
	var counts [256]int
	for i := range len(s) {
		counts[s[i]]++
	}
	for _, n := range &counts {
		if n > 0 {
			p := float64(n) / float64(len(s))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}
