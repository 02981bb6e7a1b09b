package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/store"
)

// storeStats is the output of `store stats`.
type storeStats struct {
	File    string         `json:"file"`
	Bytes   int64          `json:"bytes"`
	Used    int64          `json:"used_bytes"`
	Flows   int64          `json:"flows"`
	First   uint64         `json:"first"`
	Last    uint64         `json:"last"`
	Imports int64          `json:"imports"`
	Lost    int64          `json:"lost_flows"` // could not be recorded since the first flow
	Hosts   []hostStats    `json:"hosts"`
	Hub     *hubStats      `json:"hub,omitempty"`
	Owner   map[string]any `json:"owner,omitempty"` // status of the process that records to the store
}

type hostStats struct {
	Host  string `json:"host"`
	Flows int64  `json:"flows"`
	Bytes int64  `json:"bytes"` // captured, before compression
}

func newStoreStatsCmd(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "stats",
		Short:   "Print how much is in the store, by host",
		Example: "  spectap store stats\n  spectap store stats --json | jq '.hosts[0]'",
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			st, err := p.open(store.Options{ReadOnly: true})
			if err != nil {
				return err
			}
			defer st.Close()
			s, err := p.storeStats(cmd.Context(), st)
			if err != nil {
				return err
			}
			if asJSON {
				return p.printJSON(s)
			}
			return s.print(p.newRows())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func (p *program) storeStats(ctx context.Context, st store.Reader) (*storeStats, error) {
	stat, err := st.Stat(ctx)
	if err != nil {
		return nil, err
	}
	s := &storeStats{
		File: p.dbPath(), Bytes: stat.Bytes, Used: stat.Used, Flows: stat.Flows,
		First: uint64(stat.First), Last: uint64(stat.Last), Imports: stat.Imports,
		Lost: lossesAfter(stat.Losses, 0).Flows, Hosts: []hostStats{},
	}
	for _, host := range slices.Sorted(maps.Keys(stat.Hosts)) {
		s.Hosts = append(s.Hosts, hostStats{host, stat.Hosts[host], stat.HostBytes[host]})
	}
	slices.SortStableFunc(s.Hosts, func(a, b hostStats) int { return int(max(-1, min(1, b.Flows-a.Flows))) })
	if p.hub != nil {
		if s.Hub, err = p.hub.stats(ctx, stat); err != nil {
			return nil, err
		}
	}
	if owner, ok := st.(interface {
		Status(context.Context) (json.RawMessage, error)
	}); ok {
		if b, err := owner.Status(ctx); err == nil { // an owner may have no status
			json.Unmarshal(b, &s.Owner)
		}
	}
	return s, nil
}

func (s *storeStats) print(list *rows) error {
	var b strings.Builder
	fmt.Fprintf(&b, "file     %s\nsize     %s, %s of it used\nflows    %d",
		visible.Line(s.File), shortSize(s.Bytes), shortSize(s.Used), s.Flows)
	if s.Flows > 0 {
		fmt.Fprintf(&b, ", records %d to %d", s.First, s.Last)
	}
	fmt.Fprintf(&b, "\nimports  %d\n", s.Imports)
	if s.Lost > 0 {
		fmt.Fprintf(&b, "lost     %s could not be recorded\n", plural(int(s.Lost), "flow"))
	}
	if s.Owner["address"] != nil {
		fmt.Fprintf(&b, "in use   by a proxy on %v; lost: %v flows, %v bodies; to learn: %v records\n",
			s.Owner["address"], s.Owner["lost"], s.Owner["bodies_lost"], s.Owner["to_learn"])
		if hosts, _ := s.Owner["passed_through"].([]any); len(hosts) > 0 {
			fmt.Fprintf(&b, "pinned   %s: passed through for clients that refuse the proxy's certificate\n",
				visible.Line(strings.Trim(fmt.Sprint(hosts), "[]")))
		}
	}
	if err := list.lines(b.String()); err != nil {
		return err
	}
	if len(s.Hosts) > 0 {
		if err := list.lines("\n   flows  captured  host\n"); err != nil {
			return err
		}
	}
	for _, h := range s.Hosts {
		if err := list.print(fmt.Sprintf("%8d  %8s  ", h.Flows, shortSize(h.Bytes)), h.Host); err != nil {
			return err
		}
	}
	if s.Hub == nil {
		return nil
	}
	b.Reset()
	s.Hub.print(&b)
	return list.lines(b.String())
}
