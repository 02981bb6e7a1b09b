package route

import (
	"slices"
	"strings"
)

// hostEndings are the top-level domains that names of hosts are recognized by. Those that are also
// extensions of files or words of programs (.sh, .app, .info) are not among them: users.info.
var hostEndings = set("com", "org", "net", "edu", "gov", "io", "example", "invalid")

// isHostName reports whether a segment is the name of a host or domain: mg.example.com.
// A package begins with the top-level domain: com.example.app.
func isHostName(s string) bool {
	labels := strings.Split(strings.ToLower(s), ".")
	if len(labels) < 2 || !hostEndings[labels[len(labels)-1]] || hostEndings[labels[0]] {
		return false
	}
	return !slices.ContainsFunc(labels, func(l string) bool {
		if l == "" || l[0] == '-' || l[len(l)-1] == '-' {
			return true
		}
		return strings.IndexFunc(l, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }) >= 0
	})
}

// findHosts returns the names of hosts at a level. Groups of an API are called so, too; versions
// follow these: apis/fleet.example.org/v1.
func (d *decider) findHosts(all []*candidate) map[*candidate]bool {
	var out map[*candidate]bool
	for _, c := range all {
		if !c.ownNode || c.isStrong() || !isHostName(c.decoded) {
			continue
		}
		if d.leadsToVersion(c) {
			return nil
		}
		if out == nil {
			out = map[*candidate]bool{}
		}
		out[c] = true
	}
	return out
}

// host finds the name of a host.
func (q *question) host() finding { return found(q.s.hosts()[q.c]) }
