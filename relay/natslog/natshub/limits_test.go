package natshub

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/relay/natslog"
)

// someStreams is a JetStream with some streams. The next calls may fail.
type someStreams struct {
	jetstream.JetStream

	mu      sync.Mutex // guards all below
	streams map[string]jetstream.StreamConfig
	errs    []error
	updates []string
	asked   int
}

func (s *someStreams) next() error {
	s.asked++
	if len(s.errs) == 0 {
		return nil
	}
	err := s.errs[0]
	s.errs = s.errs[1:]
	return err
}

func (s *someStreams) Stream(_ context.Context, name string) (jetstream.Stream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.next(); err != nil {
		return nil, err
	}
	return oneStream{cfg: s.streams[name]}, nil
}

func (s *someStreams) UpdateStream(_ context.Context, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.next(); err != nil {
		return nil, err
	}
	s.streams[cfg.Name], s.updates = cfg, append(s.updates, cfg.Name)
	return oneStream{cfg: cfg}, nil
}

func (s *someStreams) StreamNames(context.Context, ...jetstream.StreamListOpt) jetstream.StreamNameLister {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make(chan string, len(s.streams))
	for name := range s.streams {
		names <- name
	}
	close(names)
	return nameList{names, s.next()}
}

func (s *someStreams) add(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		s.streams[name] = jetstream.StreamConfig{Name: name, MaxAge: time.Minute, MaxBytes: -1, MaxMsgs: 7}
	}
}

type oneStream struct {
	jetstream.Stream
	cfg jetstream.StreamConfig
}

func (s oneStream) CachedInfo() *jetstream.StreamInfo { return &jetstream.StreamInfo{Config: s.cfg} }

type nameList struct {
	names <-chan string
	err   error
}

func (l nameList) Name() <-chan string { return l.names }
func (l nameList) Err() error          { return l.err }

// TestLimit gives a stream the limits of the hub, and leaves what it has if there are none. It
// tries until it is done, or the stream is gone.
func TestLimit(t *testing.T) {
	const name = "SPECTAP_t"
	broken := errors.New("no leader")
	for _, tt := range []struct {
		what    string
		cfg     Config
		errs    []error
		age     time.Duration
		bytes   int64
		updates int
		took    time.Duration
		warned  int
	}{
		{"both", Config{KeepAge: time.Hour, KeepBytes: 9}, nil, time.Hour, 9, 1, 0, 0},
		{"age", Config{KeepAge: time.Hour}, nil, time.Hour, -1, 1, 0, 0},
		{"bytes", Config{KeepBytes: 1}, nil, time.Minute, 1, 1, 0, 0},
		{"has them", Config{KeepAge: time.Minute}, nil, time.Minute, -1, 0, 0, 0},
		{"is gone", Config{KeepAge: time.Hour}, []error{jetstream.ErrStreamNotFound}, time.Minute, -1, 0, 0, 0},
		{"no answer at first", Config{KeepAge: time.Hour}, []error{broken, nil, broken}, time.Hour, -1, 1, 2 * time.Second, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			js := &someStreams{streams: map[string]jetstream.StreamConfig{}, errs: tt.errs}
			js.add(name)
			var log bytes.Buffer
			tt.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
			h := &Hub{cfg: tt.cfg, ctx: t.Context()}
			start := time.Now()
			h.limit(js, name)
			got := js.streams[name]
			if got.MaxAge != tt.age || got.MaxBytes != tt.bytes || got.MaxMsgs != 7 || len(js.updates) != tt.updates || time.Since(start) != tt.took || strings.Count(log.String(), "level=WARN") != tt.warned {
				t.Errorf("%s: %+v, updates %q after %s\n%s", tt.what, got, js.updates, time.Since(start), log.String())
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	js := &someStreams{}
	if (&Hub{ctx: ctx}).limit(js, name); js.asked > 0 {
		t.Error("a hub that is closed asks for streams")
	}
}

// TestEndConsumers limits how long consumers of both streams of a team stay, unless somebody has. A
// stream that refuses it is left as it is.
func TestEndConsumers(t *testing.T) {
	broken := errors.New("a consumer is to stay longer")
	for _, tt := range []struct {
		what    string
		has     [2]time.Duration // of blocks, of values
		errs    []error
		updates []string
		fails   error
		warned  int
	}{
		{"both", [2]time.Duration{}, nil, []string{"SPECTAP_t", "SPECTAP_t_state"}, nil, 0},
		{"have a limit", [2]time.Duration{time.Hour, 1}, nil, nil, nil, 0},
		{"one has a limit", [2]time.Duration{1, 0}, nil, []string{"SPECTAP_t_state"}, nil, 0},
		{"one refuses", [2]time.Duration{}, []error{nil, broken}, []string{"SPECTAP_t_state"}, nil, 1},
		{"no stream", [2]time.Duration{}, []error{broken}, nil, broken, 0},
		{"one is not there", [2]time.Duration{}, []error{nil, nil, broken}, []string{"SPECTAP_t"}, broken, 0},
	} {
		js := &someStreams{streams: map[string]jetstream.StreamConfig{}, errs: tt.errs}
		for i, name := range []string{"SPECTAP_t", "SPECTAP_t_state"} {
			js.streams[name] = jetstream.StreamConfig{Name: name, MaxMsgs: 7, ConsumerLimits: jetstream.StreamConsumerLimits{InactiveThreshold: tt.has[i]}}
		}
		var log bytes.Buffer
		h := &Hub{cfg: Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, ctx: t.Context()}
		if err := h.endConsumers(js, "t"); !errors.Is(err, tt.fails) || !slices.Equal(js.updates, tt.updates) || strings.Count(log.String(), "level=WARN") != tt.warned {
			t.Errorf("%s: %v, updates %q, logged %s", tt.what, err, js.updates, log.String())
		}
		for _, name := range tt.updates {
			if got := js.streams[name]; got.ConsumerLimits.InactiveThreshold != natslog.ConsumerTime || got.MaxMsgs != 7 {
				t.Errorf("%s: %+v", tt.what, got)
			}
		}
	}
}

// TestLooksForStreams limits streams of blocks that are made after the first look, once each.
func TestLooksForStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		js := &someStreams{streams: map[string]jetstream.StreamConfig{}, errs: []error{errors.New("no leader")}}
		js.add("SPECTAP_old")
		var log bytes.Buffer
		h := &Hub{cfg: Config{KeepAge: time.Hour, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, ctx: ctx}
		done := make(chan struct{})
		go func() { defer close(done); h.lookForStreams(js) }()
		for _, tt := range []struct {
			make []string
			want []string // updates so far
		}{
			{[]string{"SPECTAP_a"}, nil}, // the first look fails, and at the second it is there
			{[]string{"SPECTAP_b", "SPECTAP_b_state", "OTHER"}, []string{"SPECTAP_b"}},
			{nil, []string{"SPECTAP_b"}},
			{[]string{"SPECTAP_b", "SPECTAP_c"}, []string{"SPECTAP_b", "SPECTAP_c"}}, // somebody changed the limits of b
		} {
			synctest.Wait()
			js.add(tt.make...)
			time.Sleep(lookPause)
			synctest.Wait()
			if !slices.Equal(js.updates, tt.want) {
				t.Errorf("after %q: %q, want %q", tt.make, js.updates, tt.want)
			}
		}
		cancel()
		<-done
		if strings.Count(log.String(), "level=") != 1 || !strings.Contains(log.String(), "no leader") {
			t.Errorf("logged: %s", log.String())
		}
	})
}

// TestCreatesStreams creates the streams of one team after the other, and tries again each second
// until it is done or the hub is closed.
func TestCreatesStreams(t *testing.T) {
	for _, tt := range []struct {
		what  string
		fails int
		close time.Duration // after this time; 0: never
		want  []string
		took  time.Duration
	}{
		{"at once", 0, 0, []string{"a", "b"}, 0},
		{"at the third time", 2, 0, []string{"a", "a", "a", "b"}, 2 * time.Second},
		{"never", 9, 1500 * time.Millisecond, []string{"a", "a"}, 1500 * time.Millisecond},
		{"the hub is closed", 0, -1, nil, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.close > 0 {
				time.AfterFunc(tt.close, cancel)
			} else if tt.close < 0 {
				cancel()
			}
			var tried []string
			var log bytes.Buffer
			start := time.Now()
			(&Hub{cfg: Config{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, ctx: ctx}).createStreams([]string{"a", "b"}, func(team string) error {
				if tried = append(tried, team); len(tried) <= tt.fails {
					return errors.New("no leader")
				}
				return nil
			})
			if !slices.Equal(tried, tt.want) || time.Since(start) != tt.took || strings.Count(log.String(), "no leader") != min(tt.fails, len(tt.want)) {
				t.Errorf("%s: tried %q, want %q, for %s\n%s", tt.what, tried, tt.want, time.Since(start), log.String())
			}
		})
	}
}
