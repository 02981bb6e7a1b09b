package find

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
)

// Pages and documents show a secret beside its label, with tags between them: <b>Password</b>: x,
// <label>Password</label><input value="x">, <p>Your code:</p><h1>482913</h1>.

const (
	maxLabelTags = 6   // between a label and its value
	maxLabelLen  = 400 // bytes between them
)

// labelled is what stands between a label and its value.
type labelled struct {
	tags int
	said bool // a colon or the like, or the label is in an element for labels
	at   int  // where the value starts
	kind valueKind
}

type valueKind uint8

const (
	textValue valueKind = iota
	inputValue
)

// findLabelled finds the value of the label in markup whose last word is s[i:j].
func findLabelled(s string, i, j int) (Span, bool) {
	if !names.MayEndSecret(s[i:j]) && !phrase.IsName(s[i:j]) || i > 0 && (s[i-1] == '<' || s[i-1] == '/' || s[i-1] == '.') {
		return Span{}, false
	}
	sensitivity := names.SensitivityOf(s[phrase.Start(s, i):j])
	if sensitivity != names.Secret {
		return Span{}, false
	}
	if sp, ok := findCodeList(s, i, j); ok {
		return sp, true
	}
	l, ok := skipMarkup(s[:min(len(s), j+maxLabelLen)], j)
	switch {
	case ok && l.kind == inputValue:
		return findInputValue(s, l.at)
	case !ok || l.tags == 0:
		return Span{}, false
	}
	end := lex.IndexFrom(s, l.at, "<\n\r")
	for end > l.at && lex.IsBlank(s[end-1]) {
		end--
	}
	value := s[l.at:end]
	switch n := len(value); {
	case n < 3 || n > names.MaxLen || strings.ContainsAny(value, " \t&{}") || strings.Contains(value, mark.Prefix) || IsHarmless(value):
		return Span{}, false
	case phrase.LabelsCode(s, i, j) && names.IsOneTimeCode(value):
	case names.IsTypeWord(value) || strings.IndexByte(strings.TrimRight(value, "="), '=') >= 0: // color=red
		return Span{}, false
	case names.IsNameLike(value) && (!l.said || n < 5):
		return Span{}, false
	case !l.said && (n < 6 || form.Count(value).Digit == 0):
		return Span{}, false
	}
	return Span{Start: l.at, End: end}, true
}

// skipMarkup skips tags, blanks and separators after the label that ends at j, up to a text or an
// input. ok is false if what follows cannot be the label's value.
func skipMarkup(s string, j int) (l labelled, ok bool) {
	for k := j; k < len(s); {
		switch c := s[k]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '*':
			k++
		case c == ':' || c == '=':
			l.said, k = true, k+1
		case c == '-' && k+1 < len(s) && s[k+1] == ' ':
			l.said, k = true, k+2
		case strings.HasPrefix(s[k:], "–"), strings.HasPrefix(s[k:], "—"):
			l.said, k = true, k+len("–")
		case strings.HasPrefix(s[k:], "&nbsp;"):
			l.tags, k = l.tags+1, k+len("&nbsp;")
		case labelVerb(s[k:]) > 0:
			l.said, k = true, k+labelVerb(s[k:])
		case c != '<':
			l.at = k
			return l, true
		default:
			end := wordEndAt(s, min(k+1, len(s)))
			isEnd := strings.HasPrefix(s[k:], "</")
			if isEnd {
				end = wordEndAt(s, k+2)
			}
			gt := strings.IndexByte(s[k:], '>')
			name := strings.ToLower(strings.TrimLeft(s[k:end], "</"))
			if !isEnd && (name == "input" || name == "textarea" || name == "output") {
				l.at, l.kind = k, inputValue
				return l, true
			}
			if l.tags++; gt < 0 || name == "" || l.tags > maxLabelTags || !isEnd && !mayHoldValue(name) {
				return l, false
			}
			l.said = l.said || isEnd && (name == "label" || name == "dt" || name == "legend" || name == "figcaption")
			k += gt + 1
		}
	}
	return l, false
}

// labelVerbs stand between a label and its value.
var labelVerbs = [...]string{"is: ", "is:", "is now ", "is ", "has been set to ", "has been reset to ", "has been changed to ",
	"lautet: ", "lautet:", "lautet "}

// labelVerb returns the length of the verb that s starts with, or 0.
func labelVerb(s string) int {
	if s == "" || s[0] != 'i' && s[0] != 'h' && s[0] != 'l' {
		return 0
	}
	for _, verb := range &labelVerbs {
		if strings.HasPrefix(s, verb) {
			return len(verb)
		}
	}
	return 0
}

// mayHoldValue reports whether an element may hold the value of a label before it. Those that may
// not begin something else: another item of a list, a link, a button.
func mayHoldValue(element string) bool {
	switch element {
	case "li", "a", "option", "button", "select", "th", "tr", "ul", "ol", "nav", "script", "style", "img", "svg", "h2", "form", "table", "label":
		return false
	}
	return true
}

// findInputValue finds the value of the input or text area at k.
func findInputValue(s string, k int) (Span, bool) {
	tag := s[:min(len(s), k+maxTagLen)]
	at := wordEndAt(tag, k+1)
	value := attribute{}
	for {
		a, ok := nextAttribute(tag, at)
		at = a.end
		if !ok {
			break
		}
		switch name := tag[a.name:a.nameEnd]; {
		case equalFold(name, "type") && isButton(tag[a.value:a.valueEnd]):
			return Span{}, false
		case equalFold(name, "value"):
			value = a
		}
	}
	if tag[k+1]|0x20 != 'i' {
		return findElementText(s, at)
	}
	return namedSpan(s, value.value, value.valueEnd, names.Secret)
}

// isButton reports whether an input of this type has a value that is no text of a person.
func isButton(inputType string) bool {
	switch strings.ToLower(inputType) {
	case "submit", "button", "reset", "image", "checkbox", "radio", "range", "color":
		return true
	}
	return false
}
