package main

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"reflect"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/mcptools/spectools"
)

// watchEvery is how often a document's file is looked at. A capture changes with each request and takes longer to make a
// document of: it is looked at once in captureTicks.
const (
	watchEvery   = time.Second
	captureTicks = 10
)

// watched is a document that is served and may change; one without a file is that of the capture.
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
	for tick := 1; ; tick++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		for _, w := range all {
			if w.mount.spec == "" && tick%captureTicks != 0 {
				continue
			}
			if now := s.stateOf(w.mount); now != w.last && now != (fileState{}) {
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
	if w.mount.spec == "" && reflect.DeepEqual(w.set.Summaries(), set.Summaries()) {
		set.Close() // more of the same was captured
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

func (s *serving) stateOf(m mount) fileState {
	path := m.spec
	if path == "" {
		path = s.p.dbPath()
	}
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}
	}
	return fileState{info.Size(), info.ModTime(), info.Mode()}
}
