package redact

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// known has the secrets that one flow used as credentials, or that stand under the name of one.
// They are secret wherever else the flow has them.
type known struct {
	values []string // that are looked for anywhere
	words  []string // may be ordinary words: matched only as complete values
	seen   map[string]bool
	most   int              // of seen; 0 means maxKnown
	forms  []knownForm      // of the values
	heads  map[string][]int // of the forms, by their first headLen bytes
	first  [256]uint64      // a bit for each second byte of heads, by the first
}

// knownForm is a way to write a known secret.
type knownForm struct {
	text, secret string
	isEncoded    bool // in digits that may go on before and after
	isGenerated  bool // no word has it as a part
	isWord       bool // matched only as a complete value
}

const (
	maxKnown = 64 // secrets of one flow that are looked for in it
	headLen  = 6
	// minLongWord is the length of a secret without digits that is looked for anywhere. Shorter
	// ones may be ordinary words.
	minLongWord = 14
	// minShortWord is the length of a word that is matched only as a complete value.
	minShortWord = 8
)

// add notes a secret, unless its own form reveals it anywhere or it is an ordinary word.
func (k *known) add(kind, value string) {
	if k == nil || kind != mark.Secret || strings.Contains(value, mark.Prefix) {
		return
	}
	if len(value) < headLen || len(value) > 4096 || len(k.seen) == cmp.Or(k.most, maxKnown) || k.seen[value] {
		return
	}
	c := judge.Count(value)
	switch {
	case c.Upper+c.Lower == 0:
		return
	case c.Digit == 0 && (len(value) < minLongWord || strings.ContainsAny(value, " \t\n")):
		if len(value) < minShortWord || c.Other > 0 || judge.IsTypeWord(value) || describes.MatchString(value) || rules.ClassOf(value) != rules.Plain {
			return
		}
		k.words = append(k.words, value)
	default:
		k.values = append(k.values, value)
	}
	if k.seen == nil {
		k.seen = map[string]bool{}
	}
	k.seen[value] = true
}

// describes finds words that say something of a secret, such as "encryption" and "required".
var describes = lazyregexp.New(`(?i)(?:ing|tion|sion|ment|ity|ance|ence|ed|able|ible|ies)$`)

// addForms notes a secret as it is and in the encodings that are in use.
func (k *known) addForms(secret string) {
	forms, digits := scan.Forms(secret)
	texts, isGenerated := len(forms), judge.LooksGenerated(secret)
	if len(secret) >= minShortWord {
		forms = append(forms, digits...)
	}
	for i, text := range forms {
		if len(text) >= headLen && !slices.Contains(forms[:i], text) {
			k.forms = append(k.forms, knownForm{text: text, secret: secret, isEncoded: i >= texts, isGenerated: isGenerated})
		}
	}
}

// prepare makes and indexes the forms, the longest first: one secret may contain another.
func (k *known) prepare() {
	for _, v := range k.values {
		k.addForms(v)
	}
	for _, w := range k.words {
		k.forms = append(k.forms, knownForm{text: w, secret: w, isWord: true})
	}
	slices.SortStableFunc(k.forms, func(a, b knownForm) int { return cmp.Compare(len(b.text), len(a.text)) })
	k.heads = make(map[string][]int, len(k.forms))
	for i, f := range k.forms {
		head := f.text[:headLen]
		k.heads[head] = append(k.heads[head], i)
		k.first[head[0]] |= 1 << (head[1] & 63)
	}
}

// repeats replaces the known secrets in the rest of a flow. again reports whether there were any.
func (r *Redactor) repeats(f flow.Flow, k *known) (out flow.Flow, again bool) {
	if len(k.seen) == 0 {
		return f, false
	}
	k.prepare()
	text := func(s string, _ func(string) string) string {
		out := mark.Outside(s, func(s string) string { return r.replaceKnown(s, k) })
		again = again || out != s
		return out
	}
	f.Err = text(f.Err, nil)
	f = replaceInFlow(f, text)
	return f, again
}

// replaceKnown replaces known secrets that begin and end at the edges of a word.
func (r *Redactor) replaceKnown(s string, k *known) string {
	var b strings.Builder
	done := 0
	for i := 0; i+headLen <= len(s); i++ {
		if k.first[s[i]]&(1<<(s[i+1]&63)) == 0 {
			continue
		}
		for _, at := range k.heads[s[i:i+headLen]] {
			f := &k.forms[at]
			if !strings.HasPrefix(s[i:], f.text) {
				continue
			}
			start, end := i, i+len(f.text)
			if f.isEncoded {
				for start > done && isDigitOfCode(s[start-1]) {
					start--
				}
				for end < len(s) && (isDigitOfCode(s[end]) || s[end] == '=') {
					end++
				}
			} else if f.isWord && !isWhole(s, start, end) || !f.isGenerated && (isEdgeWithin(s, start) || isEdgeWithin(s, end)) {
				continue
			}
			b.WriteString(s[done:start])
			b.WriteString(r.placeholderOfKind(mark.Secret, f.secret))
			done = end
			i = end - 1
			break
		}
	}
	if done == 0 {
		return s
	}
	return b.String() + s[done:]
}

// isEdgeWithin reports whether a place in a text is within a word of letters and digits. Escapes
// such as %22 and \n end a word.
func isEdgeWithin(s string, i int) bool {
	if i <= 0 || i >= len(s) || !ascii.IsAlnum(s[i-1]) || !ascii.IsAlnum(s[i]) {
		return false
	}
	return !(i >= 3 && s[i-3] == '%') && !(i >= 2 && s[i-2] == '\\')
}

func isDigitOfCode(c byte) bool { return ascii.IsAlnum(c) || c == '+' || c == '-' || c == '_' }

// isWhole reports whether s[start:end] is a complete value: quoted, an element, a parameter, a
// segment of a path or all of s; or a word behind the name of a secret.
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
		before := strings.TrimRight(s[max(0, start-rules.MaxName):start], " :")
		name := before[strings.LastIndexAny(before, " \"'(,")+1:]
		return rules.ClassOf(name) == rules.Secret
	}
	return strings.HasSuffix(s[:start], "%22") || strings.HasSuffix(s[:start], "%27") || strings.HasSuffix(s[:start], "%3D")
}
