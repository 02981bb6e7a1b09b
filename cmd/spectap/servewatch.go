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

// watched is a document that is served and may change.
type watched struct {
	mount  mount
	server *server.MCPServer
	set    *spectools.Set
	last   fileState
}

// watch serves documents anew when their files change.
func (s *serving) watch(ctx context.Context, all []*watched, log *slog.Logger) {
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	for _, w := range all {
		w.last = stateOf(w.mount.spec)
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		for _, w := range all {
			if now := stateOf(w.mount.spec); now != w.last && now != (fileState{}) {
				w.last = now
				s.renew(ctx, w, log)
			}
		}
	}
}

// renew serves a document that changed. One that cannot be served leaves what is served as it is, and so does one that
// leads elsewhere: credentials were given for the origin that the document named when serve was started.
func (s *serving) renew(ctx context.Context, w *watched, log *slog.Logger) {
	set, err := s.toolSet(ctx, w.mount)
	if err != nil {
		log.Warn("the document changed, but cannot be served: the one before stays", "error", err)
		return
	}
	if was, is := w.set.Home(), set.Home(); was != is && was != "" {
		set.Close()
		log.Warn("the document changed and leads to another origin: the one before stays; start serve again if that is meant", "was", was, "is", is)
		return
	}
	// The set before may still be sending: its idle connections end by themselves.
	w.set = set
	spectools.Replace(w.server, set, s.server)
	s.p.tellServed(w.mount, set)
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
