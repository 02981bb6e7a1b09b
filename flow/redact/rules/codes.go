package rules

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"github.com/spectap/spectap/internal/ascii"
)

//go:embed codes.toml
var codesTOML []byte

// language is what codes.toml has of a language.
type language struct {
	Language                     string
	Labels, Joiners, First, Also []string
	Keywords                     []string // of Also
	Examples                     []string // for the tests
}

// FindCodes appends the codes of a text that people type, such as those in mail and short messages,
// to dst. They stand after or before a label in one of the languages of codes.toml. Like
// [Tokens.Find], it takes time in proportion to the length of the text. The caller has removed
// markup, except a few tags between a label and its code.
func FindCodes(dst []Match, text string) []Match { return codes().Find(dst, text) }

// codes parses the table when it is needed first.
var codes = sync.OnceValue(func() *Tokens {
	var file struct{ Codes []language }
	if err := toml.Unmarshal(codesTOML, &file); err != nil {
		panic(err) // a test loads the table
	}
	t := newTokens(codePasses)
	index := map[string]*keyword{}
	for _, l := range file.Codes {
		id, text := "code-"+strings.Fields(l.Language)[0], "code beside its label: "+l.Language
		labelled, first := l.exprs()
		for _, f := range []*format{
			{Rule: Rule{id, text}, kind: labelFormat, expr: labelled, keywords: keywordsOf(l.Labels, l.Keywords)},
			{Rule: Rule{id, text}, kind: codeFormat, expr: first, keywords: keywordsOf(l.Labels)},
		} {
			if err := t.add(f, index); err != nil {
				panic(fmt.Errorf("%s: %w", id, err))
			}
		}
	}
	return t
})

// Bounds of where a code may be, in bytes.
const (
	nearCode = 192 // from its label
	minCode  = 3   // of the shorter of two groups
)

// Parts of the expressions of a language.
const (
	// A code: digits, digits and capitals, or two groups of these.
	codeExpr = `(?:\b(?-i:[A-Z]{1,3})-)?((?-i:[0-9]{4,8}|[0-9]{3}[ -][0-9]{3}|[A-Z0-9]{4,8}|[A-Z0-9]{4}[ -][A-Z0-9]{4}))`
	// The text after a code: not part of an amount, a time, a date or a longer number.
	codeEnd        = `(?:$|[^A-Za-z0-9_.,:/%-]|[.,:/%-](?:$|[^0-9A-Za-z]))`
	codeSep        = `[SEP]{0,8}(?:</?[a-zA-Z][^<>]*>[SEP]{0,4}){0,3}`
	codeSeparators = `\s:*"'=()\[\]«»“”„–—,>：＝「」『』【】（）［］،` + "\u200e\u200f-"
)

// exprs returns the expressions that find the codes of a language, in their groups: after a label,
// and before one.
func (l *language) exprs() (labelled, first string) {
	sep := strings.ReplaceAll(codeSep, "SEP", codeSeparators)
	label, joiner := alternation(l.Labels), "[:：=]"
	if len(l.Joiners) > 0 {
		joiner = `(?:[:：=]|` + alternation(l.Joiners) + `)`
	}
	labelled = label + `(?:(?:[ ,]+[^\s0-9.:：]+){0,5}?\s*` + joiner + `|)` + sep + codeExpr + codeEnd
	for _, also := range l.Also {
		labelled += "|" + strings.Replace(also, "#", `(?:<[a-z]+>)?`+codeExpr+`(?:</[a-z]+>)?`, 1)
	}
	return `(?i)(?:` + labelled + `)`, `(?i)` + codeExpr + `["'»”)\]」】]?[ \n]{0,3}` + alternation(l.First) + `[^.\n0-9]{0,40}?` + label
}

// alternation returns an expression for one of some texts. One of ASCII has whole words.
func alternation(texts []string) string {
	var all []string
	for _, s := range texts {
		before, after, hasWords := strings.Cut(regexp.QuoteMeta(s), " … ")
		expr := strings.ReplaceAll(before, " ", `[\s-]{1,2}`)
		if hasWords {
			expr += `(?:[ -][^\s0-9.:]+){0,3}[ -]` + after
		}
		if s != "" && s[0] < utf8.RuneSelf && ascii.IsAlnum(s[0]) {
			expr = `\b` + expr
		}
		if s != "" && s[len(s)-1] < utf8.RuneSelf && ascii.IsAlnum(s[len(s)-1]) {
			expr += `\b`
		}
		all = append(all, expr)
	}
	return `(?:` + strings.Join(all, "|") + `)`
}

// keywordsOf returns the beginnings of labels in the usual cases. Those that differ in the case of
// ASCII alone have the same hash, but others do not.
func keywordsOf(labels ...[]string) (all []string) {
	for _, s := range slices.Concat(labels...) {
		s, _, _ = strings.Cut(s, "…")
		first, size := utf8.DecodeRuneInString(s)
		all = append(all, s, strings.ToUpper(string(first))+s[size:], strings.ToUpper(s))
	}
	return all
}

// span is a part of a text.
type span struct{ start, end int }

// candidates returns what may be a code from lo to hi: runs of digits and capitals.
func (s *search) candidates(lo, hi int) []span {
	if s.codes == nil {
		s.codes = []span{}
		for i := 0; i < len(s.text); i++ {
			from := i
			for i < len(s.text) && (ascii.IsDigit(s.text[i]) || ascii.IsUpper(s.text[i])) {
				i++
			}
			if i-from >= minCode {
				s.codes = append(s.codes, span{from, i})
			}
		}
	}
	from := sort.Search(len(s.codes), func(i int) bool { return s.codes[i].start >= lo })
	to := from + sort.Search(len(s.codes)-from, func(i int) bool { return s.codes[from+i].start >= hi })
	return s.codes[from:to]
}

// label finds the codes next to a label.
func (s *search) label(f *format, p *program, at int) {
	if f.kind == labelFormat {
		if near := s.candidates(at, at+nearCode); len(near) > 0 && startsWord(s.text, at) {
			s.code(f, p, at, near[0])
		}
		return
	}
	for _, c := range s.candidates(max(at-nearCode, s.scanned[f]), at) {
		s.markScanned(f, c.end)
		if c.start == 0 || strings.IndexByte("_.,:/%", s.text[c.start-1]) < 0 {
			s.code(f, p, c.start, c)
		}
	}
}

// code finds a code that starts at a position, or after its label there. If the search has read too
// much in vain, the candidate counts as a code.
func (s *search) code(f *format, p *program, at int, c span) {
	const cost = 8 * perRun // labels have many words
	if s.budget -= cost; s.budget < 0 {
		s.add(f, c.start, c.end)
		return
	}
	hi := min(len(s.text), at+2*nearCode)
	if m := p.regexp.FindStringSubmatchIndex(s.text[at:hi]); m != nil && s.accept(f, m, at, hi) {
		s.budget += cost
	}
}
