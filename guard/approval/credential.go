package approval

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// What people see of a credential: its first characters, and none of one so short that they would
// help to guess the rest.
const (
	shownOfCredential  = 4
	minCredentialShown = 16
)

// Credential returns what a call is bound to of a secret, for people who know its scheme. The hash
// has a key: that of approvals, or one that is in the file, so that only who reads the file could
// try secrets that are easy to guess.
func (b *Book) Credential(scheme, secret string) (Credential, error) {
	key := b.key
	if key == nil {
		salt, err := b.salt()
		if err != nil {
			return Credential{}, err
		}
		key = []byte(salt)
	}
	m := hmac.New(sha256.New, key)
	m.Write([]byte("spectap credential\n" + secret))
	c := Credential{Scheme: scheme, Hash: hex.EncodeToString(m.Sum(nil))}
	if len(secret) >= minCredentialShown {
		c.Begins, _, _ = strings.Cut(secret[:shownOfCredential], ":") // of user:password at most the user
	}
	return c, nil
}

// salt returns the key of hashes in the file, which is made if there is none.
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
