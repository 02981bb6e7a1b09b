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
		for _, raw := range expand(s.URL, s.Variables) {
			host, prefix := SplitServer(raw)
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

// maxServers bounds the URLs that one server expands into.
const maxServers = 64

// expand replaces the variables of a server's URL by each value of their enum, or by their default.
// A host with a variable that has no enum is any host.
func expand(raw string, vars map[string]*openapi3.ServerVariable) []string {
	out := []string{raw}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		v := vars[name]
		if v == nil {
			continue
		}
		values := v.Enum
		if len(values) == 0 {
			values = []string{v.Default}
			if scheme, rest, ok := strings.Cut(raw, "://"); ok {
				if host, _, _ := strings.Cut(rest, "/"); strings.Contains(host, "{"+name+"}") {
					out = slices.Clone(out)
					for i, u := range out {
						_, path, _ := strings.Cut(strings.TrimPrefix(u, scheme+"://"), "/")
						out[i] = "/" + path
					}
				}
			}
		}
		var next []string
		for _, u := range out {
			for _, val := range values {
				if len(next) < maxServers {
					next = append(next, strings.ReplaceAll(u, "{"+name+"}", val))
				}
			}
		}
		out = next
	}
	return out
}

// SplitServer returns the authority of a server's URL, in the form of [flow.Request], and its path
// without "/" at its end. Both are empty if it is no URL.
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
// form of [flow.Request]; nil if some server is any host.
func Hosts(doc *openapi3.T) []string { return hostsOf(doc, basesOf) }

// DefaultHosts is [Hosts] with variables of servers that may have any value at their defaults.
func DefaultHosts(doc *openapi3.T) []string {
	return hostsOf(doc, func(servers openapi3.Servers) []base {
		var usual openapi3.Servers
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
			usual = append(usual, fixed)
		}
		return basesOf(usual)
	})
}

func hostsOf(doc *openapi3.T, basesOf func(openapi3.Servers) []base) []string {
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
		for _, b := range basesOf(servers) {
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
