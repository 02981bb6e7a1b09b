package source

import (
	"context"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

var DomainParam = tool.Param{Name: "domain", Kind: tool.String, MaxLength: 255,
	Doc: "a host or domain"}

// AllHosts is a domain argument that selects all hosts as one API.
const AllHosts = "*"

// APIParam is the domain argument of tools that describe one API.
var APIParam = tool.Param{Name: DomainParam.Name, Kind: tool.String, MaxLength: DomainParam.MaxLength,
	Doc: "a host or domain; " + AllHosts + ": all as one API"}

// Hosts returns the sorted authorities that a domain argument selects, or nil for "", which selects
// all. A name without its port selects the other names of its server, too.
func (s *Source) Hosts(ctx context.Context, domain string) ([]string, error) {
	st, err := s.Store.Stat(ctx)
	if err != nil {
		return nil, err
	}
	if st.Flows == 0 {
		return nil, tool.Errorf(tool.CodeNothingCaptured, "capture something with `spectap run` or `spectap import`",
			"the capture is empty")
	}
	want := NormalizeDomain(domain)
	if want == "" || want == AllHosts {
		return nil, nil
	}
	var out []string
	all := slices.Sorted(maps.Keys(st.Hosts))
	for _, authority := range all {
		if InDomain(authority, want) {
			out = append(out, authority)
		}
	}
	if out == nil {
		e := tool.Errorf(tool.CodeUnknownHost, "the captured hosts are "+listHosts(all), "the capture has no flow of that domain")
		e.Argument = DomainParam.Name
		return nil, e
	}
	if same, ok := catalog.Named(all, want); ok && !slices.Contains(all, want) {
		out = slices.Compact(slices.Sorted(slices.Values(append(out, same...))))
	}
	return out, nil
}

// ChooseHost returns the error for a call that must name one of several hosts.
func ChooseHost(hosts []string) error {
	others := AllHosts + ", which describes them as one API"
	if name, same := catalog.OneServer(hosts); name != "" {
		others = view.Visible(name) + ", which describes " + view.Visible(same) + " as one API; or to " + others
	}
	e := tool.Errorf(tool.CodeSeveralHosts, "call again with domain set to one of "+listHosts(hosts)+"; or to "+others,
		"the capture has the APIs of %d hosts", len(hosts))
	e.Argument = DomainParam.Name
	return e
}

// listHosts joins the names of at most ten hosts.
func listHosts(all []string) string {
	list := strings.Join(all[:min(len(all), 10)], ", ")
	if len(all) > 10 {
		list += ", …"
	}
	return view.Visible(list)
}

// NormalizeDomain removes a scheme, a path, "*." and a final dot from a domain, and makes it lower
// case.
func NormalizeDomain(domain string) string {
	d := strings.ToLower(strings.TrimSpace(domain))
	if _, rest, ok := strings.Cut(d, "://"); ok {
		d = rest
	}
	d, _, _ = strings.Cut(d, "/")
	return strings.TrimPrefix(strings.TrimSuffix(d, "."), "*.")
}

// InDomain reports whether an authority is want or a subdomain of it. If want has no port, it
// matches all ports.
func InDomain(authority, want string) bool {
	if authority == want {
		return true
	}
	host, port := splitPort(authority)
	domain, wantPort := splitPort(want)
	return (wantPort == "" || wantPort == port) && (host == domain || strings.HasSuffix(host, "."+domain))
}

func splitPort(authority string) (host, port string) {
	if h, p, err := net.SplitHostPort(authority); err == nil {
		return h, p
	}
	return strings.Trim(authority, "[]"), ""
}
