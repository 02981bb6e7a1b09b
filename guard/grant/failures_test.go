package grant

import (
	"errors"
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

// Each file has a key of its own: the hash of a token in one says nothing of another.
func TestKeysOfFiles(t *testing.T) {
	a, b := newContent(), newContent()
	if string(a.Key) == string(b.Key) || string(a.Key) == string(make([]byte, keyLen)) || a.hash("x") == b.hash("x") {
		t.Error("the keys are not random")
	}
}
