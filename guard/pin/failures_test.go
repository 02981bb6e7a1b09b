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
	s := &shelf{Listed: map[Kind]time.Time{}}
	for i := range maxPins - 1 {
		s.Pins = append(s.Pins, &Pin{Kind: Tool, Name: fmt.Sprintf("a%05d", i), Pinned: &Version{}})
	}
	if err := b.change(func(c *content) error { c.Servers["s"] = s; return nil }); err != nil {
		t.Fatal(err)
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
