package natslog

import (
	"fmt"

	"github.com/nats-io/nkeys"
)

// Sign returns the public key of the nkey whose seed is in a file, and its signature of data.
func Sign(path string, data []byte) (key string, signature []byte, err error) {
	pair, _, err := readKey(path)
	if err != nil {
		return "", nil, fmt.Errorf("read the credentials: %w", err)
	}
	defer pair.Wipe()
	if key, err = pair.PublicKey(); err != nil {
		return "", nil, fmt.Errorf("read the credentials: %w", err)
	}
	signature, err = pair.Sign(data)
	return key, signature, err
}

// IsSigned reports whether the owner of a public key signed data.
func IsSigned(key string, data, signature []byte) bool {
	pair, err := nkeys.FromPublicKey(key)
	return err == nil && pair.Verify(data, signature) == nil
}
