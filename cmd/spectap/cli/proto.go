package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/grpc"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/store"
)

// AddProtoFlag adds --proto to a command that shows flows. There is no setting for it in a file:
// names in a descriptor decide what is hidden, and a folder of somebody else may have such a file.
func (p *Program) AddProtoFlag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&p.Global.Proto, "proto", nil,
		"read messages of gRPC as JSON, with this descriptor set, .proto `file`, or folder of .proto files (repeatable)")
}

// readable returns the function that makes messages of gRPC readable with the descriptors of
// --proto, or nil without the flag.
func (p *Program) readable(ctx context.Context) (func(flow.Flow) flow.Flow, error) {
	if len(p.Global.Proto) == 0 {
		return nil, nil
	}
	s, err := grpc.Load(ctx, p.Global.Proto)
	if err != nil {
		hint := "the folder that imports are relative to, or a descriptor set: buf build -o api.binpb"
		for _, path := range p.Global.Proto {
			server := strings.TrimPrefix(strings.TrimPrefix(path, "http://"), "https://")
			if u, e := url.Parse("http://" + server); e == nil && u.Port() != "" && errors.Is(err, fs.ErrNotExist) {
				hint = "grpcurl -protoset-out api.binpb " + QuoteArg(u.Host) + " describe   # servers are not asked; then --proto api.binpb"
			}
		}
		return nil, WithHint(fmt.Errorf("--proto: %w", err), hint)
	}
	s.Budget = &p.budget
	return s.Flow, nil
}

// ReadingRedactor is [Program.Redactor] for what is shown: it reads messages of gRPC with the
// descriptors of --proto.
func (p *Program) ReadingRedactor(ctx context.Context, st store.Keyed) (*redact.Redactor, error) {
	read, err := p.readable(ctx)
	if err != nil {
		return nil, err
	}
	r, err := p.Redactor(ctx, st)
	if err != nil {
		return nil, err
	}
	return r.Reading(read), nil
}

// Viewer returns how a command shows a flow: with readable messages of gRPC and, unless reveal is
// true, without secrets. It is nil if a flow is shown as it is.
func (p *Program) Viewer(ctx context.Context, st store.Keyed, reveal bool) (func(flow.Flow) flow.Flow, error) {
	if reveal {
		return p.readable(ctx)
	}
	r, err := p.ReadingRedactor(ctx, st)
	if err != nil {
		return nil, err
	}
	return r.Flow, nil
}
