package grant

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writable makes the file of a book one that can be changed, or not.
func writable(t *testing.T, path string, may bool) {
	t.Helper()
	lock := path + ".lock"
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	if !may {
		if err := os.Mkdir(lock, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

// A change that cannot be written is an error that names the grant, and changes nothing.
func TestChangesFail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.json")
	b := open(t, path)
	token := add(t, b, Grant{Name: "a"})
	soon := add(t, b, Grant{Name: "soon", Expires: noon.Add(time.Hour)})
	writable(t, path, false)
	for what, do := range map[string]func() error{
		"add the grant b: ":    func() error { _, err := b.Add(Grant{Name: "b"}, noon); return err },
		"rotate the grant a: ": func() error { _, err := b.Rotate("a", noon); return err },
		"revoke the grant a: ": func() error { return b.Revoke("a", noon) },
	} {
		if err := do(); err == nil || !strings.HasPrefix(err.Error(), what) {
			t.Errorf("%s%v", what, err)
		}
	}
	if _, err := b.Authenticate(token, noon); err != nil {
		t.Errorf("the token is not accepted any more: %v", err)
	}
	// It cannot be noted that a grant has expired: it has nevertheless, and the error says both.
	_, err := b.Authenticate(soon, noon.Add(time.Hour))
	if !errors.Is(err, ErrExpired) || !strings.Contains(err.Error(), "grants.json.lock") {
		t.Errorf("expired: %v", err)
	}
	writable(t, path, true)
	if all, err := b.List(); err != nil || len(all) != 2 || all[0].Name != "a" || all[1].Name != "soon" || all[1].Ended {
		t.Errorf("%+v, %v", all, err)
	}
}

// While the grants cannot be read nobody is let in, and the error is not that the token is wrong.
func TestReadsFail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.json")
	b := open(t, path)
	token := add(t, b, Grant{Name: "a"})
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := func([]Claim) bool { return true }
	for what, do := range map[string]func() (string, error){
		"token":   func() (string, error) { g, err := b.Authenticate(token, noon); return g.Name, err },
		"claims":  func() (string, error) { g, err := b.Fitting(all, noon); return g.Name, err },
		"name":    func() (string, error) { g, err := b.Named("a", noon); return g.Name, err },
		"list":    func() (string, error) { l, err := b.List(); return strings.Repeat("x", len(l)), err },
		"history": func() (string, error) { l, err := b.History(noon); return strings.Repeat("x", len(l)), err },
	} {
		got, err := do()
		if got != "" || err == nil || !strings.HasPrefix(err.Error(), "read the grants: ") || errors.Is(err, ErrUnknown) || errors.Is(err, ErrClaims) {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
	if _, err := Open(path); err == nil {
		t.Error("it can be opened")
	}
}

// What somebody wrote into the file by hand is refused for what is wrong with it.
func TestFileSaysWhy(t *testing.T) {
	hash := strings.Repeat("0", 64)
	key := `"key":"` + strings.Repeat("A", 43) + `="`
	const invalid = "a grant has no valid name, no hash, or the name of another"
	for text, want := range map[string]string{
		`{"version":1,` + key + `,"grants":[{"name":"a","hash":"` + hash + `"}]}`: "",
		`{"version":2,` + key + `}`:                                                                                  "it is not a file of grants in version 1 of the format",
		`{"version":1,"key":"AAAA"}`:                                                                                 "it is not a file of grants in version 1 of the format",
		`{"version":1,` + key + `,"grants":[null]}`:                                                                  invalid,
		`{"version":1,` + key + `,"grants":[{"name":"a b","hash":"` + hash + `"}]}`:                                  invalid,
		`{"version":1,` + key + `,"grants":[{"name":"a","hash":"0"}]}`:                                               invalid,
		`{"version":1,` + key + `,"grants":[{"name":"a","hash":"` + hash + `"},{"name":"a","hash":"` + hash + `"}]}`: invalid,
		`{"version":1,` + key + `,"grants":[{"name":"a","hash":"` + hash + `","tools":["x",""]}]}`:                   "the grant a: a pattern of tools is empty",
		`{"version":1,` + key + `,"grants":[{"name":"a","hash":"` + hash + `","claims":[{"name":"x"}]}]}`:            "the grant a: a claim has no name or no value",
		`{"version":1,` + key + `,"grants":[{"name":"a","hash":"` + hash + `","claims":[{"value":"x"}]}]}`:           "the grant a: a claim has no name or no value",
	} {
		path := filepath.Join(t.TempDir(), "grants.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path)
		if (err == nil) != (want == "") || err != nil && !strings.HasSuffix(err.Error(), path+": "+want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// There are a thousand grants at most, and names of 64 characters.
func TestBoundsOfGrants(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "grants.json"))
	longest := strings.Repeat("a", 64)
	add(t, b, Grant{Name: longest})
	err := b.update("fill", "it", func(c *content) error {
		for i := len(c.Grants); i < maxGrants-1; i++ {
			c.Grants = append(c.Grants, &Grant{Name: fmt.Sprint("g", i, "x"), Hash: c.hash(fmt.Sprint(i))})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	add(t, b, Grant{Name: "z"})
	if _, err := b.Add(Grant{Name: "zz"}, noon); err == nil || err.Error() != "add the grant zz: there are 1000 grants already" {
		t.Errorf("one more: %v", err)
	}
	if _, err := b.Add(Grant{Name: "z"}, noon); !errors.Is(err, ErrExists) || errors.Is(err, ErrLookalike) {
		t.Errorf("twice: %v", err)
	}
	if _, err := b.Add(Grant{Name: "Z"}, noon); !errors.Is(err, ErrLookalike) || !strings.HasSuffix(err.Error(), ": z") {
		t.Errorf("a look-alike: %v", err)
	}
	if _, err := b.Named("none", noon); !errors.Is(err, ErrNoGrant) || !strings.HasPrefix(err.Error(), "none: ") {
		t.Errorf("no name: %v", err)
	}
	if err := b.Revoke(longest, noon); err != nil {
		t.Fatal(err)
	}
	add(t, b, Grant{Name: "zz"})
}

// What a grant is made of is kept, and its token is made new: what a caller sets of them is not.
func TestWhatAGrantKeeps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.json")
	made := noon.In(time.FixedZone("x", 3600))
	b := open(t, path)
	if _, err := b.Add(Grant{Name: "b", Hash: "mine", Created: time.Unix(1, 0), Ended: true, Policy: "/p", Expires: noon.Add(time.Hour)}, made); err != nil {
		t.Fatal(err)
	}
	add(t, b, Grant{Name: "a"})
	all, err := open(t, path).List()
	if err != nil || len(all) != 2 || all[0].Name != "a" {
		t.Fatalf("not sorted by name: %+v, %v", all, err)
	}
	if g := all[1]; g.Hash == "mine" || g.Created != noon || g.Ended || g.Policy != "/p" || !g.Expires.Equal(noon.Add(time.Hour)) {
		t.Errorf("%+v", g)
	}
	if never := all[0]; never.IsExpired(noon.Add(1e6*time.Hour)) || !all[1].IsExpired(noon.Add(time.Hour)) || all[1].IsExpired(noon.Add(time.Hour-1)) {
		t.Error("what never expires has expired, or another has too early or too late")
	}
	// Replaced before it ends, it lasts as long again; replaced after, it counts anew.
	if _, err := b.Rotate("b", noon.Add(30*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if g, err := b.Named("b", noon.Add(89*time.Minute)); err != nil || !g.Created.Equal(noon.Add(30*time.Minute)) || !g.Expires.Equal(noon.Add(90*time.Minute)) {
		t.Errorf("%+v, %v", g, err)
	}
	if _, err := b.Rotate("a", noon); err != nil {
		t.Fatal(err)
	}
	if g, err := b.Named("a", noon.Add(1e6*time.Hour)); err != nil || !g.Expires.IsZero() {
		t.Errorf("one that never expires: %+v, %v", g, err)
	}
}

// Each file has a key of its own: the hash of a token in one says nothing of another.
func TestKeysOfFiles(t *testing.T) {
	a, b := newContent(), newContent()
	if string(a.Key) == string(b.Key) || string(a.Key) == string(make([]byte, keyLen)) || a.hash("x") == b.hash("x") {
		t.Error("the keys are not random")
	}
}
