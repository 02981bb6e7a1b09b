package lex

import (
	"strings"

	"github.com/spectap/spectap/internal/ascii"
)

// SkipOpening skips what languages write between a name and a string: the parenthesis of ("x"),
// also on a line before it, the angles of a binary of Erlang, <<"x">>, and the type of a list of
// Go. It returns k if no string follows.
func SkipOpening(s string, k int) int {
	n := k
	switch {
	case strings.HasPrefix(s[k:], "<<"):
		n += len("<<")
	case k < len(s) && s[k] == '(':
		for n++; n < len(s) && IsBlank(s[n]); n++ {
		}
	case strings.HasPrefix(s[k:], "[]"): // a list of Go: []string{"x"}
		for n += len("[]"); n < len(s) && ascii.IsLower(s[n]|0x20); n++ {
		}
		if n++; n > len(s) || s[n-1] != '{' {
			return k
		}
	default:
		return k
	}
	if n == len(s) || s[n] != '"' && s[n] != '\'' {
		return k
	}
	if s[k] == '(' {
		end := strings.IndexByte(s[n+1:min(len(s), n+maxParameters)], s[n])
		after := strings.TrimLeft(s[n+1+max(end, 0):min(len(s), n+maxParameters)], "\"' \t\r\n")
		if end < 0 || !strings.HasPrefix(after, ")") || strings.HasPrefix(after, ");") && s[n+1] == '@' { // of several, or in a Signature-Input
			return k
		}
	}
	return n
}

// maxParameters bounds the bytes of the parameters of a scheme that are inspected.
const maxParameters = 4 << 10

// ParametersEnd returns the end of the parameters of an authentication scheme that start at k:
// name="value", name=value. It returns k if there is none in quotes.
func ParametersEnd(s string, k int) int {
	s = s[:min(len(s), k+maxParameters)]
	first, end, quoted := k, k, false
	for {
		n := k
		for n < len(s) && (s[n] == '_' || s[n] == '-' || s[n] == '*' || s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' || s[n] >= '0' && s[n] <= '9') {
			n++
		}
		if n == k || n == len(s) || s[n] != '=' {
			break
		}
		n++
		if from := SkipQuote(s, n); from > n {
			close := strings.IndexByte(s[from:], s[from-1])
			if close < 0 {
				break
			}
			quoted, end = true, from+close+1
		} else {
			end = IndexFrom(s, n, ", \t\r\n\"'`;")
		}
		for k = end; k < len(s) && (s[k] == ',' || s[k] == ' '); k++ {
		}
		if k == end {
			break
		}
	}
	if !quoted {
		return first
	}
	return end
}

// EscapedMember returns the value of the member of JSON whose name ends at k, if the text is
// percent-encoded, once or twice: password%22%3A%22x%22.
func EscapedMember(s string, k int) (start, end int, ok bool) {
	for _, percent := range [...]string{"%", "%25"} {
		for _, quote := range [...]string{"22", "27"} {
			quote = percent + quote
			rest, ok := strings.CutPrefix(s[k:], quote)
			if !ok {
				continue
			}
			rest = trimEscapedBlanks(rest, percent)
			colon := percent + "3A"
			switch {
			case len(rest) >= len(colon) && strings.EqualFold(rest[:len(colon)], colon):
				rest = rest[len(colon):]
			case strings.HasPrefix(rest, ":"):
				rest = rest[1:]
			default:
				continue
			}
			rest = trimEscapedBlanks(rest, percent)
			if rest, ok = strings.CutPrefix(rest, quote); !ok {
				continue
			}
			start = len(s) - len(rest)
			if end = strings.Index(rest, quote); end < 0 {
				end = IndexFrom(rest, 0, " \t\r\n\"'&#")
			}
			return start, start + end, end > 0
		}
	}
	return 0, 0, false
}

// trimEscapedBlanks removes blanks of a percent-encoded text.
func trimEscapedBlanks(s, percent string) string {
	for {
		rest, ok := strings.CutPrefix(s, percent+"20")
		if !ok {
			if rest, ok = strings.CutPrefix(s, "+"); !ok {
				return s
			}
		}
		s = rest
	}
}

// EscapedElement returns the text of the element of XML whose name is s[i:j], if its markup is
// written as entities, once or twice: &lt;password&gt;x&lt;/password&gt;.
func EscapedElement(s string, i, j int) (start, end int, ok bool) {
	for _, amp := range [...]string{"&", "&amp;"} {
		lt := amp + "lt;"
		before := s[max(0, i-64):i]
		at := strings.LastIndex(before, lt)
		if at < 0 {
			continue
		}
		if prefix := before[at+len(lt):]; prefix != "" && strings.ContainsAny(prefix, " /&<>") {
			continue // not the name of the element, or that of its end
		}
		gt := strings.Index(s[j:min(len(s), j+300)], amp+"gt;")
		if gt < 0 || gt > 0 && s[j] != ' ' || strings.HasSuffix(s[:j+gt], "/") {
			continue
		}
		start = j + gt + len(amp) + len("gt;")
		end = strings.Index(s[start:], lt)
		if end < 0 {
			end = IndexFrom(s, start, "<\"\r\n") - start
		}
		return start, start + end, end > 0
	}
	return 0, 0, false
}
