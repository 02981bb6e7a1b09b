package redact

import (
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow/redact/find"
	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
)

// Value redacts a named value: of a header, a query or form parameter, a JSON member, a cookie.
func (r *Redactor) Value(name, value string) (out string) {
	defer hide(r, &out, value)
	return r.redactValue(r.rules.sensitivity(name), value)
}

// redactValue redacts a value whose name has a known sensitivity.
func (r *Redactor) redactValue(sensitivity names.Sensitivity, value string) string {
	if r.rules.hasRegexps() {
		value = r.rules.text(r, value)
	}
	if sensitivity == names.Below && !find.IsHarmlessBelow(strings.TrimSpace(value)) {
		sensitivity = names.Secret
	}
	if sensitivity == names.Secret {
		sp, ok := find.OfSecret(value)
		if !ok {
			return value
		}
		return value[:sp.Start] + r.replacement(value, sp) + value[sp.End:]
	}
	if w := strings.TrimSpace(value); find.HidesWord(sensitivity, w) {
		return r.placeholder(w)
	}
	if sensitivity != names.Identifier && find.IsRandomBase64(value) {
		return r.placeholderOfKind(mark.Secret, value)
	}
	if nested, ok := r.nestedJSON(value); ok {
		return nested
	}
	return r.redactSpans(value, sensitivity)
}

// Text redacts free text: known formats anywhere, and values with their names before them.
func (r *Redactor) Text(s string) (out string) {
	defer hide(r, &out, s)
	return r.redactValue(names.Plain, s)
}

// maxRounds bounds how often a text is searched again after a change.
const maxRounds = 16

// untilStable applies f until nothing changes, since a placeholder may change how the text around
// it reads.
func untilStable(s string, f func(string) string) string {
	for range maxRounds {
		out := f(s)
		if out == s {
			break
		}
		s = out
	}
	return s
}

// redactSpans replaces the spans of s. It repeats the search until nothing changes, since after a
// replacement a name may stand before another value.
func (r *Redactor) redactSpans(s string, sensitivity names.Sensitivity) string {
	return r.redactScanned(find.Scanner{Text: s, Sensitivity: sensitivity})
}

// redactScanned replaces the spans that a scanner finds, also where the escapes of the text are
// decoded.
func (r *Redactor) redactScanned(sc find.Scanner) string {
	for range maxRounds {
		again := sc
		if sp, ok := again.Next(0); ok {
			sc.Text = r.replaceSpans(&again, sp, sc.Text, nil)
			continue
		}
		if !again.MayHaveEscapes() {
			break
		}
		text, changed := r.redactDecoded(sc)
		if !changed {
			break
		}
		sc.Text = text
	}
	return sc.Text
}

// redactDecoded replaces what a scanner finds in the text after its escapes are decoded. The rest
// of the text stays as it is.
func (r *Redactor) redactDecoded(sc find.Scanner) (text string, changed bool) {
	raw := sc.Text
	var layers []lex.Decoded
	for range find.MaxLayers {
		d, ok := lex.Decode(sc.Text)
		if !ok {
			break
		}
		layers = append(layers, d)
		sc.Text = d.Text
		again := sc
		if sp, ok := again.Next(0); ok {
			return r.replaceSpans(&again, sp, raw, layers), true
		}
	}
	return raw, false
}

// replaceSpans replaces the spans of a text in one pass; sp is the first. The scanner reads the
// text as it is after the layers of escapes are decoded.
func (r *Redactor) replaceSpans(sc *find.Scanner, sp find.Span, raw string, layers []lex.Decoded) string {
	rawOf := func(i int) int {
		for n := len(layers) - 1; n >= 0; n-- {
			i = layers[n].Raw(i)
		}
		return i
	}
	s := sc.Text
	var b strings.Builder
	b.Grow(len(raw) + 32)
	from := 0
	for ok := true; ok; {
		if start := rawOf(sp.Start); start > from {
			b.WriteString(raw[from:start])
		}
		b.WriteString(r.replacement(s, sp))
		from = rawOf(sp.End)
		sp, ok = sc.Next(sp.End)
	}
	b.WriteString(raw[from:])
	return b.String()
}

// replacement returns the placeholder for a span of s.
func (r *Redactor) replacement(s string, sp find.Span) string {
	v := s[sp.Start:sp.End]
	if sp.Basic {
		// A password then has the same placeholder as in a login form.
		if data, ok := form.DecodeBase64(v); ok {
			if user, password, ok := strings.Cut(string(data), ":"); ok {
				return r.credentials(user, password)
			}
		}
	}
	if plain, err := url.PathUnescape(v); err == nil && sp.Kind == mark.Email {
		v = plain // in a path; equal to the address in bodies
	}
	if sp.Kind != "" {
		return r.placeholderOfKind(sp.Kind, v)
	}
	return r.placeholder(v)
}

// credentials returns a user and the placeholder of a password. Either may be empty. A user that
// can be a key gets a placeholder as well.
func (r *Redactor) credentials(user, password string) string {
	if password == "" { // most often an API key as the user
		return r.placeholder(user)
	}
	if user == "" {
		return r.placeholder(password)
	}
	if find.IsUserName(user) {
		return user + ":" + r.placeholder(password)
	}
	return r.placeholder(user) + ":" + r.placeholder(password)
}
