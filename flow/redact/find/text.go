// Package find finds secrets in text: known formats anywhere, and values after their names, in
// tags, tables, blocks of YAML, commands and sentences. It also judges whole values.
//
// A [Scanner] returns the spans of a text one after the other. Package redact replaces them.
//
// The package may import the other parts of flow/redact that know single forms (command, dialog,
// form, grant, lex, mark, names, phrase, table), internal/ascii and internal/hexdigit. Read text.go
// first, then name.go (values after names), sensitive.go (whole values), region.go (what stands
// below a name) and tag.go (markup).
package find

import (
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/flow/redact/command"
	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/flow/redact/table"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/hexdigit"
)

// Span is a piece of text to redact.
type Span struct {
	Start, End int
	Kind       string // "" if only the name or header tells; see package mark
	Basic      bool   // base64 of user and password
}

// wordByte marks the bytes that words consist of: those that tokens contain between separators.
var wordByte = func() (t [256]bool) {
	for c := range t {
		b := byte(c)
		t[c] = ascii.IsLower(b) || ascii.IsUpper(b) || ascii.IsDigit(b) || b >= 0x80 && b != wideLead || strings.IndexByte("_-.+~$", b) >= 0
	}
	return t
}()

// IsWordByte reports whether c is one of the bytes that words consist of.
func IsWordByte(c byte) bool { return wordByte[c] }

// wideLead is the first byte of the colon and the equals sign that are as wide as a Chinese
// character. No token has it.
const wideLead = 0xef

// wideSeparatorLen returns the length of such a sign at s[k], or 0.
func wideSeparatorLen(s string, k int) int {
	if k >= len(s) || s[k] != wideLead || !strings.HasPrefix(s[k:], "：") && !strings.HasPrefix(s[k:], "＝") {
		return 0
	}
	return len("：")
}

// Scanner finds the spans of a text one after the other. Its exported fields are set before the
// first search.
type Scanner struct {
	Text        string
	Sensitivity names.Sensitivity // of the text's name
	YAML        bool              // a plain value extends to the end of its line, and to indented lines

	region      region         // of a secret name, if one was found
	unclosed    int            // bytes searched in vain for the end of an element
	table       *table.Table   // nil until one is found
	cell        Span           // its next secret cell
	manifestEnd int            // the end of the document of YAML that was looked at for its kind
	isManifest  bool           // that document is a manifest of the kind Secret
	buttonEnd   int            // of an input whose value is no text of a person
	itemBytes   int            // bytes that were searched for the kinds of manifests in lists
	escapes     uint8          // the last search saw the first byte of an escape
	judged      int            // bytes of values under weak names that were looked at
	cellAt      int            // the start of cell, or noCell
	graphQL     phrase.GraphQL // names in Text that are no secrets
}

// First returns the first span of s at or after i. sensitivity is that of the text's name.
func First(s string, i int, sensitivity names.Sensitivity) (Span, bool) {
	sc := Scanner{Text: s, Sensitivity: sensitivity}
	return sc.Next(i)
}

// MaxLayers bounds how often the escapes of a text are decoded: those of a text within a text
// within a text.
const MaxLayers = 3

// Contains reports whether a text has a span, also where its escapes are decoded.
func Contains(s string, sensitivity names.Sensitivity) bool {
	sc := Scanner{Text: s, Sensitivity: sensitivity}
	if _, ok := sc.Next(0); ok {
		return true
	}
	if !sc.MayHaveEscapes() {
		return false
	}
	for range MaxLayers {
		d, ok := lex.Decode(s)
		if !ok {
			return false
		}
		if _, ok := First(d.Text, 0, sensitivity); ok {
			return true
		}
		s = d.Text
	}
	return false
}

// Next returns the first span at or after i, which is not before the end of the last span.
func (sc *Scanner) Next(i int) (sp Span, ok bool) {
	for sp, ok = sc.next(i); ok && sp.Kind == ""; sp, ok = sc.next(sp.End) {
		name, isName := sc.graphQL.Name(sc.Text, sp.Start, sp.End)
		if !isName {
			break
		}
		value, hasDefault := phrase.Default(sc.Text, name.End)
		if value, ok := inPhrase(sc.Text, value, hasDefault); ok {
			return value, true
		}
	}
	return sp, ok
}

// next is Next, and also returns names.
func (sc *Scanner) next(i int) (Span, bool) {
	s := sc.Text
	sc.begin(i)
	leads := uint8(0)
	for i < len(s) {
		if i >= sc.cellAt {
			if sp, ok := sc.nextInTable(i); ok {
				return sp, true
			}
		}
		if i < sc.region.end && i >= sc.region.start {
			if sp, ok := sc.nextBelow(); ok {
				return sp, true
			}
			i, leads = max(i, sc.region.end), 1
			continue
		}
		if c := s[i]; !wordByte[c] {
			leads |= escapeLeads[c]
			switch c {
			case '<', '\\', '|':
				if sp, ok := sc.findAtMark(i, c); ok {
					return sp, true
				}
				i++
			default:
				i = skipNonWord(s, i)
			}
			continue
		}
		if s[i] == '-' && strings.HasPrefix(s[i:], form.PEMBegin) {
			end, private := form.PEMBlock(s, i)
			if private {
				return Span{Start: i, End: end, Kind: mark.Key}, true
			}
			i = end
			continue
		}
		j := wordEnd(s, i)
		if form.MayBeEncoded[s[i]] && (j-i >= 5 && (form.IsPublicKey(s[i:j]) || form.IsEncodedFile(s, i)) || s[i] == '9' && form.IsEncodedFile(s, i)) {
			end := base64End(s, j)
			if sp, ok := findCompressed(s, i, end); ok {
				return sp, true
			}
			i = end
			continue
		}
		if sp, ok := findAtWord(s, i, j); ok {
			return sp, true
		}
		if j-i >= 9 || mayNameValue(s, i, j) {
			if sp, ok := sc.findInWord(i, j); ok {
				return sp, true
			}
		}
		i = j
	}
	sc.escapes = leads
	return Span{}, false
}

// escapeLeads has 1 for the first bytes of escapes that no word has.
var escapeLeads = [256]uint8{'\\': 1, '%': 1, '&': 1, '=': 1, wideLead: 1}

// MayHaveEscapes is a quick check whether the text, which was searched to its end,
// may have escapes; see [lex.Decode].
func (sc *Scanner) MayHaveEscapes() bool {
	return sc.escapes != 0 && lex.MayDecode(sc.Text) || strings.IndexByte(sc.Text, lex.SparseSigns) >= 0
}

// wordEnd returns the end of the word that starts at i.
func wordEnd(s string, i int) int {
	for i++; i < len(s) && wordByte[s[i]]; i++ {
	}
	return i
}

// findAtMark looks for a span that the tag, escape or table at i starts.
func (sc *Scanner) findAtMark(i int, c byte) (Span, bool) {
	switch {
	case c == '<':
		if strings.HasPrefix(sc.Text[i:], "<<<") {
			if start, end, ok := command.HereString(sc.Text, i); ok && !IsHarmless(sc.Text[start:end]) {
				return Span{Start: start, End: end}, true
			}
		} else if strings.HasPrefix(sc.Text[i:], "<<") {
			if start, end, ok := command.HereDocument(sc.Text, i); ok && !IsHarmless(sc.Text[start:end]) {
				return Span{Start: start, End: end}, true
			}
		}
		return sc.findTag(i)
	case c == '\\':
		return sc.findEscapedName(i)
	case !sc.isInTable(i):
		sc.openBars(i)
	}
	return Span{}, false
}

// skipNonWord returns where the text goes on after the escaped character or placeholder at i.
func skipNonWord(s string, i int) int {
	switch s[i] {
	case wideLead:
		_, n := utf8.DecodeRuneInString(s[i:]) // 1 in a text that is not UTF-8
		return i + n
	case '%':
		if i+2 < len(s) && hexdigit.Is(s[i+1]) && hexdigit.Is(s[i+2]) {
			i += 3 // an escaped character, maybe escaped twice
			for strings.HasPrefix(s[i-2:], "25") && i+1 < len(s) && hexdigit.Is(s[i]) && hexdigit.Is(s[i+1]) {
				i += 2
			}
			return i
		}
	case '[':
		if n := mark.Len(s[i:]); n > 0 {
			return i + n
		}
	}
	return i + 1
}

// mayNameValue is a quick check whether the text after a short word makes the word relevant.
func mayNameValue(s string, i, j int) bool {
	if j == len(s) {
		return false
	}
	switch s[j] {
	case '@', '%', '=', ':', '"', '\'', ']', '\\', '>', '&', '[', wideLead:
		return true
	case ',':
		return i > 0 && (s[i-1] == '{' || s[i-1] == '(') && names.MayEndSecret(s[i:j])
	case '?': // password?: string = "x" of TypeScript
		return j+1 < len(s) && s[j+1] == ':' && names.MayEndSecret(s[i:j])
	case '\t':
		return mayBePhrase(s, i, j)
	case ';':
		return j-i == len("stdin") && equalFold(s[i:j], "stdin")
	case '\n', '\r':
		return j-i == len("values") && equalFold(s[i:j], "values") || i > 1 && s[i-1] == ' ' && s[i-2] == '?' || mayBePhrase(s, i, j)
	case ')':
		return i > 0 && s[i-1] == '(' && (mayBePhrase(s, i, j) || j+1 < len(s) && s[j+1] == '=')
	case '*':
		return names.MayEndSecret(s[i:j])
	case '<':
		return mayBePhrase(s, i, j) || names.MayEndSecret(s[i:j])
	case '(':
		return j-i == 1 && i > 1 && (s[i-1] == '(' || s[i-1] == ')') || skipQuote(s, j+1) > j+1 || j+1 < len(s) && s[j+1] == ' ' || j-i == len("values") && equalFold(s[i:j], "values") || phrase.MayTakeKey(s[i:j])
	case '/':
		if i > 0 && s[i-1] == '/' {
			return names.OfNextSegment(s[i:j]) != names.Plain || ascii.IsDigit(s[i]) && j-i >= minHookID
		}
		return mayBeBase64(s, i) || i > 0 && s[i-1] == ':'
	case ' ':
		if s[i] == '-' || mayBePhrase(s, i, j) {
			return true
		}
		return ascii.IsDigit(s[i]) || ascii.IsDigit(s[j-1]) || names.MayEndSecret(s[i:j]) || i > 0 && (s[i-1] == '<' || s[i-1] == ':' || s[i-1] == '[') ||
			strings.HasPrefix(s[j:], " est :") || strings.HasPrefix(s[j:], " is ") && phrase.IsShortName(s[i:j]) || j+1 < len(s) && (s[j+1] == '=' || s[j+1] == ':' || s[j+1] == ' ')
	}
	return false
}

// findInWord looks for a span at the word s[i:j]: the word as a value, as the first part of an
// address, or as a name with a value after it. This is also the order of the spans.
func (sc *Scanner) findInWord(i, j int) (Span, bool) {
	s := sc.Text
	if s[i] == '$' {
		if sp, ok := findPasswordHash(s, i); ok {
			return sp, true
		}
	}
	if sp, ok := findByShape(s, i, j, sc.Sensitivity); ok {
		return sp, true
	}
	if j == len(s) {
		return Span{}, false
	}
	switch s[j] {
	case '<':
		return findLabelled(s, i, j)
	case '(':
		return sc.findInCall(i, j)
	case '/':
		return sc.findBeforeSlash(i, j)
	case '@', '%':
		if sp, ok := findDatabasePassword(s, i, j); ok {
			return sp, true
		}
		return sc.findBeforeAt(i, j)
	case '*':
		if sp, ok := findBelowHeading(s, i, j); ok {
			return sp, true
		}
		return sc.findNameValue(i, j)
	case '\n', '\r', ')':
		if j-i == len("values") && s[j] != ')' {
			sc.openValues(i, j)
		}
		if strings.HasPrefix(s[j:], ")=(") {
			return sc.findNameValue(i, j)
		}
		if phrase.IsName(s[i:j]) {
			sp, ok := phrase.Code(s, i, j)
			if sp, ok := inPhrase(s, sp, ok); ok {
				return sp, true
			}
			if sp, ok := findBelowHeading(s, i, j); ok {
				return sp, true
			}
		}
		return sc.findAfterKey(i, j)
	case ' ', '\t':
		return sc.findBeforeBlank(i, j)
	case ';':
		return sc.openCopy(i, j)
	case '=', ':', '"', '\'', ']', '\\', '>', '&', '[', ',', '?', wideLead:
		return sc.findBeforeSign(i, j)
	}
	return Span{}, false
}

// findBeforeBlank looks for a span after the word s[i:j], which a blank follows, or in it.
func (sc *Scanner) findBeforeBlank(i, j int) (Span, bool) {
	s := sc.Text
	if i > 0 && s[i-1] == '[' {
		sc.openSection(i, j)
	}
	if strings.HasPrefix(s[j:], " #") {
		if sp, ok := findBelowHeading(s, i, j); ok {
			return sp, true
		}
	}
	if sp, ok := phrase.AfterShortName(s, i, j); ok {
		return inPhrase(s, sp, ok)
	}
	isPhrase := mayBePhrase(s, i, j)
	if !isPhrase && !ascii.IsDigit(s[j-1]) && !names.MayEndSecret(s[i:j]) {
		return sc.findNameValue(i, j)
	}
	sp, ok := phrase.Find(s, i, j)
	if !ok {
		sp, ok = phrase.Numbered(s, i, j)
	}
	if !ok && ascii.IsDigit(s[j-1]) {
		sp, ok = phrase.CodeBefore(s, i, j)
	}
	if sp, ok := inPhrase(s, sp, ok); ok {
		return sp, true
	}
	switch {
	case !isPhrase:
	case equalFold(s[i:j], "values"):
		return sc.openValues(i, j)
	case strings.HasPrefix(s[j:], " <") || strings.HasPrefix(s[j+1+labelVerb(s[j+1:]):], "<"):
		if sp, ok := findLabelled(s, i, j); ok {
			return sp, true
		}
	case mayEndStatement(s[i:j]):
		if sp, ok := findStatement(s, i, j); ok {
			return sp, true
		}
	}
	return sc.findNameValue(i, j)
}
