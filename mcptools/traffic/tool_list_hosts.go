package traffic

import (
	"cmp"
	"context"
	"slices"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// HostsResult lists the hosts of a capture.
type HostsResult struct {
	tool.Untrusted
	Hosts []Host `json:"hosts"` // most flows first
}

// Host is one host.
type Host struct {
	Host  string `json:"host"`
	Flows int64  `json:"flows"`
}

func (s *Tools) hostList() tool.Tool {
	return tool.New("list_hosts", "Captured hosts", "Lists the captured hosts with their numbers of flows.",
		nil, func(ctx context.Context, _ tool.Args) (HostsResult, error) { return s.ListHosts(ctx) })
}

func (s *Tools) ListHosts(ctx context.Context) (HostsResult, error) {
	st, err := s.Store.Stat(ctx)
	if err != nil {
		return HostsResult{}, err
	}
	out := HostsResult{Untrusted: tool.Notice(), Hosts: []Host{}}
	for h, n := range st.Hosts {
		out.Hosts = append(out.Hosts, Host{view.Visible(h), n})
	}
	slices.SortFunc(out.Hosts, func(x, y Host) int { return cmp.Or(cmp.Compare(y.Flows, x.Flows), cmp.Compare(x.Host, y.Host)) })
	return out, nil
}
