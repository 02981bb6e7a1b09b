package approval

import (
	"crypto/rand"
	"strings"
	"time"
)

// The part of a credential that people see: its first characters, or nothing if it is so short that
// they would help to guess the rest.
const (
	shownOfCredential  = 4
	minCredentialShown = 16
)

// Credential returns the description of a secret to which a call is bound. The hash is keyed with
// the approval key or with a key in the file, so that guessing weak secrets requires access to the
// file.
func (b *Book) Credential(scheme, secret string) (Credential, error) {
	key := b.key
	if key == nil {
		salt, err := b.salt()
		if err != nil {
			return Credential{}, err
		}
		key = []byte(salt)
	}
	c := Credential{Scheme: scheme, Hash: mac(key, "spectap credential\n"+secret)}
	if len(secret) >= minCredentialShown {
		c.Begins, _, _ = strings.Cut(secret[:shownOfCredential], ":") // of user:password at most the user
	}
	return c, nil
}

// salt returns the key of the hashes in the file, and creates it if it is missing.
func (b *Book) salt() (salt string, err error) {
	err = b.look(time.Time{}, func(c *content, _ time.Time) { salt = c.Salt })
	if salt != "" || err != nil {
		return salt, err
	}
	return salt, b.update("note a key of hashes", time.Now(), func(c *content, _ time.Time) error {
		if c.Salt == "" {
			c.Salt = rand.Text()
		}
		salt = c.Salt
		return nil
	})
}
