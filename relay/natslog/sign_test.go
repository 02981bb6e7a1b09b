package natslog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nkeys"
)

// seedFile returns the path of a file with the seed of a new key, and the public key.
func seedFile(t *testing.T, create func() (nkeys.KeyPair, error)) (path, public string) {
	t.Helper()
	pair, err := create()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	if public, err = pair.PublicKey(); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, append(seed, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
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

// TestCredentials says what is wrong with a file of credentials, and nothing that is in it.
func TestCredentials(t *testing.T) {
	path, public := seedFile(t, nkeys.CreateUser)
	user, option, err := credentials(path)
	if err != nil || user != public || option == nil {
		t.Errorf("%s, %v", user, err)
	}
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
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
