package relay

import (
	"context"

	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/relay/days"
)

// Committed returns what the workers have committed, and the facts of all.
func Committed(ctx context.Context, l Log) (*infer.Model, []*Head, error) {
	all := infer.New()
	heads, err := readHeads(ctx, l, days.Config{NewModel: func() Model { return infer.New() }})
	if err != nil {
		return nil, nil, err
	}
	dec, err := zstd.NewReader(nil)
	if err != nil {
		return nil, nil, err
	}
	defer dec.Close()
	for _, h := range heads {
		m, err := h.facts.All(ctx, &sealed{log: l, partition: h.Partition, dec: dec})
		if err != nil {
			return nil, nil, err
		}
		all.Merge(m.(*infer.Model))
	}
	return all, heads, nil
}
