package relay

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"
)

// TestStatuses reads what sources say of themselves, and what workers have of those that ended.
func TestStatuses(t *testing.T) {
	at := time.Unix(1_790_000_000, 0).UTC()
	l := &values{}
	for _, s := range []SourceStatus{
		{Source: "live", Recorded: 9, Sent: 7, Released: 3, At: at}, {Source: "ended", Recorded: 9, Sent: 9, Released: 3, Ended: true, At: at},
		{Source: "whole", Recorded: 9, Sent: 9, Released: 9, Ended: true, At: at}, {Source: "unmarked", Recorded: 2, Sent: 2, Ended: true, At: at}, {Source: "oddmark", Recorded: 2, Sent: 2, Released: 1, Ended: true, At: at},
	} {
		l.set(t, "sources/"+s.Source, s)
	}
	l.set(t, "sources/a first", SourceStatus{Recorded: 5, Sent: 5, Ended: true, At: at})
	named := SourceStatus{Source: "somebody else", Recorded: 1}
	l.set(t, "sources/liar", named)
	l.m["sources/broken"] = Value{Key: "sources/broken", Data: []byte("{"), Revision: 1}
	l.m["sources/unread"] = Value{Key: "sources/unread", Err: ErrMalformed, Revision: 1}
	for source, last := range map[string]uint64{"live": 5, "a first": 5, "ended": 8, "whole": 4, "nobody": 3} {
		l.set(t, "marks/"+source, Mark{Last: last})
	}
	l.m["marks/oddmark"] = Value{Key: "marks/oddmark", Data: []byte("{"), Revision: 1}
	list, err := Statuses(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range list {
		got[s.Source] = fmt.Sprint(s.Released, " ", s.Lag(), " ", s.Err)
	}
	const unreadable = "its status cannot be read"
	want := map[string]string{"live": "3 2 ", "a first": "5 0 ", "ended": "8 0 ", "whole": "9 0 ", "unmarked": "0 0 ", "oddmark": "1 0 ", "liar": "0 1 ", "broken": "0 0 " + unreadable, "unread": "0 0 " + unreadable}
	if !maps.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	sent, err := Sent(t.Context(), l)
	if err != nil || len(sent) != len(want) || sent["live"] != 7 || sent["liar"] != 0 {
		t.Errorf("sent %v, %v", sent, err)
	}
	for source, want := range map[string]error{"live": nil, "none": nil, "broken": ErrMalformed} {
		s, err := getStatus(t.Context(), l, source)
		if !errors.Is(err, want) || want == nil && err != nil || (s.Recorded == 9) != (source == "live") {
			t.Errorf("%s: %+v, %v", source, s, err)
		}
	}
	if m, err := getMark(t.Context(), l, "oddmark"); !errors.Is(err, ErrMalformed) || m.Last != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	l.deny = ErrDenied
	if err := put(t.Context(), l, "marks/x", Mark{}); !errors.Is(err, ErrDenied) || err.Error() != "write marks/x to the log: "+ErrDenied.Error() {
		t.Errorf("%v", err)
	}
	// A source that is asked for lost flows already cannot be asked more without the right to.
	l.deny = nil
	asked := &values{m: map[string]Value{"sources/live": l.m["sources/live"]}}
	asked.set(t, "asks/live", request{After: 3})
	asked.deny = errors.ErrUnsupported
	if _, _, err := NewAwaiter(asked, "me").Missing(t.Context(), nil, at); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}

// TestWorkerDefaults checks how often a worker that is told nothing does its work.
func TestWorkerDefaults(t *testing.T) {
	w, err := NewWorker(WorkerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if w.cfg.Commit != time.Second || w.cfg.Beat != 500*time.Millisecond || w.cfg.Forget != 30*24*time.Hour || w.cfg.Logger == nil || w.lookEvery() != 32*time.Second {
		t.Errorf("%+v", w.cfg)
	}
	own := WorkerConfig{Commit: 1, Beat: 2, Forget: 3, KeepDays: 4, Quiet: 5}
	if w, err = NewWorker(own); err != nil || w.cfg.Commit != 1 || w.cfg.Beat != 2 || w.cfg.Forget != 3 || w.facts().Keep != 4 || w.facts().Quiet != 5 {
		t.Errorf("%+v, %v", w.cfg, err)
	}
	f, err := NewForwarder(ForwarderConfig{Source: "s"})
	if err != nil || f.cfg.Linger != 200*time.Millisecond || f.cfg.Poll != time.Second || f.Status().Source != "s" {
		t.Errorf("%+v, %v", f.cfg, err)
	}
	for linger, want := range map[time.Duration]time.Duration{time.Second: time.Second, time.Minute: time.Second, time.Millisecond: time.Millisecond} {
		if f, err := NewForwarder(ForwarderConfig{Linger: linger, Poll: 7}); err != nil || f.cfg.Linger != want || f.cfg.Poll != 7 {
			t.Errorf("%+v, %v", f.cfg, err)
		}
	}
}
