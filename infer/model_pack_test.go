package infer_test

import (
	"bytes"
	"fmt"
	"reflect"
	"runtime"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
)

// TestPackedHosts holds that a model which keeps the facts of most hosts encoded has the same facts
// and documents as one that encodes none.
func TestPackedHosts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := flows(t)
		for i := range fs {
			n := rapid.IntRange(1, 6).Draw(t, "host")
			fs[i].Request.Authority = fmt.Sprintf("h%d.example.com", n)
		}
		want := modelOf(fs)
		got, other := infer.NewPacking(1), infer.NewPacking(1)
		for i := range fs {
			m := got
			if rapid.Bool().Draw(t, "is other") {
				m = other
			}
			m.Add(&fs[i])
		}
		got.Merge(other)
		wantFacts := encoded(t, want)
		if facts := encoded(t, got); !bytes.Equal(facts, wantFacts) {
			t.Fatal("encoding hosts gives other facts")
		}
		for _, a := range want.Authorities() {
			o := infer.Options{Hosts: []string{a}}
			if !reflect.DeepEqual(got.Document(o), want.Document(o)) {
				t.Fatalf("%s: encoding hosts gives another document", a)
			}
		}
		if g, w := document(t, got, "3.1"), document(t, want, "3.1"); !bytes.Equal(g, w) {
			t.Fatalf("encoding hosts gives another document:\n%s\nwant\n%s", g, w)
		}
		loaded := infer.NewPacking(1)
		must.Do(t, loaded.UnmarshalBinary(wantFacts))
		if facts := encoded(t, loaded); !bytes.Equal(facts, wantFacts) {
			t.Fatal("a model that was loaded has other facts")
		}
	})
}

// TestMemoryOfManyHosts holds that thousands of hosts with one flow each take little memory, also
// when they are loaded or merged.
func TestMemoryOfManyHosts(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const hosts, most = 6000, 8000
	add := func(m *infer.Model) {
		for i := range hosts {
			f := flow.Flow{Done: true, Response: &flow.Response{Status: 200}}
			f.Request = flow.Request{Method: "GET", Scheme: "https", Path: fmt.Sprintf("/api/users/%d", i)}
			f.Request.Authority = fmt.Sprintf("h%d.example.com", i)
			body := fmt.Sprintf(`{"id":%d,"name":"x%d"}`, i, i)
			send(&f.Response.Header, &f.Response.Body, "application/json", body)
			m.Add(&f)
		}
	}
	var whole *infer.Model
	for name, fill := range map[string]func(m *infer.Model){
		"learned": add,
		"merged":  func(m *infer.Model) { m.Merge(whole) },
		"loaded": func(m *infer.Model) {
			must.Do(t, m.UnmarshalBinary(encoded(t, whole)))
		},
	} {
		if whole == nil {
			whole = infer.New()
			add(whole)
			if n := len(encoded(t, whole)); n > 2500*hosts {
				t.Errorf("the facts of a host with one flow have %d bytes", n/hosts)
			}
		}
		before := heap()
		m := infer.New()
		fill(m)
		if n := (heap() - before) / hosts; n > most {
			t.Errorf("%s: a host with one flow takes %d bytes", name, n)
		}
		runtime.KeepAlive(m)
	}
	runtime.KeepAlive(whole)
}

// heap returns the memory in use.
func heap() int64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}
