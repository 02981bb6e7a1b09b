package redact

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
)

// maxFoundSecrets bounds the secrets of one flow that are searched for in the rest of it.
const maxFoundSecrets = 64

const (
	// minLongWord is the length of a secret without digits that is searched for anywhere. Shorter
	// ones may be ordinary words.
	minLongWord = 14
	// minShortWord is the length of one that is searched for where it is a whole value.
	minShortWord = 8
)

// foundSecrets collects the secrets of one flow that only their name or header reveals.
type foundSecrets struct {
	values []string // searched for anywhere
	words  []string // may be ordinary words: searched for as whole values
}

// add records a secret unless its own form reveals it or it is an ordinary word.
func (t *foundSecrets) add(kind, value string) {
	if t == nil || kind != mark.Secret || len(value) < 6 || len(value) > 4096 || len(t.values)+len(t.words) == maxFoundSecrets {
		return
	}
	c := form.Count(value)
	switch {
	case c.Upper+c.Lower == 0:
	case c.Digit == 0 && (len(value) < minLongWord || strings.ContainsAny(value, " \t\n")):
		if isUncommonWord(value, c) && !slices.Contains(t.words, value) {
			t.words = append(t.words, value)
		}
	case !slices.Contains(t.values, value):
		t.values = append(t.values, value)
	}
}

// isUncommonWord reports whether a secret of letters is none of the words that say something of a
// secret, or what it is for.
func isUncommonWord(w string, c form.Counts) bool {
	return len(w) >= minShortWord && c.Other == 0 && !names.IsTypeWord(w) && !names.IsProse(w) && names.SensitivityOf(w) == names.Plain
}

// replaceRepeated replaces the values found in one place of a flow in all others, also where they
// are encoded. again reports whether there were any.
func (r *Redactor) replaceRepeated(f flow.Flow, found *foundSecrets) (out flow.Flow, again bool) {
	var pairs []string
	// One value may contain another, so longer ones come first.
	slices.SortFunc(found.values, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	encoded := encodings{}
	for _, v := range found.values {
		mark := r.placeholderOfKind(mark.Secret, v)
		pairs = append(pairs, v, mark)
		if e := url.QueryEscape(v); e != v {
			pairs = append(pairs, e, mark, url.QueryEscape(e), mark)
		}
		encoded.add(v, mark)
	}
	replacer := strings.NewReplacer(pairs...)
	text := func(s string) string {
		out := s
		for i := 0; i < len(pairs); i += 2 {
			if strings.Contains(s, pairs[i]) {
				out = outside(s, replacer.Replace)
				break
			}
		}
		if len(encoded.secrets) > 0 {
			out = outside(out, encoded.replace)
		}
		for _, w := range found.words {
			if strings.Contains(out, w) {
				mark := r.placeholderOfKind(mark.Secret, w)
				out = outside(out, func(s string) string { return replaceWhole(s, w, mark) })
			}
		}
		again = again || out != s
		return out
	}
	f.Err = text(f.Err)
	q := &f.Request
	q.Path, q.RawQuery = text(q.Path), text(q.RawQuery)
	replaceInMessage(&q.Header, &q.Trailer, &q.Body, text)
	if f.Response != nil {
		// f.Response is a copy already
		replaceInMessage(&f.Response.Header, &f.Response.Trailer, &f.Response.Body, text)
	}
	f.Messages = withData(f.Messages, func(m *flow.Message) []byte { return replace("", m.Data, text) })
	return f, again
}

// outside applies replace to text outside placeholders, whose hexadecimal digits could contain a
// short value.
func outside(s string, replace func(string) string) string {
	if !strings.Contains(s, mark.Prefix) {
		return replace(s)
	}
	var b strings.Builder
	for {
		i := strings.Index(s, mark.Prefix)
		if i < 0 {
			b.WriteString(replace(s))
			return b.String()
		}
		n := max(mark.Len(s[i:]), len(mark.Prefix))
		b.WriteString(replace(s[:i]))
		b.WriteString(s[i : i+n])
		s = s[i+n:]
	}
}

// replaceWhole replaces a word where it is a whole value, or follows the name of a secret:
// {"echo": "word"}, "the password word is too weak".
func replaceWhole(s, word, mark string) string {
	var b strings.Builder
	done := 0
	for i := 0; ; {
		n := strings.Index(s[i:], word)
		if n < 0 {
			break
		}
		start, end := i+n, i+n+len(word)
		if i = end; isWhole(s, start, end) {
			b.WriteString(s[done:start])
			b.WriteString(mark)
			done = end
		}
	}
	if done == 0 {
		return s
	}
	return b.String() + s[done:]
}

// isWhole reports whether s[start:end] is a whole value: quoted, an element, a parameter, a segment
// of a path or all of s; or a word behind the name of a secret.
func isWhole(s string, start, end int) bool {
	if end < len(s) && strings.IndexByte("\"'`<&;,)/\\?#%\r\n .", s[end]) < 0 {
		return false
	}
	if start == 0 {
		return end == len(s)
	}
	switch s[start-1] {
	case '"', '\'', '`', '>', '=', '/':
		return end == len(s) || s[end] != ' ' && s[end] != '.'
	case ' ':
		before := strings.TrimRight(s[:start], " :")
		name := before[len(strings.TrimRightFunc(before, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) || c == '_' || c == '-' })):]
		return names.SensitivityOf(name) == names.Secret
	}
	return strings.HasSuffix(s[:start], "%22") || strings.HasSuffix(s[:start], "%27") || strings.HasSuffix(s[:start], "%3D")
}
