package natshub

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/relay/natslog"
)

// limitStreams gives the limits of the hub to the streams of blocks that clients create: without
// users, the first client of a team creates them, and does not know the limits. Existing streams
// keep theirs. The server announces new streams; an announcement may be lost, so the streams are
// also polled.
func (h *Hub) limitStreams() error {
	if len(h.cfg.Users) > 0 || h.cfg.KeepAge == 0 && h.cfg.KeepBytes == 0 {
		return nil
	}
	nc, err := nats.Connect("in-process", nats.InProcessServer(h.server), nats.MaxReconnects(-1))
	if err != nil {
		return fmt.Errorf("watch for new logs: %w", err)
	}
	context.AfterFunc(h.ctx, nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("watch for new logs: %w", err)
	}
	created := "$JS.EVENT.ADVISORY.STREAM.CREATED."
	_, err = nc.Subscribe(created+"*", func(m *nats.Msg) {
		if name := strings.TrimPrefix(m.Subject, created); hasBlocks(name) {
			h.limit(js, name)
		}
	})
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		return fmt.Errorf("watch for new logs: %w", err)
	}
	go h.lookForStreams(js)
	return nil
}

// lookForStreams limits the streams that are made after its first look.
func (h *Hub) lookForStreams(js jetstream.JetStream) {
	for old := map[string]bool(nil); ; {
		switch now, err := h.streams(js); {
		case err != nil: // a cluster may have no leader yet
			h.cfg.Logger.Debug("look for new logs; tried again", "err", err)
		case old == nil:
			old = now
		default:
			for name := range now {
				if !old[name] {
					h.limit(js, name)
					old[name] = true // who changes its limits later keeps them
				}
			}
		}
		if pause.For(h.ctx, lookPause) != nil {
			return
		}
	}
}

// lookPause is how long a stream may be without limits if its announcement was lost.
const lookPause = 10 * time.Second

// streams returns the names of the streams of blocks.
func (h *Hub) streams(js jetstream.JetStream) (map[string]bool, error) {
	ctx, cancel := context.WithTimeout(h.ctx, 10*time.Second)
	defer cancel()
	out, names := map[string]bool{}, js.StreamNames(ctx)
	for name := range names.Name() {
		if hasBlocks(name) {
			out[name] = true
		}
	}
	return out, names.Err()
}

// hasBlocks reports whether a stream of this name is one of blocks.
func hasBlocks(name string) bool {
	team, ok := strings.CutPrefix(name, natslog.StreamName(""))
	return ok && natslog.CheckTeam(team) == nil
}

// limit gives a stream the limits of the hub. It tries until the hub is closed.
func (h *Hub) limit(js jetstream.JetStream, name string) {
	for h.ctx.Err() == nil {
		ctx, cancel := context.WithTimeout(h.ctx, 10*time.Second)
		err := func() error {
			s, err := js.Stream(ctx, name)
			if err != nil {
				return err
			}
			cfg := s.CachedInfo().Config
			if h.cfg.KeepAge > 0 {
				cfg.MaxAge = h.cfg.KeepAge
			}
			if h.cfg.KeepBytes > 0 {
				cfg.MaxBytes = h.cfg.KeepBytes
			}
			if now := s.CachedInfo().Config; now.MaxAge == cfg.MaxAge && now.MaxBytes == cfg.MaxBytes {
				return nil
			}
			_, err = js.UpdateStream(ctx, cfg)
			return err
		}()
		cancel()
		if err == nil || errors.Is(err, jetstream.ErrStreamNotFound) {
			return
		}
		h.cfg.Logger.Warn("set the limits of a log; tried again", "log", name, "err", err)
		if pause.For(h.ctx, time.Second) != nil {
			return
		}
	}
}
