package router

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// base is a path prefix with the hosts that serve it; nil is any host.
type base struct {
	prefix string
	hosts  []string
}

// basesOf returns the prefixes of servers. A document without servers is served at "/" of any host.
func basesOf(servers openapi3.Servers) []base {
	if len(servers) == 0 {
		return []base{{}}
	}
	byPrefix := map[string]*base{}
	for _, s := range servers {
		if s == nil {
			continue
		}
		for _, raw := range expand(s.URL, withAnyValue(s)) {
			host, prefix := SplitServer(raw)
			prefix = strings.ReplaceAll(prefix, anyMark, anySegment)
			b := byPrefix[prefix]
			if b == nil {
				b = &base{prefix: prefix, hosts: []string{}}
				byPrefix[prefix] = b
			}
			if host == "" {
				b.hosts = nil
			} else if b.hosts != nil {
				b.hosts = append(b.hosts, host)
			}
		}
	}
	var out []base
	for _, k := range slices.Sorted(maps.Keys(byPrefix)) {
		out = append(out, *byPrefix[k])
	}
	return out
}

const (
	// anyValue is the name of the parameter that stands for a server variable without an enum in a
	// prefix. No path parameter has it.
	anyValue   = "\x00"
	anySegment = "{" + anyValue + "}"
	// anyRune stands for it in a URL, and anyMark in an encoded path.
	anyRune = "\ue000"
	anyMark = "%EE%80%80"
)

// withAnyValue returns the variables of a server. Those without an enum have the value anyRune
// after their default, except the scheme. One that begins the URL may also be an origin without a
// path.
func withAnyValue(s *openapi3.Server) map[string]*openapi3.ServerVariable {
	out := maps.Clone(s.Variables)
	for name, v := range out {
		after, first := strings.CutPrefix(s.URL, "{"+name+"}")
		if v == nil || len(v.Enum) > 0 || first && strings.HasPrefix(after, ":") {
			continue
		}
		values := []string{v.Default, anyRune}
		if first {
			values = append(values, "")
		}
		out[name] = &openapi3.ServerVariable{Enum: values}
	}
	return out
}

// Prefix returns the path prefix of the first of some servers.
func Prefix(servers openapi3.Servers) string {
	for _, s := range servers {
		if s != nil {
			_, prefix := SplitServer(expand(s.URL, s.Variables)[0])
			return prefix
		}
	}
	return ""
}

// Prefixes returns the path prefixes of servers, each once.
func Prefixes(servers openapi3.Servers) (out []string) {
	for _, b := range basesOf(servers) {
		out = append(out, b.prefix)
	}
	return out
}

// maxServers bounds the URLs that one server expands into.
const maxServers = 64

// MaxServerURL bounds the URL of a server whose variables are replaced, before and after, in bytes.
// A longer one is left as it is: a value that it repeats often could make it larger than the
// document.
const MaxServerURL = 8 << 10

// Resolved returns the URL of a server with these values of its variables, or with their defaults.
// A URL longer than [MaxServerURL] is left as it is.
func Resolved(s *openapi3.Server, values map[string]string) string {
	vars := map[string]*openapi3.ServerVariable{}
	for name, v := range s.Variables {
		if v == nil {
			continue
		}
		value, given := values[name]
		if !given {
			value = v.Default
		}
		vars[name] = &openapi3.ServerVariable{Enum: []string{value}}
	}
	return expand(s.URL, vars)[0]
}

// expand replaces the variables of a server's URL by each value of their enum, or by their default.
// If the host has a variable that may have any value, the result is any host.
func expand(raw string, vars map[string]*openapi3.ServerVariable) []string {
	if len(raw) > MaxServerURL {
		return []string{raw}
	}
	if _, rest, ok := strings.Cut(raw, "://"); ok {
		host, path, _ := strings.Cut(rest, "/")
		_, names := variablesOf(host, vars)
		if slices.ContainsFunc(names, func(n string) bool {
			return len(vars[n].Enum) == 0 || slices.Contains(vars[n].Enum, anyRune)
		}) {
			raw = "/" + path
		}
	}
	texts, names := variablesOf(raw, vars)
	used := slices.Compact(slices.Sorted(slices.Values(names)))
	choices, n := make([][]string, len(used)), 1
	for i, name := range used {
		if choices[i] = vars[name].Enum; len(choices[i]) == 0 {
			choices[i] = []string{vars[name].Default}
		}
		n = min(n*len(choices[i]), maxServers)
	}
	out := make([]string, n)
	values := make(map[string]string, len(used))
	for k := range out {
		for i, rest := len(used)-1, k; i >= 0; i-- { // the last variable changes first
			values[used[i]] = choices[i][rest%len(choices[i])]
			rest /= len(choices[i])
		}
		out[k] = raw
		size := 0
		for i, name := range names {
			size += len(texts[i]) + len(values[name])
		}
		if size > MaxServerURL {
			continue
		}
		var b strings.Builder
		for i, name := range names {
			b.WriteString(texts[i])
			b.WriteString(values[name])
		}
		b.WriteString(texts[len(names)])
		out[k] = b.String()
	}
	return out
}

// variablesOf returns the variables in a text, and the texts before, between and after them.
func variablesOf(text string, vars map[string]*openapi3.ServerVariable) (texts, names []string) {
	start := 0
	for i := 0; ; {
		n := strings.IndexByte(text[i:], '}')
		if n < 0 {
			return append(texts, text[start:]), names
		}
		end := i + n
		if begin := strings.LastIndexByte(text[i:end], '{'); begin >= 0 {
			if name := text[i+begin+1 : end]; vars[name] != nil {
				texts, names = append(texts, text[start:i+begin]), append(names, name)
				start = end + 1
			}
		}
		i = end + 1
	}
}

// SplitServer returns the authority of a server's URL, in the form of [flow.Request], and its path
// without "/" at its end. Both are empty for an invalid URL.
func SplitServer(raw string) (host, prefix string) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", ""
	}
	host = strings.ToLower(u.Host)
	switch u.Scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	prefix = strings.TrimRight(u.EscapedPath(), "/")
	if prefix != "" && prefix[0] != '/' {
		prefix = "/" + prefix // "v1", relative to the document
	}
	return host, prefix
}

// Hosts returns the sorted authorities of the servers of a document and of its operations, in the
// form of [flow.Request]; nil if some server is any host. Variables that may have any value are at
// their defaults.
func Hosts(doc *openapi3.T) []string {
	lists := []openapi3.Servers{doc.Servers}
	for _, item := range doc.Paths.Map() {
		if item == nil {
			continue
		}
		lists = append(lists, item.Servers)
		for _, op := range item.Operations() {
			if op.Servers != nil {
				lists = append(lists, *op.Servers)
			}
		}
	}
	seen := map[string]bool{}
	for i, servers := range lists {
		if i > 0 && len(servers) == 0 {
			continue // it has those of the document
		}
		for _, b := range basesOf(WithDefaults(servers)) {
			if b.hosts == nil {
				return nil
			}
			for _, h := range b.hosts {
				seen[h] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// WithDefaults returns servers whose variables without an enum have their default as the only
// value.
func WithDefaults(servers openapi3.Servers) (out openapi3.Servers) {
	for _, s := range servers {
		if s == nil {
			continue
		}
		fixed := &openapi3.Server{URL: s.URL, Variables: map[string]*openapi3.ServerVariable{}}
		for name, v := range s.Variables {
			if v != nil && len(v.Enum) == 0 {
				v = &openapi3.ServerVariable{Enum: []string{v.Default}}
			}
			fixed.Variables[name] = v
		}
		out = append(out, fixed)
	}
	return out
}
