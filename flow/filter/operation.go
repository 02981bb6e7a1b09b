package filter

// This file writes the filter that selects the flows of an operation, in the language of
// docs/filter.md.

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Operation is an operation of the document of a host.
type Operation struct {
	Host, Method string
	// Path is the template below the prefix of the servers.
	Path string
	// Servers are those of the operation or of its document.
	Servers []string
}

// maxExceptions bounds the operations that a filter excludes.
const maxExceptions = 20

// OfOperation returns a filter of the flows of an operation, among all operations. It excludes
// operations with a literal in place of its parameter. It cannot separate operations that differ in
// their bodies only.
func OfOperation(o Operation, all []Operation) string {
	text := "host:" + o.Host + " method:" + o.Method + " " + o.pathTerm()
	if !strings.Contains(o.Path, "{") {
		return text
	}
	var except []string
	for _, other := range all {
		if other.Host == o.Host && other.Method == o.Method && isNarrower(other.Path, o.Path) {
			except = append(except, " -"+other.pathTerm())
		}
	}
	slices.Sort(except)
	except = slices.Compact(except)
	return text + strings.Join(except[:min(len(except), maxExceptions)], "")
}

// pathTerm returns a term of a filter for the paths of the template.
func (o *Operation) pathTerm() string {
	path, _, _ := strings.Cut(o.Path, "#")
	return `path:"~^` + quoted(o.prefix()+templateParameter.ReplaceAllString(regexp.QuoteMeta(path), "[^/]+")) + `$"`
}

// prefix returns a pattern of the paths of the servers on the host, "" if they have none.
func (o *Operation) prefix() string {
	var prefixes []string
	for _, s := range o.Servers {
		if u, err := url.Parse(s); err == nil && u.Host == o.Host {
			prefixes = append(prefixes, regexp.QuoteMeta(strings.TrimSuffix(u.EscapedPath(), "/")))
		}
	}
	slices.Sort(prefixes)
	switch prefixes = slices.Compact(prefixes); len(prefixes) {
	case 0:
		return ""
	case 1:
		return prefixes[0]
	}
	return "(?:" + strings.Join(prefixes, "|") + ")"
}

var templateParameter = regexp.MustCompile(`\\\{[^/]*?\\\}`)

// isNarrower reports whether all paths of template a are paths of template b, which has more.
func isNarrower(a, b string) bool {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	if len(x) != len(y) || a == b {
		return false
	}
	for i := range x {
		if x[i] != y[i] && !strings.HasPrefix(y[i], "{") {
			return false
		}
	}
	return true
}

// quoted escapes text for the quotes of the filter language.
func quoted(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`) }
