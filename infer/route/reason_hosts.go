package route

import (
	"slices"
	"strings"
)

// hostEndings are the top-level domains that names of hosts are recognized by. Those that are also
// extensions of files or words of programs (.sh, .app, .info) are not among them: users.info.
var hostEndings = set("com", "org", "net", "edu", "gov", "io", "example", "invalid")

// isHostName reports whether a segment is the name of a host or domain: mg.example.com.
func isHostName(s string) bool {
	return hasHostForm(s) && hostEndings[strings.ToLower(s[strings.LastIndexByte(s, '.')+1:])]
}

// hasHostForm reports whether a segment is written like the name of a host. A package begins with
// the top-level domain: com.example.app.
func hasHostForm(s string) bool {
	labels := strings.Split(strings.ToLower(s), ".")
	if len(labels) < 2 || hostEndings[labels[0]] {
		return false
	}
	return !slices.ContainsFunc(labels, func(l string) bool {
		if l == "" || l[0] == '-' || l[len(l)-1] == '-' {
			return true
		}
		return strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != ""
	})
}

// findHosts returns the names of hosts at a level. Where one is a host, all that are written like
// one are: customers have domains of all kinds. Groups of an API are called so, too; versions
// follow these: apis/fleet.example.org/v1.
func (d *decider) findHosts(all []*candidate) map[*candidate]bool {
	out, known := map[*candidate]bool{}, false
	for _, c := range all {
		if !c.ownNode || c.isStrong() || !hasHostForm(c.decoded) {
			continue
		}
		isKnown := isHostName(c.decoded)
		if known = known || isKnown; isKnown && d.leadsToVersion(c) {
			return nil
		}
		out[c] = true
	}
	if !known {
		return nil
	}
	return out
}

// host finds the name of a host.
func (q *question) host() finding { return found(q.s.hosts()[q.c]) }
