package main

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/mcptools/spectools"
)

// watchEvery is how often a document's file is looked at.
const watchEvery = time.Second

// watch serves a document anew when its file changes. One that cannot be served leaves what is served as it is.
func (s *serving) watch(ctx context.Context, spec string, m *server.MCPServer, log *slog.Logger) {
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	last := stateOf(spec)
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		now := stateOf(spec)
		if now == last || now == (fileState{}) {
			continue
		}
		last = now
		set, err := s.toolSet(ctx, mount{"", spec})
		if err != nil {
			log.Warn("the document changed, but cannot be served: the one before stays", "error", err)
			continue
		}
		// The set before may still be sending: its idle connections end by themselves.
		spectools.Replace(m, set, s.server)
		s.p.tellServed(mount{"", spec}, set)
	}
}

type fileState struct {
	size  int64
	mtime time.Time
	mode  fs.FileMode
}

func stateOf(path string) fileState {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}
	}
	return fileState{info.Size(), info.ModTime(), info.Mode()}
}
