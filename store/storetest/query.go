package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// testBodies stores bodies of sizes around the limits of chunks: compressible, incompressible and
// equal.
func testBodies(t *testing.T, s store.Store) {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 1<<20+1)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	var want []flow.Flow
	for _, size := range []int{0, 1, 127, 128, 4059, 16 << 10, 64<<10 - 6, 64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10, 1<<20 + 1} {
		for _, data := range [][]byte{noise[:size], bytes.Repeat([]byte("ab"), size/2)} {
			f := sample(len(want))
			if len(data) == 0 {
				data = nil
			}
			f.Request.Body = flow.Body{Data: data, Size: int64(size)}
			f.Response.Body = flow.Body{Data: data, Size: int64(size) + 5, Truncated: true}
			want = append(want, f)
		}
	}
	mustAppend(t, s, want...)
	for i, f := range collect(t, s, store.Query{}) {
		equal(t, f, want[i], f.Seq, f.Last)
	}
	for i, f := range collect(t, s, store.Query{NoBodies: true, Newest: true}) {
		w := want[len(want)-1-i]
		resp := *w.Response
		w.Response = &resp
		w.Request.Body.Data, w.Response.Body.Data = nil, nil
		equal(t, f, w, f.Seq, f.Last)
	}
}

// testQuery compares the results of queries, and of pairs of conditions, with their definition.
func testQuery(t *testing.T, s store.Store) {
	m := NewMemory()
	for i := range 3000 {
		f := sample(i)
		f.Response.Body.Data = nil
		if i%10 == 3 {
			f = awaited(f)
		}
		if i%500 == 499 {
			f.Started = start.Add(-time.Hour) // the clock jumped
		}
		mustAppend(t, m, f)
	}
	all := collect(t, m, store.Query{})
	for chunk := range slices.Chunk(all, 300) {
		mustAppend(t, s, chunk...)
	}
	at := func(i int) time.Time { return start.Add(time.Duration(i) * time.Minute) }
	for i, q := range []store.Query{
		{},
		{After: 1}, {After: 2990}, {After: 3000}, {After: 1 << 63}, {After: ^flow.Seq(0)},
		{Until: 1}, {Until: 1024}, {Until: 5000}, {After: 10, Until: 9}, {After: 1023, Until: 1025},
		{Authority: "host1.example"}, {Authority: "host1.example", After: 1500, Until: 2100}, {Authority: "no.example"},
		{Authority: "host"}, {Authority: "host3.example", NoBodies: true, Limit: 700},
		{Since: at(1500)}, {Before: at(1500)}, {Since: at(100), Before: at(101)}, {Since: start.Add(-2 * time.Hour), Before: start},
		{Since: at(2998).Add(1)}, {Before: start}, {Since: at(9999)}, {Since: at(1000), Authority: "host2.example"},
		{Limit: 1}, {Limit: 255}, {Limit: 256}, {Limit: 257}, {Limit: 9999}, {Limit: 3, After: 100},
		{Except: store.Ranges{{First: 1, Last: 2990}}}, {Except: store.Ranges{{First: 5, Last: 5}, {First: 7, Last: 2000}, {First: 2999, Last: 4000}}},
		{Only: store.Ranges{}}, {Only: store.Ranges{{First: 1, Last: 3}, {First: 1000, Last: 1030}, {First: 2999, Last: 9000}}},
		{Only: store.Ranges{{First: 10, Last: 20}, {First: 30, Last: 40}}, After: 12, Until: 35, Except: store.Ranges{{First: 15, Last: 33}}},
		{Only: store.Ranges{{First: 10, Last: 20}, {First: 30, Last: 40}}, After: 19, Until: 30},
		{Only: store.Ranges{{First: 5, Last: 2000}}, Authority: "host1.example", Limit: 3}, {Only: store.Ranges{{First: 7, Last: 7}}, After: 7},
		{Except: store.Ranges{{First: 1, Last: 5000}}}, {Except: store.Ranges{{First: 2, Last: 2}}, Authority: "host1.example", Limit: 2},
	} {
		if testing.Short() && i%10 != 0 {
			continue // none of them changes anything
		}
		for n := range 4 {
			q.Newest, q.Brief = n&1 != 0, n&2 != 0
			t.Run(fmt.Sprintf("%d/newest=%t/brief=%t", i, q.Newest, q.Brief), func(t *testing.T) {
				got, want := collect(t, s, q), collect(t, m, q)
				if !slices.Equal(lastNumbers(got), lastNumbers(want)) {
					t.Fatalf("%+v: got %d flows %v…, want %d %v…", q, len(got), firstFew(got), len(want), firstFew(want))
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%+v: flows differ", q)
				}
			})
		}
	}
}

// firstFew returns the newest record numbers of at most ten flows.
func firstFew(fs []flow.Flow) []flow.Seq { return lastNumbers(fs[:min(len(fs), 10)]) }

// testCancel checks that operations whose context is done fail and change nothing.
func testCancel(t *testing.T, s store.Store) {
	mustAppend(t, s, sample(0), sample(1))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	for _, err := range s.Scan(ctx, store.Query{}) {
		seen++
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("scan: %v", err)
			}
			break
		}
		cancel()
	}
	if seen != 2 {
		t.Errorf("scan yielded %d times, want a flow and the error", seen)
	}
	_, _, modelErr := s.LoadModel(ctx, "m")
	_, appendErr := s.Append(ctx, sample(2))
	_, getErr := s.Get(ctx, 1)
	_, deleteErr := s.Delete(ctx, store.Query{})
	_, statErr := s.Stat(ctx)
	_, secretErr := s.Secret(ctx)
	_, importErr := s.Import(ctx, "x.har")
	for name, err := range map[string]error{
		"append": appendErr, "get": getErr, "delete": deleteErr, "load model": modelErr, "stat": statErr, "secret": secretErr, "import": importErr,
		"save model": s.SaveModel(ctx, "m", nil, store.Basis{}), "note loss": s.NoteLoss(ctx, 1, time.Now(), time.Now()),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if st, err := s.Stat(t.Context()); err != nil || len(st.Losses) > 0 {
		t.Errorf("the loss was noted: %+v, %v", st.Losses, err)
	}
	if got := collect(t, s, store.Query{}); len(got) != 2 {
		t.Errorf("%d flows, want 2", len(got))
	}
	for range s.Scan(t.Context(), store.Query{}) {
		break // the iterator must not yield again
	}
}
