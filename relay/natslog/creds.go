package natslog

import (
	"bytes"
	"fmt"
	"os"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// InboxPrefix returns the subjects of answers to a user. Users of one account share its subjects,
// and would read each other's answers if all had the same.
func InboxPrefix(user string) string { return "_INBOX." + user }

// credentials reads a file with the seed of an nkey or with a JWT and a seed, and returns the
// public key of the user.
func credentials(path string) (user string, _ nats.Option, err error) {
	pair, hasToken, err := readKey(path)
	if err != nil {
		return "", nil, fmt.Errorf("read the credentials: %w", err)
	}
	defer pair.Wipe()
	if user, err = pair.PublicKey(); err != nil || !nkeys.IsValidPublicUserKey(user) {
		return "", nil, fmt.Errorf("read the credentials: the seed in %s is not that of a user", path)
	}
	if hasToken {
		return user, nats.UserCredentials(path), nil
	}
	return user, nats.Nkey(user, func(nonce []byte) ([]byte, error) {
		pair, _, err := readKey(path) // keys change while the process runs
		if err != nil {
			return nil, err
		}
		defer pair.Wipe()
		return pair.Sign(nonce)
	}), nil
}

// readKey reads the nkey of a file, and whether the file also has a token. The caller wipes the
// key.
func readKey(path string) (pair nkeys.KeyPair, hasToken bool, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, false, err
	}
	defer clear(data)
	if pair, err = nkeys.ParseDecoratedNKey(data); err != nil {
		return nil, false, fmt.Errorf("%s holds no seed of an nkey", path)
	}
	return pair, bytes.Contains(data, []byte("BEGIN NATS USER JWT")), nil
}
