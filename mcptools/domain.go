package mcptools

import (
	"context"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

var domainParam = tool.Param{Name: "domain", Kind: tool.String, MaxLength: 255,
	Doc: "only this host, or a domain with its subdomains; a port may follow. Default: all hosts"}

// hosts returns the sorted authorities that a domain argument selects; nil if it is "" and selects
// all.
func (s *service) hosts(ctx context.Context, domain string) ([]string, error) {
	st, err := s.Store.Stat(ctx)
	if err != nil {
		return nil, err
	}
	if st.Flows == 0 {
		return nil, tool.Errorf(tool.CodeNothingCaptured, "capture something with `spectap run` or `spectap import`",
			"the capture is empty")
	}
	want := normalizeDomain(domain)
	if want == "" {
		return nil, nil
	}
	var out []string
	all := slices.Sorted(maps.Keys(st.Hosts))
	for _, authority := range all {
		if inDomain(authority, want) {
			out = append(out, authority)
		}
	}
	if out == nil {
		hint := "the captured hosts are " + strings.Join(all[:min(len(all), 10)], ", ")
		if len(all) > 10 {
			hint += ", …"
		}
		e := tool.Errorf(tool.CodeUnknownHost, view.Visible(hint), "the capture has no flow of that domain")
		e.Argument = "domain"
		return nil, e
	}
	return out, nil
}

// normalizeDomain removes a scheme, a path, "*." and a final dot from a domain, and makes it lower
// case.
func normalizeDomain(domain string) string {
	d := strings.ToLower(strings.TrimSpace(domain))
	if _, rest, ok := strings.Cut(d, "://"); ok {
		d = rest
	}
	d, _, _ = strings.Cut(d, "/")
	return strings.TrimPrefix(strings.TrimSuffix(d, "."), "*.")
}

// inDomain reports whether an authority is want or a subdomain of it. If want has no port, it
// matches all ports.
func inDomain(authority, want string) bool {
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
