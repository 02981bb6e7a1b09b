package pin

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Nothing is known of definitions whose pins cannot be read or written: there is an error, and no
// status.
func TestFilesFail(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil  func(path string) error
		writes bool // only what writes fails
		want   string
	}{
		"damaged": {func(path string) error { return os.WriteFile(path, []byte("{"), 0o600) }, false, "read the pins: "},
		"gone":    {os.Remove, false, "read the pins: "},
		"locked":  {func(path string) error { return errors.Join(os.Remove(path+".lock"), os.Mkdir(path+".lock", 0o700)) }, true, "change the pins: "},
	} {
		path := filepath.Join(t.TempDir(), "pins.json")
		b, err := OpenBook(path)
		if err != nil {
			t.Fatal(err)
		}
		accept(t, b, "a|1")
		if _, err := b.Check("s", Tool, definitions("a|2")); err != nil {
			t.Fatal(err)
		}
		all, err := b.Entries()
		if err != nil {
			t.Fatal(err)
		}
		if err := tt.spoil(path); err != nil {
			t.Fatal(err)
		}
		for what, do := range map[string]func() (int, error){
			"first":            func() (int, error) { s, err := b.First("s", Prompt, definitions("p")); return len(s), err },
			"check":            func() (int, error) { s, err := b.Check("s", Tool, definitions("b|1")); return len(s), err },
			"decide":           func() (int, error) { return 0, b.Decide(&all[0], all[0].Waiting.Hash, true, "user:anna") },
			"read: known":      func() (int, error) { s, err := b.Check("s", Tool, definitions("a|2")); return len(s), err },
			"read: listed":     func() (int, error) { l, err := b.HasListed("s", Tool); return map[bool]int{true: 1}[l], err },
			"read: entries":    func() (int, error) { l, err := b.Entries(); return len(l), err },
			"read: history":    func() (int, error) { l, err := b.History(time.Time{}); return len(l), err },
			"read: quarantine": func() (int, error) { l, err := b.Quarantined("s", Tool); return len(l), err },
		} {
			n, err := do()
			if tt.writes && strings.HasPrefix(what, "read: ") {
				if n == 0 || err != nil {
					t.Errorf("%s, %s: %d, %v", name, what, n, err)
				}
				continue
			}
			text := fmt.Sprint(err)
			if n != 0 || !strings.HasPrefix(text, tt.want) && !(what == "decide" && strings.HasPrefix(text, "change the pins: ")) {
				t.Errorf("%s, %s: %d, %v", name, what, n, err)
			}
		}
	}
}

// A file that somebody has edited is refused for what is wrong with it.
func TestFileSaysWhy(t *testing.T) {
	version := func(text string) string {
		h, err := Hash([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`{"hash":%q,"definition":%s}`, h, text)
	}
	one := version(`{"x":1}`)
	wrong := strings.Replace(one, "1}", "2}", 1)
	const at = `the server "s": `
	for text, want := range map[string]string{
		`{"version":1,"servers":{"s":{"pins":[{"kind":"tool","name":"a","pinned":` + one + `}]}}}`:                                                    "",
		`{"version":1,"servers":{"s":{"pins":[{"kind":"prompt","name":"b","pinned":` + one + `},{"kind":"tool","name":"a","waiting":` + one + `}]}}}`: "",
		`{"version":2,"servers":{}}`:                                          "it is not a file of pins in version 1 of the format",
		`{"version":1}`:                                                       "it is not a file of pins in version 1 of the format",
		`{"version":1,"servers":{"s":null}}`:                                  at + "it has no pins",
		`{"version":1,"servers":{"s":{"pins":[null]}}}`:                       at + "a pin has no definition",
		`{"version":1,"servers":{"s":{"pins":[{"kind":"tool","name":"a"}]}}}`: at + "a pin has no definition",
		`{"version":1,"servers":{"s":{"pins":[{"kind":"tool","name":"b","pinned":` + one + `},{"kind":"tool","name":"a","pinned":` + one + `}]}}}`: at + `the pin of the tool "b" stands twice or in the wrong place`,
		`{"version":1,"servers":{"s":{"pins":[{"kind":"tool","name":"a","pinned":` + one + `},{"kind":"tool","name":"a","pinned":` + one + `}]}}}`: at + `the pin of the tool "a" stands twice or in the wrong place`,
		`{"version":1,"servers":{"s":{"pins":[{"kind":"tool","name":"a","pinned":` + wrong + `}]}}}`:                                               at + `the definition of the tool "a" does not have the hash that stands beside it`,
		`{"version":1,"servers":{"s":{"pins":[{"kind":"tool","name":"a","pinned":` + one + `,"waiting":` + wrong + `}]}}}`:                         at + `the definition of the tool "a" does not have the hash that stands beside it`,
		`{"version":1,"servers":{"s":{"pins":[{"kind":"tool","name":"a","pinned":{"hash":""}}]}}}`:                                                 at + `the definition of the tool "a" does not have the hash that stands beside it`,
	} {
		path := filepath.Join(t.TempDir(), "pins.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenBook(path)
		if (err == nil) != (want == "") || err != nil && err.Error() != "read the pins: "+path+": "+want {
			t.Errorf("%s:\n%v", text, err)
		}
	}
}

// Definitions of a megabyte are pinned, and none that is larger. The error names the definition.
func TestSizeOfADefinition(t *testing.T) {
	sized := func(n int) string { return `"` + strings.Repeat("x", n-2) + `"` }
	for name, tt := range map[string]struct{ text, want string }{
		"largest":           {sized(MaxDefinition), ""},
		"larger":            {sized(MaxDefinition + 1), "the definition is larger than 1 MiB"},
		"largest with room": {sized(MaxDefinition) + strings.Repeat(" ", MaxDefinition), ""},
		"too much room":     {sized(MaxDefinition) + strings.Repeat(" ", MaxDefinition+1), "the definition is larger than 1 MiB"},
		"no JSON":           {"{", "the definition is not valid JSON: "},
		"twice":             {`{"a":1,"a":2}`, "the definition is not valid JSON: "},
	} {
		b := NewBook()
		statuses, err := b.First("s", Tool, []Definition{{"a", []byte(`{}`)}, {"big", []byte(tt.text)}})
		if (err == nil) != (tt.want == "") || err != nil && (len(statuses) != 0 || !strings.HasPrefix(err.Error(), `check the tool "big" against its pin: `+tt.want)) {
			t.Errorf("%s: %v, %v", name, statuses, err)
		}
		if listed, _ := b.HasListed("s", Tool); listed != (tt.want == "") {
			t.Errorf("%s: listed: %v", name, listed)
		}
		if _, err := Hash([]byte(tt.text)); (err == nil) != (tt.want == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A server describes at most so many things, and hashes are kept for at most so many texts.
func TestBoundsOfABook(t *testing.T) {
	b := NewBook()
	b.memory.Servers["s"] = &shelf{Listed: map[Kind]time.Time{}}
	for i := range maxPins - 1 {
		b.memory.Servers["s"].Pins = append(b.memory.Servers["s"].Pins, &Pin{Kind: Tool, Name: fmt.Sprintf("a%05d", i), Pinned: &Version{}})
	}
	if _, err := b.Check("s", Tool, definitions("z1")); err != nil {
		t.Fatal(err)
	}
	statuses, err := b.Check("s", Tool, definitions("z2"))
	if statuses != nil || err == nil || err.Error() != "the server has described more than 10000 things" {
		t.Errorf("%v, %v", statuses, err)
	}
	if _, err := b.Check("other", Tool, definitions("z2")); err != nil {
		t.Errorf("another server: %v", err)
	}
	b = NewBook()
	for i := range maxHashes + 1 {
		if _, err := b.hash(fmt.Appendf(nil, "%d", i)); err != nil {
			t.Fatal(err)
		}
		if want := i%maxHashes + 1; len(b.hashes) != want {
			t.Fatalf("%d hashes after %d texts", len(b.hashes), i+1)
		}
	}
}

// What waits for a person is known by server and kind, with the reason that callers are told.
func TestWhatWaits(t *testing.T) {
	b := NewBook()
	for _, kind := range []Kind{Tool, Prompt} {
		if _, err := b.First("s", kind, definitions("a|1", "b|1", "c|1")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Check("s", Tool, definitions("b|2", "c|2", "d")); err != nil {
		t.Fatal(err)
	}
	all, err := b.Entries()
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range all {
		if e.Ref() == "s/tool:c" {
			if err := b.Decide(&all[i], e.Waiting.Hash, false, "user:anna"); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := b.Quarantined("s", Tool)
	if err != nil || fmt.Sprint(got) != "map[b:changed c:rejected d:new]" {
		t.Errorf("%v, %v", got, err)
	}
	for _, where := range []struct {
		server string
		kind   Kind
	}{{"s", Prompt}, {"other", Tool}} {
		if got, err := b.Quarantined(where.server, where.kind); err != nil || len(got) != 0 {
			t.Errorf("%v: %v, %v", where, got, err)
		}
	}
	for status, want := range map[Status]string{
		Accepted: "", New: "its definition is new and waits for a person: spectap pins diff", Rejected: "a person has rejected its definition",
		Changed: "its definition has changed and waits for a person: spectap pins diff",
	} {
		if got := status.Why(); got != want {
			t.Errorf("%v: %q", status, got)
		}
	}
}

// A decision is for what was seen: an entry that is gone, or that waits no more, is not decided on.
// One that is accepted counts from then on.
func TestDecideSaysWhy(t *testing.T) {
	b := NewBook()
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.FixedZone("x", 3600))
	b.now = func() time.Time { return at }
	accept(t, b, "a|1")
	if _, err := b.Check("s", Tool, definitions("a|2")); err != nil {
		t.Fatal(err)
	}
	all, err := b.Entries()
	if err != nil || len(all) != 1 || !all[0].Pinned.Since.Equal(at) {
		t.Fatal(all, err)
	}
	e := all[0]
	hash := e.Waiting.Hash
	for _, gone := range []Entry{{"other", e.Pin}, {"s", Pin{Kind: Tool, Name: "b"}}, {"s", Pin{Kind: Prompt, Name: "a"}}} {
		if err := b.Decide(&gone, hash, true, "user:anna"); !errors.Is(err, ErrMoved) {
			t.Errorf("%s: %v", gone.Ref(), err)
		}
	}
	if err := b.Decide(&e, e.Pinned.Hash, true, "user:anna"); !errors.Is(err, ErrMoved) {
		t.Errorf("another definition: %v", err)
	}
	at = at.Add(time.Hour)
	if err := b.Decide(&e, hash, true, "user:anna"); err != nil {
		t.Fatal(err)
	}
	if all, _ = b.Entries(); all[0].Waiting != nil || all[0].Pinned.Hash != hash || all[0].Pinned.Since != at.UTC() || all[0].Status() != Accepted {
		t.Errorf("%+v", all[0])
	}
	if err := b.Decide(&e, hash, true, "user:anna"); !errors.Is(err, ErrMoved) {
		t.Errorf("twice: %v", err)
	}
}
