package approval

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// MinKey is the least length of a key, in bytes.
const MinKey = 16

// The errors of books with a key.
var (
	ErrNoCode   = errors.New("an approval in the file was not made with the approval key, and does not count")
	ErrNeedsKey = errors.New("approvals of these calls count only with the approval key: name it with --approval-key FILE")
	ErrOtherKey = errors.New("the approval key is not that of the process that holds the calls")
)

// OpenWithKey is [Open] for a book whose approvals count only with a code that is made with the
// key: writing the file without the key approves nothing. holds means that the process holds calls,
// so that the file requires the key from now on. A nil key means no key; a process without a key
// cannot hold calls in a file that requires one.
func OpenWithKey(path string, key []byte, holds bool) (*Book, error) {
	if key != nil && len(key) < MinKey {
		return nil, fmt.Errorf("the approval key has %d bytes, and needs %d", len(key), MinKey)
	}
	b, err := Open(path)
	if err != nil {
		return nil, err
	}
	b.key = key
	if !holds {
		return b, nil
	}
	return b, b.demandKey()
}

// demandKey records in the file which key approvals require, if any.
func (b *Book) demandKey() error {
	demanded, denied := false, error(nil)
	err := b.look(time.Time{}, func(c *content, _ time.Time) {
		denied = b.mayUse(c)
		demanded = c.Key == b.keyName()
	})
	if err == nil {
		err = denied
	}
	if err != nil || demanded {
		return err
	}
	return b.update("note the approval key", time.Now(), func(c *content, _ time.Time) error {
		if err := b.mayUse(c); err != nil {
			return err
		}
		c.Key = b.keyName()
		return nil
	})
}

// mayUse returns an error if the book must not use approvals: without the key that the file
// requires, it could not check them.
func (b *Book) mayUse(c *content) error {
	if b.key == nil && c.Key != "" {
		return ErrNeedsKey
	}
	return nil
}

// keyName identifies a key without revealing it. It is "" without a key.
func (b *Book) keyName() string {
	if b.key == nil {
		return ""
	}
	return mac(b.key, "spectap approval key")[:16]
}

// mac returns the code of a text, in hex.
func mac(key []byte, text string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil))
}

// mayCode returns an error if an approval that this book writes would not count.
func (b *Book) mayCode(c *content) error {
	switch {
	case c.Key == b.keyName() || c.Key == "":
		return nil
	case b.key == nil:
		return ErrNeedsKey
	}
	return ErrOtherKey
}

// subject is the subject of a decision: a held call or a standing approval.
type subject struct {
	id, digest string
	grant      string // the caller
	caller     bool   // whether the person who uses the client may agree
	approvers  int
	expires    time.Time
}

func (h *Held) subject() subject {
	return subject{h.ID, h.Digest, h.Grant, h.Caller, h.Approvers, h.Expires}
}

func (s *Standing) subject() subject {
	return subject{s.ID, s.Digest, s.Grant, false, s.Approvers, s.Expires}
}

// code signs a decision.
func (b *Book) code(s subject, d *Decision) {
	if b.key != nil {
		d.Code = b.codeOf(s, *d)
	}
}

// codeOf returns the code of a decision. It covers the expiry of the consent, which could otherwise
// be extended by writing the file.
func (b *Book) codeOf(s subject, d Decision) string {
	d.Code, d.At = "", d.At.UTC()
	text, _ := json.Marshal(d) // texts and a time
	return mac(b.key, fmt.Sprintf("spectap decision\n%s\n%s\n%s\n%s", s.id, s.digest, s.expires.UTC().Format(time.RFC3339Nano), text))
}

// coded returns the decisions that were made with the key, or all of them if the book has no key.
func (b *Book) coded(s subject, all []Decision) []Decision {
	if b.key == nil {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(d Decision) bool {
		return !hmac.Equal([]byte(d.Code), []byte(b.codeOf(s, d)))
	})
}

// suffice reports whether enough people agreed. The caller does not count, and nobody counts twice.
func (b *Book) suffice(s subject, all []Decision) bool {
	if b.key == nil {
		return true // the state proves it
	}
	var agreed []Decision
	for _, d := range b.coded(s, all) {
		if d.Approve && mayDecide(&d, s.grant, s.caller, agreed) == nil {
			agreed = append(agreed, d)
		}
	}
	return len(agreed) >= max(1, s.approvers)
}
