package main

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"reflect"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/mcptools/spectools"
)

// watchInterval is the time between checks of a file that is read again when it changes, such as a
// document or a policy. Tests shorten it.
var watchInterval = time.Second

// captureTicks is how many of these intervals pass between checks of a capture, which changes with
// each request, and whose document takes longer to build.
const captureTicks = 10

// watched is a served document that may change. Without a spec it is that of the capture.
type watched struct {
	mount  mount
	server *server.MCPServer
	set    *spectools.Set
	last   fileState
	// quarantined are the tools that the last look found no person to have accepted. unpinned means
	// that it could not tell.
	quarantined map[string]pin.Status
	unpinned    bool
}

// watch reloads documents when their files change, with --watch, and follows their pins.
func (s *serving) watch(ctx context.Context, all []*watched, log *slog.Logger) {
	t := time.NewTicker(watchInterval)
	defer t.Stop()
	for tick := 1; ; tick++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		for _, w := range all {
			s.followPins(w, log)
			if !s.f.watch || w.mount.spec == "" && tick%captureTicks != 0 {
				continue
			}
			if now := s.stateOf(w.mount); now != w.last && now != (fileState{}) {
				w.last = now
				s.renew(ctx, w, log)
			}
		}
	}
}

// renew serves a changed document. The old document stays if the new one cannot be served, or if
// its server has another origin: credentials were given for the origin at the start.
func (s *serving) renew(ctx context.Context, w *watched, log *slog.Logger) {
	set, err := s.toolSet(ctx, w.mount)
	if err != nil {
		log.Warn("the changed document cannot be served; the old one stays", "error", err)
		return
	}
	if before, after := w.set.CredentialOrigin(), set.CredentialOrigin(); before != after && before != "" {
		set.Close()
		log.Warn("the changed document names another origin; the old one stays; "+
			"to use the new one, start serve again", "was", before, "is", after)
		return
	}
	if w.mount.spec == "" && reflect.DeepEqual(w.set.Summaries(), set.Summaries()) {
		set.Close() // new flows, but the same operations
		return
	}
	if err := set.Pin(); err != nil {
		set.Close()
		log.Warn("the changed document cannot be compared with its pins; the old one stays", "error", err)
		return
	}
	// Calls of the old set may be in progress, so it is not closed. Its idle connections time out.
	spectools.Replace(w.server, w.set, set, s.server)
	w.set = set
	if now, err := set.Quarantined(); err == nil {
		w.quarantined = now
	}
	s.printServed(w.mount, set)
}

// fileState detects changes of a file.
type fileState struct {
	size  int64
	mtime time.Time
	mode  fs.FileMode
}

// stateOf returns the state of the file of a mount, the zero value if it cannot be read.
func (s *serving) stateOf(m mount) fileState {
	path := m.spec
	if path == "" {
		path = s.p.dbPath()
	}
	return fileStateOf(path)
}

// fileStateOf returns the state of a file, the zero value if it cannot be read.
func fileStateOf(path string) fileState {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}
	}
	return fileState{info.Size(), info.ModTime(), info.Mode()}
}
