package filter

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/internal/spelling"
)

// comparison is a condition as other languages write it: status>=400, method=POST, body~error.
var comparison = regexp.MustCompile(`^([a-zA-Z.]+)(=~|~|==?|!=|>=|<=|>|<)([^=<>~].*)$`)

// spaced is an operator between blanks.
var spaced = regexp.MustCompile(`\s*([=!<>]=|[=<>])\s+|\s+([=!<>]=|[=<>])\s*`)

// bareStatus is a status, or a class of them, without a field.
var bareStatus = regexp.MustCompile(`^[1-5](\d\d|[xX]{2})$`)

// failures are words for errors. None of them is a field.
var failures = []string{"error", "errors", "failed", "failure", "failures"}

// Suggest returns the filter that a text was most likely meant to be, or "" if it reads as it is
// meant: status>=400 is status:>=400, metod:POST is method:POST, "POST users" is method:POST users,
// and error selects failed flows. A text with quotes is not changed, since a person who quotes
// knows the language.
func Suggest(text string) string {
	if strings.Contains(text, `"`) || len(text) > maxLen {
		return ""
	}
	words := strings.Fields(spaced.ReplaceAllString(text, "$1$2"))
	plain := strings.Join(words, " ")
	for i, w := range words {
		inner := strings.TrimRight(strings.TrimLeft(w, "(-!"), ")")
		before, after, _ := strings.Cut(w, inner)
		meant := suggestTerm(inner, len(words) > 1)
		if meant != inner && inner != "" {
			words[i] = before + meant + after
		}
	}
	out := strings.Join(words, " ")
	if _, err := Parse(out, time.Now()); err != nil || out == plain {
		return ""
	}
	return out
}

// suggestTerm returns the term that a word was meant to be. One of several words may be a method in
// any case.
func suggestTerm(word string, several bool) string {
	name, value, isTerm := strings.Cut(word, ":")
	if isTerm && !strings.ContainsAny(name, "<>=") {
		if near := nearField(name); near != "" && fieldNamed(strings.ToLower(name)) == nil && !strings.HasPrefix(value, "//") {
			return near + ":" + value
		}
		return word
	}
	if m := comparison.FindStringSubmatch(word); m != nil {
		near, value := nearField(m[1]), strings.Trim(m[3], "'")
		switch {
		case near == "":
			return word
		case m[2] == "!=":
			return "-" + near + ":" + value
		case m[2] == "=~":
			return near + ":~" + value
		case m[2] == "=" || m[2] == "==":
			return near + ":" + value
		}
		return near + ":" + m[2] + value
	}
	upper := strings.ToUpper(word)
	switch isMethod := slices.Contains(strings.Fields(offered["method"]), upper); {
	case isMethod && (several || word == upper):
		return "method:" + upper
	case bareStatus.MatchString(word):
		return "status:" + strings.ToLower(word)
	case slices.Contains(failures, strings.ToLower(word)):
		return "(is:failed or status:>=400)"
	}
	return word
}

// nearField returns the field that a name is or was meant to be, or "".
func nearField(name string) string {
	if f := fieldNamed(strings.ToLower(name)); f != nil {
		return f.name
	}
	return spelling.Nearest(name, FieldNames())
}
