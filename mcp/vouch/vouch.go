// Package vouch lets a server believe the gateway that started it: that a person has approved a
// call, and who calls. The gateway gives the server a key when it starts it, and signs its word on
// each call with it. No word of anybody else counts.
package vouch

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// Variable is the environment variable with the key.
const Variable = "SPECTAP_GATEWAY_KEY"

// member is the member of _meta with the word.
const member = "io.github.spectap/gateway"

// Key signs words. A nil Key signs and believes nothing.
type Key []byte

// New returns a random key.
func New() Key { return Key(rand.Text()) }

// Take returns the key that the process was started with, or nil. Its own children do not get it.
func Take() Key {
	k := os.Getenv(Variable)
	os.Unsetenv(Variable)
	if k == "" {
		return nil
	}
	return Key(k)
}

// Word is what a gateway says of a call.
type Word struct {
	// Settled means that a person has approved the call.
	Settled bool `json:"settled"`
	// Identity is what the gateway knows of the caller.
	Identity map[string]any `json:"identity,omitempty"`
}

type signed struct {
	Word
	MAC string `json:"mac"`
}

// Sign returns a call with a word.
func (k Key) Sign(m *jsonrpc.Message, w Word) *jsonrpc.Message {
	if k == nil {
		return m
	}
	members, meta := jsonrpc.MetaOf(m.Params)
	meta = rawjson.Set(meta, member, jsonvalue.Encode(signed{w, k.mac(members, w)}))
	return jsonrpc.WithParams(m, rawjson.Set(members, "_meta", rawjson.Join(meta)))
}

// Open returns a call without the word in it, and the word if the key has signed it.
func (k Key) Open(m *jsonrpc.Message) (*jsonrpc.Message, Word) {
	if !bytes.Contains(m.Params, []byte(member)) {
		return m, Word{}
	}
	members, meta := jsonrpc.MetaOf(m.Params)
	raw := rawjson.Get(meta, member)
	if raw == nil {
		return m, Word{}
	}
	if meta = rawjson.Without(meta, member); len(meta) > 0 {
		members = rawjson.Set(members, "_meta", rawjson.Join(meta))
	} else {
		members = rawjson.Without(members, "_meta")
	}
	m = jsonrpc.WithParams(m, members)
	var s signed
	if k == nil || json.Unmarshal(raw, &s) != nil || !hmac.Equal([]byte(s.MAC), []byte(k.mac(members, s.Word))) {
		return m, Word{}
	}
	return m, s.Word
}

// mac returns the code of a word on a call with these parameters: its tool and its arguments.
func (k Key) mac(params []rawjson.Member, w Word) string {
	h := hmac.New(sha256.New, k)
	for _, part := range []jsontext.Value{rawjson.Get(params, "name"), rawjson.Get(params, "arguments"), jsonvalue.Encode(w)} {
		sum := sha256.Sum256(part)
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}
