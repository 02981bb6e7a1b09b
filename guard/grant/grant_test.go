package grant

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// isValid reports whether g is still in force as it is.
func isValid(b *Book, g Grant, now time.Time) bool {
	current, err := b.Named(g.Name, now)
	return err == nil && current.Version() == g.Version()
}

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, path string) *Book {
	t.Helper()
	return must.Get(Open(path))
}

func add(t *testing.T, b *Book, g Grant) string {
	t.Helper()
	return must.Get(b.Add(g, noon))
}

func TestLifeOfAGrant(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.json")
	b, other := open(t, path), open(t, path) // a command and a gateway
	if _, err := other.Authenticate(Prefix+"guess", noon); !errors.Is(err, ErrUnknown) {
		t.Fatal(err)
	}
	token := add(t, b, Grant{Name: "ci", Tools: []string{"read_*"}})
	if !strings.HasPrefix(token, Prefix) || len(token) < len(Prefix)+26 {
		t.Fatalf("the token has %d characters", len(token))
	}
	g, err := other.Authenticate(token, noon)
	if err != nil || g.Name != "ci" || !slices.Equal(g.Tools, []string{"read_*"}) {
		t.Fatal(g, err)
	}
	for _, wrong := range []string{"", Prefix, token[:len(token)-1], token + "x", strings.ToLower(token), " " + token} {
		if _, err := other.Authenticate(wrong, noon); !errors.Is(err, ErrUnknown) {
			t.Errorf("%d characters: %v", len(wrong), err)
		}
	}
	if _, err := b.Add(Grant{Name: "ci"}, noon); !errors.Is(err, ErrExists) {
		t.Fatal(err)
	}

	second, err := b.Rotate("ci", noon)
	if err != nil || second == token || !strings.HasPrefix(second, Prefix) || len(second) != len(token) {
		t.Fatalf("the new token has %d characters, %v", len(second), err)
	}
	if _, err := other.Authenticate(token, noon); !errors.Is(err, ErrUnknown) {
		t.Fatal("the old token:", err)
	}
	if isValid(other, g, noon) {
		t.Fatal("a session goes on with a token that was replaced")
	}
	if g, err = other.Authenticate(second, noon); err != nil || !isValid(other, g, noon) {
		t.Fatal(err)
	}
	must.Do(t, b.Revoke("ci", noon))
	if _, err := other.Authenticate(second, noon); !errors.Is(err, ErrUnknown) || isValid(other, g, noon) {
		t.Fatal(err)
	}
	if err := b.Revoke("ci", noon); !errors.Is(err, ErrNoGrant) {
		t.Fatal(err)
	}
	if _, err := b.Rotate("ci", noon); !errors.Is(err, ErrNoGrant) {
		t.Fatal(err)
	}
}

// An expired grant stays expired when the clock is set back, in another process, too.
func TestExpiry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.json")
	b := open(t, path)
	token := add(t, b, Grant{Name: "a", Expires: noon.Add(time.Hour)})
	must.Get(b.Authenticate(token, noon.Add(time.Hour-1)))
	if _, err := b.Authenticate(token, noon.Add(time.Hour)); !errors.Is(err, ErrExpired) {
		t.Fatal(err)
	}
	if _, err := open(t, path).Authenticate(token, noon); !errors.Is(err, ErrExpired) {
		t.Fatal("the clock was set back:", err)
	}
	if _, err := b.Named("a", noon); !errors.Is(err, ErrExpired) {
		t.Fatal(err)
	}
	token = must.Get(b.Rotate("a", noon.Add(2*time.Hour)))
	if g, err := b.Authenticate(token, noon.Add(2*time.Hour)); err != nil || !g.Expires.Equal(noon.Add(3*time.Hour)) {
		t.Fatal(g, err)
	}
}

// The file does not contain the token, and only the owner may read it.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.json")
	b := open(t, path)
	token := add(t, b, Grant{Name: "a"})
	data, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(data), strings.TrimPrefix(token, Prefix)) {
		t.Fatal("the token is in the file", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	for name, text := range map[string]string{
		"no key":     `{"version":1,"grants":[]}`,
		"no version": strings.Replace(string(data), `"version": 1`, `"version": 9`, 1),
		"bad name":   strings.Replace(string(data), `"name": "a"`, `"name": "a b"`, 1),
		"no hash":    strings.Replace(string(data), `"hash": "`, `"hash": "0`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			if text == string(data) {
				t.Fatal("the file is unchanged")
			}
			path := filepath.Join(t.TempDir(), "grants.json")
			must.Do(t, os.WriteFile(path, []byte(text), 0o600))
			if _, err := Open(path); err == nil {
				t.Error("it was read")
			}
		})
	}
	must.Do(t, os.Remove(path))
	if _, err := b.Authenticate(token, noon); err == nil || errors.Is(err, ErrUnknown) {
		t.Fatal("the file is gone:", err)
	}
}

// A grant may change in another process between the read and the record of its expiry: a rotated
// grant has not expired, a revoked one is not restored, and an expiry is not recorded twice.
func TestExpiryMeanwhile(t *testing.T) {
	late := noon.Add(time.Hour)
	for name, tt := range map[string]struct {
		change func(other *Book) error
		ended  []bool // of the grants in the end
		noted  int
	}{
		"nothing": {func(*Book) error { return nil }, []bool{true}, 1},
		"rotated": {func(other *Book) error { _, err := other.Rotate("a", late); return err }, []bool{false}, 0},
		"revoked": {func(other *Book) error { return other.Revoke("a", late) }, nil, 0},
		"noted":   {func(other *Book) error { _, err := other.Named("a", late); return ignore(err, ErrExpired) }, []bool{true}, 1},
	} {
		path := filepath.Join(t.TempDir(), "grants.json")
		b := open(t, path)
		add(t, b, Grant{Name: "a", Expires: late})
		all, err := b.List()
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		must.Do(t, tt.change(open(t, path)))
		if g, err := b.current(&all[0], late); err != ErrExpired || g.Name != "" {
			t.Errorf("%s: %+v, %v", name, g, err)
		}
		all, err = b.List()
		var ended []bool
		for _, g := range all {
			ended = append(ended, g.Ended)
		}
		history, herr := b.History(noon)
		noted := 0
		for _, c := range history {
			if c.What == "expired" && c.Name == "a" && c.At.Equal(late) {
				noted++
			}
		}
		if err != nil || herr != nil || !slices.Equal(ended, tt.ended) || noted != tt.noted {
			t.Errorf("%s: ended %v, noted %d times, %v, %v", name, ended, noted, err, herr)
		}
	}
}

// ignore returns err unless it is one that is expected.
func ignore(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

// An access token gets the matching grant with the most claims. If that has expired, it is not
// replaced by one that may allow more.
func TestClaims(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "grants.json"))
	claims := func(text string) (all []Claim) {
		for pair := range strings.FieldsSeq(text) {
			name, value, _ := strings.Cut(pair, "=")
			all = append(all, Claim{name, value})
		}
		return all
	}
	for name, text := range map[string]string{"all": "iss=x", "b": "iss=x team=ops", "c": "iss=x team=ops2", "narrow": "iss=x team=ops role=lead"} {
		g := Grant{Name: name, Claims: claims(text)}
		if name == "narrow" {
			g.Expires = noon.Add(time.Hour)
		}
		if token := add(t, b, g); token != "" {
			t.Error("a grant with claims has a token")
		}
	}
	token := add(t, b, Grant{Name: "a"}) // in addition to them
	if g, err := b.Authenticate(token, noon); err != nil || g.Name != "a" {
		t.Error(g, err)
	}
	find := func(text string, at time.Time) (string, error) {
		has := claims(text)
		g, err := b.Fitting(func(claims []Claim) bool {
			return !slices.ContainsFunc(claims, func(c Claim) bool { return !slices.Contains(has, c) })
		}, at)
		return g.Name, err
	}
	for text, want := range map[string]string{
		"iss=x": "all", "iss=x team=ops": "b", "iss=x team=ops2": "c", "iss=x team=ops team=ops2": "b", "iss=x team=ops role=lead": "narrow",
		"team=ops": "", "iss=y": "", "": "",
	} {
		if got, err := find(text, noon); got != want || (want == "") != errors.Is(err, ErrClaims) {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	if got, err := find("iss=x team=ops role=lead", noon.Add(time.Hour)); !errors.Is(err, ErrExpired) {
		t.Error(got, err)
	}
	if _, err := b.Rotate("b", noon); !errors.Is(err, ErrNoToken) {
		t.Error(err)
	}
	g, err := b.Named("b", noon)
	if err != nil || !isValid(b, g, noon) {
		t.Fatal(err)
	}
	if err := b.Revoke("b", noon); err != nil || isValid(b, g, noon) {
		t.Fatal(err)
	}
	if got, _ := find("iss=x team=ops", noon); got != "all" {
		t.Error(got)
	}
	changed := g
	for _, change := range []func(*Grant){
		func(g *Grant) { g.Tools = []string{"read_*"} }, func(g *Grant) { g.Policy = "/p.yaml" }, func(g *Grant) { g.Servers = []string{"s"} }, func(g *Grant) { g.Expires = noon },
		func(g *Grant) { g.Claims = nil }, func(g *Grant) { g.Hash = "" },
	} {
		before := changed.Version()
		if change(&changed); changed.Version() == before {
			t.Errorf("a change is not seen: %+v", changed)
		}
	}
	if _, err := b.Add(Grant{Name: "bad", Claims: []Claim{{Name: "a"}}}, noon); err == nil {
		t.Error("a claim without a value")
	}
}

func TestLookalikes(t *testing.T) {
	b := must.Get(Open(filepath.Join(t.TempDir(), "grants.json")))
	must.Get(b.Add(Grant{Name: "bob"}, noon))
	for _, name := range []string{"Bob", "b0b", "b-ob", "b.o.b", "BOB"} {
		if _, err := b.Add(Grant{Name: name}, noon); !errors.Is(err, ErrLookalike) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must.Get(b.Add(Grant{Name: "bobby"}, noon))
}

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.json")
	b := must.Get(Open(path))
	b.By = "user:anna"
	token := must.Get(b.Add(Grant{Name: "ci", Expires: noon.Add(time.Hour)}, noon))
	if _, err := b.Authenticate(token, noon.Add(2*time.Hour)); !errors.Is(err, ErrExpired) {
		t.Fatal(err)
	}
	must.Get(b.Rotate("ci", noon.Add(3*time.Hour)))
	must.Do(t, b.Revoke("ci", noon.Add(4*time.Hour)))
	other := must.Get(Open(path))
	all := must.Get(other.History(noon))
	var got []string
	for _, c := range all {
		got = append(got, c.What+" by "+c.By)
	}
	if want := "added by user:anna, expired by , rotated by user:anna, revoked by user:anna"; strings.Join(got, ", ") != want {
		t.Errorf("got %q", got)
	}
	if late, err := other.History(noon.Add(4 * time.Hour)); err != nil || len(late) != 1 {
		t.Errorf("%v, %v", late, err)
	}
}
