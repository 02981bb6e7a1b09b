package phrase

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

const (
	maxHeading = 64 // bytes of the line of a heading, with its marks
	maxBetween = 4  // lines between a heading and the value: empty, an underline, a fence
)

// Heading finds the value in the line below a heading that names it, in Markdown or plain text:
// "## API key" and the key. The last word of the heading is s[i:j]. The value is the only word of
// its line and has letters and digits.
func Heading(s string, i, j int) (Span, bool) {
	low := max(0, i-maxHeading)
	from := low + strings.LastIndexByte(s[low:i], '\n') + 1
	if from == low && low > 0 {
		return Span{}, false
	}
	end := lex.IndexFrom(s[:min(len(s), j+maxHeading)], j, "\r\n")
	if end == len(s) || strings.Trim(s[j:end], " \t#*_:") != "" {
		return Span{}, false
	}
	name := strings.TrimLeft(s[from:j], " \t#*_")
	if Start(s, i) > j-len(name) || names.SensitivityOf(name) != names.Secret {
		return Span{}, false
	}
	marked := len(name) < j-from && s[from] != ' ' || strings.ContainsAny(s[j:end], "*:")
	at, decorated := skipDecoration(s, end)
	marked = marked || decorated
	valueEnd := lex.IndexFrom(s, at, " \t\r\n`\"'*")
	if rest := lex.IndexFrom(s, valueEnd, "\r\n"); strings.Trim(s[valueEnd:rest], " \t`\"'*") != "" || !isBelowHeading(s[at:valueEnd]) {
		return Span{}, false
	}
	return Span{at, valueEnd}, marked || ascii.IsUpper(name[0]) && !isNumberedWord(s[at:valueEnd])
}

// skipDecoration returns the start of the value below a heading, whose line ends at k. decorated
// reports whether an underline, a fence, a quotation or quotes show that the heading is one.
func skipDecoration(s string, k int) (at int, decorated bool) {
	for n := 0; n <= maxBetween && k < len(s); n++ {
		if s[k] == '\r' && k+1 < len(s) {
			k++
		}
		if s[k] != '\n' {
			break
		}
		end := lex.IndexFrom(s, k+1, "\r\n")
		line := strings.Trim(s[k+1:end], " \t")
		switch {
		case line == "":
		case strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~") || isUnderline(line):
			decorated = true
		default:
			for at = k + 1; at < end && strings.IndexByte(" \t>`\"'*", s[at]) >= 0; at++ {
				decorated = decorated || s[at] > ' '
			}
			return at, decorated
		}
		k = end
	}
	return len(s), decorated
}

// isUnderline reports whether a line consists of one sign.
func isUnderline(line string) bool {
	for _, sign := range [...]string{"=", "-", "~", "*", "─", "═", "━"} {
		if rest := strings.TrimPrefix(line, sign); len(rest) < len(line) && len(line) > 2*len(sign) {
			return strings.Trim(rest, sign) == ""
		}
	}
	return false
}

// Bold finds the value after a label in bold and a dash: **Password** – x. The last word of the
// label is s[i:j]. The value has letters and digits.
func Bold(s string, i, j int) (Span, bool) {
	k := j + len(s[j:]) - len(strings.TrimLeft(s[j:], "*"))
	for _, dash := range [...]string{" – ", " — ", " - "} {
		if k == j || !strings.HasPrefix(s[k:], dash) {
			continue
		}
		from := lex.SkipQuote(s, k+len(dash))
		end := wordEnd(s, from)
		return Span{from, end}, isBelowHeading(s[from:end]) && names.SensitivityOf(s[Start(s, i):j]) == names.Secret
	}
	return Span{}, false
}

// isBelowHeading reports whether a word below the name of a secret is the secret.
func isBelowHeading(v string) bool {
	const least = 6
	if len(v) < least || len(v) > names.MaxLen || !form.IsMixed(v) || strings.ContainsAny(v, "<>{}()[]|=,;:/") {
		return false
	}
	return !names.IsTypeWord(v) && !form.IsDateLike(v) && names.SensitivityOf(v) == names.Plain && !isStandard(v) &&
		(len(v) >= form.MinRandomLen || strings.IndexByte(v, '.') < 0 || form.Count(v).Other > 1)
}

// isStandard reports whether a word is like the name of a standard: capitals and a number.
func isStandard(v string) bool {
	const most = 8
	letters := strings.TrimRight(v, "0123456789")
	c := form.Count(letters)
	return len(v) <= most && len(letters) < len(v) && c.Lower == 0 && c.Digit == 0
}

// isNumberedWord reports whether a word is a name with a number of up to two digits, as fields and
// files have.
func isNumberedWord(v string) bool {
	word := strings.TrimRight(v, "0123456789")
	return len(v)-len(word) <= 2 && names.IsNameLike(strings.TrimLeft(word, "_-"))
}

// IsShortName reports whether a word is short for password in prose, and something else in commands
// and paths.
func IsShortName(w string) bool {
	return len(w) > 1 && len(w) < 5 && (strings.EqualFold(w, "pw") || strings.EqualFold(w, "pwd") || strings.EqualFold(w, "pass"))
}

// AfterShortName finds the password after such a word, s[i:j]: "pw is x".
func AfterShortName(s string, i, j int) (Span, bool) {
	const verb, least = " is ", 6
	if !strings.HasPrefix(s[j:], verb) || !IsShortName(s[i:j]) {
		return Span{}, false
	}
	from := lex.SkipQuote(s, j+len(verb))
	end := wordEnd(s, from)
	value := strings.TrimRight(s[from:end], ".!?")
	return Span{from, from + len(value)}, len(value) >= least && form.IsMixed(value)
}
