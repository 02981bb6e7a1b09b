package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Checkpoint is a signed statement that a log had a record with this number and hash. By the hash
// chain, it covers all earlier records, too.
type Checkpoint struct {
	Seq    uint64    `json:"seq"`
	Hash   string    `json:"hash"`
	Time   time.Time `json:"time"`
	Reason string    `json:"reason"`
	// Key is the beginning of the SHA-256 of the public key, in hex.
	Key       string `json:"key"`
	Signature string `json:"signature"` // Ed25519, in base64
}

// The reasons of checkpoints.
const (
	// ReasonStart is the reason of the first checkpoint of a process. It covers the records that
	// the process found. The signer did not write them and does not vouch for them.
	ReasonStart    = "start"
	ReasonInterval = "interval"
	ReasonRotate   = "rotate"
	ReasonStop     = "stop"
)

// text returns the signed text.
func (c *Checkpoint) text() []byte {
	return fmt.Appendf(nil, "spectap audit checkpoint 1\n%d\n%s\n%s\n%s\n%s\n", c.Seq, c.Hash, c.Time.UTC().Format(time.RFC3339Nano), c.Reason, c.Key)
}

// sign completes a checkpoint.
func (c *Checkpoint) sign(key ed25519.PrivateKey) {
	c.Key = KeyID(key.Public().(ed25519.PublicKey))
	c.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, c.text()))
}

// isSigned reports whether the key that belongs to public has signed the checkpoint.
func (c *Checkpoint) isSigned(public ed25519.PublicKey) bool {
	signature, err := base64.StdEncoding.Strict().DecodeString(c.Signature)
	return err == nil && c.Key == KeyID(public) && ed25519.Verify(public, c.text(), signature)
}

// line returns the checkpoint as a line of JSON, with its newline.
func (c *Checkpoint) line() []byte {
	text, err := json.Marshal(c)
	if err != nil { // it has texts, a number and a time
		panic(err)
	}
	return append(text, '\n')
}

// keyIDLen is the number of bytes of a hash that name a key.
const keyIDLen = 8

// KeyID names a public key.
func KeyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:keyIDLen])
}

// ParseCheckpoints reads checkpoints that were kept elsewhere, one on each line. Other lines, such
// as a partial line of a killed process, are counted.
func ParseCheckpoints(data string) (all []Checkpoint, others int) {
	for line := range strings.Lines(data) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var c Checkpoint
		if json.Unmarshal([]byte(line), &c) != nil || c.Signature == "" {
			others++
			continue
		}
		all = append(all, c)
	}
	return all, others
}
