package pin

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

func definitions(texts ...string) []Definition {
	var list []Definition
	for _, t := range texts {
		name, _, _ := strings.Cut(t, "|")
		list = append(list, Definition{name, []byte(fmt.Sprintf(`{"name":%q,"description":%q}`, name, t))})
	}
	return list
}

// accept lists definitions for the first time.
func accept(t *testing.T, b *Book, list ...string) []Status {
	t.Helper()
	return must.Get(b.First("s", Tool, definitions(list...)))
}

func TestBook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pins.json")
	b := must.Get(OpenBook(path))
	check := func(want []Status, list ...string) {
		t.Helper()
		statuses, err := b.Check("s", Tool, definitions(list...))
		if err != nil || !slices.Equal(statuses, want) {
			t.Fatalf("%v: got %v (%v), want %v", list, statuses, err, want)
		}
	}
	entry := func(name string) *Entry {
		t.Helper()
		all := must.Get(b.Entries())
		for _, e := range all {
			if e.Name == name {
				return &e
			}
		}
		t.Fatalf("no entry %s", name)
		return nil
	}

	if listed, err := b.HasListed("s", Tool); listed || err != nil {
		t.Fatal("nothing was listed yet", err)
	}
	check([]Status{New}, "early") // before the first list nothing is accepted
	if got := accept(t, b, "a|1", "b|1", "early"); !slices.Equal(got, []Status{Accepted, Accepted, New}) {
		t.Fatal(got)
	}
	if got := accept(t, b, "c|1"); !slices.Equal(got, []Status{New}) {
		t.Fatal("there is one first list only", got)
	}
	check([]Status{Accepted, Changed, New}, "a|1", "b|2", "d|1")
	check([]Status{Accepted}, "b|1") // as it was: nothing to decide
	check([]Status{Changed}, "b|2")

	seen := entry("b").Waiting.Hash
	check([]Status{Changed}, "b|3")
	if err := b.Decide(entry("b"), seen, true, "user:anna"); !errors.Is(err, ErrMoved) {
		t.Fatal("a person has seen another definition", err)
	}
	must.Do(t, b.Decide(entry("b"), entry("b").Waiting.Hash, true, "user:anna"))
	check([]Status{Accepted, Changed}, "b|3", "b|1")
	must.Do(t, b.Decide(entry("d"), entry("d").Waiting.Hash, false, "user:anna"))
	check([]Status{Rejected}, "d|1")
	check([]Status{New}, "d|2")

	again := must.Get(OpenBook(path))
	history, err := again.History(time.Time{})
	var became []string
	for _, c := range history {
		became = append(became, c.What+" "+c.Name)
		if (c.By != "") != (c.What == "accepted" || c.What == "rejected") || len(c.Digest) != 64 || c.Server != "s" || c.Kind != "tool" ||
			(c.Before != "") != (c.What == "changed" || c.What == "accepted") {
			t.Errorf("change %+v", c)
		}
	}
	want := "new early, pinned a, pinned b, new c, changed b, new d, restored b, changed b, changed b, accepted b, changed b, rejected d, new d"
	if got := strings.Join(became, ", "); got != want || err != nil {
		t.Errorf("history %s, %v", got, err)
	}
	one, _ := b.Entries()
	two, err := again.Entries()
	if err != nil || fmt.Sprint(names(one)) != fmt.Sprint(names(two)) {
		t.Fatal(names(one), names(two), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
}

func names(all []Entry) []string {
	var out []string
	for _, e := range all {
		out = append(out, e.Ref()+" "+e.Status().String())
	}
	return out
}

// The hash covers every member, but neither white space nor order.
func TestHash(t *testing.T) {
	base := `{"name":"a","inputSchema":{"type":"object","x-other":[1,2.50]},"annotations":{"title":"T"}}`
	for text, same := range map[string]bool{
		` { "annotations" : {"title":"\u0054"}, "inputSchema":{"x-other":[1,2.50],"type":"object"},"name":"a"}`:      true,
		`{"name":"a","inputSchema":{"type":"object","x-other":[2.50,1]},"annotations":{"title":"T"}}`:                false,
		`{"name":"a","inputSchema":{"type":"object","x-other":[1,2.50]},"annotations":{"title":"T"},"_meta":{}}`:     false,
		`{"name":"a","inputSchema":{"type":"object"},"annotations":{"title":"T"}}`:                                   false,
		`{"name":"a","inputSchema":{"type":"object","x-other":[9007199254740993,2.50]},"annotations":{"title":"T"}}`: false,
	} {
		b := NewBook()
		must.Get(b.First("s", Tool, []Definition{{"a", []byte(base)}}))
		got, err := b.Check("s", Tool, []Definition{{"a", []byte(text)}})
		if err != nil || (got[0] == Accepted) != same {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
	a, _ := canonical([]byte(`{"n":9007199254740992}`))
	b, _ := canonical([]byte(`{"n":9007199254740993}`))
	if hash(a) == hash(b) {
		t.Error("integers beyond 2^53 are mixed up")
	}
	for _, bad := range []string{"{", `{"a":1,"a":2}`, "", `"` + strings.Repeat("x", MaxDefinition) + `"`} {
		if _, err := NewBook().First("s", Tool, []Definition{{"a", []byte(bad)}}); err == nil {
			t.Errorf("%.20q was pinned", bad)
		}
	}
}

// A damaged or foreign file accepts nothing.
func TestDamagedFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pins.json")
	b, _ := OpenBook(path)
	accept(t, b, "a|1", "b|1")
	good := must.Get(os.ReadFile(path))
	for name, data := range map[string]string{
		"half":        string(good[:len(good)/2]),
		"empty":       "",
		"edited":      strings.Replace(string(good), "a|1", "a|2", 1),
		"twice":       strings.Replace(string(good), `"name": "b"`, `"name": "a"`, 1),
		"other":       `{"version":2,"servers":{}}`,
		"no servers":  `{}`,
		"null server": `{"version":1,"servers":{"s":null}}`,
		"null pin":    `{"version":1,"servers":{"s":{"pins":[null]}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			must.Do(t, os.WriteFile(path, []byte(data), 0o600))
			if _, err := b.Check("s", Tool, definitions("a|1")); err == nil {
				t.Error("the open book answers")
			}
			if _, err := OpenBook(path); err == nil {
				t.Error("the file opens")
			}
		})
	}
	must.Do(t, os.WriteFile(path, good, 0o600))
	if got, err := b.Check("s", Tool, definitions("a|1")); err != nil || got[0] != Accepted {
		t.Fatal("the book does not recover", got, err)
	}
	must.Do(t, os.Chmod(path, 0o666))
	if _, err := OpenBook(path); err == nil || !strings.Contains(err.Error(), "chmod") {
		t.Fatal(err)
	}
	os.Chmod(path, 0o600)
	must.Do(t, os.Remove(path))
	if _, err := b.Check("s", Tool, definitions("x|1")); err == nil {
		t.Fatal("without its file the book starts anew")
	}
}

// Two books on one file see each other's changes, and lose none.
func TestTwoBooks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pins.json")
	first, _ := OpenBook(path)
	accept(t, first)
	var work sync.WaitGroup
	for i := range 4 {
		b := must.Get(OpenBook(path))
		work.Go(func() {
			for j := range 5 {
				if _, err := b.Check("s", Tool, definitions(fmt.Sprintf("t%d.%d|1", i, j))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	all, err := first.Entries()
	if err != nil || len(all) != 20 {
		t.Fatalf("%d of 20 entries, %v", len(all), err)
	}
	e := all[3]
	other, _ := OpenBook(path)
	must.Do(t, other.Decide(&e, e.Waiting.Hash, true, "user:anna"))
	if got, err := first.Check("s", Tool, definitions(e.Name+"|1")); err != nil || got[0] != Accepted {
		t.Fatal(got, err)
	}
}

func FuzzBookFile(f *testing.F) {
	path := filepath.Join(f.TempDir(), "pins.json")
	b, _ := OpenBook(path)
	b.First("s", Tool, definitions("a|1"))
	b.Check("s", Tool, definitions("a|2"))
	good, _ := os.ReadFile(path)
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "pins.json")
		must.Do(t, os.WriteFile(path, data, 0o600))
		b, err := OpenBook(path)
		if err != nil {
			return
		}
		all := must.Get(b.Entries())
		for i := range all {
			Compare(&all[i], all)
			if v := all[i].Pinned; v != nil {
				text, err := canonical(v.Definition)
				if err != nil || hash(text) != v.Hash {
					t.Fatal("a definition that does not have its hash is accepted")
				}
			}
		}
	})
}
