package find

import (
	"cmp"
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/grant"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// maxTagLen bounds the inspected length of a tag, in bytes.
const maxTagLen = 1000

// attribute is an attribute of a tag, by positions in the text.
type attribute struct {
	name, nameEnd, value, valueEnd int
	end                            int // where the tag goes on
}

// nextAttribute returns the first attribute of a tag at or after k, as HTML allows it: quoted or
// not, with blanks around the equals sign. ok is false at the end of the tag.
func nextAttribute(s string, k int) (a attribute, ok bool) {
	for k < len(s) && (lex.IsBlank(s[k]) || s[k] == '/' || s[k] == '?') {
		k++
	}
	a = attribute{k, k, k, k, k}
	for k < len(s) && !lex.IsBlank(s[k]) && strings.IndexByte("=<>/\"'", s[k]) < 0 {
		k++
	}
	if k == a.name {
		if k < len(s) && s[k] == '>' {
			a.end = k + 1
		} else if k < len(s) && s[k] != '<' {
			a.end = k + 1
			return a, true // a stray character
		}
		return a, false
	}
	a.nameEnd, a.value, a.valueEnd, a.end = k, k, k, k
	for k < len(s) && lex.IsBlank(s[k]) {
		k++
	}
	if k == len(s) || s[k] != '=' {
		return a, true
	}
	for k++; k < len(s) && lex.IsBlank(s[k]); k++ {
	}
	a.value = k
	if k < len(s) && (s[k] == '"' || s[k] == '\'') {
		n := strings.IndexByte(s[k+1:], s[k])
		if n < 0 {
			n = len(s) - k - 1
		}
		a.value, a.valueEnd = k+1, k+1+n
		a.end = min(len(s), a.valueEnd+1)
		return a, true
	}
	for k < len(s) && !lex.IsBlank(s[k]) && s[k] != '>' {
		k++
	}
	a.valueEnd, a.end = k, k
	return a, true
}

// tagEnd returns the end of the tag after the attribute that ends at k.
func tagEnd(s string, k int) int {
	for {
		a, ok := nextAttribute(s, k)
		if k = a.end; !ok {
			return k
		}
	}
}

// namesValue reports whether an attribute names the value of its element, as in <input name="…">.
func namesValue(name string) bool {
	name = localName(name)
	switch len(name) {
	case 1, 2, 3, 4, 5, 8, 9, 10, 15:
		switch strings.ToLower(name) {
		case "name", "id", "key", "type", "http-equiv", "property", "itemprop", "field", "data-name", "data-key",
			"formcontrolname", "param", "n", "k":
			return true
		}
	}
	return false
}

// labelsInput reports whether an attribute shows people what an input is for.
func labelsInput(name string) bool {
	switch strings.ToLower(name) {
	case "placeholder", "aria-label", "title", "label", "data-label", "autocomplete", "class":
		return true
	}
	return false
}

// describesContent reports whether an attribute may say what the content of its element is, to
// style sheets or tests.
func describesContent(name string) bool {
	switch strings.ToLower(name) {
	case "class", "data-testid", "data-test", "data-test-id", "data-cy", "data-qa", "data-field":
		return true
	}
	return false
}

// maxClasses bounds the words of such an attribute that are looked at.
const maxClasses = 8

// secretClass returns the first of the words that names a secret, "" if none does. Words such as
// token and key have other meanings there.
func secretClass(words string) string {
	for range maxClasses {
		word, rest, more := strings.Cut(words, " ")
		if names.MayEndSecret(word) && (names.IsChosen(word) || strings.ContainsAny(word, "-_")) && names.SensitivityOf(word) == names.Secret {
			return word
		}
		if !more {
			return ""
		}
		words = rest
	}
	return ""
}

// holdsContent reports whether an attribute holds the value of its element.
func holdsContent(name string) bool {
	name = localName(name)
	switch len(name) {
	case 1, 5, 7, 10, 12, 13:
		switch strings.ToLower(name) {
		case "value", "content", "data-value", "data-content", "v", "defaultvalue", "default-value", "initial-value", "data-initial", "data-default":
			return true
		}
	}
	return false
}

// findTag finds the value that an element names by another attribute: <input name="password"
// value="…">, as in forms, configurations and pages, or <entry key="password">…</entry>. The tag
// starts at i.
func (sc *Scanner) findTag(i int) (Span, bool) {
	if i+1 >= len(sc.Text) || !ascii.IsLower(sc.Text[i+1]|0x20) {
		return Span{}, false
	}
	s := sc.Text[:min(len(sc.Text), i+maxTagLen)]
	k := wordEndAt(s, i+1)
	if k == i+3 && equalFold(s[i+1:k], "tr") && !sc.isInTable(i) {
		sc.openMarkup(i)
	}
	if k == len(s) || s[k] == '>' {
		return Span{}, false // no attributes
	}
	element := s[i+1 : k]
	isInput, copied := equalFold(element, "input"), copiedText{}
	sensitivity, value, named, described := names.Plain, attribute{}, "", ""
	if s[k] == ' ' && names.SensitivityOf(localName(element)) == names.Secret {
		sensitivity = names.Secret // <Password Value="…"/>
	}
	a, ok := nextAttribute(s, k)
	for ; ok; a, ok = nextAttribute(s, a.end) {
		switch name := s[a.name:a.nameEnd]; {
		case a.value == a.valueEnd:
		case namesValue(name), isInput && labelsInput(name):
			if isInput && isButton(s[a.value:a.valueEnd]) && equalFold(name, "type") {
				sc.buttonEnd = tagEnd(s, a.end)
				return Span{}, false
			}
			if x := names.SensitivityOf(s[a.value:a.valueEnd]); sensitivity == names.Plain || x == names.Secret {
				sensitivity, named = x, s[a.value:a.valueEnd]
			}
		case holdsContent(name):
			value = a
		case describesContent(name) && !isInput:
			described = cmp.Or(described, secretClass(s[a.value:a.valueEnd]))
		default:
			copied.read(name, s[a.value:a.valueEnd], a)
		}
	}
	k = a.end
	hasContent := k >= 2 && s[k-1] == '>' && s[k-2] != '/' && !isVoidElement(element)
	switch {
	case sensitivity == names.Plain && described != "" && hasContent && !equalFold(element, "label"):
		sp, ok := findElementText(sc.Text, k)
		return sp, ok && isTextOfClass(described, sc.Text[sp.Start:sp.End])
	case sensitivity == names.Plain && copied.find(s, k):
		return Span{Start: copied.text.value, End: copied.text.valueEnd}, true
	case sensitivity == names.Plain || sensitivity == names.Identifier:
		return Span{}, false
	}
	if sensitivity == names.Weak && hasGrantInput(sc.Text, i, named) && !grant.IsFilterState(s[value.value:value.valueEnd]) {
		sensitivity = names.Secret
	}
	if value.valueEnd > value.value {
		return namedSpan(s, value.value, value.valueEnd, sensitivity)
	}
	if sensitivity != names.Secret || !hasContent || sc.region.end <= i && sc.openElement(element, k) {
		return Span{}, false
	}
	return findElementText(sc.Text, k)
}

// isTextOfClass reports whether the text of an element with the class of a secret is the secret.
func isTextOfClass(class, text string) bool {
	return isWordOfSecret(text) || names.LastWord(class) == "code" && (names.IsOneTimeCode(text) || phrase.IsGroupedCode(text))
}

// isWordOfSecret reports whether a text that may say anything of a secret is one.
func isWordOfSecret(text string) bool {
	return len(text) >= 6 && form.IsMixed(text) && !strings.ContainsAny(text, " \t\r\n_") && !names.IsNameLike(text)
}

// namedSpan returns the span to redact in the value s[from:to], whose name has this sensitivity.
func namedSpan(s string, from, to int, sensitivity names.Sensitivity) (Span, bool) {
	if sensitivity == names.Secret {
		sp, ok := OfSecret(s[from:to])
		sp.Start, sp.End = sp.Start+from, sp.End+from
		return sp, ok
	}
	return Span{Start: from, End: to}, HidesWhole(sensitivity, s[from:to])
}

// isVoidElement reports whether an element of HTML never has content.
func isVoidElement(name string) bool {
	switch strings.ToLower(name) {
	case "input", "meta", "link", "br", "img", "hr", "source", "area", "base", "col", "embed", "track", "wbr":
		return true
	}
	return false
}

// namesNext reports whether the text of an element of this name names the next element.
func namesNext(element string) bool {
	switch len(element) {
	case 2:
		return equalFold(element, "dt") || equalFold(element, "th")
	case 3, 4:
		if equalFold(element, "key") || equalFold(element, "name") {
			return true
		}
	}
	return namesValueElement(element)
}

// namesValueElement reports whether the text of an element of this name names the next element only
// if that is called value.
func namesValueElement(element string) bool {
	switch len(element) {
	case 4, 5:
		return equalFold(element, "type") || equalFold(element, "field") || equalFold(element, "label")
	}
	return len(element) > len("field") && names.PairRoleOf(element) == names.NamesRole
}

// findValueElement finds the value in <key>api_key</key><string>…</string> and
// <dt>Password</dt><dd>…</dd>, as in property lists and tables. The name starts at k, in an element
// called element.
func (sc *Scanner) findValueElement(element string, k int) (Span, bool) {
	s := sc.Text
	n := strings.IndexByte(s[k:min(len(s), k+names.MaxLen)], '<')
	if n <= 0 {
		return Span{}, false
	}
	name := strings.TrimRight(s[k:k+n], ": \t\r\n")
	if names.SensitivityOf(name) != names.Secret || equalFold(element, "type") && !names.IsChosen(name) {
		return Span{}, false
	}
	for at, opened := k+n, 0; opened < 3; {
		gt := strings.IndexByte(s[at:min(len(s), at+maxTagLen)], '>')
		if gt < 2 || s[at+gt-1] == '/' {
			break
		}
		if s[at+1] != '/' {
			next := localName(s[at+1 : wordEndAt(s, at+1)])
			if strings.EqualFold(next, element) || namesValueElement(element) && names.PairRoleOf(next) != names.ValueRole {
				break // a list of names
			}
			opened++
		} else if opened > 0 || at != k+n {
			break
		}
		at += gt + 1
		if next := skipSpace(s, at); next < len(s) && s[next] == '<' && !strings.HasPrefix(s[next:], cdata) {
			at = next
		} else if opened > 0 {
			return findElementText(s, at)
		} else {
			break
		}
	}
	return Span{}, false
}

// skipSpace returns the first index at or after k that is not white space.
func skipSpace(s string, k int) int {
	for k < len(s) && lex.IsBlank(s[k]) {
		k++
	}
	return k
}

// findElementText returns the text of an element, from k to its closing tag, as a secret.
func findElementText(s string, k int) (Span, bool) {
	quote := byte('<')
	if strings.HasPrefix(s[k:], cdata) {
		k, quote = k+len(cdata), ']'
	}
	if end := valueEnd(s, k, quote, names.Secret); quote == '<' && end < len(s) && !strings.HasPrefix(s[end:], "</") {
		return Span{}, false
	}
	return secretSpanAt(s, k, quote)
}

// secretSpanAt returns the span of the secret value that starts at k.
func secretSpanAt(s string, k int, quote byte) (Span, bool) {
	sp, ok := OfSecret(s[k:valueEnd(s, k, quote, names.Secret)])
	sp.Start, sp.End = sp.Start+k, sp.End+k
	return sp, ok
}

// hasGrantInput reports whether a form around the tag at i has hidden fields for both the code and
// the state of a grant. name is that of the tag.
func hasGrantInput(s string, i int, name string) bool {
	other := "code"
	if grant.IsCode(name) {
		other = "state"
	} else if !grant.IsState(name) {
		return false
	}
	near := s[max(0, i-maxTagLen):min(len(s), i+maxTagLen)]
	for _, quote := range [...]string{`"`, `'`, ""} {
		if strings.Contains(near, "name="+quote+other+quote) {
			return true
		}
	}
	return false
}
