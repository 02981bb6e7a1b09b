package redact

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// span is a part of a text to replace.
type span struct {
	start, end int
	kind       string // of the placeholder; "" if it follows from the form of the value
	isBasic    bool   // base64 of a name and a password
	why        why
}

// text redacts a text without structure of its own.
func (r *Redactor) text(s string, c rules.Class, depth int) string {
	if r.learns {
		return s
	}
	x := featuresOf(s)
	spans := r.used(s, spansIn(s, c, x))
	if depth < maxNested && x.longest >= minEncoded {
		spans = r.encoded(s, spans, depth)
	}
	return r.replaceSpans(s, spans)
}

func (r *Redactor) replaceSpans(s string, spans []span) string { return apply(s, r.editsOf(s, spans)) }

// editsOf returns the edits that replace the secrets in a text.
func (r *Redactor) editsOf(s string, spans []span) []edit {
	edits := make([]edit, len(spans))
	last, out := span{}, ""
	for i, sp := range spans {
		v := s[sp.start:sp.end]
		r.trace.because(sp.why)
		switch {
		case r.trace == nil && sp.kind == last.kind && sp.isBasic == last.isBasic && v == s[last.start:last.end]: // of a table, or made to cost time
		case sp.kind != "":
			out = r.placeholderOfKind(sp.kind, v)
		default:
			out = r.hidden(v, sp.isBasic)
		}
		last, edits[i] = sp, edit{scan.Span{Start: int32(sp.start), End: int32(sp.end)}, out}
	}
	return edits
}

// spansOf returns the secrets in a text, in order and apart from each other and from placeholders.
func spansOf(s string, c rules.Class) []span { return spansIn(s, c, featuresOf(s)) }

func spansIn(s string, c rules.Class, x features) []span {
	f := finder{s: s, class: c}
	if x.longest >= minToken {
		f.tokens()
	}
	if x.has&blanks != 0 {
		if strings.Contains(s, "earer ") || strings.Contains(s, "asic ") || strings.Contains(s, "EARER ") || strings.Contains(s, "ASIC ") {
			f.schemes()
		}
		if strings.Contains(s, "--") {
			f.options()
		}
	}
	if x.has&separators != 0 {
		f.named()
	}
	if x.longestCode >= minCode && x.has&(blanks|separators|lines) != 0 && len(s) >= minCodeText {
		f.codes()
	}
	if x.has&ats != 0 {
		f.addresses()
	}
	if x.has&separators != 0 && strings.ContainsAny(s, "?#") {
		f.queries()
	}
	if x.longest >= judge.MinRandomLen || x.digits >= minPersonal {
		f.words()
	}
	if x.has&blanks != 0 && x.digits >= minGrouped && c != rules.Identifier {
		f.grouped()
	}
	if len(f.spans) == 0 {
		return nil
	}
	return f.settle()
}

// features are the characters and parts of a text, which rule out formats.
type features struct {
	has         uint8
	digits      int
	longest     int // word, in bytes
	longestCode int // run of digits and capitals
}

const (
	separators uint8 = 1 << iota // :=%>&
	ats                          // @, or % of an encoded one
	blanks
	lines // other white space, and bytes of other scripts, which have labels without blanks
	codeBytes
	digits

	minCodeText = 8 // of a label and a code
	minCode     = 3 // of the longer group of one

	minGrouped = 9 // digits of an account in groups

	minShape = 9  // the length of the shortest word that is a secret by its shape
	minToken = 12 // and of the shortest that has a known format
)

// bytesIn returns a table of the bytes of a text.
func bytesIn(text string) (t [256]bool) {
	for i := range len(text) {
		t[text[i]] = true
	}
	return t
}

var featureOf = func() (t [256]uint8) {
	for c := range t {
		if mayBeSeparator[c] {
			t[c] |= separators
		}
		switch b := byte(c); {
		case b == '@', b == '%':
			t[c] |= ats
		case b == ' ':
			t[c] |= blanks
		case b < ' ', b >= 0x80, b == '-', b == '<':
			t[c] |= lines
		case ascii.IsDigit(b):
			t[c] |= codeBytes | digits
		case ascii.IsUpper(b):
			t[c] |= codeBytes
		}
	}
	return t
}()

func featuresOf(s string) (x features) {
	word, code := 0, 0
	for i := range len(s) {
		c := s[i]
		f := featureOf[c]
		x.has |= f
		if f&codeBytes != 0 {
			code++
			if f&digits != 0 {
				x.digits++
			}
		} else if code > 0 {
			x.longestCode, code = max(x.longestCode, code), 0
		}
		if isWordByte[c] || c == '$' {
			word++
		} else {
			x.longest, word = max(x.longest, word), 0
		}
	}
	x.longest, x.longestCode = max(x.longest, word), max(x.longestCode, code)
	return x
}

// finder finds the secrets in a text. Each of its methods takes time in proportion to the text.
type finder struct {
	s     string
	class rules.Class
	spans []span
	why   why // of the added spans
}

func (f *finder) add(start, end int, kind string) {
	if start < end {
		f.spans = append(f.spans, span{start: start, end: end, kind: kind, why: f.why})
	}
}

// settle sorts the spans. Of overlapping spans, the first one stays and is extended over the other.
// Placeholders stay as they are.
func (f *finder) settle() []span {
	slices.SortStableFunc(f.spans, func(a, b span) int { return cmp.Or(a.start-b.start, b.end-a.end) })
	hasMarks := strings.Contains(f.s, mark.Prefix)
	var out []span
	for _, sp := range f.spans {
		if hasMarks {
			if at, n := mark.Around(f.s, sp.start, sp.end); n > 0 && (sp.kind != mark.Key || at <= sp.start) {
				continue
			}
		}
		if k := len(out) - 1; k >= 0 && sp.start < out[k].end {
			if sp.end > out[k].end {
				out[k].end, out[k].kind = sp.end, mark.Secret
			}
			continue
		}
		out = append(out, sp)
	}
	return out
}

// tokens finds the formats of known services.
func (f *finder) tokens() { f.spans = append(f.spans, tokenSpans(f.s)...) }

// options finds the values of options in a command, as sessions and approvals show them:
// --password x.
func (f *finder) options() {
	f.why = byLabel
	for _, at := range option.Get().FindAllStringSubmatchIndex(f.s, -1) {
		name, word := f.s[at[2]:at[3]], f.s[at[4]:at[5]]
		if rules.ClassOf(name) == rules.Secret && !judge.IsTypeWord(strings.TrimRight(word, ".,:")) { // else it is help
			f.value(rules.Secret, name, at[3], 1)
		}
	}
}

// option matches an option with its value, which is no other option.
var option = lazyregexp.New(`(?:^|[\s"'])--([\w-]{2,64}) ([^\s-]\S*)`)

// schemes finds credentials with their authentication scheme: Bearer x, Basic x.
func (f *finder) schemes() {
	f.why = byScheme
	for _, m := range schemeIn.Get().FindAllStringSubmatchIndex(f.s, -1) {
		start, v := m[4], strings.TrimRight(f.s[m[4]:m[5]], ".")
		if f.s[m[3]-1]|0x20 == 'c' {
			if data, ok := judge.DecodeBase64(v); ok && strings.Contains(string(data), ":") {
				f.spans = append(f.spans, span{start: start, end: start + len(v), isBasic: true, why: byScheme})
			}
		} else if len(v) >= 8 && strings.ContainsAny(v, "0123456789") || judge.LooksGenerated(v) {
			f.add(start, start+len(v), "")
		}
	}
}

var schemeIn = lazyregexp.New(`\b([Bb]asic|BASIC|[Bb]earer|BEARER) +([A-Za-z0-9._~+/=-]+)`)

// codes finds codes that people type, by their labels.
func (f *finder) codes() {
	var buf [4]rules.Match
	for _, m := range rules.FindCodes(buf[:0], f.s) {
		f.why = why{m.Rule, ""}
		f.add(m.Start, m.End, "")
	}
}

// tokenSpans finds the formats of known services.
func tokenSpans(s string) []span {
	var buf [4]rules.Match
	var out []span
	for _, m := range rules.BuiltIn().Find(buf[:0], s) {
		out = append(out, span{start: m.Start, end: m.End, kind: kindOfRule(m.Rule.ID), why: why{m.Rule, ""}})
	}
	return out
}

// kindOfRule returns the kind of the placeholder for what a rule finds.
func kindOfRule(id string) string {
	switch {
	case id == "jwt":
		return mark.JWT
	case strings.Contains(id, "private-key"):
		return mark.Key
	case strings.Contains(id, "hash"):
		return mark.Secret
	}
	return mark.Token
}
