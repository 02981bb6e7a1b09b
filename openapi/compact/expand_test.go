package compact

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// expanded is an operation as the text of a form says it, with the defaults of the document.
type expanded struct {
	method, path string
	words        []string // all others, sorted; responses by status
}

// expand reads the operations of a form: it applies what groups and defaults leave to the reader.
// Lines of callbacks are left out.
func expand(text string) (all []expanded) {
	defaults := map[string][]string{} // by method
	head, infix := "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		words := splitWords(line)
		switch {
		case line == "" || strings.HasPrefix(line, "  callback ") || slices.Contains([]string{"api", "server", "auth", "note:", "#", "type", "webhook"}, words[0]):
			continue
		case words[0] == "all":
			method := ""
			if words[1] == strings.ToUpper(words[1]) && !strings.HasPrefix(words[1], "-") && len(words) > 2 {
				method, words = words[1], words[1:]
			}
			defaults[method] = append(defaults[method], readResponses(words[1:])...)
			continue
		case words[0][0] == '/':
			if head, infix = words[0], ""; len(words) > 1 {
				infix = strings.TrimPrefix(words[1], "~=")
			}
			continue
		}
		o := expanded{method: words[0]}
		words = words[1:]
		isInGroup := line[0] == ' '
		if isInGroup {
			o.path = head
		}
		if len(words) > 0 && (words[0][0] == '/' || words[0][0] == '"' && !isInGroup) {
			o.path += words[0]
			words = words[1:]
		}
		if len(words) > 0 && words[0] != "->" && !isParameter(words[0]) && !strings.HasPrefix(words[0], "body") && words[0][0] != '-' {
			if isInGroup && words[0][0] != '"' {
				words[0] = strings.Replace(words[0], "~", infix, 1)
			}
			words[0] = "id " + words[0]
		}
		o.words = applyDefaults(readResponses(words), slices.Concat(defaults[o.method], defaults[""]))
		all = append(all, o)
	}
	return all
}

// applyDefaults adds the defaults that words neither replace nor take away.
func applyDefaults(words, defaults []string) (out []string) {
	has := map[string]bool{}
	for _, w := range words {
		if rest, ok := strings.CutPrefix(w, "-"); ok {
			has[rest] = true
			continue
		}
		has[keyOf(w)] = true
		if w != "none" {
			out = append(out, w)
		}
	}
	for _, d := range defaults {
		if key := keyOf(d); !has[key] {
			has[key] = true
			out = append(out, d)
		}
	}
	slices.Sort(out)
	return out
}

// keyOf returns what only one word of an operation has; "" is that of credentials.
func keyOf(w string) string {
	if isParameter(w) {
		end := strings.IndexAny(w[1:], ":!=,|")
		if strings.HasPrefix(w, "header:") || strings.HasPrefix(w, "cookie:") {
			if end = strings.IndexAny(w[7:], ":!=,|"); end >= 0 {
				end += 6
			}
		}
		if end < 0 {
			return w
		}
		return w[:end+1]
	}
	if status, ok := strings.CutPrefix(w, "status "); ok {
		return strings.FieldsFunc(status, func(r rune) bool { return r == ':' })[0]
	}
	if strings.HasPrefix(w, "body") || strings.HasPrefix(w, "id ") || w == "deprecated" || strings.Contains(w, "=") {
		return w
	}
	return ""
}

// readResponses writes each response of a list of words as "status 404:Error".
func readResponses(words []string) (out []string) {
	i := slices.Index(words, "->")
	if i < 0 {
		return words
	}
	out = slices.Clone(words[:i])
	for n, w := range words[i+1:] {
		statuses, body, hasBody := strings.Cut(w, ":")
		isStatus := regexp.MustCompile(`^([0-9,]|[0-9]XX|default)+$`).MatchString(statuses)
		switch {
		case isStatus:
			for status := range strings.SplitSeq(statuses, ",") {
				if hasBody {
					status += ":" + body
				}
				out = append(out, "status "+status)
			}
		case n == 0:
			out = append(out, "status 200:"+w)
		default:
			return append(out, words[i+1+n:]...)
		}
	}
	return out
}

// splitWords splits a line at spaces that are not in brackets or quotes.
func splitWords(line string) (words []string) {
	depth, quote, word := 0, rune(0), ""
	escaped := false
	for _, r := range line {
		switch {
		case escaped:
			escaped = false
		case quote != 0 && r == '\\':
			escaped = true
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '`':
			quote = r
		case strings.ContainsRune("{([", r):
			depth++
		case strings.ContainsRune("})]", r):
			depth--
		case r == ' ' && depth == 0:
			if word != "" {
				words = append(words, word)
			}
			word = ""
			continue
		}
		word += string(r)
	}
	if word != "" {
		words = append(words, word)
	}
	return words
}

// checkNothingLost compares the operations of the text of a form with their complete lines.
func checkNothingLost(t tester, f *Form) {
	t.Helper()
	want := map[string]int{}
	for _, o := range f.ops {
		if o.parts.prefix == "" {
			for _, x := range expand(o.Line) {
				want[x.String()]++
			}
		}
	}
	got := map[string]int{}
	for _, x := range expand(f.String()) {
		got[x.String()]++
	}
	if !maps.Equal(got, want) {
		for s := range want {
			if got[s] != want[s] {
				t.Errorf("%q is %d times in the form", s, got[s])
			}
		}
		for s := range got {
			if want[s] == 0 {
				t.Errorf("the form says %q, which no operation is", s)
			}
		}
	}
}

func (x expanded) String() string { return x.method + " " + x.path + " " + strings.Join(x.words, " ") }
