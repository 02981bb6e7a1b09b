package natslog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/spectap/spectap/internal/test/must"
)

// seedFile returns the path of a file with the seed of a new key, and the public key.
func seedFile(t *testing.T, create func() (nkeys.KeyPair, error)) (path, public string) {
	t.Helper()
	pair, err := create()
	must.Do(t, err)
	seed := must.Get(pair.Seed())
	if public, err = pair.PublicKey(); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "key")
	must.Do(t, os.WriteFile(path, append(seed, '\n'), 0o600))
	return path, public
}

// TestSign checks that a signature is of one key and one text.
func TestSign(t *testing.T) {
	path, public := seedFile(t, nkeys.CreateUser)
	_, other := seedFile(t, nkeys.CreateUser)
	key, signature, err := Sign(path, []byte("text"))
	if err != nil || key != public {
		t.Fatalf("%s, %v", key, err)
	}
	for _, tt := range []struct {
		key, text string
		signature []byte
		want      bool
	}{
		{public, "text", signature, true}, {public, "test", signature, false}, {other, "text", signature, false}, {public, "text", signature[:10], false}, {public, "text", nil, false}, {"", "text", signature, false}, {"x", "text", signature, false},
	} {
		if got := IsSigned(tt.key, []byte(tt.text), tt.signature); got != tt.want {
			t.Errorf("%s by %s: %t", tt.text, tt.key, got)
		}
	}
}

// TestCredentials checks that errors name the fault of a file of credentials, and reveal nothing in
// it.
func TestCredentials(t *testing.T) {
	path, public := seedFile(t, nkeys.CreateUser)
	user, option, err := credentials(path)
	if err != nil || user != public || option == nil {
		t.Errorf("%s, %v", user, err)
	}
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	must.Do(t, os.WriteFile(text, []byte("s3cret"), 0o600))
	account, accountKey := seedFile(t, nkeys.CreateAccount)
	for path, want := range map[string]string{
		filepath.Join(dir, "none"): "read the credentials: open ", text: "read the credentials: " + text + " holds no seed of an nkey",
		account: "read the credentials: the seed in " + account + " is not that of a user",
	} {
		if user, _, err := credentials(path); user == public || err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", path, err)
		}
		key, signature, err := Sign(path, []byte("text"))
		if path == account {
			if err != nil || key != accountKey || !IsSigned(key, []byte("text"), signature) {
				t.Errorf("signed by %s, %v", key, err)
			}
		} else if key != "" || signature != nil || err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: signed by %s, %v", path, key, err)
		}
	}
	if got := InboxPrefix(public); got != "_INBOX."+public {
		t.Error(got)
	}
}

// TestChangedCredentials signs with the key that a file holds at the time, without another start.
func TestChangedCredentials(t *testing.T) {
	path, public := seedFile(t, nkeys.CreateUser)
	seed := must.Get(os.ReadFile(path))
	newer, newerKey := seedFile(t, nkeys.CreateUser)
	newerSeed := must.Get(os.ReadFile(newer))
	_, option, err := credentials(path)
	must.Do(t, err)
	var o nats.Options
	if err := option(&o); err != nil || o.Nkey != public || o.UserJWT != nil {
		t.Fatalf("the key %s, %v, want %s", o.Nkey, err, public)
	}
	for _, tt := range []struct{ text, signer, fails string }{
		{string(seed), public, ""}, {string(newerSeed), newerKey, ""}, {"s3cret", "", path + " holds no seed of an nkey"}, {"", "", path + " holds no seed of an nkey"},
	} {
		must.Do(t, os.WriteFile(path, []byte(tt.text), 0o600))
		signature, err := o.SignatureCB([]byte("nonce"))
		if tt.fails != "" {
			if err == nil || err.Error() != tt.fails || signature != nil {
				t.Errorf("%v, want %s", err, tt.fails)
			}
		} else if err != nil || !IsSigned(tt.signer, []byte("nonce"), signature) {
			t.Errorf("not signed by %s: %v", tt.signer, err)
		}
	}
	must.Do(t, os.Remove(path))
	if signature, err := o.SignatureCB([]byte("nonce")); !errors.Is(err, os.ErrNotExist) || signature != nil {
		t.Errorf("signed without a file: %v", err)
	}
	jwt := fmt.Sprintf("-----BEGIN NATS USER JWT-----\na.b.c\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n%s------END USER NKEY SEED------\n", seed)
	must.Do(t, os.WriteFile(path, []byte(jwt), 0o600))
	user, option, err := credentials(path)
	if err != nil || user != public {
		t.Fatalf("%s, %v, want %s", user, err, public)
	}
	o = nats.Options{}
	if err := option(&o); err != nil || o.UserJWT == nil || o.Nkey != "" {
		t.Fatalf("the key %q, %v, want a JWT", o.Nkey, err)
	}
	if got, err := o.UserJWT(); err != nil || got != "a.b.c" {
		t.Errorf("JWT %q, %v", got, err)
	}
}
