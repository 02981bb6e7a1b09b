package openapi

import (
	"cmp"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spectap/spectap/internal/hexdigit"
)

// node is a place in the tree of templates.
type node struct {
	literals map[string]*node // by decoded segment
	patterns []*branch        // most specific first
	targets  []*target
}

type branch struct {
	pattern
	next *node
}

// target is an operation under one path prefix.
type target struct {
	Match
	hosts  []string // nil: any
	params []string // in the order of the template
}

// pattern is a segment of a template: literals[0] {names[0]} literals[1] … ; decoded.
type pattern struct {
	literals []string
	names    []string
	multi    bool // one parameter that may span slashes
}

func (p pattern) key() string {
	k := strings.Join(p.literals, "\x00")
	if p.multi {
		k += "\x00/"
	}
	return k
}

// parseSegment reads one segment of a template.
func parseSegment(s string, multi map[string]bool) (pattern, error) {
	var p pattern
	for {
		lit, rest, ok := strings.Cut(s, "{")
		if strings.Contains(lit, "}") {
			return p, errors.New("} without {")
		}
		d, err := url.PathUnescape(lit)
		if err != nil {
			d = lit // a stray % stands for itself
		}
		p.literals = append(p.literals, d)
		if !ok {
			break
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return p, errors.New("{ without }")
		}
		p.names, s = append(p.names, name), after
	}
	p.multi = len(p.names) == 1 && p.literals[0] == "" && p.literals[1] == "" && multi[p.names[0]]
	return p, nil
}

func (n *node) child(p pattern) *node {
	if len(p.names) == 0 {
		if n.literals == nil {
			n.literals = map[string]*node{}
		}
		next := n.literals[p.literals[0]]
		if next == nil {
			next = &node{}
			n.literals[p.literals[0]] = next
		}
		return next
	}
	for _, b := range n.patterns {
		if b.key() == p.key() {
			return b.next
		}
	}
	b := &branch{pattern: p, next: &node{}}
	n.patterns = append(n.patterns, b)
	slices.SortStableFunc(n.patterns, func(a, b *branch) int {
		return cmp.Or(b.weight()-a.weight(), strings.Compare(a.key(), b.key()))
	})
	return b.next
}

// weight is how specific a pattern is: how much of it is literal.
func (p pattern) weight() int {
	n := 0
	for _, l := range p.literals {
		n += 2 * len(l)
	}
	if p.multi {
		n--
	}
	return n
}

// text is a piece of a path, decoded, that still knows where each byte came from.
type text struct {
	raw     string
	decoded string
	at      []int32 // offset in raw of each decoded byte; nil where both are the same
}

func textOf(raw string) text {
	if !strings.Contains(raw, "%") {
		return text{raw: raw, decoded: raw}
	}
	t := text{raw: raw}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		t.at = append(t.at, int32(i))
		if i+2 < len(raw) && raw[i] == '%' && hexdigit.Is(raw[i+1]) && hexdigit.Is(raw[i+2]) {
			out = append(out, hexdigit.Value(raw[i+1])<<4|hexdigit.Value(raw[i+2]))
			i += 3
		} else {
			out = append(out, raw[i])
			i++
		}
	}
	t.decoded = string(out)
	return t
}

// cut returns the raw form of decoded[i:j].
func (t text) cut(i, j int) string {
	if t.at == nil {
		return t.raw[i:j]
	}
	from, to := len(t.raw), len(t.raw)
	if i < len(t.at) {
		from = int(t.at[i])
	}
	if j < len(t.at) {
		to = int(t.at[j])
	}
	return t.raw[from:to]
}

// fit returns the raw values of the pattern's parameters in t. Each takes as little as it can, but something.
func (p pattern) fit(t text) ([]string, bool) {
	s := t.decoded
	if !strings.HasPrefix(s, p.literals[0]) {
		return nil, false
	}
	at, values := len(p.literals[0]), make([]string, 0, len(p.names))
	for i := range p.names {
		lit := p.literals[i+1]
		end := len(s) - len(lit)
		if i < len(p.names)-1 {
			if at+1 > len(s) {
				return nil, false
			}
			k := strings.Index(s[at+1:], lit)
			if k < 0 {
				return nil, false
			}
			end = at + 1 + k
		} else if !strings.HasSuffix(s, lit) {
			return nil, false
		}
		if end <= at {
			return nil, false
		}
		values = append(values, t.cut(at, end))
		at = end + len(lit)
	}
	return values, true
}

// base is a path prefix and the hosts that serve it; nil: any host.
type base struct {
	prefix string
	hosts  []string
}

// basesOf are the prefixes of servers. A document without servers is served at "/" of any host.
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
			host, prefix := splitServer(raw)
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

// maxServers bounds the addresses that one server's variables unfold into.
const maxServers = 64

// expand fills the variables of a server: with each value of an enum; a host with an open variable is any host.
func expand(raw string, vars map[string]*openapi3.ServerVariable) []string {
	out := []string{raw}
	for _, name := range sortedKeys(vars) {
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

// splitServer returns the authority of a server's URL, as flow.Request has it, and its path.
func splitServer(raw string) (host, prefix string) {
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
