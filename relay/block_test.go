package relay_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/store"
)

func newCodec(t testing.TB) *relay.Codec {
	t.Helper()
	c := relay.NewCodec()
	return c
}

// TestBlockRoundTrip checks that a block gives back its flows, their numbers, and sessions.
func TestBlockRoundTrip(t *testing.T) {
	c := newCodec(t)
	rapid.Check(t, func(rt *rapid.T) {
		after := rapid.Uint64Range(0, 1<<40).Draw(rt, "after")
		var flows []*flow.Flow
		last := after
		for i := range rapid.IntRange(0, 5).Draw(rt, "flows") {
			f := request(i)
			if rapid.Bool().Draw(rt, "answered") {
				answer(&f)
			}
			last += rapid.Uint64Range(1, 1000).Draw(rt, "step")
			f.Last, f.Session = flow.Seq(last), rapid.Uint64Range(0, 2).Draw(rt, "session")
			flows = append(flows, &f)
		}
		var sessions []store.Session
		for i := range rapid.IntRange(0, 2).Draw(rt, "sessions") {
			sessions = append(sessions, store.Session{Number: uint64(i + 1), Command: []string{"npm", "test"}, Started: time.Unix(int64(i), 0).UTC()})
		}
		data := must.Get(c.Encode(after, sessions, flows))
		told, got, err := c.Decode(&relay.Entry{After: after, Last: last, Data: data})
		if err != nil || len(got) != len(flows) || fmt.Sprint(told) != fmt.Sprint(sessions) {
			rt.Fatalf("%d flows, %v, %v", len(got), told, err)
		}
		for i := range got {
			a, _ := got[i].AppendBinary(nil)
			b, _ := flows[i].AppendBinary(nil)
			if !bytes.Equal(a, b) || got[i].Last != flows[i].Last {
				rt.Errorf("flow %d changed", i)
			}
		}
	})
}

// TestBlockErrors checks that blocks of newer versions, damaged ones, and those whose numbers are
// not those of their entry have different errors.
func TestBlockErrors(t *testing.T) {
	c := newCodec(t)
	f := request(1)
	f.Last = 7
	data := must.Get(c.Encode(6, nil, []*flow.Flow{&f}))
	for _, tt := range []struct {
		name  string
		entry relay.Entry
		want  error
	}{
		{"whole", relay.Entry{After: 6, Last: 7, Data: data}, nil},
		{"newer version", relay.Entry{After: 6, Last: 7, Data: append([]byte{9}, data[1:]...)}, relay.ErrVersion},
		{"version 0", relay.Entry{After: 6, Last: 7, Data: append([]byte{0}, data[1:]...)}, relay.ErrMalformed},
		{"empty", relay.Entry{After: 6, Last: 7}, relay.ErrMalformed},
		{"cut short", relay.Entry{After: 6, Last: 7, Data: data[:len(data)-3]}, relay.ErrMalformed},
		{"other numbers", relay.Entry{After: 6, Last: 6, Data: data}, relay.ErrMalformed},
		{"descending", relay.Entry{After: 7, Last: 6, Data: data}, relay.ErrMalformed},
	} {
		if _, _, err := c.Decode(&tt.entry); !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// FuzzBlock checks that any bytes are read without a panic, and that the result fits the numbers of
// the entry.
func FuzzBlock(f *testing.F) {
	c := newCodec(f)
	a, b := request(1), request(2)
	a.Last, b.Last = 3, 5
	answer(&b)
	data := must.Get(c.Encode(2, []store.Session{{Number: 1}}, []*flow.Flow{&a, &b}))
	f.Add(uint64(2), uint64(5), data)
	f.Add(uint64(0), uint64(0), []byte{1})
	f.Fuzz(func(t *testing.T, after, last uint64, data []byte) {
		_, flows, err := c.Decode(&relay.Entry{After: after, Last: last, Data: data})
		if err != nil {
			return
		}
		prev := after
		for _, fl := range flows {
			if uint64(fl.Last) <= prev || uint64(fl.Last) > last {
				t.Fatalf("number %d after %d, up to %d", fl.Last, prev, last)
			}
			prev = uint64(fl.Last)
		}
		must.Get(c.Encode(after, nil, flows))
	})
}
