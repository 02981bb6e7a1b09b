package catalog

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/address"
)

// Errors of selecting hosts.

// ErrNoFlows reports that the store has no finished flow.
var ErrNoFlows = errors.New("the store has no flows")

// NoHostError reports that the store has no flows of a host.
type NoHostError struct {
	Host  string   // as requested
	Hosts []string // authorities in the store, sorted
}

func (e *NoHostError) Error() string {
	return fmt.Sprintf("no flows of host %q; the store has %s", e.Host, list(e.Hosts))
}

// AmbiguousHostError reports that a request fits several hosts.
type AmbiguousHostError struct {
	Host  string   // as requested, a name without its port; "" if the request named no host
	Hosts []string // authorities that fit, sorted, at least two
}

func (e *AmbiguousHostError) Error() string {
	if e.Host == "" {
		return fmt.Sprintf("the store has the APIs of %d hosts: %s", len(e.Hosts), list(e.Hosts))
	}
	return fmt.Sprintf("host %q was seen on several ports: %s", e.Host, list(e.Hosts))
}

// OneServer returns a name that, as a [Request.Host], selects several authorities that are probably
// those of one server, and lists these. Both are "" without such authorities.
func OneServer(hosts []string) (name, same string) {
	for _, h := range hosts {
		u := url.URL{Host: h}
		name = strings.TrimSuffix(h, ":"+u.Port())
		if found, ok := Named(hosts, name); ok && len(found) > 1 && name != h {
			return name, list(found)
		}
	}
	return "", ""
}

// firstEphemeral is the first port that Linux gives to programs that ask for any. Others begin at
// 49152 (RFC 6335, section 6).
const firstEphemeral = 32768

// serverOf returns what authorities of one server share: servers of this machine that listen on one
// port whatever its address is written as, or on ports that differ with each run of a test.
func serverOf(authority string) string {
	u := url.URL{Host: authority}
	if !address.IsLoopback(u.Hostname()) {
		return authority
	}
	if port, _ := strconv.Atoi(u.Port()); port >= firstEphemeral {
		return "ephemeral"
	}
	return "loopback:" + u.Port()
}

// Named returns the authorities with a name. ok is false if they are several servers, else others
// of that server are among them.
func Named(all []string, name string) (found []string, ok bool) {
	servers := map[string]bool{}
	for _, a := range all {
		if IsHost(a, name) {
			found, servers[serverOf(a)] = append(found, a), true
		}
	}
	if len(servers) != 1 {
		return found, len(found) == 0
	}
	return slices.DeleteFunc(slices.Clone(all), func(a string) bool { return !servers[serverOf(a)] }), true
}

// mayName reports whether a name may select an authority, by the other authorities of its server
// too.
func mayName(name, authority string) bool {
	u := url.URL{Host: authority}
	return IsHost(authority, name) || address.IsLoopback(name) && address.IsLoopback(u.Hostname())
}

// selectHosts returns the hosts whose documents have what r selects.
func selectHosts(m *infer.Model, r Request, with *correction.Corrections) ([]string, error) {
	switch {
	case len(r.Hosts) > 0:
		return m.Owners(with, r.Hosts...), nil
	case r.MergeHosts && len(m.Authorities()) > 0:
		return m.Owners(with, m.Authorities()...), nil
	}
	return findHosts(m, r.Host, with)
}

// findHosts returns the authority that want names, with its port or without, and others of that
// server. If want is empty, it returns the only host, or the only one with operations.
func findHosts(m *infer.Model, want string, with *correction.Corrections) ([]string, error) {
	all := m.Authorities()
	if len(all) == 0 {
		return nil, ErrNoFlows
	}
	if want == "" {
		host, err := onlyHost(summaries(m, with))
		return []string{host}, err
	}
	if i := slices.IndexFunc(all, func(a string) bool { return strings.EqualFold(a, want) }); i >= 0 {
		return m.Owners(with, all[i]), nil
	}
	found, ok := Named(all, want)
	found = m.Owners(with, found...)
	switch {
	case len(found) == 0:
		return nil, &NoHostError{want, all}
	case !ok && len(found) > 1:
		return nil, &AmbiguousHostError{want, found}
	}
	return found, nil
}

// summaries summarizes each host whose API a correction assigns to no other.
func summaries(m *infer.Model, with *correction.Corrections) []infer.HostSummary {
	return m.Hosts(infer.Options{Corrections: correction.Corrections{Hosts: with.Hosts}})
}

func onlyHost(hosts []infer.HostSummary) (string, error) {
	var all, withOperations []string
	for _, h := range hosts {
		all = append(all, h.Authority)
		if h.Operations > 0 {
			withOperations = append(withOperations, h.Authority)
		}
	}
	switch {
	case len(all) == 1:
		return all[0], nil
	case len(withOperations) == 0:
		return "", &AmbiguousHostError{"", all}
	case len(withOperations) == 1:
		return withOperations[0], nil
	}
	slices.Sort(withOperations)
	return "", &AmbiguousHostError{"", withOperations}
}

// IsHost reports whether want names the authority, with its port or without. Case is ignored.
func IsHost(authority, want string) bool {
	name := authority
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, ']') {
		name = name[:i]
	}
	return strings.EqualFold(authority, want) || strings.EqualFold(name, want)
}

// list joins up to eight names and counts the others.
func list(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}
