// Package correction has the decisions of a person on an inferred API. They override all evidence,
// and apply to later traffic as well.
//
// Those on paths and hosts take part in the inference. Package infer/amend applies the others to
// its result. Read correction.go first, then match.go.
package correction

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/route"
)

// Corrections are all corrections of a person. The zero value corrects nothing.
type Corrections struct {
	// Segments decide whether single path segments are parameters, and the names of these.
	Segments []Segment
	// LeaveOut lists operations that do not belong to the API.
	LeaveOut []LeaveOut
	// Hosts maps an authority to the authority whose API it belongs to.
	Hosts map[string]string
	// APIs, Operations, Values and Components say what the document says about these.
	APIs       []API
	Operations []Operation
	Values     []Value
	Components []Component
}

// Segment corrects the last segment of a path.
type Segment struct {
	// Host is the authority whose API is corrected, "" for all.
	Host string
	// Path ends in the segment: "/users/me", "/shops/{shop}". "*" and "{anything}" match any one
	// segment.
	Path string
	// Parameter is whether the segment is a parameter; nil leaves the decision to the evidence.
	Parameter *bool
	// Name is the name of the parameter; "" leaves it to the evidence.
	Name string
}

// LeaveOut is a pattern of operations.
type LeaveOut struct {
	Host   string // see [Segment]
	Method string // upper case, "" for all
	// Path is a pattern. "*" matches one segment, "**" at the end any number.
	Path string
}

// Owner returns the host to whose API the flows of a host belong.
func (c *Corrections) Owner(host string) string {
	to, ok := c.Hosts[host]
	if _, isAssigned := c.Hosts[to]; !ok || isAssigned { // a chain or cycle loses none
		return host
	}
	return to
}

// For returns the corrections for the API of some hosts, all for no hosts.
func (c *Corrections) For(hosts []string) Corrections {
	if len(hosts) == 0 {
		return *c
	}
	out := Corrections{Hosts: c.Hosts}
	out.Segments = of(hosts, c.Segments, func(x *Segment) string { return x.Host })
	out.LeaveOut = of(hosts, c.LeaveOut, func(x *LeaveOut) string { return x.Host })
	out.APIs = of(hosts, c.APIs, func(x *API) string { return x.Host })
	out.Operations = of(hosts, c.Operations, func(x *Operation) string { return x.Host })
	out.Values = of(hosts, c.Values, func(x *Value) string { return x.Host })
	out.Components = of(hosts, c.Components, func(x *Component) string { return x.Host })
	return out
}

func of[T any](hosts []string, all []T, host func(*T) string) (out []T) {
	for i := range all {
		if h := host(&all[i]); h == "" || slices.Contains(hosts, h) {
			out = append(out, all[i])
		}
	}
	return out
}

// Routes returns the corrections of segments in the form that the route tree takes.
func (c *Corrections) Routes() []route.Correction {
	var out []route.Correction
	for _, s := range c.Segments {
		o := route.Correction{Path: s.Path, Name: s.Name}
		if s.Parameter != nil {
			o.Parameter, o.Literal = *s.Parameter, !*s.Parameter
		}
		out = append(out, o)
	}
	return out
}

// LeavesOut reports whether a pattern leaves out a method of a template.
func (c *Corrections) LeavesOut(method string, t *route.Template) bool {
	return slices.ContainsFunc(c.LeaveOut, func(l LeaveOut) bool {
		return (l.Method == "" || l.Method == method) && l.matches(t)
	})
}

// Misfit is a correction that matches nothing in the traffic.
type Misfit struct {
	Key    string // names the correction, see the methods Key
	Reason string
}

func (m Misfit) String() string { return m.Key + ": " + m.Reason }

// Key names the correction in messages.
func (s *Segment) Key() string { return keyed("segment "+s.Path, s.Host) }

// Key names the correction in messages.
func (l *LeaveOut) Key() string {
	return keyed("leave out "+strings.TrimSpace(l.Method+" "+l.Path), l.Host)
}

// HostKey names the correction of a host in messages.
func HostKey(host string) string { return "host " + host }

// keyed adds the host that a correction is limited to.
func keyed(key, host string) string {
	if host != "" {
		key += " (" + host + ")"
	}
	return key
}
