package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer"
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

// selectHosts returns the authorities that r selects.
func selectHosts(m *infer.Model, r Request) ([]string, error) {
	switch {
	case len(r.Hosts) > 0:
		return r.Hosts, nil
	case r.MergeHosts && len(m.Authorities()) > 0:
		return m.Authorities(), nil
	}
	host, err := findHost(m, r.Host)
	return []string{host}, err
}

// findHost returns the authority that want names, with its port or without. If want is empty, it
// returns the only host, or the only one with operations.
func findHost(m *infer.Model, want string) (string, error) {
	all := m.Authorities()
	if len(all) == 0 {
		return "", ErrNoFlows
	}
	if want == "" {
		return onlyHost(m, all)
	}
	var found []string
	for _, a := range all {
		if strings.EqualFold(a, want) {
			return a, nil
		}
		if IsHost(a, want) {
			found = append(found, a)
		}
	}
	switch len(found) {
	case 0:
		return "", &NoHostError{want, all}
	case 1:
		return found[0], nil
	}
	return "", &AmbiguousHostError{want, found}
}

func onlyHost(m *infer.Model, all []string) (string, error) {
	if len(all) == 1 {
		return all[0], nil
	}
	var withOperations []string
	for _, h := range m.Hosts(infer.Options{}) {
		if h.Operations > 0 {
			withOperations = append(withOperations, h.Authority)
		}
	}
	switch len(withOperations) {
	case 0:
		return "", &AmbiguousHostError{"", all}
	case 1:
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
